"""The twin of every device: what was asked of it, what it reports, and what the model of the patient says of the same.

`desired` is what was asked for and is in force, `reported` what the device shows (nothing where that is no reading),
`estimated` the same quantity in the virtual patient, which nobody at a real bedside knows. What a pump gives is a mean
over the last pages, for a plunger sticks and slips; over a minute that mean is off by a slip at most (0.3 mL/h of the
syringe pump's 0.005 mL), besides the tenth that a rate may differ by, in which its stated accuracy of 2 % is.
"""

import dataclasses
import types
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from twinbed.core.device import AbstractDevice, innermost
from twinbed.core.scenario import Scenario
from twinbed.vocab.drugs import DRUGS

Says = Mapping[str, Mapping[str, float | None]]
"""What every device shows."""
KEPT_PAGES = 61
"""Pages over which rates of pumps are taken."""
_LEAST_PAGES = 10
_BEATS_PAGES = 30
_MODE = "ventilator_mode_set"
_STANDBY = "ventilator_standby"
_VCV, _PCV, _PRVC, _SIMV = 1.0, 2.0, 3.0, 4.0


@dataclasses.dataclass(frozen=True)
class Quantity:
    """Something that a device shows, with what else is known of it."""

    id: str
    """The signal that it is, with its unit."""
    desired: str = ""
    """The control with which it is asked for."""
    estimated: str = ""
    """What it is in the patient, or in the line to the patient."""
    scale: float = 1.0
    """Of `estimated` to the unit."""
    within: float = 0.0
    share: float = 0.0
    """By how much two of them may differ: so much in the unit, or this share of the larger, whichever is more."""
    modes: tuple[float, ...] = ()
    """Of a ventilator, in which what is asked for is in force; any if there is none."""
    total: str = ""
    """The running total of which it is the rate, where the device shows that; per `per_s`."""
    per_s: float = 60.0
    over_pages: int = 1
    """Over how many pages means are compared: a heart's beats differ, and devices average some of them."""
    least_pages: int = _LEAST_PAGES
    """With fewer the rate is not told: a plunger that slips is off by a slip."""

    def differ(self, *values: float | None, slip: float = 0.0) -> bool:
        """Whether these differ, if all are known, by more than they may and a plunger's slip makes."""
        if None in values:
            return False
        known = [v for v in values if v is not None]
        return max(known) - min(known) > slip + max(self.within, self.share * max(abs(v) for v in known))


QUANTITIES = (
    Quantity("ventilator_tidal_volume", "ventilator_tidal_volume_set", share=0.1, modes=(_VCV, _PRVC)),
    Quantity("ventilator_rate", "ventilator_rate_set", within=1.0, modes=(_VCV, _PCV, _PRVC)),
    Quantity("ventilator_total_peep", "ventilator_peep_set", within=2.0),
    Quantity("inspired_oxygen", "ventilator_oxygen_set", within=0.03),
    Quantity("spo2", estimated="arterial_saturation", scale=100.0, within=4.0),  # ISO 80601-2-61
    Quantity("pulse_rate", estimated="heart_rate", within=5.0, over_pages=_BEATS_PAGES),
    Quantity("monitor_heart_rate", estimated="heart_rate", within=5.0, over_pages=_BEATS_PAGES),  # IEC 60601-2-27
    Quantity("watch_heart_rate", estimated="heart_rate", share=0.1, over_pages=_BEATS_PAGES),  # ANSI/CTA-2065
    Quantity("body_temperature", estimated="core_temperature", within=0.3),  # ISO 80601-2-56
    Quantity("cgm", estimated="plasma_glucose", within=20.0, share=0.2),  # the 20/20 of 21 CFR 862.1355
    *(Quantity(f"{d}_rate", f"{d}_command", share=0.1, total=f"{d}_delivered_total", least_pages=KEPT_PAGES)
      for d in DRUGS),
    Quantity("insulin_rate", estimated="insulin_delivered_total", within=0.1, share=0.1,
             total="insulin_reported_total", per_s=3600.0),
)  # fmt: skip
"""What devices have a twin of; how far they may differ is a choice, but for where a standard stands beside it."""
OF_BODY = tuple(dict.fromkeys(q.estimated for q in QUANTITIES if q.estimated and not q.total))
"""What of the patient they are held against."""


@dataclasses.dataclass(frozen=True)
class Twin:
    """One quantity of a device."""

    id: str
    desired: float | None
    reported: float | None
    estimated: float | None
    since_s: float | None
    """Since when `desired` is asked for; 0 as configured, nothing where nothing is."""
    differs: bool
    """Whether what is reported is not what was asked for (or nothing at all), or not what is in the patient."""


