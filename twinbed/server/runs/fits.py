"""Which devices of twinbed a protocol can test: those that feel what it gives and show what it judges.

Some protocols say so themselves when a device is put to them; of the others, which find out only while they run, the
signals that they play and read stand here.
"""

import functools
from collections.abc import Mapping
from typing import Any

from twinbed.bench import find
from twinbed.core import discover
from twinbed.core.component import input_template, output_template
from twinbed.core.device import AbstractWrapper
from twinbed.core.errors import TwinbedError
from twinbed.engine.couple import port_list

_SIGNALS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "capnography": ("airway_carbon_dioxide", ("etco2",)),
    "closed_loop": ("cgm", ("basal_command",)),
    "ecg": ("ecg_ii", ("monitor_heart_rate",)),
    "glucose/blood_glucose_meter": ("plasma_glucose", ("meter_glucose",)),
    "glucose": ("interstitial_glucose", ("cgm", "cgm_valid")),
    "oximetry": ("ppg_infrared", ("spo2", "pulse_rate")),
    "respiration": ("thoracic_impedance", ("monitor_respiratory_rate", "monitor_respiratory_rate_valid")),
    "temperature": ("core_temperature", ("body_temperature",)),
    "wearable": ("arterial_pressure", ("watch_heart_rate", "watch_valid")),
}
"""What a device must feel and what it must show, by protocol or by the folder of protocols."""


@functools.cache
def fitting(protocol: str) -> tuple[str, ...]:
    """The devices, by id, that a protocol can test."""
    made = find.protocol(protocol)
    if made.attach is None:
        return ()
    return tuple(id_ for id_, device in _devices().items() if _fits(device, protocol, made.attach))


@functools.cache
def _devices() -> Mapping[str, Any]:
    """All devices that can be had without naming another one, which layers around devices cannot."""
    found: dict[str, Any] = {}
    for id_ in discover.ids("devices"):
        cls = discover.load(id_)
        if issubclass(cls, AbstractWrapper):
            continue
        try:
            found[id_] = cls()
        except TypeError:  # it needs to be told something, and the form has no place for that
            continue
    return found


def _fits(device: Any, protocol: str, attach: Any) -> bool:
    feels, shows = _SIGNALS.get(protocol) or _SIGNALS.get(protocol.partition("/")[0]) or ("", ())
    ports = lambda template: {port.signal for port in port_list(template)}
    if feels and not (feels in ports(input_template(device)) and ports(output_template(device)).issuperset(shows)):
        return False
    try:
        attach(device)
    except TwinbedError:  # the protocol itself says that it is none of its kind
        return False
    return True
