"""The T1D-UOM data set: a folder a kind of data, a file a person in each.

`UoMGlucose2301.csv` and its like for Basal, Bolus, Nutrition and Activity are found by name,
in one folder or in folders beside each other. What the files are not:

- Times are DD/MM/YYYY, whatever the data set's description says; a file whose dates can only
  be MM/DD, or make sense only so, is refused. Some years are mistyped: the recording lasts
  from the first to the last day with glucose, and rows outside are left out.
- Glucose is in mmol/L. Some of it was uploaded twice or mixes two sensors (`_uploads`).
- Basal rows of kind R are a pump's rate in U/h until the next row; kind L is an injection of
  long-acting insulin in U.
- One bolus of 68 U is a basal dose. A bolus above 50 U is moved to the long-acting injections
  if the person has one of that size within a fifth, else left out.
- One pump wrote each bolus twice, when it began and when it had been delivered, at 1.5 U/min.
  Where at least a third of a person's boluses are followed by the same dose after that time,
  give or take 90 s, the second of each two is left out.
- Nobody wrote down how long a meal or a bolus took: 15 minutes, and at once, are assumed.

Known limit: files of two participants (2303 and 2304) share readings; each is read as it is.

**References:**

- Alsuhaymi et al. (2025), Sci Data 12, 1379, doi:10.1038/s41597-025-05695-1
"""

import dataclasses
import pathlib
import re

import numpy as np

from twinbed.connect.csv import _channels, _table, _uploads
from twinbed.connect.csv._channels import Cleaned
from twinbed.core.errors import ReadError
from twinbed.core.recording import Channel, Recording
from twinbed.vocab.units import factor

KINDS = ("Glucose", "Basal", "Bolus", "Nutrition", "Activity")
PARTICIPANTS = "participants_from_paper_table2.csv"

MEAL_DURATION_S = 900.0
LARGEST_BOLUS = 50.0
"""A larger one is a slip, [IU]; most pumps stop at half of that."""

DELIVERY_RATE = 1.5
"""Of the pump that writes boluses twice, [IU]/min."""

MUCH_LONGER = 5.0
"""Times by which a record is longer if its months are taken for days, to be sure they are."""

DAY_S = 86400.0
MINUTE_S = 60.0

_FILE = re.compile(rf"UoM({'|'.join(KINDS)})(\d+)\.csv(\.gz)?")
_DAY_FIRST = "a time such as 31/12/2023 18:05 (DD/MM/YYYY HH:MM)"


@dataclasses.dataclass(frozen=True)
class Span:
    """The days of a recording, midnight to midnight, in wall-clock seconds."""

    start_s: float
    end_s: float


def files(path: pathlib.Path) -> dict[str, dict[str, pathlib.Path]]:
    """The files of each person at a path, by subject and kind; people without glucose are left out.

    A file stands for its person, whose other files are beside it or in the folders beside its own.
    """
    chosen = _FILE.fullmatch(path.name) if path.is_file() else None
    if path.is_dir():
        found = [*path.glob("UoM*"), *path.glob("*/UoM*"), *path.glob("*/*/UoM*")]
    elif chosen is not None:
        found = [*path.parent.glob("UoM*"), *path.parent.parent.glob("*/UoM*")]
    else:
        return {}
    out: dict[str, dict[str, pathlib.Path]] = {}
    for file in sorted(found, key=lambda file: (file.parent != path.parent, file)):
        match = _FILE.fullmatch(file.name)
        if match is not None and (chosen is None or chosen[2] == match[2]):
            out.setdefault(match[2], {}).setdefault(match[1], file)
    return {subject: kinds for subject, kinds in sorted(out.items()) if "Glucose" in kinds}


