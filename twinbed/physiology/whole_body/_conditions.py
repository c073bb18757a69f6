"""Chronic conditions as changes of a patient's parameters, by severity from 0 to 1.

**References:**

- Pulse 4.2 (conditions and what they change)
- AnaSim 1.7 (COPD: volumes, resistance, gradient)
- Rodriguez-Roisin, Drakulovic, Rodriguez, Roca, Barbera & Wagner (2009), J Appl Physiol 106(6):1902,
  doi:10.1152/japplphysiol.00085.2009 (gas and blood are parted clearly in mild COPD, and modestly more in severe)
- Arnal et al. (2013), Crit Care 17(5):R196, doi:10.1186/cc12890 (gases in ventilated COPD; dead space calibrated)
- Freeman & LeWinter (1984), Circ Res 54(3):294, doi:10.1161/01.RES.54.3.294 (the pericardium grows with its content)
- Borlaug & Paulus (2011), Eur Heart J 32(6):670, doi:10.1093/eurheartj/ehq426 (failure with preserved ejection)
"""

import difflib
from collections.abc import Callable, Mapping

import equinox as eqx

from twinbed.core.model import AbstractModel
from twinbed.physiology.respiratory.gas_exchange import GasExchange

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
        ("circulation.left_ventricle.elastance_max", 0.3, 0.0),
        ("circulation.right_ventricle.elastance_max", 0.7, 0.0),
        ("circulation.left_ventricle.stiffness", 0.75, 0.0),
        ("circulation.pericardial_volume", 1.5, 0.0),
        ("circulation.blood_volume", 1.15, 0.0),
        ("fluids.blood_volume", 1.15, 0.0),
    ),
    "heart_failure_preserved": (
        ("circulation.left_ventricle.stiffness", 1.6, 0.0),
        ("circulation.arterial_compliance", 0.7, 0.0),
        ("circulation.blood_volume", 1.1, 0.0),
        ("fluids.blood_volume", 1.1, 0.0),
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
        ("breathing.rate", 1.5, 0.0),
        ("autonomic.carotid_body.carbon_dioxide_at_rest", 1.0, 18.0),
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
        ("breathing.rate", 2.0, 0.0),
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


def with_conditions(models: Models, conditions: Mapping[str, float]) -> Models:
    """A copy of a patient with chronic conditions.

    Args:
        models: the organs by name.
        conditions: severity from 0 to 1 by name.

    Raises:
        ValueError: a condition is unknown, or a severity out of range.
    """
    for name, severity in conditions.items():
        if name not in _CHANGES:
            near = difflib.get_close_matches(name, CONDITIONS, n=3, cutoff=0.3)
            hint = f"did you mean {', '.join(near)}?" if near else f"there is {', '.join(CONDITIONS)}"
            raise ValueError(f"no condition {name!r}; {hint}")
        if not 0.0 <= severity <= 1.0:
            raise ValueError(f"condition {name!r}: its severity of {severity} does not lie between 0 and 1")
        for place, times, plus in _CHANGES[name]:
            models = _changed(models, place, 1.0 + (times - 1.0) * severity, plus * severity)
        early = severity**_EARLY_POWER
        for place, times, plus in _EARLY.get(name, ()):
            models = _changed(models, place, 1.0 + (times - 1.0) * early, plus * early)
    gas = models.get("gas_exchange")
    if isinstance(gas, GasExchange) and any(conditions.values()):
        return models | {"gas_exchange": gas.at_own_rest()}
    return models


def _changed(models: Models, place: str, times: float, plus: float) -> Models:
    part, *fields = place.split(".")
    pick: Callable = lambda model: _within(model, fields)
    return models | {part: eqx.tree_at(pick, models[part], pick(models[part]) * times + plus)}


def _within(model: object, fields: list[str]) -> object:
    for name in fields:
        model = getattr(model, name)
    return model
