"""The tables of published references, read from `tables/`.

`measures.toml` says what is measured, `citations.toml` where references come from, and every other file is one
system: its runs (what happens to the patient) and its phases. A phase is a window of a run with rows: measures
against references.

    [runs.bleed]
    label = "One litre in ten minutes"
    lasts_s = 900
    events = [{ signal = "blood_loss", at_s = 60, for_s = 600, amount = 1000 }]
    show = ["mean_pressure", "heart_rate"]

    [[phases]]
    id = "after"
    run = "bleed"
    label = "at the end of the bleeding"
    base_s = [0, 60]
    window_s = [630, 660]
    cite = "pulse_haemorrhage"
    rows = [
      { what = "heart_rate", trend = "up" },
      { what = "mean_pressure", as = "share", range = [0.75, 0.85] },
    ]

A row says `what` is measured, how it is taken (`take`, one of `readings.WAYS`; the mean if left out), against what
(`as`: `value`, `change`, `relative` change or `share` of the base) and one reference: `value`, `range`, `low`,
`high`, `mean` with `sd`, or `trend`. The base is a window of the same run, or of the run `base_run`. `per` divides the
change by that of another measure. An event with `every_s` is repeated, `for_s` each time, until `until_s`; an amount
may be the name of a rhythm.

How large a change must be to count is the same for every trend of a measure, up, down or none: what the measure says
(`least` in `measures.toml`, in its unit), else 5 % of the value before. A row or phase with another `least` has to say
why (`least_why`), and the report shows both. `prescribed` marks a row whose reference follows from what the run itself
sets, such as the rate of a ventilator: it shows that the bookkeeping is right, and nothing of physiology.
"""

import dataclasses
import functools
import importlib.resources
import math
import tomllib
from collections.abc import Mapping
from typing import Any, Literal, get_args

import numpy as np

from twinbed.core.errors import NotFound
from twinbed.credibility.validation import readings
from twinbed.credibility.validation.measures import Amount, Dimension, Measure, TableError
from twinbed.credibility.validation.verdicts import DIRECTIONS, LEAST, Against, Exact, Range, Reference, Trend
from twinbed.vocab.names import meant
from twinbed.vocab.signals import SIGNALS
from twinbed.vocab.units import parse

Standing = Literal["measured", "textbook", "expert", "recalled", "definition"]
STANDINGS: tuple[Standing, ...] = get_args(Standing)
Window = tuple[float, float]
SETTLE_S = 300.0
_SHARED = ("measures", "citations", "people")
_PHASE = ("id", "run", "label", "window_s", "base_s", "base_run", "cite", "least", "least_why", "rows")
_ROW = (
    "id",
    "what",
    "take",
    "as",
    "unit",
    "least",
    "least_why",
    "prescribed",
    "sd",
    "level",
    "per",
    "cite",
    "note",
    "known",
    "window_s",
    "base_s",
)
_REFERENCES = ("value", "range", "low", "high", "mean", "trend")


@dataclasses.dataclass(frozen=True)
class Citation:
    """Where a reference comes from. `standing` says what kind of source it is."""

    key: str
    short: str
    text: str
    standing: Standing
    doi: str | None = None


@dataclasses.dataclass(frozen=True)
class Happening:
    """An event of a run; its times count from the end of the settling."""

    signal: str
    at_s: float
    for_s: float
    amount: float | str


@dataclasses.dataclass(frozen=True)
class Run:
    """What happens to a patient. Times of events and rows count from `settle_s`."""

    system: str
    name: str
    label: str
    lasts_s: float
    settle_s: float = SETTLE_S
    events: tuple[Happening, ...] = ()
    patient: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """Arguments of the function that makes the patient."""
    parameters: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """Parameters by path, such as `circulation.blood_volume`."""
    devices: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    """Devices by name: the id of the component, and its settings."""
    links: Mapping[str, str] = dataclasses.field(default_factory=dict)
    show: tuple[str, ...] = ()
    """Measures of the figure."""


