"""The clinical accuracy of an adjusted-mode thermometer: one that reads at a site and shows another temperature.

Virtual subjects of four age groups, some with fever, have a body core temperature, which a reference clinical
thermometer reads, and an axilla that is cooler. The probe is put there three times from the temperature of the room;
the device gets what its probe feels and shows an estimate of the core each time. Clinical bias, limits of agreement
and clinical repeatability are what the standard wants disclosed; it sets no limits for them.

The probe warms as two exponentials: itself, and the skin that it cooled.

*Known limits*: one site; the difference of the site from the core does not depend on age, room or time of day.

**References:**

- ISO 80601-2-56:2017, clause 201.102
- Mackowiak, Wasserman & Levine (1992), JAMA 268:1578 (36.8 °C and its spread in healthy adults)
- Craig et al. (2000), BMJ 320:1174 (rectal less axillary temperature of children: 0.25 °C with mercury, limits of
  agreement -0.15 to 0.65)
- Bland & Altman (2007), J Biopharm Stat 17:571, doi:10.1080/10543400701329422 (limits from repeated readings)
"""

import dataclasses
import functools
import math
import pathlib
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from twinbed.bench.charts import Chart, Curve, Figure, Level, Listing, Points, Tone
from twinbed.bench.draws import normals, uniforms
from twinbed.bench.limits import read_limits
from twinbed.bench.play import play
from twinbed.bench.protocol import Answer, Answers, Case, Criterion, Given, Protocol, Row, Table, Values
from twinbed.bench.protocols import _columns
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.agreement import bland_altman
from twinbed.core.device import AbstractDevice

_USED = (
    "clinical_bias", "clinical_agreement", "clinical_repeatability", "subjects", "group", "group_infants",
    "febrile_least", "febrile_most", "readings",
)  # fmt: skip
_LIMITS = pathlib.Path(__file__).with_name("limits.toml")
AGES = ("below 3 months", "3 to 12 months", "1 to 5 years", "above 5 years")
_INFANTS = AGES[:2]
FEVER_CEL = 38.0
_READINGS, _EVERY_S, _CONTACT_S = 3, 0.5, 30.0
_SITE_CEL, _SITE_SD_CEL = 0.25, 0.17
"""Core less axilla: mean, and its spread between subjects (Craig 2000, with a spread between placements of 0.1)."""
_PLACEMENT_SD_CEL, _NOISE_CEL, _REFERENCE_SD_CEL = 0.1, 0.005, 0.05
_ROOM_CEL = 23.0
_PROBE_S, _SKIN_S, _SKIN_SHARE = (1.5, 3.0), (12.0, 25.0), (0.15, 0.3)
"""Ranges of the two time constants of a placement and of the share of the slower one (assumptions)."""

_GIVEN = (
    Given(
        "probe_temperature",
        "Cel",
        "what the probe feels, a row for each placement",
        "table",
        rows="placement",
        columns="sample",
    ),
    Given("every_s", "s", "time from sample to sample"),
    Given("room_temperature", "Cel", "temperature of the room"),
)


def clinical_accuracy(
    *,
    limits: pathlib.Path | None = None,
    per_age: tuple[int, int, int, int] = (15, 20, 35, 35),
    febrile: float = 0.4,
    seed: int = 0,
) -> Protocol:
    """Clinical bias, limits of agreement and clinical repeatability of a thermometer in adjusted mode.

    Args:
        limits: the laboratory's own numbers.
        per_age: subjects below 3 months, from 3 to 12 months, from 1 to 5 years, and above 5 years.
        febrile: share of subjects with fever in each age group.
        seed: of the virtual subjects.
    """
    known = {name: limit for name, limit in read_limits(_LIMITS, limits).items() if name in _USED}
    return Protocol(
        id="temperature/clinical_accuracy",
        title="Clinical thermometer in adjusted mode: clinical accuracy",
        standard="ISO 80601-2-56",
        edition="2017",
        subjects="virtual subjects of four age groups, some with fever",
        stimulus="what a probe feels in the axilla, three placements from the temperature of the room",
        reference="the body core temperature by a reference clinical thermometer",
        cases=lambda: _cases(per_age, febrile, seed),
        count=sum(per_age),
        given=_GIVEN,
        answers=[Answer("temperature", "Cel", "the body core temperature that is shown after each placement",
                        "series", "probe_temperature", bounds=(20.0, 50.0))],
        measure=_measure,
        study=("subjects", "infants", "group", "febrile_*", "female"),
        facts=("subjects", "infants", "group", "febrile_*", "female"),
        criteria=_criteria(),
        limits=known,
        seconds_a_case=60.0,
        figures=_figures,
        badness="difference",
        picture=_picture,
        devices={
            "good": _predictive, "bad": _too_early, "bad_scatter": _one_exponential, "bad_normal": _towards_normal,
        },
        attach=attached,
    )  # fmt: skip