def read(subject: str, kinds: dict[str, pathlib.Path]) -> Recording:
    """One person's files, as `files` gives them.

    Raises:
        ReadError: a file is not what its name promises.
    """
    glucose, span = _glucose(kinds["Glucose"])
    basal = _insulin(kinds, span)
    cleaned = {"cgm": glucose, **basal, **_meals(kinds, span), **_activity(kinds, span)}
    notes = tuple(f"no file of {kind.lower()}" for kind in KINDS if kind not in kinds)
    for signal, part in cleaned.items():
        notes += part.notes
        notes += (f"{signal}: none that can be used",) if part.channel is None else ()
    channels = {name: part.channel for name, part in cleaned.items() if part.channel is not None}
    attributes = _participant(kinds["Glucose"], subject)
    return Recording(subject, _table.moment(span.start_s), channels, attributes, notes)


def _times(table: _table.Table, name: str) -> _table.Column:
    """Wall-clock seconds, refused if the dates are not day first."""
    dates = [text.strip().partition(" ")[0] for text in table.text.get(name, ())]
    midnight = {date: (_table.slashed_date(date), _table.slashed_date(date, day_first=False)) for date in set(dates)}
    by_day = np.array([midnight[date][0] for date in dates], dtype=float)
    by_month = np.array([midnight[date][1] for date in dates], dtype=float)
    only_by_month = np.flatnonzero(np.isnan(by_day) & np.isfinite(by_month))
    if len(only_by_month) > _table.TOLERATED * len(table):
        line = table.lines[only_by_month[0]]
        raise ReadError(table.path, f"expected {_DAY_FIRST}; these are MM/DD/YYYY", line=line, column=name)
    days, days_by_month = np.ptp(by_day) / DAY_S if dates else 0.0, np.ptp(by_month) / DAY_S if dates else 0.0
    if MUCH_LONGER * days_by_month < days:
        raise ReadError(
            table.path,
            f"expected {_DAY_FIRST}; so read the rows are spread over {days:.0f} days, as MM/DD/YYYY over "
            f"{days_by_month:.0f}: put the day first",
            line=table.lines[0],
            column=name,
        )
    return table.times(name, _table.slashed_times, _DAY_FIRST)


