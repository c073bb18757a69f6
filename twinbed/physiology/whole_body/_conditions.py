"""Chronic conditions as changes of a patient's parameters, by severity from 0 to 1.

**References:**

- Pulse 4.2 (conditions and what they change)
- AnaSim 1.7 (COPD: volumes, resistance, gradient)
- Rodriguez-Roisin, Drakulovic, Rodriguez, Roca, Barbera & Wagner (2009), J Appl Physiol 106(6):1902,
  doi:10.1152/japplphysiol.00085.2009 (gas and blood are parted clearly in mild COPD, and modestly more in severe)
- Arnal et al. (2013), Crit Care 17(5):R196, doi:10.1186/cc12890 (gases in ventilated COPD; dead space calibrated)
- Loveridge, West, Kryger & Anthonisen (1986), Am Rev Respir Dis 134(5):930 (breaths get shallow, and hardly faster, as
  chronic obstruction gets worse); Tobin et al. (1983), Chest 84(3):286, doi:10.1378/chest.84.3.286 (rates at rest)
- Heyer et al. (1997), Respir Physiol 109(1):29 (0.82 L/min for each mmHg in chronic obstruction, 1.69 in health)
- Fleetham, Bradley, Kryger & Anthonisen (1980), Am Rev Respir Dis 122(6):833, doi:10.1164/arrd.1980.122.6.833 (little
  answer to lack of oxygen in those who always lack it)
- Freeman & LeWinter (1984), Circ Res 54(3):294, doi:10.1161/01.RES.54.3.294 (the pericardium grows with its content)
- ESCAPE investigators (2005), JAMA 294(13):1625, doi:10.1001/jama.294.13.1625 (pressures and flow in severe failure)
- Anand et al. (1989), Circulation 80(2):299, doi:10.1161/01.CIR.80.2.299 (34 % more plasma, sixfold noradrenaline)
- Bristow et al. (1982), N Engl J Med 307(4):205, doi:10.1056/NEJM198207223070401 (half of the beta receptors are lost)
- Eckberg, Drabinsky & Braunwald (1971), N Engl J Med 285(16):877, doi:10.1056/NEJM197110142851602 (a weak vagus)
- Borlaug et al. (2006), Circulation 114(20):2138, doi:10.1161/CIRCULATIONAHA.106.632745 (with preserved ejection heart
  rate and flow rise by some 40 % less at the same light work, and vessels widen less; much the same at rest)
- Borlaug & Paulus (2011), Eur Heart J 32(6):670, doi:10.1093/eurheartj/ehq426 (failure with preserved ejection)
"""

from collections.abc import Callable, Mapping

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import AbstractModel, Scalar
from twinbed.physiology.respiratory.breathing import Breathing
from twinbed.physiology.respiratory.gas_exchange import GasExchange
from twinbed.physiology.respiratory.lungs import Lungs
from twinbed.vocab.names import meant

Models = dict[str, AbstractModel]
Change = tuple[str, float, float]
"""Where (`model.field.field`), what it is multiplied by, and what is then added, at full severity."""

