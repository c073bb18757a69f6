"""What blood carries of oxygen and carbon dioxide, and its acidity.

Saturation of haemoglobin follows oxygen along a Hill curve whose exponent and middle shift with acidity, carbon
dioxide and temperature (Dash 2016), content adds what is dissolved. Carbon dioxide is Kelman's: dissolved and
bicarbonate in plasma, and a share of it in cells that falls as haemoglobin binds oxygen (Haldane).
The formulas count in mmHg, degrees Celsius, g/dL and mL/dL; the unit parameters carry the units.

*Known limits*: no carbon monoxide, no methaemoglobin, normal 2,3-DPG.

**References:**

- Dash, Korman & Bassingthwaighte (2016), Eur J Appl Physiol 116(1):97, doi:10.1007/s00421-015-3228-3
- Kelman (1967), Respir Physiol 3(1):111, doi:10.1016/0034-5687(67)90028-X
- Siggaard-Andersen (1977), Scand J Clin Lab Invest 37(S146):15, doi:10.3109/00365517709098927 (base excess)
"""

from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param

_DASH = "Dash 2016, as in AnaSim 1.7; its table of P50 is reproduced"
_UNIT = "definition of the unit"
_PH, _WARM = 7.4, 37.0
_STANDARD = 0.0307 * 40.0 * 10.0 ** (_PH - 6.086 - 0.00472)
"""Bicarbonate at pH 7.4, 40 mmHg and 37 degrees, mmol/L: by definition a base excess of zero. With Kelman's pK it is
25.0; Siggaard-Andersen's 24.4 goes with a pK of 6.10."""


