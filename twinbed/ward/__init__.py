"""Beds that live: paced by a clock, watched, acted upon, taken back and forked. What is true of a bed is its log."""
