"""Tests of `twinbed.connect`."""
