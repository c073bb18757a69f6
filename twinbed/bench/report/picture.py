"""Charts of the bench as PNG, for documents that hold no SVG; the page's own are drawn by `draw`."""

import functools
import io
from collections.abc import Callable
from typing import Any

import numpy as np

from twinbed.bench.charts import Area, Chart, Curve, Level, Mark, Matrix, Moment, Moments, Points, Zone, with_room

_COLOURS = {
    "plain": "#50606f", "accent": "#0a5a88", "good": "#1c6b3a", "bad": "#a3261f", "soft": "#b9c4ce",
    "second": "#a03c86",
}  # fmt: skip
_FEET: dict[str, tuple[str, tuple[int, tuple[float, float]], str]] = {
    "bad": ("#c2410c", (0, (9, 4)), "^"), "second": ("#4338ca", (0, (1.5, 3.5)), "x"),
}  # fmt: skip
"""Colour, dashes and sign at the foot of lines at what is missed, and at what is false."""
_GRADES = ("#cfe9d5", "#eef3dc", "#fbeecb", "#f9dcc4", "#f4cbc8")
_KOREAN = (
    "Malgun Gothic",
    "Apple SD Gothic Neo",
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "NanumGothic",
    "Noto Sans CJK JP",
)
_DPI = 200
Say = Callable[[str], str]


def png(figure: Chart | Matrix, say: Say, lang: str, *, wide: bool = False) -> bytes:
    """A figure as the bytes of a PNG file, the same for the same figure.

    Args:
        figure: what is drawn.
        say: what translates its texts; they stay English where no font of this machine has the letters.
        lang: of the texts.
        wide: over the whole width of a page, else about two thirds of it.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    font = _font(lang)
    said = say if font else lambda text: text
    sheet = Figure(figsize=(6.85 if wide else 4.6, 2.7 if wide else 2.9), dpi=_DPI, layout="constrained")
    canvas = FigureCanvasAgg(sheet)
    axes = sheet.add_subplot()
    if isinstance(figure, Matrix):
        _matrix(axes, figure, said)
    else:
        _chart(axes, figure, said)
    for text in sheet.findobj(lambda artist: hasattr(artist, "set_fontfamily")):
        text.set_fontfamily(font or "DejaVu Sans")  # pyright: ignore[reportAttributeAccessIssue]
    out = io.BytesIO()
    canvas.print_png(out, metadata={"Software": ""})
    return out.getvalue()


@functools.cache
def _font(lang: str) -> str:
    """A font that has the letters of a language; empty where this machine has none."""
    from matplotlib import font_manager

    if lang != "ko":
        return "DejaVu Sans"
    known = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in _KOREAN if name in known), "")


def _chart(axes: Any, figure: Chart, say: Say) -> None:
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="y", color="#e3e8ec", linewidth=0.6)
    axes.tick_params(labelsize=7, colors="#50606f", length=2)
    axes.set_axisbelow(True)
    if figure.logarithmic:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    named: set[str] = set()
    for mark in figure.marks:
        label = say(mark.label) if mark.label and mark.label not in named else ""
        named.add(mark.label)
        _MARKS[type(mark)](axes, mark, label)
    axes.set_xlabel(say(figure.x), fontsize=8)
    axes.set_ylabel(say(figure.y), fontsize=8)
    if figure.x_range and figure.logarithmic:
        axes.set_xlim(10.0 ** np.array(with_room(figure, tuple(np.log10(np.maximum(figure.x_range, 1e-12))))))
    elif figure.x_range:
        axes.set_xlim(with_room(figure, figure.x_range))
    if figure.y_range:
        axes.set_ylim(with_room(figure, figure.y_range))
    if figure.y_names:
        axes.set_yticks([v for v, _ in figure.y_names], [say(name) for _, name in figure.y_names])
    if axes.get_legend_handles_labels()[1]:
        axes.legend(fontsize=7, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=4)


def _points(axes: Any, mark: Points, label: str) -> None:
    few = len(mark.x) < 400
    axes.plot(
        mark.x, mark.y, ".", color=_COLOURS[mark.tone], alpha=0.75 if few else 0.4, ms=4 if few else 2.5, label=label
    )


def _curve(axes: Any, mark: Curve, label: str) -> None:
    dashes = (0, (8, 3)) if mark.tone == "second" else "solid"
    axes.plot(mark.x, mark.y, color=_COLOURS[mark.tone], linewidth=1.0, linestyle=dashes, label=label)


def _area(axes: Any, mark: Area, label: str) -> None:
    x, low, high = (np.asarray(values, float) for values in (mark.x, mark.low, mark.high))
    axes.fill_between(x, low, high, color=_COLOURS[mark.tone], alpha=0.25, linewidth=0, label=label)


def _zone(axes: Any, mark: Zone, label: str) -> None:
    axes.fill(mark.x, mark.y, facecolor=_GRADES[mark.grade], edgecolor="#50606f", linewidth=0.4)
    axes.text(float(np.mean(mark.x)), float(np.mean(mark.y)), mark.label, fontsize=8, weight="bold", clip_on=True)


def _halo() -> list[Any]:
    """Paper around letters, so that they are read over dots and lines."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.0, foreground="white")]


def _level(axes: Any, mark: Level, label: str) -> None:
    axes.axhline(mark.y, color=_COLOURS[mark.tone], linewidth=0.9, linestyle="--")
    if label:
        axes.annotate(
            label, (1.0, mark.y), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=7,
            color=_COLOURS[mark.tone], path_effects=_halo(),
        )  # fmt: skip


def _moment(axes: Any, mark: Moment, label: str) -> None:
    axes.axvline(mark.x, color=_COLOURS[mark.tone], linewidth=0.9, linestyle="--")
    below = 2.0 + 9.0 * (len(axes.texts) % 4)  # names of neighbours stand below each other
    axes.annotate(
        label, (mark.x, 1.0), xycoords=("data", "axes fraction"), xytext=(2.0, -below), textcoords="offset points",
        va="top", fontsize=7, color=_COLOURS[mark.tone], path_effects=_halo(),
    )  # fmt: skip


def _moments(axes: Any, mark: Moments, label: str) -> None:
    """Lines, of what is missed or false with a sign at the foot, so that not the colour alone says what it is."""
    colour, dashes, foot = _FEET.get(mark.tone, (_COLOURS[mark.tone], (0, (4, 3)), ""))
    for place in mark.x:
        axes.axvline(place, color=colour, linewidth=0.9, linestyle=dashes)
    drawn = {"color": colour, "marker": foot, "markersize": 5, "linestyle": "" if foot else dashes, "linewidth": 0.9}
    places, feet = (mark.x, [0.03] * len(mark.x)) if foot else ([], [])
    axes.plot(places, feet, transform=axes.get_xaxis_transform(), label=label if len(mark.x) else "", **drawn)


_MARKS: dict[type[Mark], Callable[[Any, Any, str], None]] = {
    Points: _points, Curve: _curve, Area: _area, Zone: _zone, Level: _level, Moment: _moment, Moments: _moments,
}  # fmt: skip


def _matrix(axes: Any, figure: Matrix, say: Say) -> None:
    counts = np.array(figure.counts, float)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
    axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto")
    axes.set_xticks(range(len(figure.columns)), [say(name) for name in figure.columns], fontsize=7)
    axes.set_yticks(range(len(figure.rows)), [say(name) for name in figure.rows], fontsize=7)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for (i, j), count in np.ndenumerate(counts):
        colour = "white" if shares[i, j] > 0.55 else "black"
        axes.text(j, i, f"{count:,.0f}", ha="center", va="center", fontsize=8, color=colour)