@dataclasses.dataclass(frozen=True)
class Row:
    """One published number, range or trend, and how it is read from a run."""

    id: str
    system: str
    run: str
    phase: str
    measure: Measure
    reference: Reference
    citation: Citation
    unit: str
    window_s: Window
    base_s: Window | None = None
    base_run: str | None = None
    """The run of the base, where that is another one."""
    per: Measure | None = None
    """The measure by whose change the change is divided."""
    take: str = "mean"
    against: Against = "value"
    level: float | None = None
    note: str = ""
    known: str = ""
    """Why we are known to miss, where we do."""
    least_why: str = ""
    """Why its trend has a least change of its own."""
    prescribed: bool = False
    """Whether the reference follows from what the run sets."""

    @property
    def is_physiology(self) -> bool:
        """Whether the row says something of a body: it is neither a definition nor prescribed."""
        return not self.prescribed and self.citation.standing != "definition"

    @property
    def scale(self) -> float | None:
        """What an error is a share of, where that is not the reference itself."""
        return (
            self.measure.scale if self.against == "value" and self.take not in readings.TIMED and not self.per else None
        )

    @property
    def signals(self) -> frozenset[str]:
        """The signals that are read."""
        return self.measure.signals() | (self.per.signals() if self.per else frozenset())


@dataclasses.dataclass(frozen=True)
class System:
    """One table."""

    name: str
    title: str
    title_ko: str
    about: str
    runs: Mapping[str, Run]
    rows: tuple[Row, ...]


def systems() -> list[str]:
    """The names of all tables."""
    files = (f.name for f in _folder().iterdir())
    return sorted(n for f in files if f.endswith(".toml") and (n := f.removesuffix(".toml")) not in _SHARED)


@functools.cache
def load(name: str) -> System:
    """The table of a system.

    Raises:
        NotFound: no table of that name; the message lists the nearest.
        TableError: the table cannot be read; the message says where.
    """
    if name not in systems():
        hint = meant(name, systems(), otherwise=f"there is {', '.join(systems())}")
        raise NotFound(f"no table for the system {name!r}; {hint}")
    return read(name, _toml(name), measures=measures(), citations=citations())


def read(
    name: str, table: Mapping[str, Any], *, measures: Mapping[str, Measure], citations: Mapping[str, Citation]
) -> System:
    """A table from what a file says. Raises like `load`."""
    _only(table, ("title", "title_ko", "about", "show", "runs", "phases"), name)
    runs = {key: _run(name, key, {"show": table.get("show", ()), **value}) for key, value in table["runs"].items()}
    rows: list[Row] = []
    for phase in table["phases"]:
        where = f"{name}/{phase.get('run')}/{phase.get('id')}"
        _only(phase, _PHASE, where)
        rows += [_row(_Place(where, name, phase, runs), row, measures, citations) for row in phase["rows"]]
    doubled = sorted({r.id for r in rows if sum(s.id == r.id for s in rows) > 1})
    if doubled:
        raise TableError(f"{name}: give each of these rows an id of its own: {', '.join(doubled)}")
    return System(name, table["title"], table["title_ko"], table.get("about", ""), runs, tuple(rows))


@functools.cache
def measures() -> dict[str, Measure]:
    """Everything that tables measure, by name."""
    return {name: Measure(name=name, **fields) for name, fields in _toml("measures").items()}


@functools.cache
def citations() -> dict[str, Citation]:
    """Every source, by key."""
    return {key: Citation(key=key, **fields) for key, fields in _toml("citations").items()}


def _folder() -> Any:
    return importlib.resources.files(__name__.rpartition(".")[0]).joinpath("tables")


