"""Studies and the bench: what can be started, what runs and how far it is, and the reports."""

import asyncio
import dataclasses
import datetime
import pathlib
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from twinbed.core.errors import NotFound
from twinbed.server import documents
from twinbed.server.access import permitted
from twinbed.server.errors import Refused
from twinbed.server.living import running
from twinbed.server.permissions import Act, Role
from twinbed.server.problems import responses
from twinbed.server.registry import known
from twinbed.server.registry.twins import twin_files
from twinbed.server.routes.session import Body
from twinbed.server.runs import asked, kept, offers
from twinbed.server.runs.progress import lines, progress
from twinbed.server.runs.queue import Queue
from twinbed.server.runs.reasons import in_korean
from twinbed.server.store.people import Person
from twinbed.server.store.runs import RUNNING, Run

router = APIRouter(prefix="/api/studies", tags=["studies"])

Reader = Annotated[Person, Depends(permitted(Act.WATCH))]
Engineer = Annotated[Person, Depends(permitted(Act.RUN))]
Place = Annotated[Queue, Depends(running)]
RunId = Annotated[str, Path(pattern="^[a-z0-9]{1,32}$", examples=["k3vq8mzn"])]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Value = bool | int | Annotated[float, Field(allow_inf_nan=False)] | Annotated[str, Field(max_length=80)]
_ERRORS = responses(401, 403, 404, 409, 413, 422)
_EARLY = 0.03
"""Before this share is done nobody can say how long the rest takes."""


class Starting(Body):
    """A study to be: one that is offered, or the text of a study file."""

    study: Annotated[str | None, Field(max_length=64, examples=["quick"])] = None
    toml: Annotated[str | None, Field(max_length=200_000)] = None
    patients: Annotated[int | None, Field(ge=1, le=10**6, description="In every population.")] = None
    seed: Seed | None = None
    executor: Literal["auto", "xla", "native", "cuda"] = "auto"


class Testing(Body):
    """A test of a device: a protocol, and a device that it knows by name. Nothing else can be named."""

    protocol: Annotated[str, Field(max_length=120, examples=["alarms/visual_signals"])]
    device: Annotated[str, Field(max_length=120, examples=["good"])]
    settings: Annotated[dict[Annotated[str, Field(max_length=64)], Value], Field(max_length=32)] = {}


class FileShown(BaseModel):
    """A file that a run left."""

    name: str = Field(examples=["evidence.json"])
    bytes: int


class RunShown(BaseModel):
    """A study or a run on the bench."""

    id: str
    kind: Literal["study", "bench"]
    title: str
    title_ko: str | None = None
    state: Literal["waiting", "running", "done", "failed", "cancelled", "interrupted"]
    progress: float = Field(description="From 0 to 1.")
    phase: str = Field(description="What it does at present, in its own words.")
    detail: str
    who: str
    made: datetime.datetime
    began: datetime.datetime | None
    ended: datetime.datetime | None
    elapsed_s: float | None = Field(description="Since it began, until it ended.")
    left_s: float | None = Field(description="At the pace so far.")
    reason: str = Field(description="Why it failed.")
    reason_ko: str | None = Field(description="The same in Korean, where it is not the run's own words.")
    verdict: Literal["pass", "fail", "undecided"] | None = Field(description="Of the bench.")
    shown: int | None = Field(description="Comparisons of a study in which its primary outcome was shown,")
    of: int | None = Field(description="of so many.")
    asked: dict[str, Any] = Field(description="What the run was started from.")
    mine: bool = Field(description="Whether who asks may cancel and remove it.")


class RunWhole(RunShown):
    """A run with what it left."""

    sentences: list[str] = Field(description="What a study says in the end, in English.")
    version: str
    files: list[FileShown]


class LinesShown(BaseModel):
    """Lines of the log of a run."""

    lines: list[str]
    next: int = Field(description="Ask for lines after this.")


class StudyOffered(BaseModel):
    """A study that can be started."""

    id: str
    title: str
    title_ko: str | None
    question: str
    question_ko: str | None
    kind: Literal["glucose", "acute"]
    patients: int = Field(description="In each population; 0 where only twins take part.")
    arms: int
    seed: int
    twins: bool
    own: bool = Field(description="It lies in the server's folder of studies.")


