"""Standards as executable tests."""
