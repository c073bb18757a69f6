"""Who breathes, how often and how deep: chemical control, and the pressure of the respiratory muscles.

Central receptors follow the carbon dioxide of the brain, peripheral ones multiply carbon dioxide and lack of oxygen;
their answer to a long lack of oxygen declines. Both, with what exercise asks for, set a drive relative to rest, which
is shared between depth and rate. Awake, some drive remains without carbon dioxide; it goes with consciousness. So
carbon dioxide below rest takes less from breathing than the same above rest adds, and less from the answer to lack of
oxygen, which else would end itself; above rest it adds more than it does asleep. Beyond two thirds of the greatest
uptake lactic acid drives breathing too. Drugs scale the drive, shift the carbon dioxide that starts it, make breaths
rare or frequent at the same drive, and weaken the muscles. A hypnotic given fast raises the threshold above the carbon
dioxide of the moment: apnoea lasts until the one has risen to the other. A breath once begun is finished.

Inflation of the lungs by somebody else delays the next effort, as Hering and Breuer found: once it ends, expiration
begins anew. So a patient on a ventilator that gives enough falls in with it. Rate and volume are what a bystander
counts by the flow at the mouth, whoever makes it.

Lack of oxygen makes breaths a little faster than carbon dioxide does. Carotid bodies that get too little blood, for
pressure is low, make breaths fast, and so do breaths that fall short and irritated lungs; however much of that comes
together, the rate levels off below one that only exercise passes. Air hunger is drive times the share by which a
breath falls short of the depth that was wanted. A strain holds the breath and presses on chest and belly alike; against
an open airway it empties the lungs. An effort to inspire draws as long as it lasts; a strain after it is a forced
breath.

*Known limits*: no cough or sigh; no effort of inspiration reaches the belly; no fatigue; inflation does not cut
inspiration short; gasping of the dying is left out.

**References:**

- Batzel & Tran (2000), J Math Biol 41(1):45, doi:10.1007/s002850000044 (central and peripheral gains, as in Pulse 4.2)
- Albanese, Cheng, Ursino & Chbat (2016), Am J Physiol 310(7):H899, doi:10.1152/ajpheart.00230.2014 (shape of effort)
- Kelsen, Fleegler & Altose (1979), Am Rev Respir Dis 120(3):517 (drive in asthma)
- Landgren & Neil (1951), Acta Physiol Scand 23(2-3):158 (carotid bodies in haemorrhage)
- Blackie et al. (1991), Chest 100(1):136, doi:10.1378/chest.100.1.136 (rate and depth in maximal exercise)
- Leevers, Simon, Xi & Dempsey (1993), J Physiol 472:749, doi:10.1113/jphysiol.1993.sp019971 (ventilator)
- Glass et al. (1997), Anesthesiology 86(4):836, doi:10.1097/00000542-199704000-00014 (index and consciousness)
- Gelberg, Jonmarker, Stenqvist & Werner (2012), Br J Anaesth 108(6):1028, doi:10.1093/bja/aes029 (opioid bolus)
- Fink (1961), J Appl Physiol 16(1):15, doi:10.1152/jappl.1961.16.1.15 (wakefulness keeps two thirds of ventilation)
- Wasserman, Whipp, Koyal & Beaver (1973), J Appl Physiol 35(2):236, doi:10.1152/jappl.1973.35.2.236 (lactic acid)
- Douglas, White, Weil, Pickett & Zwillich (1982), Am Rev Respir Dis 126(5):758, doi:10.1164/arrd.1982.126.5.758
- Easton, Slykerman & Anthonisen (1986), J Appl Physiol 61(3):906, doi:10.1152/jappl.1986.61.3.906 (decline)
- Frat et al. (2015), N Engl J Med 372(23):2185, doi:10.1056/NEJMoa1503326; Brochard et al. (1995), ibid. 333(13):817,
  doi:10.1056/NEJM199509283331301 (how fast people in respiratory failure breathe)
"""

