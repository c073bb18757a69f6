"""A bedside monitor drawn in the terminal: sweeping waves in braille, big numbers, alarms and what happens."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

ROWS = 3
_DOTS_X, _DOTS_Y = 2, 4
_BLANK = 0x2800
_BITS = np.array([[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]])
_GAP = 0.03
"""Share of a sweep that is blank before what is oldest."""
_NUMBERS_WIDTH, _SMALL_WIDTH = 38, 24
_BIG = {
    "0": ("┏━┓", "┃ ┃", "┗━┛"),
    "1": ("╺┓ ", " ┃ ", "╺┻╸"),
    "2": ("╺━┓", "┏━┛", "┗━╸"),
    "3": ("╺━┓", " ━┫", "╺━┛"),
    "4": ("╻ ╻", "┗━┫", "  ╹"),
    "5": ("┏━╸", "┗━┓", "╺━┛"),
    "6": ("┏━╸", "┣━┓", "┗━┛"),
    "7": ("╺━┓", "  ┃", "  ╹"),
    "8": ("┏━┓", "┣━┫", "┗━┛"),
    "9": ("┏━┓", "┗━┫", "╺━┛"),
    "-": ("   ", "╺━╸", "   "),
    ".": (" ", " ", "▪"),
    "/": ("  ╱", " ╱ ", "╱  "),
    " ": (" ", " ", " "),
}
_COLOURS = {
    "green": "#3ddc5f", "red": "#ff5a52", "cyan": "#43d3e6", "yellow": "#ffd84a", "blue": "#76aaff",
    "magenta": "#d08cff", "white": "#eceff1",
}  # fmt: skip
_PAPER, _QUIET, _LOUD = "#0b0e12", "#8d96a0", "#eceff1"
_BODY = " body: of the patient, no device shows it "
_ALARM_STYLES = {1: "bold black on cyan", 2: "bold black on yellow", 3: "bold white on red"}


def big(text: str) -> tuple[str, str, str]:
    """Digits, `-`, `.` and `/` over three lines."""
    first, second, third = zip(*(_BIG[c] for c in text), strict=True)
    return " ".join(first), " ".join(second), " ".join(third)


def braille(columns: Sequence[tuple[float, float] | None], low: float, high: float, rows: int) -> list[str]:
    """A curve in braille dots.

    Args:
        columns: the lowest and highest value of each column of dots, or None where nothing is drawn; an even number.
        low, high: what is at the bottom and at the top.
        rows: lines of text.
    """
    height = rows * _DOTS_Y
    dots = np.zeros((len(columns), height), bool)
    place = lambda v: int(round((min(max(v, low), high) - low) / (high - low) * (height - 1)))
    for i, column in enumerate(columns):
        if column is not None:
            dots[i, place(column[0]) : place(column[1]) + 1] = True
    cells = dots[:, ::-1].reshape(-1, _DOTS_X, rows, _DOTS_Y)
    codes = _BLANK + np.einsum("cxry,xy->rc", cells, _BITS)
    return ["".join(map(chr, line)) for line in codes]


@dataclasses.dataclass
class Sweep:
    """The samples of a wave that are on the screen, where the pen writes over what is oldest."""

    samples: np.ndarray
    pen: int = 0

    @staticmethod
    def of(window_s: float, period_s: float) -> "Sweep":
        """An empty sweep that shows so many seconds."""
        return Sweep(np.full(round(window_s / period_s), np.nan))

    def write(self, values: np.ndarray) -> None:
        """Writes the samples that follow."""
        places = (self.pen + np.arange(len(values))) % len(self.samples)
        self.samples[places[-len(self.samples) :]] = values[-len(self.samples) :]
        self.pen = (self.pen + len(values)) % len(self.samples)

    def columns(self, n: int) -> list[tuple[float, float] | None]:
        """The range of each of `n` columns of dots, joined to the one before; the gap before the pen is empty."""
        edges = np.linspace(0, len(self.samples), n + 1).astype(int)
        gap = max(1, round(_GAP * len(self.samples)))
        hidden = (np.arange(len(self.samples)) - self.pen) % len(self.samples) < gap
        seen = np.where(hidden, np.nan, self.samples)
        out: list[tuple[float, float] | None] = []
        for start, stop in zip(edges[:-1], edges[1:], strict=True):
            own = seen[start : max(stop, start + 1)]
            joined = seen[max(start - 1, 0) : max(stop, start + 1)]
            joined = joined[np.isfinite(joined)]
            out.append((float(joined.min()), float(joined.max())) if np.isfinite(own).any() else None)
        return out

    def span(self, least: tuple[float, float] | None, step: float) -> tuple[float, float]:
        """What is at the bottom and at the top: what is there, and at least `least`, in whole steps if there are."""
        known = self.samples[np.isfinite(self.samples)]
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
        if least is not None:
            low, high = min(low, least[0]), max(high, least[1])
        if step:
            bottom = np.floor(low / step) * step
            return float(bottom), float(max(np.ceil(high / step) * step, bottom + step))
        margin = max(high - low, 1e-3) * 0.08
        return low - margin, high + margin


class Screen:
    """The screen of one bed. Holds what is on it: the sweeps, and the last numbers."""

    def __init__(self, view: Any, title: str, period_s: float):
        self.view, self.title = view, title
        self.sweeps = {w.name: Sweep.of(w.window_s, period_s) for w in view.waves}

    def write(self, piece: Mapping[str, np.ndarray]) -> None:
        """Moves the pens on by what was recorded (`time`)."""
        for wave in self.view.waves:
            values = piece[wave.source]
            self.sweeps[wave.name].write(-values if wave.upside_down else values)

    def draw(
        self,
        piece: Mapping[str, np.ndarray],
        *,
        header: str,
        log: Sequence[str],
        width: int,
        rows: int = ROWS,
        measured: str = "",
    ) -> RenderableType:
        """The screen.

        Args:
            piece: what was recorded last (`time`).
            header: what stands at the top right: time and speed.
            log: what happened last, newest last.
            width: columns of the terminal.
            rows: lines of each wave; below three, the numbers beside it are not big.
            measured: when the cuff measured, in words.
        """
        top = Table.grid(expand=True)
        top.add_column(ratio=1, no_wrap=True)
        top.add_column(justify="right", no_wrap=True)
        top.add_row(Text(self.title, style=f"bold {_LOUD}"), Text(header, style=_LOUD))
        body = Table.grid(padding=(0, 1))
        numbers = _NUMBERS_WIDTH if rows >= ROWS else _SMALL_WIDTH
        curves = max(20, width - numbers - 7)
        body.add_column(width=curves, no_wrap=True)
        body.add_column(width=numbers, no_wrap=True)
        for wave in self.view.waves:
            body.add_row(self._curve(wave, curves, rows), self._beside(wave, piece, rows))
        parts: list[RenderableType] = [top, self._alarms(piece), body, self._strip(piece, measured)]
        parts += [Text(line, style=_QUIET, no_wrap=True, overflow="ellipsis") for line in log]
        legend = Text(_BODY, style=_QUIET) if self.view.of_body else None
        return Panel(
            Group(*parts), border_style="#39414a", width=width, style=f"on {_PAPER}", subtitle=legend,
            subtitle_align="right",
        )  # fmt: skip

    def _curve(self, wave: Any, width: int, rows: int) -> Text:
        sweep = self.sweeps[wave.name]
        low, high = sweep.span(wave.span, wave.step)
        lines = braille(sweep.columns(_DOTS_X * width), low, high, rows)
        scale = "" if wave.upside_down else f" {low:.3g} to {high:.3g} {wave.unit}"
        return Text.assemble((wave.name, f"bold {_COLOURS[wave.colour]}"), (scale, _QUIET), "\n") + Text(
            "\n".join(lines), style=_COLOURS[wave.colour]
        )

    def _beside(self, wave: Any, piece: Mapping[str, np.ndarray], rows: int) -> Text:
        from twinbed.studies.acute.vitals import text

        names = [n for n in wave.readings if n in self.view.readings] or (
            ["SaO2"] if wave.name == "PLETH" and "SaO2" in self.view.readings else []
        )
        if not names:
            return Text("")
        value = lambda n: text(self.view, n, piece)
        if names[:2] == ["SYS", "DIA"]:
            shown = [("ART", f"{value('SYS')}/{value('DIA')}", "mmHg"), *((n, value(n), "") for n in names[2:])]
        else:
            shown = [(n, value(n), self.view.readings[n][0].unit) for n in names]
        (name, number, unit), *others = shown
        if rows < ROWS:
            return self._small(wave.colour, shown, rows)
        said = Text.assemble((name, f"bold {_COLOURS[wave.colour]}"), (f" {unit}", _QUIET))
        if name in self.view.of_body:
            said.append(" body", style=_QUIET)
        beside = ["" for _ in range(ROWS)]
        for i, (other, small, its) in enumerate(others):
            beside[ROWS - len(others) + i] = f"  {other} {small} {its}"
        for line, more in zip(big(number), beside, strict=True):
            said.append("\n")
            said.append(line, style=f"bold {_COLOURS[wave.colour]}")
            said.append(more, style=_COLOURS[wave.colour])
        return said

    def _small(self, colour: str, shown: Sequence[tuple[str, str, str]], rows: int) -> Text:
        """Numbers on the first line, and those that come after the first on the next one if there is one."""
        said = Text(no_wrap=True)
        for i, (name, number, unit) in enumerate(shown):
            said.append(("\n" if rows > 1 else "   ") if i == 1 else "   " if i else "")
            said.append(f"{name} {number}", style=f"bold {_COLOURS[colour]}").append(f" {unit}".rstrip(), style=_QUIET)
            if name in self.view.of_body:
                said.append(" body", style=_QUIET)
        return said

    def _strip(self, piece: Mapping[str, np.ndarray], measured: str) -> Text:
        """The numbers that stand beside no wave, those of the cuff with when it measured."""
        from twinbed.studies.acute.vitals import text

        beside = {n for w in self.view.waves for n in w.readings} | {"NSYS", "NDIA"}
        line = Text(no_wrap=True, overflow="ellipsis")
        if "NSYS" in self.view.readings:
            pressure = "/".join(text(self.view, n, piece) for n in ("NSYS", "NDIA"))
            line.append("NIBP ", style=f"bold {_COLOURS['magenta']}").append(
                f"{pressure} mmHg", style=_COLOURS["magenta"]
            ).append(f" {measured}   " if measured else "   ", style=_QUIET)
        for name, (reading, *_) in self.view.readings.items():
            if name not in beside and name != "SaO2":
                line.append(f"{name} ", style=f"bold {_COLOURS[reading.colour]}")
                line.append(f"{text(self.view, name, piece)} {reading.unit}".rstrip(), style=_COLOURS[reading.colour])
                line.append(" body   " if name in self.view.of_body else "   ", style=_QUIET)
        return line

    def _alarms(self, piece: Mapping[str, np.ndarray]) -> Text:
        from twinbed.studies.acute.vitals import alarms

        line = Text(no_wrap=True, overflow="ellipsis")
        for alarm in alarms(self.view, piece):
            line.append(f" {alarm.name} ", style=_ALARM_STYLES.get(alarm.priority, _ALARM_STYLES[3])).append(" ")
        return line if line else Text(" ")
