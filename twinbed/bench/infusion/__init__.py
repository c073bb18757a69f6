"""Accuracy of infusion pumps as IEC 60601-2-24 asks for it: `curves`, `boluses`, `occlusions`.

`pumps` puts twinbed's in.
"""
