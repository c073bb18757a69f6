"""Couples components by signal, runs them on a tower of periods, maps them over a cohort."""
