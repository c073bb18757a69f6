"""Glucose by time of day: the percentile plot of an ambulatory glucose profile.

**References:**

- Battelino et al. (2019), Diabetes Care 42(8):1593-1603, doi:10.2337/dci19-0028
- Johnson et al. (2019), Diabetes Technol Ther 21(S2):S217-S225, doi:10.1089/dia.2019.0034
"""

from collections.abc import Iterable

from markupsafe import Markup

from twinbed.studies.report.figures import svg
from twinbed.studies.report.schema import Profile
from twinbed.studies.report.text import Words

_SIZE = (380.0, 236.0)
_PERCENTILES = (("p05", "5%"), ("p25", "25%"), ("p50", "50%"), ("p75", "75%"), ("p95", "95%"))


def bounds(values: Iterable[float | None]) -> tuple[float, float]:
    """The ends of the glucose axis: the usual ones, or the next that hold all values."""
    known = [v for v in values if v is not None and svg.known(v)] or [100.0]
    bottom = 30.0 if min(known) >= 30.0 else 0.0
    return bottom, next((top for top in (300.0, 350.0, 400.0, 500.0) if max(known) <= top), 600.0)


def draw(profile: Profile, caption: svg.Caption, words: Words, *, ends: tuple[float, float]) -> Markup:
    """The 5th to 95th percentile, the 25th to 75th and the median of one arm."""
    width, height = _SIZE
    x = svg.Axis(0.0, 24.0, 36.0, width - 34.0)
    y = svg.Axis(*ends, height - 26.0, 12.0)
    t, fill = profile["time_h"], f"{caption.key}-ranges"
    bands = [
        svg.element("path", d=svg.band(x, y, t, low, high), fill=f"url(#{fill})", class_=name)
        for low, high, name in (
            (profile.get("p05"), profile.get("p95"), "agp-outer"),
            (profile.get("p25"), profile.get("p75"), "agp-inner"),
        )
        if low and high
    ]
    edges = [
        svg.element("path", d=svg.trace(x, y, t, curve), class_="agp-edge", data_series=name)
        for name in ("p05", "p25", "p75", "p95")
        if (curve := profile.get(name))
    ]
    median = svg.element("path", d=svg.trace(x, y, t, profile["p50"]), class_="agp-median", data_series="p50")
    return svg.drawing(
        _SIZE,
        caption,
        svg.element("defs", svg.range_gradient(fill, y)),
        svg.glucose_axis(x, y, words.unit("mg/dL")),
        svg.day_axis(x, y.end, y.start),
        *bands,
        *edges,
        median,
        _names(profile, x, y),
        data_x=x.data(),
        data_y=y.data(),
    )


def _names(profile: Profile, x: svg.Axis, y: svg.Axis) -> Markup:
    """The percentile of each curve beside its right end."""
    last = [(profile[key][-1], name) for key, name in _PERCENTILES if profile.get(key)]
    shown = [(y.clipped(value), name) for value, name in last if svg.known(value)]
    places = svg.apart([-place for place, _ in shown], 11.5, -y.start, -y.end)
    labels = (
        svg.text(x.end + 4, 3.5 - place, name, "tick strong" if name == "50%" else "tick")
        for place, (_, name) in zip(places, shown, strict=True)
    )
    return svg.group(labels)
