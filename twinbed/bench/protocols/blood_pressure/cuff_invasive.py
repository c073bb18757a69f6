"""ISO 81060-2, clause 6: an automatic cuff against a catheter in the artery.

The reference of a reading is the mean of the artery's beats while the cuff comes down, and within their standard
deviation around it the device has no error; beyond, the error is the distance to the nearer end of that band. Criterion
1 applies to these errors; criterion 2 does not. Differences from the mean itself are disclosed and drawn.

*Known limits*: the spread of arms, sexes and ages is not judged, as no number of it was at hand; the catheter's
transducer and tubing add nothing. With sixteen patients each artery weighs much: read the intervals.

**References:**

- ISO 81060-2:2018, 6.1.5 and 6.2.4 to 6.2.6 (as quoted in public code with clause and page)
"""

import functools
import pathlib
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from twinbed.bench.charts import Figure
from twinbed.bench.limits import Limit, read_limits
from twinbed.bench.pressure import figures
from twinbed.bench.pressure.catheter import Band, band, beyond
from twinbed.bench.pressure.errors import bias_size, counted, spread, subject_spread
from twinbed.bench.pressure.observers import wandering
from twinbed.bench.pressure.oscillometry import SAMPLE_RATE_HZ, arm_of, beats_of, recording
from twinbed.bench.pressure.people import people
from twinbed.bench.protocol import Answers, Case, Criterion, Protocol, Row, Table
from twinbed.bench.protocols.blood_pressure.cuff import (
    ANSWERS,
    GIVEN,
    LEVELS,
    attach,
    by_group,
    devices,
    picture,
    share_of_references,
    subjects_of,
)
from twinbed.bench.statistics import Interval

READINGS = 10
_ARMS_CM, _MADE_FOR_CM = (22.0, 42.0), 36.0
_SYSTOLIC, _DIASTOLIC = (130.0, 30.0), (77.0, 15.0)
"""Mean and standard deviation over patients, mmHg: wide, so that few suffice for what 6.1.5 asks."""
_BANDS = (
    ("systolic", "low", "at or below 100"), ("systolic", "high", "at or above 160"),
    ("diastolic", "low", "at or below 70"), ("diastolic", "high", "at or above 85"),
)  # fmt: skip


def cuff_invasive(*, limits: pathlib.Path | None = None, subjects: int = 16, seed: int = 810602) -> Protocol:
    """The clinical investigation of an oscillometric cuff against pressure in the artery, on virtual patients.

    Args:
        limits: a laboratory's own numbers of the standard.
        subjects: how many, with ten readings each.
        seed: of the subjects.
    """
    known = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    own = {name: limit for name, limit in known.items() if name.startswith("invasive_")}
    return Protocol(
        id="blood_pressure/cuff_invasive",
        title="Automatic cuff against a catheter in the artery",
        standard="ISO 81060-2",
        edition="2018 (with Amd 1:2020 and Amd 2:2024)",
        subjects="virtual patients with a catheter, their pressures spread as the standard asks",
        stimulus="pressure of a cuff that comes down by 3 mmHg/s on a virtual arm (Babbs 2012), at 50 samples a second",
        reference="mean and standard deviation of the artery's beats while the cuff comes down",
        cases=functools.partial(_cases, subjects, seed, own["invasive_seconds"].value),
        given=GIVEN,
        answers=ANSWERS,
        measure=_measure,
        study=("subjects", "pairs", "readings", "systolic_*", "diastolic_*"),
        facts=("subjects", "systolic_*", "diastolic_*"),
        criteria=_criteria(own),
        limits=own,
        seconds_a_case=60.0,
        count=READINGS * subjects,
        figures=functools.partial(_figures, allowed=own["invasive_bias"].value),
        badness="error_systolic",
        picture=functools.partial(picture, "The device's pressures should lie at those of the artery."),
        devices=devices(),
        attach=attach,
    )


