"""What the lungs are told, and what they show."""

import equinox as eqx

from twinbed.core.model import Scalar
from twinbed.core.quantities import port

OXYGEN, CARBON = 0.2095, 0.0004
"""Shares of dry air."""


class Inputs(eqx.Module):
    """What moves the lungs, what they are given, and what blood takes from them."""

    respiratory_muscle_pressure: Scalar = port("respiratory_muscle_pressure", rest=0.0)
    circuit_pressure: Scalar = port("circuit_pressure", rest=0.0)
    circuit_resistance: Scalar = port("circuit_resistance", rest=0.0)
    inspired_oxygen: Scalar = port("inspired_oxygen", rest=OXYGEN)
    inspired_carbon_dioxide: Scalar = port("inspired_carbon_dioxide", rest=CARBON)
    ambient_pressure: Scalar = port("ambient_pressure", rest=760.0)
    intubation: Scalar = port("intubation", rest=0.0)
    oxygen_flow: Scalar = port("oxygen_flow", rest=0.0)
    oxygen_interface: Scalar = port("oxygen_interface", rest=0.0)
    airway_obstruction: Scalar = port("airway_obstruction", rest=0.0)
    airway_patency: Scalar = port("airway_patency", rest=1.0)
    bronchospasm: Scalar = port("bronchospasm", rest=0.0)
    lung_injury: Scalar = port("lung_injury", rest=0.0)
    lung_injury_left: Scalar = port("lung_injury_left", rest=0.0)
    lung_injury_right: Scalar = port("lung_injury_right", rest=0.0)
    embolism: Scalar = port("embolism", rest=0.0)
    lung_water: Scalar = port("lung_water", rest=0.0)
    diaphragm_strength: Scalar = port("diaphragm_strength", rest=1.0)
    dyspnoea: Scalar = port("dyspnoea", rest=0.0)
    pneumothorax_left: Scalar = port("pneumothorax_left", rest=0.0)
    pneumothorax_right: Scalar = port("pneumothorax_right", rest=0.0)
    chest_wound_left: Scalar = port("chest_wound_left", rest=0.0)
    chest_wound_right: Scalar = port("chest_wound_right", rest=0.0)
    chest_dressing_left: Scalar = port("chest_dressing_left", rest=0.0)
    chest_dressing_right: Scalar = port("chest_dressing_right", rest=0.0)
    chest_drain_left: Scalar = port("chest_drain_left", rest=0.0)
    chest_drain_right: Scalar = port("chest_drain_right", rest=0.0)
    pleural_fluid_left: Scalar = port("pleural_fluid_left", rest=0.0)
    pleural_fluid_right: Scalar = port("pleural_fluid_right", rest=0.0)
    oxygen_uptake_left: Scalar = port("oxygen_uptake_left", rest=0.0)
    oxygen_uptake_right: Scalar = port("oxygen_uptake_right", rest=0.0)
    carbon_dioxide_output_left: Scalar = port("carbon_dioxide_output_left", rest=0.0)
    carbon_dioxide_output_right: Scalar = port("carbon_dioxide_output_right", rest=0.0)
    pleural_blood_left: Scalar = port("pleural_blood_left", rest=0.0)
    pleural_blood_right: Scalar = port("pleural_blood_right", rest=0.0)
    nitrogen_output_left: Scalar = port("nitrogen_output_left", rest=0.0)
    nitrogen_output_right: Scalar = port("nitrogen_output_right", rest=0.0)


class Outputs(eqx.Module):
    """What can be measured at the airway and in the chest, and what blood meets."""

    airway_pressure: Scalar = port("airway_pressure")
    airway_flow: Scalar = port("airway_flow")
    airway_carbon_dioxide: Scalar = port("airway_carbon_dioxide")
    airway_oxygen: Scalar = port("airway_oxygen")
    lung_volume: Scalar = port("lung_volume")
    lung_volume_left: Scalar = port("lung_volume_left")
    lung_volume_right: Scalar = port("lung_volume_right")
    alveolar_pressure: Scalar = port("alveolar_pressure")
    pleural_pressure: Scalar = port("pleural_pressure")
    alveolar_oxygen_left: Scalar = port("alveolar_oxygen_left")
    alveolar_oxygen_right: Scalar = port("alveolar_oxygen_right")
    alveolar_carbon_dioxide_left: Scalar = port("alveolar_carbon_dioxide_left")
    alveolar_carbon_dioxide_right: Scalar = port("alveolar_carbon_dioxide_right")
    shunt_left: Scalar = port("shunt_left")
    shunt_right: Scalar = port("shunt_right")
    lung_blood_flow_share_left: Scalar = port("lung_blood_flow_share_left")
    pulmonary_resistance_factor: Scalar = port("pulmonary_resistance_factor")
    alveolar_flooding: Scalar = port("alveolar_flooding")
