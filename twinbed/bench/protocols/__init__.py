"""Protocols by standard: one folder a subject, one file a protocol, its numbers in `limits.toml` beside it."""