def attached(device: AbstractDevice) -> Callable[[Values], Values]:
    """A thermometer of twinbed in the axilla: it shows what its probe has reached, without an adjustment."""

    def answer(stimulus: Values) -> Values:
        placements = stimulus["probe_temperature"]
        shown = [play(device, {"core_temperature": p}, stimulus["every_s"])["body_temperature"][-1] for p in placements]
        return {"temperature": np.array(shown)}

    return answer


def _cases(per_age: Sequence[int], febrile: float, seed: int) -> Iterable[Case]:
    number = 0
    for age, count in zip(AGES, per_age, strict=True):
        hot = round(febrile * count)
        for k in range(count):
            yield _case(f"subject_{number:03d}", age, k < hot, seed)
            number += 1


def _case(name: str, age: str, hot: bool, seed: int) -> Case:
    core_draw, reference_draw, site_draw = normals(seed, name, 3)
    # fever lies a degree above its threshold, and never below it
    core = max(FEVER_CEL + 0.05, 38.9 + 0.5 * core_draw) if hot else min(FEVER_CEL - 0.05, 36.8 + 0.4 * core_draw)
    placed = normals(seed, f"{name} placements", _READINGS) * _PLACEMENT_SD_CEL
    site = core - _SITE_CEL + _SITE_SD_CEL * site_draw + placed
    probe = np.array([_felt(float(at), seed, f"{name} placement {k}") for k, at in enumerate(site)])
    sex = "female" if uniforms(seed, f"{name} sex", 1)[0] < 0.5 else "male"
    reference = {"core": float(core + _REFERENCE_SD_CEL * reference_draw), "site": site}
    stimulus = {"probe_temperature": probe, "every_s": _EVERY_S, "room_temperature": _ROOM_CEL}
    return Case(name, name, stimulus, reference, {"age": age, "sex": sex, "fever": "febrile" if hot else "afebrile"})


def _felt(site: float, seed: int, name: str) -> np.ndarray:
    """What the probe feels from its placement on, Cel."""
    t = np.arange(0.0, _CONTACT_S, _EVERY_S)
    picks = uniforms(seed, name, 3)
    fast, slow, share = (a + p * (b - a) for (a, b), p in zip((_PROBE_S, _SKIN_S, _SKIN_SHARE), picks, strict=True))
    left = (1.0 - share) * np.exp(-t / fast) + share * np.exp(-t / slow)
    return site - (site - _ROOM_CEL) * left + _NOISE_CEL * normals(seed, f"{name} noise", len(t))


def _measure(case: Case, answers: Answers) -> Sequence[Row]:
    core = case.reference["core"]
    shown = answers["temperature"]
    fever = float(core >= FEVER_CEL)
    return [
        {"difference": float(s - core), "reference": core, "given": float(np.isfinite(s)), "fever": fever,
         "fever_seen": fever * float(s >= FEVER_CEL), "well": 1.0 - fever,
         "well_seen": (1.0 - fever) * float(s < FEVER_CEL)}
        for s in shown
    ]  # fmt: skip


def repeatability(difference: np.ndarray, subject: np.ndarray) -> float:
    """Root of the mean variance within subjects, every subject alike; NaN where none has two readings."""
    own = [difference[subject == s] for s in np.unique(subject)]
    variances = [d.var(ddof=1) for d in own if len(d) > 1]
    return math.sqrt(float(np.mean(variances))) if variances else math.nan


