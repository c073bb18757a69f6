"""Volume- and pressure-controlled breaths on test lungs, at the 21 settings of the standard.

The bench sets compliance and resistance of the lung and everything the operator would set, alarm limits wide open. The
ventilator answers what the sensors of the bench recorded, and, where it has a display, what it showed at the end.
"""

import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from twinbed.bench import Answer, Case, Criterion, Protocol
from twinbed.bench.charts import Chart, Curve, Figure, Level, Listing, Points
from twinbed.bench.limits import Limit, read_limits
from twinbed.bench.play import made
from twinbed.bench.protocol import Answers, Given, Row, Table, Values
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.extremes import largest
from twinbed.bench.ventilation.breaths import breaths
from twinbed.bench.ventilation.lung import CM_H2O_PER_HPA, fits, ventilate
from twinbed.bench.ventilation.settings import MODES, PATIENTS, Setting, settings
from twinbed.core.device import AbstractDevice
from twinbed.core.errors import NotFound, StudyError
from twinbed.devices.ventilation.ventilator import MODES as NUMBERS
from twinbed.devices.ventilation.ventilator import Ventilator

_VC, _PC, _SHOWN = "201.12.1.101", "201.12.1.102", "201.12.4"
_SMALL_ML = 50.0
_LAST_BREATHS = 4
_SAMPLE_S = 0.01
_WIDE = {"trigger_flow": 0.0, "alarm_high_pressure": 150.0, "pressure_limit": 150.0}
"""What the operator does before a test on a passive lung: no trigger, alarm limits wide open."""
_CIRCUIT = 1.0
"""Compliance of the tubing that a ventilator forgets, mL/hPa: the order of a neonatal circuit."""

_GIVEN = (
    Given("mode", "1", "volume or pressure: what is controlled", "text"),
    Given("rate", "/min", "breaths a minute that are set"),
    Given("inspiration_s", "s", "inspiratory time that is set"),
    Given("peep", "hPa", "end-expiratory pressure that is set"),
    Given("oxygen", "1", "fraction of oxygen that is set"),
    Given("compliance", "mL/hPa", "compliance of the test lung"),
    Given("resistance", "hPa.s/L", "resistance of the test lung"),
    Given("time_s", "s", "times at which an answer is asked for, from the start", "series"),
    Given("volume", "mL", "delivered volume that is set, in volume control", optional=True),
    Given("pressure", "hPa", "peak inspiratory pressure that is set, in pressure control", optional=True),
)


def volume_and_pressure(
    *,
    limits: pathlib.Path | None = None,
    patients: Sequence[str] = PATIENTS,
    modes: Sequence[str] = MODES,
    seconds: float = 30.0,
) -> Protocol:
    """ISO 80601-2-12, volume- and pressure-controlled breaths.

    Args:
        limits: the accuracy that the maker discloses, as a file of limits.
        patients: for whom the ventilator is intended: adult, child, neonate.
        modes: volume, pressure.
        seconds: how long is ventilated at a setting; the last four breaths count.

    Raises:
        StudyError: no such patients or mode, or too short for the slowest rate.
    """
    for name, given, known in (("patients", patients, PATIENTS), ("mode", modes, MODES)):
        strange = [g for g in given if g not in known]
        if strange or not given:
            raise StudyError(f"{name} {strange}: give some of {', '.join(known)}")
    own = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    rows = [(mode, row) for mode in MODES if mode in modes for row in settings(mode) if row.patients in patients]
    if seconds < (_LAST_BREATHS + 2) * max(row.period_s for _, row in rows):
        raise StudyError(f"{seconds:g} s hold too few breaths at {min(row.rate for _, row in rows):g} a minute")
    return Protocol(
        id="ventilation/volume_and_pressure",
        title="Volume- and pressure-controlled breaths",
        standard="ISO 80601-2-12",
        edition="2020",
        subjects="test lungs of the standard, from adults to neonates",
        stimulus="settings of the ventilator, compliance and resistance of the test lung",
        reference="what is set; pressure at the airway opening and volume of the test lung, measured by the bench",
        cases=lambda: _cases(rows, seconds),
        given=_GIVEN,
        answers=_ANSWERS,
        measure=lambda case, answers: [_row(own, case, answers)],
        criteria=_CRITERIA,
        limits=own,
        count=len(rows),
        figures=_figures,
        badness="worst",
        picture=_picture,
        recorded_by_tester=True,
        devices=_devices(),
        attach=_attach,
    )


