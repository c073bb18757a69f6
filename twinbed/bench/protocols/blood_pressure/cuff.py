"""ISO 81060-2: an automatic cuff against two observers.

The figures have what Amendment 2 of 2024 asks for: the errors against the arm's circumference, and the differences
against the mean of device and reference. Against a catheter in the artery it is `blood_pressure/cuff_invasive`.

*Known limits*: one cuff, where a set of cuffs needs subjects for each; a recording that the device cannot read is a
failure, where a laboratory would measure again; subjects whose references vary widely are not left out, because virtual
ones do not; Table 1 stands in `bench.pressure.cuff`.
"""

import functools
import pathlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from twinbed.bench.charts import Chart, Curve, Figure, Listing, Mark, Moment
from twinbed.bench.limits import Limit, read_limits
from twinbed.bench.pressure import algorithms, figures
from twinbed.bench.pressure.cuff import excess
from twinbed.bench.pressure.errors import bias_size, counted, share, spread, subject_spread
from twinbed.bench.pressure.observers import same_arm_sequence
from twinbed.bench.pressure.oscillometry import SAMPLE_RATE_HZ, arm_of, recording
from twinbed.bench.pressure.people import people
from twinbed.bench.protocol import Answer, Answers, Case, Criterion, Given, Protocol, Row, Table, Values
from twinbed.bench.statistics import Interval

LEVELS = ("systolic", "diastolic")
READINGS = 3
_FITS = 0.7
"""Share of the range of arms over which the bladder is wide enough; the rest is what a cuff for all sizes gives up."""
_BANDS = (
    ("systolic", "low", "at or below 100"), ("systolic", "raised", "at or above 140"),
    ("systolic", "high", "at or above 160"), ("diastolic", "low", "at or below 60"),
    ("diastolic", "raised", "at or above 85"), ("diastolic", "high", "at or above 100"),
)  # fmt: skip
_PARTS = (
    ("lower_half", 0.0, 0.5),
    ("upper_half", 0.5, 1.0),
    ("lower_quarter", 0.0, 0.25),
    ("upper_quarter", 0.75, 1.0),
    ("lower_octile", 0.0, 0.125),
    ("upper_octile", 0.875, 1.0),
)

GIVEN = (
    Given("cuff_pressure", "mm[Hg]", "pressure in the cuff while it deflates", "series"),
    Given("sample_rate", "Hz", "samples a second"),
)
ANSWERS = (
    Answer("systolic", "mm[Hg]", "systolic pressure", bounds=(20.0, 300.0)),
    Answer("diastolic", "mm[Hg]", "diastolic pressure", bounds=(10.0, 250.0)),
)


def cuff(
    *, limits: pathlib.Path | None = None, subjects: int = 86, seed: int = 81060, cuff_from_cm: float = 22.0,
    cuff_to_cm: float = 42.0,
) -> Protocol:  # fmt: skip
    """The clinical investigation of an oscillometric cuff, on virtual arms.

    Args:
        limits: a laboratory's own numbers of the standard.
        subjects: how many, with three readings each.
        seed: of the subjects.
        cuff_from_cm: smallest arm that the cuff is made for.
        cuff_to_cm: largest arm.
    """
    known = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    own = {name: limit for name, limit in known.items() if name.startswith("cuff_")}
    arms = (cuff_from_cm, cuff_to_cm)
    return Protocol(
        id="blood_pressure/cuff",
        title="Automatic cuff against two observers",
        standard="ISO 81060-2",
        edition="2018 (with Amd 1:2020 and Amd 2:2024)",
        subjects="virtual adults, their pressures and arms spread as the standard asks",
        stimulus="pressure of a cuff that comes down by 3 mmHg/s on a virtual arm (Babbs 2012), at 50 samples a second",
        reference="mean of two observers before and after, who agree within 4 mmHg (same arm, in turn)",
        cases=functools.partial(_cases, subjects, seed, arms),
        given=GIVEN,
        answers=ANSWERS,
        measure=_measure,
        study=("subjects", "pairs", "sexes", "systolic_*", "diastolic_*", "arms_*"),
        facts=("subjects", "sexes", "systolic_*", "diastolic_*", "arms_*"),
        criteria=_criteria(own, arms),
        limits=own,
        seconds_a_case=60.0,
        count=READINGS * subjects,
        figures=functools.partial(_figures, allowed=own["cuff_bias"].value),
        badness="error_systolic",
        picture=functools.partial(picture, "The device's pressures should lie at those of the observers."),
        devices=devices(),
        attach=attach,
    )  # fmt: skip


