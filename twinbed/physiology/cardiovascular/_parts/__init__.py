"""What the circulation is put together from."""
