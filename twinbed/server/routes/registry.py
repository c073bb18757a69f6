"""Virtual patients, devices and twins that are known here."""

import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from twinbed.core.errors import NotFound
from twinbed.server import documents
from twinbed.server.access import permitted
from twinbed.server.living import running
from twinbed.server.permissions import Act
from twinbed.server.problems import responses
from twinbed.server.registry import known, twins
from twinbed.server.runs.queue import Queue
from twinbed.server.store.people import Person

router = APIRouter(prefix="/api", tags=["registry"])

Reader = Annotated[Person, Depends(permitted(Act.WATCH))]
Place = Annotated[Queue, Depends(running)]
TwinId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,119}$", examples=["hupa.HUPA0001P"])]


class PatientShown(BaseModel):
    """A patient of the catalogue."""

    template: str = Field(description="What a bed with this patient is opened with.")
    title: str
    title_ko: str
    about: str
    about_ko: str
    age: float | None
    sex: str | None
    weight_kg: float | None
    height_cm: float | None
    conditions: dict[str, float]


class PopulationShown(BaseModel):
    """People from whom the cohorts of studies are drawn."""

    id: str = Field(examples=["cohorts/populations/uva_padova_adults"])
    title: str
    title_ko: str | None
    about: str
    source: str
    model: str | None = Field(description="The component whose card says what they are.")


class DeviceShown(BaseModel):
    """A device that a bed or a study may have."""

    id: str = Field(examples=["devices/monitoring/patient_monitor"])
    group: str = Field(examples=["monitoring"])
    title: str
    title_ko: str | None
    role: str | None
    wraps: bool = Field(description="It stands around another device.")
    templates: list[str] = Field(description="Beds of the catalogue that have it.")


class Known(BaseModel):
    """Virtual patients and devices."""

    patients: list[PatientShown]
    populations: list[PopulationShown]
    devices: list[DeviceShown]


class Card(BaseModel):
    """The card of a device or of a model."""

    id: str
    markdown: str
    markdown_ko: str | None = Field(None, description="In Korean, of devices that beds of the catalogue have.")


class Scores(BaseModel):
    """Errors of a twin over all days: of the fit to a day, and of its forecast from the days before."""

    mard: float | None = Field(description="Per cent.")
    rmse: float | None = Field(description="mg/dL.")
    predicted_mard: float | None
    predicted_rmse: float | None
    inside: float | None = Field(description="Per cent of readings within the 90 % band of the forecast.")


class TwinShown(BaseModel):
    """A twin that was fitted."""

    id: str = Field(examples=["hupa.HUPA0001P"], description='A study names it "twins/ID.json".')
    subject: str
    model: str
    source: str
    version: str = Field(description="Of twinbed that fitted it.")
    made: datetime.datetime
    draws: int
    days: int
    first_day: str | None
    last_day: str | None
    weight_assumed: bool
    report: bool
    scores: Scores | None


class Day(BaseModel):
    """How a day was followed, and foretold from the days before it."""

    date: str
    readings: int
    mard: float | None
    rmse: float | None
    predicted_mard: float | None
    predicted_rmse: float | None
    inside: float | None


class Identified(BaseModel):
    """How much the days told of a parameter: a shrinkage of 0 is nothing, 1 all."""

    name: str
    unit: str
    value: float | None
    shrinkage: float | None
    learned: bool
    entangled_with: list[str]


class TwinWhole(TwinShown):
    """A twin with its history."""

    therapy: dict[str, float]
    demographics: dict[str, float]
    notes: list[str]
    identifiability: list[Identified]
    history: list[Day]


class NotFitted(BaseModel):
    """Somebody whose recording was read, and who had no day complete enough to fit."""

    subject: str
    source: str
    fit: str
    notes: list[str]


class Twins(BaseModel):
    """Twins that were fitted, and people who could not be."""

    fitted: list[TwinShown]
    not_fitted: list[NotFitted]


@router.get("/registry", responses=responses(401))
def registry(asker: Reader) -> Known:
    """Virtual patients, populations and devices that are known here."""
    found: dict[str, Any] = {
        "patients": known.patients(), "populations": known.populations(), "devices": known.devices()
    }  # fmt: skip
    return Known(**found)


@router.get("/registry/card", responses=responses(401, 404, 422))
def card(
    asker: Reader, id: Annotated[str, Query(max_length=120, examples=["devices/monitoring/patient_monitor"])]
) -> Card:
    """The card of a device or a model, as Markdown in English, and in Korean where there is one."""
    return Card(id=id, markdown=known.card(id), markdown_ko=known.korean_card(id))


@router.get("/twins", responses=responses(401))
def all_twins(asker: Reader, queue: Place) -> Twins:
    """Twins that `twinbed fit` left in the server's folder."""
    fitted = [TwinShown(**twins.summary(file)) for file in twins.twin_files(queue.twins)]
    return Twins(fitted=fitted, not_fitted=[NotFitted(**row) for row in twins.not_fitted(queue.twins)])


@router.get("/twins/{twin}", responses=responses(401, 404, 422))
def twin(twin: TwinId, asker: Reader, queue: Place) -> TwinWhole:
    """A twin with its history, day by day."""
    return TwinWhole(**twins.whole(twins.twin_file(queue.twins, twin)))


@router.get("/twins/{twin}/report.html", responses=responses(401, 404, 422), response_class=FileResponse)
def report(twin: TwinId, asker: Reader, queue: Place) -> FileResponse:
    """The report of the fit that a twin comes from."""
    path = twins.twin_file(queue.twins, twin).report
    if path is None:
        raise NotFound(f"the twin {twin!r} has no report")
    return documents.page(path)
