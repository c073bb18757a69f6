"""Whether what a deployed device sees and says is still what it was validated with.

`measures` compare a window with a reference (population stability index, Kolmogorov-Smirnov), `sequential` add up
small changes (CUSUM, Page-Hinkley), and `monitor` watches a device with one false alarm rate for all of it together.
"""
