"""What is asked of beds, and what is told of them."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from twinbed.server.routes.session import Body
from twinbed.ward.ensemble import LONGEST_S, MOST_MEMBERS

Time = Annotated[float, Field(ge=0.0, le=1e9, allow_inf_nan=False, examples=[120.0])]


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
