"""Consensus metrics of glucose control: time in ranges, mean, variability, risk indices.

Reads glucose every five minutes, as the consensus metrics of continuous glucose monitoring
do; a study says which signal stands for glucose. Ranges include their limits: 70 to 180 mg/dL
is in range, 69.9 is below and 180.1 is above.

*Known limits*: every reading counts alike, so there is no minimum of days; that is checked by
the study, whose length is declared.

**References:**

- Ranges and targets: Battelino, Danne, Bergenstal et al. (2019), Diabetes Care 42:1593,
  doi:10.2337/dci19-0028
- Glucose management indicator: Bergenstal, Beck, Close et al. (2018), Diabetes Care 41:2275,
  doi:10.2337/dc18-1581
- Risk indices: Kovatchev, Otto, Cox et al. (2006), Diabetes Care 29:2433, doi:10.2337/dc06-1085
- Glycemia risk index: Klonoff, Wang, Rodbard et al. (2023), J Diabetes Sci Technol 17:1226,
  doi:10.1177/19322968221085273
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.endpoint import AbstractEndpoint, Scalar
from twinbed.core.quantities import param, port, var
from twinbed.studies.outcomes import outcome

_CENTRE = 150.0  # sums are taken around it, so that 32-bit numbers lose nothing


class State(eqx.Module):
    """Sums over the readings so far."""

    readings: Scalar = var("1", "readings")
    below_54: Scalar = var("1", "readings below 54 mg/dL")
    below_70: Scalar = var("1", "readings below 70 mg/dL")
    tight: Scalar = var("1", "readings from 70 to 140 mg/dL")
    above_180: Scalar = var("1", "readings above 180 mg/dL")
    above_250: Scalar = var("1", "readings above 250 mg/dL")
    total: Scalar = var("mg/dL", "sum of differences from 150 mg/dL")
    squares: Scalar = var("mg2/dL2", "sum of squared differences from 150 mg/dL")
    low_risk: Scalar = var("1", "sum of risks of low glucose")
    high_risk: Scalar = var("1", "sum of risks of high glucose")


class Inputs(eqx.Module):
    """Glucose."""

    glucose: Scalar = port("interstitial_glucose")


class Outputs(eqx.Module):
    """The metrics of one patient."""

    time_in_range: Scalar = outcome("%", "time from 70 to 180 mg/dL", better="higher")
    time_in_tight_range: Scalar = outcome("%", "time from 70 to 140 mg/dL", better="higher")
    time_below_70: Scalar = outcome("%", "time below 70 mg/dL", better="lower")
    time_below_54: Scalar = outcome("%", "time below 54 mg/dL", better="lower")
    time_above_180: Scalar = outcome("%", "time above 180 mg/dL", better="lower")
    time_above_250: Scalar = outcome("%", "time above 250 mg/dL", better="lower")
    mean_glucose: Scalar = outcome("mg/dL", "mean glucose")
    sd_glucose: Scalar = outcome("mg/dL", "standard deviation of glucose", better="lower")
    cv_glucose: Scalar = outcome("%", "coefficient of variation of glucose", better="lower")
    gmi: Scalar = outcome("%", "glucose management indicator", better="lower")
    lbgi: Scalar = outcome("1", "low blood glucose index", better="lower")
    hbgi: Scalar = outcome("1", "high blood glucose index", better="lower")
    gri: Scalar = outcome("1", "glycemia risk index", better="lower")
    targets_met: Scalar = outcome(
        "1", "more than 70 % in 70-180, less than 4 % below 70 and 1 % below 54 mg/dL", better="higher"
    )


class GlucoseControl(AbstractEndpoint[State, Inputs, Outputs]):
    """Time in ranges and the indices made from them."""

    period_s: float = eqx.field(static=True, default=300.0)
    from_s: Scalar = param(0.0, "s", "readings before this time are not counted")

    def init(self) -> State:
        zero = jnp.asarray(0.0)
        return State(zero, zero, zero, zero, zero, zero, zero, zero, zero, zero)

    def update(self, t_s: Scalar, x: State, u: Inputs) -> State:
        one = jnp.where(t_s >= self.from_s, 1.0, 0.0).astype(u.glucose.dtype)
        away = u.glucose - _CENTRE
        risk = _risk(u.glucose)
        return State(
            readings=x.readings + one,
            below_54=x.below_54 + jnp.where(u.glucose < 54.0, one, 0.0),
            below_70=x.below_70 + jnp.where(u.glucose < 70.0, one, 0.0),
            tight=x.tight + jnp.where((u.glucose >= 70.0) & (u.glucose <= 140.0), one, 0.0),
            above_180=x.above_180 + jnp.where(u.glucose > 180.0, one, 0.0),
            above_250=x.above_250 + jnp.where(u.glucose > 250.0, one, 0.0),
            total=x.total + one * away,
            squares=x.squares + one * away * away,
            low_risk=x.low_risk + one * jnp.where(risk < 0.0, 10.0 * risk * risk, 0.0),
            high_risk=x.high_risk + one * jnp.where(risk > 0.0, 10.0 * risk * risk, 0.0),
        )

    def result(self, x: State) -> Outputs:
        share = lambda count: 100.0 * count / x.readings
        very_low, low = share(x.below_54), share(x.below_70)
        very_high, high = share(x.above_250), share(x.above_180)
        in_range = 100.0 - low - high
        centred = x.total / x.readings
        mean = _CENTRE + centred
        scatter = jnp.maximum(x.squares - x.readings * centred * centred, 0.0)
        sd = jnp.sqrt(scatter / jnp.maximum(x.readings - 1.0, 1.0))
        risk = 3.0 * very_low + 2.4 * (low - very_low) + 1.6 * very_high + 0.8 * (high - very_high)
        met = (in_range > 70.0) & (low < 4.0) & (very_low < 1.0)
        return Outputs(
            time_in_range=in_range,
            time_in_tight_range=share(x.tight),
            time_below_70=low,
            time_below_54=very_low,
            time_above_180=high,
            time_above_250=very_high,
            mean_glucose=mean,
            sd_glucose=sd,
            cv_glucose=100.0 * sd / mean,
            gmi=3.31 + 0.02392 * mean,
            lbgi=x.low_risk / x.readings,
            hbgi=x.high_risk / x.readings,
            gri=jnp.minimum(risk, 100.0),
            targets_met=jnp.where(met, 1.0, 0.0).astype(mean.dtype),
        )


def _risk(glucose: Scalar) -> Scalar:
    """Kovatchev's symmetric scale of glucose in mg/dL; below 20 it stays at the value of 20."""
    return 1.509 * (jnp.log(jnp.maximum(glucose, 20.0)) ** 1.084 - 5.381)
