"""A drug that takes up another in plasma, molecule by molecule, and clears it from its sites of effect.

The complex spreads and leaves like the drug that took up the other.

**References:**

- Kleijn, Zollinger, van den Heuvel & Kerbusch (2011), Br J Clin Pharmacol 72(3):415,
  doi:10.1111/j.1365-2125.2011.04000.x
"""

import equinox as eqx

from twinbed.core.model import Scalar
from twinbed.core.quantities import param, var
from twinbed.physiology.pharmacology._parts.mammillary import Mammillary

_FILE = "the drug's file in vocab/drugs"


class Complex(eqx.Module):
    """Where the complex is."""

    central: Scalar = var("umol", "complex in plasma and what mixes with it at once")
    fast: Scalar = var("umol", "complex in the fast compartment")


class Binding(eqx.Module):
    """What takes up what, and how fast."""

    host: str = eqx.field(static=True)
    guest: str = eqx.field(static=True)
    kd: Scalar = param(1.0, "umol/L", "concentration at which half is bound", bounds=(1e-6, 1e3), source=_FILE)
    off: Scalar = param(1.0, "1/min", "how fast the complex falls apart", bounds=(1e-6, 10.0), source=_FILE)
    removal: Scalar = param(
        0.0, "L/umol/min", "how fast the host clears the guest's site of effect", bounds=(0.0, 10.0), source=_FILE
    )
    host_mass: Scalar = param(1.0, "mg/umol", "molar mass of the host", bounds=(1e-3, 1e3), source=_FILE)
    guest_mass: Scalar = param(1.0, "mg/umol", "molar mass of the guest", bounds=(1e-3, 1e3), source=_FILE)

    def bound(self, kinetics: Mammillary, x: Complex, host: Scalar, guest: Scalar) -> Scalar:
        """What is bound a minute, umol/min, from plasma concentrations in mg/L; `kinetics` of the host."""
        together = host / self.host_mass * guest / self.guest_mass / self.kd
        return self.off * (together * kinetics.v1 - x.central)

    def rhs(self, kinetics: Mammillary, x: Complex, bound: Scalar, flowing: Scalar) -> Complex:
        """Time derivative per minute; `flowing` is the share of the blood that carries it."""
        into_fast = kinetics.q2 * (x.central / kinetics.v1 - x.fast / kinetics.v2)
        cleared = kinetics.clearance / kinetics.v1 * x.central
        return Complex(bound - flowing * (cleared + into_fast), flowing * into_fast)
