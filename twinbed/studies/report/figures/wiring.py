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
_FAULTS = ("fault_", "occlusion", "site_loss", "communication_loss", "compression")
_Link = tuple[int, int]


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
    edges = {(place[a], place[b]): names for (a, b), names in _edges(arm, parts).items()}
    steps = {edge: names for edge, names in edges.items() if edge[1] == edge[0] + 1}
    back = _lanes([edge for edge in edges if edge[1] < edge[0]])
    skips = _lanes([edge for edge in edges if edge[1] > edge[0] + 1])
    width = lambda lanes: _LANE * (1 + max(lanes.values(), default=0))
    left, right = 8.0 + width(back), _WIDTH - 8.0 - width(skips)
    wires, labels = [], []
    for (a, b), names in steps.items():
        wire, label = _step(parts[a], parts[b], _said(names, words, limit=34), (left + right) / 2)
        wires.append(wire)
        labels.append(label)
    for lanes, edge, side in ((back, left, -1.0), (skips, right, 1.0)):
        ports = _ports(lanes, parts)
        for link, lane in lanes.items():
            run = _Run(edge, edge + side * (_LANE * lane + 10.0), ports[link, 0], ports[link, 1])
            wires.append(run.wire())
            labels.append(run.label(_said(edges[link], words, limit=run.room)))
    boxes = [_box(part, left, right) for part in parts]
    height = parts[-1].top + parts[-1].outer_height + 8.0
    return svg.drawing((_WIDTH, height), caption, *boxes, *wires, *labels, class_="wiring")


def _lanes(links: list[_Link]) -> dict[_Link, int]:
    """A lane for each link beside the boxes: short ones inside, and no two in one lane that overlap."""
    taken: dict[_Link, int] = {}
    for link in sorted(links, key=lambda link: (abs(link[1] - link[0]), min(link))):
        low, high = sorted(link)
        crossing = {lane for other, lane in taken.items() if min(other) < high and low < max(other)}
        taken[link] = next(lane for lane in range(len(links)) if lane not in crossing)
    return taken


def _ports(lanes: dict[_Link, int], parts: list[_Part]) -> dict[tuple[_Link, int], float]:
    """The height at which each end of each link meets its box, so that no two ends meet and few cross."""
    ends = [(link, end) for link in lanes for end in (0, 1)]
    out: dict[tuple[_Link, int], float] = {}
    for number, part in enumerate(parts):
        here = [(link, end) for link, end in ends if link[end] == number]
        up = sorted((item for item in here if item[0][1 - item[1]] < number), key=lambda item: lanes[item[0]])
        down = sorted((item for item in here if item not in up), key=lambda item: -lanes[item[0]])
        for k, item in enumerate([*up, *down]):
            out[item] = part.middle + (k - (len(here) - 1) / 2) * min(10.0, 30.0 / len(here))
    return out


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
        if link.get("signal", "").startswith(_FAULTS):
            continue
        source, target = (part if part in names else PATIENT for part in (link.get("source"), link.get("target")))
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


def _step(above: _Part, below: _Part, said: str, middle: float) -> tuple[Markup, Markup]:
    """An arrow straight down and its signals."""
    start, end = above.top + above.outer_height, below.top
    arrow = _arrow(f"M{svg.plain(middle)} {svg.plain(start)}V{svg.plain(end - 6)}", middle, end, "v")
    return arrow, svg.text(middle + 9, (start + end) / 2 + 4, said, "signal")


@dataclasses.dataclass(frozen=True)
class _Run:
    """A wire beside the boxes: out of one at `start`, along its lane, into another at `end`."""

    edge: float
    lane: float
    start: float
    end: float

    @property
    def room(self) -> int:
        """About how many letters fit along it."""
        return int(abs(self.end - self.start) / 5.4) + 2

    def wire(self) -> Markup:
        left = self.lane < self.edge
        back = self.edge + (-6.0 if left else 6.0)
        path = (
            f"M{svg.plain(self.edge)} {svg.plain(self.start)}H{svg.plain(self.lane)}"
            f"V{svg.plain(self.end)}H{svg.plain(back)}"
        )
        return _arrow(path, self.edge, self.end, "h" if left else "-h")

    def label(self, said: str) -> Markup:
        beside = self.lane - 4 if self.lane < self.edge else self.lane + 12
        turn = f"translate({svg.plain(beside)} {svg.plain((self.start + self.end) / 2)}) rotate(-90)"
        return svg.element("text", said, transform=turn, class_="signal middle")


def _arrow(path: str, tip_x: float, tip_y: float, way: str) -> Markup:
    heads = {"v": "l-4 -7h8z", "h": "l-7 -4v8z", "-h": "l7 -4v8z"}
    head = f"M{svg.plain(tip_x)} {svg.plain(tip_y)}{heads[way]}"
    return svg.group([svg.element("path", d=path, class_="wire"), svg.element("path", d=head, class_="head")])
