"""Who activates the heart, and when: clocks of the sinus node, the atria and the ventricles, in health and arrhythmia.

The sinus node runs through its phase with a period that reflexes set; at its end it activates the atria, and the node
between atria and ventricles passes that on after a delay, unless it is refractory or blocked. Whoever else can
activate the ventricles (an escape pacemaker, an ectopic focus, re-entry, fibrillating atria, a pacemaker's stimulus)
does so when the time since the last activation has reached its interval. Times are kept to a fraction of a step, so
that rates are exact on average.

A rhythm is imposed by its number in `RHYTHMS` and prevails from when the command changes until it changes again.
A shock acts when it is over: one that is strong enough ends what a shock can end, after a pause; a weaker one in the
vulnerable phase starts fibrillation. In fibrillation and asystole the clock of the ventricles runs on. Without oxygen
sinus node and escapes become slower, then all pacemakers are silent: asystole until they have oxygen again.

- Sinus bradycardia and tachycardia are factors on the period that reflexes ask for, so reflexes and drugs still act.
- Atria that a stimulus drives faster than the sinus node would are conducted later, the more so the faster.
- Wenckebach: the delay grows by ever smaller amounts, the last beat of a group is dropped. Mobitz 2: constant delay.
- Complete block: the ventricles escape. Sinus too slow: the junction does. Beats of others suppress the first escape.
- Atrial fibrillation: the refractory time of the node, and a Poisson stream of impulses from then on.
- Ectopic beats come at a fixed share of the sinus period; the node is refractory then: a compensatory pause.

*Known limits*: no capture or fusion beats in ventricular tachycardia; no conduction from ventricles to atria but in
re-entry; stimuli capture whenever tissue can answer; a shock succeeds by a threshold; fibrillation goes on for ever.

**References:**

- Heldt (2004), Computational models of cardiovascular response to orthostatic stress, thesis, MIT (delay)
- Cohen, Berger & Dushane (1983), IEEE Trans Biomed Eng 30(12):769, doi:10.1109/TBME.1983.325077 (atrial fibrillation)
- Runge, Samet & Narula (1973), Fed Proc 32(3) (conduction in 30 people paced at 100 and 120 a minute; abstract)
- Chen et al. (1986), Circulation 73(5):1022, doi:10.1161/01.CIR.73.5.1022 (upper limit of vulnerability)
- Schneider et al. (2000), Circulation 102(15):1780, doi:10.1161/01.CIR.102.15.1780 (150 J end 96 % of fibrillation)
"""

import dataclasses
import functools
import operator
from typing import ClassVar, Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool

from twinbed.core.model import AbstractHybridModel, Scalar, Time
from twinbed.core.noise import threefry
from twinbed.core.quantities import param, port, var

RHYTHMS: dict[str, int] = {
    "sinus": 0,
    "sinus_bradycardia": 1,
    "sinus_tachycardia": 2,
    "atrial_fibrillation": 3,
    "supraventricular_tachycardia": 4,
    "first_degree_block": 5,
    "wenckebach": 6,
    "mobitz_2": 7,
    "complete_block": 8,
    "premature_ventricular_beats": 9,
    "bigeminy": 10,
    "ventricular_tachycardia": 11,
    "ventricular_tachycardia_unstable": 12,
    "ventricular_tachycardia_pulseless": 13,
    "ventricular_fibrillation_coarse": 14,
    "ventricular_fibrillation_fine": 15,
    "asystole": 16,
    "pulseless_electrical_activity": 17,
}
"""The number of every rhythm, for the signals `rhythm` and `rhythm_shown`."""