def _cases(rows: Sequence[tuple[str, Setting]], seconds: float):
    time_s = (np.arange(round(seconds / _SAMPLE_S)) + 1.0) * _SAMPLE_S
    for mode, row in rows:
        told = {
            "mode": mode, "rate": row.rate, "inspiration_s": row.inspiration_s, "peep": row.peep,
            "oxygen": row.oxygen, "compliance": row.compliance, "resistance": row.resistance, "time_s": time_s,
            "volume" if mode == "volume" else "pressure": row.volume if mode == "volume" else row.pressure,
        }  # fmt: skip
        true = {"intended_volume": row.volume, "after_s": time_s[-1] - (_LAST_BREATHS + 1.5) * row.period_s}
        groups = {"mode": mode, "patients": row.patients}
        yield Case(f"{mode}_{row.number:02d}", f"lung{row.compliance:g}_{row.resistance:g}", told, true, groups)


_ANSWERS = [
    Answer("pressure", "hPa", "at the airway opening, at each of the times", "series", of="time_s"),
    Answer("volume", "mL", "of the test lung above rest, at each of the times", "series", of="time_s"),
    Answer("oxygen", "1", "fraction of oxygen that is delivered", bounds=(0.0, 1.0)),
    Answer("shown_volume", "mL", "expired volume that the ventilator shows", optional=True, claim="shown_volume",
           due=lambda case: case.reference["intended_volume"] > _SMALL_ML),
    Answer("shown_peak", "hPa", "peak pressure that the ventilator shows", optional=True, claim="shown_pressure"),
    Answer("shown_peep", "hPa", "end-expiratory pressure that the ventilator shows", optional=True,
           claim="shown_pressure"),
]  # fmt: skip


def _row(limits: Mapping[str, Limit], case: Case, answers: Answers) -> Row:
    told = case.stimulus
    time_s = np.asarray(told["time_s"], float)
    seen = breaths(time_s, answers["pressure"], answers["volume"], after_s=case.reference["after_s"])
    volume, peak, peep = (float(v.mean()) for v in (seen.volume, seen.peak, seen.end_expiratory))
    small = case.reference["intended_volume"] < _SMALL_ML
    tolerance = lambda name, size: limits[f"{name}_offset"].value + 0.01 * limits[f"{name}_share"].value * size
    row = {
        "volume": volume, "peak": peak, "peep": peep, "rate": seen.rate() - told["rate"],
        "spread": 100.0 * float(np.ptp(seen.volume)) / volume,
        "peep_error": peep - told["peep"], "peep_used": abs(peep - told["peep"]) / tolerance("pressure", told["peep"]),
    }  # fmt: skip
    if told["mode"] == "volume":
        kind = "small" if small else "volume"
        row["volume_error"] = volume - told["volume"]
        row["volume_percent"] = 100.0 * row["volume_error"] / told["volume"]
        row[f"{kind}_used"] = abs(row["volume_error"]) / tolerance(kind, told["volume"])
    else:
        row["peak_error"] = peak - told["pressure"]
        row["peak_used"] = abs(row["peak_error"]) / tolerance("pressure", told["pressure"])
    for name, true, kind in _shown(answers, volume, peak, peep):
        row[f"shown_{name}_used"] = abs(answers[f"shown_{name}"].item() - true) / tolerance(kind, true)
    oxygen_error = 100.0 * (answers["oxygen"].item() - told["oxygen"])
    row["oxygen_used"] = abs(oxygen_error) / tolerance("oxygen", 100.0 * told["oxygen"])
    row["worst"] = max(v for k, v in row.items() if k.endswith("_used"))
    return row


