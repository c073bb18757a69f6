"""Doses of a file that nobody would give: many times the largest single dose and infusion of `controls.toml`."""

from collections.abc import Iterator, Sequence

from twinbed.studies.acute.bedside import EventSpec
from twinbed.studies.acute.study import AcuteStudy
from twinbed.vocab.drugs.person import Person
from twinbed.vocab.signals import signal as signal_of
from twinbed.ward import dosing
from twinbed.ward.controls import largest_dose
from twinbed.ward.spoken import Spoken, lasting

_TIMES = 2.0
"""How many times the most that is usual is told."""
_SECONDS_PER_MINUTE, _MINUTES_PER_HOUR = 60.0, 60.0
_COMMAND, _RATE = "_command", "_rate"


def unusual(events: Sequence[EventSpec], person: Person, where: str = "events") -> Iterator[str]:
    """A sentence for each dose that is more than twice what is given at most, as in a mistake of units.

    At most is given the largest single dose, once an hour, and beside it the largest infusion where a label names one.

    Args:
        events: what happens.
        person: to whom.
        where: the place in the file, for the sentences.
    """
    for i, event in enumerate(events, 1):
        if sentence := _unusual(event, person):
            yield f"{where}[{i}] ({event.signal}): {sentence}"


def unusual_in(study: AcuteStudy, person: Person) -> Iterator[str]:
    """The same for every arm of a study; what happens to everybody is told once."""
    yield from unusual(study.events, person)
    for arm in study.arms:
        yield from unusual(arm.events, person, f"arms ({arm.name}).events")


def _unusual(event: EventSpec, person: Person) -> str:
    commanded = event.signal.endswith(_COMMAND)
    signal = event.signal.removesuffix(_COMMAND) + _RATE if commanded else event.signal
    own = largest_dose(signal)
    if own is None:
        return ""
    dose, minutes = _given(event, person, commanded)
    infused = dosing.infusion(own, person)
    most = own["high"] * max(1.0, minutes / _MINUTES_PER_HOUR) + infused.value * minutes
    if dose <= _TIMES * most:
        return ""
    said = lambda value, unit: Spoken(unit).said(value)  # in the unit in which files give it
    unit = signal_of(signal).dose_unit or ""
    usual = f"{said(own['high'], unit)} at once"
    if infused.value > 0.0:
        usual += f" and {said(infused.value, 'mg/min')} beside it ({infused.why})"
    given = lasting(said(dose, unit), minutes * _SECONDS_PER_MINUTE, dose=True)
    return f"{given} is {dose / most:.2g} times the most that is given at a bedside, {usual}; is the unit right?"


def _given(event: EventSpec, person: Person, commanded: bool) -> tuple[float, float]:
    """What is given in all and over how many minutes; of what a pump gives, what it gives in an hour at most."""
    amount = event.amount if event.dose_mg_per_kg is None else event.dose_mg_per_kg * person.weight_kg
    assert amount is not None  # every event has one: `check_events`
    if not commanded:
        return amount, (event.lasts or 0.0) / _SECONDS_PER_MINUTE
    minutes = _MINUTES_PER_HOUR if event.lasts is None else min(event.lasts / _SECONDS_PER_MINUTE, _MINUTES_PER_HOUR)
    return amount * minutes, minutes
