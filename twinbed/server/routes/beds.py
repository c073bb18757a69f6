"""Beds: what there is, what can be asked of them, their logs, their past and their futures."""

import asyncio
import concurrent.futures
import io
import json
import math
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import numpy as np
from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.requests import HTTPConnection
from fastapi.responses import JSONResponse, StreamingResponse

import twinbed
from twinbed.server import showing
from twinbed.server.access import permitted, require
from twinbed.server.context import Shared
from twinbed.server.errors import Refused
from twinbed.server.frames import frame, packed
from twinbed.server.living import Living, Trouble, living, running
from twinbed.server.permissions import CONTROLS, Act, may, with_article
from twinbed.server.problems import responses
from twinbed.server.recording import recorded
from twinbed.server.registry import opening, twins
from twinbed.server.routes import answers
from twinbed.server.routes.asked import Asking, Back, Clock, Forking, Opening
from twinbed.server.store.people import Person
from twinbed.ward import controls, definition
from twinbed.ward.ensemble import Change
from twinbed.ward.forks import Fork
from twinbed.ward.resident import Resident
from twinbed.ward.session import Page, Session
from twinbed.ward.spoken import moment as moment_said

router = APIRouter(prefix="/api", tags=["beds"])

T = TypeVar("T")
Place = Annotated[Living, Depends(living)]
BedId = Annotated[str, Path(pattern="^[a-z0-9]{1,32}$", examples=["k3vq8mzn"])]
Viewer = Annotated[Person, Depends(permitted(Act.WATCH))]
Clinician = Annotated[Person, Depends(permitted(Act.TREAT))]
"""Who may ask for anything; some controls take more."""
_MOST_WAVES, _MOST_RECORDED = 120, 3600
"""Pages that are given at once."""
_MOST_BEDS = 16
_ERRORS = responses(401, 403, 404, 409, 422, 429, 503)


@router.get("/catalogue", responses=responses(401))
def catalogue(asker: Viewer) -> list[answers.Template]:
    """Bedsides that can be opened."""
    return [
        answers.Template(id=t.id, title=t.title, title_ko=t.title_ko, about=t.about, about_ko=t.about_ko, kind=t.kind)  # pyright: ignore[reportArgumentType]
        for t in definition.catalogue().values()
    ]


@router.get("/ward", responses=responses(401))
async def ward(asker: Viewer, place: Place) -> answers.WardShown:
    """Why beds that should be there are not; nothing as long as all is well."""
    return answers.WardShown(troubles=[_trouble(trouble) for trouble in place.troubles])


def _trouble(trouble: Trouble) -> answers.TroubleShown:
    named = f"{trouble.title or trouble.bed}" if trouble.bed else ""
    return answers.TroubleShown(
        bed=trouble.bed,
        title=trouble.title,
        message=f"The bed {named!r} could not be opened: {trouble.why}"
        if named
        else f"No bed could be opened: {trouble.why}",
        message_ko=f"병상 {named!r}을(를) 열 수 없습니다: {trouble.why}"
        if named
        else f"병상을 열 수 없습니다: {trouble.why}",
        advice="Its log is kept. Mend the cause and start the server again; the server's log says more.",
        advice_ko="기록은 그대로 있습니다. 원인을 고치고 서버를 다시 시작해 주십시오. 서버 로그를 참고하십시오.",
    )


@router.get("/beds", responses=responses(401), response_model=list[answers.BedListed])
async def beds(asker: Viewer, place: Place) -> JSONResponse:
    """All beds."""
    return JSONResponse([showing.summary(c.resident, c.index) for c in place.hub.channels.values()])


