"""A third party: a small patient, devices and a population, found through an entry point."""
