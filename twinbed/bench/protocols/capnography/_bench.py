"""What both protocols of capnographs share: dry gas at the sampling port, and a capnograph of twinbed at it."""

from collections.abc import Callable, Mapping

import numpy as np

from twinbed.bench.limits import Limit
from twinbed.bench.play import play
from twinbed.bench.protocol import Answer, Values
from twinbed.core.device import AbstractDevice

EVERY_S = 0.02
PRESSURE_MMHG = 760.0
"""Of the laboratory; the gas is dry."""

WAVE = Answer("co2_wave", "mm[Hg]", "capnogram, at the time of each sample", "series", "carbon_dioxide", (-50.0, 250.0))


def partial_pressure(percent: np.ndarray | float) -> np.ndarray:
    """Of a dry gas, mm[Hg], from its share in vol%."""
    return np.asarray(np.asarray(percent, float) * (PRESSURE_MMHG / 100.0))


def percent_of(partial_mmhg: np.ndarray) -> np.ndarray:
    """Share of a dry gas in vol%, from its partial pressure."""
    return np.asarray(np.asarray(partial_mmhg, float) * (100.0 / PRESSURE_MMHG))


def beyond(error_percent: float, level_percent: float, limits: Mapping[str, Limit]) -> float:
    """The size of an error beyond the part that grows with the level, vol%; not below 0."""
    return max(0.0, abs(error_percent) - limits["carbon_dioxide_relative"].value / 100.0 * level_percent)


def attached(device: AbstractDevice) -> Callable[[Values], Values]:
    """A capnograph of twinbed at the gas: its capnogram, and what its display shows at the end."""

    def answer(stimulus: Values) -> Values:
        shown = play(
            device, {"airway_carbon_dioxide": np.asarray(stimulus["carbon_dioxide"], float)}, stimulus["every_s"]
        )
        return {
            "co2_wave": shown["co2_wave"], "etco2": shown["etco2"][-1], "breath_rate": shown["capnograph_rate"][-1],
        }  # fmt: skip

    return answer
