"""The signals that cross a boundary between parts of a bed, by name, unit and codes.

A signal is a rate, a level or a count. What a scenario delivers of a rate signal is its `dose_unit`: 50 g of
carbohydrate over 10 minutes is an event of `carbohydrate`, whose signal is 5 g/min. A level lasts as its event does.

Codes are LOINC and ISO/IEEE 11073-10101 (reference identifier and 32-bit code); `None`: no entry means the same.

**References:**

- LOINC 2.78, Regenstrief Institute
- ISO/IEEE 11073-10101:2020; 11073-10425:2019 (continuous glucose monitor)
"""

from twinbed.vocab._devices import OF_DEVICES
from twinbed.vocab._signal import ACT as _ACT
from twinbed.vocab._signal import FLAG as _FLAG
from twinbed.vocab._signal import Signal as Signal
from twinbed.vocab.drugs import DRUGS, Drug, DrugError
from twinbed.vocab.fluids import FLUIDS
from twinbed.vocab.names import meant
from twinbed.vocab.words import meaning

_GLUCOSE = (10.0, 1000.0)
_ALL: tuple[Signal, ...] = (
    # Glucose, as the body has it and as devices show it
    Signal("plasma_glucose", "mg/dL", "Plasma glucose", _GLUCOSE, "2345-7",
           ("MDC_CONC_GLU_VENOUS_PLASMA", 160196), substance="glucose"),
    Signal("interstitial_glucose", "mg/dL", "Interstitial glucose", _GLUCOSE, "99504-3",
           ("MDC_CONC_GLU_ISF", 160212), substance="glucose"),
    Signal("cgm", "mg/dL", "Sensor glucose", (20.0, 600.0), "99504-3",
           ("MDC_CONC_GLU_ISF", 160212), substance="glucose"),
    Signal("cgm_valid", "1", "Sensor reading available", _FLAG),
    Signal("cgm_age", "min", "Age of the sensor reading", (0.0, 1e6)),
    Signal("cgm_current", "1", "Sensor reading young enough to be shown", _FLAG),
    Signal("glucose_trend", "mg/dL/min", "Trend of sensor glucose", (-200.0, 200.0)),
    Signal("glucose_trend_valid", "1", "Trend of sensor glucose known", _FLAG),
    Signal("meter_glucose", "mg/dL", "Finger-stick glucose", (10.0, 700.0), "41653-7",
           ("MDC_CONC_GLU_CAPILLARY_WHOLEBLOOD", 160184), substance="glucose"),
    Signal("meter_valid", "1", "Finger-stick taken", _FLAG),
    # Insulin
    Signal("plasma_insulin", "pmol/L", "Plasma insulin", (0.0, 20000.0), "14796-3", substance="insulin"),
    Signal("insulin_rate", "[IU]/h", "Insulin into the skin", (0.0, 6000.0), dose_unit="[IU]"),
    Signal("basal_command", "[IU]/h", "Basal rate commanded", (0.0, 40.0)),
    Signal("automated_basal", "[IU]/h", "Basal rate that a closed loop gives (below 0: no loop)", (-1.0, 40.0)),
    Signal("temporary_basal", "%", "Temporary basal rate, share of the programmed one", (0.0, 500.0)),
    Signal("delivery_suspended", "1", "Insulin delivery suspended by the person", _FLAG),
    Signal("bolus_command", "[IU]", "Bolus commanded by a controller", (0.0, 80.0)),
    Signal("bolus_command_number", "1", "Running number of the controller's bolus", (0.0, 1e9)),
    Signal("meal_bolus", "[IU]", "Bolus asked for by the person", (0.0, 100.0)),
    Signal("meal_bolus_number", "1", "Running number of the person's bolus", (0.0, 1e9)),
    Signal("bolus_total", "[IU]", "Boluses asked for by the person so far", (0.0, 1e6)),
    Signal("long_acting_dose", "[IU]", "Long-acting insulin the person is to inject", (0.0, 1000.0)),
    Signal("long_acting_dose_number", "1", "Running number of the long-acting dose", (0.0, 1e9)),
    Signal("insulin_reported", "[IU]/h", "Insulin the pump reports delivering", (0.0, 6000.0)),
    Signal("insulin_reported_total", "[IU]", "Insulin the pump reports delivered so far", (0.0, 1e6)),
    Signal("insulin_on_board", "[IU]", "Insulin on board", (-20.0, 200.0)),
    Signal("reservoir", "[IU]", "Insulin left in the reservoir", (0.0, 1000.0)),
    Signal("insulin_delivered_total", "[IU]", "Insulin delivered so far", (0.0, 1e6)),
    Signal("pump_pressure", "kPa", "Pressure in the infusion set", (-50.0, 1000.0)),
    Signal("pump_alarm", "1", "Pump alarm (0 none, 1 occlusion, 2 empty, 3 nearly empty, 4 air, 5 supply blocked)",
           (0.0, 9.0)),
    Signal("second_pump_alarm", "1", "Alarm of a bed's second pump (as pump_alarm)", (0.0, 9.0)),
    Signal("third_pump_alarm", "1", "Alarm of a bed's third pump (as pump_alarm)", (0.0, 9.0)),
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
    Signal("finger_stick", "1", "A finger-stick is taken", _ACT),
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
    Signal("fluid_infused", "mL/min", "Crystalloid and colloid that enter the veins", (0.0, 10000.0)),
    Signal("blood_infused", "mL/min", "Blood or fluid that enters the veins", (0.0, 10000.0), dose_unit="mL"),
    Signal("pleural_pressure", "cm[H2O]", "Pleural pressure", (-100.0, 150.0)),
    Signal("abdominal_pressure", "mm[Hg]", "Abdominal pressure", (-20.0, 150.0)),
    Signal("mechanical_coupling", "1", "Share of contraction that follows activation", (0.0, 1.0)),
    Signal("ischaemia", "1", "Share of contractility that lack of oxygen takes", _FLAG),
    Signal("brainstem_function", "1", "Share of the drive to breathe that lack of oxygen has left", _FLAG),
    Signal("pacemaker_function", "1", "Share of the heart's own rate that lack of oxygen has left", _FLAG),
    Signal("brain_deprivation", "s", "Time without oxygen that the brain has not recovered from", (0.0, 1e6)),
    Signal("heart_deprivation", "s", "Time without oxygen that the heart has not recovered from", (0.0, 1e6)),
    Signal("irreversible", "1", "Brain or heart was without oxygen for longer than anybody recovers from", _FLAG),
    Signal("transcapillary_flow", "mL/min", "Fluid from tissue into blood", (-2000.0, 2000.0)),
    Signal("wound", "mL/min/mm[Hg]", "Conductance of an open artery", (0.0, 1000.0)),
    Signal("bleeding", "mL/min", "Blood that leaves the vessels", (0.0, 20000.0)),
    Signal("arterial_bleeding", "mL/min", "Blood that an open artery loses", (0.0, 20000.0)),
    Signal("dilation_cerebral", "1", "Conductance of the brain's vessels, share of rest", (0.0, 20.0)),
    Signal("dilation_coronary", "1", "Conductance of the heart's own vessels, share of rest", (0.0, 20.0)),
    Signal("dilation_muscle", "1", "Conductance of muscle's vessels by what it needs, share of rest", (0.0, 50.0)),
    Signal("disease_resistance", "1", "Factor of disease on systemic resistance", (0.0, 10.0)),
    Signal("disease_contractility_left", "1", "Factor of disease on the left ventricle's contractility", (0.0, 3.0)),
    Signal("disease_contractility_right", "1", "Factor of disease on the right ventricle's contractility", (0.0, 3.0)),
    Signal("disease_venous_shift", "mL", "Change of unstressed venous volume by disease", (-2000.0, 3000.0)),
    Signal("vascular_response", "1", "Share that disease leaves of what nerves and catecholamines tighten", (0.0, 1.0)),
    Signal("fever", "Cel", "How much warmer the body wants to be", (0.0, 6.0)),
    Signal("disease_drive", "1", "What disease adds to the drive to breathe, share of rest", (0.0, 20.0)),
    Signal("pulmonary_resistance_factor", "1", "Factor on the resistance of the lungs' vessels", (0.05, 1000.0)),
    Signal("chest_compression", "mm[Hg]", "Pressure that a compression puts on all in the chest", (0.0, 200.0)),
    Signal("pericardial_fluid", "mL", "Fluid added to the pericardium", (0.0, 2000.0)),
    # Rhythm
    Signal("rhythm", "1", "Rhythm that is imposed (a number of cardiovascular/conduction)", (0.0, 17.0), whole=True),
    Signal("rhythm_shown", "1", "Rhythm that prevails", (0.0, 30.0)),
    Signal("beat_origin", "1", "Origin of the beat: 0 atria, 1 ventricles, 2 pacemaker, 3 junction", (0.0, 5.0)),
    Signal("atrial_fibrillation", "1", "Amplitude of fibrillation of the atria", _FLAG),
    Signal("ventricular_fibrillation", "1", "Amplitude of fibrillation of the ventricles", _FLAG),
    Signal("atrial_stimulus", "1", "Pacemaker stimulates the atria (0.5: too weakly)", _FLAG),
    Signal("ventricular_stimulus", "1", "Pacemaker stimulates the ventricles (0.5: too weakly)", _FLAG),
    Signal("shock", "J", "Energy of a shock through the chest", (0.0, 1000.0)),
    # Waveforms, and what acts on the heart's rhythm from outside
    Signal("ecg_i", "mV", "Electrocardiogram, lead I", (-20.0, 20.0), mdc=("MDC_ECG_ELEC_POTL_I", 131329)),
    Signal("ecg_ii", "mV", "Electrocardiogram, lead II", (-20.0, 20.0), mdc=("MDC_ECG_ELEC_POTL_II", 131330)),
    Signal("ecg_iii", "mV", "Electrocardiogram, lead III", (-20.0, 20.0), mdc=("MDC_ECG_ELEC_POTL_III", 131389)),
    Signal("ecg_avr", "mV", "Electrocardiogram, lead aVR", (-20.0, 20.0), mdc=("MDC_ECG_ELEC_POTL_AVR", 131390)),
    Signal("ecg_avl", "mV", "Electrocardiogram, lead aVL", (-20.0, 20.0), mdc=("MDC_ECG_ELEC_POTL_AVL", 131391)),
    Signal("ecg_avf", "mV", "Electrocardiogram, lead aVF", (-20.0, 20.0), mdc=("MDC_ECG_ELEC_POTL_AVF", 131392)),
    Signal("ecg_v1", "mV", "Electrocardiogram, lead V1", (-20.0, 20.0), mdc=("MDC_ECG_ELEC_POTL_V1", 131331)),
    Signal("ecg_v2", "mV", "Electrocardiogram, lead V2", (-20.0, 20.0), mdc=("MDC_ECG_ELEC_POTL_V2", 131332)),
    Signal("ecg_v3", "mV", "Electrocardiogram, lead V3", (-20.0, 20.0), mdc=("MDC_ECG_ELEC_POTL_V3", 131333)),
    Signal("ecg_v4", "mV", "Electrocardiogram, lead V4", (-20.0, 20.0), mdc=("MDC_ECG_ELEC_POTL_V4", 131334)),
    Signal("ecg_v5", "mV", "Electrocardiogram, lead V5", (-20.0, 20.0), mdc=("MDC_ECG_ELEC_POTL_V5", 131335)),
    Signal("ecg_v6", "mV", "Electrocardiogram, lead V6", (-20.0, 20.0), mdc=("MDC_ECG_ELEC_POTL_V6", 131336)),
    Signal("ppg_red", "1", "Red light through a finger, share of what enters", (0.0, 2.0)),
    Signal("ppg_infrared", "1", "Infrared light through a finger, share of what enters", (0.0, 2.0)),
    Signal("thoracic_impedance", "1", "Impedance of the chest, share of its mean", (0.0, 10.0),
           mdc=("MDC_IMPED_TTHOR", 151780)),
    Signal("motion", "m/s2", "Motion of hands and chest, root mean square", (0.0, 100.0)),
    Signal("atrial_paced_number", "1", "Stimuli to the atria so far", (0.0, 1e9)),
    Signal("ventricular_paced_number", "1", "Stimuli to the ventricles so far", (0.0, 1e9)),
    Signal("atrial_pulse_number", "1", "Stimuli that went through the atrial lead so far", (0.0, 1e9)),
    Signal("ventricular_pulse_number", "1", "Stimuli that went through the ventricular lead so far", (0.0, 1e9)),
    Signal("atrial_sensed_number", "1", "Activations of the atria that a pacemaker sensed", (0.0, 1e9)),
    Signal("ventricular_sensed_number", "1", "Activations of the ventricles that a pacemaker sensed", (0.0, 1e9)),
    Signal("shock_command", "1", "A shock is asked for", _ACT),
    Signal("shock_advised", "1", "An analysis of the electrocardiogram advises a shock", _FLAG),
    Signal("shock_number", "1", "Shocks so far", (0.0, 1e9)),
    Signal("defibrillator_charge", "J", "Energy in the defibrillator", (0.0, 1000.0)),
    # The circulation, as it can be measured
    Signal("arterial_pressure", "mm[Hg]", "Arterial pressure", (0.0, 350.0)),
    Signal("radial_pressure", "mm[Hg]", "Pressure in the radial artery", (-50.0, 400.0)),
    Signal("arm_pressure", "mm[Hg]", "Arterial pressure in the arm beyond a cuff", (-50.0, 400.0)),
    Signal("arm_venous_pressure", "mm[Hg]", "Venous pressure in the arm beyond a cuff", (-50.0, 400.0)),
    Signal("mean_arterial_pressure", "mm[Hg]", "Mean arterial pressure", (0.0, 350.0), "8478-0"),
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
    Signal("cardiac_output", "L/min", "Cardiac output", (-2.0, 60.0), "8741-1"),
    Signal("splanchnic_blood_flow", "L/min", "Flow through gut and liver", (-5.0, 30.0)),
    Signal("extrasplanchnic_blood_flow", "L/min", "Flow through skin, kidney and what else there is", (-5.0, 30.0)),
    Signal("muscle_blood_flow", "L/min", "Flow through muscle", (-5.0, 40.0)),
    Signal("lung_blood_flow_share_left", "1", "Share of the blood flow that the left lung gets", _FLAG),
    # Breathing and airways
    Signal("respiratory_muscle_pressure", "cm[H2O]", "Pressure of the respiratory muscles", (-150.0, 150.0)),
    Signal("circuit_pressure", "cm[H2O]", "Pressure at the machine's end of the breathing circuit", (-50.0, 200.0)),
    Signal("circuit_resistance", "cm[H2O].s/L", "Resistance of the breathing circuit and its tube", (0.0, 1e5)),
    Signal("inspired_oxygen", "1", "Fraction of oxygen in dry inspired gas", _FLAG),
    Signal("inspired_carbon_dioxide", "1", "Fraction of carbon dioxide in dry inspired gas", _FLAG),
    Signal("ambient_pressure", "mm[Hg]", "Barometric pressure", (100.0, 3000.0)),
    Signal("airway_pressure", "cm[H2O]", "Pressure at the airway opening", (-150.0, 250.0)),
    Signal("airway_flow", "L/min", "Flow into the airway", (-1500.0, 1500.0)),
    Signal("lung_volume", "L", "Gas in both lungs", (0.0, 15.0)),
    Signal("lung_volume_left", "L", "Gas in the left lung", (0.0, 8.0)),
    Signal("lung_volume_right", "L", "Gas in the right lung", (0.0, 8.0)),
    Signal("alveolar_pressure", "cm[H2O]", "Mean alveolar pressure", (-150.0, 250.0)),
    Signal("tidal_volume", "mL", "Volume of the last breath", (0.0, 8000.0)),
    Signal("respiratory_rate", "/min", "Breaths a minute", (0.0, 200.0), "9279-1"),
    Signal("air_hunger", "1", "Breath that is wanted and not had, share of rest", (0.0, 100.0)),
    Signal("minute_ventilation", "L/min", "Ventilation", (0.0, 300.0)),
    Signal("airway_carbon_dioxide", "mm[Hg]", "Carbon dioxide at the airway opening", (0.0, 250.0)),
    Signal("airway_oxygen", "mm[Hg]", "Oxygen at the airway opening", (0.0, 3000.0)),
    Signal("alveolar_oxygen_left", "mm[Hg]", "Oxygen in the left lung", (0.0, 3000.0)),
    Signal("alveolar_oxygen_right", "mm[Hg]", "Oxygen in the right lung", (0.0, 3000.0)),
    Signal("alveolar_carbon_dioxide_left", "mm[Hg]", "Carbon dioxide in the left lung", (0.0, 400.0)),
    Signal("alveolar_carbon_dioxide_right", "mm[Hg]", "Carbon dioxide in the right lung", (0.0, 400.0)),
    Signal("shunt_left", "1", "Share of the left lung's blood that meets no gas", _FLAG),
    Signal("shunt_right", "1", "Share of the right lung's blood that meets no gas", _FLAG),
    Signal("oxygen_uptake_left", "mL/min", "Oxygen that blood takes from the left lung, STPD", (-5000.0, 10000.0)),
    Signal("oxygen_uptake_right", "mL/min", "Oxygen that blood takes from the right lung, STPD", (-5000.0, 10000.0)),
    Signal("carbon_dioxide_output_left", "mL/min", "Carbon dioxide that the left lung gets, STPD", (-1e4, 1e4)),
    Signal("carbon_dioxide_output_right", "mL/min", "Carbon dioxide that the right lung gets, STPD", (-1e4, 1e4)),
    Signal("nitrogen_output_left", "mL/min", "Nitrogen that the left lung gets from blood, STPD", (-5000.0, 5000.0)),
    Signal("nitrogen_output_right", "mL/min", "Nitrogen that the right lung gets from blood, STPD", (-5000.0, 5000.0)),
    Signal("nitrogen_dissolved", "mL", "Nitrogen in blood and tissue, STPD", (0.0, 1e6)),
    Signal("airway_obstruction", "1", "Obstruction of the upper airway", _FLAG),
    Signal("bronchospasm", "1", "Narrowing of the lower airways", _FLAG),
    Signal("pneumothorax_left", "1", "Air leaks into the left pleura", _FLAG),
    Signal("pneumothorax_right", "1", "Air leaks into the right pleura", _FLAG),
    Signal("chest_wound_left", "mm", "Diameter of a hole in the left chest wall", (0.0, 50.0)),
    Signal("chest_wound_right", "mm", "Diameter of a hole in the right chest wall", (0.0, 50.0)),
    Signal("chest_dressing_left", "1", "Dressing on it: 0 none, 1 sealing, 2 with a valve", (0.0, 2.0)),
    Signal("chest_dressing_right", "1", "Dressing on it: 0 none, 1 sealing, 2 with a valve", (0.0, 2.0)),
    Signal("chest_drain_left", "1", "The left pleura is drained", _FLAG),
    Signal("chest_drain_right", "1", "The right pleura is drained", _FLAG),
    Signal("pleural_fluid_left", "mL", "Fluid in the left pleura", (0.0, 5000.0)),
    Signal("pleural_fluid_right", "mL", "Fluid in the right pleura", (0.0, 5000.0)),
    Signal("haemothorax_left", "mL/min", "Blood lost into the left pleura", (0.0, 10000.0), dose_unit="mL"),
    Signal("haemothorax_right", "mL/min", "Blood lost into the right pleura", (0.0, 10000.0), dose_unit="mL"),
    Signal("pleural_blood_left", "mL", "Blood that lies in the left pleura", (0.0, 20000.0)),
    Signal("pleural_blood_right", "mL", "Blood that lies in the right pleura", (0.0, 20000.0)),
    Signal("lung_injury", "1", "Severity of acute lung injury", _FLAG),
    Signal("lung_injury_left", "1", "Severity of injury of the left lung, as in pneumonia", _FLAG),
    Signal("lung_injury_right", "1", "Severity of injury of the right lung, as in pneumonia", _FLAG),
    Signal("embolism", "1", "Share of the lungs' vessels that is blocked", _FLAG),
    Signal("lung_water", "mL", "Water in the lungs outside of their vessels, above rest", (0.0, 5000.0)),
    Signal("alveolar_flooding", "1", "Share of the alveoli that this water fills", _FLAG),
    Signal("dyspnoea", "1", "Share of the breathing effort that is lost", _FLAG),
    Signal("intubation", "1", "Tube: 0 none, 1 trachea, 2 right main bronchus, 3 left, 4 oesophagus", (0.0, 4.0)),
    # Manoeuvres
    Signal("expiratory_strain", "cm[H2O]", "Pressure of expiration against a closed airway", (0.0, 200.0)),
    Signal("inspiratory_effort", "cm[H2O]", "Pressure of a deep inspiration that somebody is asked for", (0.0, 150.0)),
    # Disease, as severe as a scenario says
    Signal("sepsis", "1", "Severity of sepsis", _FLAG),
    Signal("anaphylaxis", "1", "Severity of anaphylaxis", _FLAG),
    Signal("asthma", "1", "Severity of an attack of asthma", _FLAG),
    Signal("heart_weakness", "1", "Severity of an acute weakness of the left ventricle", _FLAG),
    Signal("right_heart_weakness", "1", "Severity of an acute weakness of the right ventricle", _FLAG),
    # Blood gases and what tissue uses
    Signal("arterial_oxygen", "mm[Hg]", "Arterial oxygen pressure", (0.0, 3000.0), "2703-7"),
    Signal("arterial_carbon_dioxide", "mm[Hg]", "Arterial carbon dioxide pressure", (0.0, 300.0), "2019-8"),
    Signal("arterial_saturation", "1", "Saturation of arterial blood", (0.0, 1.001)),
    Signal("arterial_ph", "1", "Arterial pH", (6.0, 8.5), "2744-1"),
    Signal("arterial_oxygen_content", "mL/dL", "Oxygen content of arterial blood", (0.0, 40.0)),
    Signal("arterial_carbon_dioxide_content", "mL/dL", "Carbon dioxide content of arterial blood", (0.0, 200.0)),
    Signal("venous_saturation", "1", "Saturation of mixed venous blood", (0.0, 1.001)),
    Signal("venous_oxygen", "mm[Hg]", "Oxygen pressure of mixed venous blood", (0.0, 1000.0)),
    Signal("venous_carbon_dioxide", "mm[Hg]", "Carbon dioxide pressure of mixed venous blood", (0.0, 300.0)),
    Signal("venous_content_cerebral", "mL/dL", "Oxygen content of the brain's venous blood", (0.0, 40.0)),
    Signal("venous_content_coronary", "mL/dL", "Oxygen content of the heart's venous blood", (0.0, 40.0)),
    Signal("venous_content_muscle", "mL/dL", "Oxygen content of muscle's venous blood", (0.0, 40.0)),
    Signal("base_excess", "mmol/L", "Base excess", (-60.0, 60.0), "1925-7"),
    Signal("bicarbonate", "mmol/L", "Bicarbonate of arterial plasma", (0.0, 100.0), "1960-4"),
    Signal("lactate", "mmol/L", "Lactate in blood", (0.0, 60.0), "2524-7"),
    Signal("oxygen_demand", "mL/min", "Oxygen that tissue asks for, STPD", (0.0, 10000.0)),
    Signal("oxygen_consumption", "mL/min", "Oxygen that tissue uses, STPD", (0.0, 10000.0)),
    Signal("oxygen_missing", "mL/min", "Oxygen that tissue asks for and lacks, more than at rest", (0.0, 10000.0)),
    Signal("carbon_dioxide_production", "mL/min", "Carbon dioxide that tissue makes, STPD", (0.0, 10000.0)),
    Signal("oxygen_demand_muscle", "mL/min", "Oxygen that muscle asks for, STPD", (0.0, 10000.0)),
    Signal("respiratory_quotient", "1", "Carbon dioxide made for oxygen used", (0.5, 1.5)),
    # Fluids, heat
    Signal("crystalloid", "mL/min", "Crystalloid given", (0.0, 5000.0), dose_unit="mL"),
    Signal("colloid", "mL/min", "Colloid given", (0.0, 5000.0), dose_unit="mL"),
    Signal("whole_blood", "mL/min", "Whole blood given", (0.0, 5000.0), dose_unit="mL"),
    Signal("red_cells", "mL/min", "Packed red cells given", (0.0, 5000.0), dose_unit="mL"),
    Signal("haemoglobin", "g/dL", "Haemoglobin", (0.5, 30.0), "718-7"),
    Signal("haemoglobin_mass", "g", "Haemoglobin in all blood", (0.0, 5000.0)),
    Signal("plasma_volume", "mL", "Plasma volume", (100.0, 12000.0)),
    Signal("urine_rate", "mL/min", "Urine made", (0.0, 200.0)),
    Signal("capillary_leak", "1", "Factor on how fast plasma leaks", (0.0, 100.0)),
    Signal("core_temperature", "Cel", "Temperature of the body's core", (10.0, 46.0), "8329-5"),
    Signal("skin_temperature", "Cel", "Mean temperature of the skin", (-10.0, 50.0)),
    Signal("ambient_temperature", "Cel", "Temperature of the air", (-60.0, 70.0)),
    Signal("shivering", "W", "Heat made by shivering", (0.0, 2000.0)),
    Signal("metabolic_heat", "W", "Heat that the body makes", (0.0, 5000.0)),
    Signal("warming", "W", "Heat given to the skin from outside", (-2000.0, 2000.0)),
    Signal("tilt", "deg", "Head-up tilt", (-90.0, 90.0)),
    Signal("acceleration_x", "m/s2", "Acceleration of the bed towards the head", (-20.0, 20.0)),
    Signal("vibration", "m/s2", "Vibration of the bed, root mean square", (0.0, 100.0)),
    # The body's fluids and surroundings, as a scenario sets them
    Signal("interstitial_volume", "mL", "Fluid between the cells", (1000.0, 60000.0)),
    Signal("drug_diuresis", "1", "Factor of drugs on urine", (0.0, 20.0)),
    Signal("altitude", "m", "Height above the sea", (-500.0, 11000.0)),
    Signal("inspired_oxygen_set", "1", "Fraction of oxygen in the surrounding gas; 0 means air", _FLAG),
    Signal("inspired_carbon_dioxide_set", "1", "Fraction of carbon dioxide in the surrounding gas", _FLAG),
    Signal("oxygen_flow", "L/min", "Oxygen given by cannula or mask", (0.0, 100.0)),
    Signal("oxygen_interface", "1", "How oxygen is given: 0 not, 1 cannula, 2 mask, 3 mask with reservoir", (0.0, 3.0)),
    Signal("ambient_temperature_change", "Cel", "Difference of the surroundings from the room's temperature",
           (-80.0, 60.0)),
    Signal("immersion", "1", "Share of the skin that is under water", _FLAG),
    Signal("wind", "m/s", "Speed of air added to that of the room", (0.0, 60.0)),
    Signal("tilt_set", "deg", "Head-up tilt that is asked for", (-90.0, 90.0)),
    # What drugs do
    Signal("drug_resistance", "1", "Factor of drugs on systemic resistance", (0.0, 20.0)),
    Signal("drug_contractility", "1", "Factor of drugs on contractility", (0.0, 10.0)),
    Signal("drug_venous_shift", "mL", "Change of unstressed venous volume by drugs", (-2000.0, 3000.0)),
    Signal("drug_heart_rate", "/min", "Change of the sinus node's rate by drugs", (-200.0, 300.0)),
    Signal("vagal_block", "1", "Share of the vagus that is blocked", _FLAG),
    Signal("sympathetic_tone", "1", "Factor of drugs on what sympathetic nerves send", (0.0, 5.0)),
    Signal("reflex_depression", "1", "Share of the reflexes of the circulation that is lost", _FLAG),
    Signal("dyspnoea_relief", "1", "Share of air hunger that drugs take away", _FLAG),
    Signal("bronchodilation", "1", "Share of the spasm of airway muscle that drugs relieve", _FLAG),
    Signal("stimulus", "1", "Painful stimulus: 0.83 laryngoscopy, 1.25 incision, 1.64 intubation", (0.0, 3.0)),
    Signal("nociception", "1", "Painful stimulus that gets through", (0.0, 3.0)),
    Signal("bispectral_index", "1", "Depth of hypnosis as an electroencephalogram would show it", (0.0, 100.0)),
    Signal("ventilatory_drive", "1", "Factor of drugs on the drive by carbon dioxide", (0.0, 5.0)),
    Signal("hypoxic_drive", "1", "Factor of drugs on the drive by lack of oxygen", (0.0, 5.0)),
    Signal("drive_threshold", "mm[Hg]", "Shift of the carbon dioxide that drives breathing, by drugs", (-20.0, 100.0)),
    Signal("breathing_pace", "1", "Factor of drugs on how often a breath is drawn at a given drive", (0.0, 5.0)),
    Signal("airway_patency", "1", "Share of the upper airway's tone that is left", _FLAG),
    Signal("diaphragm_strength", "1", "Share of the respiratory muscles' strength", (0.0, 1.001)),
    Signal("train_of_four", "1", "Ratio of the fourth to the first twitch", (0.0, 1.001)),
    Signal("metabolic_depression", "1", "Share of metabolism that drugs take away", _FLAG),
)  # fmt: skip


