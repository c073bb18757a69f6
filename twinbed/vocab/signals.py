"""The signals that cross a boundary between parts of a bed, by name, unit and codes.

A signal is a rate, a level or a count. What a scenario delivers of a rate signal is its
`dose_unit`: 50 g of carbohydrate over 10 minutes is an event of `carbohydrate`, whose
signal is 5 g/min. A level signal holds its value as long as the event lasts.

Codes are LOINC and ISO/IEEE 11073-10101 (reference identifier and 32-bit code). A signal
without a code has no entry in that nomenclature that means the same; `None` says so.

**References:**

- LOINC 2.78, Regenstrief Institute
- ISO/IEEE 11073-10101:2020; 11073-10425:2019 (continuous glucose monitor)
"""

import dataclasses
import difflib


@dataclasses.dataclass(frozen=True)
class Signal:
    """A named measurement or flow. `unit` and `dose_unit` are UCUM."""

    name: str
    unit: str
    label: str
    plausible: tuple[float, float]
    loinc: str | None = None
    mdc: tuple[str, int] | None = None
    dose_unit: str | None = None
    substance: str | None = None


_GLUCOSE = (10.0, 1000.0)
_FLAG = (0.0, 1.0)

_ALL = (
    # Glucose, as the body has it and as devices show it
    Signal("plasma_glucose", "mg/dL", "Plasma glucose", _GLUCOSE, "2345-7",
           ("MDC_CONC_GLU_VENOUS_PLASMA", 160196), substance="glucose"),
    Signal("interstitial_glucose", "mg/dL", "Interstitial glucose", _GLUCOSE, "99504-3",
           ("MDC_CONC_GLU_ISF", 160212), substance="glucose"),
    Signal("cgm", "mg/dL", "Sensor glucose", (20.0, 600.0), "99504-3",
           ("MDC_CONC_GLU_ISF", 160212), substance="glucose"),
    Signal("cgm_valid", "1", "Sensor reading available", _FLAG),
    Signal("meter_glucose", "mg/dL", "Finger-stick glucose", (10.0, 700.0), "41653-7",
           ("MDC_CONC_GLU_CAPILLARY_WHOLEBLOOD", 160184), substance="glucose"),
    Signal("meter_valid", "1", "Finger-stick taken", _FLAG),
    # Insulin
    Signal("plasma_insulin", "pmol/L", "Plasma insulin", (0.0, 20000.0), "14796-3", substance="insulin"),
    Signal("insulin_rate", "[IU]/h", "Insulin into the skin", (0.0, 3000.0), dose_unit="[IU]"),
    Signal("basal_command", "[IU]/h", "Basal rate commanded", (0.0, 40.0)),
    Signal("bolus_command", "[IU]", "Bolus commanded by a controller", (0.0, 80.0)),
    Signal("bolus_command_number", "1", "Running number of the controller's bolus", (0.0, 1e9)),
    Signal("meal_bolus", "[IU]", "Bolus asked for by the person", (0.0, 80.0)),
    Signal("meal_bolus_number", "1", "Running number of the person's bolus", (0.0, 1e9)),
    Signal("long_acting_dose", "[IU]", "Long-acting insulin the person is to inject", (0.0, 1000.0)),
    Signal("long_acting_dose_number", "1", "Running number of the long-acting dose", (0.0, 1e9)),
    Signal("insulin_reported", "[IU]/h", "Insulin the pump reports delivering", (0.0, 3000.0)),
    Signal("insulin_reported_total", "[IU]", "Insulin the pump reports delivered so far", (0.0, 1e6)),
    Signal("insulin_on_board", "[IU]", "Insulin on board", (-20.0, 200.0)),
    Signal("reservoir", "[IU]", "Insulin left in the reservoir", (0.0, 1000.0)),
    Signal("insulin_delivered_total", "[IU]", "Insulin delivered so far", (0.0, 1e6)),
    Signal("pump_pressure", "kPa", "Pressure in the infusion set", (0.0, 1000.0)),
    Signal("pump_alarm", "1", "Pump alarm code (0 none, 1 occlusion, 2 reservoir empty)", (0.0, 9.0)),
    Signal("alarm_low_glucose", "1", "Low-glucose alarm", _FLAG),
    # Glucagon
    Signal("plasma_glucagon", "ng/L", "Plasma glucagon", (0.0, 5000.0), "2338-2"),
    Signal("glucagon_rate", "mg/min", "Glucagon into the skin", (0.0, 10.0), dose_unit="mg"),
    # What a person does
    Signal("carbohydrate", "g/min", "Carbohydrate eaten", (0.0, 500.0), "9059-7", dose_unit="g"),
    Signal("fat", "g/min", "Fat eaten", (0.0, 500.0), "9060-5", dose_unit="g"),
    Signal("protein", "g/min", "Protein eaten", (0.0, 500.0), "9061-3", dose_unit="g"),
    Signal("carbohydrate_announced", "g/min", "Carbohydrate announced to the devices", (0.0, 500.0),
           dose_unit="g"),
    Signal("carbohydrate_rescue", "g/min", "Carbohydrate eaten to treat a low", (0.0, 500.0), dose_unit="g"),
    Signal("injection", "[IU]/min", "Insulin given at once, bolus or pen", (0.0, 100.0), dose_unit="[IU]"),
    Signal("long_acting_injection", "[IU]/min", "Long-acting insulin injected with a pen", (0.0, 200.0),
           dose_unit="[IU]"),
    Signal("finger_stick", "1", "A finger-stick is taken", _FLAG),
    Signal("exercise_intensity", "%", "Exercise, share of maximal oxygen uptake", (0.0, 100.0)),
    Signal("heart_rate", "/min", "Heart rate", (0.0, 350.0), "8867-4", ("MDC_ECG_HEART_RATE", 147842)),
    Signal("steps", "/min", "Steps", (0.0, 400.0), "55423-8"),
    # The heart's clock and what governs the circulation
    Signal("atrial_time", "s", "Time since the atria were activated", (0.0, 1e6)),
    Signal("ventricular_time", "s", "Time since the ventricles were activated", (0.0, 1e6)),
    Signal("heart_period", "s", "Period of the sinus node", (0.1, 10.0)),
    Signal("contractility_left", "1", "Contractility of the left ventricle, share of rest", (0.0, 10.0)),
    Signal("contractility_right", "1", "Contractility of the right ventricle, share of rest", (0.0, 10.0)),
    Signal("resistance_splanchnic", "1", "Splanchnic resistance, share of rest", (0.0, 100.0)),
    Signal("resistance_extrasplanchnic", "1", "Extrasplanchnic resistance, share of rest", (0.0, 100.0)),
    Signal("resistance_muscle", "1", "Resistance of muscle, share of rest", (0.0, 100.0)),
    Signal("resistance_cerebral", "1", "Cerebral resistance, share of rest", (0.0, 100.0)),
    Signal("resistance_coronary", "1", "Coronary resistance, share of rest", (0.0, 100.0)),
    Signal("venous_shift_splanchnic", "mL", "Change of unstressed splanchnic venous volume", (-1500.0, 1500.0)),
    Signal("venous_shift_extrasplanchnic", "mL", "Change of unstressed extrasplanchnic venous volume",
           (-1500.0, 1500.0)),
    Signal("venous_shift_muscle", "mL", "Change of unstressed venous volume of muscle", (-1500.0, 1500.0)),
    Signal("blood_loss", "mL/min", "Blood lost", (0.0, 10000.0), dose_unit="mL"),
    Signal("blood_infused", "mL/min", "Blood or fluid that enters the veins", (0.0, 10000.0), dose_unit="mL"),
    Signal("pleural_pressure", "cm[H2O]", "Pleural pressure", (-100.0, 150.0)),
    Signal("abdominal_pressure", "mm[Hg]", "Abdominal pressure", (-20.0, 150.0)),
    # The circulation, as it can be measured
    Signal("arterial_pressure", "mm[Hg]", "Arterial pressure", (0.0, 350.0)),
    Signal("central_venous_pressure", "mm[Hg]", "Central venous pressure", (-50.0, 100.0)),
    Signal("pulmonary_artery_pressure", "mm[Hg]", "Pulmonary artery pressure", (-50.0, 200.0)),
    Signal("left_atrial_pressure", "mm[Hg]", "Left atrial pressure", (-50.0, 100.0)),
    Signal("left_ventricular_pressure", "mm[Hg]", "Left ventricular pressure", (-50.0, 400.0)),
    Signal("left_ventricular_volume", "mL", "Left ventricular volume", (0.0, 600.0)),
    Signal("right_ventricular_volume", "mL", "Right ventricular volume", (0.0, 600.0)),
    Signal("aortic_flow", "L/min", "Flow into the aorta", (-20.0, 100.0)),
    Signal("pulmonary_blood_flow", "L/min", "Flow through the vessels of the lungs", (-20.0, 100.0)),
    Signal("cerebral_blood_flow", "L/min", "Flow through the brain", (-5.0, 10.0)),
    Signal("coronary_blood_flow", "L/min", "Flow through the heart's own vessels", (-5.0, 10.0)),
    Signal("blood_volume", "mL", "Blood volume", (300.0, 15000.0)),
    # Drugs, given and where they are
    Signal("propofol_rate", "mg/min", "Propofol given", (0.0, 5000.0), dose_unit="mg"),
    Signal("propofol_plasma", "mg/L", "Propofol in plasma", (0.0, 200.0)),
    Signal("propofol_effect", "mg/L", "Propofol at its site of effect", (0.0, 100.0)),
    # Things that go wrong, on while the event lasts
    Signal("compression", "1", "Sensor lain on", _FLAG),
    Signal("occlusion", "1", "Infusion set blocked", _FLAG),
    Signal("site_loss", "1", "Share of delivered insulin lost at the site", _FLAG),
    Signal("communication_loss", "1", "Commands do not reach the pump", _FLAG),
    Signal("fault_dropout", "1", "Fault: readings missing", _FLAG),
    Signal("fault_bias", "1", "Fault: constant bias", _FLAG),
    Signal("fault_drift", "1", "Fault: drift", _FLAG),
    Signal("fault_delay", "1", "Fault: outputs late", _FLAG),
    Signal("fault_stuck", "1", "Fault: outputs stuck", _FLAG),
    Signal("fault_over_delivery", "1", "Fault: over-delivery", _FLAG),
    Signal("fault_tampering", "1", "Fault: readings tampered with", _FLAG),
)  # fmt: skip

SIGNALS: dict[str, Signal] = {signal.name: signal for signal in _ALL}


class UnknownSignal(KeyError):
    """A name that is no signal; the message lists the nearest ones."""

    def __str__(self) -> str:
        return str(self.args[0])


def signal(name: str) -> Signal:
    """The signal of that name. Raises `UnknownSignal` with the nearest names."""
    if name in SIGNALS:
        return SIGNALS[name]
    near = difflib.get_close_matches(name, SIGNALS, n=3, cutoff=0.4)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    raise UnknownSignal(f"{name!r} is no signal of the vocabulary{hint}")
