"""The settings at which ISO 80601-2-12 has volume- and pressure-controlled breaths tested.

**References:**

- ISO 80601-2-12:2020, tables 201.104 and 201.105, as in RespiraWorks/Ventilator (Apache-2.0),
  `iso_volume_tests.json` and `iso_pressure_tests.json`; which rows belong to which patients is from memory
"""

import dataclasses
from typing import Literal

Mode = Literal["volume", "pressure"]
MODES: tuple[Mode, ...] = ("volume", "pressure")
PATIENTS = ("adult", "child", "neonate")


@dataclasses.dataclass(frozen=True)
class Setting:
    """A row of a table.

    Attributes:
        number: of the row.
        compliance: of the test lung, mL/hPa.
        resistance: of the test lung, hPa.s/L.
        volume: tidal volume, mL; in pressure control the one that is intended.
        rate: breaths a minute.
        ratio: inspiratory by expiratory time.
        peep: positive end-expiratory pressure, hPa.
        oxygen: fraction.
        pressure: peak inspiratory pressure of pressure control, hPa.
    """

    number: int
    compliance: float
    resistance: float
    volume: float
    rate: float
    ratio: float
    peep: float
    oxygen: float
    pressure: float

    @property
    def patients(self) -> str:
        """Whom the row stands for."""
        return "adult" if self.number <= 7 else "child" if self.number <= 13 else "neonate"

    @property
    def period_s(self) -> float:
        """From breath to breath."""
        return 60.0 / self.rate

    @property
    def inspiration_s(self) -> float:
        """Inspiratory time."""
        return self.period_s * self.ratio / (1.0 + self.ratio)


_ROWS = (
    (50, 5, 500, 20, 1 / 2, 5, 0.30, 15), (50, 20, 500, 12, 1 / 4, 10, 0.90, 25),
    (20, 5, 500, 20, 1 / 2, 5, 0.90, 30), (20, 20, 500, 20, 1 / 2, 10, 0.30, 35),
    (20, 20, 300, 20, 1 / 2, 5, 0.30, 20), (20, 50, 300, 12, 1 / 4, 10, 0.90, 35),
    (10, 50, 300, 20, 1 / 2, 10, 0.30, 35), (10, 10, 200, 20, 1 / 2, 5, 0.90, 35),
    (3, 10, 50, 30, 0.43, 5, 0.30, 20), (3, 20, 50, 30, 0.43, 10, 0.30, 25),
    (3, 50, 50, 20, 0.25, 5, 0.60, 30), (3, 20, 30, 30, 0.43, 5, 0.30, 15),
    (3, 50, 30, 20, 0.25, 10, 0.90, 25), (1, 20, 30, 30, 0.43, 5, 0.90, 35),
    (1, 100, 30, 30, 0.43, 10, 0.30, 40), (1, 200, 20, 50, 0.5, 5, 0.30, 25),
    (1, 200, 15, 50, 0.5, 10, 0.60, 25), (1, 50, 10, 60, 0.67, 5, 0.60, 15),
    (0.5, 50, 5, 60, 0.67, 10, 0.60, 25), (0.5, 200, 5, 30, 0.25, 5, 0.30, 15),
    (0.5, 200, 5, 60, 0.67, 10, 0.30, 25),
)  # fmt: skip
"""Compliance, resistance, volume, rate, ratio, PEEP, oxygen, peak pressure; PEEP and oxygen of volume control."""
_IN_PRESSURE_CONTROL = {
    7: {"peep": 5.0, "oxygen": 0.90},
    8: {"peep": 10.0, "oxygen": 0.30},
    20: {"resistance": 50.0},
}


def settings(mode: Mode) -> tuple[Setting, ...]:
    """The 21 rows of a mode."""
    rows = [Setting(k, *(float(v) for v in row)) for k, row in enumerate(_ROWS, start=1)]
    if mode == "volume":
        return tuple(rows)
    return tuple(dataclasses.replace(row, **_IN_PRESSURE_CONTROL.get(row.number, {})) for row in rows)
