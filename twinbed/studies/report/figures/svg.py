"""SVG elements, axes and the marks that several figures share.

A figure is drawn in user units of about one CSS pixel on a phone, so that its text stays
legible there; colours come from classes that the page's style sheet defines for light, dark
and print. `data-x` and `data-y` of a figure say how its coordinates map to values.
"""

import dataclasses
import math
from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

Values = Sequence[float | None]


@dataclasses.dataclass(frozen=True)
class Axis:
    """A linear map from values to user units."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def places(self, values: Values) -> list[str | None]:
        """The places of many values as SVG writes them, None where there is no number."""
        low, start, per = self.low, self.start, (self.end - self.start) / (self.high - self.low)
        isfinite = math.isfinite
        return [f"{start + (v - low) * per:.2f}" if v is not None and isfinite(v) else None for v in values]

    def clipped(self, value: float) -> float:
        """The place of a value, or of the nearer end where the value is off the axis."""
        return self(min(max(value, self.low), self.high))

    def data(self) -> str:
        """The map as text: low, high, start, end."""
        return f"{self.low:.9g} {self.high:.9g} {plain(self.start)} {plain(self.end)}"


def plain(value: float) -> str:
    """A number as SVG wants it, to a hundredth of a user unit."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def element(tag: str, *children: object, **attributes: object) -> Markup:
    """`<tag attributes>children</tag>`, everything escaped; `data_n` is written `data-n`."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_text(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    inside = "".join(str(escape(child)) for child in children)
    return Markup(f"<{tag}{written}>{inside}</{tag}>")


def _text(value: object) -> object:
    return plain(value) if isinstance(value, float) else value


def group(children: Iterable[object], **attributes: object) -> Markup:
    """A `<g>` of what an iterable yields."""
    return element("g", *children, **attributes)


@dataclasses.dataclass(frozen=True)
class Caption:
    """What a screen reader says of a figure; `key` is unique on the page."""

    key: str
    title: str
    description: str


def drawing(size: tuple[float, float], caption: Caption, *children: object, **attributes: object) -> Markup:
    """A whole figure with its title and description."""
    width, height = size
    title, description = f"{caption.key}-title", f"{caption.key}-desc"
    return element(
        "svg",
        element("title", caption.title, id=title),
        element("desc", caption.description, id=description),
        *children,
        viewBox=f"0 0 {plain(width)} {plain(height)}",
        role="img",
        aria_labelledby=f"{title} {description}",
        **attributes,
    )


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return element("line", x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2), class_=class_)


def text(x: float, y: float, words: object, class_: str) -> Markup:
    """A line of text; the class says how it is anchored."""
    return element("text", words, x=float(x), y=float(y), class_=class_)


def box(x: float, y: float, width: float, height: float, **attributes: object) -> Markup:
    """A rectangle."""
    return element("rect", x=float(x), y=float(y), width=float(width), height=float(height), **attributes)


def known(value: float | None) -> bool:
    """Whether there is a number at all."""
    return value is not None and math.isfinite(value)


def trace(x: Axis, y: Axis, times: Sequence[float], values: Values) -> str:
    """The path of a curve, broken where values are missing."""
    steps, pen = [], "M"
    for px, py in zip(x.places(times), y.places(values), strict=True):
        if py is None:
            pen = "M"
            continue
        steps.append(f"{pen}{px} {py}")
        pen = "L"
    return "".join(steps)


def dots(x: Axis, y: Axis, times: Values, values: Values) -> str:
    """The path of separate points; a round line cap makes each a dot."""
    both = zip(x.places(times), y.places(values), strict=True)
    return "".join(f"M{px} {py}h0" for px, py in both if px is not None and py is not None)


def band(x: Axis, y: Axis, times: Sequence[float], lower: Values, upper: Values) -> str:
    """The path of the area between two curves, where both are known."""
    edges = zip(x.places(times), y.places(lower), y.places(upper), strict=True)
    both = [(px, low, high) for px, low, high in edges if low is not None and high is not None]
    if not both:
        return ""
    there = "L".join(f"{px} {high}" for px, _, high in both)
    back = "L".join(f"{px} {low}" for px, low, _ in reversed(both))
    return f"M{there}L{back}Z"


def ticks(low: float, high: float, count: int) -> list[float]:
    """About `count` round numbers from `low` to `high`."""
    rough = (high - low) / max(count, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1.0, 2.0, 2.5, 5.0, 10.0) if m * power >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [k * step for k in range(first, last + 1)]


def apart(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """The places in ascending order moved as little as needed to stand `gap` apart within the limits."""
    out = list(places)
    for i in range(len(out)):
        floor = out[i - 1] + gap if i else low
        out[i] = max(out[i], floor)
    for i in reversed(range(len(out))):
        ceiling = out[i + 1] - gap if i + 1 < len(out) else high
        out[i] = min(out[i], ceiling)
    return out


def day_axis(x: Axis, top: float, bottom: float) -> Markup:
    """Hours of the day below a plot, a line every six hours."""
    hours = [h for h in range(math.ceil(x.low), math.floor(x.high) + 1) if h % 6 == 0]
    marks: list[Markup] = []
    for hour in hours:
        shown = 24 if hour == 24 and x.low == 0 else hour % 24
        marks.append(line(x(hour), top, x(hour), bottom, "grid"))
        marks.append(text(x(hour), bottom + 14, f"{shown:02d}:00", "tick middle"))
    return group(marks)


def glucose_axis(x: Axis, y: Axis, unit: str) -> Markup:
    """The limits of the consensus ranges beside a plot, with the target band behind it."""
    limits = [value for value in (70, 180, 250, 350) if y.low < value <= y.high]
    marks = [
        box(x.start, y(180), x.end - x.start, y(70) - y(180), class_="target-band"),
        *(line(x.start, y(v), x.end, y(v), "limit" if v in (70, 180) else "grid") for v in limits),
        *(text(x.start - 5, y(v) + 3.5, v, "tick end") for v in limits),
        text(x.start - 5, y.end + 3.5, unit, "tick end unit") if y.high - limits[-1] > 30 else "",
    ]
    return group(marks)


GLUCOSE_RANGES = (
    ("very_low", 54.0), ("low", 70.0), ("target", 180.0), ("high", 250.0), ("very_high", math.inf),
)  # fmt: skip
"""The consensus ranges by their upper limits, mg/dL (Battelino et al. 2019, doi:10.2337/dci19-0028)."""


def range_gradient(key: str, y: Axis) -> Markup:
    """A fill that takes the colour of the consensus range at each height."""
    stops: list[Markup] = []
    begin = y.low
    for name, limit in GLUCOSE_RANGES:
        end = min(limit, y.high)
        for value in (begin, end):
            share = (value - y.low) / (y.high - y.low)
            stops.append(element("stop", offset=f"{share:.4f}", class_=f"stop-{name}"))
        begin = end
    ends = {"x1": "0", "x2": "0", "y1": y.start, "y2": y.end}
    return element("linearGradient", *stops, id=key, gradientUnits="userSpaceOnUse", **ends)