def _cases(subjects: int, seed: int, arms: tuple[float, float]) -> Iterable[Case]:
    for person in people(subjects, seed=seed, arm_cm=arms):
        arm = arm_of(person, seed=seed, cuff_made_for_cm=arms[0] + _FITS * (arms[1] - arms[0]))
        groups = {
            "sex": "female" if person.female else "male",
            "arm": "wide" if person.circumference_cm > 0.5 * (arms[0] + arms[1]) else "narrow",
        }
        for k, reading in enumerate(same_arm_sequence(person, READINGS, seed=seed)):
            name = f"{person.id}-{k + 1}"
            wave = recording(arm, *reading.true, person.rate, seed=seed, name=name)
            stimulus = {"cuff_pressure": wave, "sample_rate": SAMPLE_RATE_HZ}
            reference = dict(zip(LEVELS, reading.reference, strict=True))
            reference |= {"arm": person.circumference_cm, "female": float(person.female)}
            yield Case(name, person.id, stimulus, reference, groups)


def _measure(case: Case, answers: Answers) -> Sequence[Row]:
    true = case.reference
    errors = {f"error_{level}": float(answers[level]) - true[level] for level in LEVELS}
    return [
        {
            **errors,
            **{f"reference_{level}": true[level] for level in LEVELS},
            "arm": true["arm"],
            "female": true["female"],
        }
    ]


def _criteria(known: Mapping[str, Limit], arms: tuple[float, float]) -> list[Criterion]:
    return [c for level in LEVELS for c in _accuracy(level, known)] + _of_subjects(known) + _of_arms(known, arms)


def _accuracy(level: str, known: Mapping[str, Limit]) -> list[Criterion]:
    pairs, people_ = int(known["cuff_pairs"].value), int(known["cuff_subjects"].value)
    error = f"error_{level}"

    def made(name: str, means: str, statistic: Callable[[Any, Any], Interval], limit: str, least: int) -> Criterion:
        clause = known[limit].clause
        return Criterion(
            f"{name}_{level}", clause, f"{level} pressure: {means}", known[limit].unit,
            lambda table: statistic(table[error], table.subject), "at most", limit, least=least,
        )  # fmt: skip

    out = [
        made("bias", "size of the mean error of all pairs", bias_size, "cuff_bias", pairs),
        made("spread", "standard deviation of the errors of all pairs", spread, "cuff_spread", pairs),
        made("excess", "standard deviation of subjects' mean errors less what Table 1 allows", excess, "cuff_excess",
             people_),
    ]  # fmt: skip
    within = lambda reach: lambda table: share(np.abs(table[error]) <= reach, table.subject)
    out.append(
        Criterion(
            f"subject_spread_{level}", "5.2.4.1.2 b)", f"{level} pressure: standard deviation of subjects' mean errors",
            "mm[Hg]", lambda table: subject_spread(table[error], table.subject),
        )
    )  # fmt: skip
    out += [
        Criterion(
            f"within_{reach}_{level}",
            "BHS 1993",
            f"{level} pressure: pairs within {reach} mmHg",
            "%",
            within(float(reach)),
        )
        for reach in (5, 10, 15)
    ]
    return out


def _of_subjects(known: Mapping[str, Limit]) -> list[Criterion]:
    def sexes(table: Table) -> Interval:
        women = _one_each(table, "female")
        return counted(100.0 * min(women.mean(), 1.0 - women.mean()), len(women))

    at_least = lambda name, means, limit, statistic: Criterion(
        name, known[limit].clause, means, known[limit].unit, statistic, "at least", limit
    )
    out = [
        at_least("subjects", "subjects", "cuff_subjects", subjects_of),
        at_least("pairs", "pairs of device and reference", "cuff_pairs", lambda t: counted(len(t), len(t))),
        at_least("sexes", "share of the rarer sex", "cuff_sex", sexes),
    ]  # fmt: skip
    for level, which, words in _BANDS:
        name = f"cuff_{level}_{which}"
        of = functools.partial(share_of_references, level=level, edge=known[f"{name}_edge"].value, below=which == "low")
        out.append(
            at_least(f"{level}_{which}", f"share of references, {level} pressure {words} mmHg", f"{name}_share", of)
        )
    return out


def subjects_of(table: Table) -> Interval:
    """How many subjects there are."""
    found = len(np.unique(table.subject))
    return counted(found, found)


def share_of_references(table: Table, *, level: str, edge: float, below: bool) -> Interval:
    """Per cent of the references at or below an edge, or at or above it."""
    reference = table[f"reference_{level}"]
    return counted(100.0 * float((reference <= edge if below else reference >= edge).mean()), len(table))


