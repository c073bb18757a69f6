"""Beds: what there is, what can be asked of them, their logs, their past and their futures."""

import asyncio
import concurrent.futures
import io
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.requests import HTTPConnection
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

import twinbed
from twinbed.connect.files import table_bytes
from twinbed.server import showing
from twinbed.server.access import permitted, require
from twinbed.server.context import Shared
from twinbed.server.errors import Refused
from twinbed.server.frames import frame, packed
from twinbed.server.living import Living, Trouble, living, running
from twinbed.server.permissions import CONTROLS, Act, may
from twinbed.server.problems import responses
from twinbed.server.registry import opening, twins
from twinbed.server.routes.session import Body
from twinbed.server.store.people import Person
from twinbed.ward import controls, definition
from twinbed.ward.ensemble import LONGEST_S, MOST_MEMBERS, Change
from twinbed.ward.forks import Fork
from twinbed.ward.resident import Resident
from twinbed.ward.session import Page, Session

router = APIRouter(prefix="/api", tags=["beds"])

T = TypeVar("T")
Place = Annotated[Living, Depends(living)]
BedId = Annotated[str, Path(pattern="^[a-z0-9]{1,32}$", examples=["k3vq8mzn"])]
Time = Annotated[float, Field(ge=0.0, le=1e9, allow_inf_nan=False, examples=[120.0])]
Viewer = Annotated[Person, Depends(permitted(Act.WATCH))]
Clinician = Annotated[Person, Depends(permitted(Act.TREAT))]
"""Who may ask for anything; some controls take more."""
_MOST_WAVES, _MOST_RECORDED = 120, 3600
"""Pages that are given at once."""
_MOST_BEDS = 16
_ERRORS = responses(401, 403, 404, 409, 422, 429)


class Template(BaseModel):
    """A bedside that can be opened."""

    id: str = Field(examples=["anaesthesia"])
    title: str
    title_ko: str
    about: str
    about_ko: str
    kind: Literal["acute", "diabetes"] = "acute"


class TroubleShown(BaseModel):
    """Why a bed could not be opened at the start; without a bed, why none could."""

    bed: str | None
    title: str | None
    message: str
    message_ko: str
    advice: str
    advice_ko: str


class WardShown(BaseModel):
    """How the ward came up."""

    troubles: list[TroubleShown]


class GivenShown(BaseModel):
    """A drug or fluid that is being given at a bed, or was."""

    id: str = Field(description="The drug, or the control of a fluid.", examples=["propofol"])
    label: str
    label_ko: str
    device: str | None = Field(description="The pump that gives it; nothing where it is given by hand.")
    goes_on: bool
    total: float = Field(description="Given so far.")
    unit: str = Field(examples=["mg"])
    text: str = Field(examples=["by its pump 8 mg/min · 136 mg so far"])
    text_ko: str


class Opening(Body):
    """A bed to be: one of the catalogue, the text of a bedside file, or a twin that was fitted."""

    template: Annotated[str | None, Field(max_length=64, examples=["anaesthesia"])] = None
    toml: Annotated[str | None, Field(max_length=100_000)] = None
    twin: Annotated[
        str | None, Field(max_length=120, examples=["hupa.HUPA0001P"], description="As `GET /twins` lists.")
    ] = None
    title: Annotated[str | None, Field(max_length=120)] = None


class Asking(Body):
    """Something to be done at a bed."""

    control: Annotated[str, Field(max_length=80, examples=["phenylephrine_rate"])]
    value: Annotated[float | None, Field(allow_inf_nan=False, examples=[0.1])] = None
    lasts_s: Annotated[float | None, Field(ge=0.0, le=1e9, allow_inf_nan=False)] = None
    note: Annotated[str, Field(max_length=500)] = ""
    key: Annotated[str, Field(max_length=64, description="Makes it safe to ask again: the same key is done once.")] = ""


class Clock(Body):
    """What time is to do."""

    do: Literal["pause", "resume", "step", "speed"]
    value: Annotated[float | None, Field(allow_inf_nan=False, examples=[5.0])] = None


class Back(Body):
    """Where to go back to."""

    t_s: Time


class Different(Body):
    """Something that is done in one of the futures."""

    control: Annotated[str, Field(max_length=80, examples=["ventilator_peep_set"])]
    value: Annotated[float | None, Field(allow_inf_nan=False)] = None
    lasts_s: Annotated[float | None, Field(ge=0.0, le=1e9, allow_inf_nan=False)] = None
    after_s: Time = 0.0


