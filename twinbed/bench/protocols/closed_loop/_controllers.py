"""Controllers that are tested by name: twinbed's own, and the same with faults that occur in practice.

All are one make with other settings, so that they compile once.
"""

from twinbed.bench.glucose.settings import with_settings
from twinbed.bench.protocols.closed_loop._bed import Device, in_a_bed
from twinbed.devices.delivery.insulin_pump import InsulinPump
from twinbed.devices.software.pid import Pid


def stacks() -> Pid:
    """Gains too high, nothing is fed back, and insulin on board is forgotten as early as may be set."""
    settings = {
        "gain_divisor": 500.0, "max_share": 10.0, "correction_time": 5.0, "low_limit": 0.0, "skin_weight": 0.0,
        "plasma_weight": 0.0, "effective_weight": 0.0, "action_peak": 25.0, "action_duration": 300.0,
    }  # fmt: skip
    return with_settings(Pid(), settings)


def devices() -> dict[str, Device]:
    """By name."""
    return {
        "good": in_a_bed(Pid()),
        "bad": in_a_bed(stacks()),
        # Goes on with the last command, however old the last reading is.
        "bad_blind": in_a_bed(with_settings(Pid(), {"sensor_timeout": 1440.0})),
        # Its pump keeps the last command for as long as it hears nothing.
        "bad_deaf": in_a_bed(Pid(), with_settings(InsulinPump(), {"communication_timeout": 1440.0})),
        # Hardly acts at all.
        "bad_slow": in_a_bed(with_settings(Pid(), {"gain_divisor": 1e5, "max_share": 1.05})),
    }
