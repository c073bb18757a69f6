"""The reporting form of studies of diagnostic AI (STARD-AI): filled from a log as far as it goes, checked for the rest.

`form` writes a TOML file with one table for each item, says which of them only a person can write, and finds those
that are empty, were never touched, or no longer agree with the log.
"""
