"""What a bedside shows: waves and vital signs, from devices if they are there, else from the body itself.

Colours are those that monitors commonly have: electrocardiogram green, arterial pressure red, plethysmogram cyan,
carbon dioxide yellow.
"""

import dataclasses
import sys
from collections.abc import Container, Iterator, Mapping, Sequence

import numpy as np

from twinbed.core.component import input_template, output_template
from twinbed.core.device import AbstractDevice, innermost
from twinbed.core.scenario import Event
from twinbed.engine.bed import Bed
from twinbed.engine.couple import port_list
from twinbed.engine.links import MEASURED_AT
from twinbed.physiology.cardiovascular.conduction import RHYTHMS
from twinbed.studies.acute.bedside import FOREVER_S
from twinbed.studies.acute.report.words import called, state
from twinbed.vocab.signals import signal as signal_of
from twinbed.vocab.units import label

PERIOD_S = 0.01
"""How often waves are sampled."""


@dataclasses.dataclass(frozen=True)
class Reading:
    """A number that is shown, and where it is read; `VALID` has what says whether it holds."""

    name: str
    unit: str
    colour: str
    sources: tuple[str, ...]
    """Signals by preference; the last may be the body's own."""
    digits: int = 0
    scale: float = 1.0


@dataclasses.dataclass(frozen=True)
class Wave:
    """A curve that is shown, with the reading beside it."""

    name: str
    unit: str
    colour: str
    source: str
    read_by: str
    """The wave is shown where a device reads this signal."""
    readings: tuple[str, ...]
    window_s: float = 6.0
    span: tuple[float, float] | None = None
    """What it shows at least; without, as much as there is."""
    step: float = 0.0
    """Its bottom and top are whole multiples of this, if it is not zero."""
    upside_down: bool = False


