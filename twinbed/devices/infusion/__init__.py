"""Infusion of drugs into a vein."""
