"""What a pump does when its line is closed and opened again.

The line is closed, pressure rises, the pump alarms; then the line is opened, and what was stored under pressure leaves
at once: the bolus after an occlusion. A pump that does not deliver before the line is closed shows none of this.

**References:**

- IEC 60601-2-24:2012, 201.12.4.4.104 (occlusion alarm threshold, time to alarm, bolus), from memory
- Dönmez, Araz & Kayhan (2005), Paediatr Anaesth 15(4):293, doi:10.1111/j.1460-9592.2005.01436.x (times to alarm)
"""

import dataclasses
import math

import numpy as np
from jaxtyping import Float

from twinbed.core.errors import StatisticsError

_SECONDS_PER_MINUTE, _SECONDS_PER_HOUR = 60.0, 3600.0
_DELIVERS = (0.5, 1.5)
"""Share of the rate in the second half of the time before the closing: pumps give in steps, and the flow is judged by
another protocol; here only whether there is one."""

Samples = Float[np.ndarray, " sample"]


@dataclasses.dataclass(frozen=True)
class Occlusion:
    """What was seen.

    Attributes:
        early: whether it alarmed before the line was closed.
        time_min: from the closing to the alarm; NaN where it did not alarm before the line was opened.
        pressure: at the alarm, the highest until then, kPa; NaN as above.
        highest: pressure while the line was closed, kPa.
        bolus_ml: delivered within a while after the opening, less what the rate gives in that time.
    """

    early: bool
    time_min: float
    pressure: float
    highest: float
    bolus_ml: float


def occlusion(
    time_s: Samples, volume_ml: Samples, pressure_kpa: Samples, alarm: Samples, *,
    closed: tuple[float, float], rate_ml_h: float, while_s: float,
) -> Occlusion:  # fmt: skip
    """What a pump did.

    Args:
        time_s: of the samples, ascending.
        volume_ml: delivered until then.
        pressure_kpa: in the line.
        alarm: above 0.5 while it alarms.
        closed: when the line was closed and opened, s.
        rate_ml_h: that was set. An alarm that stands at the opening has stopped the pump; else the rate goes on.
        while_s: how long after the opening what leaves is the bolus.

    Raises:
        StatisticsError: gaps, an opening that was not recorded, or no flow at about the rate before the closing.
    """
    columns = [np.asarray(c, float) for c in (time_s, volume_ml, pressure_kpa, alarm)]
    if not all(np.isfinite(c).all() for c in columns):
        raise StatisticsError("volume, pressure or alarm has gaps: give a value for every time that was asked for")
    time, volume, pressure, on = columns
    shut, opened = closed
    if not time[0] < shut < opened <= time[-1] - while_s:
        raise StatisticsError(f"closed from {shut:g} to {opened:g} s, recorded to {time[-1]:g} s: record for longer")
    half = np.interp([0.5 * (time[0] + shut), shut], time, volume)
    flow = float(half[1] - half[0]) * _SECONDS_PER_HOUR / (0.5 * (shut - time[0]))
    if not _DELIVERS[0] * rate_ml_h <= flow <= _DELIVERS[1] * rate_ml_h:
        said = f"{flow:.3g} mL/h flowed before the line was closed, {rate_ml_h:g} mL/h were set"
        raise StatisticsError(f"{said}: an occlusion needs a pump that delivers; close the line later if it starts up")
    during = (time > shut) & (time <= opened)
    alarms = during & (on > 0.5)
    first = int(np.argmax(alarms)) if alarms.any() else -1
    stands = bool(on[during][-1] > 0.5)
    given = float(np.interp(opened + while_s, time, volume) - np.interp(opened, time, volume))
    going_on = 0.0 if stands else rate_ml_h * while_s / _SECONDS_PER_HOUR
    return Occlusion(
        early=bool((on[time <= shut] > 0.5).any()),
        time_min=(time[first] - shut) / _SECONDS_PER_MINUTE if first >= 0 else math.nan,
        pressure=float(pressure[during & (time <= time[first])].max()) if first >= 0 else math.nan,
        highest=float(pressure[during].max()),
        bolus_ml=given - going_on,
    )
