"""How far a device's performance holds when its input gets worse, and whether it has seen its test before.

`corruptions` (noise at a signal-to-noise ratio, dropout, swapped leads, resampling, clock drift, quantisation, lost
packets), `ladder` (one corruption in steps, over any cases), `leakage` (recordings of a test set that are in the
training set). All draws come from a seed.
"""
