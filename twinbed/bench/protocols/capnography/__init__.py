"""Respiratory gas monitors, carbon dioxide: ISO 80601-2-55."""
