"""The arms: which devices stand between the patient's glucose and the patient's insulin."""

from typing import Any

from twinbed.studies.report import arms
from twinbed.studies.report.figures import svg, wiring
from twinbed.studies.report.page import Block, Cell, Column, Figure, Figures, Items, Prose, Section, Table
from twinbed.studies.report.scenario import sentences
from twinbed.studies.report.schema import Record
from twinbed.studies.report.text import Words

_UNITS = ("s", "min", "h", "d", "g", "mg", "kg", "ml", "kpa")


def section(record: Record, words: Words) -> Section | None:
    """A drawing of each arm's chain, the settings of its devices and the scenario."""
    present = record.get("arms")
    if not present:
        return None
    blocks: list[Block] = [Prose(words("arms.lead"))]
    figures = _figures(record, words)
    marked = any("device new" in figure.drawing for figure in figures)
    legend = [("swatch-device", words("arms.same")), ("swatch-new", words("arms.new"))] if marked else []
    if figures:
        blocks.append(Figures(figures, legend, "third" if len(figures) > 2 else "half"))
    settings = _settings(record, words)
    if settings:
        columns = [Column(words(f"arms.{key}"), "text") for key in ("device", "settings", "arm")]
        blocks.append(Table(words("arms.caption"), columns, settings, style="stacking"))
    happened = sentences(record.get("study", {}).get("scenario") or {}, words)
    if happened:
        blocks += [Prose(words("arms.scenario"), "note"), Items(list(happened))]
    return Section("arms", words("arms.title"), blocks)


def _figures(record: Record, words: Words) -> list[Figure]:
    present = record.get("arms", [])
    usual = next((arm for arm in present if arm.get("name") == arms.reference(record)), None)
    out: list[Figure] = []
    for i, arm in enumerate(present):
        devices = arm.get("devices")
        if not devices:
            continue
        title = arm.get("title") or arm.get("name", "")
        chain = [words("wiring.patient"), *(wiring.title_of(device, words) for device in devices)]
        caption = svg.Caption(f"wiring-{i}", title, words("wiring.description", chain=" → ".join(chain)))
        out.append(Figure(title, wiring.draw(arm, arms.new_devices(arm, usual), caption, words)))
    return out


def _settings(record: Record, words: Words) -> list[list[Cell]]:
    """A row for each device or layer that has settings, with the arms that have it so."""
    present = record.get("arms", [])
    seen: dict[tuple[str, str], list[str]] = {}
    for arm in present:
        for device in arm.get("devices", []):
            for layer in (device, *(device.get("wrap") or [])):
                settings = layer.get("settings") or {}
                said = ", ".join(_setting(name, value) for name, value in settings.items())
                if said:
                    title = arm.get("title") or arm.get("name", "")
                    seen.setdefault((wiring.title_of(layer, words), said), []).append(title)
    everywhere = words("arms.every")
    return [
        [device, said, everywhere if 1 < len(titles) == len(present) else ", ".join(titles)]
        for (device, said), titles in seen.items()
    ]


def _setting(name: str, value: Any) -> str:
    """A setting in words; a unit at the end of its name goes behind its value."""
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    what, _, unit = name.rpartition("_")
    if what and unit in _UNITS:
        return f"{what.replace('_', ' ')} {shown}\N{NO-BREAK SPACE}{unit}"
    return f"{name.replace('_', ' ')} {shown}"
