"""Events of low and high glucose, counted as the consensus counts them.

An event begins after 15 minutes beyond its threshold and ends after 15 minutes back. Level 1
includes level 2, as in the consensus. Below 40 mg/dL has no consensus name: it is counted by
the same rule and called profound.

*Known limits*: severe hypoglycaemia, which is defined by help from another person, cannot be
seen in glucose; an event that runs when the study ends is counted; extended hyperglycaemia
is not counted.

**References:**

- Battelino, Alexander, Amiel et al. (2023), Lancet Diabetes Endocrinol 11:42,
  doi:10.1016/S2213-8587(22)00319-9
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.endpoint import AbstractEndpoint, Scalar
from twinbed.core.quantities import param, port, var
from twinbed.studies.endpoints._episodes import Episodes, follow, no_episodes
from twinbed.studies.outcomes import outcome


class State(eqx.Module):
    """The events so far."""

    below_70: Episodes
    below_54: Episodes
    below_40: Episodes
    above_180: Episodes
    above_250: Episodes
    readings: Scalar = var("1", "readings counted")


class Inputs(eqx.Module):
    """Glucose."""

    glucose: Scalar = port("interstitial_glucose")


class Outputs(eqx.Module):
    """Events a day of one patient."""

    hypoglycaemia: Scalar = outcome("/d", "events below 70 mg/dL", better="lower")
    hypoglycaemia_level_2: Scalar = outcome("/d", "events below 54 mg/dL", better="lower", adverse=True)
    hypoglycaemia_profound: Scalar = outcome("/d", "events below 40 mg/dL", better="lower", adverse=True)
    hypoglycaemia_extended: Scalar = outcome(
        "/d", "events below 70 mg/dL for more than 120 min", better="lower", adverse=True
    )
    hyperglycaemia: Scalar = outcome("/d", "events above 180 mg/dL", better="lower")
    hyperglycaemia_level_2: Scalar = outcome("/d", "events above 250 mg/dL", better="lower", adverse=True)


class GlucoseEvents(AbstractEndpoint[State, Inputs, Outputs]):
    """Counts events of low and high glucose."""

    period_s: float = eqx.field(static=True, default=300.0)
    from_s: Scalar = param(0.0, "s", "readings before this time are not counted")

    def init(self) -> State:
        none = no_episodes()
        return State(none, none, none, none, none, jnp.asarray(0.0))

    def update(self, t_s: Scalar, x: State, u: Inputs) -> State:
        counted = t_s >= self.from_s
        return State(
            readings=x.readings + jnp.where(counted, 1.0, 0.0).astype(x.readings.dtype),
            below_70=follow(x.below_70, counted & (u.glucose < 70.0), self.period_s),
            below_54=follow(x.below_54, counted & (u.glucose < 54.0), self.period_s),
            below_40=follow(x.below_40, counted & (u.glucose < 40.0), self.period_s),
            above_180=follow(x.above_180, counted & (u.glucose > 180.0), self.period_s),
            above_250=follow(x.above_250, counted & (u.glucose > 250.0), self.period_s),
        )

    def result(self, x: State) -> Outputs:
        days = x.readings * (self.period_s / 86400.0)
        return Outputs(
            hypoglycaemia=x.below_70.count / days,
            hypoglycaemia_level_2=x.below_54.count / days,
            hypoglycaemia_profound=x.below_40.count / days,
            hypoglycaemia_extended=x.below_70.extended / days,
            hyperglycaemia=x.above_180.count / days,
            hyperglycaemia_level_2=x.above_250.count / days,
        )
