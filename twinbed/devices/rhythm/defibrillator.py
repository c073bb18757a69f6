"""A defibrillator: manual, synchronised, or automatic.

When a shock is commanded it charges; charged, it shocks at once (manual) or at the next R wave of lead II
(synchronised), which is found by its steepness, so that a tall T wave is none. The automatic one needs no command: it
analyses lead II in windows, and charges and shocks when two in a row ask for it, then waits. A shock lasts one period
of the device.

A window asks for a shock if its waves are large enough to be no asystole, frequent enough to be no slow rhythm, and
wide: the steepest slope, as a share of the largest deflection, is below that of narrow complexes.

*Known limits*: the rule of analysis is this library's own, made for electrocardiograms without noise; real machines use
others. No impedance of the chest, no chest compressions in the signal.

**References:**

- Kerber et al. (1997), Circulation 95(6):1677, doi:10.1161/01.CIR.95.6.1677 (what an analysis must tell apart)
- IEC 60601-2-4:2010 (a synchronised shock within 60 ms of the R wave)
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var, word
from twinbed.devices._acts import once_more
from twinbed.devices._clock import SECONDS_PER_MINUTE
from twinbed.devices._filters import lagged
from twinbed.devices._qrs import Qrs, nothing_found, searched

MODES = ("manual", "synchronised", "automatic")
Truth = Bool[Array, ""]

_USUAL = "usual setting"
_OWN = "rule of this library"
_HYSTERESIS = 0.1
_IN_A_ROW = 2.0


class Window(eqx.Module):
    """What was measured in the present window of lead II."""

    lasted: Scalar = var("s", "how long it has lasted")
    largest: Scalar = var("mV", "largest deflection")
    steepest: Scalar = var("mV/s", "steepest slope")
    waves: Scalar = var("1", "waves so far")


class State(eqx.Module):
    """The capacitor, the filter, the present window and the verdicts so far."""

    charge: Scalar = var("J", "energy in the capacitor")
    armed: Scalar = var("1", "1 if a shock is to be given")
    command: Scalar = var("1", "command of the last tick")
    number: Scalar = var("1", "shocks so far")
    baseline: Scalar = var("mV", "slow part of lead II")
    before: Scalar = var("mV", "lead II without it at the last tick")
    size: Scalar = var("mV", "size of the waves of late")
    raised: Scalar = var("1", "1 while a wave is above zero")
    qrs: Qrs
    window: Window
    verdicts: Scalar = var("1", "windows in a row that ask for a shock")
    wait: Scalar = var("s", "time until the analysis goes on after a shock")


class Inputs(eqx.Module):
    """The operator and lead II."""

    shock_command: Scalar = port("shock_command", rest=0.0)
    ecg_ii: Scalar = port("ecg_ii", rest=0.0)


class Outputs(eqx.Module):
    """The shock and what the machine shows."""

    shock: Scalar = port("shock")
    defibrillator_charge: Scalar = port("defibrillator_charge")
    shock_advised: Scalar = port("shock_advised")
    shock_number: Scalar = port("shock_number")


class Defibrillator(AbstractDevice[State, Inputs, Outputs]):
    """A defibrillator with its pads on the chest."""

    role: ClassVar[Role] = "actuator"
    period_s: float = eqx.field(static=True, default=0.01)
    mode: str = word("manual", "when it shocks", MODES)

    energy: Scalar = param(200.0, "J", "energy of a shock", bounds=(1.0, 360.0), source=_USUAL)
    power: Scalar = param(40.0, "W", "power that charges it", bounds=(1.0, 1000.0), source="200 J in 5 s")
    filter_lag: Scalar = param(1.0, "s", "lag of the baseline", bounds=(0.05, 10.0), source=_OWN)
    size_lag: Scalar = param(3.0, "s", "lag at which the size of waves is forgotten", bounds=(0.5, 60.0), source=_OWN)
    window: Scalar = param(4.0, "s", "length of a window", bounds=(1.0, 20.0), source=_OWN)
    least_size: Scalar = param(
        0.05, "mV", "deflection below which it is asystole", bounds=(0.0, 0.5), source="0.1 mV from peak to peak"
    )
    least_rate: Scalar = param(140.0, "/min", "rate above which to shock", bounds=(100.0, 250.0), source=_USUAL)
    steepest: Scalar = param(
        50.0, "/s", "slope in shares of the deflection that a narrow complex exceeds", bounds=(10.0, 200.0),
        source="a broad complex of 0.12 s has 35 to 40 /s, a narrow one 60 to 90 /s",
    )  # fmt: skip
    pause: Scalar = param(120.0, "s", "pause of the analysis after a shock", bounds=(0.0, 600.0), source=_USUAL)

    def __check_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"a defibrillator of mode {self.mode!r}: choose {', '.join(MODES)}")

    def initial(self, noise: Noise) -> State:
        del noise
        zero = jnp.zeros_like(self.energy)
        window = Window(zero, zero, zero, zero)
        return State(zero, zero, zero, zero, zero, zero, zero, zero, nothing_found(zero), window, zero, zero)

    def _asks(self, window: Window) -> Truth:
        """Whether a window that is over asks for a shock."""
        large = window.largest >= self.least_size
        frequent = window.waves * SECONDS_PER_MINUTE > self.least_rate * self.window
        wide = window.steepest < self.steepest * window.largest
        return large & frequent & wide

    def _analysed(self, x: State, u: Inputs) -> tuple[State, Truth]:
        """The state after a tick of analysis, and whether an R wave was found."""
        number = lambda truth: truth.astype(x.charge.dtype)
        qrs, r_wave, _ = searched(x.qrs, u.ecg_ii, self.period_s)
        baseline = lagged(x.baseline, u.ecg_ii, self.filter_lag, self.period_s)
        now = u.ecg_ii - baseline
        height = jnp.abs(now)
        size = jnp.maximum(height, x.size * jnp.exp(-self.period_s / self.size_lag))
        raised = (now > _HYSTERESIS * size) | ((x.raised > 0.5) & (now > -_HYSTERESIS * size))
        measured = Window(
            lasted=x.window.lasted + self.period_s,
            largest=jnp.maximum(x.window.largest, height),
            steepest=jnp.maximum(x.window.steepest, jnp.abs(now - x.before) / self.period_s),
            waves=x.window.waves + number(raised & (x.raised <= 0.5)),
        )
        wait = jnp.maximum(x.wait - self.period_s, 0.0)
        over = measured.lasted + 0.5 * self.period_s >= self.window
        verdicts = jnp.where(over, jnp.where(self._asks(measured), x.verdicts + 1.0, 0.0), x.verdicts)
        ended = over | (wait > 0.0)
        fresh = Window(*(jnp.where(ended, 0.0, v) for v in vars(measured).values()))
        state = State(
            x.charge, x.armed, x.command, x.number, baseline, now, size, number(raised), qrs, fresh,
            jnp.where(wait > 0.0, 0.0, verdicts), wait,
        )  # fmt: skip
        return state, r_wave

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        del t_s, noise
        asked = once_more(u.shock_command, x.command)
        x, r_wave = self._analysed(x, u)
        number = lambda truth: truth.astype(x.charge.dtype)
        advised = x.verdicts >= _IN_A_ROW
        armed = advised if self.mode == "automatic" else (x.armed > 0.5) | asked
        charge = jnp.where(armed, jnp.minimum(x.charge + self.power * self.period_s, self.energy), 0.0)
        ready = armed & (charge >= self.energy)
        fires = ready & r_wave if self.mode == "synchronised" else ready
        shown = Outputs(
            shock=jnp.where(fires, charge, 0.0),
            defibrillator_charge=jnp.where(fires, 0.0, charge),
            shock_advised=number(advised),
            shock_number=x.number + number(fires),
        )
        changes = (
            shown.defibrillator_charge, number(armed & ~fires), u.shock_command, shown.shock_number,
            jnp.where(fires, self.pause, x.wait),
        )  # fmt: skip
        return eqx.tree_at(lambda s: (s.charge, s.armed, s.command, s.number, s.wait), x, changes), shown
