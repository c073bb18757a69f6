"""Tests of `twinbed.connect.csv`."""
