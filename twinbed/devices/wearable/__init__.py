"""What a person wears."""
