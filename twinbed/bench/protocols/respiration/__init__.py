"""Respiratory rate from waveforms; no standard of its own."""
