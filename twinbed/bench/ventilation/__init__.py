"""Ventilators on test lungs: the `settings` of ISO 80601-2-12, a `lung`, and what is seen of its `breaths`."""
