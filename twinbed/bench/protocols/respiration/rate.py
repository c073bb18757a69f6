"""Respiratory rate from chest impedance and photoplethysmogram of critically ill adults, against two annotators.

Recordings of 8 min are cut into windows without overlap. The rate of an annotator in a window is that of the breaths
from first to last in it; a window with a gap of more than 15 s in an annotation (missing annotation or apnoea, which
cannot be told apart) is not judged. Bias, limits of agreement (repeated measures of a recording), mean absolute error
and shares within 2 and 3 /min are against the mean of both annotators, and error against each of them is disclosed.
How well the annotators agree with each other is what a device can reach at most.

*Known limits*: the annotators marked breaths on the impedance itself, so that a device that reads the impedance sees
what they saw; some recordings may be of the same patient, and each counts as one subject here.

**References:**

- Pimentel et al. (2017), IEEE Trans Biomed Eng 64(8):1914, doi:10.1109/TBME.2016.2613124 (recordings, windows)
- Bland & Altman (2007), J Biopharm Stat 17:571, doi:10.1080/10543400701329422
"""

import math
import pathlib
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated

import numpy as np

from twinbed.bench.charts import Area, Chart, Curve, Figure, Level, Listing, Points
from twinbed.bench.limits import read_limits
from twinbed.bench.play import play
from twinbed.bench.protocol import Answer, Answers, Case, Criterion, Given, Protocol, Row, Table, Values
from twinbed.bench.protocols import _columns
from twinbed.bench.protocols.respiration import _estimators
from twinbed.bench.settings import Stands
from twinbed.bench.statistics.agreement import Agreement, bland_altman
from twinbed.connect import bidmc
from twinbed.core.device import AbstractDevice
from twinbed.core.errors import StudyError

_LIMITS = pathlib.Path(__file__).with_name("limits.toml")
_LONGEST_GAP_S = 15.0
_RECORDINGS = 53
_IMPEDANCE_SCALE = 0.1
"""Share of the mean impedance that a unit of the recordings stands for, which are without one (assumption)."""

_GIVEN = (
    Given("impedance", "1", "impedance of the chest, without scale", "series"),
    Given("ppg", "1", "photoplethysmogram, without scale", "series"),
    Given("frequency_hz", "Hz", "samples a second"),
    Given("window_end_s", "s", "ends of the windows for which a rate is asked", "series"),
    Given("window_s", "s", "length of a window"),
)


def rate(
    *, limits: pathlib.Path | None = None, records: Annotated[int, Stands(0, "all")] = 0, window_s: float = 60.0
) -> Protocol:
    """Respiratory rate on the recordings of BIDMC.

    Args:
        limits: the laboratory's own numbers.
        records: how many recordings, spread over all 53; 0 for all.
        window_s: length of a window.

    Raises:
        StudyError: windows that are too short for a rate, or longer than the recordings.
    """
    if not 15.0 <= window_s <= 240.0:
        raise StudyError(f"windows of {window_s:g} s: choose 15 to 240 s")
    return Protocol(
        id="respiration/rate",
        title="Respiratory rate from impedance and photoplethysmogram",
        standard="BIDMC PPG and Respiration",
        edition="1.0.0",
        subjects="recordings of critically ill adults, 8 min each",
        stimulus="chest impedance and photoplethysmogram, cut into windows",
        reference="breaths that two annotators marked on the impedance",
        cases=lambda: _cases(records, window_s),
        count=records or _RECORDINGS,
        given=_GIVEN,
        recordings=(bidmc.FOLDER,),
        answers=[Answer("rate", "/min", "respiratory rate in each window, or none", "series", "window_end_s",
                        bounds=(0.0, 300.0))],
        measure=_measure,
        study=("judged", "annotators_*"),
        facts=("judged", "annotators_*"),
        criteria=_criteria(),
        limits=read_limits(_LIMITS, limits),
        figures=_figures,
        badness="error",
        picture=_picture,
        devices={
            "good": _estimators.careful, "bad": _estimators.cardiac, "bad_half": _estimators.half,
            "bad_constant": _estimators.constant, "ppg": _estimators.optical,
        },
        attach=attached,
    )  # fmt: skip


