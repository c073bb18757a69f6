"""Standards and guidance as executable tests of a device."""
