"""Machines that act on the rhythm of the heart."""
