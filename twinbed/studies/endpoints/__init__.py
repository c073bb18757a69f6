"""Endpoints: what a study measures of every patient while it runs."""
