"""Time in the consensus glucose ranges, one stacked bar an arm.

**References:**

- Battelino et al. (2019), Diabetes Care 42(8):1593-1603, doi:10.2337/dci19-0028
"""

import textwrap

from markupsafe import Markup

from twinbed.studies.report.figures import svg
from twinbed.studies.report.schema import Ranges
from twinbed.studies.report.text import Words

NAMES = ("very_low", "low", "target", "high", "very_high")
_WIDTH, _HEIGHT = 380.0, 280.0
_NARROWEST, _WIDEST = 112.0, 170.0
_LABEL_GAP = 13.0


def draw(bars: list[tuple[str, Ranges]], caption: svg.Caption, words: Words) -> Markup:
    """A bar for each (title, ranges), very high on top as clinics print it."""
    y = svg.Axis(0.0, 100.0, _HEIGHT - 54.0, 10.0)
    slot = min(max(_WIDTH / max(len(bars), 1), _NARROWEST), _WIDEST)
    parts = [_bar(title, ranges, (2.0 + i * slot, 0.42 * slot), y, words) for i, (title, ranges) in enumerate(bars)]
    return svg.drawing((max(_WIDTH, slot * len(bars)), _HEIGHT), caption, *parts, data_y=y.data())


def _bar(title: str, ranges: Ranges, place: tuple[float, float], y: svg.Axis, words: Words) -> Markup:
    """One arm: segments, the share beside each, the title below."""
    left, width = place
    right = left + width
    segments, middles, floor = [], [], 0.0
    for name in NAMES:
        share = ranges.get(name) or 0.0
        low, high = y(floor), y(floor + share)
        segments.append(
            svg.box(left, high, width, low - high, class_=f"fill-{name}", data_range=name, data_value=repr(share))
        )
        middles.append((low + high) / 2)
        floor += share
    places = svg.apart([-m for m in middles], _LABEL_GAP, -y.start + 4, -y.end - 2)
    labels = [
        svg.group([
            svg.element(
                "path",
                d=f"M{svg.plain(right)} {svg.plain(middle)}L{svg.plain(right + 8)} {svg.plain(-beside)}",
                class_="leader",
            ),
            svg.text(right + 11, 4 - beside, words.share(ranges.get(name)),
                     "value strong" if name == "target" else "value"),
        ])
        for name, middle, beside in zip(NAMES, middles, places, strict=True)
    ]  # fmt: skip
    lines = textwrap.wrap(title, 9 if words.wide(title) else 18, max_lines=3, placeholder="…")
    names = [svg.text(left, y.start + 16 + 13 * i, part, "label strong") for i, part in enumerate(lines)]
    return svg.group([*segments, *labels, *names])