_HELDT = "Heldt 2004, table of the heart"
_TEXTBOOK = "textbook value, as in Surawicz & Knilans, Chou's Electrocardiography, 6th edition"
_ASSUMED = "assumption"
_SINUS, _VENTRICULAR, _PACED, _JUNCTIONAL = 0.0, 1.0, 2.0, 3.0
_STREAM, _LEAST_FUNCTION, _UNIFORM_SPREAD = 0x5EED, 0.05, 12.0**0.5
_OWN = 0.9
"""Share of the sinus node's period that a cycle of its own is not shorter than, whatever reflexes do within a beat."""
_VT = ("ventricular_tachycardia", "ventricular_tachycardia_unstable", "ventricular_tachycardia_pulseless")
_VF = ("ventricular_fibrillation_coarse", "ventricular_fibrillation_fine")
_REENTRY = "supraventricular_tachycardia"

Truth = Bool[Array, ""]


class State(eqx.Module):
    """Where the nodes are, when what was activated, and which rhythm prevails."""

    phase: Scalar = var("1", "phase of the sinus node, 0 to 1")
    since_atria: Scalar = var("s", "time since the atria were activated")
    since_ventricles: Scalar = var("s", "time since the ventricles were activated")
    period: Scalar = var("s", "time between the last two ventricular activations")
    since_node: Scalar = var("s", "time since the node between atria and ventricles was entered")
    travelling: Scalar = var("1", "1 if an impulse is in that node")
    arrival: Scalar = var("s", "time until it reaches the ventricles")
    conducted: Scalar = var("1", "beats conducted since the last dropped one")
    origin: Scalar = var("1", "origin of the last beat: 0 atria, 1 ventricles, 2 pacemaker, 3 junction")
    count: Scalar = var("1", "activations so far")
    sinus_chance: Scalar = var("1", "random number of this sinus cycle, 0 to 1")
    beat_chance: Scalar = var("1", "random number of this beat, 0 to 1")
    rhythm: Scalar = var("1", "rhythm that prevails")
    obeyed: Scalar = var("1", "command that was obeyed last")
    heard: Scalar = var("1", "command of the last step")
    stunned: Scalar = var("s", "time until a heart that was shocked beats")
    shock: Scalar = var("J", "largest energy of the shock that goes on")
    atrial_stimulus: Scalar = var("1", "stimulus to the atria of the last step")
    ventricular_stimulus: Scalar = var("1", "stimulus to the ventricles of the last step")
    coupling: Scalar = var("1", "share of contraction that the last activation was followed by")


class Inputs(eqx.Module):
    """What reflexes ask of the sinus node, the rhythm imposed, and electricity from outside."""

    heart_period: Scalar = port("heart_period", rest=0.833)
    rhythm: Scalar = port("rhythm", rest=0.0)
    atrial_stimulus: Scalar = port("atrial_stimulus", rest=0.0)
    ventricular_stimulus: Scalar = port("ventricular_stimulus", rest=0.0)
    shock: Scalar = port("shock", rest=0.0)
    pacemaker_function: Scalar = port("pacemaker_function", rest=1.0)


class Outputs(eqx.Module):
    """The heart's clock."""

    atrial_time: Scalar = port("atrial_time")
    ventricular_time: Scalar = port("ventricular_time")
    heart_rate: Scalar = port("heart_rate")
    mechanical_coupling: Scalar = port("mechanical_coupling")
    beat_origin: Scalar = port("beat_origin")
    atrial_fibrillation: Scalar = port("atrial_fibrillation")
    ventricular_fibrillation: Scalar = port("ventricular_fibrillation")
    rhythm_shown: Scalar = port("rhythm_shown")


class Atria(NamedTuple):
    """What happens to the atria in this step."""

    phase: Scalar
    since: Scalar
    activated: Truth


class Node(NamedTuple):
    """What happens in the node between atria and ventricles in this step."""

    since: Scalar
    travelling: Truth
    arrival: Scalar
    conducted: Scalar


class Ventricles(NamedTuple):
    """What happens to the ventricles in this step."""

    since: Scalar
    activated: Truth
    by_node: Truth
    origin: Scalar


