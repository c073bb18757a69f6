"""Acute disease as what it does to organs: sepsis, anaphylaxis, asthma, and a weak ventricle.

A scenario says how severe a disease is, from 0 to 1; what it does comes and goes with a lag. Effects on the same organ
multiply or add. Of a weak ventricle each step of severity takes the same share of what is left. What a drug or a reflex
does against a disease is left to those, but that epinephrine ends anaphylaxis while it is there. In sepsis vessels
answer nerves and catecholamines less (each drug's file says how much of that it suffers: vasopressin they answer more),
the body wants to be warmer, and it breathes more.

Bronchodilators relax the muscle of airways: all of the spasm of anaphylaxis, and of asthma the less the worse the
attack is, as swelling and mucus narrow airways then.

*Known limits*: no cause, no course of its own, no immune system; no lactate but that of oxygen that lacks; in
anaphylaxis vessels answer as always; sepsis comes in half an hour, fever in two; a ventricle that weakens fills as
easily as before, where one without blood would be stiff; airways that swell or fill with mucus do so at once.

**References:**

- AnaSim 1.7 (effects of severe sepsis and anaphylaxis, after Cecconi 2014 and Fisher 1986)
- Bellissant & Annane (2000), Clin Pharmacol Ther 68(3):293, doi:10.1067/mcp.2000.109354 (phenylephrine in septic shock)
- Landry et al. (1997), Circulation 95(5):1122, doi:10.1161/01.CIR.95.5.1122 (vasopressin in septic shock)
- Hamzaoui et al. (2010), Crit Care 14:R142, doi:10.1186/cc9207 (septic shock before and with norepinephrine)
- Brown et al. (2004), Emerg Med J 21:149, doi:10.1136/emj.2003.009449 (epinephrine by infusion)
- Hochman et al. (1999), N Engl J Med 341(9):625, doi:10.1056/NEJM199908263410901 (shock from a weak heart)
- Tarala, Madsen & Paterson (1980), Br J Clin Pharmacol 10(4):393, doi:10.1111/j.1365-2125.1980.tb01776.x (salbutamol
  in severe attacks)
- Blake et al. (2008), Chest 134(5):981, doi:10.1378/chest.07-2991 (salbutamol in moderate obstruction)
- Fisher (1986), Anaesth Intensive Care 14(1):17, doi:10.1177/0310057X8601400105 (plasma lost in anaphylaxis)
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import AbstractModel, Scalar, Time
from twinbed.core.quantities import param, port, var

_ANASIM = "AnaSim 1.7"
_ASSUMED = "assumed"


class State(eqx.Module):
    """How far each disease has come."""

    sepsis: Scalar = var("1", "sepsis that acts")
    anaphylaxis: Scalar = var("1", "anaphylaxis that acts")
    asthma: Scalar = var("1", "asthma that acts")
    weakness: Scalar = var("1", "weakness of the left ventricle that acts")
    right_weakness: Scalar = var("1", "weakness of the right ventricle that acts")


class Inputs(eqx.Module):
    """How severe each disease is."""

    sepsis: Scalar = port("sepsis", rest=0.0)
    anaphylaxis: Scalar = port("anaphylaxis", rest=0.0)
    asthma: Scalar = port("asthma", rest=0.0)
    heart_weakness: Scalar = port("heart_weakness", rest=0.0)
    right_heart_weakness: Scalar = port("right_heart_weakness", rest=0.0)
    epinephrine_plasma: Scalar = port("epinephrine_plasma", rest=0.0)
    bronchodilation: Scalar = port("bronchodilation", rest=0.0)


class Outputs(eqx.Module):
    """What organs feel of it."""

    disease_resistance: Scalar = port("disease_resistance")
    disease_contractility_left: Scalar = port("disease_contractility_left")
    disease_contractility_right: Scalar = port("disease_contractility_right")
    disease_venous_shift: Scalar = port("disease_venous_shift")
    capillary_leak: Scalar = port("capillary_leak")
    bronchospasm: Scalar = port("bronchospasm")
    vascular_response: Scalar = port("vascular_response")
    fever: Scalar = port("fever")
    disease_drive: Scalar = port("disease_drive")


class Disease(AbstractModel[State, Inputs, Outputs]):
    """Acute diseases of one patient."""

    seconds_per_time_unit: ClassVar[float] = 1.0
    step_s: float = eqx.field(static=True, default=1.0)

    sepsis_resistance: Scalar = param(
        0.55, "1", "share of resistance that full sepsis takes", bounds=(0.0, 0.95),
        source="index of 700 to 900 in hyperdynamic shock against 1,700 at rest, of which nerves give some back;"
        " Hamzaoui 2010: 54 +- 8 mmHg after fluid",
    )  # fmt: skip
    sepsis_contractility: Scalar = param(
        0.2, "1", "share of contractility that full sepsis takes", bounds=(0.0, 0.95), source=_ASSUMED
    )
    sepsis_pooling: Scalar = param(
        700.0,
        "mL",
        "blood that full sepsis pools in veins",
        bounds=(0.0, 2000.0),
        source="AnaSim 1.7: 6 % of blood volume; twice that against our stronger reflexes",
    )
    sepsis_leak: Scalar = param(
        3.0, "1", "what full sepsis adds to the factor of capillary leak", bounds=(0.0, 50.0),
        source=f"{_ANASIM}: 6.7 % of plasma an hour against 5 % at rest; with the flow of fluids given",
    )  # fmt: skip
    sepsis_response: Scalar = param(
        0.5, "1", "share of what nerves and catecholamines tighten that full sepsis takes", bounds=(0.0, 1.0),
        source="Bellissant 2000: phenylephrine raises pressure by 39 mmHg at most, by 84 in controls; AnaSim 1.7: half",
    )  # fmt: skip
    sepsis_fever: Scalar = param(
        1.8, "Cel", "how much warmer the body wants to be in full sepsis", bounds=(0.0, 4.0),
        source="assumed: above 38.3 in the definition of 2001 (Levy 2003)",
    )  # fmt: skip
    sepsis_drive: Scalar = param(
        0.3, "1", "what full sepsis adds to the drive to breathe", bounds=(0.0, 5.0),
        source="assumed: more than 20 breaths a minute or carbon dioxide below 32 mmHg in the definition of 1992",
    )  # fmt: skip
    anaphylaxis_resistance: Scalar = param(
        0.6, "1", "share of resistance that full anaphylaxis takes", bounds=(0.0, 0.95),
        source=f"{_ANASIM}: 10 of 16 Wood units",
    )  # fmt: skip
    anaphylaxis_pooling: Scalar = param(
        1000.0, "mL", "blood that full anaphylaxis pools in veins", bounds=(0.0, 3000.0), source=_ASSUMED
    )
    epinephrine_half: Scalar = param(
        1e-3, "mg/L", "epinephrine in plasma that halves anaphylaxis", bounds=(1e-6, 1.0),
        source="assumed; Brown 2004: infusions of 5 to 15 ug/min end it, and it may come back after them",
    )  # fmt: skip
    anaphylaxis_leak: Scalar = param(
        75.0, "1", "what full anaphylaxis adds to the factor of capillary leak", bounds=(0.0, 100.0),
        source="calibrated to Fisher 1986: up to 35 % of plasma within ten minutes",
    )  # fmt: skip
    anaphylaxis_spasm: Scalar = param(0.6, "1", "bronchospasm of full anaphylaxis", bounds=(0.0, 1.0), source=_ASSUMED)
    asthma_mucus: Scalar = param(
        1.5, "1", "power of what an attack spares, which is what a bronchodilator can relieve of it", bounds=(0.0, 9.0),
        source="calibrated between both: in a second 36 to 51 % of predicted (Tarala 1980), 24 % more from 40 to 80"
        " (Blake 2008)",
    )  # fmt: skip
    weakest: Scalar = param(
        0.15, "1", "share of a ventricle's contractility that full weakness leaves", bounds=(0.01, 1.0),
        source="calibrated to cardiogenic shock of the left ventricle, Hochman 1999: a systolic pressure below 90 mmHg,"
        " an index of 1.8 L/min/m2 and a wedge pressure of 24 mmHg",
    )  # fmt: skip
    sepsis_lag: Scalar = param(600.0, "s", "how fast sepsis comes", bounds=(1.0, 1e5), source=_ASSUMED)
    anaphylaxis_lag: Scalar = param(90.0, "s", "how fast anaphylaxis comes", bounds=(1.0, 1e4), source=_ASSUMED)
    asthma_lag: Scalar = param(30.0, "s", "how fast asthma comes", bounds=(1.0, 1e4), source=_ASSUMED)
    weakness_lag: Scalar = param(30.0, "s", "how fast the heart weakens", bounds=(1.0, 1e4), source=_ASSUMED)

    def initial(self) -> State:
        zero = jnp.zeros_like(self.weakest)
        return State(zero, zero, zero, zero, zero)

    def resting(self) -> Inputs:
        zero = jnp.zeros_like(self.weakest)
        return Inputs(zero, zero, zero, zero, zero, zero, zero)

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        return State(
            sepsis=(u.sepsis - x.sepsis) / self.sepsis_lag,
            anaphylaxis=(u.anaphylaxis / (1.0 + u.epinephrine_plasma / self.epinephrine_half) - x.anaphylaxis)
            / self.anaphylaxis_lag,
            asthma=(u.asthma - x.asthma) / self.asthma_lag,
            weakness=(u.heart_weakness - x.weakness) / self.weakness_lag,
            right_weakness=(u.right_heart_weakness - x.right_weakness) / self.weakness_lag,
        )

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t
        loses = lambda share, severity: 1.0 - share * severity
        septic = loses(self.sepsis_contractility, x.sepsis)
        relieved = u.bronchodilation * jnp.maximum(1.0 - x.asthma, 0.0) ** self.asthma_mucus
        swollen = self.anaphylaxis_spasm * (1.0 - u.bronchodilation)
        return Outputs(
            disease_resistance=loses(self.sepsis_resistance, x.sepsis)
            * loses(self.anaphylaxis_resistance, x.anaphylaxis),
            disease_contractility_left=septic * self.weakest**x.weakness,
            disease_contractility_right=septic * self.weakest**x.right_weakness,
            disease_venous_shift=self.sepsis_pooling * x.sepsis + self.anaphylaxis_pooling * x.anaphylaxis,
            capillary_leak=1.0 + self.sepsis_leak * x.sepsis + self.anaphylaxis_leak * x.anaphylaxis,
            bronchospasm=1.0 - loses(1.0 - relieved, x.asthma) * loses(swollen, x.anaphylaxis),
            vascular_response=loses(self.sepsis_response, x.sepsis),
            fever=self.sepsis_fever * x.sepsis,
            disease_drive=self.sepsis_drive * x.sepsis,
        )
