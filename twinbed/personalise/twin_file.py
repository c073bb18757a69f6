"""Writes a fitted person as a twin file, which a study reads as virtual patients.

The draws are days that the person could have: from the person's posterior plus the variation
from day to day, on the fitted scale, with a seed. A draw whose parameters leave the bounds of
the model is drawn again.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float

import twinbed
from twinbed.core.noise import noise_from_seed, normals
from twinbed.core.quantities import quantities
from twinbed.core.recording import Recording
from twinbed.personalise.day import LONGEST_BASAL_HOLD_S, body_weight_kg, mean_basal_u_h
from twinbed.personalise.evaluate import PersonFit
from twinbed.personalise.identifiability import identifiability
from twinbed.personalise.parameters import NAMES, N, Person, natural
from twinbed.physiology.glucose.replay import Replay

FORMAT = "twinbed-twin/1"
MODEL = "physiology/glucose/replay"
CARBOHYDRATE_RULE, CORRECTION_RULE = 500.0, 1800.0
_TRIES = 200
_CHARACTERISTICS = {"age_y": "age_years", "weight_kg": "body_weight_kg", "height_cm": "height_cm"}
_FEMALE = {"F": 1.0, "M": 0.0}


def draw_days(person: Person, n: int, seed: int) -> np.ndarray:
    """`n` draws of the parameters of a day, on the fitted scale, shape (n, parameter)."""
    root = np.linalg.cholesky(person.covariance + person.within)
    noise = noise_from_seed(seed)
    one = jax.jit(jax.vmap(lambda i: jnp.stack(normals(noise.at(i), range(N)))))
    found: list[np.ndarray] = []
    for block in range(_TRIES):
        normal = np.asarray(one(jnp.arange(block * n, (block + 1) * n, dtype=jnp.uint32)))
        points = person.mean + normal @ root.T
        found.extend(points[_within_bounds(points)])
        if len(found) >= n:
            return np.stack(found[:n])
    raise ValueError(f"only {len(found)} of {_TRIES * n} draws lie within the bounds of {MODEL}")


def _within_bounds(points: Float[np.ndarray, "draw parameter"]) -> Bool[np.ndarray, " draw"]:
    known = quantities(Replay)
    values = {name: natural(points, name) for name in NAMES}
    inside = values["ka2"] < values["kd"]
    for name, value in values.items():
        bounds = known[name].bounds if name in known else None
        if bounds is not None:
            inside &= (bounds[0] <= value) & (value <= bounds[1])
    return inside


def therapy_of(recording: Recording) -> dict[str, float]:
    """The person's therapy: basal and total dose as recorded, ratios by the 500 and 1800 rules.

    Doses are per day with a basal record, so that gaps do not dilute them.
    """
    basal = recording["insulin_rate"]
    known_days = float(np.minimum(np.diff(basal.time_s), LONGEST_BASAL_HOLD_S).sum()) / 86400.0
    basal_rate = mean_basal_u_h(basal)
    total = 24.0 * basal_rate + float(recording["injection"].value.sum()) / max(known_days, 1.0)
    return {
        "basal_rate": basal_rate,
        "carbohydrate_ratio": CARBOHYDRATE_RULE / total,
        "correction_factor": CORRECTION_RULE / total,
        "total_daily_insulin": total,
        "body_weight": body_weight_kg(recording),
    }


def demographics_of(recording: Recording) -> dict[str, float]:
    """What is known of the person, by the names that populations use."""
    known = recording.attributes
    out = {new: float(known[old]) for old, new in _CHARACTERISTICS.items() if old in known}
    letter = str(known.get("sex", "")).strip().upper()[:1]
    if letter in _FEMALE:
        out["female"] = _FEMALE[letter]
    if {"body_weight_kg", "height_cm"} <= out.keys():
        out["bmi_kg_m2"] = out["body_weight_kg"] / (out["height_cm"] / 100.0) ** 2
    return out


def twin_content(recording: Recording, fit: PersonFit, *, draws: int, seed: int) -> dict[str, Any]:
    """The content of the twin file of one person."""
    points = draw_days(fit.person, draws, seed)
    therapy = therapy_of(recording)
    weight, basal = therapy["body_weight"], therapy["basal_rate"]
    parameters = {n: natural(points, n).tolist() for n in NAMES if n != "g0"}
    parameters["body_weight"] = [weight] * draws
    parameters["u2ss"] = [1000.0 * basal / 60.0 / weight] * draws
    return {
        "format": FORMAT,
        "subject": fit.subject,
        "model": MODEL,
        "parameters": parameters,
        "therapy": therapy,
        "demographics": demographics_of(recording),
        "fit": {
            "days": len(fit.days),
            "first_day": fit.days[0].date,
            "last_day": fit.days[-1].date,
            "mean": dict(zip(NAMES, fit.person.mean.tolist(), strict=True)),
            "covariance": fit.person.covariance.tolist(),
            "within_day_variance": np.diag(fit.person.within).tolist(),
            "identifiability": [
                {**vars(i), "shrinkage": i.shrinkage, "entangled_with": list(i.entangled_with)}
                for i in identifiability(fit.person)
            ],
            "weight_assumed": "weight_kg" not in recording.attributes,
        },
        "provenance": {
            "twinbed": twinbed.__version__,
            "source": recording.attributes.get("source", ""),
            "seed": seed,
            "notes": list(recording.notes),
        },
    }
