"""What drugs are put together from."""