READINGS = (
    Reading("HR", "/min", "green", ("monitor_heart_rate", "pulse_rate", "heart_rate")),
    Reading("SYS", "mmHg", "red", ("monitor_systolic",)),
    Reading("DIA", "mmHg", "red", ("monitor_diastolic",)),
    Reading("MAP", "mmHg", "red", ("monitor_mean", "nibp_mean", "arterial_pressure")),
    Reading("NSYS", "mmHg", "magenta", ("nibp_systolic",)),
    Reading("NDIA", "mmHg", "magenta", ("nibp_diastolic",)),
    Reading("SpO2", "%", "cyan", ("spo2",)),
    Reading("SaO2", "%", "cyan", ("arterial_saturation",), scale=100.0),
    Reading("etCO2", "mmHg", "yellow", ("etco2",)),
    Reading("RR", "/min", "yellow", ("capnograph_rate", "monitor_respiratory_rate", "respiratory_rate")),
    Reading("Temp", "°C", "white", ("body_temperature", "core_temperature"), digits=1),
    Reading("Vt", "mL", "blue", ("ventilator_tidal_volume",)),
    Reading("Ppeak", "cmH2O", "blue", ("ventilator_peak_pressure",)),
    Reading("BIS", "", "white", ("bis_shown", "bispectral_index")),
)
_OF_BREATHS = ("peak_pressure", "plateau_pressure", "mean_pressure", "total_peep", "tidal_volume", "compliance", "leak")
VALID = {
    "nibp_systolic": "nibp_valid",
    "nibp_mean": "nibp_valid",
    "nibp_diastolic": "nibp_valid",
    "spo2": "spo2_valid",
    "bis_shown": "bis_valid",
    "monitor_heart_rate": "monitor_heart_rate_valid",
    "monitor_systolic": "monitor_pressure_valid",
    "monitor_mean": "monitor_pressure_valid",
    "monitor_diastolic": "monitor_pressure_valid",
    "monitor_respiratory_rate": "monitor_respiratory_rate_valid",
    "watch_heart_rate": "watch_valid",
    "watch_ecg": "watch_ecg_valid",
    "cgm": "cgm_current",
    "glucose_trend": "glucose_trend_valid",
    **{f"ventilator_{name}": "ventilator_valid" for name in _OF_BREATHS},
}
"""What a device shows, and the signal that says whether that is a reading."""
NEVER_ZERO = ("pulse_rate", "monitor_pulse_rate", "meter_glucose")
"""What is zero as long as nothing was measured: where there is no pulse there is nothing to count."""
WAVES = (
    Wave("ECG II", "mV", "green", "ecg_ii", "ecg_ii", ("HR",), span=(-0.2, 1.0), step=0.2),
    Wave("ART", "mmHg", "red", "arterial_pressure", "arterial_pressure", ("SYS", "DIA", "MAP"), step=20.0),
    Wave("PLETH", "", "cyan", "ppg_infrared", "ppg_infrared", ("SpO2",), upside_down=True),
    Wave(
        "CO2", "mmHg", "yellow", "co2_wave", "airway_carbon_dioxide", ("etCO2", "RR"), 12.0, span=(0.0, 40.0), step=10.0
    ),
    Wave(
        "PAW",
        "cmH2O",
        "blue",
        "airway_pressure",
        "circuit_resistance",
        ("Ppeak", "Vt"),
        12.0,
        span=(0.0, 10.0),
        step=5.0,
    ),
)
_OF_SYSTEM = ("alarm_cause", "alarm_priority")
_ALARMS = (*_OF_SYSTEM, "ventilator_alarm", "pump_alarm", "apnoea_alarm")
STATE_OF_ALARM = "alarm_state_"
"""What the signals begin with that say of one alarm each how it stands: 0 off, 1 on, 2 acknowledged, 3 latched."""
_ACKNOWLEDGED, _LATCHED = 2, 3
_VENTILATOR = ("", "high pressure", "low pressure or disconnected", "apnoea", "low minute volume", "high PEEP")
_NEARLY_EMPTY = "pump nearly empty"
_OF_DEVICES = {
    "apnoea": ("apnoea_alarm", 0),
    "ventilator": ("ventilator_alarm", 0),
    **{
        f"{which}{name}": ("pump_alarm", k)
        for k, which in enumerate(("", "second ", "third "))
        for name in ("pump stopped", _NEARLY_EMPTY)
    },
}
"""Alarms of the alarm system that are those of a device: its signal, and which of the devices that show it."""
_PUMP = ("", "occlusion", "empty", "nearly empty", "air", "supply blocked")
_CODES = {"ventilator_alarm": _VENTILATOR, "pump_alarm": _PUMP}
"""Signals of devices that say more of an alarm, with their numbers in words."""
_LOW = "pump_alarm", _PUMP.index("nearly empty")
"""The one of low priority."""


@dataclasses.dataclass(frozen=True)
class Alarm:
    """An alarm that stands."""

    priority: int
    """From 1, low, to 3, high."""
    name: str
    acknowledged: bool
    latched: bool = False
    """Its condition is gone; it stays until somebody acknowledges it."""


@dataclasses.dataclass(frozen=True)
class Listed:
    """An alarm that an alarm system can have."""

    name: str
    priority: int
    source: str


@dataclasses.dataclass(frozen=True)
class View:
    """What of a bed is shown."""

    waves: tuple[Wave, ...]
    readings: Mapping[str, tuple[Reading, str, str]]
    """Reading, its source, and the source of what says whether it holds (or nothing), by name."""
    alarms: tuple[str, ...]
    """Sources of alarms."""
    of_body: frozenset[str]
    """Readings that no device shows."""
    listed: tuple[Listed, ...] = ()
    """The alarms of alarm systems, each with what says how it stands; the most urgent of a system first."""

    @property
    def record(self) -> tuple[str, ...]:
        """Every signal that is needed, once."""
        read = [name for _, *sources in self.readings.values() for name in sources if name]
        states = [alarm.source for alarm in self.listed]
        return tuple(dict.fromkeys([*(w.source for w in self.waves), *read, *self.alarms, *states]))