@router.post("/beds", status_code=201, responses=_ERRORS, response_model=answers.BedShown)
def open_bed(
    body: Opening,
    asker: Annotated[Person, Depends(permitted(Act.MAKE_BED))],
    place: Place,
    context: Shared,
    connection: HTTPConnection,
) -> JSONResponse:
    """Brings a bed to life. The first one of a kind is compiled for a minute or two; it is `starting` meanwhile."""
    if [body.template, body.toml, body.twin].count(None) != 2:
        raise Refused(
            422,
            "invalid",
            "A bed is made from a template, a toml or a twin.",
            "Give one of the three.",
            korean=("병상은 템플릿, TOML, 트윈 가운데 하나로 만듭니다.", "셋 가운데 하나를 골라 주십시오."),
        )
    if len(place.ward.beds) >= _MOST_BEDS:
        raise Refused(
            409,
            "full",
            f"There are {_MOST_BEDS} beds already.",
            "Remove one first.",
            korean=(f"병상이 이미 {_MOST_BEDS}개 있습니다.", "먼저 하나를 지워 주십시오."),
        )
    toml = _toml(body, connection)
    if foreign := definition.own_devices(toml):
        raise Refused(
            403,
            "own_code",
            f"{foreign[0]} would run code of its own in the server.",
            "Open such a bed with `twinbed simulate`, or install the device with an entry point.",
            korean=(
                f"{foreign[0]}은(는) 서버에서 자체 코드를 실행하게 됩니다.",
                "이런 병상은 `twinbed simulate`로 열어 주십시오.",
            ),
        )
    made = definition.make(toml)
    title = body.title or made.words.get("title") or made.bedside.title
    kept = context.store.beds.add_bed(
        title=title, kind=made.kind, definition={"toml": toml}, seed=made.bedside.seed, version=twinbed.__version__,
        made_by=asker.name,
    )  # fmt: skip
    place.ward.open(kept.id, toml, title=body.title or "")
    return JSONResponse(showing.whole(place.ward.beds[kept.id], 0, asker.role), 201)


def _toml(body: Opening, connection: HTTPConnection) -> str:
    """The text of the bedside file of a bed to be."""
    if body.twin is not None:
        return opening.bedside_of(twins.twin_file(running(connection).twins, body.twin))
    return body.toml if body.toml is not None else definition.template(body.template or "").toml


@router.get("/beds/{bed}", responses=_ERRORS, response_model=answers.BedShown)
async def bed(bed: BedId, asker: Viewer, place: Place) -> JSONResponse:
    """A bed, with all that can be seen and done at it."""
    resident = resident_of(place, bed)
    channel = place.hub.channels.get(bed)
    index = channel.index if channel else 0
    return JSONResponse(await asked(place.ward.do(lambda: showing.whole(resident, index, asker.role))))


@router.delete("/beds/{bed}", status_code=204, responses=_ERRORS)
async def remove(
    bed: BedId, asker: Annotated[Person, Depends(permitted(Act.REMOVE_BED))], place: Place, context: Shared
) -> None:
    """Lets a bed go. Its log is kept."""
    resident_of(place, bed)
    await asked(place.ward.remove(bed))
    await asyncio.to_thread(context.store.beds.remove_bed, bed, by=asker.name)


@router.post("/beds/{bed}/requests", responses=_ERRORS, response_model=answers.Granted)
async def request(bed: BedId, body: Asking, asker: Clinician, place: Place) -> JSONResponse:
    """Asks for something. What is granted acts from the next page on; what is refused is in the log with the reason."""
    resident = resident_of(place, bed)
    made = resident.made
    control = made.controls.get(body.control) if made else None
    wish = controls.Wish(body.value, body.lasts_s)
    if control is not None and not may(asker.role, CONTROLS[control.group]):
        why = controls.Refused(f"{with_article(asker.role)} may not do this", "이 역할로는 할 수 없습니다")
        await asked(place.ward.refuse(bed, asker.name, body.control, wish, why, body.note))
        require(asker, CONTROLS[control.group])
    entry = await asked(place.ward.ask(bed, asker.name, body.control, wish, body.note, body.key))
    return JSONResponse({"accepted": True, "entry": showing.entry(made, entry)})


@router.post("/beds/{bed}/clock", responses=_ERRORS, response_model=answers.Moved)
async def clock(
    bed: BedId, body: Clock, asker: Annotated[Person, Depends(permitted(Act.PACE))], place: Place
) -> JSONResponse:
    """Pauses, resumes, steps a page or changes the speed."""
    resident = resident_of(place, bed)
    entry = await asked(place.ward.clock(bed, asker.name, body.do, body.value))
    return JSONResponse({"entry": showing.entry(resident.made, entry), "clock": showing.clock(resident)})