def _of_arms(known: Mapping[str, Limit], arms: tuple[float, float]) -> list[Criterion]:
    def part(table: Table, low: float, high: float) -> Interval:
        place = (_one_each(table, "arm") - arms[0]) / (arms[1] - arms[0])
        return counted(100.0 * float(((place >= low) & (place <= high)).mean()), len(place))

    return [
        Criterion(
            f"arms_{name}", known[f"cuff_arms_{name}"].clause,
            f"share of subjects with arms in the {name.replace('_', ' ')} of the cuff's range",
            "%", functools.partial(part, low=low, high=high), "at least", f"cuff_arms_{name}",
        )
        for name, low, high in _PARTS
    ]  # fmt: skip


def _one_each(table: Table, column: str) -> np.ndarray:
    """The value of each subject."""
    return table[column][np.unique(table.subject, return_index=True)[1]]


def _figures(table: Table, *, allowed: float) -> list[Figure]:
    out: list[Figure] = []
    for level in LEVELS:
        error = table[f"error_{level}"]
        out.append(figures.bland_altman(level, table[f"reference_{level}"], error, allowed))
        out.append(figures.against(level, "arm circumference", "arm circumference, cm", table["arm"], error))
    return [*out, by_group(table)]


def by_group(table: Table) -> Listing:
    """Bias and standard deviation of every group."""
    rows = []
    for grouping, names in table.groups.items():
        for name in np.unique(names):
            own = table.where(names == name)
            numbers = [f(own[f"error_{level}"]) for level in LEVELS for f in (np.mean, _sd)]
            rows.append([f"{grouping}: {name}", float(len(own)), *(round(float(v), 2) for v in numbers)])
    columns = ["group", "pairs", "systolic bias", "systolic SD", "diastolic bias", "diastolic SD"]
    return Listing("Errors by group", "Groups that differ show what the device depends on; mmHg.", columns, rows)


def _sd(values: np.ndarray) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else 0.0


def picture(says: str, case: Case, answers: Answers) -> Chart:
    """The oscillations of a reading with the pressures of device and reference."""
    wave = np.asarray(case.stimulus["cuff_pressure"])
    t = np.arange(len(wave))
    swings = wave - np.polyval(np.polyfit(t, wave, 1), t)
    marks: list[Mark] = [Curve(wave[::2], swings[::2], "soft")]
    for level in LEVELS:
        marks.append(Moment(case.reference[level], f"reference, {level}", "plain"))
        marks.append(Moment(float(answers[level]), f"device, {level}", "accent"))
    return Chart(
        "Oscillations of the cuff", says, "cuff pressure, mmHg", "oscillation, mmHg", marks,
    )  # fmt: skip


def _read(stimulus: Values) -> algorithms.Envelope:
    return algorithms.envelope(np.asarray(stimulus["cuff_pressure"], float), float(stimulus["sample_rate"]))


def _answered(pressures: tuple[float, float, float]) -> Values:
    return {"systolic": pressures[0], "diastolic": pressures[2]}


def oscillometric(stimulus: Values) -> Values:
    """Fixed shares of the largest oscillation (Geddes 1982)."""
    return _answered(algorithms.fixed_shares(_read(stimulus)))


def other_shares(stimulus: Values) -> Values:
    """Shares that were fitted to another cuff."""
    return _answered(algorithms.fixed_shares(_read(stimulus), systolic_share=0.8, diastolic_share=0.95))


def absolute_levels(stimulus: Values) -> Values:
    """Takes oscillations of fixed size for systolic and diastolic pressure, as if all arms and cuffs were alike."""
    found = _read(stimulus)
    top = int(np.argmax(found.size))
    above, below = found.size[: top + 1] < 1.2, found.size[top:] < 1.6
    systolic = found.pressure[np.flatnonzero(above)[-1] if above.any() else 0]
    return {"systolic": systolic, "diastolic": found.pressure[top + int(np.argmax(below)) if below.any() else -1]}


def constant(stimulus: Values) -> Values:
    """Shows what most people have."""
    del stimulus
    return {"systolic": 128.0, "diastolic": 79.0}


def devices() -> dict[str, Callable[[Values], Values]]:
    """Devices that both routes know by name."""
    return {"good": oscillometric, "bad": other_shares, "bad_arm": absolute_levels, "bad_constant": constant}


def attach(device: Any) -> Callable[[Values], Values]:
    """The automatic cuff of twinbed in the place of the device."""
    from twinbed.bench.pressure.attached import reads_recordings

    return reads_recordings(device)