def attached(device: AbstractDevice) -> Callable[[Values], Values]:
    """A bedside monitor of twinbed on the impedance: the mean of the valid rates that it showed in a window."""

    def answer(stimulus: Values) -> Values:
        wave = np.asarray(stimulus["impedance"], float)
        wave = 1.0 + _IMPEDANCE_SCALE * (wave - np.nanmean(wave))
        shown = play(device, {"thoracic_impedance": wave}, 1.0 / stimulus["frequency_hz"])
        valid = shown["monitor_respiratory_rate_valid"] > 0.5
        rates = np.where(valid, shown["monitor_respiratory_rate"], np.nan)
        parts = (rates[_samples(end, stimulus)] for end in stimulus["window_end_s"])
        return {"rate": np.array([np.nanmean(p) if np.isfinite(p).any() else np.nan for p in parts])}

    return answer


def _samples(end_s: float, stimulus: Values) -> slice:
    frequency = stimulus["frequency_hz"]
    return slice(round((end_s - stimulus["window_s"]) * frequency), round(end_s * frequency))


def _cases(records: int, window_s: float) -> Iterator[Case]:
    place = bidmc.folder()
    every = bidmc.names(place)
    chosen = [every[k] for k in np.linspace(0, len(every) - 1, records).round().astype(int)] if records else every
    return (_case(bidmc.read(place, name), window_s) for name in chosen)


def _case(recording: bidmc.Recording, window_s: float) -> Case:
    lasts_s = len(recording.impedance) / recording.frequency_hz
    ends = np.arange(1, int(lasts_s / window_s + 1e-9) + 1) * window_s
    first, second = (np.array([counted(own, end - window_s, end) for end in ends]) for own in recording.breaths_s)
    stimulus = {
        "impedance": recording.impedance, "ppg": recording.ppg, "frequency_hz": recording.frequency_hz,
        "window_end_s": ends, "window_s": window_s,
    }  # fmt: skip
    groups = {"sex": recording.sex, "age": _age(recording.age)}
    return Case(recording.name, recording.name, stimulus, {"first": first, "second": second}, groups)


def _age(written: str) -> str:
    digits = written.rstrip("+")
    if not digits.isdigit():
        return ""
    return "below 65 years" if int(digits) < 65 else "65 years and above"


def counted(breaths_s: np.ndarray, start_s: float, end_s: float) -> float:
    """Breaths a minute in a window, from first to last; NaN where an annotation is missing for more than 15 s."""
    own = breaths_s[(breaths_s >= start_s) & (breaths_s < end_s)]
    if len(own) < 2 or np.diff([start_s, *own, end_s]).max() > _LONGEST_GAP_S:
        return math.nan
    return float(60.0 * (len(own) - 1) / (own[-1] - own[0]))


def _measure(case: Case, answers: Answers) -> Sequence[Row]:
    rows = []
    for rate, first, second in zip(answers["rate"], case.reference["first"], case.reference["second"], strict=True):
        mean = 0.5 * (first + second)
        judged = math.isfinite(mean)
        error = float(rate - mean)
        answered = math.isfinite(error)
        rows.append({
            "reference": float(mean), "error": error, "absolute": abs(error), "error_first": float(rate - first),
            "error_second": float(rate - second), "annotators": float(first - second),
            "annotators_absolute": abs(float(first - second)), "window": 1.0, "judged": float(judged),
            "answered": float(answered) if judged else math.nan,
            **{f"within_{k}": float(abs(error) <= k) if answered else math.nan for k in (2, 3)},
            **{f"annotators_{k}": float(abs(first - second) <= k) if judged else math.nan for k in (2, 3)},
        })  # fmt: skip
    return rows


