"""What drugs, fluids and blood are being given at a bed and were, with by what and how much so far.

What is given at once or over a time follows from what was asked for and from what the bed's file has; what pumps give
is what they themselves say.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping

from twinbed.core.scenario import Scenario
from twinbed.vocab.drugs import DRUGS
from twinbed.vocab.fluids import FLUIDS, labels
from twinbed.vocab.signals import signal as signal_of
from twinbed.ward.controls import Control, spoken_of
from twinbed.ward.spoken import Spoken

_TOTAL = "_delivered_total"
_MINUTE_S = 60.0
_INSULIN = "insulin", "Insulin", "인슐린"
Says = Mapping[str, Mapping[str, float | None]]
"""What every device shows."""


@dataclasses.dataclass(frozen=True)
class Given:
    """A drug that is being given or was, by one way."""

    id: str
    """The drug, or the signal of a fluid."""
    label: str
    label_ko: str
    device: str
    """The pump; empty where it is given by hand."""
    total: float
    """So far, in the unit of `amount`."""
    amount: Spoken
    rate: float | None = None
    """At which it is being given or is set to be, in the unit of `pace`; nothing where nothing is given."""
    pace: Spoken = Spoken("")
    target: bool = False
    """Whether the rate is the pump's own, to reach a concentration, which is what `rate` has."""
    last_s: float | None = None
    """When it was given last, where it is known."""


def given(
    controls: Mapping[str, Control], scenario: Scenario, says: Says, now: Callable[[str], float | None], t_s: float
) -> list[Given]:
    """All that is being given and was: by pumps, then by hand.

    Args:
        controls: of the bed.
        scenario: what happens at it, with all that was granted.
        says: what every device shows.
        now: what a control stands at.
        t_s: the moment.
    """
    return [*_by_pumps(controls, says, now), *_doses(controls, scenario, says, t_s)]


def so_far(scenario: Scenario, says: Says, t_s: float) -> frozenset[str]:
    """The drugs of which anything was given before a moment, by name."""
    asked = {e.signal.partition("_")[0] for e in scenario.events if e.start_s < t_s and e.amount > 0.0}
    pumped = {s.removesuffix(_TOTAL) for shows in says.values() for s, v in shows.items() if s.endswith(_TOTAL) and v}
    return frozenset((asked | pumped) & DRUGS.keys())


def _by_pumps(controls: Mapping[str, Control], says: Says, now: Callable[[str], float | None]) -> Iterator[Given]:
    for part, shows in says.items():
        for signal, total in shows.items():
            drug = signal.removesuffix(_TOTAL)
            if not signal.endswith(_TOTAL) or total is None:
                continue
            set_to = next((c for what in ("command", "target") if (c := controls.get(f"{drug}_{what}"))), None)
            rate, pace, is_target = shows.get(f"{drug}_rate"), signal_of(f"{drug}_rate").unit, False
            if drug == _INSULIN[0]:
                rate = next((s["basal_command"] for s in says.values() if "meal_bolus" in s), rate)
            elif set_to is not None and set_to.device == part:
                rate, pace, is_target = now(set_to.id), set_to.unit, set_to.id.endswith("_target")
            if total > 0.0 or rate:
                label, label_ko = labels(drug) or _INSULIN[1:]
                own = f"{drug}_rate" if drug in FLUIDS else drug  # by hand it is given as itself
                yield Given(
                    own, label, label_ko, part, total, spoken_of(signal, signal_of(signal).unit), rate or None,
                    spoken_of(f"{drug}_rate", pace), is_target,
                )  # fmt: skip


def _doses(controls: Mapping[str, Control], scenario: Scenario, says: Says, t_s: float) -> Iterator[Given]:
    """What was given at once or over a time: by hand, but for a bolus of insulin where a pump gives it."""
    insulin_pump = next((part for part, shows in says.items() if f"{_INSULIN[0]}{_TOTAL}" in shows), "")
    for control in controls.values():
        if control.group != "drug" or control.kind != "dose":
            continue
        begun = [e for e in scenario.events if e.signal == control.id and e.start_s < t_s and e.amount > 0.0]
        if not begun:
            continue
        goes_on = [e for e in begun if t_s < e.start_s + e.duration_s]
        share = lambda e: min((t_s - e.start_s) / e.duration_s, 1.0) if e.duration_s > 0.0 else 1.0
        rate = sum(_MINUTE_S * e.amount / e.duration_s for e in goes_on)
        drug, amount = control.id.removesuffix("_rate"), control.spoken
        yield Given(
            drug if drug in DRUGS else control.id, control.label, control.label_ko,
            insulin_pump if control.id == "injection" else "",
            sum(e.amount * share(e) for e in begun), amount, rate or None,
            dataclasses.replace(amount, unit=f"{amount.unit}/min"),
            last_s=max(min(t_s, e.start_s + e.duration_s) for e in begun),
        )  # fmt: skip
