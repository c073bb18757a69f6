"""The HUPA-UCM data set: one file a person, everything on a 5-minute grid.

The columns are time; glucose (mg/dL); calories; heart rate; steps; basal rate (U per
5 minutes); bolus (U); carbohydrate ("servings of 10 g"). What the files are not:

- Glucose is interpolated from a sensor that reads every 15 minutes, for all but one person;
  `_interpolation` finds the readings, and `cgm` holds nothing else. Heart rate is interpolated
  too, from irregular times that cannot be found again.
- Carbohydrate is in servings, in grams, or a mark that something was eaten. No one enters a
  meal of more than 20 servings (200 g), so a file with a value above 20 is in grams; there,
  values below 5 are left out, since they may be servings or marks, and if they are the larger
  part nothing is kept. A file where every value is 1 holds marks. Boluses that are all 1 are
  marks too, and so is a bolus of 1 beside a carbohydrate of 1 in a file in grams.
- Some people have no insulin, some no basal insulin, and a few boluses are negative.
- The basal rate of people who inject is a 288th of their long-acting dose in each row.

**References:**

- Hidalgo et al. (2024), Data in Brief 55, 110559, doi:10.1016/j.dib.2024.110559
"""

import dataclasses
import pathlib

import numpy as np
from jaxtyping import Float

from twinbed.connect.csv import _channels, _interpolation, _table
from twinbed.core.errors import ReadError
from twinbed.core.recording import Channel, Recording
from twinbed.vocab.units import factor

COLUMNS = ("time", "glucose", "heart_rate", "steps", "basal_rate", "bolus_volume_delivered", "carb_input")
DEMOGRAPHICS = "demographics_from_paper_table1.csv"
PERIOD_S = 300.0

GRAMS_PER_SERVING = 10.0
MOST_SERVINGS = 20.0
FEWEST_GRAMS = 5.0

MEAL_DURATION_S = 900.0
"""Assumed: nobody wrote down how long a meal took."""

MINUTES_PER_PERIOD = 5.0


@dataclasses.dataclass(frozen=True)
class Meals:
    """Carbohydrate in g, NaN where there is none to be believed."""

    grams: Float[np.ndarray, " row"]
    marks: Float[np.ndarray, " row"]
    notes: tuple[str, ...] = ()


def recognises(path: pathlib.Path) -> bool:
    """Whether a file is of this data set, by its columns."""
    return set(COLUMNS) <= set(_table.read_header(path, ";"))


def files(path: pathlib.Path) -> dict[str, pathlib.Path]:
    """The files of this data set at a path, by subject."""
    found = sorted(path.glob("*.csv*")) if path.is_dir() else [path]
    return {file.name.split(".")[0]: file for file in found if recognises(file)}


def read(path: pathlib.Path, *, grams_per_unit: float | None = None) -> Recording:
    """One person's file.

    Args:
        path: the file, packed with gzip or not.
        grams_per_unit: what a carbohydrate of 1 means, where the file's owner knows: 10 for
            servings, 1 for grams. Found from the values if not given.

    Raises:
        ReadError: the file is not what its header promises.
    """
    table = _table.read_table(path, delimiter=";", required=COLUMNS)
    time = table.times("time", _table.iso_times, "a time such as 2018-06-13T18:40:00")
    columns = {name: table.numbers(name) for name in COLUMNS[1:]}
    rows = _rows(path, time.value)
    wall_s = time.value[rows]
    value = {name: column.value[rows] for name, column in columns.items()}
    notes = (*table.notes, *time.notes, *(note for column in columns.values() for note in column.notes))
    notes += _lost(len(table) - len(rows) - int(np.isnan(time.value).sum()))

    subject = path.name.split(".")[0]
    attributes = _demographics(path, subject)
    time_s = wall_s - wall_s[0]
    channels, more = _all_channels(time_s, value, grams_per_unit)
    if attributes.get("therapy") == "MDI" and "insulin_rate" in channels:
        more += ("insulin_rate: this person injects; it is the long-acting dose spread over the day",)
    return Recording(subject, _table.moment(wall_s[0]), channels, attributes, notes + more)


def _rows(path: pathlib.Path, wall_s: np.ndarray) -> np.ndarray:
    """The rows to use, in order of time, each at its own point of the grid."""
    block = np.flatnonzero(_channels.main_block(wall_s))
    if not len(block):
        raise ReadError(path, "expected rows with times; the file has none")
    block = block[np.argsort(wall_s[block], kind="stable")]
    offset_s = np.mod(wall_s[block], PERIOD_S).astype(int)
    block = block[offset_s == np.bincount(offset_s).argmax()]
    first = np.append(True, np.diff(wall_s[block]) > 1.0)
    return block[first]


def _lost(n: int) -> tuple[str, ...]:
    return (f"{n} rows left out that repeat a time, are off the 5-minute grid or far from all others",) * bool(n)


def _all_channels(
    time_s: np.ndarray, value: dict[str, np.ndarray], grams_per_unit: float | None
) -> tuple[dict[str, Channel], tuple[str, ...]]:
    meals = _meals(value["carb_input"], grams_per_unit)
    bolus, notes = _boluses(value["bolus_volume_delivered"], meals)
    basal = _basal(value["basal_rate"])
    glucose, more = _glucose(time_s, value["glucose"])
    cleaned = {
        "cgm": _channels.samples("cgm", time_s, glucose),
        "insulin_rate": _channels.samples("insulin_rate", time_s, basal),
        "injection": _channels.doses("injection", time_s, bolus, 0.0),
        "carbohydrate": _channels.doses("carbohydrate", time_s, meals.grams, MEAL_DURATION_S),
        "heart_rate": _channels.samples("heart_rate", time_s, value["heart_rate"]),
        "steps": _channels.samples("steps", time_s, value["steps"] / MINUTES_PER_PERIOD),
    }
    notes += more + meals.notes
    for signal, part in cleaned.items():
        notes += part.notes + ((f"{signal}: none in the file that can be used",) if part.channel is None else ())
    return {name: part.channel for name, part in cleaned.items() if part.channel is not None}, notes


