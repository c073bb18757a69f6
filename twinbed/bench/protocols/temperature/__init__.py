"""Clinical thermometers: ISO 80601-2-56."""