@router.post("/beds/{bed}/rewind", responses=_ERRORS, response_model=answers.Moved)
async def rewind(
    bed: BedId, body: Back, asker: Annotated[Person, Depends(permitted(Act.REWIND))], place: Place
) -> JSONResponse:
    """Goes back to an earlier time and on from there, on a branch of its own."""
    resident = resident_of(place, bed)
    entry = await asked(place.ward.rewind(bed, asker.name, body.t_s))
    return JSONResponse({"entry": showing.entry(resident.made, entry), "clock": showing.clock(resident)})


@router.get("/beds/{bed}/log", responses=_ERRORS, response_model=answers.LogShown)
async def log(
    bed: BedId, asker: Viewer, place: Place, context: Shared, after: Annotated[int, Query(ge=0, lt=2**63)] = 0
) -> JSONResponse:
    """What was asked for, the branches of time, the alarms of the present branch, and what happens by itself: what is
    to come of that is for who may open beds."""
    resident = resident_of(place, bed)
    told = await asyncio.to_thread(context.store.beds.entries, bed, after)
    courses = await asyncio.to_thread(context.store.beds.branches, bed)
    session = resident.session
    alarms: list[dict[str, Any]] = []
    if session is not None:
        with place.looking(asker.id, "numbers"):
            alarms = await asked(place.ward.read(bed, Session.alarms_later))
    until_s = math.inf if may(asker.role, Act.MAKE_BED) else session.t_s if session else 0.0
    said = {
        "entries": [showing.entry(resident.made, e) for e in told],
        "branches": showing.branches(courses, session.page_s if session else 0.0),
        "alarms": alarms,
        "script": showing.script(resident.made, until_s),
    }
    return JSONResponse(said)


@router.get("/beds/{bed}/drugs", responses=_ERRORS)
async def drugs(bed: BedId, asker: Viewer, place: Place) -> list[answers.GivenShown]:
    """All that is being given on the present branch and was, by pumps and by hand, with how much so far."""
    resident = resident_of(place, bed)
    session_of(resident)
    return [answers.GivenShown(**one) for one in await asked(place.ward.do(lambda: showing.drugs(resident)))]


@router.get("/beds/{bed}/twins", responses=_ERRORS)
async def device_twins(bed: BedId, asker: Viewer, place: Place) -> dict[str, list[answers.TwinShown]]:
    """By device, what was asked of it, what it reports and what is in the patient, for who asks often."""
    resident = resident_of(place, bed)
    told = await asked(place.ward.do(lambda: showing.twins(resident)))
    return {part: [answers.TwinShown(**one) for one in own] for part, own in told.items()}


@router.get("/beds/{bed}/trends", responses=_ERRORS, response_model=answers.TrendsShown)
async def trends(
    bed: BedId, asker: Viewer, place: Place,
    from_s: Annotated[float, Query(alias="from", ge=0.0, le=1e9, allow_inf_nan=False)] = 0.0,
    to_s: Annotated[float, Query(alias="to", ge=0.0, le=1e9, allow_inf_nan=False)] = 1e9,
    points: Annotated[int, Query(ge=1, le=5000)] = 600,
) -> Response:  # fmt: skip
    """Numbers of the present branch over time, as means over at most so many stretches."""
    session_of(resident_of(place, bed))

    def snapshot(session: Session) -> Callable[[], bytes]:
        later = session.trends_later(from_s, to_s, points)
        return lambda: json.dumps(showing.trends(*later())).encode()

    with place.looking(asker.id, "numbers"):
        return Response(await asked(place.ward.read(bed, snapshot)), media_type="application/json")


@router.get("/beds/{bed}/waves", responses=_ERRORS, response_class=Response)
async def waves(
    bed: BedId, asker: Viewer, place: Place,
    from_s: Annotated[float, Query(alias="from", ge=0.0, le=1e9, allow_inf_nan=False)],
    to_s: Annotated[float, Query(alias="to", ge=0.0, le=1e9, allow_inf_nan=False)],
) -> Response:  # fmt: skip
    """Waves of the past as one binary frame of all waves, computed again."""
    resident = resident_of(place, bed)
    with place.looking(asker.id):
        pages = await _past(place, resident, from_s, to_s, _MOST_WAVES)
    made = resident.made
    assert made is not None
    traces = made.view.traces
    samples = np.concatenate([packed(traces, page.recorded) for page in pages], axis=1) if pages else packed((), {})
    data = frame(
        samples, range(len(traces)) if pages else (), bed=place.index(bed), seq=0,
        t0_s=pages[0].t_s if pages else from_s, period_s=made.period_s,
    )  # fmt: skip
    return Response(data, media_type="application/octet-stream")


