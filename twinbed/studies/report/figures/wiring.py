"""The chain of one arm: the patient, each device below it, and the signals between them."""

import dataclasses
import textwrap

from markupsafe import Markup

from twinbed.studies.report.figures import svg
from twinbed.studies.report.schema import Arm, Device, Layer, Link
from twinbed.studies.report.text import Words

PATIENT = "patient"
_WIDTH = 380.0
_BOX, _GAP, _LANE = 46.0, 40.0, 22.0
_WRAP = 17.0
_SILENT = ("_valid", "_number")


@dataclasses.dataclass(frozen=True)
class _Part:
    """A box of the chain."""

    name: str
    title: str
    note: str
    top: float
    wraps: tuple[str, ...]
    kind: str

    @property
    def outer_height(self) -> float:
        return _BOX + (_WRAP + 6.0) * len(self.wraps)

    @property
    def middle(self) -> float:
        return self.top + self.outer_height / 2


def draw(arm: Arm, new: frozenset[str], caption: svg.Caption, words: Words) -> Markup:
    """The chain from the patient down; devices named in `new` stand out."""
    parts = _stack(arm, new, words)
    place = {part.name: i for i, part in enumerate(parts)}
    edges = _edges(arm, parts)
    steps = {(a, b): names for (a, b), names in edges.items() if place[b] == place[a] + 1}
    back = {(a, b): names for (a, b), names in edges.items() if place[b] < place[a]}
    skips = {edge: names for edge, names in edges.items() if edge not in steps and edge not in back}
    left = 8.0 + _LANE * max(len(back), 1)
    right = _WIDTH - 8.0 - _LANE * max(len(skips), 1)
    drawn = [_box(part, left, right) for part in parts]
    drawn += [_step(parts[place[a]], parts[place[b]], names, (left + right) / 2, words)
              for (a, b), names in steps.items()]  # fmt: skip
    for lanes, side in ((back, -1.0), (skips, 1.0)):
        edge = left if side < 0 else right
        drawn += [
            _lane(parts[place[a]], parts[place[b]], names, (edge, edge + side * (_LANE * i + 10.0)), words)
            for i, ((a, b), names) in enumerate(lanes.items())
        ]
    height = parts[-1].top + parts[-1].outer_height + 8.0
    return svg.drawing((_WIDTH, height), caption, *drawn, class_="wiring")


def _stack(arm: Arm, new: frozenset[str], words: Words) -> list[_Part]:
    """The patient and the devices from top to bottom."""
    parts = [_Part(PATIENT, words("wiring.patient"), "", 8.0, (), "patient")]
    for device in arm.get("devices", []):
        last = parts[-1]
        name = device.get("name") or device.get("device", "")
        parts.append(
            _Part(
                name,
                title_of(device, words),
                _note(device, words),
                last.top + last.outer_height + _GAP,
                tuple(title_of(layer, words) for layer in device.get("wrap") or []),
                "device new" if name in new else "device",
            )
        )
    return parts


def title_of(device: Device | Layer, words: Words) -> str:
    """What a device is called on the page."""
    said = words.known("device", device.get("device") or str(device.get("name", "")))
    return said[:1].upper() + said[1:]


def _note(device: Device, words: Words) -> str:
    role, period = device.get("role"), device.get("period_s")
    said = [words(f"role.{role}")] if role else []
    said += [words.every(period)] if period else []
    return " · ".join(said)


def _edges(arm: Arm, parts: list[_Part]) -> dict[tuple[str, str], list[str]]:
    """Signals by (source, target). Without links, a chain of single parts; nothing is guessed of more."""
    names = [part.name for part in parts]
    links: list[Link] = arm.get("links", [])
    edges: dict[tuple[str, str], list[str]] = {}
    for link in links:
        source, target = (
            part if part in names else PATIENT for part in (link.get("source"), link.get("target"))
        )
        if source != target:
            edges.setdefault((source, target), []).append(link.get("signal", ""))
    roles = [device.get("role") for device in arm.get("devices", [])]
    if not edges and names[1:] and len(set(roles)) == len(roles):
        edges = {(a, b): [] for a, b in zip(names, [*names[1:], names[0]], strict=True)}
    return edges