_CHANGES: dict[str, tuple[Change, ...]] = {
    "hypertension": (
        ("autonomic.set_point", 1.0, 40.0),
        ("circulation.splanchnic.resistance", 1.45, 0.0),
        ("circulation.extrasplanchnic.resistance", 1.45, 0.0),
        ("circulation.muscle.resistance", 1.45, 0.0),
        ("circulation.cerebral.resistance", 1.45, 0.0),
        ("circulation.coronary.resistance", 1.45, 0.0),
        ("circulation.arterial_compliance", 0.7, 0.0),
        ("circulation.left_ventricle.elastance_max", 1.4, 0.0),
        ("gas_exchange.rest_pressure", 1.4, 0.0),
    ),
    "heart_failure": (
        ("circulation.right_ventricle.elastance_max", 0.45, 0.0),
        ("circulation.left_ventricle.stiffness", 0.69, 0.0),
        ("circulation.pericardial_volume", 1.6, 0.0),
        ("circulation.blood_volume", 1.19, 0.0),
        ("circulation.splanchnic.resistance", 1.4, 0.0),
        ("circulation.extrasplanchnic.resistance", 1.4, 0.0),
        ("circulation.muscle.resistance", 1.4, 0.0),
        ("fluids.blood_volume", 1.19, 0.0),
        ("autonomic.contraction_left", 0.45, 0.0),
        ("autonomic.contraction_right", 0.45, 0.0),
        ("autonomic.period_sympathetic", 0.45, 0.0),
        ("autonomic.period_vagal", 0.65, 0.0),
        ("gas_exchange.rest.muscle_flow", 0.6, 0.0),
        ("gas_exchange.rest.other_flow", 0.6, 0.0),
        ("gas_exchange.lactate.liver_flow", 0.6, 0.0),
    ),
    "heart_failure_preserved": (
        ("circulation.left_ventricle.stiffness", 1.6, 0.0),
        ("circulation.arterial_compliance", 0.7, 0.0),
        ("circulation.blood_volume", 1.1, 0.0),
        ("fluids.blood_volume", 1.1, 0.0),
        ("autonomic.period_intrinsic", 1.152, 0.0),
        ("autonomic.period_sympathetic", 0.65, 0.0),
        ("autonomic.period_vagal", 0.65, 0.0),
        ("autoregulation.hyperaemia", 0.75, 0.0),
    ),
    "copd": (
        ("lungs.lower_resistance", 1.0, 9.0),
        ("lungs.lung.resting", 1.5, 0.0),
        ("lungs.lung.residual", 1.9, 0.0),
        ("lungs.lung.capacity", 1.15, 0.0),
        ("lungs.lung.compliance", 1.3, 0.0),
        ("lungs.tethering", 0.3, 0.0),
        ("lungs.poorly", 1.0, 0.21),
        ("breathing.rest_carbon_dioxide", 1.0, 18.0),
        ("breathing.rest_oxygen", 1.0, -35.0),
        ("breathing.rate", 1.7, 0.0),
        ("breathing.tidal", 0.8, 0.0),
        ("breathing.threshold", 2.0, 0.0),
        ("autonomic.tidal_volume_at_rest", 0.8, 0.0),
        ("autonomic.carotid_body.carbon_dioxide_at_rest", 1.0, 18.0),
        ("autonomic.carotid_body.saturation_at_rest", 1.0, -0.1),
        ("circulation.pulmonary_resistance", 1.8, 0.0),
        ("lungs.rest_carbon_dioxide", 1.0, 18.0),
        ("gas_exchange.base_excess_at_rest", 1.0, 3.0),
        ("gas_exchange.rest.alveolar_carbon_dioxide", 1.0, 18.0),
        ("gas_exchange.rest.alveolar_oxygen", 1.0, -21.0),
    ),
    "fibrosis": (
        ("lungs.lung.compliance", 0.35, 0.0),
        ("lungs.lung.capacity", 0.6, 0.0),
        ("lungs.lung.resting", 0.7, 0.0),
        ("lungs.lung.residual", 0.8, 0.0),
        ("lungs.shunt", 1.0, 0.25),
        ("lungs.unperfused_share", 1.0, 0.3),
        ("gas_exchange.rest.shunt", 1.0, 0.25),
        ("breathing.rate", 2.3, 0.0),
        ("breathing.tidal", 0.52, 0.0),
        ("autonomic.tidal_volume_at_rest", 0.52, 0.0),
    ),
    "anaemia": (
        ("fluids.haemoglobin", 0.4, 0.0),
        ("fluids.haematocrit", 0.4, 0.0),
        ("gas_exchange.blood.haemoglobin", 0.4, 0.0),
    ),
    "mitral_regurgitation": (("circulation.mitral_leak", 1.0, 4.0),),
    "aortic_regurgitation": (("circulation.aortic_leak", 1.0, 4.0),),
    "pericardial_effusion": (("circulation.effusion", 1.0, 250.0), ("circulation.pericardial_volume", 1.0, 100.0)),
    "pulmonary_hypertension": (("circulation.pulmonary_resistance", 4.0, 0.0),),
}
_LEFT: dict[str, tuple[tuple[str, float], ...]] = {
    "heart_failure": (("circulation.left_ventricle.elastance_max", 0.134),),
}
"""What is left of it at full severity where each step of severity takes the same share of what is still there."""
_EARLY: dict[str, tuple[Change, ...]] = {
    "copd": (
        ("lungs.unperfused_share", 1.0, 0.52),
        ("lungs.shunt", 1.0, 0.22),
        ("gas_exchange.rest.shunt", 1.0, 0.22),
    ),
}
"""The same for what is mostly there in mild disease."""
_EARLY_POWER = 0.35
"""Power of severity with which that grows: two thirds of it are there at 0.3."""
CONDITIONS = tuple(sorted(_CHANGES))
CALIBRATED_CONDITIONS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (
        "heart_failure",
        (
            "circulation.left_ventricle.elastance_max", "circulation.right_ventricle.elastance_max",
            "circulation.left_ventricle.stiffness", "circulation.splanchnic.resistance",
            "circulation.extrasplanchnic.resistance", "circulation.muscle.resistance", "autonomic.contraction_left",
            "autonomic.contraction_right", "autonomic.period_sympathetic", "autonomic.period_vagal",
        ),
        "ejection fraction of 20 %, systolic pressure of 106 mmHg, 2 L/min/m2 and 20 mmHg in the left atrium at 0.8"
        " (ESCAPE 2005, Anand 1989)",
    ),
    (
        "heart_failure_preserved",
        ("autonomic.period_sympathetic", "autonomic.period_vagal", "autoregulation.hyperaemia"),
        "heart rate and cardiac output rise by some 40 % less in light exercise (Borlaug 2006)",
    ),
    ("heart_failure_preserved", ("autonomic.period_intrinsic",), "the heart rate of rest, which differs little"),
    (
        "copd",
        ("lungs.unperfused_share", "lungs.shunt", "gas_exchange.rest.shunt"),
        "carbon dioxide of 44 to 67 mmHg and oxygen ratio of 206 to 295 in ventilated COPD (Arnal 2013), most of it"
        " early in the disease (Rodriguez-Roisin 2009)",
    ),
    (
        "copd",
        ("breathing.rate", "breathing.tidal", "breathing.threshold"),
        "16 to 25 breaths a minute of 400 to 500 mL (Tobin 1983, Loveridge 1986), half the answer to carbon dioxide"
        " (Heyer 1997)",
    ),
    ("fibrosis", ("lungs.shunt", "gas_exchange.rest.shunt"), "saturation of 90 %"),
    ("fibrosis", ("breathing.rate", "breathing.tidal"), "more than 30 shallow breaths a minute"),
    ("pericardial_effusion", ("circulation.pericardial_volume",), "a slight fall of pressure with 250 mL"),
)  # fmt: skip
"""Changes of conditions that were calibrated, and to what; the others are their sources' or assumed."""


