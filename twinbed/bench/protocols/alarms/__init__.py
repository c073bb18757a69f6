"""Alarm systems, IEC 60601-1-8."""