def _cases(subjects: int, seed: int, least_s: float) -> Iterable[Case]:
    spreads = {"systolic": _SYSTOLIC, "diastolic": _DIASTOLIC}
    for person in people(subjects, seed=seed, arm_cm=_ARMS_CM, **spreads):
        arm = arm_of(person, seed=seed, cuff_made_for_cm=_MADE_FOR_CM)
        for k, true in enumerate(wandering(person, READINGS, seed=seed)):
            name = f"{person.id}-{k + 1}"
            wave = recording(arm, *true, person.rate, seed=seed, name=name)
            beats = beats_of(*true, person.rate, seed=seed, name=name)
            reference = {"arm": person.circumference_cm}
            for level in LEVELS:
                found = band(getattr(beats, level), beats.start_s, least_s=least_s)
                reference |= {level: found.mean, f"sd_{level}": found.sd}
            stimulus = {"cuff_pressure": wave, "sample_rate": SAMPLE_RATE_HZ}
            yield Case(name, person.id, stimulus, reference, {"sex": "female" if person.female else "male"})


def _measure(case: Case, answers: Answers) -> Sequence[Row]:
    true, row = case.reference, {"arm": float(case.reference["arm"])}
    for level in LEVELS:
        read = float(answers[level])
        row |= {
            f"error_{level}": beyond(read, Band(true[level], true[f"sd_{level}"])),
            f"difference_{level}": read - true[level],
            f"reference_{level}": true[level],
        }
    return [row]


def _criteria(known: Mapping[str, Limit]) -> list[Criterion]:
    return [c for level in LEVELS for c in _accuracy(level, known)] + _of_patients(known)


def _accuracy(level: str, known: Mapping[str, Limit]) -> list[Criterion]:
    pairs = int(known["invasive_pairs"].value)

    def made(name: str, means: str, statistic: Callable[..., Interval], limit: str) -> Criterion:
        return Criterion(
            f"{name}_{level}", known[limit].clause, f"{level} pressure: {means}", known[limit].unit,
            lambda table: statistic(table[f"error_{level}"], table.subject), "at most", limit, least=pairs,
        )  # fmt: skip

    def plain(name: str, means: str, statistic: Callable[..., Interval]) -> Criterion:
        return Criterion(
            f"{name}_{level}", "6.2.5", f"{level} pressure: {means}", "mm[Hg]",
            lambda table: statistic(table[f"difference_{level}"], table.subject),
        )  # fmt: skip

    return [
        made("bias", "size of the mean error, beyond the spread of the artery's beats", bias_size, "invasive_bias"),
        made(
            "spread",
            "standard deviation of the errors, beyond the spread of the artery's beats",
            spread,
            "invasive_spread",
        ),
        plain("plain_bias", "size of the mean difference from the artery's mean", bias_size),
        plain("plain_spread", "standard deviation of the differences from the artery's mean", spread),
        plain("subject_spread", "standard deviation of subjects' mean differences", subject_spread),
    ]


def _of_patients(known: Mapping[str, Limit]) -> list[Criterion]:
    def most(table: Table) -> Interval:
        counts = np.unique(table.subject, return_counts=True)[1]
        return counted(float(counts.max()), len(counts))

    def held(name: str, means: str, statistic: Callable[[Table], Interval], *, most: bool = False) -> Criterion:
        limit = known[f"invasive_{name}"]
        return Criterion(
            name.removesuffix("_share"), limit.clause, means, limit.unit, statistic,
            "at most" if most else "at least", f"invasive_{name}",
        )  # fmt: skip

    out = [
        held("subjects", "patients with a catheter", subjects_of),
        held("pairs", "pairs of device and catheter", lambda table: counted(len(table), len(table))),
        held("readings", "most readings of one patient", most, most=True),
    ]
    for level, which, words in _BANDS:
        edge = known[f"invasive_{level}_{which}_edge"].value
        of = functools.partial(share_of_references, level=level, edge=edge, below=which == "low")
        out.append(held(f"{level}_{which}_share", f"share of references, {level} pressure {words} mmHg", of))
    return out


def _figures(table: Table, *, allowed: float) -> list[Figure]:
    out: list[Figure] = []
    for level in LEVELS:
        difference = table[f"difference_{level}"]
        out.append(figures.bland_altman(level, table[f"reference_{level}"], difference, allowed))
        out.append(figures.against(level, "arm circumference", "arm circumference, cm", table["arm"], difference))
    return [*out, by_group(table)]
