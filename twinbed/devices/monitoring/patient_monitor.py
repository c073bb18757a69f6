"""A bedside monitor: heart rate by electrocardiogram, invasive pressures, respiratory rate by impedance.

Pressures come through a transducer of limited bandwidth; systolic, diastolic and mean pressure are of whole beats,
averaged over the last ones. Without beats they are the highest, lowest and mean pressure of two seconds, so that they
meet in an arrest. The lead is read without pulses of a pacemaker and without mains. Heart rate is 60 by the mean of the
last eight intervals between QRS complexes, of the last four where three in a row are longer than 1.2 s, and 0 after
four seconds without one; the respiratory rate is 0 after twenty seconds without a breath.

`monitor_arrhythmia` says what of the ventricles threatens life: 1 asystole, no complex for four seconds; 2
fibrillation; 3 tachycardia (`_ventricles`); 0 none, also where a pacemaker makes most complexes.

`monitor_heart_rate_valid`, `monitor_pressure_valid` and `monitor_respiratory_rate_valid` say whether there is a
reading: not without a sensor, nor before the first beats or breaths or the time after which there are none. So 0 a
minute is asystole or apnoea where it is valid. A number without its sensor stays 0.

*Known limits*: no resonance of the catheter, no zero drift, no level of the transducer; QRS complexes are not
classified one by one, and in ventricular fibrillation waves are counted; the lead is not shown, so there is no filter
for a display (0.5 to 40 Hz); the impedance's cardiac artefact is only kept out by its size.

**References:**

- IEC 60601-2-27:2011, IEC 60601-2-34:2011, IEC 60601-2-49:2018
- Mindray BeneHeart D60, operator's manual, p. A-17 (pulses that are rejected, as IEC 60601-2-27 asks)
- GE B20, user's reference manual, p. 137 (complexes of 0.5 to 5 mV and 40 to 120 ms are detected)
- IntelliVue patient monitor, instructions for use (12 Hz pressure filter; averages; four intervals below 50 /min)
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._filters import lag_of, lagged
from twinbed.devices._lead import Lead, cleaned, no_lead
from twinbed.devices._pulses import Pulses, detected, no_pulses
from twinbed.devices._qrs import Qrs, nothing_found, searched
from twinbed.devices._recent import Recent, nothing_yet, per_minute
from twinbed.devices._ventricles import ASYSTOLE, FIBRILLATION, NONE, Ventricles, nothing_told, told
from twinbed.devices.monitoring._cycles import Follower, Pace, followed, nothing_followed

_BEATS, _BREATHS = 8, 4
_SLOW_S, _SLOW_IN_A_ROW, _SLOW_BEATS = 1.2, 3, 4
"""Where so many intervals in a row are longer than this, heart rate is the mean of so many."""
_PULSE = Pace(forgets_s=2.0, shortest_s=0.2, longest_s=2.0)
_BREATH = Pace(forgets_s=8.0, shortest_s=0.5, longest_s=60.0)
_MAKER = "IntelliVue patient monitor, instructions for use"
_NO_SENSOR = float("nan")
_STANDARD = "IEC 60601-2-27:2011: asystole within 10 s; monitors take 4 s"


class Inputs(eqx.Module):
    """What is connected."""

    ecg: Scalar = port("ecg_ii", rest=_NO_SENSOR)
    arterial_pressure: Scalar = port("arterial_pressure", rest=_NO_SENSOR)
    central_venous_pressure: Scalar = port("central_venous_pressure", rest=0.0)
    pulmonary_artery_pressure: Scalar = port("pulmonary_artery_pressure", rest=0.0)
    impedance: Scalar = port("thoracic_impedance", rest=_NO_SENSOR)
    atrial_pulses: Scalar = port("atrial_pulse_number", rest=0.0)
    ventricular_pulses: Scalar = port("ventricular_pulse_number", rest=0.0)


class Outputs(eqx.Module):
    """The display."""

    heart_rate: Scalar = port("monitor_heart_rate")
    heart_rate_valid: Scalar = port("monitor_heart_rate_valid")
    arrhythmia: Scalar = port("monitor_arrhythmia")
    pulse_rate: Scalar = port("monitor_pulse_rate")
    systolic: Scalar = port("monitor_systolic")
    diastolic: Scalar = port("monitor_diastolic")
    mean: Scalar = port("monitor_mean")
    pressure_valid: Scalar = port("monitor_pressure_valid")
    cvp: Scalar = port("monitor_cvp")
    pulmonary_systolic: Scalar = port("monitor_pulmonary_systolic")
    pulmonary_diastolic: Scalar = port("monitor_pulmonary_diastolic")
    pulmonary_mean: Scalar = port("monitor_pulmonary_mean")
    respiratory_rate: Scalar = port("monitor_respiratory_rate")
    respiratory_rate_valid: Scalar = port("monitor_respiratory_rate_valid")


class Line(eqx.Module):
    """A pressure line: its transducer, and the last beats."""

    pressure: Scalar = var("mm[Hg]", "what the transducer reads")
    beat: Follower
    highs: Recent
    lows: Recent
    means: Recent
    intervals: Recent


class State(eqx.Module):
    """The monitor."""

    lead: Lead
    qrs: Qrs
    pulses: Pulses
    ventricles: Ventricles
    intervals: Recent
    arterial: Line
    pulmonary: Line
    venous: Scalar = var("mm[Hg]", "central venous pressure, averaged")
    breath: Follower
    breaths: Recent
    since_breath: Scalar = var("s", "time since the last breath")


class PatientMonitor(AbstractDevice[State, Inputs, Outputs]):
    """A multi-parameter monitor."""

    role: ClassVar[Role] = "sensor"
    period_s: float = eqx.field(static=True, default=0.01)

    bandwidth: Scalar = param(12.0, "/s", "corner of the pressure lines", bounds=(1.0, 100.0), source=_MAKER)
    pulse_min: Scalar = param(4.0, "mm[Hg]", "smallest arterial pulse", bounds=(0.5, 30.0), source="assumption")
    pulmonary_pulse_min: Scalar = param(
        2.0, "mm[Hg]", "smallest pulse in the pulmonary artery", bounds=(0.5, 30.0), source="assumption"
    )
    venous_lag: Scalar = param(
        2.0, "s", "lag of the mean central venous pressure", bounds=(0.2, 20.0), source="assumption: half a breath"
    )
    asystole_time: Scalar = param(4.0, "s", "time without a complex to asystole", bounds=(2.0, 10.0), source=_STANDARD)
    tachycardia_rate: Scalar = param(
        125.0, "/min", "rate above which broad complexes are ventricular tachycardia", bounds=(60.0, 250.0),
        source="monitors ask for 100 to 130 /min; above the usual upper rate of a pacemaker",
    )  # fmt: skip
    apnoea_time: Scalar = param(
        20.0, "s", "time without a breath to no rate", bounds=(5.0, 60.0), source="usual setting for adults"
    )
    breath_min: Scalar = param(
        0.006, "1", "smallest change of impedance that is a breath", bounds=(1e-5, 0.5),
        source="assumption: between a heartbeat (0.004) and a breath of half a litre (0.02)",
    )  # fmt: skip

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.bandwidth)
        none = nothing_yet(zero, _BEATS)
        line = Line(zero, nothing_followed(zero), none, none, none, none)
        return State(
            lead=no_lead(zero),
            qrs=nothing_found(zero),
            pulses=no_pulses(zero),
            ventricles=nothing_told(zero),
            intervals=none,
            arterial=line,
            pulmonary=line,
            venous=zero,
            breath=nothing_followed(zero),
            breaths=nothing_yet(zero, _BREATHS),
            since_breath=zero,
        )

    def _line(self, x: Line, pressure: Scalar, smallest: Scalar) -> Line:
        first = x.beat.time < 0.0
        read = jnp.where(first, pressure, lagged(x.pressure, pressure, lag_of(self.bandwidth), self.period_s))
        beat, cycle = followed(x.beat, read, _PULSE, smallest, self.period_s)
        lost = cycle.closed & ~cycle.rises
        fresh = lambda recent, value: recent.cleared(lost).with_value(value, cycle.beat | lost)
        return Line(
            read,
            beat,
            fresh(x.highs, cycle.high),
            fresh(x.lows, cycle.low),
            fresh(x.means, cycle.mean),
            x.intervals.cleared(lost).with_value(cycle.duration, cycle.beat),
        )

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        del t_s, noise
        dt = self.period_s
        with_ecg, ecg = _connected(u.ecg)
        with_line, arterial_pressure = _connected(u.arterial_pressure)
        with_impedance, impedance = _connected(u.impedance)
        lead, read = cleaned(x.lead, ecg)
        qrs, found, since = searched(x.qrs, read, dt)
        asystole = since > self.asystole_time
        followed_one = found & ~asystole & (x.qrs.seen > 0.5)
        intervals = x.intervals.cleared(asystole).with_value(since, followed_one)
        pulses = detected(x.pulses, u.atrial_pulses + u.ventricular_pulses, found, dt)
        ventricles, rhythm = told(x.ventricles, read, intervals, self.tachycardia_rate, pulses, dt)
        rhythm = jnp.where(asystole & (rhythm != FIBRILLATION), ASYSTOLE, rhythm)

        first = x.arterial.beat.time < 0.0
        venous = jnp.where(
            first, u.central_venous_pressure, lagged(x.venous, u.central_venous_pressure, self.venous_lag, dt)
        )
        breath, cycle = followed(x.breath, impedance, _BREATH, self.breath_min, dt)
        since_breath = jnp.where(cycle.rises, 0.0, x.since_breath + dt)
        counts = cycle.beat & (cycle.duration <= self.apnoea_time)
        apnoea = since_breath > self.apnoea_time
        breaths = x.breaths.with_value(cycle.duration, counts).cleared(apnoea)

        arterial = self._line(x.arterial, arterial_pressure, self.pulse_min)
        pulmonary = self._line(x.pulmonary, u.pulmonary_artery_pressure, self.pulmonary_pulse_min)
        state = State(
            lead, qrs, pulses, ventricles, intervals, arterial, pulmonary, venous, breath, breaths, since_breath
        )
        positive = lambda recent: jnp.maximum(recent.mean(), 0.0)
        flag = lambda truth: truth.astype(venous.dtype)
        return state, Outputs(
            heart_rate=_rate(intervals),
            heart_rate_valid=flag(with_ecg & ((intervals.count > 0.0) | asystole)),
            arrhythmia=jnp.where(with_ecg, rhythm, NONE),
            pulse_rate=per_minute(arterial.intervals),
            systolic=positive(arterial.highs),
            diastolic=positive(arterial.lows),
            mean=positive(arterial.means),
            pressure_valid=flag(with_line & (arterial.means.count > 0.0)),
            cvp=venous,
            pulmonary_systolic=pulmonary.highs.mean(),
            pulmonary_diastolic=pulmonary.lows.mean(),
            pulmonary_mean=pulmonary.means.mean(),
            respiratory_rate=per_minute(breaths),
            respiratory_rate_valid=flag(with_impedance & ((breaths.count > 0.0) | apnoea)),
        )


def _rate(intervals: Recent) -> Scalar:
    """Heart rate, /min, of the last intervals, of fewer where the heart is slow."""
    last = Recent(intervals.values[:_SLOW_BEATS], jnp.minimum(intervals.count, float(_SLOW_BEATS)))
    slow = (intervals.count >= _SLOW_IN_A_ROW) & jnp.all(last.values[:_SLOW_IN_A_ROW] > _SLOW_S)
    return jnp.where(slow, per_minute(last), per_minute(intervals))


def _connected(reading: Scalar) -> tuple[Bool[Array, ""], Scalar]:
    """Whether there is a sensor, and what it reads; 0 without."""
    there = jnp.isfinite(reading)
    return there, jnp.where(there, reading, 0.0)
