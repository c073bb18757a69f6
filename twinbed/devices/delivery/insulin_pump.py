"""An insulin pump for any settings: increments, limits, speed, accuracy, occlusion alarm.

Inputs, states, behaviour and known limits are described in `devices/delivery/_pump.py`. The
defaults are a pump without delivery error whose occlusion alarm comes after 2.5 IU. Products
have files of their own: `tslim_x2`, `minimed_670g`, `omnipod_dash`.

*Known limits*: those of `_pump.py`; it is no product, and delivers evenly, which no motor does.

**References:**

- Freckmann et al. (2018), Occlusion detection time in insulin pumps at two different basal rates, J Diabetes Sci
  Technol, doi:10.1177/1932296817750404
"""

import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.devices.delivery._pump import AbstractInsulinPump


class InsulinPump(AbstractInsulinPump):
    """A pump that delivers evenly."""

    def evenness(self, turned: Scalar, metered: Scalar) -> Scalar:
        return jnp.ones_like(metered)
