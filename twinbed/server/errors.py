"""Errors of the server that a user can put right."""

from twinbed.core.errors import TwinbedError


class StoreError(TwinbedError):
    """A data base that cannot be opened, or something that it cannot keep."""