def view_of(bed: Bed, waves: Sequence[Wave] = WAVES, readings: Sequence[Reading] = READINGS) -> View:
    """What can be shown of a bed. Waves are shown where a device reads them, and all if there is no device."""
    shows = lambda parts: {p.signal: f"{n}.{p.signal}" for n, d in parts.items() for p in port_list(output_template(d))}
    devices, body = shows(_rarest_first(bed.devices)), shows(bed.models)
    source = body | devices
    used = {p.signal for d in bed.devices.values() for p in port_list(input_template(d))} | set(devices)
    seen = tuple(
        dataclasses.replace(w, source=source.get(MEASURED_AT.get(w.source, ""), source[w.source]))
        for w in waves
        if w.source in source and (not bed.devices or w.read_by in used)
    )
    known: dict[str, tuple[Reading, str, str]] = {}
    for reading in readings:
        by = next((s for s in reading.sources if s in devices), None)
        by = by or next((s for s in reading.sources if s in body), None)
        if by and not (reading.name == "SaO2" and "SpO2" in known):
            known[reading.name] = reading, source[by], devices.get(VALID.get(by, ""), "")
    of_body = frozenset(n for n, (_, s, _) in known.items() if s.split(".")[0] in bed.models)
    alarms = tuple(f"{n}.{s}" for n, d in bed.devices.items() for s in _signals(d) if s in _ALARMS)
    return View(seen, known, alarms, of_body, tuple(_listed(bed)))


def shown_by_devices(bed: Bed) -> tuple[str, ...]:
    """Everything that devices of a bed show, `device.signal`."""
    return tuple(f"{name}.{signal}" for name, device in bed.devices.items() for signal in _signals(device))


def _rarest_first(devices: Mapping[str, AbstractDevice]) -> dict[str, AbstractDevice]:
    """Devices in the order in which they are asked: of several that show a signal the one that does so most often."""
    return dict(sorted(devices.items(), key=lambda item: -innermost(item[1]).period_s))


def _listed(bed: Bed) -> Iterator[Listed]:
    """The alarms of every device that has a list of them in its file and shows how each stands."""
    for part, device in bed.devices.items():
        shown = set(_signals(device))
        for alarm in getattr(sys.modules[type(innermost(device)).__module__], "ALARMS", ()):
            signal = STATE_OF_ALARM + alarm.name.replace(" ", "_")
            if signal in shown:
                yield Listed(alarm.name, int(alarm.priority), f"{part}.{signal}")


def _signals(device: object) -> list[str]:
    return [p.signal for p in port_list(output_template(device))]  # pyright: ignore[reportArgumentType]


def shown(view: View, name: str, piece: Mapping[str, np.ndarray], at: int = -1) -> float:
    """A reading at a sample of what was recorded (`time`); no number where nothing holds."""
    if name not in view.readings:
        return np.nan
    reading, source, valid = view.readings[name]
    if valid and piece[valid][at] < 0.5:
        return np.nan
    if source.partition(".")[2] in NEVER_ZERO and piece[source][at] == 0.0:
        return np.nan
    if source.endswith(".arterial_pressure"):
        stop = at % len(piece[source]) + 1
        return float(np.mean(piece[source][max(0, stop - round(5.0 / PERIOD_S)) : stop]))
    return float(piece[source][at]) * reading.scale


def text(view: View, name: str, piece: Mapping[str, np.ndarray], at: int = -1) -> str:
    """A reading as it is shown; `--` where nothing holds."""
    value = shown(view, name, piece, at)
    if not np.isfinite(value):
        return "--"
    return f"{value:.{view.readings[name][0].digits}f}"