@router.get("/beds/{bed}/moment", responses=_ERRORS, response_model=answers.NumbersShown)
async def moment(
    bed: BedId, asker: Viewer, place: Place,
    at_s: Annotated[float, Query(alias="at", ge=0.0, le=1e9, allow_inf_nan=False)],
) -> JSONResponse:  # fmt: skip
    """What the screen and every device showed at a moment of the past: as the page that ended last by then told,
    computed again. Before the end of the first page nothing was shown: `devices` and `values` are empty."""
    page_s = session_of(resident_of(place, bed)).page_s
    with place.looking(asker.id):
        pages = await asked(place.ward.past(bed, max(at_s - page_s, 0.0), at_s))
    return JSONResponse(showing.numbers(pages[-1]) if pages else showing.NO_NUMBERS)


@router.get("/beds/{bed}/recording.parquet", responses=_ERRORS, response_class=StreamingResponse)
async def recording(
    bed: BedId, asker: Viewer, place: Place,
    from_s: Annotated[float, Query(alias="from", ge=0.0, le=1e9, allow_inf_nan=False)] = 0.0,
    to_s: Annotated[float | None, Query(alias="to", ge=0.0, le=1e9, allow_inf_nan=False)] = None,
) -> StreamingResponse:  # fmt: skip
    """What was recorded of the present branch, as Parquet: the last 3600 pages (an hour) at most, in row groups of 60.
    Columns have their `unit` (UCUM), the file says of which bed, seed, version and branch it is."""
    resident = resident_of(place, bed)
    session = session_of(resident)
    to_s = session.t_s if to_s is None else to_s
    from_s = max(from_s, to_s - _MOST_RECORDED * session.page_s)
    _check_window(session, from_s, to_s, _MOST_RECORDED)

    def now(session: Session) -> tuple[int, int, int]:
        return session.branch, session.page_at(from_s), session.page_at(min(to_s, session.t_s))

    def again(twin: Session, place_: tuple[int, int, int]) -> bytes:
        twin.branch = place_[0]
        return recorded(twin, *place_[1:], title=resident.title, go_on=place.ward.go_on)

    with place.looking(asker.id, "long"):
        content = await asked(place.ward.beside(bed, now, again, slowly=True))
    if not content:
        raise Refused(
            409,
            "nothing",
            "Nothing was recorded yet.",
            "Wait a moment.",
            korean=("아직 기록된 것이 없습니다.", "잠시 기다려 주십시오."),
        )
    return StreamingResponse(
        io.BytesIO(content), media_type="application/vnd.apache.parquet",
        headers={"Content-Disposition": f'attachment; filename="{bed}.parquet"'},
    )  # fmt: skip


async def _past(place: Living, resident: Resident, from_s: float, to_s: float, most: int) -> list[Page]:
    session = session_of(resident)
    _check_window(session, from_s, to_s, most)
    return await asked(place.ward.past(resident.id, from_s, min(to_s, session.t_s)))


def _check_window(session: Session, from_s: float, to_s: float, most: int) -> None:
    longest_s = most * session.page_s
    if not from_s <= to_s <= from_s + longest_s:
        advice = f"Ask for at most {moment_said(longest_s)}, from the earlier to the later."
        raise Refused(
            422,
            "invalid",
            f"From {moment_said(from_s)} to {moment_said(to_s)} cannot be given.",
            advice,
            korean=(
                "이 시간 범위는 드릴 수 없습니다.",
                f"앞에서 뒤로, 최대 {moment_said(longest_s, 'ko')}까지 요청해 주십시오.",
            ),
        )


@router.post("/beds/{bed}/forks", status_code=202, responses=_ERRORS, response_model=answers.ForkBegun)
async def fork(
    bed: BedId, body: Forking, asker: Annotated[Person, Depends(permitted(Act.FORK))], place: Place
) -> JSONResponse:
    """Plays a moment on as an ensemble, as it is and with changes. Ask for the fork until its state is `done`."""
    resident = resident_of(place, bed)
    made = resident.made
    for change in body.changes:
        control = made.controls.get(change.control) if made else None
        if control is not None:
            require(asker, CONTROLS[control.group])
    wanted = [Change(c.control, controls.Wish(c.value, c.lasts_s), c.after_s) for c in body.changes]
    begun = await asked(
        place.ward.fork(bed, asker.name, body.at_s, wanted, horizon_s=body.horizon_s, members=body.members)
    )
    return JSONResponse({"fork": str(begun.id), "state": begun.state}, 202)