class Forking(Body):
    """Which futures to look at."""

    at_s: Time
    horizon_s: Annotated[float, Field(gt=0.0, le=LONGEST_S, allow_inf_nan=False, examples=[600.0])] = 600.0
    members: Annotated[int, Field(ge=1, le=MOST_MEMBERS)] = 24
    changes: Annotated[list[Different], Field(max_length=12)] = []


@router.get("/catalogue", responses=responses(401))
def catalogue(asker: Viewer) -> list[Template]:
    """Bedsides that can be opened."""
    return [
        Template(id=t.id, title=t.title, title_ko=t.title_ko, about=t.about, about_ko=t.about_ko, kind=t.kind)  # pyright: ignore[reportArgumentType]
        for t in definition.catalogue().values()
    ]


@router.get("/ward", responses=responses(401))
async def ward(asker: Viewer, place: Place) -> WardShown:
    """Why beds that should be there are not; nothing as long as all is well."""
    return WardShown(troubles=[_trouble(trouble) for trouble in place.troubles])


def _trouble(trouble: Trouble) -> TroubleShown:
    named = f"{trouble.title or trouble.bed}" if trouble.bed else ""
    return TroubleShown(
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


@router.get("/beds", responses=responses(401))
async def beds(asker: Viewer, place: Place) -> list[dict[str, Any]]:
    """All beds."""
    return [showing.summary(c.resident, c.index) for c in place.hub.channels.values()]


@router.post("/beds", status_code=201, responses=_ERRORS)
def open_bed(
    body: Opening,
    asker: Annotated[Person, Depends(permitted(Act.MAKE_BED))],
    place: Place,
    context: Shared,
    connection: HTTPConnection,
) -> dict[str, Any]:
    """Brings a bed to life. The first one of a kind is compiled for a minute or two; it is `starting` meanwhile."""
    if [body.template, body.toml, body.twin].count(None) != 2:
        raise Refused(422, "invalid", "A bed is made from a template, a toml or a twin.", "Give one of the three.")
    if len(place.ward.beds) >= _MOST_BEDS:
        raise Refused(409, "full", f"There are {_MOST_BEDS} beds already.", "Remove one first.")
    toml = _toml(body, connection)
    if foreign := definition.own_devices(toml):
        raise Refused(
            403, "own_code", f"{foreign[0]} would run code of its own in the server.",
            "Open such a bed with `twinbed simulate`, or install the device with an entry point.",
        )  # fmt: skip
    made = definition.make(toml)
    title = body.title or made.words.get("title") or made.bedside.title
    kept = context.store.beds.add_bed(
        title=title, kind=made.kind, definition={"toml": toml}, seed=made.bedside.seed, version=twinbed.__version__,
        made_by=asker.name,
    )  # fmt: skip
    place.ward.open(kept.id, toml, title=body.title or "")
    return showing.whole(place.ward.beds[kept.id], 0, asker.role)


def _toml(body: Opening, connection: HTTPConnection) -> str:
    """The text of the bedside file of a bed to be."""
    if body.twin is not None:
        return opening.bedside_of(twins.twin_file(running(connection).twins, body.twin))
    return body.toml if body.toml is not None else definition.template(body.template or "").toml


@router.get("/beds/{bed}", responses=_ERRORS)
async def bed(bed: BedId, asker: Viewer, place: Place) -> dict[str, Any]:
    """A bed, with all that can be seen and done at it."""
    resident = resident_of(place, bed)
    channel = place.hub.channels.get(bed)
    return await asked(place.ward.do(lambda: showing.whole(resident, channel.index if channel else 0, asker.role)))


@router.delete("/beds/{bed}", status_code=204, responses=_ERRORS)
async def remove(
    bed: BedId, asker: Annotated[Person, Depends(permitted(Act.REMOVE_BED))], place: Place, context: Shared
) -> None:
    """Lets a bed go. Its log is kept."""
    resident_of(place, bed)
    await asked(place.ward.remove(bed))
    await asyncio.to_thread(context.store.beds.remove_bed, bed, by=asker.name)


@router.post("/beds/{bed}/requests", responses=_ERRORS)
async def request(bed: BedId, body: Asking, asker: Clinician, place: Place) -> Any:
    """Asks for something. What is granted acts from the next page on; what is refused is in the log with the reason."""
    resident = resident_of(place, bed)
    made = resident.made
    control = made.controls.get(body.control) if made else None
    wish = controls.Wish(body.value, body.lasts_s)
    if control is not None and not may(asker.role, CONTROLS[control.group]):
        why = controls.Refused(f"a {asker.role} may not do this", "이 역할로는 할 수 없습니다")
        await asked(place.ward.refuse(bed, asker.name, body.control, wish, why, body.note))
        require(asker, CONTROLS[control.group])
    entry = await asked(place.ward.ask(bed, asker.name, body.control, wish, body.note, body.key))
    return {"accepted": True, "entry": showing.entry(made, entry)}


@router.post("/beds/{bed}/clock", responses=_ERRORS)
async def clock(
    bed: BedId, body: Clock, asker: Annotated[Person, Depends(permitted(Act.PACE))], place: Place
) -> dict[str, Any]:
    """Pauses, resumes, steps a page or changes the speed."""
    resident = resident_of(place, bed)
    entry = await asked(place.ward.clock(bed, asker.name, body.do, body.value))
    return {"entry": showing.entry(resident.made, entry), "clock": showing.clock(resident)}


@router.post("/beds/{bed}/rewind", responses=_ERRORS)
async def rewind(
    bed: BedId, body: Back, asker: Annotated[Person, Depends(permitted(Act.REWIND))], place: Place
) -> dict[str, Any]:
    """Goes back to an earlier time and on from there, on a branch of its own."""
    resident = resident_of(place, bed)
    entry = await asked(place.ward.rewind(bed, asker.name, body.t_s))
    return {"entry": showing.entry(resident.made, entry), "clock": showing.clock(resident)}


@router.get("/beds/{bed}/log", responses=_ERRORS)
async def log(
    bed: BedId, asker: Viewer, place: Place, context: Shared, after: Annotated[int, Query(ge=0, lt=2**63)] = 0
) -> dict[str, Any]:
    """What was asked for, the branches of time, and the alarms of the present branch."""
    resident = resident_of(place, bed)
    told = await asyncio.to_thread(context.store.beds.entries, bed, after)
    courses = await asyncio.to_thread(context.store.beds.branches, bed)
    session = resident.session
    alarms = await asked(place.ward.do(session.alarms)) if session else []
    page_s = session.page_s if session else 0.0
    return {
        "entries": [showing.entry(resident.made, e) for e in told],
        "branches": showing.branches(courses, page_s),
        "alarms": alarms,
        "script": showing.script(resident.made),
    }


@router.get("/beds/{bed}/drugs", responses=_ERRORS)
async def drugs(bed: BedId, asker: Viewer, place: Place) -> list[GivenShown]:
    """All that is being given on the present branch and was, by pumps and by hand, with how much so far."""
    resident = resident_of(place, bed)
    session_of(resident)
    return [GivenShown(**one) for one in await asked(place.ward.do(lambda: showing.drugs(resident)))]


@router.get("/beds/{bed}/trends", responses=_ERRORS)
async def trends(
    bed: BedId, asker: Viewer, place: Place,
    from_s: Annotated[float, Query(alias="from", ge=0.0, le=1e9, allow_inf_nan=False)] = 0.0,
    to_s: Annotated[float, Query(alias="to", ge=0.0, le=1e9, allow_inf_nan=False)] = 1e9,
    points: Annotated[int, Query(ge=1, le=5000)] = 600,
) -> dict[str, Any]:  # fmt: skip
    """Numbers of the present branch over time, as means over at most so many stretches."""
    session = session_of(resident_of(place, bed))
    return showing.trends(*await asked(place.ward.do(lambda: session.trends(from_s, to_s, points))))


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


@router.get("/beds/{bed}/moment", responses=_ERRORS)
async def moment(
    bed: BedId, asker: Viewer, place: Place,
    at_s: Annotated[float, Query(alias="at", ge=0.0, le=1e9, allow_inf_nan=False)],
) -> dict[str, Any]:  # fmt: skip
    """What the screen and every device showed at a moment of the past: as the page that ended last by then told,
    computed again. Before the end of the first page nothing was shown: `devices` and `values` are empty."""
    page_s = session_of(resident_of(place, bed)).page_s
    with place.looking(asker.id):
        pages = await asked(place.ward.past(bed, max(at_s - page_s, 0.0), at_s))
    return showing.numbers(pages[-1]) if pages else showing.NO_NUMBERS


@router.get("/beds/{bed}/recording.parquet", responses=_ERRORS, response_class=StreamingResponse)
async def recording(
    bed: BedId, asker: Viewer, place: Place,
    from_s: Annotated[float, Query(alias="from", ge=0.0, le=1e9, allow_inf_nan=False)] = 0.0,
    to_s: Annotated[float | None, Query(alias="to", ge=0.0, le=1e9, allow_inf_nan=False)] = None,
) -> StreamingResponse:  # fmt: skip
    """What was recorded of the present branch, as Parquet: the last 3600 pages (an hour) at most."""
    resident = resident_of(place, bed)
    session = session_of(resident)
    to_s = session.t_s if to_s is None else to_s
    from_s = max(from_s, to_s - _MOST_RECORDED * session.page_s)
    with place.looking(asker.id, slowly=True):
        pages = await _past(place, resident, from_s, to_s, _MOST_RECORDED)
        content = await asyncio.to_thread(_table, pages, resident)
    return StreamingResponse(
        io.BytesIO(content), media_type="application/vnd.apache.parquet",
        headers={"Content-Disposition": f'attachment; filename="{bed}.parquet"'},
    )  # fmt: skip


def _table(pages: list[Page], resident: Resident) -> bytes:
    made = resident.made
    assert made is not None
    if not pages:
        raise Refused(409, "nothing", "Nothing was recorded yet.", "Wait a moment.")
    names = list(pages[0].recorded)
    columns = {name: np.concatenate([p.recorded[name] for p in pages]) for name in names}
    n = len(columns[names[0]])
    return table_bytes({"t_s": np.round(pages[0].t_s + np.arange(n) * made.period_s, 6), **columns})


async def _past(place: Living, resident: Resident, from_s: float, to_s: float, most: int) -> list[Page]:
    session = session_of(resident)
    longest_s = most * session.page_s
    if not from_s <= to_s <= from_s + longest_s:
        advice = f"Ask for at most {longest_s:g} s, from the earlier to the later."
        raise Refused(422, "invalid", f"From {from_s:g} to {to_s:g} s cannot be given.", advice)
    return await asked(place.ward.past(resident.id, from_s, min(to_s, session.t_s), slowly=most > _MOST_WAVES))


@router.post("/beds/{bed}/forks", status_code=202, responses=_ERRORS)
async def fork(
    bed: BedId, body: Forking, asker: Annotated[Person, Depends(permitted(Act.FORK))], place: Place
) -> dict[str, Any]:
    """Plays a moment on as an ensemble, as it is and with changes. Ask for the fork until its state is `done`."""
    resident = resident_of(place, bed)
    made = resident.made
    for change in body.changes:
        control = made.controls.get(change.control) if made else None
        if control is None:
            raise Refused(
                409, "refused", f"There is no control {change.control!r} at this bed.", "GET the bed lists them."
            )
        try:
            controls.checked(control, controls.Wish(change.value, change.lasts_s))
        except controls.Refused as error:
            raise _refused(error) from None
    wanted = [Change(c.control, controls.Wish(c.value, c.lasts_s), c.after_s) for c in body.changes]
    begun = await asked(
        place.ward.fork(bed, asker.name, body.at_s, wanted, horizon_s=body.horizon_s, members=body.members)
    )
    return {"fork": str(begun.id), "state": begun.state}


@router.get("/beds/{bed}/forks", responses=_ERRORS)
async def forks(bed: BedId, asker: Viewer, place: Place) -> list[dict[str, Any]]:
    """The latest forks of a bed, without their numbers."""
    resident_of(place, bed)
    return [{"id": str(f.id), "state": f.state, "at_s": f.at_s, "who": f.who} for f in place.ward.forks.get(bed, [])]


@router.get("/beds/{bed}/forks/{fork}", responses=_ERRORS)
async def fork_shown(
    bed: BedId, fork: Annotated[int, Path(ge=1, lt=2**31)], asker: Viewer, place: Place
) -> dict[str, Any]:
    """A fork: how far it is, and its futures when it is done."""
    resident = resident_of(place, bed)
    found: Fork | None = next((f for f in place.ward.forks.get(bed, []) if f.id == fork), None)
    if found is None or resident.made is None:
        raise Refused(404, "not_found", f"There is no fork {fork} of this bed.", "GET the forks of the bed lists them.")
    return showing.fork(resident.made, found)


def resident_of(place: Living, bed: str) -> Resident:
    """A bed by its id; 404 where there is none."""
    resident = place.ward.beds.get(bed)
    if resident is None:
        raise Refused(404, "not_found", f"There is no bed {bed!r}.", "GET /api/beds lists the beds.")
    return resident


def session_of(resident: Resident) -> Session:
    """What lives at a bed; 409 where nothing does yet."""
    if resident.session is None:
        raise Refused(409, resident.state, f"The bed is {resident.state}.", resident.why or "Wait until it runs.")
    return resident.session


async def asked(future: "concurrent.futures.Future[T]") -> T:
    """What the ward answers."""
    try:
        return await asyncio.wrap_future(future)
    except controls.Refused as error:
        raise _refused(error) from None


def _refused(error: controls.Refused) -> Refused:
    message, _, advice = str(error).partition("; ")
    korean, _, advice_ko = error.korean.partition("; ")
    return Refused(
        409, "refused", message[:1].upper() + message[1:] + ".", advice[:1].upper() + advice[1:],
        korean=(f"{korean}.", f"{advice_ko}." if advice_ko else ""),
    )  # fmt: skip
