"""What was lived at a bed, to take along: a file that replays it, and the session from which it can be made again."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from twinbed.server.access import permitted
from twinbed.server.context import Shared
from twinbed.server.errors import Refused
from twinbed.server.film import TooLong, film, stretches
from twinbed.server.permissions import Act, may
from twinbed.server.problems import responses
from twinbed.server.replay import page
from twinbed.server.routes.beds import BedId, Place, Viewer, asked, resident_of, session_of
from twinbed.server.store.people import Person
from twinbed.ward.kept import Kept, kept
from twinbed.ward.session import Session

router = APIRouter(prefix="/api", tags=["beds"])

_ERRORS = responses(401, 403, 404, 409, 422, 429, 503)


@router.get("/beds/{bed}/replay.html", responses=_ERRORS, response_class=Response)
async def replay(
    bed: BedId, asker: Viewer, place: Place, context: Shared,
    from_s: Annotated[float | None, Query(alias="from", ge=0.0, le=1e9, allow_inf_nan=False)] = None,
    to_s: Annotated[float | None, Query(alias="to", ge=0.0, le=1e9, allow_inf_nan=False)] = None,
) -> Response:  # fmt: skip
    """A file that replays the bed on all its branches and asks nobody for anything: 3600 pages (an hour) at most, the
    last ones if `from` is left out."""
    resident = resident_of(place, bed)
    lived = await asyncio.to_thread(context.store.beds.bed, bed)

    def now(session: Session) -> Kept:
        return kept(session, resident.toml, title=resident.title, version=lived.version)

    def made(session: Session, found: Kept) -> bytes:
        parts = stretches(found, session.page_s, from_s, to_s)
        tells_all = may(asker.role, Act.MAKE_BED)
        return film(session, found, parts, lambda share: place.ward.go_on(), tells_all=tells_all)

    try:
        with place.looking(asker.id, "long"):
            data = await asked(place.ward.beside(bed, now, made, slowly=True))
    except TooLong as error:
        raise Refused(
            422,
            "window",
            str(error),
            "GET replay.html?from=600&to=1200, in seconds.",
            korean=(
                "이 시간 범위의 재생 파일은 만들 수 없습니다.",
                "GET replay.html?from=600&to=1200처럼 초로 더 짧게 요청해 주십시오.",
            ),
        ) from None
    whole = await asyncio.to_thread(page, data, resident.title, static=context.settings.static)
    return _download(whole, "text/html; charset=utf-8", f"{bed}.html")


@router.get("/beds/{bed}/session.json", responses=_ERRORS, response_class=Response)
async def session(
    bed: BedId, asker: Annotated[Person, Depends(permitted(Act.MAKE_BED))], place: Place, context: Shared
) -> Response:
    """Definition and log: with it `twinbed replay` plays the session again. It tells what the file has in store too."""
    resident = resident_of(place, bed)
    lived = await asyncio.to_thread(context.store.beds.bed, bed)
    here = session_of(resident)
    found = await asked(place.ward.do(lambda: kept(here, resident.toml, title=resident.title, version=lived.version)))
    return _download(found.written(), "application/json", f"{bed}.session.json")


def _download(content: bytes, kind: str, name: str) -> Response:
    """What a browser keeps and does not show: a page with a program of its own is not of this origin."""
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
