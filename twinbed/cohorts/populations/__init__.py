"""Populations to draw virtual people from, one file each."""
