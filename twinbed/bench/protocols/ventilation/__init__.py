"""Ventilators, ISO 80601-2-12."""