def _shown(answers: Answers, volume: float, peak: float, peep: float):
    """What is shown and has a limit: its name, the truth, and the tolerance."""
    measured = {"volume": (volume, "volume"), "peak": (peak, "pressure"), "peep": (peep, "pressure")}
    for name, (true, kind) in measured.items():
        if answers[f"shown_{name}"].size and (name != "volume" or true > _SMALL_ML):
            yield name, true, kind


def _worst(*names: str) -> Callable[[Table], Interval]:
    """The largest of these columns over all settings that have one."""

    def statistic(table: Table) -> Interval:
        columns = [np.abs(table.columns[name]) for name in names if name in table.columns]
        values = np.concatenate(columns) if columns else np.array([])
        return largest(values, np.tile(table.case, len(columns)), what="largest of all settings")

    return statistic


_CRITERIA = [
    Criterion("volume", _VC, "delivered volumes of 50 mL and more: largest share of the tolerance", "1",
              _worst("volume_used"), "at most", "used"),
    Criterion("small_volume", _VC, "delivered volumes below 50 mL: largest share of the tolerance", "1",
              _worst("small_used"), "at most", "used"),
    Criterion("peak", _PC, "peak pressure in pressure control: largest share of the tolerance", "1",
              _worst("peak_used"), "at most", "used"),
    Criterion("peep", _VC, "end-expiratory pressure: largest share of the tolerance", "1", _worst("peep_used"),
              "at most", "used"),
    Criterion("rate", _VC, "largest error of the rate of breaths", "/min", _worst("rate"), "at most", "rate"),
    Criterion("oxygen", _VC, "delivered oxygen: largest share of the tolerance", "1", _worst("oxygen_used"),
              "at most", "used"),
    Criterion("shown_volume", _SHOWN, "expired volume that is shown, above 50 mL: largest share of the tolerance", "1",
              _worst("shown_volume_used"), "at most", "used"),
    Criterion("shown_pressure", _SHOWN, "pressures that are shown: largest share of the tolerance", "1",
              _worst("shown_peak_used", "shown_peep_used"), "at most", "used"),
    Criterion("volume_percent", _VC, "largest error of a delivered volume", "%", _worst("volume_percent")),
    Criterion("spread", _VC, "largest range of volume from breath to breath", "%", _worst("spread")),
]  # fmt: skip


def _figures(table: Table) -> list[Figure]:
    column = lambda name: table.columns.get(name, np.full(len(table), np.nan))
    marks: list[Any] = []
    large, small = (np.isfinite(column(name)) for name in ("volume_used", "small_used"))
    marks.append(Points(table["volume"][large], column("volume_percent")[large], "accent", "50 mL and more"))
    marks.append(Points(table["volume"][small], column("volume_percent")[small], "second", "below 50 mL"))
    volume = Chart(
        "Error of delivered volume", "whether the error grows as volumes fall, as with tubing that takes its share",
        "delivered volume, mL", "error, %", [Level(0.0, "no error"), *marks], logarithmic=True,
    )  # fmt: skip
    number = lambda v: None if np.isnan(v) else round(float(v), 3)
    names = ("volume", "volume_error", "peak", "peak_error", "peep", "peep_error", "rate", "worst")
    rows = [[str(table.case[i]), *(number(column(n)[i]) for n in names)] for i in range(len(table))]
    columns = ["mode and setting", "volume, mL", "error, mL", "peak pressure, hPa", "error, hPa", "PEEP, hPa",
               "error of PEEP, hPa", "error of rate, /min", "largest share of a tolerance"]  # fmt: skip
    return [volume, Listing("Settings", "what was delivered at every setting", columns, rows)]


