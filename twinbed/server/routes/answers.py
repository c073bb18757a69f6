"""How beds are told of: the answers of their routes, for the description of the interface.

Routes answer plain dicts (`showing`), which are sent as they are; that these are of this form is put to the test.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from twinbed.server.permissions import Role
from twinbed.server.problems import Problem


class Told(BaseModel):
    """Something that is told, with these fields and no others."""

    model_config = ConfigDict(extra="forbid")


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


class SpokenShown(BaseModel):
    """The unit in which people say something, and how many of `unit` it is."""

    unit: str = Field(examples=["µg/min"])
    factor: float = Field(examples=[0.001])


class TwinShown(BaseModel):
    """One quantity of a device."""

    id: str = Field(description="The signal that it is.", examples=["ventilator_total_peep"])
    label: str
    label_ko: str
    unit: str = Field(description="Of the three numbers.")
    digits: int
    spoken: SpokenShown | None = None
    desired: float | None = Field(description="What was asked for and is in force; null where nothing can be.")
    reported: float | None = Field(description="What the device shows; null where that is no reading.")
    estimated: float | None = Field(description="The same in the virtual patient; null where it is not known.")
    since_s: float | None = Field(description="Since when `desired` is asked for; 0 as configured.")
    differs: bool = Field(description="What is reported is not what was asked for, or not what is in the patient.")


class TrendsShown(BaseModel):
    """Numbers over time."""

    t_s: list[float] = Field(description="The middle of every stretch.")
    numbers: dict[str, list[float | None]] = Field(description="By number; null where it had no reading.")


class BedListed(Told):
    """A bed in a list."""

    id: str
    title: str
    title_ko: str
    state: Literal["starting", "running", "paused", "failed"]
    index: int = Field(description="Its number in frames of waves.")
    why: str = Field(description="Why it failed.")
    implausible: str = Field(description="What left its plausible range; empty as long as all is well.")


class AlarmShown(Told):
    """An alarm that stands."""

    id: str
    priority: Literal[1, 2, 3] = Field(description="From low to high.")
    text: str
    text_ko: str
    acknowledged: bool
    latched: bool = Field(description="Its condition is gone; it stays until somebody acknowledges it.")
    numbers: list[str] = Field(description="The numbers that it is about.")


class AlarmLogged(Told):
    """An alarm of the past."""

    id: str
    priority: Literal[1, 2, 3]
    text: str
    text_ko: str
    t_s: float
    until_s: float | None = Field(description="Null where it stands.")
    latched: list[tuple[float, float | None]] = Field(description="Stretches in which its condition was gone.")


class Left(Told):
    """What a bed that is on its way showed last before the server ended."""

    wall: str
    t_s: float
    values: dict[str, float | None]
    alarms: list[dict[str, Any]]


class PatientShown(Told):
    """Who lies in the bed; null for what nobody knows."""

    age: float | None
    sex: str | None
    weight_kg: float | None
    weight_assumed: bool
    height_cm: float | None
    conditions: dict[str, float]


class WaveShown(Told):
    """A curve; a sample is `offset + scale * i16`, and -32768 no reading."""

    id: str
    label: str
    unit: str
    colour: str
    low: float
    high: float
    rate_hz: float
    window_s: float
    offset: float
    scale: float
    inverted: bool
    number: str | None
    counts: bool


class LimitsShown(Told):
    """The controls of the limits of a number."""

    very_low_control: str | None = Field(description="Of the alarm of high priority, beyond the other.")
    low_control: str | None
    high_control: str | None
    very_high_control: str | None


class NumberShown(Told):
    """A number of the monitor."""

    id: str
    label: str
    unit: str
    colour: str
    digits: int
    wave: str | None
    of_body: bool = Field(description="No device shows it.")
    source: str
    limits: LimitsShown
    of_drugs: bool


class ViewShown(Told):
    """The screen."""

    waves: list[WaveShown]
    numbers: list[NumberShown]
    page_s: float


class Shows(Told):
    """Something that a device says."""

    id: str
    label: str
    label_ko: str
    unit: str
    digits: int
    spoken: SpokenShown | None = None


class DeviceShown(Told):
    """A device, with its twin."""

    id: str
    kind: str
    label: str
    label_ko: str | None = None
    shows: list[Shows]
    facts: dict[str, float]
    twin: list[TwinShown]


class ControlShown(Told):
    """Something that may be asked for; numbers in `unit`."""

    id: str
    group: str
    kind: Literal["number", "choice", "dose", "act"]
    label: str
    label_ko: str
    unit: str
    low: float
    high: float
    roles: list[Role]
    choices: list[dict[str, Any]]
    step: float | None = None
    default: float | None = None
    lasts_s: float | None = None
    device: str | None = None
    now: float | None = None
    lasting_high: float | None = None
    rest: float | None = None
    why: str | None = None
    why_ko: str | None = None
    spoken: SpokenShown | None = None
    per_kg: SpokenShown | None = Field(None, description="Of the rate of a drug, where the weight is known.")


class Reach(Told):
    """How far futures are played."""

    longest_s: float
    most_members: int
    most_pages_of_all: int = Field(description="Pages of all members together.")


class BedShown(BedListed):
    """A bed, with all that can be seen and done at it."""

    kind: Literal["acute", "diabetes", ""]
    t_s: float
    left: Left | None
    speed: float
    branch: int
    role: Role
    patient: PatientShown | None
    view: ViewShown
    devices: list[DeviceShown]
    controls: list[ControlShown]
    forks: Reach | None = None


class EntryShown(Told):
    """An entry of a log."""

    seq: int
    branch: int
    t_s: float
    wall: str = Field(description="ISO 8601 in UTC.")
    who: str
    kind: str
    control: str | None
    value: float | None
    text: str
    text_ko: str
    accepted: bool
    reason: str | None
    reason_ko: str | None
    data: dict[str, Any]


class ClockShown(Told):
    """How time goes at a bed."""

    kind: Literal["clock"]
    bed: str
    t_s: float
    state: str
    speed: float
    branch: int
    slipped: int = Field(description="How often the machine was too slow.")


class Granted(Told):
    """What was granted."""

    accepted: bool
    entry: EntryShown


class Moved(Told):
    """What became of the clock."""

    entry: EntryShown
    clock: ClockShown


class BranchShown(Told):
    """A course of events."""

    id: int
    parent: int | None
    from_t_s: float


class Scripted(Told):
    """Something that happens by itself."""

    control: str
    t_s: float
    value: float
    lasts_s: float
    text: str
    text_ko: str


class LogShown(Told):
    """The log of a bed."""

    entries: list[EntryShown]
    branches: list[BranchShown]
    alarms: list[AlarmLogged]
    script: list[Scripted]


class NumbersShown(Told):
    """What the screen said at a moment."""

    kind: Literal["numbers"]
    t_s: float
    values: dict[str, float | None]
    alarms: list[AlarmShown]
    alarm_sound: int
    pause_left_s: float
    devices: dict[str, dict[str, float | None]]
    body: dict[str, float | None]


class ForkBegun(Told):
    """A fork that is being computed."""

    fork: str
    state: str


class ForkListed(Told):
    """A fork, without its numbers."""

    id: str
    state: Literal["running", "done", "stopped", "failed"]
    progress: float
    at_s: float
    horizon_s: float
    who: str
    text: str = Field(description="What is changed.")
    text_ko: str
    may_stop: bool = Field(description="Whether it is computed and who asks may stop it.")


class ForkShown(Told):
    """A fork; `t_s` and what follows when it is done."""

    id: str
    state: Literal["running", "done", "stopped", "failed"]
    progress: float
    at_s: float
    horizon_s: float
    members: int
    who: str
    changes: list[dict[str, Any]]
    error: Problem | None = None
    t_s: list[float | None] | None = None
    as_is: dict[str, dict[str, list[float | None]]] | None = Field(None, description="Percentiles by number.")
    changed: dict[str, dict[str, list[float | None]]] | None = None
    implausible: list[int] | None = None
    spread: dict[str, Any] | None = None
    text: str | None = None
    text_ko: str | None = None
    may_stop: bool = Field(description="Whether it is computed and who asks may stop it.")