def _criteria() -> list[Criterion]:
    none = "none"
    mean = lambda name: lambda t: _columns.mean(t, name)
    share = lambda name: lambda t: _columns.share(_columns.rows(t, name), name, "window")
    return [
        Criterion("bias", none, "bias, without its sign", "/min",
                  lambda t: _columns.unsigned(_agreement(t, "error").bias), "at most", "bias"),
        Criterion("agreement", none, "limits of agreement, half their width", "/min",
                  lambda t: _columns.half_width(_agreement(t, "error")), "at most", "agreement"),
        Criterion("lower_limit", none, "lower limit of agreement", "/min", lambda t: _agreement(t, "error").lower),
        Criterion("upper_limit", none, "upper limit of agreement", "/min", lambda t: _agreement(t, "error").upper),
        Criterion("mean_absolute_error", none, "mean absolute error", "/min", mean("absolute"), "at most",
                  "mean_absolute_error"),
        Criterion("within_2", none, "share of answers within 2 /min", "1", share("within_2")),
        Criterion("within_3", none, "share of answers within 3 /min", "1", share("within_3"), "at least", "within_3"),
        Criterion("availability", none, "share of windows with an answer", "1", share("answered"), "at least",
                  "availability"),
        Criterion("bias_first", none, "bias against the first annotator", "/min", mean("error_first")),
        Criterion("bias_second", none, "bias against the second annotator", "/min", mean("error_second")),
        Criterion("judged", none, "share of windows that could be judged", "1", share("judged"), "at least", "judged"),
        Criterion("annotators_bias", none, "first less second annotator", "/min", mean("annotators")),
        Criterion("annotators_agreement", none, "limits of agreement of the annotators, half their width", "/min",
                  lambda t: _columns.half_width(_agreement(t, "annotators"))),
        Criterion("annotators_error", none, "mean absolute difference of the annotators", "/min",
                  mean("annotators_absolute")),
        Criterion("annotators_2", none, "share of windows in which the annotators agree within 2 /min", "1",
                  share("annotators_2")),
        Criterion("annotators_3", none, "share of windows in which the annotators agree within 3 /min", "1",
                  share("annotators_3")),
    ]  # fmt: skip


def _agreement(table: Table, name: str) -> Agreement:
    own = _columns.rows(table, name)
    return bland_altman(own[name], own.subject)


def _figures(table: Table) -> Sequence[Figure]:
    own = _columns.rows(table, "error")
    if len(np.unique(own.subject)) < 2 or np.ptp(own["error"]) == 0.0:
        return []
    found = bland_altman(own["error"], own.subject)
    middle = own["reference"] + 0.5 * own["error"]
    ends = np.array([own["reference"].min(), own["reference"].max()])
    rows = []
    for name in np.unique(table.subject):
        of = table.where(table.subject == name)
        value = lambda column, of=of: _number(_columns.mean(of, column).value)
        rows.append([str(name), value("reference"), value("error"), value("absolute"), value("answered"),
                     value("annotators_absolute")])  # fmt: skip
    return [
        Chart("Difference from the annotators", "Points far from the bias are windows that were counted wrong.",
              "mean of both, /min", "device less annotators, /min",
              [Points(middle, own["error"]), Level(found.bias.value, "bias"),
               Level(found.lower.value, "limit of agreement"), Level(found.upper.value, "limit of agreement")]),
        Chart("Answer against annotators", "Points at half or twice the rate, or on a level, show what goes wrong.",
              "annotators, /min", "device, /min",
              [Area(ends, ends - 3.0, ends + 3.0, label="within 3 /min"), Curve(ends, ends, "plain"),
               Points(own["reference"], own["reference"] + own["error"])]),
        Listing("Recording by recording", "Where a recording went wrong, see whether the annotators agreed in it.",
                ["recording", "annotators, /min", "bias, /min", "mean absolute error, /min", "answered",
                 "annotators' difference, /min"], rows),
    ]  # fmt: skip


def _number(value: float) -> float | None:
    """A number for a listing; none where it is none."""
    return None if math.isnan(value) else value


def _picture(case: Case, answers: Answers) -> Chart:
    ends = case.stimulus["window_end_s"]
    return Chart(
        case.id, "The device should lie where the annotators are, above all where they agree.", "end of the window, s",
        "respiratory rate, /min",
        [Curve(ends, case.reference["first"], "plain", "first annotator"),
         Curve(ends, case.reference["second"], "soft", "second annotator"),
         Curve(ends, answers["rate"], "accent", "device")],
    )  # fmt: skip
