"""What is shown of a bed: traces with their scales, numbers, alarms, and what every device says.

Everything comes from what devices put out; where no device shows a number the body's own is shown, and marked so.
A trace is sent as 16-bit integers: `offset + scale * i`, with `NO_READING` where there is nothing. A pacemaker's pulse
is shorter than the time between two samples: what is sent of it is its running number, so that none is missed.
"""

import dataclasses
import functools
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from twinbed.core.component import input_template, output_template
from twinbed.engine.bed import Bed
from twinbed.engine.couple import port_list
from twinbed.engine.links import MEASURED_AT
from twinbed.studies.acute import vitals
from twinbed.studies.acute.vitals import NEVER_ZERO, STATE_OF_ALARM, VALID, Reading
from twinbed.vocab.drugs import DRUGS
from twinbed.vocab.signals import signal as signal_of
from twinbed.vocab.units import label
from twinbed.ward import twins
from twinbed.ward.text import korean

NO_READING = -32768
_HIGHEST = 32767
COUNTED = 10_000
"""Running numbers are sent modulo this."""
FAST_MM_S, SLOW_MM_S = 25.0, 6.25
"""Speeds of the sweep: of what beats, and of what breathes."""
_WIDE_MM = 200.0
"""Of a screen."""


@dataclasses.dataclass(frozen=True)
class Trace:
    """A curve of a monitor."""

    id: str
    """The signal."""
    label: str
    colour: str
    low: float
    high: float
    """What the screen shows at least."""
    read_by: str = ""
    """The trace is there where a device reads or shows this signal; the signal itself if it is left out."""
    number: str = ""
    """The first number beside it."""
    sweep_mm_s: float = FAST_MM_S
    inverted: bool = False
    full: tuple[float, float] | None = None
    """What can be sent; the plausible range of the signal if it is left out."""
    source: str = ""
    valid: str = ""
    """The source that says whether it is a reading, where something does."""
    counts: bool = False
    """It is a running number of pulses: no curve, but marks where it goes on."""

    @property
    def unit(self) -> str:
        """As people read it."""
        return label(signal_of(self.id).unit)

    @property
    def scale(self) -> tuple[float, float]:
        """Offset, and what one step of an integer is."""
        if self.counts:
            return 0.0, 1.0
        low, high = self.full or signal_of(self.id).plausible
        return (low + high) / 2.0, (high - low) / (2.0 * _HIGHEST)

    def read(self, recorded: Mapping[str, np.ndarray]) -> np.ndarray:
        """What was recorded of it; no number where that is no reading."""
        values = recorded[self.source]
        return np.where(recorded[self.valid] > 0.5, values, np.nan) if self.valid else values

    def packed(self, values: np.ndarray) -> np.ndarray:
        """Values as 16-bit integers; what is beyond the range is at its end."""
        offset, step = self.scale
        held = np.isfinite(values)
        told = np.where(held, values, 0.0) % COUNTED if self.counts else np.where(held, values, 0.0)
        whole = np.clip(np.rint((told - offset) / step), -_HIGHEST, _HIGHEST)
        return np.where(held, whole, NO_READING).astype("<i2")


