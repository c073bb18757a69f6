"""The routes, one file an area. A file has a `router`; `ROUTERS` says which the application has."""

from twinbed.server.routes import audit, beds, live, people, registry, replay, session, studies

ROUTERS = (
    session.router,
    people.router,
    audit.router,
    beds.router,
    replay.router,
    studies.router,
    registry.router,
    live.router,
)
