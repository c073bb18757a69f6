"""Which source feeds which input: coupling by the name of the signal, links where needed."""

import dataclasses

from twinbed.core.component import input_template, output_template, port_list
from twinbed.core.endpoint import AbstractEndpoint
from twinbed.core.errors import WiringError
from twinbed.core.quantities import Port
from twinbed.engine.bed import Bed
from twinbed.vocab.signals import signal as signal_of

SCENARIO = "scenario"


@dataclasses.dataclass(frozen=True, order=True)
class Source:
    """A signal shown by one part, or fed by the scenario."""

    part: str
    signal: str

    def __str__(self) -> str:
        return f"{self.part}.{self.signal}"


@dataclasses.dataclass(frozen=True)
class Wiring:
    """For every part, the source of each of its inputs in order; a number is a rest value."""

    inputs: tuple[tuple[str, tuple[Source | float, ...]], ...]
    outputs: tuple[tuple[str, tuple[Source, ...]], ...]

    def feeds(self, part: str) -> tuple[Source | float, ...]:
        """The sources of a part's inputs, in order of declaration."""
        return dict(self.inputs)[part]

    def shows(self, part: str) -> tuple[Source, ...]:
        """The signals a part puts out, in order of declaration."""
        return dict(self.outputs).get(part, ())

    def sources(self, signal: str) -> list[Source]:
        """Every part that shows a signal."""
        return [s for _, shown in self.outputs for s in shown if s.signal == signal]


def couple(bed: Bed, scenario_signals: frozenset[str]) -> Wiring:
    """Finds the source of every input of a bed.

    Raises:
        WiringError: an input that nothing feeds or that several sources could feed, or a
            link that names nothing; the message lists the candidates.
    """
    outputs = {
        name: tuple(Source(name, p.signal) for p in port_list(output_template(part)))
        for name, part in bed.components.items()
        if not isinstance(part, AbstractEndpoint)
    }
    outputs[SCENARIO] = tuple(Source(SCENARIO, s) for s in sorted(scenario_signals))
    everything = [s for shown in outputs.values() for s in shown]
    links = dict(bed.links)
    wired = {
        name: tuple(_source(name, port, everything, links) for port in port_list(input_template(part)))
        for name, part in bed.components.items()
    }
    if links:
        raise WiringError(f"links to inputs that do not exist: {', '.join(sorted(links))}")
    return Wiring(tuple(wired.items()), tuple(outputs.items()))


def _source(part: str, port: Port, everything: list[Source], links: dict[str, str]) -> Source | float:
    target = f"{part}.{port.signal}"
    if target in links:
        return _linked(target, links.pop(target), port, everything)
    found = [s for s in everything if s.signal == port.signal and s.part != part]
    if len(found) == 1:
        return found[0]
    if found:
        raise WiringError(
            f'{target} could be fed by {", ".join(map(str, found))}: say which with a link, "{target}" = "{found[0]}"'
        )
    if port.rest is not None:
        return port.rest
    unit = signal_of(port.signal).unit
    same_unit = [str(s) for s in everything if signal_of(s.signal).unit == unit and s.part != part]
    raise WiringError(
        f"nothing feeds {target} ({unit}): add a part that shows {port.signal}"
        + (f", or link one of {', '.join(same_unit)}" if same_unit else "")
    )


def _linked(target: str, source: str, port: Port, everything: list[Source]) -> Source:
    found = [s for s in everything if source in (str(s), s.signal)]
    if len(found) != 1:
        what = "names nothing" if not found else f"could be {', '.join(map(str, found))}"
        raise WiringError(f"the link {target} = {source} {what}; the bed shows {', '.join(map(str, everything))}")
    if signal_of(found[0].signal).unit != signal_of(port.signal).unit:
        raise WiringError(
            f"the link {target} = {found[0]} joins {signal_of(found[0].signal).unit} to {signal_of(port.signal).unit}"
        )
    return found[0]
