"""Insulin works harder when glucose is low.

Insulin-dependent utilisation grows with the risk of the glucose value once glucose is below
its basal level, and stays at its value at 60 mg/dL below that:

    action (1 + r1 risk),  risk = 10 [ (ln G)^r2 - (ln Gb)^r2 ]^2

*Known limits*: one curve for every person; no loss of the effect after repeated hypoglycaemia.

**References:**

- Dalla Man et al. (2014), J Diabetes Sci Technol 8(1):26, doi:10.1177/1932296813514502
- Kovatchev et al. (2000), J Theor Med 3:1, doi:10.1080/10273660008833060
"""

import abc

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param

_R = "Dalla Man 2014; value as in py_replay_bg 1.4 (model_parameters_t1d.py)"


class AbstractHypoglycaemia(eqx.Module):
    """What low glucose does to insulin action."""

    @abc.abstractmethod
    def action(self, action: Scalar, glucose: Scalar, basal_glucose: Scalar) -> Scalar:
        """Insulin action at a glucose concentration in mg/dL."""


class NoHypoglycaemiaRisk(AbstractHypoglycaemia):
    """Insulin works the same at every glucose, as in S2008."""

    def action(self, action: Scalar, glucose: Scalar, basal_glucose: Scalar) -> Scalar:
        del glucose, basal_glucose
        return action


class HypoglycaemiaRisk(AbstractHypoglycaemia):
    """Insulin works harder below basal glucose, as in S2013 and S2017."""

    r1: Scalar = param(1.4407, "1", "gain of the risk", bounds=(0.0, 5.0), source=_R)
    r2: Scalar = param(0.8124, "1", "exponent of the logarithm of glucose", bounds=(0.1, 3.0), source=_R)
    gth: Scalar = param(
        60.0,
        "mg/dL",
        "glucose below which the risk grows no more",
        bounds=(30.0, 70.0),
        source="Dalla Man 2014",
    )
    glucose_unit: Scalar = param(
        1.0, "mg/dL", "unit in which the logarithm takes glucose", source="Kovatchev 2000: mg/dL"
    )

    def risk(self, glucose: Scalar, basal_glucose: Scalar) -> Scalar:
        """Zero above basal glucose, growing below, constant below `gth`."""
        held = jnp.clip(glucose, self.gth, basal_glucose)
        f = jnp.log(held / self.glucose_unit) ** self.r2 - jnp.log(basal_glucose / self.glucose_unit) ** self.r2
        return 10.0 * f * f

    def action(self, action: Scalar, glucose: Scalar, basal_glucose: Scalar) -> Scalar:
        return action * (1.0 + self.r1 * self.risk(glucose, basal_glucose))