class ProtocolOffered(BaseModel):
    """A protocol that can be run."""

    id: str
    title: str
    title_ko: str
    standard: str
    devices: list[str]
    missing: list[str] = Field(description="Recordings that are not on this machine.")


class SettingOffered(BaseModel):
    """What can be chosen of a protocol."""

    name: str
    kind: Literal["number", "whole", "switch", "choice"]
    usual: Value
    choices: list[str]
    low: float | None
    high: float | None


class DeviceOffered(BaseModel):
    """A device of twinbed that a protocol can test."""

    id: str = Field(examples=["devices/monitoring/pulse_oximeter"])
    title: str
    title_ko: str | None


class ProtocolWhole(ProtocolOffered):
    """A protocol with all that can be chosen."""

    settings: list[SettingOffered]
    attached: list[DeviceOffered] = Field(description="Devices of twinbed that fit: they feel what it gives.")


class Offered(BaseModel):
    """What can be started here."""

    studies: list[StudyOffered]
    protocols: list[ProtocolOffered]
    executors: list[str]
    twins: int = Field(description="Twins that a study may name.")
    study_bytes: int
    patients: int = Field(description="The most in a study.")


@router.get("", responses=responses(401))
def runs(asker: Reader, queue: Place) -> list[RunShown]:
    """All studies and runs on the bench, the newest first."""
    return [RunShown(**_shown(queue, run, asker)) for run in queue.store.runs.all()]


@router.get("/offered", responses=responses(401))
def offered(asker: Reader, queue: Place) -> Offered:
    """What can be started here: studies, and protocols with the devices these know."""
    return Offered(
        studies=[StudyOffered(**vars(s)) for s in offers.studies(queue.studies, queue.limits.study_bytes).values()],
        protocols=[ProtocolOffered(**_protocol(p)) for p in offers.protocols().values()],
        executors=list(offers.executors()), twins=len(twin_files(queue.twins)),
        study_bytes=queue.limits.study_bytes, patients=queue.limits.patients,
    )  # fmt: skip


@router.get("/protocol", responses=responses(401, 404, 422))
def protocol(
    asker: Reader, id: Annotated[str, Query(max_length=120, examples=["alarms/visual_signals"])]
) -> ProtocolWhole:
    """A protocol with its settings and the devices of twinbed that fit it."""
    found = offers.protocol(id)
    settings = [SettingOffered(**dataclasses.asdict(one)) for one in offers.settings(id).values()]
    fitting = set(offers.attached(id))
    named = [
        DeviceOffered(id=one["id"], title=one["title"], title_ko=one["title_ko"])
        for one in (known.devices() if fitting else ())
        if one["id"] in fitting
    ]
    return ProtocolWhole(**_protocol(found), settings=settings, attached=named)


@router.post("", status_code=202, responses=_ERRORS)
async def start_study(body: Starting, asker: Engineer, queue: Place) -> RunWhole:
    """Starts a study, or puts it in the queue. Its text may name only what is registered here."""
    run = await queue.add_study(asked.WantedStudy(**body.model_dump()), asker)
    return await asyncio.to_thread(_whole, queue, run, asker)


@router.post("/bench", status_code=202, responses=_ERRORS)
async def start_bench(body: Testing, asker: Engineer, queue: Place) -> RunWhole:
    """Tests a device that a protocol knows by name, or puts that in the queue."""
    run = await queue.add_bench(asked.WantedBench(**body.model_dump()), asker)
    return await asyncio.to_thread(_whole, queue, run, asker)


@router.get("/{run}", responses=responses(401, 404, 422))
def run(run: RunId, asker: Reader, queue: Place) -> RunWhole:
    """A run: how far it is, and what it left."""
    return _whole(queue, queue.store.runs.run(run), asker)


@router.get("/{run}/log", responses=responses(401, 404, 422))
def log(
    run: RunId, asker: Reader, queue: Place,
    after: Annotated[int, Query(ge=0, lt=2**63, description="`next` of the answer before.")] = 0,
) -> LinesShown:  # fmt: skip
    """What a run says: lines after a place, the last 64 kB at most."""
    queue.store.runs.run(run)
    return LinesShown(**vars(lines(queue.place(run) / kept.LOG, after)))