def changes_of(condition: str) -> dict[str, str]:
    """What a condition does to parameters at full severity, in a reader's words, by where they are."""
    plus = lambda amount: f" {amount:+g}" if amount else ""
    said = lambda times, amount: f"{f'x {times:g}' if times != 1.0 else ''}{plus(amount)}".strip()
    whole = (*_CHANGES[condition], *((place, left, 0.0) for place, left in _LEFT.get(condition, ())),
             *_EARLY.get(condition, ()))  # fmt: skip
    return {place: said(times, amount) for place, times, amount in whole}


def with_conditions(models: Models, conditions: Mapping[str, float]) -> Models:
    """A copy of a patient with chronic conditions.

    Args:
        models: the organs by name.
        conditions: severity from 0 to 1 by name.

    Raises:
        ValueError: a condition is unknown, or a severity out of range.
    """
    healthy = models
    for name, severity in conditions.items():
        if name not in _CHANGES:
            hint = meant(name, CONDITIONS, otherwise=f"there is {', '.join(CONDITIONS)}")
            raise ValueError(f"no condition {name!r}; {hint}")
        if not 0.0 <= severity <= 1.0:
            raise ValueError(f"condition {name!r}: its severity of {severity} does not lie between 0 and 1")
        models = _with_condition(models, name, severity)
    if not any(conditions.values()):
        return models
    gas = models.get("gas_exchange")
    if isinstance(gas, GasExchange):
        models = models | {"gas_exchange": gas.at_own_rest()}
    return _used_to_own_load(healthy, models)


def _with_condition(models: Models, name: str, severity: float) -> Models:
    for place, times, plus in _CHANGES[name]:
        models = _changed(models, place, 1.0 + (times - 1.0) * severity, plus * severity)
    for place, left in _LEFT.get(name, ()):
        models = _changed(models, place, left**severity, 0.0)
    early = severity**_EARLY_POWER
    for place, times, plus in _EARLY.get(name, ()):
        models = _changed(models, place, 1.0 + (times - 1.0) * early, plus * early)
    return models


def _used_to_own_load(healthy: Models, models: Models) -> Models:
    """A copy whose control of breathing is used to the own lungs and blood.

    Over years effort grows until a breath is as deep as is wanted, in spite of the load, and the brain's bicarbonate
    until the own pH is that of rest. What stays of a condition is its rate, depth and carbon dioxide at rest.
    """
    before, breathing = healthy.get("breathing"), models.get("breathing")
    old, lungs, gas = healthy.get("lungs"), models.get("lungs"), models.get("gas_exchange")
    if isinstance(before, Breathing) and isinstance(breathing, Breathing):
        if isinstance(old, Lungs) and isinstance(lungs, Lungs):
            needed = _load(lungs, breathing) * breathing.tidal / (_load(old, before) * before.tidal)
            breathing = eqx.tree_at(lambda b: b.effort, breathing, breathing.effort * needed)
        if isinstance(gas, GasExchange):
            ph = gas.blood.ph(breathing.rest_carbon_dioxide, gas.base_excess_at_rest, gas.rest.temperature)
            breathing = eqx.tree_at(lambda b: b.rest_ph, breathing, ph)
        models = models | {"breathing": breathing}
    return models


def _load(lungs: Lungs, breathing: Breathing) -> Scalar:
    """Peak of the effort, a quarter of a sine, that brings in a litre against elastance and resistance, cmH2O/L."""
    compliance = 1.0 / (1.0 / lungs.lung.compliance + 1.0 / lungs.chest_compliance)
    lag = compliance * (lungs.upper.resistance + lungs.lower_resistance + lungs.chest_resistance)
    lasts = breathing.duty * breathing.minute / breathing.rate
    turn = 0.5 * jnp.pi * lag / lasts
    return (1.0 + turn**2) / (compliance * (1.0 + turn * jnp.exp(-lasts / lag)))


def _changed(models: Models, place: str, times: float, plus: float) -> Models:
    part, *fields = place.split(".")
    pick: Callable = lambda model: _within(model, fields)
    return models | {part: eqx.tree_at(pick, models[part], pick(models[part]) * times + plus)}


def _within(model: object, fields: list[str]) -> object:
    for name in fields:
        model = getattr(model, name)
    return model