def alarms(view: View, piece: Mapping[str, np.ndarray], at: int = -1, before: Container[str] = ()) -> list[Alarm]:
    """Every alarm that stands, the most urgent first; what a device says more of stands in its words.

    Where an alarm system watches a device an alarm stands as long as it does there, for that is what sounds.

    Args:
        view: of what.
        piece: what was recorded (`time`).
        at: the sample.
        before: the names of the alarms that stood before: one that goes on after its device fell silent keeps its own.
    """
    found: list[Alarm] = []
    for listed in view.listed:
        state = int(piece[listed.source][at])
        if state:
            name = _in_words(view, listed.name, piece, at, before)
            found.append(Alarm(listed.priority, name, state == _ACKNOWLEDGED, state == _LATCHED))
    watched = {_watched(view, listed.name) for listed in view.listed}
    for source in view.alarms:
        part, signal = source.split(".")
        code = 0 if signal in _OF_SYSTEM or source in watched else int(piece[source][at])
        if code:
            found.append(Alarm(1 if (signal, code) == _LOW else 3, _of_device(part, signal, code), False))
    return sorted(found, key=lambda a: -a.priority)


def _watched(view: View, name: str) -> str:
    """Where the device says what an alarm of the system is about; nothing where there is no such device."""
    signal, which = _OF_DEVICES.get(name, ("", 0))
    sources = [s for s in view.alarms if s.partition(".")[2] == signal]
    return sources[which] if which < len(sources) else ""


def _in_words(view: View, name: str, piece: Mapping[str, np.ndarray], at: int, before: Container[str]) -> str:
    """An alarm of the system in the words of its device, now or else before."""
    part, _, signal = _watched(view, name).partition(".")
    if signal not in _CODES:
        return name
    codes = [
        k for k in range(1, len(_CODES[signal])) if signal != _LOW[0] or (k == _LOW[1]) == name.endswith(_NEARLY_EMPTY)
    ]
    now = int(piece[f"{part}.{signal}"][at])
    if now in codes:
        return _of_device(part, signal, now)
    return next((w for k in codes if (w := _of_device(part, signal, k)) in before), name)


def _of_device(part: str, signal: str, code: int) -> str:
    names = _CODES.get(signal, ("", "apnoea"))
    return f"{part}: {names[code] if code < len(names) else code}"


def happenings(events: Sequence[Event], *, until_s: float = FOREVER_S) -> Iterator[tuple[float, str]]:
    """What happens, in order, as (seconds, words)."""
    for event in sorted(events, key=lambda e: e.start_s):
        if event.start_s < until_s:
            yield event.start_s, in_words(event)


def in_words(event: Event) -> str:
    """An event in the words of a report, such as "Blood loss 600 mL in 3 min"."""
    known, name = signal_of(event.signal), called(event.signal)
    if event.signal == "rhythm":
        rhythm = next((n for n, k in RHYTHMS.items() if k == event.amount), event.amount)
        return f"{name}: {rhythm}".replace("_", " ")
    if event.signal.startswith("fault_"):
        share = "" if event.amount == 1.0 else f" {100.0 * event.amount:.3g} %"
        return known.label + share + _span(" for", event.duration_s)
    told = state(event.signal, event.amount)
    if told:
        return told + _span(" for", event.duration_s)
    if known.dose_unit is not None:
        return f"{name} {event.amount:.4g} {label(known.dose_unit)}{_span(' in', event.duration_s)}"
    unit = f" {label(known.unit)}" if label(known.unit) else ""
    return f"{name} {event.amount:.4g}{unit}{_span(' for', event.duration_s)}"


def _span(word: str, seconds: float) -> str:
    if seconds == 0.0 or seconds >= FOREVER_S:
        return ""
    return f"{word} {seconds / 60.0:.3g} min" if seconds >= 60.0 else f"{word} {seconds:.3g} s"


def clock(seconds: float) -> str:
    """A time as minutes and seconds, with hours where there are some."""
    hours, rest = divmod(round(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"