def _toml(name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(_folder().joinpath(f"{name}.toml").read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise TableError(f"{name}.toml: {error}") from error


def _only(table: Mapping[str, Any], allowed: tuple[str, ...], where: str) -> None:
    wrong = sorted(set(table) - set(allowed))
    if wrong:
        raise TableError(f"{where}: unknown key {', '.join(wrong)}; there is {', '.join(allowed)}")


def _run(system: str, name: str, table: Mapping[str, Any]) -> Run:
    fields = tuple(f.name for f in dataclasses.fields(Run) if f.name not in ("system", "name"))
    _only(table, fields, f"{system}/{name}")
    given = table.get("events", ())
    times = table["lasts_s"], table.get("settle_s", SETTLE_S)
    events = tuple(h for e in given for h in _happenings(e, *times, f"{system}/{name}"))
    rest = {k: v for k, v in table.items() if k not in ("events", "show")}
    return Run(system, name, events=events, show=tuple(table.get("show", ())), **rest)


def _happenings(event: Mapping[str, Any], lasts_s: float, settle_s: float, where: str) -> list[Happening]:
    _only(event, ("signal", "at_s", "for_s", "amount", "every_s", "until_s"), where)
    at_s = float(event.get("at_s", 0.0))
    for_s = float(event.get("for_s", lasts_s - at_s))
    until_s, every_s = float(event.get("until_s", at_s + for_s)), float(event.get("every_s", lasts_s))
    if not (-settle_s <= at_s and for_s >= 0 and max(at_s + for_s, until_s) <= lasts_s and every_s > 0):
        raise TableError(f"{where}: an event of {event['signal']} is not within the run, {-settle_s} to {lasts_s} s")
    count = max(1, round((until_s - at_s) / every_s)) if "every_s" in event else 1
    return [Happening(event["signal"], at_s + k * every_s, for_s, event["amount"]) for k in range(count)]


@dataclasses.dataclass(frozen=True)
class _Place:
    """Where in a file a row stands."""

    where: str
    system: str
    phase: Mapping[str, Any]
    runs: Mapping[str, Run]


def _row(
    place: _Place, row: Mapping[str, Any], measures: Mapping[str, Measure], citations: Mapping[str, Citation]
) -> Row:
    what = row.get("what", "")
    where = f"{place.where}/{row.get('id', what)}"
    _only(row, (*_ROW, *_REFERENCES), where)
    phase, key, per = place.phase, row.get("cite", place.phase.get("cite")), row.get("per")
    if what not in measures or key not in citations or phase["run"] not in place.runs:
        raise TableError(f"{where}: no measure {what!r}, no citation {key!r} or no run {phase['run']!r}")
    if (per or what) not in measures or phase.get("base_run", phase["run"]) not in place.runs:
        raise TableError(f"{where}: no measure {per!r} or no run {phase.get('base_run')!r}")
    measure, take = measures[what], row.get("take", "mean")
    against = _against(row, measure)
    least, least_why = _least(row, phase, measure, where)
    built = Row(
        id=where,
        system=place.system,
        run=phase["run"],
        phase=phase["label"],
        measure=measure,
        reference=_reference(row, least, where),
        citation=citations[key],
        unit=row.get("unit") or _unit(measure, take, against),
        window_s=_window(row, phase, "window_s"),
        base_s=_window(row, phase, "base_s") if "base_s" in row or "base_s" in phase else None,
        base_run=phase.get("base_run"),
        per=measures[per] if per else None,
        take=take,
        against=against,
        level=row.get("level"),
        note=row.get("note", ""),
        known=row.get("known", ""),
        least_why=least_why,
        prescribed=row.get("prescribed", False),
    )
    _check(built, place.runs)
    return built


def _window(row: Mapping[str, Any], phase: Mapping[str, Any], key: str) -> Window:
    first, last = row.get(key) or phase[key]
    return float(first), float(last)


def _against(row: Mapping[str, Any], measure: Measure) -> Against:
    if "as" in row or "trend" not in row:
        return row.get("as", "value")
    return "relative" if measure.least is None or row["trend"].startswith("slight") else "change"


def _least(row: Mapping[str, Any], phase: Mapping[str, Any], measure: Measure, where: str) -> tuple[float, str]:
    """The least change that counts for a trend, and why it is not that of the measure, where it is not."""
    if "trend" not in row:
        if "least" in row:
            raise TableError(f"{where}: only a trend has a least change")
        return LEAST, ""
    own = row if "least" in row else phase if "least" in phase else None
    if own is not None:
        if not own.get("least_why"):
            raise TableError(f"{where}: say in least_why why {own['least']} is not what counts for this measure")
        return float(own["least"]), own["least_why"]
    if _against(row, measure) == "relative":
        return LEAST, ""
    if measure.least is None:
        raise TableError(f"{where}: {measure.name} has no least change in its unit; give it one in measures.toml")
    return measure.least, ""


def _unit(measure: Measure, take: str, against: Against) -> str:
    if against in ("relative", "share"):
        return "1"
    return "s" if take in readings.BY_LEVEL or take in readings.FROM_BASE else measure.unit


def _reference(row: Mapping[str, Any], least: float, where: str) -> Reference:
    given = [key for key in _REFERENCES if key in row]
    if len(given) != 1 and given != ["low", "high"]:
        raise TableError(f"{where}: give one reference: {', '.join(_REFERENCES)}")
    if "trend" in row:
        if row["trend"] not in DIRECTIONS:
            raise TableError(f"{where}: no trend {row['trend']!r}; choose {', '.join(DIRECTIONS)}")
        return Trend(row["trend"], least)
    if "value" in row:
        if row["value"] == _none(row):
            raise TableError(f"{where}: an error cannot be a share of zero; give a range with another end")
        return Exact(float(row["value"]))
    if "mean" in row:
        return Range(row["mean"] - row["sd"], row["mean"] + row["sd"], spread=True)
    return _range(row, where)


def _none(row: Mapping[str, Any]) -> float:
    """What an error cannot be a share of: zero, or a share of the value before that is no change."""
    return 1.0 if row.get("as") == "share" else 0.0


def _range(row: Mapping[str, Any], where: str) -> Range:
    low, high = row.get("range", (row.get("low", -float("inf")), row.get("high", float("inf"))))
    if not low < high:
        raise TableError(f"{where}: the range {low} to {high} is empty")
    if {low, high} in ({_none(row), -math.inf}, {_none(row), math.inf}):
        raise TableError(f"{where}: an error cannot be a share of zero; give both ends, or another one")
    return Range(float(low), float(high))


def _check_window(row: Row, window: Window, run: Run) -> None:
    if not (0 <= window[0] < window[1] <= run.lasts_s and window[1] - window[0] >= row.measure.span_s):
        raise TableError(f"{row.id}: the window {window} is shorter than a span or outside the run")


def _check(row: Row, runs: Mapping[str, Run]) -> None:
    """Units, windows and what a row needs. Raises `TableError`."""
    _check_window(row, row.window_s, runs[row.run])
    if row.base_s is not None:
        _check_window(row, row.base_s, runs[row.base_run or row.run])
    if (row.against != "value" or row.take in readings.NEED_BASE or row.per) and row.base_s is None:
        raise TableError(f"{row.id}: needs base_s, the window before the event")
    if row.base_run and row.take in readings.NEED_BASE:
        raise TableError(f"{row.id}: {row.take} needs a base in its own run")
    if (row.take in readings.BY_LEVEL) != (row.level is not None):
        raise TableError(f"{row.id}: a time by a level, and only that, needs `level`")
    if all(name in SIGNALS for name in row.signals):
        try:
            Amount(np.zeros(()), dimension_of(row)).within(row.unit)
        except TableError as error:
            raise TableError(f"{row.id}: {error}") from error


def dimension_of(row: Row) -> Dimension:
    """What a row compares, from the units of its signals. Raises `UnknownSignal` for a name outside the vocabulary."""
    found = readings.dimension(row.take, row.measure.dimension())
    if row.per is not None:
        one = np.ones(())
        return (Amount(one, found) / Amount(one, row.per.dimension())).dimension
    return parse("1").dimension if row.against in ("relative", "share") else found