class Blood(eqx.Module):
    """The blood of one patient."""

    haemoglobin: Scalar = param(15.0, "g/dL", "haemoglobin", bounds=(2.0, 25.0), source="textbook adult")
    haematocrit_share: Scalar = param(
        0.03, "dL/g", "haematocrit for each g/dL", bounds=(0.02, 0.04), source="MCHC of 33.3 g/dL"
    )
    capacity: Scalar = param(
        1.34,
        "mL/g",
        "oxygen that a gram of haemoglobin binds",
        bounds=(1.3, 1.4),
        source="Hüfner's number as measured, Gregory 1974",
    )
    dissolved_oxygen: Scalar = param(
        0.003, "mL/dL/mm[Hg]", "solubility of oxygen", bounds=(0.002, 0.004), source="textbook, 37 degrees"
    )
    half: Scalar = param(26.8, "1", "half-saturation pressure in mmHg at rest", bounds=(15.0, 40.0), source=_DASH)
    mmhg: Scalar = param(1.0, "mm[Hg]", "the unit of pressure", source=_UNIT)
    degree: Scalar = param(1.0, "Cel", "the unit of temperature", source=_UNIT)
    volume: Scalar = param(1.0, "mL/dL", "the unit of content", source=_UNIT)
    gram: Scalar = param(1.0, "g/dL", "the unit of haemoglobin", source=_UNIT)
    millimole: Scalar = param(1.0, "mmol/L", "the unit of amount", source=_UNIT)

    @property
    def haematocrit(self) -> Scalar:
        """Share of cells in blood."""
        return self.haematocrit_share * self.haemoglobin

    def half_saturation(self, ph: Scalar, pco2: Scalar, temperature: Scalar) -> Scalar:
        """Oxygen pressure at which half of the haemoglobin is saturated, mmHg."""
        acid, carbon, warm = 0.795 * (ph - _PH), pco2 / self.mmhg - 40.0, temperature / self.degree - _WARM
        by_acid = self.half + acid * (-25.535 + acid * (10.646 - 1.764 * acid))
        by_carbon = self.half + carbon * (0.1273 + 1.083e-4 * carbon)
        by_warmth = self.half + warm * (1.435 + warm * (0.04163 + 6.86e-4 * warm))
        return self.mmhg * by_acid * by_carbon * by_warmth / self.half**2

    def saturation(self, po2: Scalar, ph: Scalar, pco2: Scalar, temperature: Scalar) -> Scalar:
        """Share of haemoglobin that carries oxygen."""
        exponent = 2.82 - 1.2 * 10.0 ** (-po2 / (29.25 * self.mmhg))
        ratio = po2 / self.half_saturation(ph, pco2, temperature)
        raised = jnp.maximum(ratio, 1e-6) ** exponent
        return raised / (1.0 + raised)

    def oxygen_content(self, po2: Scalar, saturation: Scalar) -> Scalar:
        """Bound and dissolved oxygen, mL/dL."""
        return self.capacity * self.haemoglobin * saturation + self.dissolved_oxygen * po2

    def solubility(self, temperature: Scalar) -> Scalar:
        """Solubility of carbon dioxide in plasma, mmol/L/mmHg."""
        cold = _WARM - temperature / self.degree
        return (0.0307 + 0.00057 * cold + 0.00002 * cold**2) * self.millimole / self.mmhg

    def pk(self, ph: Scalar, temperature: Scalar) -> Scalar:
        """The apparent pK of carbonic acid."""
        return 6.086 + 0.042 * (_PH - ph) + (38.0 - temperature / self.degree) * (0.00472 + 0.00139 * (_PH - ph))

    def bicarbonate(self, pco2: Scalar, ph: Scalar, temperature: Scalar) -> Scalar:
        """Bicarbonate of plasma, mmol/L."""
        return self.solubility(temperature) * pco2 * 10.0 ** (ph - self.pk(ph, temperature))

    def carbon_dioxide_content(self, pco2: Scalar, ph: Scalar, saturation: Scalar, temperature: Scalar) -> Scalar:
        """All carbon dioxide of whole blood, mL/dL."""
        plasma = self.solubility(temperature) * pco2 + self.bicarbonate(pco2, ph, temperature)
        acid = _PH - ph
        oxygenated = 0.590 + 0.2913 * acid - 0.0844 * acid**2
        reduced = 0.664 + 0.2275 * acid - 0.0938 * acid**2
        cells = oxygenated + (reduced - oxygenated) * (1.0 - saturation)
        mixed = self.haematocrit * cells + (1.0 - self.haematocrit)
        return 2.22 * self.volume / self.millimole * plasma * mixed

    @property
    def plasma(self) -> Scalar:
        """Carbon dioxide of plasma for that of whole blood; cells hold 0.62 of it, between oxygenated and reduced."""
        return 1.0 / (1.0 - 0.38 * self.haematocrit)

    def base_excess(self, pco2: Scalar, ph: Scalar, temperature: Scalar) -> Scalar:
        """Base excess of blood by Van Slyke's equation, mmol/L."""
        haemoglobin = 0.6206 * self.haemoglobin / self.gram
        change = self.bicarbonate(pco2, ph, temperature) / self.millimole - _STANDARD
        return self.millimole * (1.0 - 0.023 * haemoglobin) * (change + (2.3 * haemoglobin + 7.7) * (ph - _PH))

    def ph(self, pco2: Scalar, base_excess: Scalar, temperature: Scalar) -> Scalar:
        """Acidity that carbon dioxide and base excess set: Van Slyke's equation, four of Newton's steps.

        Right to 1e-6 between 5 and 200 mmHg and -30 and 30 mmol/L.
        """
        haemoglobin = 0.6206 * self.haemoglobin / self.gram
        buffers = 2.3 * haemoglobin + 7.7
        wanted = base_excess / (self.millimole * (1.0 - 0.023 * haemoglobin)) + _STANDARD
        dissolved = jnp.maximum(pco2, 1e-3 * self.mmhg) * self.solubility(temperature) / self.millimole
        ph = _PH + 0.7 * jnp.log10(jnp.clip(wanted, 3.0, 100.0) / (20.1 * dissolved)) / (1.0 + 0.035 * (buffers - 29.0))
        for _ in range(4):
            bicarbonate = dissolved * 10.0 ** (jnp.clip(ph, 5.5, 9.0) - self.pk(ph, temperature))
            ph = ph - (bicarbonate - wanted + buffers * (ph - _PH)) / (2.39 * bicarbonate + buffers)
        return ph

    def pressures(
        self, oxygen: Scalar, carbon_dioxide: Scalar, base_excess: Scalar, temperature: Scalar,
        po2: Scalar, pco2: Scalar,
    ) -> tuple[Scalar, Scalar]:  # fmt: skip
        """Oxygen and carbon dioxide pressures of blood with these contents, from a guess nearby, mmHg.

        Two quasi-Newton steps; called again and again they follow contents that change slowly. Steps are held to
        half and to double, for the curve is flat where haemoglobin is full.
        """
        for _ in range(2):
            saturation = jnp.clip((oxygen - self.dissolved_oxygen * po2) / (self.capacity * self.haemoglobin), 0.0, 1.0)
            content = lambda p, s=saturation: self.carbon_dioxide_content(
                p, self.ph(p, base_excess, temperature), s, temperature
            )
            pco2 = _step(content, carbon_dioxide, pco2, self.mmhg)
            ph = self.ph(pco2, base_excess, temperature)
            carries = lambda p, ph=ph, c=pco2: self.oxygen_content(p, self.saturation(p, ph, c, temperature))
            po2 = _step(carries, oxygen, po2, self.mmhg)
        return po2, pco2


def _step(content: Callable[[Scalar], Scalar], wanted: Scalar, guess: Scalar, unit: Scalar) -> Scalar:
    """One step towards the pressure at which the content is the wanted one."""
    here = content(guess)
    slope = (content(1.01 * guess) - here) / (0.01 * guess)
    moved = guess + (wanted - here) / slope
    return jnp.clip(moved, jnp.maximum(0.5 * guess, 0.2 * unit), 2.0 * guess)
