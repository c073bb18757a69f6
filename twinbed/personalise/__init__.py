"""Digital twins of real people: fit, forecast, what-if, and how far to trust them."""
