"""Virtual adults made up for tests: lognormal around the toy patient."""

from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from acme_beds.physiology.glucose.toy_glucose import ToyGlucose

from twinbed.cohorts.cohort import Cohort
from twinbed.cohorts.therapy import Therapy
from twinbed.core.noise import noise_from_seed


@jax.jit
def _normals(noise, numbers):
    draws = jnp.arange(3, dtype=jnp.uint32)
    return jax.vmap(lambda i: jax.vmap(lambda d: noise.at(i).at(d).normal(0))(draws))(numbers)


class ToyAdults:
    """Adults of the toy model."""

    model_id: ClassVar[str] = "physiology/glucose/toy_glucose"

    def sample(self, n: int, seed: int, *, first: int = 0) -> Cohort:
        """Patients `first` to `first + n - 1`."""
        z = np.asarray(_normals(noise_from_seed(seed), jnp.arange(first, first + n)))
        plain = ToyGlucose()
        spread = {k: np.full(n, float(v)) for k, v in vars(plain).items() if k != "step_s"}
        spread["sensitivity"] *= np.exp(0.25 * z[:, 0])
        spread["rise"] *= np.exp(0.15 * z[:, 1])
        weight = 70.0 * np.exp(0.15 * z[:, 2])
        ones, target = np.ones(n), spread["target"]
        action = spread["p1"] * (spread["fasting"] - target) / target
        basal = 60.0 * spread["clearance"] * action * spread["p2"] / spread["sensitivity"]
        therapy = {
            "basal_rate": basal,
            "carbohydrate_ratio": 10.0 * ones,
            "correction_factor": 40.0 * ones,
            "total_daily_insulin": 40.0 * ones,
            "body_weight": weight,
        }
        return Cohort(
            model_id=self.model_id,
            patients=ToyGlucose(**{k: jnp.asarray(v) for k, v in spread.items()}),
            therapy=Therapy(**{k: jnp.asarray(v) for k, v in therapy.items()}),
            demographics={
                "age_years": 30.0 + 5.0 * np.arange(first, first + n),
                "female": np.arange(first, first + n) % 2.0,
            },
            ids=tuple(f"toy-{i:04d}" for i in range(first, first + n)),
            rejected=n,
            source="made up for tests",
            rejected_by_rule={"too toy": n},
        )