from typing import ClassVar, Literal

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import AbstractHybridModel, Scalar, Time
from twinbed.core.quantities import param, port, var
from twinbed.physiology.respiratory._parts.count import Count, Counted

_BATZEL = "Batzel & Tran 2000, as in Pulse 4.2"
_ASSUMED = "assumed"
_SHOCK = "calibrated to more than 35 breaths a minute after losses above 40 % (ATLS)"
_NEIL = "Landgren & Neil 1951: carotid bodies fire more once bleeding has lowered the pressure; size assumed"
_TEXTBOOK = "textbook adult"
_UNIT = "definition of the unit"
_LEAST = 0.12
"""Drive, as a share of rest, below which no breath begins."""


class State(eqx.Module):
    """The receptors, and the breath that is under way."""

    brain: Scalar = var("mm[Hg]", "carbon dioxide at the central receptors")
    carotid_oxygen: Scalar = var("mm[Hg]", "oxygen at the peripheral receptors")
    carotid_carbon_dioxide: Scalar = var("mm[Hg]", "carbon dioxide at the peripheral receptors")
    decline: Scalar = var("1", "how far the answer to lack of oxygen has declined")
    exertion: Scalar = var("1", "drive that exercise adds")
    pressure: Scalar = var("mm[Hg]", "arterial pressure that the carotid bodies feel")
    since: Scalar = var("s", "time since the breath began")
    due: Scalar = var("s", "time, so counted, at which the next is due")
    inspiration: Scalar = var("s", "length of its inspiration")
    expiration: Scalar = var("s", "length of its expiration if nobody inflates the lungs")
    effort: Scalar = var("cm[H2O]", "peak of the effort that is asked for")
    wanted: Scalar = var("L", "volume that it shall bring")
    inhaled: Scalar = var("L", "volume inhaled in this breath")
    shortfall: Scalar = var("1", "share by which breath falls short of what was wanted")
    counted: Counted


class Inputs(eqx.Module):
    """What the receptors feel, what drugs and disease do, and what the airway does."""

    arterial_oxygen: Scalar = port("arterial_oxygen", rest=95.0)
    arterial_carbon_dioxide: Scalar = port("arterial_carbon_dioxide", rest=40.0)
    arterial_ph: Scalar = port("arterial_ph", rest=7.4)
    ventilatory_drive: Scalar = port("ventilatory_drive", rest=1.0)
    hypoxic_drive: Scalar = port("hypoxic_drive", rest=1.0)
    disease_drive: Scalar = port("disease_drive", rest=0.0)
    drive_threshold: Scalar = port("drive_threshold", rest=0.0)
    breathing_pace: Scalar = port("breathing_pace", rest=1.0)
    bispectral_index: Scalar = port("bispectral_index", rest=93.0)
    diaphragm_strength: Scalar = port("diaphragm_strength", rest=1.0)
    dyspnoea: Scalar = port("dyspnoea", rest=0.0)
    oxygen_demand: Scalar = port("oxygen_demand", rest=250.0)
    arterial_pressure: Scalar = port("arterial_pressure", rest=92.0)
    venous_content_cerebral: Scalar = port("venous_content_cerebral", rest=12.9)
    brainstem_function: Scalar = port("brainstem_function", rest=1.0)
    lung_injury: Scalar = port("lung_injury", rest=0.0)
    lung_injury_left: Scalar = port("lung_injury_left", rest=0.0)
    lung_injury_right: Scalar = port("lung_injury_right", rest=0.0)
    embolism: Scalar = port("embolism", rest=0.0)
    alveolar_flooding: Scalar = port("alveolar_flooding", rest=0.0)
    bronchospasm: Scalar = port("bronchospasm", rest=0.0)
    airway_flow: Scalar = port("airway_flow", rest=0.0)
    lung_volume: Scalar = port("lung_volume", rest=2.5)
    expiratory_strain: Scalar = port("expiratory_strain", rest=0.0)
    inspiratory_effort: Scalar = port("inspiratory_effort", rest=0.0)