def _said(names: list[str], words: Words, *, limit: int) -> str:
    """Signal names in words, shortened to what fits."""
    told = (name for name in names if name and not name.endswith(_SILENT))
    labels = list(dict.fromkeys(words.signal(name) for name in told))
    if not labels:
        return ""
    text = ", ".join(labels)
    if len(text) <= limit:
        return text
    shown = labels[0] if len(labels[0]) <= limit - 4 else textwrap.shorten(labels[0], limit, placeholder="…")
    return f"{shown} +{len(labels) - 1}" if len(labels) > 1 else shown


def _box(part: _Part, left: float, right: float) -> Markup:
    """A part with its faults and safety layers as frames around it."""
    n, width = len(part.wraps), right - left
    marks: list[Markup] = []
    for i, wrap in enumerate(reversed(part.wraps)):
        inset, top = 5.0 * i, part.top + _WRAP * i
        height = part.outer_height - (_WRAP + 6.0) * i
        marks.append(svg.box(left + inset, top, width - 2 * inset, height, rx=8, class_="wrap"))
        marks.append(svg.text((left + right) / 2, top + 12.5, wrap, "wrap-name middle"))
    inset, top = 5.0 * n, part.top + _WRAP * n
    marks.append(svg.box(left + inset, top, width - 2 * inset, _BOX, rx=6, class_=part.kind))
    middle = (left + right) / 2
    lift = 20.0 if part.note else 27.0
    marks.append(svg.text(middle, top + lift, part.title, "part-name middle"))
    if part.note:
        marks.append(svg.text(middle, top + 36, part.note, "part-note middle"))
    return svg.group(marks)


def _step(above: _Part, below: _Part, names: list[str], middle: float, words: Words) -> Markup:
    """An arrow straight down with its signals."""
    start, end = above.top + above.outer_height, below.top
    label = svg.text(middle + 9, (start + end) / 2 + 4, _said(names, words, limit=34), "signal")
    return svg.group(
        [_arrow(f"M{svg.plain(middle)} {svg.plain(start)}V{svg.plain(end - 6)}", middle, end, "v"), label]
    )


def _lane(source: _Part, target: _Part, names: list[str], xs: tuple[float, float], words: Words) -> Markup:
    """An arrow beside the boxes, up to an earlier part or down past others, its signals along it."""
    edge, lane = xs
    up = target.middle < source.middle
    start = source.middle + (abs(lane - edge) - 10.0) / _LANE * 9.0 * (1.0 if up else -1.0)
    end = target.middle + (-4.0 if up else 4.0) * (0 if target.name == PATIENT else 1)
    side = -1.0 if lane < edge else 1.0
    across, back = svg.plain(lane), svg.plain(edge + side * 6)
    path = f"M{svg.plain(edge)} {svg.plain(start)}H{across}V{svg.plain(end)}H{back}"
    middle = (start + end) / 2
    beside = lane - 4 if side < 0 else lane + 12
    room = int(abs(start - end) / 6.2) + 4
    label = svg.element(
        "text",
        _said(names, words, limit=room),
        transform=f"translate({svg.plain(beside)} {svg.plain(middle)}) rotate(-90)",
        class_="signal middle",
    )
    return svg.group([_arrow(path, edge, end, "h" if side < 0 else "-h"), label])


def _arrow(path: str, tip_x: float, tip_y: float, way: str) -> Markup:
    heads = {"v": "l-4 -7h8z", "h": "l-7 -4v8z", "-h": "l7 -4v8z"}
    head = f"M{svg.plain(tip_x)} {svg.plain(tip_y)}{heads[way]}"
    return svg.group([svg.element("path", d=path, class_="wire"), svg.element("path", d=head, class_="head")])
