"""A patient of one tank: the pressure is a fiftieth of the blood that is left. Worked out by hand in tests."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import AbstractModel, Scalar, Time
from twinbed.core.quantities import param, port, var
from twinbed.credibility.validation import table


class State(eqx.Module):
    volume: Scalar = var("mL", "blood")


class Inputs(eqx.Module):
    blood_loss: Scalar = port("blood_loss", rest=0.0)
    ambient_pressure: Scalar = port("ambient_pressure", rest=760.0)


class Outputs(eqx.Module):
    blood_volume: Scalar = port("blood_volume")
    arterial_pressure: Scalar = port("arterial_pressure")
    arterial_oxygen: Scalar = port("arterial_oxygen")


class Tank(AbstractModel[State, Inputs, Outputs]):
    """One tank."""

    seconds_per_time_unit: ClassVar[float] = 60.0
    step_s: float = eqx.field(static=True, default=1.0)
    volume: Scalar = param(5000.0, "mL", "blood at first", source="test")
    elastance: Scalar = param(0.02, "mm[Hg]/mL", "pressure by volume", source="test")

    def initial(self) -> State:
        return State(self.volume)

    def resting(self) -> Inputs:
        return Inputs(jnp.zeros_like(self.volume), jnp.full_like(self.volume, 760.0))

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        return State(-u.blood_loss)

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        return Outputs(x.volume, self.elastance * x.volume, u.ambient_pressure / 8.0)


def patient(*, volume=5000.0):
    return {"circulation": Tank(volume=volume)}


def system():
    """A litre lost in a minute, a small patient, height, and what this patient cannot do."""
    base = {"run": "bleed", "base_s": [0, 30], "cite": "definition"}
    return table.read(
        "tiny",
        {
            "title": "Tiny",
            "title_ko": "작은 환자",
            "about": "A tank.",
            "show": ["mean_pressure", "blood_volume"],
            "runs": {
                "bleed": {
                    "label": "A litre in a minute",
                    "lasts_s": 180,
                    "settle_s": 20,
                    "events": [{"signal": "blood_loss", "at_s": 30, "for_s": 60, "amount": 1000}],
                },
                "small": {"label": "A small patient", "lasts_s": 60, "settle_s": 0, "patient": {"volume": 4000.0}},
                "high": {
                    "label": "Height",
                    "lasts_s": 60,
                    "settle_s": 10,
                    "events": [{"signal": "ambient_pressure", "at_s": 30, "for_s": 30, "amount": 560}],
                },
                "obese": {"label": "No such patient", "lasts_s": 60, "patient": {"weight_kg": 140}},
                "drug": {
                    "label": "No such drug",
                    "lasts_s": 60,
                    "events": [{"signal": "propofol_rate", "for_s": 10, "amount": 100}],
                },
                "machine": {
                    "label": "No such device",
                    "lasts_s": 60,
                    "devices": {"pump": {"component": "devices/delivery/no_pump"}},
                },
            },
            "phases": [
                base
                | {
                    "id": "after",
                    "label": "after",
                    "window_s": [120, 180],
                    "rows": [
                        {"what": "mean_pressure", "value": 80},
                        {"id": "share", "what": "mean_pressure", "as": "share", "value": 0.5},
                        {"id": "relative", "what": "mean_pressure", "trend": "down"},
                        {"id": "wrong", "what": "mean_pressure", "trend": "up"},
                        {"id": "change", "what": "blood_volume", "as": "change", "value": -1200},
                        {
                            "id": "per",
                            "what": "mean_pressure",
                            "per": "blood_volume",
                            "unit": "mm[Hg]/mL",
                            "value": 0.02,
                        },
                        {"id": "hidden", "what": "heart_rate", "trend": "up"},
                    ],
                },
                base
                | {
                    "id": "course",
                    "label": "course",
                    "window_s": [30, 180],
                    "rows": [{"what": "mean_pressure", "take": "time_to_fall", "level": 90, "value": 30}],
                },
                {
                    "id": "against",
                    "run": "small",
                    "label": "against the other",
                    "base_run": "bleed",
                    "base_s": [0, 30],
                    "window_s": [0, 60],
                    "cite": "definition",
                    "rows": [{"what": "mean_pressure", "as": "share", "value": 0.8}],
                },
                {
                    "id": "height",
                    "run": "high",
                    "label": "height",
                    "base_s": [0, 30],
                    "window_s": [40, 60],
                    "cite": "definition",
                    "rows": [
                        {"what": "arterial_oxygen", "value": 70},
                        {"id": "before", "what": "arterial_oxygen", "value": 95, "window_s": [0, 20]},
                    ],
                },
                *(
                    {
                        "id": "never",
                        "run": run,
                        "label": "never",
                        "window_s": [30, 60],
                        "cite": "definition",
                        "rows": [{"what": "mean_pressure", "value": 80}],
                    }
                    for run in ("obese", "drug", "machine")
                ),
            ],
        },
        measures=table.measures(),
        citations=table.citations(),
    )