def _criteria() -> list[Criterion]:
    differences = lambda t: bland_altman((own := _columns.rows(t, "difference"))["difference"], own.subject)
    share = lambda hits, of: lambda t: _columns.share(t, hits, of)
    disclosed = [
        Criterion("bias_" + age.replace(" ", "_"), "201.102.3", f"clinical bias, {age}", "Cel",
                  lambda t, age=age: _columns.mean(_columns.in_group(t, "age", age), "difference"))
        for age in AGES
    ]  # fmt: skip
    return [
        Criterion("bias", "201.102.3", "clinical bias, without its sign", "Cel",
                  lambda t: _columns.unsigned(differences(t).bias), "at most", "clinical_bias"),
        Criterion("agreement", "201.102.4", "limits of agreement, half their width", "Cel",
                  lambda t: _columns.half_width(differences(t)), "at most", "clinical_agreement"),
        Criterion("lower_limit", "201.102.4", "lower limit of agreement", "Cel", lambda t: differences(t).lower),
        Criterion("upper_limit", "201.102.4", "upper limit of agreement", "Cel", lambda t: differences(t).upper),
        Criterion("repeatability", "201.102.5", "clinical repeatability", "Cel", _repeatability, "at most",
                  "clinical_repeatability"),
        *disclosed,
        Criterion("fever_seen", "201.102", "share of readings with fever that show 38 °C or more", "1",
                  share("fever_seen", "fever")),
        Criterion("no_fever_seen", "201.102", "share of readings without fever that show less than 38 °C", "1",
                  share("well_seen", "well")),
        Criterion("readings", "201.102", "share of readings that were shown", "1",
                  lambda t: _columns.clustered(t, _columns.column(t, "given") > 0.0), "at least", "readings"),
        Criterion("subjects", "201.102.2", "subjects", "1", _columns.subjects, "at least", "subjects"),
        Criterion("infants", "201.102.2", "subjects in the smaller group below one year", "1",
                  lambda t: _fewest(t, [[age] for age in _INFANTS]), "at least", "group_infants"),
        Criterion("group", "201.102.2", "subjects in the smallest of the groups below 1, 1 to 5 and above 5 years", "1",
                  lambda t: _fewest(t, [_INFANTS, AGES[2:3], AGES[3:]]), "at least", "group"),
        Criterion("febrile_least", "201.102.2", "least share of febrile subjects in an age group", "1",
                  lambda t: _febrile(t, min), "at least", "febrile_least"),
        Criterion("febrile_most", "201.102.2", "greatest share of febrile subjects in an age group", "1",
                  lambda t: _febrile(t, max), "at most", "febrile_most"),
        Criterion("female", "201.102.2", "share of female subjects", "1", _female),
    ]  # fmt: skip


def _repeatability(table: Table) -> Interval:
    own = _columns.rows(table, "difference")
    return _columns.plain(repeatability(own["difference"], own.subject), len(np.unique(own.subject)), "within subjects")


def _fewest(table: Table, groups: Sequence[Sequence[str]]) -> Interval:
    """The subjects of the smallest of these groups of ages."""
    counted = lambda ages: _columns.subjects(table, np.isin(table.groups["age"], ages))
    found = [dataclasses.replace(counted(ages), found_in=", ".join(ages)) for ages in groups]
    return min(found, key=lambda of: of.value)


def _febrile(table: Table, chosen: Callable[..., str]) -> Interval:
    shares = {age: _share(own, own["fever"] > 0.0) for age in AGES if len(own := _columns.in_group(table, "age", age))}
    age = chosen(shares, key=lambda name: shares[name])
    found = _columns.plain(float(shares[age]), len(np.unique(table.subject)), "of the age groups")
    return dataclasses.replace(found, found_in=age)


def _female(table: Table) -> Interval:
    n = len(np.unique(table.subject))
    return _columns.plain(_share(table, table.groups["sex"] == "female"), n, "count")


def _share(table: Table, chosen: np.ndarray) -> float:
    """The share of subjects, however many readings each has."""
    return _columns.subjects(table, chosen).value / _columns.subjects(table).value