def _pump_signals(drug: Drug) -> tuple[Signal, ...]:
    """What a pump that gives a drug reads and shows."""
    name, label = drug.name, drug.label
    return (
        Signal(f"{name}_command", "mg/min", f"{label} that its pump is to give", (0.0, drug.highest_rate)),
        Signal(f"{name}_target", "mg/L", f"{label}: concentration that its pump is to reach", (0.0, drug.highest)),
        Signal(f"{name}_occlusion", "1", f"{label}: share of its line that is blocked", _FLAG),
        Signal(f"{name}_delivered_total", "mg", f"{label} that its pump gave so far", (0.0, 1e6)),
    )


def _fluid_signals(name: str, label: str) -> tuple[Signal, ...]:
    """What a pump that gives a fluid reads and shows."""
    return (
        Signal(f"{name}_rate", "mL/min", f"{label} that a pump gives", (0.0, 5000.0)),
        Signal(f"{name}_command", "mL/min", f"{label} that its pump is to give", (0.0, 5000.0)),
        Signal(f"{name}_occlusion", "1", f"{label}: share of its line that is blocked", _FLAG),
        Signal(f"{name}_delivered_total", "mL", f"{label} that its pump gave so far", (0.0, 1e6)),
    )


def _of_drug(drug: Drug) -> tuple[Signal, ...]:
    """A drug given into a vein, and where it is."""
    most = (0.0, drug.highest)
    return (
        Signal(f"{drug.name}_rate", "mg/min", f"{drug.label} given", (0.0, drug.highest_rate), dose_unit="mg"),
        Signal(f"{drug.name}_plasma", "mg/L", f"{drug.label} in plasma", most),
        Signal(f"{drug.name}_effect", "mg/L", f"{drug.label} at its site of effect", most),
    )