@router.get("/beds/{bed}/forks", responses=_ERRORS, response_model=list[answers.ForkListed])
async def forks(bed: BedId, asker: Viewer, place: Place) -> JSONResponse:
    """The latest forks of a bed, without their numbers."""
    made = resident_of(place, bed).made
    own = tuple(place.ward.forks.get(bed, []))
    return JSONResponse([showing.fork_listed(made, f, may_stop=_may_stop(asker, f)) for f in own])


@router.get("/beds/{bed}/forks/{fork}", responses=_ERRORS, response_model=answers.ForkShown)
async def fork_shown(
    bed: BedId, fork: Annotated[int, Path(ge=1, lt=2**31)], asker: Viewer, place: Place
) -> JSONResponse:
    """A fork: how far it is, and its futures when it is done."""
    made, found = resident_of(place, bed).made, _fork(place, bed, fork)
    assert made is not None
    return JSONResponse(showing.fork(made, found) | {"may_stop": _may_stop(asker, found)})


@router.delete("/beds/{bed}/forks/{fork}", status_code=204, responses=_ERRORS)
async def stop_fork(
    bed: BedId,
    fork: Annotated[int, Path(ge=1, lt=2**31)],
    asker: Annotated[Person, Depends(permitted(Act.FORK))],
    place: Place,
) -> None:
    """Ends a fork that is being computed, for who asked for it and who may open beds; it stays in the list as failed.
    One that has ended stays as it is."""
    found = _fork(place, bed, fork)
    if found.who != asker.name:
        require(asker, Act.MAKE_BED)
    await asked(place.ward.stop_fork(found, asker.name))


def _may_stop(asker: Person, fork: Fork) -> bool:
    """Whether a fork is computed, and somebody may end that."""
    return fork.state == "running" and (fork.who == asker.name or may(asker.role, Act.MAKE_BED))


def _fork(place: Living, bed: str, fork: int) -> Fork:
    """A fork of a bed; 404 where there is none."""
    made = resident_of(place, bed).made
    found = next((f for f in place.ward.forks.get(bed, []) if f.id == fork), None)
    if found is None or made is None:
        raise Refused(
            404,
            "not_found",
            f"There is no fork {fork} of this bed.",
            "GET the forks of the bed lists them.",
            korean=(f"이 병상에 미래 {fork}번이 없습니다.", "다시 계산해 주십시오."),
        )
    return found


def resident_of(place: Living, bed: str) -> Resident:
    """A bed by its id; 404 where there is none."""
    resident = place.ward.beds.get(bed)
    if resident is None:
        raise Refused(
            404,
            "not_found",
            f"There is no bed {bed!r}.",
            "GET /api/beds lists the beds.",
            korean=(f"병상 {bed!r}이(가) 없습니다.", "병동에서 골라 주십시오."),
        )
    return resident


_NOT_LIVING_KO = {"starting": "병상이 시작하는 중입니다.", "failed": "병상을 쓸 수 없습니다."}


def session_of(resident: Resident) -> Session:
    """What lives at a bed; 409 where nothing does yet."""
    if resident.session is None:
        raise Refused(
            409,
            resident.state,
            f"The bed is {resident.state}.",
            resident.why or "Wait until it runs.",
            korean=(_NOT_LIVING_KO[resident.state], resident.why or "진행될 때까지 기다려 주십시오."),
        )
    return resident.session


async def asked(future: "concurrent.futures.Future[T]") -> T:
    """What the ward answers."""
    try:
        return await asyncio.wrap_future(future)
    except controls.Refused as error:
        message, _, advice = str(error).partition("; ")
        korean, _, advice_ko = error.korean.partition("; ")
        raise Refused(
            409, "refused", message[:1].upper() + message[1:] + ".", advice[:1].upper() + advice[1:],
            korean=(f"{korean}.", f"{advice_ko}." if advice_ko else ""),
        ) from None  # fmt: skip