@dataclasses.dataclass(frozen=True)
class Seen:
    """What is known of a bed at the end of a page."""

    t_s: float
    devices: Says
    body: Mapping[str, float | None]


def slip_of(device: AbstractDevice) -> float:
    """By how much of its drug (mg) what a pump gave may be off at any time, for its plunger sticks and slips."""
    slip_ml, mg_ml = (getattr(innermost(device), name, 0.0) for name in ("slip", "concentration"))
    return float(np.ravel(slip_ml)[0]) * float(np.ravel(mg_ml)[0])


def twins(
    recent: Sequence[Seen], scenario: Scenario, now: Callable[[str], float | None],
    slips: Mapping[str, float] = types.MappingProxyType({}),
) -> dict[str, list[Twin]]:  # fmt: skip
    """The twins of every device that has one.

    Args:
        recent: the last pages, the present one at the end.
        scenario: what happens at the bed, with all that was granted.
        now: what a control stands at; nothing where there is none.
        slips: `slip_of` the devices that slip.
    """
    if not recent:
        return {}
    found = {
        part: [*_of(part, shows, recent, scenario, now, slips.get(part, 0.0))]
        for part, shows in recent[-1].devices.items()
    }
    return {part: own for part, own in found.items() if own}


def _of(
    part: str, shows: Mapping[str, float | None], recent: Sequence[Seen], scenario: Scenario,
    now: Callable[[str], float | None], slip: float,
) -> Iterator[Twin]:  # fmt: skip
    here = recent[-1]
    seen_s = here.t_s - recent[0].t_s
    for quantity in QUANTITIES:
        if (quantity.total or quantity.id) not in shows:
            continue
        desired = now(quantity.desired) if quantity.desired and _is_in_force(quantity, now) else None
        since_s = None if desired is None else _since_s(scenario, quantity.desired, here.t_s)
        reported, compared, estimated = _told(quantity, part, recent, since_s or 0.0)
        if desired is not None or estimated is not None:
            is_missing = desired is not None and reported is None and not quantity.total
            off = slip / seen_s * quantity.per_s if quantity.total and seen_s > 0.0 else 0.0
            differs = is_missing or any(
                quantity.differ(*pair, slip=off) for pair in ((desired, reported), (compared, estimated))
            )
            yield Twin(quantity.id, desired, reported, estimated, since_s, differs)


def _told(
    of: Quantity, part: str, recent: Sequence[Seen], since_s: float
) -> tuple[float | None, float | None, float | None]:
    """What a device reports, what of it is held against the patient, and what that is in the patient."""
    if of.total:
        reported, estimated = (_rate(of, part, total, recent, since_s) for total in (of.total, of.estimated))
        return reported, reported, estimated
    last = recent[-of.over_pages :]
    raw = _mean([seen.body.get(of.estimated) for seen in last])
    compared = _mean([seen.devices[part].get(of.id) for seen in last])
    return last[-1].devices[part][of.id], compared, None if raw is None else raw * of.scale


def _mean(values: Sequence[float | None]) -> float | None:
    """Of what is known; nothing where the last one is not."""
    known = [v for v in values if v is not None]
    return None if values[-1] is None else sum(known) / len(known)


def _is_in_force(quantity: Quantity, now: Callable[[str], float | None]) -> bool:
    """Whether what is asked for is to be: not in another mode of a ventilator, and not in standby."""
    if quantity.desired.startswith("ventilator_") and now(_STANDBY) == 1.0:
        return False
    return not quantity.modes or now(_MODE) in quantity.modes


def _since_s(scenario: Scenario, control: str, t_s: float) -> float:
    own = (e for e in scenario.events if e.signal == control)
    return max((e.start_s for e in own if e.start_s <= t_s < e.start_s + e.duration_s), default=0.0)


def _rate(of: Quantity, part: str, total: str, recent: Sequence[Seen], since_s: float) -> float | None:
    """The mean rate of a running total since something was asked for, over the pages that are kept."""
    told = [(seen.t_s, seen.devices[part].get(total)) for seen in recent if seen.t_s >= since_s]
    known = [(t_s, value) for t_s, value in told if value is not None]
    if len(known) < of.least_pages:
        return None
    (first_s, first), (last_s, last) = known[0], known[-1]
    return (last - first) / (last_s - first_s) * of.per_s