def _glucose(path: pathlib.Path) -> tuple[Cleaned, Span]:
    table = _table.read_table(path, required=("bg_ts", "value"))
    time, value = _times(table, "bg_ts"), table.numbers("value")
    block = _channels.main_block(np.where(np.isfinite(value.value), time.value, np.nan))
    if not block.any():
        raise ReadError(path, "expected glucose readings; the file has none")
    mg_dl = value.value * factor("mmol/L", "mg/dL", substance="glucose")
    first, last = time.value[block].min(), time.value[block].max()
    span = Span(first // DAY_S * DAY_S, (last // DAY_S + 1) * DAY_S)
    cleaned = _channels.samples("cgm", time.value[block] - span.start_s, mg_dl[block])
    notes = (*table.notes, *time.notes, *value.notes)
    outside = int(np.sum(np.isfinite(time.value) & np.isfinite(value.value) & ~block))
    notes += (f"cgm: {outside} rows with a date far from all others left out",) * bool(outside) + cleaned.notes
    if cleaned.channel is None:
        return Cleaned(None, notes), span
    channel = cleaned.channel
    one = _uploads.untangled(channel.time_s, channel.value)
    channel = Channel("cgm", channel.time_s[one.keep], channel.value[one.keep])
    return Cleaned(channel, notes + one.notes), span


def _inside(what: str, wall_s: np.ndarray, written: np.ndarray, span: Span) -> tuple[np.ndarray, tuple[str, ...]]:
    """The rows within the span of the glucose, and a note on the others."""
    inside = written & (wall_s >= span.start_s) & (wall_s < span.end_s)
    n = int(np.sum(written & ~inside))
    return inside, (f"{what}: {n} rows outside the days with glucose left out",) if n else ()


def _insulin(kinds: dict[str, pathlib.Path], span: Span) -> dict[str, Cleaned]:
    """The pump's rate, the boluses and the long-acting injections a person has."""
    out: dict[str, Cleaned] = {}
    time_s, units = np.zeros(0), np.zeros(0)
    if "Basal" in kinds:
        table = _table.read_table(kinds["Basal"], required=("basal_ts", "basal_dose", "insulin_kind"))
        time, value = _times(table, "basal_ts"), table.numbers("basal_dose")
        kind = np.array([text.strip().upper() for text in table.text["insulin_kind"]], dtype=str)
        notes = (*table.notes, *time.notes, *value.notes)
        other = int(np.sum(~np.isin(kind, ("R", "L"))))
        notes += (f"basal: {other} rows of a kind that is neither R nor L left out",) if other else ()
        out["insulin_rate"] = _rate(time.value, np.where(kind == "R", value.value, np.nan), span, notes)
        long_acting = (kind == "L") & np.isfinite(value.value) & np.isfinite(time.value)
        time_s, units = time.value[long_acting], value.value[long_acting]
    if "Bolus" in kinds:
        out["injection"], slip = _boluses(kinds["Bolus"], units, span)
        time_s, units = np.append(time_s, slip[0]), np.append(units, slip[1])
    if len(units):
        inside, notes = _inside("long_acting_injection", time_s, np.isfinite(time_s), span)
        moved = _channels.doses("long_acting_injection", time_s[inside] - span.start_s, units[inside], 0.0)
        out["long_acting_injection"] = Cleaned(moved.channel, notes + moved.notes)
    return out


def _rate(wall_s: np.ndarray, rate: np.ndarray, span: Span, notes: tuple[str, ...]) -> Cleaned:
    """A pump's rate; the last row before the span holds at its start, and the last of a minute counts."""
    written = np.isfinite(wall_s) & np.isfinite(rate)
    inside, more = _inside("insulin_rate", wall_s, written, span)
    time_s, value = wall_s[inside] - span.start_s, rate[inside]
    before = np.flatnonzero(written & (wall_s < span.start_s) & (wall_s >= span.start_s - DAY_S))
    if len(before) and not np.any(time_s == 0):
        held = before[np.argmax(wall_s[before])]
        time_s, value = np.append(0.0, time_s), np.append(rate[held], value)
    cleaned = _channels.samples("insulin_rate", time_s, value)
    if cleaned.channel is None:
        return Cleaned(None, notes + more + cleaned.notes)
    channel = cleaned.channel
    last = np.append(np.diff(channel.time_s) > 0, True)
    repeated = int((~last).sum())
    more += (f"insulin_rate: {repeated} rows replaced within their minute",) if repeated else ()
    return Cleaned(Channel("insulin_rate", channel.time_s[last], channel.value[last]), notes + more + cleaned.notes)


def _boluses(path: pathlib.Path, long_acting: np.ndarray, span: Span) -> tuple[Cleaned, tuple[np.ndarray, np.ndarray]]:
    """The boluses, and the times and doses among them that are long-acting ones."""
    table = _table.read_table(path, required=("bolus_ts", "bolus_dose"))
    time, value = _times(table, "bolus_ts"), table.numbers("bolus_dose")
    inside, notes = _inside("injection", time.value, np.isfinite(time.value) & (value.value > 0), span)
    rows = np.flatnonzero(inside)
    rows = rows[np.argsort(time.value[rows], kind="stable")]
    wall_s, units = time.value[rows], value.value[rows]
    slip = units > LARGEST_BOLUS
    known = np.array([np.any(np.abs(long_acting - u) <= 0.2 * u) for u in units], dtype=bool)
    if np.any(slip & known):
        notes += (f"injection: {np.sum(slip & known)} boluses above {LARGEST_BOLUS:g} U taken as long-acting",)
    if np.any(slip & ~known):
        notes += (f"injection: {np.sum(slip & ~known)} boluses above {LARGEST_BOLUS:g} U left out",)
    again = _written_twice(wall_s, units)
    if again.any():
        notes += (f"injection: {again.sum()} boluses left out that the pump wrote again at their end",)
    keep = ~slip & ~again
    cleaned = _channels.doses("injection", wall_s[keep] - span.start_s, units[keep], 0.0)
    notes = (*table.notes, *time.notes, *value.notes, *notes, *cleaned.notes)
    moved = slip & known
    return Cleaned(cleaned.channel, notes), (wall_s[moved], units[moved])


def _written_twice(wall_s: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Which boluses are the end of the one before, if that is this pump's habit."""
    again = np.zeros(len(units), dtype=bool)
    for i in range(1, len(units)):
        took_s = units[i] / DELIVERY_RATE * MINUTE_S
        on_time = abs(wall_s[i] - wall_s[i - 1] - took_s) <= 1.5 * MINUTE_S
        again[i] = on_time and units[i] == units[i - 1] and not again[i - 1] and wall_s[i] > wall_s[i - 1]
    return again if again.sum() >= max(3, len(units) / 3) else np.zeros(len(units), dtype=bool)


def _meals(kinds: dict[str, pathlib.Path], span: Span) -> dict[str, Cleaned]:
    if "Nutrition" not in kinds:
        return {}
    columns = {"carbohydrate": "carbs_g", "protein": "prot_g", "fat": "fat_g"}
    table = _table.read_table(kinds["Nutrition"], required=("meal_ts", *columns.values()))
    time = _times(table, "meal_ts")
    rows = [tuple(map(str.strip, row)) for row in zip(*table.text.values(), strict=True)]
    seen = {row: i for i, row in reversed(list(enumerate(rows)))}
    first = np.array([seen[row] == i for i, row in enumerate(rows)], dtype=bool)
    inside, outside = _inside("meals", time.value, first & np.isfinite(time.value), span)
    repeated = int((~first).sum())
    notes = (*table.notes, *time.notes, *outside)
    notes += (f"meals: {repeated} rows that repeat another left out",) if repeated else ()
    out: dict[str, Cleaned] = {}
    for signal, name in columns.items():
        grams = table.numbers(name)
        blank = int(np.sum(inside & np.isnan(grams.value)))
        more = (f"{signal}: {blank} meals without an amount left out",) if blank else ()
        part = _channels.doses(signal, time.value[inside] - span.start_s, grams.value[inside], MEAL_DURATION_S)
        out[signal] = Cleaned(part.channel, notes + grams.notes + more + part.notes)
        notes = ()
    return out


def _activity(kinds: dict[str, pathlib.Path], span: Span) -> dict[str, Cleaned]:
    """Steps per minute; rows of one time are the kinds of activity within it."""
    if "Activity" not in kinds:
        return {}
    table = _table.read_table(kinds["Activity"], required=("activity_ts", "step_count", "duration_s"))
    time, count, length = (
        _times(table, "activity_ts"),
        table.numbers("step_count"),
        table.numbers("duration_s"),
    )
    per_minute = count.value * MINUTE_S / np.where(length.value > 0, length.value, np.nan)
    written = np.isfinite(time.value) & np.isfinite(per_minute)
    inside, notes = _inside("steps", time.value, written, span)
    at, which = np.unique(time.value[inside], return_inverse=True)
    total = np.bincount(which, per_minute[inside], minlength=len(at)).astype(float)
    part = _channels.samples("steps", at - span.start_s, total)
    notes = (*table.notes, *time.notes, *count.notes, *length.notes, *notes)
    return {"steps": Cleaned(part.channel, notes + part.notes)}


def _participant(glucose: pathlib.Path, subject: str) -> dict[str, str | float]:
    """What the paper's table says of a person, if it lies beside the files or above them."""
    out: dict[str, str | float] = {"source": "T1D-UOM"}
    places = [folder / PARTICIPANTS for folder in (glucose.parent, glucose.parent.parent)]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        return out
    table = _table.read_table(found, required=("id", "sex", "age_y", "device"))
    if subject not in table.text["id"]:
        return out
    row = table.text["id"].index(subject)
    age = table.numbers("age_y").value[row]
    if np.isfinite(age):
        out["age_y"] = float(age)
    for name in ("sex", "sensor", "device"):
        text = table.text[name][row].strip() if name in table.text else ""
        if text:
            out[name] = text
    return out
