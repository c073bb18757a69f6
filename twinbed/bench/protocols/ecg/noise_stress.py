"""Detection of QRS complexes under noise of known strength, on virtual ECGs whose beats are known: needs no recordings.

After the noise stress test: the ECG is clean while a detector learns, then noise comes, and what is found in it is
counted. The signal-to-noise ratio takes an eighth of the square of the height of the QRS complex for the power of the
signal. A detector that learns for longer than a minute gets a longer clean part (`learning_s`). The real test adds
three recorded noises to two recordings; here beats are sums of Gaussian waves, a few of them ventricular ectopic, and
noises are made: wander of the baseline, muscle, motion of electrodes.

*Known limits*: shapes and ectopy are of no person; made noise is more regular than recorded, so ratios at which a
detector fails are lower here.

**References:**

- Moody, Muldrow & Mark (1984), A noise stress test for arrhythmia detectors, Comput Cardiol 11:381
- McSharry, Clifford, Tarassenko & Smith (2003), IEEE Trans Biomed Eng 50:289, doi:10.1109/TBME.2003.808805 (waves)
- ANSI/AAMI EC57:2012/(R)2020 (the test is asked for with ratios from 24 to -6 dB)
"""

import dataclasses
import functools
import math
import pathlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from scipy import signal

from twinbed.bench.charts import Chart, Curve, Figure, Level
from twinbed.bench.draws import normals, uniforms
from twinbed.bench.ec57 import compare_beats
from twinbed.bench.limits import read_limits
from twinbed.bench.protocol import Answer, Answers, Case, Criterion, Protocol, Row, Table
from twinbed.bench.protocols.ecg import _devices
from twinbed.bench.protocols.ecg._records import (
    GIVEN,
    as_values,
    beats_of,
    checked_learning,
    found,
    gross,
    picture,
    stimulus_of,
    truth,
)
from twinbed.bench.robustness.corruptions import add_noise, noise_of
from twinbed.bench.robustness.ladder import KEY, Ladder, rung_values, tolerated
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.interval import unknown_first
from twinbed.core.annotations import Annotations

_FREQUENCY_HZ, _LEARNS_S, _NOISE_S = 360.0, 60.0, 120.0
_RATIOS_DB = (24.0, 18.0, 12.0, 6.0, 0.0, -6.0)
_CLEAN_DB = 60.0
_TESTED_DB = 12.0
_WAVES = ((-0.17, 0.025, 0.12), (-0.025, 0.008, -0.10), (0.0, 0.011, 1.0), (0.028, 0.010, -0.22), (0.28, 0.055, 0.28))
"""Of a normal beat: place beside R, s, width, s, height, mV: P, Q, R, S and T."""
_ECTOPIC = ((-0.01, 0.035, 1.3), (0.07, 0.035, -0.6), (0.30, 0.070, -0.45))
_ECTOPY = 0.04


def noise_stress(
    *, limits: pathlib.Path | None = None, persons: int = 3, learning_s: float = _LEARNS_S, seed: int = 11
) -> Protocol:
    """QRS detection under wander, muscle and electrode noise at 24 to -6 dB.

    Args:
        limits: a laboratory's own limits.
        persons: virtual ones, each with every noise at every ratio.
        learning_s: how long the maker says that the device learns; noise comes after it, in the real test after five
            minutes.
        seed: of persons and noises.

    Raises:
        StudyError: a learning period below zero.
    """
    checked_learning(learning_s)
    table = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    return Protocol(
        id="ecg/noise_stress",
        title="Noise stress: detection of QRS complexes under noise",
        standard="ANSI/AAMI EC57",
        edition="2012/(R)2020",
        subjects="virtual persons with sinus rhythm and some ventricular ectopic beats",
        stimulus="ECG in mV, clean while the device learns, then two minutes with noise of known strength",
        reference="the beats that the ECG was made of",
        cases=functools.partial(_cases, persons, learning_s, seed),
        count=persons * len(_LADDERS) * (len(_RATIOS_DB) + 1),
        given=GIVEN,
        answers=[Answer("beats", "1", "position of every QRS complex, samples from 0", "samples", "ecg")],
        measure=functools.partial(_measure, learning_s),
        criteria=_criteria(),
        limits={name: table[name] for name in ("noisy_sensitivity", "noisy_positive_predictivity")},
        figures=_figures,
        badness="errors",
        picture=functools.partial(_picture, learning_s),
        devices=_devices.NOISY,
    )