def _figures(table: Table) -> Sequence[Figure]:
    everyone, table = table, _columns.rows(table, "difference")
    if len(np.unique(table.subject)) < 2 or np.ptp(table["difference"]) == 0.0:
        return []
    found = bland_altman(table["difference"], table.subject)
    middle = table["reference"] + 0.5 * table["difference"]
    tones: Mapping[str, Tone] = {"febrile": "bad", "afebrile": "accent"}
    points = [
        Points(middle[own], table["difference"][own], tone, name)
        for name, tone in tones.items()
        if (own := table.groups["fever"] == name).any()
    ]
    rows = []
    for age in AGES:
        people, own = (_columns.in_group(rows_of, "age", age) for rows_of in (everyone, table))
        if len(people):
            bias = _columns.mean(own, "difference").value
            febrile = _share(people, people["fever"] > 0.0)
            rows.append([age, _columns.subjects(people).value, febrile, bias,
                         repeatability(own["difference"], own.subject)])  # fmt: skip
    return [
        Chart("Difference from the reference thermometer", "Points that slope show a device that pulls to normal.",
              "mean of both, °C", "shown less reference, °C",
              [*points, Level(found.bias.value, "bias"), Level(found.lower.value, "limit of agreement"),
               Level(found.upper.value, "limit of agreement")]),
        Listing("Age groups", "Subjects, share with fever, clinical bias and clinical repeatability in each group.",
                ["age", "subjects", "febrile", "bias, °C", "repeatability, °C"], rows),
    ]  # fmt: skip


def _picture(case: Case, answers: Answers) -> Chart:
    t = np.arange(case.stimulus["probe_temperature"].shape[1]) * _EVERY_S
    felt = [Curve(t, p, "soft", "probe" if k == 0 else "") for k, p in enumerate(case.stimulus["probe_temperature"])]
    shown = Points(np.full(_READINGS, t[-1]), answers["temperature"], "accent", "shown")
    return Chart(
        case.id, "What is shown should lie at the core and not where the probe ended.", "time, s", "temperature, °C",
        [*felt, shown, Level(case.reference["core"], "core")],
    )  # fmt: skip


def _predictive(stimulus: Values) -> Values:
    """Two exponentials are fitted to what the probe felt; they end at the site, which is cooler than the core."""
    probe = np.asarray(stimulus["probe_temperature"], float)
    basis, inverse = _exponentials(probe.shape[1], stimulus["every_s"])
    fitted = inverse @ probe.T  # [pair of time constants, coefficient, placement]
    misfit = ((basis @ fitted - probe.T) ** 2).sum(1)
    return {"temperature": fitted[misfit.argmin(0), 0, np.arange(len(probe))] + _SITE_CEL}


@functools.cache
def _exponentials(samples: int, every_s: float) -> tuple[np.ndarray, np.ndarray]:
    """A constant and two exponentials for every pair of time constants on a grid, and the least squares of each."""
    t = np.arange(samples) * every_s
    pairs = [(fast, slow) for fast in np.arange(1.25, 3.3, 0.25) for slow in np.arange(10.0, 28.0, 2.0)]
    basis = np.stack([np.stack([np.ones_like(t), np.exp(-t / a), np.exp(-t / b)], 1) for a, b in pairs])
    return basis, np.linalg.pinv(basis)


def _too_early(stimulus: Values) -> Values:
    """It shows what the probe has reached after 10 s."""
    return {"temperature": stimulus["probe_temperature"][:, round(10.0 / stimulus["every_s"])] + _SITE_CEL}


def _one_exponential(stimulus: Values) -> Values:
    """It predicts from the readings at 2, 4 and 6 s as if there were one exponential."""
    a, b, c = (stimulus["probe_temperature"][:, round(at / stimulus["every_s"])] for at in (2.0, 4.0, 6.0))
    return {"temperature": np.clip((a * c - b * b) / (a + c - 2.0 * b) + _SITE_CEL, 25.0, 45.0)}


def _towards_normal(stimulus: Values) -> Values:
    """It predicts well and then halves the distance to 36.8 °C, so that readings look plausible."""
    return {"temperature": 0.5 * (_predictive(stimulus)["temperature"] + 36.8)}
