"""What breathing is put together from."""
