"""Machines that breathe for a patient."""
