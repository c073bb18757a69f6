"""Links that are taken for granted where several parts show the same signal, unless a bed says otherwise.

- Breathing machines stand in a row: the air around, ventilators, then what is put between (a bag). The lungs
  breathe from the last of the row; every machine has the gas, pressure and resistance of the one before it.
- Where several pumps show their alarms, what watches a pump watches the first that was given, and what watches a second
  and a third one those that were given then.
- The line of a patient monitor lies in the radial artery where the patient has one.
"""

from collections.abc import Mapping

from twinbed.core.component import input_template, output_template, port_list
from twinbed.core.device import AbstractDevice
from twinbed.core.model import AbstractModel

_AIRWAY = ("circuit_pressure", "circuit_resistance", "inspired_oxygen")
_PUMPS = ("pump_alarm", "pump_flow", "pump_left", "pump_pressure", "pump_volume_total")

MEASURED_AT = {"arterial_pressure": "radial_pressure"}
"""Where the line of a monitor lies, for what it reads, if the patient has that."""
_OTHERS = ("second_pump_alarm", "third_pump_alarm")


def default_links(models: Mapping[str, AbstractModel], devices: Mapping[str, AbstractDevice]) -> dict[str, str]:
    """The links of parts by name that are taken for granted (see the top of this file)."""
    parts = {**models, **devices}
    shows = {name: _signals(output_template(part)) for name, part in parts.items()}
    reads = {name: _signals(input_template(part)) for name, part in parts.items()}
    machines = [n for n in devices if "circuit_pressure" in shows[n]]
    between = [n for n in machines if "circuit_pressure" in reads[n]]
    row = [*models, *(n for n in machines if n not in between), *between]
    links: dict[str, str] = {}
    for signal in _AIRWAY:
        sources = [n for n in row if signal in shows[n]]
        for reader in (n for n in parts if signal in reads[n] and len(sources) > 1):
            before = sources[: sources.index(reader)] if reader in sources else sources
            if before:
                links[f"{reader}.{signal}"] = f"{before[-1]}.{signal}"
    for signal in _PUMPS:
        sources = [n for n in devices if signal in shows[n]]
        links |= {f"{n}.{signal}": f"{sources[0]}.{signal}" for n in parts if signal in reads[n] and len(sources) > 1}
    monitors = [n for n in devices if "monitor_systolic" in shows[n]]
    for signal, measured in MEASURED_AT.items():
        there = [f"{n}.{measured}" for n in models if measured in shows[n]][:1]
        links |= {f"{n}.{signal}": source for n in monitors if signal in reads[n] for source in there}
    pumps = [n for n in devices if "pump_alarm" in shows[n]]
    for signal, pump in zip(_OTHERS, pumps[1:], strict=False):
        links |= {f"{n}.{signal}": f"{pump}.pump_alarm" for n in parts if signal in reads[n]}
    return links


def _signals(template: object) -> set[str]:
    return {port.signal for port in port_list(template)}
