"""Pulse oximeters: ISO 80601-2-61 and what FDA asks for."""
