"""Interchangeable parts of the glucose models: one file a mechanism, neutral parts included."""