class Conduction(AbstractHybridModel[State, Inputs, Outputs]):
    """The conduction system of one patient."""

    seconds_per_time_unit: ClassVar[float] = 1.0
    order: ClassVar[Literal[2, 4]] = 2
    step_s: float = eqx.field(static=True, default=0.002)

    delay: Scalar = param(0.16, "s", "from atrial to ventricular activation", bounds=(0.05, 0.5), source=_HELDT)
    delay_driven: Scalar = param(
        0.12, "1", "growth of the delay for each second by which driven atria come before the sinus node's own turn",
        bounds=(0.0, 0.5), source="calibrated: 30 ms at 120/min; Runge 1973: 15 to 30 ms within ten beats, then more",
    )  # fmt: skip
    delay_first_degree: Scalar = param(
        0.28, "s", "the same in first-degree block", bounds=(0.2, 0.6), source="longer than 0.2 s; " + _TEXTBOOK
    )
    delay_growth: Scalar = param(
        0.16, "s", "by how much Wenckebach's delay would grow in the end", bounds=(0.0, 0.4), source=_ASSUMED
    )
    wenckebach_group: Scalar = param(
        4.0, "1", "atrial beats in a group of Wenckebach's, the last one dropped", bounds=(2.0, 20.0), source=_ASSUMED
    )
    mobitz_group: Scalar = param(
        3.0, "1", "the same in Mobitz 2 block", bounds=(2.0, 20.0), source="3:2 block, an assumption"
    )
    node_refractory: Scalar = param(
        0.42, "1", "refractory time of the node between atria and ventricles, share of the sinus period",
        bounds=(0.1, 0.8), source="0.35 s at rest; 0.23 to 0.42 s in " + _TEXTBOOK,
    )  # fmt: skip
    node_refractory_most: Scalar = param(
        0.5, "s", "what that time does not exceed at slow rates", bounds=(0.2, 1.0), source=_ASSUMED
    )
    atrial_refractory: Scalar = param(
        0.2, "s", "refractory time of the atria", bounds=(0.1, 0.4), source="0.15 to 0.36 s; " + _TEXTBOOK
    )
    ventricular_refractory: Scalar = param(
        0.22, "s", "refractory time of the ventricles", bounds=(0.1, 0.4), source="0.17 to 0.29 s; " + _TEXTBOOK
    )
    jitter: Scalar = param(
        0.005, "1", "relative standard deviation of the sinus period of its own", bounds=(0.0, 0.1),
        source="assumption: 4 ms at rest, of the size that is left in transplanted hearts",
    )  # fmt: skip
    seed: Scalar = param(1.0, "1", "number that all chance follows from", bounds=(0.0, 1e6), source="any number")
    bradycardia_factor: Scalar = param(
        1.44, "1", "factor on the sinus period in bradycardia", bounds=(1.0, 4.0), source="50/min for 72/min"
    )
    tachycardia_factor: Scalar = param(
        0.554, "1", "factor on the sinus period in tachycardia", bounds=(0.2, 1.0), source="130/min for 72/min"
    )
    reentry_rate: Scalar = param(
        180.0, "/min", "rate of supraventricular tachycardia", bounds=(100.0, 280.0), source="150 to 250; " + _TEXTBOOK
    )
    stable_rate: Scalar = param(
        130.0, "/min", "rate of stable ventricular tachycardia", bounds=(80.0, 300.0), source="100 to 150/min"
    )
    unstable_rate: Scalar = param(
        160.0, "/min", "rate of unstable ventricular tachycardia", bounds=(80.0, 300.0), source="above 150/min"
    )
    pulseless_rate: Scalar = param(
        190.0, "/min", "rate of pulseless ventricular tachycardia", bounds=(80.0, 300.0), source=_ASSUMED
    )
    unstable_coupling: Scalar = param(
        0.4, "1", "share of contraction that is left in unstable ventricular tachycardia", bounds=(0.0, 1.0),
        source="calibrated: systolic pressure of 90 mmHg, by definition",
    )  # fmt: skip
    fibrillation_refractory: Scalar = param(
        0.45, "1", "shortest interval in atrial fibrillation, share of the sinus period", bounds=(0.1, 1.0),
        source="form by Cohen 1983; 120/min at rest, of the usual 110 to 150 without drugs",
    )  # fmt: skip
    fibrillation_wait: Scalar = param(
        0.15, "1", "mean of what is added to it, share of the sinus period", bounds=(0.0, 1.0),
        source="form by Cohen 1983; variation 0.25, of 0.17 to 0.32 in records of MIT-BIH and CPSC2021",
    )  # fmt: skip
    premature_share: Scalar = param(
        0.15, "1", "share of sinus beats that a premature one follows", bounds=(0.0, 1.0), source=_ASSUMED
    )
    premature_coupling: Scalar = param(
        0.6, "1", "when the premature beat comes, share of the sinus period", bounds=(0.4, 0.9), source=_ASSUMED
    )
    junctional_escape: Scalar = param(
        1.5, "s", "escape interval of the junction", bounds=(0.8, 5.0), source="40 to 60/min; " + _TEXTBOOK
    )
    ventricular_escape: Scalar = param(
        1.6, "s", "escape interval of the ventricles", bounds=(0.8, 10.0), source="20 to 40/min; " + _TEXTBOOK
    )
    suppression: Scalar = param(
        0.5, "s", "what beats of others add to the first escape interval", bounds=(0.0, 5.0), source=_ASSUMED
    )
    fine_amplitude: Scalar = param(
        0.3, "1", "amplitude of fine ventricular fibrillation, share of coarse", bounds=(0.0, 1.0), source=_ASSUMED
    )
    defibrillation_energy: Scalar = param(
        100.0, "J", "least shock that ends fibrillation or pulseless tachycardia", bounds=(10.0, 1000.0),
        source="assumption: below the 150 J that ended 96 % (Schneider 2000)",
    )  # fmt: skip
    cardioversion_energy: Scalar = param(
        50.0, "J", "least shock that ends other tachycardias by re-entry", bounds=(1.0, 1000.0),
        source="first energy of guidelines, 50 to 100 J",
    )  # fmt: skip
    vulnerable_from: Scalar = param(
        0.2, "s", "time after activation when the vulnerable phase begins", bounds=(0.1, 0.4), source=_ASSUMED
    )
    vulnerable_until: Scalar = param(0.3, "s", "when it ends", bounds=(0.15, 0.5), source=_ASSUMED)
    pause: Scalar = param(
        2.0, "s", "standstill after a shock that succeeds", bounds=(0.0, 30.0), source="assumption: a few seconds"
    )
    silence: Scalar = param(
        6.0, "s", "time without a beat after which there is no rate", bounds=(2.0, 60.0), source="definition"
    )
    seconds_per_minute: Scalar = param(60.0, "s/min", "seconds in a minute", source="definition of the unit")

    def initial(self) -> State:
        one, zero = jnp.ones_like(self.delay), jnp.zeros_like(self.delay)
        return State(
            phase=0.8245 / 0.833 * one, since_atria=0.8245 * one, since_ventricles=0.6645 * one, period=0.833 * one,
            since_node=0.8245 * one, travelling=zero, arrival=zero, conducted=zero, origin=zero, count=zero,
            sinus_chance=0.5 * one, beat_chance=0.5 * one, rhythm=zero, obeyed=zero, heard=zero, stunned=zero,
            shock=zero, atrial_stimulus=zero, ventricular_stimulus=zero, coupling=one,
        )  # fmt: skip

    def resting(self) -> Inputs:
        zero = jnp.zeros_like(self.delay)
        return Inputs(jnp.full_like(self.delay, 0.833), zero, zero, zero, zero, jnp.ones_like(self.delay))

    def sinus_period(self, x: State, u: Inputs) -> Scalar:
        """Period of the sinus node in this cycle, s."""
        factor = _chosen(
            1.0,
            (_is(x.rhythm, "sinus_bradycardia"), self.bradycardia_factor),
            (_is(x.rhythm, "sinus_tachycardia"), self.tachycardia_factor),
        )
        wander = 1.0 + self.jitter * _UNIFORM_SPREAD * (x.sinus_chance - 0.5)
        return u.heart_period * factor * wander / _function(u)

    def coupled(self, rhythm: Scalar) -> Scalar:
        """Share of contraction that follows activation in a rhythm."""
        never = _is(rhythm, *_VF, _VT[2], "pulseless_electrical_activity")
        return _chosen(jnp.ones_like(rhythm), (never, 0.0), (_is(rhythm, _VT[1]), self.unstable_coupling))

    def _rhythm(self, x: State, u: Inputs) -> State:
        """The state with the rhythm that prevails after commands and shocks."""
        command = jnp.floor(u.rhythm + 0.5)  # the first step of an event may hold but a part of its level
        changed = (command == x.heard) & (command != x.obeyed)
        rhythm = jnp.where(changed, command, x.rhythm)
        energy, shocked = x.shock, (x.shock > 0.0) & (u.shock <= 0.0)
        hard = _is(rhythm, *_VF, "ventricular_tachycardia_pulseless", "atrial_fibrillation")
        soft = _is(rhythm, "ventricular_tachycardia", "ventricular_tachycardia_unstable", _REENTRY)
        enough = energy >= self.defibrillation_energy
        ended = shocked & ((hard & enough) | (soft & (energy >= self.cardioversion_energy)))
        vulnerable = (x.since_ventricles >= self.vulnerable_from) & (x.since_ventricles < self.vulnerable_until)
        begun = shocked & vulnerable & ~enough & ~ended & ~_is(rhythm, *_VF, "asystole")
        rhythm = _chosen(rhythm, (ended, _number("sinus")), (begun, _number(_VF[0])))
        changes = (rhythm, jnp.where(changed, command, x.obeyed), command, jnp.where(ended, self.pause, x.stunned))
        return eqx.tree_at(lambda s: (s.rhythm, s.obeyed, s.heard, s.stunned), x, changes)

    def _atria(self, x: State, u: Inputs) -> Atria:
        """Sinus node and stimuli; re-entry activates the atria together with the ventricles."""
        over = x.phase >= 1.0
        silent = _is(x.rhythm, "atrial_fibrillation", _REENTRY, "asystole", *_VF) | (x.stunned > 0.0) | _silent(u)
        sinus = over & ~silent
        deaf = _is(x.rhythm, "atrial_fibrillation", *_VF) | (x.since_atria < self.atrial_refractory)
        paced = _rises(u.atrial_stimulus, x.atrial_stimulus) & ~deaf & ~sinus
        phase = jnp.where(over, jnp.minimum(x.phase - 1.0, 1.0), x.phase)
        since = _chosen(x.since_atria, (sinus, phase * self.sinus_period(x, u)), (paced, jnp.zeros_like(x.since_atria)))
        held = paced | (x.stunned > 0.0)
        return Atria(jnp.where(held, 0.0, phase), since, sinus | paced)

    def _node(self, x: State, u: Inputs, atria: Atria) -> Node:
        """An impulse enters the node, or not, and with what delay."""
        wenckebach, mobitz = _is(x.rhythm, "wenckebach"), _is(x.rhythm, "mobitz_2")
        grouped = wenckebach | mobitz
        last = jnp.where(wenckebach, self.wenckebach_group, self.mobitz_group) - 1.0
        closed = _is(x.rhythm, "complete_block", "atrial_fibrillation", _REENTRY, *_VT, *_VF)
        refractory = jnp.minimum(self.node_refractory * self.sinus_period(x, u), self.node_refractory_most)
        ready = x.since_node - atria.since >= refractory
        enters = atria.activated & ready & ~closed
        dropped = enters & grouped & (x.conducted >= last)
        passes = enters & ~dropped
        grown = self.delay + self.delay_growth * (1.0 - jnp.exp2(-x.conducted))
        driven = jnp.maximum(_OWN * self.sinus_period(x, u) - (x.since_node - atria.since), 0.0)
        usual = self.delay + self.delay_driven * driven
        delay = _chosen(usual, (wenckebach, grown), (_is(x.rhythm, "first_degree_block"), self.delay_first_degree))
        count = _chosen(x.conducted, (passes, x.conducted + 1.0), (dropped, 0.0))
        return Node(
            since=jnp.where(passes, atria.since, x.since_node),
            travelling=(passes | (x.travelling > 0.5)) & ~closed,
            arrival=jnp.where(passes, delay - atria.since, x.arrival),
            conducted=jnp.where(grouped, count, 0.0),
        )

    def _due(self, x: State, u: Inputs) -> tuple[Scalar, Scalar]:
        """Interval after which the ventricles are activated without the node, and that beat's origin."""
        period = self.sinus_period(x, u)
        chance = jnp.clip(x.beat_chance, 1e-9, 1.0)
        irregular = period * (self.fibrillation_refractory - self.fibrillation_wait * jnp.log(chance))
        drawn = _is(x.rhythm, "premature_ventricular_beats") & (chance < self.premature_share)
        premature = (x.origin == _SINUS) & (drawn | _is(x.rhythm, "bigeminy"))
        every = lambda rate: self.seconds_per_minute / rate
        escape = lambda wait, own: (wait + jnp.where(x.origin == own, 0.0, self.suppression)) / _function(u)
        interval = _chosen(
            escape(self.junctional_escape, _JUNCTIONAL),
            (_is(x.rhythm, "complete_block"), escape(self.ventricular_escape, _VENTRICULAR)),
            (_is(x.rhythm, "atrial_fibrillation"), irregular),
            (_is(x.rhythm, _REENTRY), every(self.reentry_rate)),
            (_is(x.rhythm, _VT[0]), every(self.stable_rate)),
            (_is(x.rhythm, _VT[1]), every(self.unstable_rate)),
            (_is(x.rhythm, _VT[2]), every(self.pulseless_rate)),
            (premature, self.premature_coupling * period),
        )
        wide = premature | _is(x.rhythm, "complete_block", *_VT)
        narrow = _is(x.rhythm, "atrial_fibrillation", _REENTRY)
        return interval, _chosen(_JUNCTIONAL, (wide, _VENTRICULAR), (narrow, _SINUS))

    def _ventricles(self, dt: Scalar, x: State, u: Inputs, node: Node) -> Ventricles:
        """The node, an own focus or a stimulus activates the ventricles, unless they fibrillate or are refractory."""
        excitable = (x.since_ventricles >= self.ventricular_refractory) & ~_is(x.rhythm, *_VF)
        by_node = node.travelling & (node.arrival <= 0.0) & excitable
        interval, origin = self._due(x, u)
        late = x.since_ventricles - interval
        alive = ~_is(x.rhythm, "asystole") & (x.stunned <= 0.0) & ~_silent(u)
        own = (late >= 0.0) & excitable & alive & ~by_node
        paced = _rises(u.ventricular_stimulus, x.ventricular_stimulus) & excitable & ~by_node & ~own
        since = _chosen(
            x.since_ventricles,
            (by_node, -node.arrival),
            (own, jnp.minimum(late, dt)),
            (paced, jnp.zeros_like(late)),
        )
        origin = _chosen(x.origin, (by_node, _SINUS), (own, origin), (paced, _PACED))
        return Ventricles(since, by_node | own | paced, by_node, origin)

    def jump(self, t: Time, dt: Time, x: State, u: Inputs) -> State:
        del t
        x = self._rhythm(x, u)
        atria = self._atria(x, u)
        node = self._node(x, u, atria)
        ventricles = self._ventricles(dt, x, u, node)
        arrived = node.travelling & (node.arrival <= 0.0)
        outside = ventricles.activated & ~ventricles.by_node
        returned = ventricles.activated & _is(x.rhythm, _REENTRY)
        first, second = self._chances(x.count)
        active = atria.activated | ventricles.activated
        interval = jnp.where(x.since_ventricles > self.silence, u.heart_period, x.since_ventricles)
        return dataclasses.replace(
            x,
            phase=jnp.where(returned, 0.0, atria.phase),
            since_atria=jnp.where(returned, ventricles.since, atria.since),
            since_ventricles=ventricles.since,
            period=jnp.where(ventricles.activated, interval - ventricles.since, x.period),
            since_node=jnp.where(outside, ventricles.since, node.since),
            travelling=(node.travelling & ~arrived & ~outside).astype(x.phase.dtype),
            arrival=node.arrival,
            conducted=node.conducted,
            origin=ventricles.origin,
            count=x.count + active.astype(x.phase.dtype),
            sinus_chance=jnp.where(atria.activated, first, x.sinus_chance),
            beat_chance=jnp.where(ventricles.activated, second, x.beat_chance),
            shock=jnp.where(u.shock > 0.0, jnp.maximum(x.shock, u.shock), 0.0),
            atrial_stimulus=u.atrial_stimulus,
            ventricular_stimulus=u.ventricular_stimulus,
            coupling=jnp.where(ventricles.activated, self.coupled(x.rhythm), x.coupling),
        )

    def _chances(self, count: Scalar) -> tuple[Scalar, Scalar]:
        """Two uniform random numbers that belong to the patient's seed and to this activation."""
        word = lambda number: number.astype(jnp.uint32)
        stream = jnp.asarray(np.uint32(_STREAM))
        drawn = threefry((word(self.seed), stream), (word(count), stream))
        first, second = (((w >> np.uint32(9)).astype(count.dtype) + 0.5) * 2.0**-23 for w in drawn)
        return first, second

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        one = jnp.ones_like(x.phase)
        return dataclasses.replace(
            jax.tree.map(jnp.zeros_like, x),
            phase=1.0 / self.sinus_period(x, u),
            since_atria=one,
            since_ventricles=one,
            since_node=one,
            arrival=jnp.where(x.travelling > 0.5, -one, 0.0),
            stunned=jnp.where(x.stunned > 0.0, -one, 0.0),
        )

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t
        fine, coarse = _is(x.rhythm, _VF[1]), _is(x.rhythm, _VF[0])
        none = fine | coarse | (x.since_ventricles > self.silence)
        as_number = lambda truth: truth.astype(x.phase.dtype)
        rate = self.seconds_per_minute / jnp.maximum(x.period, x.since_ventricles)
        return Outputs(
            atrial_time=x.since_atria,
            ventricular_time=x.since_ventricles,
            heart_rate=jnp.where(none, 0.0, rate),
            mechanical_coupling=jnp.minimum(x.coupling, self.coupled(x.rhythm)),
            beat_origin=x.origin,
            atrial_fibrillation=as_number(_is(x.rhythm, "atrial_fibrillation")),
            ventricular_fibrillation=_chosen(jnp.zeros_like(x.phase), (coarse, 1.0), (fine, self.fine_amplitude)),
            rhythm_shown=jnp.where(_silent(u) & ~(fine | coarse), _number("asystole"), x.rhythm),
        )


def _silent(u: Inputs) -> Truth:
    """Whether lack of oxygen leaves no pacemaker that fires."""
    return u.pacemaker_function <= _LEAST_FUNCTION


def _function(u: Inputs) -> Scalar:
    """What is left of the rate of a pacemaker that still fires."""
    return jnp.maximum(u.pacemaker_function, _LEAST_FUNCTION)


def _number(name: str) -> float:
    """The number of a rhythm."""
    return float(RHYTHMS[name])


def _is(rhythm: Scalar, *names: str) -> Truth:
    """Whether a rhythm is one of those."""
    return functools.reduce(operator.or_, [rhythm == _number(name) for name in names])


def _rises(now: Scalar, before: Scalar) -> Truth:
    """Whether a stimulus begins."""
    return (now > 0.5) & (before <= 0.5)


def _chosen(otherwise: Scalar | float, *choices: tuple[Truth, Scalar | float]) -> Scalar:
    """The value of the first choice that is true."""
    value = otherwise
    for truth, chosen in reversed(choices):
        value = jnp.where(truth, chosen, value)
    return jnp.asarray(value)