class Outputs(eqx.Module):
    """The effort, and what a bystander would count."""

    respiratory_muscle_pressure: Scalar = port("respiratory_muscle_pressure")
    respiratory_rate: Scalar = port("respiratory_rate")
    tidal_volume: Scalar = port("tidal_volume")
    minute_ventilation: Scalar = port("minute_ventilation")
    air_hunger: Scalar = port("air_hunger")
    abdominal_pressure: Scalar = port("abdominal_pressure")


class Breathing(AbstractHybridModel[State, Inputs, Outputs]):
    """The control of breathing of one patient."""

    seconds_per_time_unit: ClassVar[float] = 1.0
    order: ClassVar[Literal[2, 4]] = 2
    step_s: float = eqx.field(static=True, default=0.01)

    count: Count = eqx.field(default_factory=Count)
    rate: Scalar = param(13.0, "/min", "breaths a minute at rest", bounds=(4.0, 60.0), source=_TEXTBOOK)
    effort: Scalar = param(
        5.8, "cm[H2O]", "effort at rest", bounds=(0.5, 40.0),
        source="calibrated to 40 mmHg of carbon dioxide at rest, at a tidal volume of 7 mL/kg",
    )  # fmt: skip
    tidal: Scalar = param(0.5, "L", "tidal volume at rest", bounds=(0.02, 3.0), source="7 mL/kg of ideal weight")
    effort_max: Scalar = param(40.0, "cm[H2O]", "greatest effort", bounds=(5.0, 150.0), source=_TEXTBOOK)
    rest_carbon_dioxide: Scalar = param(
        40.0, "mm[Hg]", "carbon dioxide at which drive is that of rest", bounds=(20.0, 80.0), source=_TEXTBOOK
    )
    threshold: Scalar = param(
        3.2,
        "mm[Hg]",
        "how far below rest chemical drive ends asleep",
        bounds=(0.5, 20.0),
        source="calibrated to 2.2 L/min for each mmHg of carbon dioxide (1.6 reached); Batzel & Tran 2000: 40 - 35.5",
    )
    central: Scalar = param(
        0.78, "1", "share of central receptors in the drive at rest", bounds=(0.0, 1.0),
        source=f"{_BATZEL} gives 0.855; less leaves more for lack of oxygen, within what people show",
    )  # fmt: skip
    rest_ph: Scalar = param(7.4, "1", "arterial pH at rest", bounds=(7.2, 7.5), source=_TEXTBOOK)
    rest_oxygen: Scalar = param(95.0, "mm[Hg]", "oxygen at rest", bounds=(20.0, 150.0), source=_TEXTBOOK)
    oxygen_scale: Scalar = param(
        20.0, "mm[Hg]", "fall of oxygen that multiplies peripheral drive by e", bounds=(5.0, 100.0), source=_BATZEL
    )
    oxygen_floor: Scalar = param(
        35.0, "mm[Hg]", "oxygen below which peripheral drive rises no more", bounds=(10.0, 60.0), source=_ASSUMED
    )
    acid: Scalar = param(
        60.0, "mm[Hg]", "carbon dioxide that counts as much as a fall of pH by one that it does not explain",
        bounds=(0.0, 200.0), source="metabolic acidosis: carbon dioxide falls by 1.2 mmHg for each mmol/L (Winters)",
    )  # fmt: skip
    central_lag: Scalar = param(
        90.0, "s", "lag of the brain behind blood", bounds=(5.0, 500.0), source="Albanese 2016: 105; AnaSim 1.7: 150"
    )
    peripheral_lag: Scalar = param(7.0, "s", "lag of the carotid body", bounds=(1.0, 60.0), source="Albanese 2016")
    decline_share: Scalar = param(
        0.6, "1", "share of the answer to lack of oxygen that is lost in time", bounds=(0.0, 1.0),
        source="Easton 1986; AnaSim 1.7: declines to 35 %",
    )  # fmt: skip
    decline_lag: Scalar = param(300.0, "s", "how fast that goes", bounds=(30.0, 3000.0), source="Easton 1986")
    below: Scalar = param(
        0.4, "1", "what carbon dioxide below rest counts in the awake, against what it counts above", bounds=(0.0, 1.0),
        source="calibrated: 3 to 4 mmHg are lost at 3000 m; awake two thirds of ventilation remain at 25 (Fink 1961)",
    )  # fmt: skip
    above: Scalar = param(
        1.27, "1", "what carbon dioxide above rest counts in the awake, against sleep", bounds=(0.5, 4.0),
        source="calibrated to 2.2 L/min for each mmHg; sleep takes more than half of that (Douglas 1982)",
    )  # fmt: skip
    reach: Scalar = param(
        26.0, "mm[Hg]", "fall of carbon dioxide that ends the answer of the awake to lack of oxygen",
        bounds=(1.0, 60.0), source="Albanese 2016: carotid bodies fire above 0.36 mL/mL, that is 26 mmHg below rest",
    )  # fmt: skip
    awake: Scalar = param(
        0.6, "1", "drive that wakefulness keeps without carbon dioxide", bounds=(0.0, 1.0), source="Fink 1961"
    )
    awake_index: Scalar = param(93.0, "1", "bispectral index of the awake", bounds=(80.0, 100.0), source="Eleveld 2018")
    asleep_index: Scalar = param(
        60.0, "1", "bispectral index at which nothing of that drive is left", bounds=(20.0, 80.0),
        source="Glass 1997: half of people are unconscious at 67, nearly all at 50",
    )  # fmt: skip
    threshold_of_sleep: Scalar = param(
        70.0, "mm[Hg]", "shift of the threshold by opioids that takes wakefulness away", bounds=(2.0, 150.0),
        source="calibrated: ventilation falls to 45 to 48 % after 0.5 ug/kg of remifentanil (Gelberg 2012)",
    )  # fmt: skip
    drive_max: Scalar = param(
        20.0, "1", "greatest drive", bounds=(2.0, 40.0), source="calibrated to 110 L/min in maximal exercise"
    )
    rate_max: Scalar = param(
        50.0, "/min", "greatest rate, in exercise", bounds=(20.0, 150.0), source="Blackie 1991: 40 to 60"
    )
    rate_distress: Scalar = param(
        40.0, "/min", "rate that distress at rest comes near to, and does not pass", bounds=(20.0, 100.0),
        source="acute respiratory failure: 33, SD 6 (Frat 2015), 35, SD 7 (Brochard 1995); a deviation above the mean",
    )  # fmt: skip
    rate_power: Scalar = param(
        0.35, "1", "how much of the logarithm of drive goes into the rate", bounds=(0.0, 1.0), source=_ASSUMED
    )
    deepest: Scalar = param(
        5.3, "1", "depth, as a multiple of rest, beyond which only the rate rises", bounds=(1.5, 10.0),
        source="calibrated to 55 % of vital capacity at maximal exercise (Blackie 1991)",
    )  # fmt: skip
    rest_demand: Scalar = param(250.0, "mL/min", "oxygen demand at rest", bounds=(20.0, 1000.0), source=_TEXTBOOK)
    exertion_gain: Scalar = param(
        0.87, "1", "drive for each multiple of the resting oxygen demand", bounds=(0.0, 3.0),
        source="calibrated: ventilation follows metabolism at nearly the same carbon dioxide",
    )  # fmt: skip
    heavy: Scalar = param(
        6.5, "1", "multiples of it above rest beyond which lactic acid drives breathing too", bounds=(1.0, 30.0),
        source="Wasserman 1973: from 60 % of the greatest uptake on ventilation rises faster than uptake",
    )  # fmt: skip
    heavy_gain: Scalar = param(
        1.45, "1", "drive that each multiple beyond adds", bounds=(0.0, 5.0),
        source="calibrated to 110 L/min in maximal exercise (textbook adult: 100 to 120)",
    )  # fmt: skip
    exertion_lag: Scalar = param(40.0, "s", "how fast that comes", bounds=(1.0, 300.0), source="Magosso 2002: 60")
    pressure_sense: Scalar = param(
        8.5, "1", "rise of the rate for the share of pressure that the carotid bodies lack", bounds=(0.0, 40.0),
        source=_SHOCK,
    )  # fmt: skip
    pressure_least: Scalar = param(
        72.0, "mm[Hg]", "arterial pressure below which they lack it", bounds=(20.0, 120.0), source=_NEIL
    )
    pressure_lag: Scalar = param(10.0, "s", "time over which they feel it", bounds=(1.0, 60.0), source=_ASSUMED)
    hypoxic_pace: Scalar = param(
        0.043, "1", "rise of the rate for the share that lack of oxygen has in the drive", bounds=(0.0, 3.0),
        source="calibrated to 5 % more breaths a minute at 3000 m (Zhang 2014)",
    )  # fmt: skip
    haste: Scalar = param(
        1.0, "1", "rise of the rate for a volume that falls short, share for share", bounds=(0.0, 5.0),
        source="calibrated: more than 25 breaths a minute in severe asthma",
    )  # fmt: skip
    irritable: Scalar = param(
        1.0,
        "1",
        "rise of the rate by full injury or embolism of the lungs",
        bounds=(0.0, 5.0),
        source="Paintal 1969; size assumed",
    )
    irritable_drive: Scalar = param(
        1.5, "1", "drive that full embolism or water of the lungs adds", bounds=(0.0, 10.0),
        source="calibrated: low carbon dioxide in embolism in spite of its dead space (Cvitanic & Marino 1989)",
    )  # fmt: skip
    wet: Scalar = param(
        0.3, "1", "share of alveoli full of water that irritates as full injury does", bounds=(0.05, 1.0),
        source="Paintal 1969: water beside the capillaries excites them; size assumed",
    )  # fmt: skip
    spasm_drive: Scalar = param(
        7.0, "1", "drive that airways in full spasm add, by the cube of its severity", bounds=(0.0, 20.0),
        source="Kelsen 1979: more drive than blood gases explain; calibrated to the gases of severe asthma",
    )  # fmt: skip
    failing_content: Scalar = param(
        2.0, "mL/dL", "oxygen content of the brain's veins at which half of the drive is gone", bounds=(0.1, 8.0),
        source="breathing stops within half a minute to a minute of a cardiac arrest",
    )  # fmt: skip
    failing_width: Scalar = param(0.4, "mL/dL", "width of that", bounds=(0.05, 3.0), source=_ASSUMED)
    rest_pressure: Scalar = param(92.0, "mm[Hg]", "arterial pressure at rest", bounds=(30.0, 200.0), source=_TEXTBOOK)
    duty: Scalar = param(0.33, "1", "share of inspiration in a breath at rest", bounds=(0.1, 0.7), source="Pulse 4.2")
    duty_rise: Scalar = param(0.0125, "min", "how much that grows with the rate", bounds=(0.0, 0.1), source="Pulse 4.2")
    relaxation: Scalar = param(
        0.2, "1", "time constant of relaxation as a share of expiration", bounds=(0.01, 1.0), source="Albanese 2016"
    )
    inflation_delay: Scalar = param(
        0.9, "1", "share of an expiration that must pass after somebody else's breath of the volume at rest",
        bounds=(0.0, 2.0),
        source="Leevers 1993: the awake fall silent on a ventilator; calibrated to their rate and carbon dioxide",
    )  # fmt: skip
    strain_belly: Scalar = param(
        0.865, "1", "share of a strain's pressure in the belly", bounds=(0.0, 1.5),
        source="calibrated to the fall of pressure in phase II of Valsalva's manoeuvre",
    )  # fmt: skip
    pressure_of_water: Scalar = param(
        0.73556, "mm[Hg]/cm[H2O]", "a centimetre of water in millimetres of mercury", source=_UNIT
    )
    minute: Scalar = param(60.0, "s/min", "seconds in a minute", source=_UNIT)
    millilitres: Scalar = param(1000.0, "mL/L", "millilitres in a litre", source=_UNIT)

    def initial(self) -> State:
        period = self.minute / self.rate
        zero = 0.0 * period
        litre = self.tidal
        return State(
            brain=self.rest_carbon_dioxide,
            carotid_oxygen=self.rest_oxygen,
            carotid_carbon_dioxide=self.rest_carbon_dioxide,
            decline=0.0 * self.duty,
            exertion=0.0 * self.duty,
            pressure=self.rest_pressure,
            since=zero,
            due=period,
            inspiration=self.duty * period,
            expiration=(1.0 - self.duty) * period,
            effort=self.effort,
            wanted=litre,
            inhaled=0.0 * litre,
            shortfall=0.0 * self.duty,
            counted=self.count.first(litre, period, 4.0 * litre),
        )

    def resting(self) -> Inputs:
        one = jnp.ones_like(self.duty)
        return Inputs(
            arterial_oxygen=self.rest_oxygen,
            arterial_carbon_dioxide=self.rest_carbon_dioxide,
            arterial_ph=self.rest_ph,
            ventilatory_drive=one,
            hypoxic_drive=one,
            disease_drive=0.0 * one,
            drive_threshold=0.0 * self.threshold,
            breathing_pace=one,
            bispectral_index=self.awake_index,
            diaphragm_strength=one,
            dyspnoea=0.0 * one,
            oxygen_demand=self.rest_demand,
            arterial_pressure=self.rest_pressure,
            venous_content_cerebral=6.0 * self.failing_content,
            brainstem_function=one,
            lung_injury=0.0 * one,
            lung_injury_left=0.0 * one,
            lung_injury_right=0.0 * one,
            embolism=0.0 * one,
            alveolar_flooding=0.0 * one,
            bronchospasm=0.0 * one,
            airway_flow=0.0 * self.tidal * self.rate,
            lung_volume=4.0 * self.tidal,
            expiratory_strain=0.0 * self.effort,
            inspiratory_effort=0.0 * self.effort,
        )

    def hypoxia(self, oxygen: Scalar) -> Scalar:
        """Peripheral drive by lack of oxygen, one at rest."""
        return jnp.exp((self.rest_oxygen - jnp.maximum(oxygen, self.oxygen_floor)) / self.oxygen_scale)

    def drive(self, x: State, u: Inputs) -> Scalar:
        """The drive that receptors, wakefulness and drugs make together; one at rest."""
        conscious = (u.bispectral_index - self.asleep_index) / (self.awake_index - self.asleep_index)
        freely = 1.0 - u.drive_threshold / self.threshold_of_sleep
        wakeful = jnp.clip(freely, 0.0, 1.0) * jnp.clip(conscious, 0.0, 1.0)
        acid = self.acid * self._unexplained(u)
        brain = self._answer(x.brain + acid, wakeful, u)
        carotid = self._answer(x.carotid_carbon_dioxide + acid, wakeful, u)
        left = wakeful * (1.0 + (x.carotid_carbon_dioxide + acid - self.rest_carbon_dioxide) / self.reach)
        lack = self._lack(x, u)
        chemical = self.central * brain + (1.0 - self.central) * (carotid + lack * jnp.maximum(carotid, left))
        alert = self.awake * wakeful
        felt = self.spasm_drive * u.bronchospasm**3 + self.irritable_drive * jnp.maximum(u.embolism, self._wetness(u))
        chemical = jnp.maximum(chemical + x.exertion + felt + u.disease_drive, alert)
        chemical = jnp.minimum(chemical, self.drive_max)
        fed = (u.venous_content_cerebral - self.failing_content) / self.failing_width
        alive = jnp.clip(0.5 + 0.25 * fed, 0.0, 1.0) * u.brainstem_function
        return chemical * alive * u.ventilatory_drive

    def _lack(self, x: State, u: Inputs) -> Scalar:
        """Peripheral drive that lack of oxygen adds, for a carotid body at the carbon dioxide of rest."""
        return (self.hypoxia(x.carotid_oxygen) - 1.0) * u.hypoxic_drive * (1.0 - x.decline)

    def _answer(self, level: Scalar, wakeful: Scalar, u: Inputs) -> Scalar:
        """What a level of carbon dioxide makes receptors send, one at rest; below rest it counts less in the awake."""
        off = level - self.rest_carbon_dioxide
        awake = jnp.where(off < 0.0, self.below, self.above)
        counts = off * (1.0 + (awake - 1.0) * wakeful)
        return jnp.maximum(1.0 + (counts - u.drive_threshold) / self.threshold, 0.0)

    def _unexplained(self, u: Inputs) -> Scalar:
        """Fall of pH that carbon dioxide does not explain: 0.008 for each mmHg."""
        respiratory = 0.008 * 40.0 * (u.arterial_carbon_dioxide / self.rest_carbon_dioxide - 1.0)
        return jnp.clip(self.rest_ph - u.arterial_ph - respiratory, -0.1, 0.3)

    def jump(self, t: Time, dt: Time, x: State, u: Inputs) -> State:
        del t
        drive = self.drive(x, u)
        counted = self.count.noted(x.counted, u.airway_flow, u.lung_volume)
        begins = (x.since >= x.due) & (drive > _LEAST) & (u.expiratory_strain + u.inspiratory_effort <= 0.0)
        lack = jnp.clip((1.0 - self.central) * self._lack(x, u) / jnp.maximum(drive, _LEAST), 0.0, 1.0)
        often = u.breathing_pace * jnp.maximum(drive, _LEAST) ** self.rate_power * (1.0 + self.hypoxic_pace * lack)
        rate = self.rate * jnp.maximum(often, drive / self.deepest)
        depth = drive * self.rate / rate
        effort = jnp.minimum(self.effort * jnp.maximum(depth, 0.0) * self._stronger(rate), self.effort_max)
        starved = jnp.clip(1.0 - x.pressure / self.pressure_least, 0.0, 0.4)
        short = jnp.clip(1.0 - x.inhaled / jnp.maximum(x.wanted, 0.05 * self.tidal), 0.0, 0.8)
        hurry = (1.0 + self.pressure_sense * starved) * (1.0 + self.haste * short) * (1.0 + self.irritation(u))
        rate = self._hurried(rate, 1.0 + (hurry - 1.0) * u.ventilatory_drive, x.exertion / jnp.maximum(drive, _LEAST))
        period = self.minute / rate
        duty = jnp.minimum(self.duty + self.duty_rise * (rate - self.rate), 0.5)
        new = lambda begun, kept: jnp.where(begins, begun, kept)
        return State(
            brain=x.brain,
            carotid_oxygen=x.carotid_oxygen,
            carotid_carbon_dioxide=x.carotid_carbon_dioxide,
            decline=x.decline,
            exertion=x.exertion,
            pressure=x.pressure,
            since=new(jnp.minimum(x.since - x.due, dt), x.since),
            due=new(period, jnp.maximum(x.due, self._delayed(x, counted, u))),
            inspiration=new(duty * period, x.inspiration),
            expiration=new((1.0 - duty) * period, x.expiration),
            effort=new(effort, x.effort),
            wanted=new(self.tidal * jnp.maximum(depth, 0.0), x.wanted),
            inhaled=new(0.0 * x.inhaled, x.inhaled),
            shortfall=new(short, jnp.minimum(x.shortfall, short)),
            counted=counted,
        )

    def _hurried(self, rate: Scalar, hurry: Scalar, exercise: Scalar) -> Scalar:
        """The rate of distress: it levels off below a ceiling, which is higher for the share of drive from exercise."""
        most = self.rate_distress + (self.rate_max - self.rate_distress) * jnp.clip(exercise, 0.0, 1.0)
        rate = jnp.minimum(rate, most)
        room = jnp.maximum(most - rate, 1e-3 * most)
        return rate + room * (1.0 - jnp.exp(-rate * (hurry - 1.0) / room))

    def _delayed(self, x: State, counted: Counted, u: Inputs) -> Scalar:
        """When the next breath is due for an inflation that goes on after the own effort has ended."""
        inflates = (u.airway_flow > self.count.least_flow) & (x.since > x.inspiration)
        larger = u.lung_volume - counted.lung_before
        share = jnp.clip(self.inflation_delay * larger / self.tidal, 0.0, 1.0)
        return jnp.where(inflates, x.since + share * x.expiration, 0.0)

    def irritation(self, u: Inputs) -> Scalar:
        """Rise of the rate by receptors beside the capillaries of an injured, blocked or wet lung."""
        of_sides = 0.5 * (u.lung_injury_left + u.lung_injury_right)  # each lung has half of the receptors
        injury = jnp.maximum(u.lung_injury, of_sides)
        return self.irritable * jnp.maximum(jnp.maximum(injury, u.embolism), self._wetness(u))

    def _wetness(self, u: Inputs) -> Scalar:
        """How much water irritates, against full injury."""
        return jnp.minimum(u.alveolar_flooding / self.wet, 1.0)

    def _stronger(self, rate: Scalar) -> Scalar:
        """Faster breaths need more effort for the same volume."""
        return 1.0 + 0.25 * jnp.maximum(rate / self.rate - 1.0, 0.0)

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        zero = jnp.zeros_like
        inward = jnp.maximum(u.airway_flow, 0.0) / self.minute
        lack = jnp.clip((self.hypoxia(x.carotid_oxygen) - 1.0) / 2.0, 0.0, 1.0)
        asks = jnp.maximum(u.oxygen_demand / self.rest_demand - 1.0, 0.0)
        extra = self.exertion_gain * asks + self.heavy_gain * jnp.maximum(asks - self.heavy, 0.0)
        return State(
            brain=(u.arterial_carbon_dioxide - x.brain) / self.central_lag,
            carotid_oxygen=(u.arterial_oxygen - x.carotid_oxygen) / self.peripheral_lag,
            carotid_carbon_dioxide=(u.arterial_carbon_dioxide - x.carotid_carbon_dioxide) / self.peripheral_lag,
            decline=(self.decline_share * lack - x.decline) / self.decline_lag,
            exertion=(extra - x.exertion) / self.exertion_lag,
            pressure=(u.arterial_pressure - x.pressure) / self.pressure_lag,
            since=jnp.ones_like(x.since),
            due=zero(x.due),
            inspiration=zero(x.inspiration),
            expiration=zero(x.expiration),
            effort=zero(x.effort),
            wanted=zero(x.wanted),
            inhaled=inward,
            shortfall=zero(x.shortfall),
            counted=self.count.change(x.counted, inward),
        )

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t
        within = jnp.clip(x.since / x.inspiration, 0.0, 1.0)
        after = jnp.maximum(x.since - x.inspiration, 0.0) / (self.relaxation * x.expiration)
        inspiring = jnp.sin(0.5 * jnp.pi * within)
        shape = jnp.where(x.since < x.inspiration, inspiring, jnp.exp(-jnp.minimum(after, 60.0)))
        drawn = x.effort * u.diaphragm_strength * (1.0 - u.dyspnoea) * shape
        drawn = jnp.maximum(drawn, u.inspiratory_effort * u.diaphragm_strength)
        pressure = jnp.where(u.expiratory_strain > 0.0, u.expiratory_strain, -drawn)
        often, volume = self.count.shown(x.counted)
        rate = often * self.minute
        return Outputs(
            respiratory_muscle_pressure=pressure,
            respiratory_rate=rate,
            abdominal_pressure=self.strain_belly * u.expiratory_strain * self.pressure_of_water,
            tidal_volume=volume * self.millilitres,
            minute_ventilation=volume * rate,
            air_hunger=self.drive(x, u) * x.shortfall + self.irritation(u) * u.ventilatory_drive,
        )