_GIVEN = tuple(signal for drug in DRUGS.values() for signal in _of_drug(drug))
_PUMPED = tuple(signal for drug in DRUGS.values() for signal in _pump_signals(drug))

_OF_FLUIDS = tuple(signal for name, (label, _) in FLUIDS.items() for signal in _fluid_signals(name, label))

_OTHERS = frozenset(signal.name for signal in (*_ALL, *OF_DEVICES, *_OF_FLUIDS))
for _own in (*_GIVEN, *_PUMPED):
    if _own.name in _OTHERS:
        raise DrugError(
            f"{_own.name.rpartition('_')[0]}.toml: {_own.name!r} is another signal; the drug needs another name"
        )

SIGNALS: dict[str, Signal] = {signal.name: signal for signal in (*_ALL, *OF_DEVICES, *_OF_FLUIDS, *_GIVEN, *_PUMPED)}


class UnknownSignal(KeyError):
    """A name that is no signal; the message lists the nearest ones."""

    def __str__(self) -> str:
        return str(self.args[0])


def signal(name: str) -> Signal:
    """The signal of that name. Raises `UnknownSignal` with the nearest names."""
    if name in SIGNALS:
        return SIGNALS[name]
    said = meaning(name)
    hint = f"that is {said}" if said else meant(name, SIGNALS)
    raise UnknownSignal(f"{name!r} is no signal of the vocabulary" + (f"; {hint}" if hint else ""))
