"""A file of somebody that fails while it is read."""

WIDTH = 1 / 0
