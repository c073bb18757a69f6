"""Infusion pumps, IEC 60601-2-24."""