def _muscle(n: int, seed: int) -> np.ndarray:
    sos = signal.butter(2, [20.0, 120.0], "bandpass", fs=_FREQUENCY_HZ, output="sos")
    return np.asarray(signal.sosfilt(sos, normals(seed, "muscle", n)))


def _motion(n: int, seed: int) -> np.ndarray:
    """Steps and swings of 1 to 10 Hz that come and go, as when an electrode is pulled."""
    sos = signal.butter(2, [1.0, 10.0], "bandpass", fs=_FREQUENCY_HZ, output="sos")
    swing = np.asarray(signal.sosfilt(sos, normals(seed, "motion", n)))
    pulls = np.repeat(uniforms(seed, "pulls", n // 720 + 1), 720)[:n]
    return swing * (0.3 + 1.4 * pulls**2)


_NOISES: Mapping[str, Callable[[int, int], np.ndarray]] = {
    "baseline wander": lambda n, seed: noise_of("baseline wander", n, _FREQUENCY_HZ, seed),
    "muscle": _muscle,
    "electrode motion": _motion,
}


def _corrupt(
    make: Callable[[int, int], np.ndarray], learning_s: float, stimulus: Mapping[str, Any], ratio: float, seed: int
):
    ecg, first = np.array(stimulus["ecg"]), round(learning_s * _FREQUENCY_HZ)
    height = np.ptp([sum(h * np.exp(-0.5 * ((t - c) / w) ** 2) for c, w, h in _WAVES[1:4]) for t in _QRS_TIMES])
    ecg[first:] = add_noise(ecg[first:], make(len(ecg) - first, seed), ratio, signal_power=height**2 / 8.0)
    return {**stimulus, "ecg": ecg}


_QRS_TIMES = np.linspace(-0.06, 0.06, 121)


def _ladders(learning_s: float) -> tuple[Ladder, ...]:
    return tuple(
        Ladder(name, "dB", _CLEAN_DB, _RATIOS_DB, functools.partial(_corrupt, make, learning_s))
        for name, make in _NOISES.items()
    )


_LADDERS = _ladders(_LEARNS_S)
"""For their names and rungs, which do not depend on how long a device learns."""


def _cases(persons: int, learning_s: float, seed: int) -> Iterator[Case]:
    clean = [_person(seed, number, learning_s) for number in range(persons)]
    for k, ladder in enumerate(_ladders(learning_s)):
        yield from ladder.cases(clean, seed + 7919 * k)


def _person(seed: int, number: int, learning_s: float) -> Case:
    """A clean ECG: heart rate of 55 to 105 a minute that breathing and chance move, and a few ectopic beats."""
    draw = lambda name, n: uniforms(seed, f"person {number} {name}", n)
    duration = learning_s + _NOISE_S + 1.0
    usual, n = 0.57 + 0.52 * draw("rate", 1)[0], max(400, round(2.2 * duration))
    rhythm = 1.0 + 0.04 * np.sin(2.0 * np.pi * 0.25 * usual * np.arange(n)) + 0.02 * normals(seed, f"rr {number}", n)
    ectopic = draw("ectopy", n) < _ECTOPY
    ectopic[1:] &= ~ectopic[:-1]
    rr = usual * rhythm * np.where(ectopic, 0.65, 1.0) * np.where(np.roll(ectopic, 1), 1.35, 1.0)
    times = 0.5 + np.cumsum(rr)
    kept = times < duration - 0.5
    times, ectopic = times[kept], ectopic[kept]
    ecg = _drawn(times[~ectopic], _WAVES, duration) + _drawn(times[ectopic], _ECTOPIC, duration)
    rows = [(round(t * _FREQUENCY_HZ), "V" if e else "N") for t, e in zip(times, ectopic, strict=True)]
    reference = Annotations.of(rows, _FREQUENCY_HZ, len(ecg))
    name = f"person_{number}"
    return Case(name, name, stimulus_of(ecg[:, None], ("II",), _FREQUENCY_HZ), as_values(reference))


def _drawn(times: np.ndarray, waves: tuple[tuple[float, float, float], ...], duration_s: float) -> np.ndarray:
    t, out = np.arange(round(duration_s * _FREQUENCY_HZ)) / _FREQUENCY_HZ, np.zeros(round(duration_s * _FREQUENCY_HZ))
    for time in times:
        first, last = np.searchsorted(t, (time - 0.4, time + 0.6))
        own = t[first:last] - time
        out[first:last] += sum(h * np.exp(-0.5 * ((own - c) / w) ** 2) for c, w, h in waves)
    return out


def _measure(learning_s: float, case: Case, answers: Answers) -> list[Row]:
    table = compare_beats(truth(case), found(case, answers["beats"]), start_s=learning_s, end_s=learning_s + _NOISE_S)
    se, pp = table.qrs_sensitivity, table.qrs_positive_predictivity
    return [{
        "beats": se.whole, "found": se.part, "detections": pp.whole, "true_detections": pp.part,
        "errors": se.whole - se.part + pp.whole - pp.part,
        "tested": float(_ratio(case.groups) == _TESTED_DB),
    }]  # fmt: skip


def _ratio(groups: Mapping[str, str]) -> float:
    return (_CLEAN_DB, *_RATIOS_DB)[int(groups["rung"])]


def _worst_noise(columns: tuple[str, str]) -> Callable[[Table], Interval]:
    """The share at the tested ratio under the noise that is worst for the device."""

    def least(table: Table) -> Interval:
        tested = {
            ladder.name: table.where((table["tested"] == 1.0) & (table.groups[KEY] == ladder.name))
            for ladder in _LADDERS
        }
        found = [dataclasses.replace(gross(*columns)(rows), found_in=noise) for noise, rows in tested.items()]
        return min(found, key=lambda of: unknown_first(of.value))

    return least


def _criteria() -> list[Criterion]:
    clause, se, pp = "EC57 noise stress test", ("found", "beats"), ("true_detections", "detections")
    out = [
        Criterion(
            "noisy_sensitivity", clause, "beats found at 12 dB under the worst noise", "%", _worst_noise(se),
            "at least", "noisy_sensitivity",
        ),
        Criterion(
            "noisy_positive_predictivity", clause, "true beats, of detections at 12 dB under the worst noise", "%",
            _worst_noise(pp), "at least", "noisy_positive_predictivity",
        ),
    ]  # fmt: skip
    for ladder in _LADDERS:
        of = functools.partial(tolerated, ladder=ladder, performance=_lesser_share, floor=90.0)
        ends = f"{ladder.clean:g} dB: only without noise, {ladder.beyond:g} dB: not even then"
        says = f"weakest ratio with 90 % of beats found and true, {ladder.name} ({ends})"
        out.append(Criterion(f"tolerated_{ladder.name.replace(' ', '_')}", clause, says, "dB", of))
    return out


_BOTH = (("found", "beats"), ("true_detections", "detections"))


def _share(part: str, whole: str) -> Callable[[Table], Interval]:
    """A share in per cent, without an interval."""

    def of(table: Table) -> Interval:
        value = 100.0 * table[part].sum() / table[whole].sum() if table[whole].sum() else 0.0
        return Interval(float(value), math.nan, math.nan, 0.95, "", len(table))

    return of


def _lesser_share(table: Table) -> Interval:
    """The smaller one of the shares of beats found and of detections that are true, in per cent."""
    return min((_share(*columns)(table) for columns in _BOTH), key=lambda share: share.value)


def _figures(table: Table) -> list[Figure]:
    tones = ("accent", "second", "bad")
    out: list[Figure] = []
    for title, columns in (("Sensitivity under noise", _BOTH[0]), ("Positive predictivity under noise", _BOTH[1])):
        curves = [
            Curve(_RATIOS_DB, [v.value for v in rung_values(table, ladder, _share(*columns))[1:]], tone, ladder.name)
            for ladder, tone in zip(_LADDERS, tones, strict=True)
            if (table.groups[KEY] == ladder.name).any()
        ]
        says = "the lower the ratio at which a curve falls, the better"
        axes = ("signal-to-noise ratio, dB", "per cent of beats" if "Sens" in title else "per cent of detections")
        out.append(Chart(title, says, *axes, [*curves, Level(90.0, "tolerated: 90 %", "soft")], y_range=(0.0, 102.0)))
    return out


def _picture(learning_s: float, case: Case, answers: Answers) -> Chart:
    says = "dots above the curve are beats: the upper row the reference, the lower the device"
    first, last = round(learning_s * _FREQUENCY_HZ), round((learning_s + _NOISE_S) * _FREQUENCY_HZ)
    inside = lambda x: x[(x >= first) & (x < last)]
    shown = dataclasses.replace(case, stimulus={**case.stimulus, "ecg": np.asarray(case.stimulus["ecg"])[:last]})
    title = "Ten seconds with the most errors"
    return picture(shown, inside(beats_of(case)), inside(answers["beats"]), title, says, from_s=learning_s)
