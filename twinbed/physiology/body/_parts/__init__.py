"""What heat in the body is put together from."""
