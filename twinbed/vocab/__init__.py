"""The words every part of the bed shares: signals and units. Imports no JAX."""