def _picture(case: Case, answers: Answers) -> Chart:
    time_s = np.asarray(case.stimulus["time_s"], float)
    last = time_s >= case.reference["after_s"]
    marks: list[Any] = [Curve(time_s[last], answers["pressure"][last], "accent", "pressure")]
    marks.append(Level(case.stimulus["peep"], "PEEP that is set"))
    if "pressure" in case.stimulus:
        marks.append(Level(case.stimulus["pressure"], "peak pressure that is set"))
    says = "the shape of the breaths and what pressure does between them"
    return Chart("Pressure at the airway opening", says, "time, s", "pressure, hPa", marks)


def _attach(device: AbstractDevice) -> Callable[[Values], Any]:
    if not fits(device):
        raise NotFound(f"{type(device).__name__} makes no pressure in a circuit: give devices/ventilation/ventilator")
    wide = device
    for field, value in _WIDE.items():
        if field in vars(device):
            wide = eqx.tree_at(lambda d, field=field: getattr(d, field), wide, jnp.asarray(value))
    return _attached(wide)


def _attached(
    device: AbstractDevice, change: Callable[[dict[str, float], Values], dict[str, float]] = lambda told, _: told
) -> Callable[[Values], Any]:
    """The function of a ventilator; `change` is what goes wrong between setting and machine, by signal."""

    def breathe(stimulus: Values) -> Any:
        times = np.asarray(stimulus["time_s"], float)
        told = change(_told(stimulus), stimulus)
        found = ventilate(
            device, told, compliance=float(stimulus["compliance"]), resistance=float(stimulus["resistance"]),
            ticks=round(times[-1] / device.period_s),
        )  # fmt: skip
        shown = {name: float(values[-1]) for name, values in found.shown.items()}
        hpa = lambda name: {k: shown[s] / CM_H2O_PER_HPA for k, s in name.items() if s in shown}
        answer = {
            "pressure": np.interp(times, found.time_s, found.pressure),
            "volume": np.interp(times, found.time_s, found.volume),
            **hpa({"shown_peak": "ventilator_peak_pressure", "shown_peep": "ventilator_total_peep"}),
        }
        direct = {"oxygen": "inspired_oxygen", "shown_volume": "ventilator_tidal_volume"}
        return answer | {name: shown[signal] for name, signal in direct.items() if signal in shown}

    return breathe


def _told(stimulus: Values) -> dict[str, float]:
    """Settings by signal, in the units of the signals."""
    peep = float(stimulus["peep"]) * CM_H2O_PER_HPA
    told = {
        "ventilator_rate_set": float(stimulus["rate"]),
        "ventilator_inspiratory_time_set": float(stimulus["inspiration_s"]),
        "ventilator_peep_set": peep,
        "ventilator_oxygen_set": float(stimulus["oxygen"]),
    }
    if stimulus["mode"] == "volume":
        return told | {
            "ventilator_mode_set": float(NUMBERS["vcv"]),
            "ventilator_tidal_volume_set": float(stimulus["volume"]),
        }
    above = float(stimulus["pressure"]) * CM_H2O_PER_HPA - peep
    return told | {"ventilator_mode_set": float(NUMBERS["pcv"]), "ventilator_pressure_set": above}


def _changed(signal: str, by: Callable[[float, Values], float]):
    """A setting that arrives as another one."""
    return lambda told, stimulus: {k: by(v, stimulus) if k == signal else v for k, v in told.items()}


def _tubing_share(volume: float, stimulus: Values) -> float:
    """What is left of a volume when the tubing keeps what its compliance takes."""
    compliance = float(stimulus["compliance"])
    return volume * compliance / (compliance + _CIRCUIT)


def _devices() -> dict[str, Callable[[Values], Any]]:
    good = made(Ventilator, rise_time=0.0, **_WIDE)
    return {
        "good": _attached(good),
        "bad": _attached(good, _changed("ventilator_peep_set", lambda peep, _: peep + 4.0)),
        "bad_low_compliance": _attached(good, _changed("ventilator_tidal_volume_set", _tubing_share)),
        "bad_leak": _attached(good, lambda told, _: told | {"circuit_leak": 0.5}),
        "bad_rate": _attached(good, _changed("ventilator_rate_set", lambda rate, _: 0.9 * rate)),
    }
