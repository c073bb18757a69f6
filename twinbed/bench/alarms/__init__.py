"""Alarm signals of IEC 60601-1-8: `sound` and `light`, what is heard and seen of them, and `delays`."""