@router.post("/{run}/cancel", responses=_ERRORS)
async def cancel(run: RunId, asker: Engineer, queue: Place) -> RunWhole:
    """Ends a run, or takes it out of the queue. What it left is kept."""
    await asyncio.to_thread(_own, queue, run, asker)
    return await asyncio.to_thread(_whole, queue, await queue.cancel(run, asker.name), asker)


@router.post("/{run}/again", responses=_ERRORS)
async def again(run: RunId, asker: Engineer, queue: Place) -> RunWhole:
    """Lets a run that was cancelled, interrupted or failed go on where it stopped."""
    await asyncio.to_thread(_own, queue, run, asker)
    return await asyncio.to_thread(_whole, queue, await queue.again(run, asker.name), asker)


@router.delete("/{run}", status_code=204, responses=_ERRORS)
async def remove(run: RunId, asker: Engineer, queue: Place) -> None:
    """Removes a run that has ended, with all that it left."""
    await asyncio.to_thread(_own, queue, run, asker)
    await queue.remove(run, asker.name)


@router.get("/{run}/{file}", responses=responses(401, 404, 422), response_class=FileResponse)
def file(
    run: RunId, asker: Reader, queue: Place,
    file: Literal[
        "report.html", "report.ko.html", "evidence.json", "log.json", "junit.xml", "study.toml", "log.txt"
    ],
) -> FileResponse:  # fmt: skip
    """A report to be looked at, or another file of a run to be kept."""
    queue.store.runs.run(run)
    inner, kind = kept.FILES[file]
    path = queue.place(run) / inner
    if not path.is_file():
        raise NotFound(f"the run {run!r} left no {file}")
    return documents.page(path) if path.suffix == ".html" else documents.download(path, kind, f"{run}-{file}")


def _own(queue: Queue, id: str, asker: Person) -> None:
    """Refuses what only the person who started a run, or an administrator, may do.

    Raises:
        NotFound: there is no such run.
        Refused: 403.
    """
    run = queue.store.runs.run(id)
    if not _is_own(run, asker):
        raise Refused(
            403,
            "not_yours",
            f"{run.made_by} started this run.",
            f"Ask {run.made_by} or an administrator.",
            korean=(f"{run.made_by} 님이 시작한 실행입니다.", f"{run.made_by} 님이나 관리자에게 요청해 주십시오."),
        )


def _is_own(run: Run, asker: Person) -> bool:
    return run.person == asker.id or asker.role == Role.ADMINISTRATOR


def _protocol(found: offers.ProtocolOffer) -> dict[str, Any]:
    return dataclasses.asdict(found)


def _whole(queue: Queue, run: Run, asker: Person) -> RunWhole:
    files = [FileShown(name=name, bytes=n) for name, n in kept.there(queue.place(run.id)).items()]
    said = run.found.get("sentences", [])
    return RunWhole(**_shown(queue, run, asker), sentences=said, version=run.version, files=files)


def _shown(queue: Queue, run: Run, asker: Person) -> dict[str, Any]:
    how = _how_far(queue.place(run.id), run)
    end = run.ended_at or queue.store.now()
    elapsed_s = None if run.began_at is None else max(0.0, (end - run.began_at).total_seconds())
    share = how["progress"]
    goes = run.state == RUNNING and elapsed_s is not None and share >= _EARLY
    return {
        "id": run.id, "kind": run.kind, "title": run.title, "title_ko": run.title_ko, "state": run.state, **how,
        "who": run.made_by, "made": run.made_at, "began": run.began_at, "ended": run.ended_at, "elapsed_s": elapsed_s,
        "left_s": (elapsed_s or 0.0) * (1.0 - share) / share if goes else None, "reason": run.reason,
        "reason_ko": in_korean(run.reason),
        "verdict": run.found.get("verdict"), "shown": run.found.get("shown"), "of": run.found.get("of"),
        "asked": dict(run.asked), "mine": _is_own(run, asker),
    }  # fmt: skip


def _how_far(place: pathlib.Path, run: Run) -> dict[str, Any]:
    if run.state != RUNNING:
        return {"progress": 1.0 if run.state == "done" else 0.0, "phase": "", "detail": ""}
    how = progress(place / kept.LOG)
    return {"progress": how.share, "phase": how.phase, "detail": how.detail}
