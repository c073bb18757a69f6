"""What is asked of beds: the bodies of requests to their routes."""

from typing import Annotated, Literal

from pydantic import Field

from twinbed.server.routes.session import Body
from twinbed.ward.ensemble import LONGEST_S, MOST_MEMBERS

Time = Annotated[float, Field(ge=0.0, le=1e9, allow_inf_nan=False, examples=[120.0])]


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