def _glucose(time_s: np.ndarray, glucose: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Glucose at the sensor's readings, NaN elsewhere."""
    written = np.flatnonzero(np.isfinite(glucose))
    place = np.round(time_s[written] / PERIOD_S).astype(int)
    found = _interpolation.readings(place, glucose[written])
    kept = np.full(len(glucose), np.nan)
    kept[written[found.real]] = glucose[written[found.real]]
    n = int(found.real.sum())
    if not found.steps:
        return kept, (
            f"cgm: {len(written)} values on straight lines up to {found.longest_s / 3600:.1f} h long between "
            f"{found.kinks} kinks, which follow no sensor's clock; not used",
        )
    share = n * found.steps / len(written)
    longest_h = np.diff(time_s[np.isfinite(kept)]).max() / 3600
    notes = (
        f"cgm: {n} readings every {found.steps * 5} min found among {len(written)} values, "
        f"{share:.0%} of the record; the longest gap is {longest_h:.1f} h",
    )
    if found.off_clock:
        notes += (f"cgm: {found.off_clock} values off the sensor's clock left out (finger-sticks?)",)
    if found.phase_changes:
        notes += (f"cgm: the sensor's clock changed {found.phase_changes} times",)
    if found.at_limit:
        notes += (f"cgm: {found.at_limit} readings stand unchanged at the end of the display",)
    if share < 0.5:
        notes += ("cgm: less than half of the record is readings, the rest straight lines",)
    return kept, notes


def _meals(amount: np.ndarray, grams_per_unit: float | None) -> Meals:
    """Carbohydrate in grams, by the rule of the module's docstring."""
    none = np.full(len(amount), np.nan)
    marks = np.zeros(len(amount))
    eaten = np.isfinite(amount) & (amount != 0)
    entered = amount[eaten]
    if grams_per_unit is not None:
        return Meals(amount * grams_per_unit, marks, (f"carbohydrate: {grams_per_unit:g} g a unit, as told",))
    if not len(entered):
        return Meals(none, marks)
    if np.all(entered == 1.0):
        note = f"carbohydrate: all {len(entered)} values are 1, marks without an amount; not used"
        return Meals(none, eaten.astype(float), (note,))
    if not np.any(entered > MOST_SERVINGS):
        note = f"carbohydrate: no value above {MOST_SERVINGS:g}, so servings of {GRAMS_PER_SERVING:g} g"
        return Meals(amount * GRAMS_PER_SERVING, marks, (note,))
    small = eaten & (amount < FEWEST_GRAMS) & (amount > 0)
    if small.sum() > 0.5 * len(entered):
        note = f"carbohydrate: grams and servings mixed ({small.sum()} of {len(entered)} below 5); not used"
        return Meals(none, marks, (note,))
    notes = (f"carbohydrate: values up to {entered.max():g}, so grams",)
    if small.any():
        notes += (f"carbohydrate: {small.sum()} values below {FEWEST_GRAMS:g} left out, servings or marks",)
    return Meals(np.where(small, np.nan, amount), (eaten & (amount == 1.0)).astype(float), notes)


def _boluses(amount: np.ndarray, meals: Meals) -> tuple[np.ndarray, tuple[str, ...]]:
    given = amount[np.isfinite(amount) & (amount != 0)]
    if len(given) and np.all(given == 1.0):
        note = f"injection: all {len(given)} boluses are 1, marks without an amount; not used"
        return np.full(len(amount), np.nan), (note,)
    beside = (amount == 1.0) & (meals.marks == 1.0)
    if not beside.any():
        return amount, ()
    note = f"injection: {beside.sum()} boluses of 1 beside a carbohydrate of 1 left out, marks"
    return np.where(beside, np.nan, amount), (note,)


def _basal(amount: np.ndarray) -> np.ndarray:
    """U/h from U per 5 minutes; nothing if the whole column is zero."""
    rate = amount * factor("[IU]/min", "[IU]/h") / MINUTES_PER_PERIOD
    return rate if np.any(rate > 0) else np.full(len(rate), np.nan)


def _demographics(path: pathlib.Path, subject: str) -> dict[str, str | float]:
    """What the paper's table says of a person, if the table lies beside the file."""
    beside = path.parent / DEMOGRAPHICS
    out: dict[str, str | float] = {"source": "HUPA-UCM"}
    if not beside.is_file():
        return out
    table = _table.read_table(beside, required=("id", "sex", "age_y", "weight_kg", "height_cm"))
    if subject not in table.text["id"]:
        return out
    row = table.text["id"].index(subject)
    for name in ("age_y", "weight_kg", "height_cm"):
        value = table.numbers(name).value[row]
        if np.isfinite(value):
            out[name] = float(value)
    for name, given in (("sex", "sex"), ("modality", "therapy"), ("pump", "pump")):
        text = table.text[name][row].strip() if name in table.text else ""
        if text:
            out[given] = text
    return out
