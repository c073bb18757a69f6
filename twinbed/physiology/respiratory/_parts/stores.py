"""Where oxygen and carbon dioxide are: blood, tissue, and what stays as it is at rest."""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param, var

ALBANESE = "Albanese 2016, table of gas exchange"
TEXTBOOK = "textbook adult"
ASSUMED = "assumed"
_RESTING = "the whole patient's own at rest (decision 0008)"
_STORES = "calibrated to 3 to 4 mmHg of carbon dioxide a minute in apnoea (Farhi & Rahn 1960; Stock 1989)"


class Contents(eqx.Module):
    """What blood carries in one place."""

    oxygen: Scalar = var("mL/dL", "oxygen content")
    carbon_dioxide: Scalar = var("mL/dL", "carbon dioxide content")


class State(eqx.Module):
    """Blood and tissue, the pressures found last, and what passes through the lungs now."""

    arterial: Contents
    venous: Contents
    brain: Contents
    heart: Contents
    muscle: Contents
    other: Contents
    haemoglobin: Scalar = var("g/dL", "haemoglobin of that blood; 0 until it was seen")
    blood_volume: Scalar = var("L", "volume of all blood")
    oxygen_spent: Scalar = var("mL", "oxygen that tissue used and lost blood took along, less what given blood brought")
    carbon_dioxide_gained: Scalar = var(
        "mL", "carbon dioxide that tissue made, given blood and fluids brought, less what lost blood took along"
    )
    lactate: Scalar = var("mmol/L", "lactate of blood")
    lactate_waiting: Scalar = var("mmol/L", "lactate of tissue that blood has not taken over, in all its volume")
    arterial_oxygen: Scalar = var("mm[Hg]", "arterial oxygen pressure")
    arterial_carbon_dioxide: Scalar = var("mm[Hg]", "arterial carbon dioxide pressure")
    venous_oxygen: Scalar = var("mm[Hg]", "mixed venous oxygen pressure")
    venous_carbon_dioxide: Scalar = var("mm[Hg]", "mixed venous carbon dioxide pressure")
    uptake_left: Scalar = var("mL/min", "oxygen that blood takes from the left lung")
    uptake_right: Scalar = var("mL/min", "oxygen that blood takes from the right lung")
    output_left: Scalar = var("mL/min", "carbon dioxide that blood gives the left lung")
    output_right: Scalar = var("mL/min", "carbon dioxide that blood gives the right lung")

    def held(self) -> tuple[Contents, ...]:
        """What brain, heart, muscle and other tissue hold."""
        return self.brain, self.heart, self.muscle, self.other


class Passage(eqx.Module):
    """Blood that passes, L/min."""

    lungs: Scalar
    veins: Scalar
    """From tissue into veins beyond what arteries send: capillaries give blood when all of it becomes less."""
    outside: Scalar
    """Out of veins, beyond the veins' share of all that is lost."""


class Tissue(eqx.Module):
    """How much one tissue stores, as a volume of blood that would store as much."""

    oxygen_volume: Scalar = param(0.6, "L", "store of oxygen", bounds=(0.01, 20.0), source=ASSUMED)
    carbon_dioxide_volume: Scalar = param(3.0, "L", "store of carbon dioxide", bounds=(0.01, 80.0), source=_STORES)


class Standing(eqx.Module):
    """Blood that stands: small veins go on sharing gas with the tissue around them."""

    flow: Scalar = param(
        1.0, "L/min", "cardiac output below which blood counts as standing, in proportion", bounds=(0.05, 4.0),
        source="assumed, as for what crosses capillaries",
    )  # fmt: skip
    exchange: Scalar = param(
        0.025, "L/min", "venous blood that takes on the contents of tissue while it stands", bounds=(0.0, 1.0),
        source="calibrated: mixed venous oxygen falls from 40 to 38 mmHg in five minutes (Tucker 1994)",
    )  # fmt: skip

    def flowing(self, total: Scalar) -> Scalar:
        """Whether blood flows, 0 to 1, for all of its flow."""
        return jnp.clip(total / self.flow, 0.0, 1.0)

    def shares(self, total: Scalar, veins: Contents, tissue: Contents) -> Contents:
        """What tissue gives veins of its contents, L/min.mL/dL."""
        exchange = self.exchange * (1.0 - self.flowing(total))
        return Contents(
            exchange * (tissue.oxygen - veins.oxygen), exchange * (tissue.carbon_dioxide - veins.carbon_dioxide)
        )


class Rest(eqx.Module):
    """A body at rest, from which the contents of blood and tissue follow that stay as they are."""

    alveolar_oxygen: Scalar = param(
        101.0, "mm[Hg]", "oxygen in ventilated lung", bounds=(30.0, 700.0), source="alveolar gas equation in air"
    )
    alveolar_carbon_dioxide: Scalar = param(
        40.0, "mm[Hg]", "carbon dioxide in ventilated lung", bounds=(10.0, 120.0), source=TEXTBOOK
    )
    shunt: Scalar = param(
        0.025, "1", "share of blood that passes by ventilated lung", bounds=(0.0, 0.8), source=ALBANESE
    )
    brain_flow: Scalar = param(0.7, "L/min", "blood flow of the brain", bounds=(0.1, 3.0), source=TEXTBOOK)
    heart_flow: Scalar = param(0.23, "L/min", "blood flow of the heart", bounds=(0.03, 2.0), source=TEXTBOOK)
    muscle_flow: Scalar = param(1.05, "L/min", "blood flow of muscle", bounds=(0.1, 20.0), source=_RESTING)
    other_flow: Scalar = param(3.97, "L/min", "blood flow of all else", bounds=(0.3, 20.0), source=_RESTING)
    demand: Scalar = param(250.0, "mL/min", "oxygen that all tissue asks for", bounds=(50.0, 900.0), source=TEXTBOOK)
    muscle_demand: Scalar = param(51.6, "mL/min", "oxygen that muscle asks for", bounds=(5.0, 300.0), source=ALBANESE)
    quotient: Scalar = param(0.82, "1", "carbon dioxide made of oxygen", bounds=(0.6, 1.1), source=TEXTBOOK)
    temperature: Scalar = param(37.0, "Cel", "temperature of blood", bounds=(30.0, 42.0), source=TEXTBOOK)
