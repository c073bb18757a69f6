"""What clinicians call what: words that no signal has as its name, and what says them here."""

import re

from twinbed.vocab.names import near

WORDS: dict[str, str] = {
    "tamponade": "pericardial_fluid",
    "tension pneumothorax": "pneumothorax_left or pneumothorax_right",
    "pneumothorax": "pneumothorax_left or pneumothorax_right",
    "open pneumothorax": "chest_wound_left or chest_wound_right",
    "sucking chest wound": "chest_wound_left or chest_wound_right",
    "chest seal": "chest_dressing_left or chest_dressing_right (1 seals, 2 has a valve)",
    "occlusive dressing": "chest_dressing_left or chest_dressing_right (1 seals, 2 has a valve)",
    "needle decompression": "chest_drain_left or chest_drain_right",
    "thoracostomy": "chest_drain_left or chest_drain_right",
    "haemothorax": "haemothorax_left or haemothorax_right",
    "pleural effusion": "pleural_fluid_left or pleural_fluid_right",
    "acute lung injury": "lung_injury",
    "ards": "lung_injury",
    "pneumonia": "lung_injury_left or lung_injury_right, or lung_injury for both",
    "pulmonary embolism": "embolism",
    "bronchospasm": "asthma",
    "status asthmaticus": "asthma",
    "asthma attack": "asthma",
    "copd exacerbation": "asthma of 0.1 or so, besides the condition copd",
    "bronchodilator": "salbutamol_rate (into a vein) or epinephrine_rate",
    "albuterol": "salbutamol_rate (into a vein)",
    "laryngospasm": "airway_obstruction",
    "acute heart failure": "heart_weakness",
    "cardiogenic shock": "heart_weakness",
    "myocardial infarction": "heart_weakness",
    "right heart failure": "right_heart_weakness",
    "right ventricular infarction": "right_heart_weakness",
    "pulmonary oedema": "heart_weakness of nearly 1, or much crystalloid; it is shown as lung_water",
    "septic shock": "sepsis",
    "fever": "sepsis",
    "anaphylactic shock": "anaphylaxis",
    "haemorrhage": "blood_loss, or wound for an artery that stays open",
    "haemorrhagic shock": "blood_loss, or wound for an artery that stays open",
    "transfusion": "red_cells or whole_blood",
    "cardiac arrest": "rhythm (asystole, ventricular_fibrillation_coarse, pulseless_electrical_activity)",
    "arrhythmia": "rhythm",
    "cpr": "chest_compression, or chest_compressor_on with devices/rhythm/chest_compressor",
    "cardioversion": "shock, or shock_command with devices/rhythm/defibrillator",
    "defibrillation": "shock, or shock_command with devices/rhythm/defibrillator",
    "paced": "the device devices/rhythm/pacemaker (atrial_stimulus and ventricular_stimulus without it)",
    "pain": "stimulus",
    "incision": "stimulus",
    "laryngoscopy": "stimulus",
    "valsalva": "expiratory_strain",
    "forced breath": "inspiratory_effort and then expiratory_strain, with the airway open",
    "spirometry": "inspiratory_effort and then expiratory_strain, with the airway open",
    "breath hold": "dyspnoea, of 1",
    "apnoea": "dyspnoea, of 1",
    "respiratory fatigue": "dyspnoea",
    "trendelenburg": "tilt_set, below 0",
    "hypothermia": "ambient_temperature_change or immersion",
    "hypoxic gas": "inspired_oxygen_set or altitude",
    "hypercapnic gas": "inspired_carbon_dioxide_set",
    "one lung ventilation": "intubation (2 right, 3 left main bronchus)",
    "obesity": "weight_kg and height_cm of [patient], bmi or weight_kg of [cohort]; it is no condition",
    "skin colour": "skin_pigment of [patient] or [cohort]",
    "emphysema": "the condition copd",
    "chronic heart failure": "the condition heart_failure or heart_failure_preserved",
}
"""By word, in small letters without hyphens: signals, fields, conditions or devices, with what to know of them."""
_SURE = 0.85


def meaning(name: str) -> str:
    """What says a clinical word here, however it is written; nothing for other words."""
    said = re.sub(r"[\W_]+", " ", name).strip().lower()
    within = [word for word in WORDS if f" {word} " in f" {said} "]
    found = within or near(said, WORDS, most=1, cutoff=_SURE)
    return WORDS[max(found, key=len)] if found else ""


def words_of(signal: str) -> list[str]:
    """The clinical words that an event of a signal stands for."""
    return [word for word, said in WORDS.items() if signal in re.findall(r"(?<![/\w])\w+(?![/\w])", said)]