_ECG = tuple(
    Trace(f"ecg_{lead.lower()}", lead, "ecg", -0.5, 1.5, "ecg_ii", "HR" if lead == "II" else "", full=(-8.0, 8.0))
    for lead in ("II", "V5", "I", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V6")
)
_TUBE = "ventilator_tidal_volume"
TRACES = (
    *_ECG[:2],
    Trace("arterial_pressure", "ABP", "arterial", 0.0, 160.0, number="SYS", full=(-50.0, 350.0)),
    Trace("pulmonary_artery_pressure", "PAP", "pulmonary", 0.0, 40.0, number="PSYS", full=(-50.0, 200.0)),
    Trace("central_venous_pressure", "CVP", "venous", 0.0, 20.0, number="CVP", full=(-50.0, 100.0)),
    Trace("ppg_infrared", "Pleth", "pleth", 0.0, 0.0, number="SpO2", inverted=True, full=(0.0, 1.0)),
    Trace("thoracic_impedance", "Resp", "respiration", 0.0, 0.0, number="RR", sweep_mm_s=SLOW_MM_S, full=(0.5, 1.5)),
    Trace("airway_pressure", "Paw", "airway", 0.0, 30.0, _TUBE, "Ppeak", SLOW_MM_S, full=(-100.0, 200.0)),
    Trace("airway_flow", "Flow", "airway", -60.0, 60.0, _TUBE, "", SLOW_MM_S, full=(-300.0, 300.0)),
    Trace("co2_wave", "CO2", "co2", 0.0, 50.0, "airway_carbon_dioxide", "etCO2", SLOW_MM_S, full=(0.0, 150.0)),
    Trace("lung_volume", "Vol", "airway", 1.5, 4.0, _TUBE, "", SLOW_MM_S, full=(0.0, 15.0)),
    *_ECG[2:],
    Trace("watch_ppg", "PPG", "pleth", 0.0, 0.0, inverted=True, full=(0.0, 2.0)),
    Trace("watch_acceleration", "Accel", "neutral", 0.0, 20.0, full=(0.0, 100.0)),
    Trace("watch_ecg", "ECG I", "ecg", -0.5, 1.5, full=(-8.0, 8.0)),
    Trace("atrial_pulse_number", "A pace", "neutral", 0.0, 0.0, counts=True),
    Trace("ventricular_pulse_number", "V pace", "neutral", 0.0, 0.0, counts=True),
)
_EXTRA = (
    Reading("PR", "/min", "pleth", ("pulse_rate",)),
    Reading("PI", "%", "pleth", ("perfusion_index",), digits=1),
    Reading("NMAP", "mmHg", "nibp", ("nibp_mean",)),
    Reading("PSYS", "mmHg", "pulmonary", ("monitor_pulmonary_systolic",)),
    Reading("PDIA", "mmHg", "pulmonary", ("monitor_pulmonary_diastolic",)),
    Reading("PMEAN", "mmHg", "pulmonary", ("monitor_pulmonary_mean",)),
    Reading("CVP", "mmHg", "venous", ("monitor_cvp",)),
    Reading("MV", "L/min", "airway", ("ventilator_minute_volume",), digits=1),
    Reading("TOF", "%", "neutral", ("train_of_four",), scale=100.0),
    Reading("glucose", "mg/dL", "glucose", ("cgm",)),
    Reading("trend", "mg/dL/min", "glucose", ("glucose_trend",), digits=1),
    Reading("SMBG", "mg/dL", "glucose", ("meter_glucose",)),
    Reading("IOB", "U", "insulin", ("insulin_on_board",), digits=2),
    Reading("basal", "U/h", "insulin", ("basal_command",), digits=2),
    Reading("bolus", "U", "insulin", ("bolus_total",), digits=2),
    Reading("reservoir", "U", "insulin", ("reservoir",)),
    Reading("BG", "mg/dL", "neutral", ("plasma_glucose",)),
)
_OF_BODY = ("TOF", "BG")
"""Numbers that no device shows, there beside those that one does."""
_OF_DRUGS = {"BIS": "bispectral_index", "TOF": "train_of_four"}
"""What drugs act on that a number of the body is about: nobody looks at it before one was given."""
_LEAST = {"insulin_on_board": -0.015}
"""What is below zero by no more than this, which is the last digit shown, is shown as zero: insulin on board is counted
from the basal rate, which a pump gives in whole steps. What is further below says that less was given, and is shown."""
_COLOURS = {
    "HR": "ecg", "SYS": "arterial", "DIA": "arterial", "MAP": "arterial", "NSYS": "nibp", "NDIA": "nibp",
    "SpO2": "pleth", "SaO2": "pleth", "etCO2": "co2", "RR": "respiration", "Temp": "temperature",
    "Vt": "airway", "Ppeak": "airway",
}  # fmt: skip
_PICTURE = (
    "left_ventricular_volume", "right_ventricular_volume", "lung_volume_left", "lung_volume_right",
    "arterial_saturation", "cardiac_output", "blood_volume",
)  # fmt: skip
BODY = tuple(dict.fromkeys((*_PICTURE, *twins.OF_BODY)))
"""What the picture of the body moves with and what devices are held against; no device shows it."""
_SIDES = ("very_low", "low", "high", "very_high")
_LIMITED = {
    "HR": "heart_rate", "SpO2": "saturation", "MAP": "pressure", "RR": "breathing", "etCO2": "carbon_dioxide",
    "Temp": "temperature",
}  # fmt: skip
LIMITS = {name: {side: f"{of}_{side}" for side in _SIDES} for name, of in _LIMITED.items()} | {
    "glucose": {"low": "low_limit", "high": "high_limit"}
}
"""Settings of the alarm system that stand beside a number, where it has them."""
_ABOUT = {
    "heart rate": "HR", "asystole": "HR", "ventricular": "HR",
    "pressure": "MAP", "saturation": "SpO2", "breathing": "RR", "carbon dioxide": "etCO2",
    "temperature": "Temp", "oximeter": "SpO2", "apnoea": "RR", "urgent low": "glucose", "low glucose": "glucose",
    "high glucose": "glucose", "sensor signal": "glucose", "reservoir": "reservoir",
}  # fmt: skip
"""The number that an alarm is about, by how its name begins."""


@dataclasses.dataclass(frozen=True)
class View:
    """What is shown of one bed."""

    traces: tuple[Trace, ...]
    numbers: vitals.View
    devices: Mapping[str, tuple[str, ...]]
    """What every device shows, by its name; alarms are listed instead (`alarms_at`)."""
    body: tuple[str, ...]
    alarm_system: str
    valid: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """What says of a source of a device whether it is a reading, where something does."""

    @property
    def record(self) -> tuple[str, ...]:
        """Every source that is needed, once."""
        shown = [f"{part}.{signal}" for part, signals in self.devices.items() for signal in signals]
        return tuple(
            dict.fromkeys(
                [*(s for t in self.traces for s in (t.source, t.valid) if s), *self.numbers.record, *shown, *self.body]
            )
        )

    def described(self, page_s: float, period_s: float, controls: Container[str]) -> dict[str, Any]:
        """The screen, as the interface says it; beside numbers stand those limits that are among the controls."""
        waves = [
            {
                "id": t.id, "label": t.label, "unit": t.unit, "colour": t.colour, "low": t.low, "high": t.high,
                "rate_hz": round(1.0 / period_s, 6), "window_s": _WIDE_MM / t.sweep_mm_s, "offset": t.scale[0],
                "scale": t.scale[1], "inverted": t.inverted, "number": t.number or None, "counts": t.counts,
            }
            for t in self.traces
        ]  # fmt: skip
        return {"waves": waves, "numbers": [self._number(n, controls) for n in self.numbers.readings], "page_s": page_s}

    def _number(self, name: str, controls: Container[str]) -> dict[str, Any]:
        reading, source, _ = self.numbers.readings[name]
        own = {side: f"{self.alarm_system}.{field}" for side, field in LIMITS.get(name, {}).items()}
        limits = {f"{side}_control": own[side] if own.get(side, "") in controls else None for side in _SIDES}
        return {
            "id": name, "label": name, "unit": reading.unit, "colour": _COLOURS.get(name, reading.colour),
            "digits": reading.digits, "wave": next((t.id for t in self.traces if t.number == name), None),
            "of_body": name in self.numbers.of_body, "source": source, "limits": limits,
            "of_drugs": name in self.numbers.of_body and name in _OF_DRUGS,
        }  # fmt: skip


def view_of(bed: Bed) -> View:
    """What can be shown of a bed. A trace is there where a device reads or shows it; all are if there is no device."""
    body, devices = _shows(bed.models), _shows(bed.devices)
    source = {s: f"{part}.{s}" for shows in (body, devices) for part, signals in shows.items() for s in signals}
    drawn = lambda signal: source.get(MEASURED_AT.get(signal, ""), source[signal])
    seen = {p.signal for d in bed.devices.values() for p in port_list(input_template(d))}
    seen |= {s for signals in devices.values() for s in signals}
    there = lambda t: t.id in source and (not bed.devices or (t.read_by or t.id) in seen)
    numbers = vitals.view_of(bed, (), tuple(r for r in (*vitals.READINGS, *_EXTRA) if _is_shown(r, devices)))
    systems = [name for name, signals in devices.items() if "alarm_priority" in signals]
    return View(
        tuple(
            dataclasses.replace(t, source=drawn(t.id), valid=source.get(VALID.get(t.id, ""), ""))
            for t in TRACES
            if there(t)
        ),
        numbers,
        {part: tuple(s for s in signals if not s.startswith(STATE_OF_ALARM)) for part, signals in devices.items()},
        tuple(source[s] for s in BODY if s in source),
        systems[0] if systems else "",
        dict(_validities(devices)),
    )


def _validities(devices: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """What devices show, each with what says whether it is a reading: the device itself, or else another one."""
    for part, signal in ((part, signal) for part, signals in devices.items() for signal in signals):
        flag = VALID.get(signal)
        by = next((name for name in (part, *devices) if flag in devices[name]), None)
        if by is not None:
            yield f"{part}.{signal}", f"{by}.{flag}"


def _is_shown(reading: Reading, devices: Mapping[str, tuple[str, ...]]) -> bool:
    """Numbers that only some device has are there with it; the usual ones always, as the body has them."""
    shown = {s for signals in devices.values() for s in signals}
    return reading not in _EXTRA or reading.name in _OF_BODY or bool(shown.intersection(reading.sources))


def _shows(parts: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(p.signal for p in port_list(output_template(part))) for name, part in parts.items()}


def off(view: View, drugs: Container[str]) -> frozenset[str]:
    """Numbers of the body that are not looked at yet, for none of the drugs that were given acts on them."""
    return frozenset(
        name
        for name, on in _OF_DRUGS.items()
        if name in view.numbers.of_body and not any(drug in drugs for drug in _acting(on))
    )


@functools.cache
def _acting(on: str) -> tuple[str, ...]:
    """Drugs that act on something (`vocab.drugs.format.TARGETS`)."""
    effects = lambda drug: (*drug.effects, *(effect for model in drug.kinetics.values() for effect in model.effects))
    return tuple(name for name, drug in DRUGS.items() if any(effect.on == on for effect in effects(drug)))


def numbers_at(
    view: View, piece: Mapping[str, np.ndarray], at: int = -1, unseen: Container[str] = ()
) -> dict[str, float | None]:
    """Every number at a sample of what was recorded (`time`), rounded as it is shown; nothing where nothing holds, and
    of those that are not looked at."""
    out: dict[str, float | None] = {}
    for name, (reading, source, _) in view.numbers.readings.items():
        if name in unseen:
            out[name] = None
            continue
        value = vitals.shown(view.numbers, name, piece, at)
        value = _from_zero(source.partition(".")[2], value)
        out[name] = round(value, reading.digits) + 0.0 if np.isfinite(value) else None  # + 0.0: no zero is below zero
    return out


def alarms_at(
    view: View, piece: Mapping[str, np.ndarray], at: int = -1, before: Iterable[Mapping[str, Any]] = ()
) -> list[dict[str, Any]]:
    """Alarms that stand, the most urgent first; `before` are those of the page before."""
    said = {a["text"] for a in before}
    return [
        {"id": a.name.replace(": ", "_").replace(" ", "_"), "priority": a.priority, "text": a.name,
         "text_ko": korean(a.name), "acknowledged": a.acknowledged, "latched": a.latched,
         "numbers": [number for words, number in _ABOUT.items() if a.name.startswith(words)]}
        for a in vitals.alarms(view.numbers, piece, at, said)
    ]  # fmt: skip


def pause_left_s(view: View, piece: Mapping[str, np.ndarray], at: int = -1) -> float:
    """How long the sound of alarms is paused still."""
    left = piece.get(f"{view.alarm_system}.alarm_pause_left")
    return 0.0 if left is None else float(left[at])


def devices_at(view: View, piece: Mapping[str, np.ndarray], at: int = -1) -> dict[str, dict[str, float | None]]:
    """What every device shows at a sample; nothing for what is no reading."""
    return {
        part: {s: _finite(_reading(view, f"{part}.{s}", piece, at), _figures(s)) for s in signals}
        for part, signals in view.devices.items()
    }


def _reading(view: View, source: str, piece: Mapping[str, np.ndarray], at: int) -> float:
    """What a device shows, or no number where that is no reading."""
    signal, value = source.partition(".")[2], float(piece[source][at])
    if signal in NEVER_ZERO and value == 0.0:
        return np.nan
    if source in view.valid and piece[view.valid[source]][at] < 0.5:
        return np.nan
    return _from_zero(signal, value)


def body_at(view: View, piece: Mapping[str, np.ndarray], at: int = -1) -> dict[str, float | None]:
    """What the picture of the body moves with."""
    return {source.split(".")[1]: _finite(piece[source][at]) for source in view.body}


def _from_zero(signal: str, value: float) -> float:
    """A value as it is shown: zero for what is less by steps of a device alone."""
    return 0.0 if _LEAST.get(signal, 0.0) <= value < 0.0 else value


def _figures(signal: str) -> int:
    """Of a running total so many that what is added in a minute can be told from it."""
    return 9 if signal.endswith("_total") else 5


def _finite(value: float, figures: int = 5) -> float | None:
    return float(f"{value:.{figures}g}") if np.isfinite(value) else None
