"""What the routes share: one for each application."""

import dataclasses
from typing import Annotated

from fastapi import Depends
from fastapi.requests import HTTPConnection

from twinbed.server.limits import Limit, Repeats
from twinbed.server.passwords import Passwords
from twinbed.server.settings import Settings
from twinbed.server.store import Store
from twinbed.server.store.sessions import Lifetimes

_WINDOW_S = 300.0


@dataclasses.dataclass(frozen=True)
class Context:
    """What the routes share."""

    store: Store
    settings: Settings
    passwords: Passwords
    lifetimes: Lifetimes
    tries_of_pair: Limit
    """Wrong passwords for a name from an address."""
    tries_of_address: Limit
    tries_of_name: Limit
    refusals: Repeats
    """Of what a person may not do."""


def make_context(store: Store, settings: Settings) -> Context:
    """What the routes of an application share."""
    return Context(
        store,
        settings,
        Passwords(settings.password_cost),
        Lifetimes(settings.session_idle_s, settings.session_longest_s),
        tries_of_pair=Limit(5, _WINDOW_S, settings.clock),
        tries_of_address=Limit(30, _WINDOW_S, settings.clock),
        tries_of_name=Limit(60, _WINDOW_S, settings.clock),
        refusals=Repeats(_WINDOW_S, settings.clock),
    )


def _context(connection: HTTPConnection) -> Context:
    return connection.app.state.context


Shared = Annotated[Context, Depends(_context)]
