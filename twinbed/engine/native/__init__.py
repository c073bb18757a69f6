"""Native execution of beds."""
