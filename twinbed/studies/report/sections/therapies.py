"""The arms: which devices stand between the patient's glucose and the patient's insulin."""

from twinbed.studies.report import arms
from twinbed.studies.report.figures import svg, wiring
from twinbed.studies.report.page import Block, Cell, Column, Figure, Figures, Items, Prose, Section, Table
from twinbed.studies.report.schema import Evidence
from twinbed.studies.report.text import Words


def section(evidence: Evidence, words: Words) -> Section | None:
    """A drawing of each arm's chain, the settings of its devices and the scenario."""
    present = evidence.get("arms")
    if not present:
        return None
    blocks: list[Block] = [Prose(words("arms.lead"))]
    figures = _figures(evidence, words)
    marked = any("device new" in figure.drawing for figure in figures)
    legend = [("swatch-device", words("arms.same")), ("swatch-new", words("arms.new"))] if marked else []
    if figures:
        size = "single" if len(figures) == 1 else ("half" if len(figures) == 2 else "third")
        blocks.append(Figures(figures, legend, size))
    settings = _settings(evidence, words)
    if settings:
        columns = [Column(words(f"arms.{key}"), "text") for key in ("device", "settings", "arm")]
        blocks.append(Table(words("arms.caption"), columns, settings, style="stacking"))
    scenario = evidence.get("study", {}).get("scenario")
    if scenario:
        blocks += [Prose(words("arms.scenario"), "note"), Items(list(scenario))]
    return Section("arms", words("arms.title"), blocks)


def _figures(evidence: Evidence, words: Words) -> list[Figure]:
    present = evidence.get("arms", [])
    usual = next((arm for arm in present if arm.get("name") == arms.reference(evidence)), None)
    out: list[Figure] = []
    for i, arm in enumerate(present):
        if not arm.get("devices"):
            continue
        title = arm.get("title") or arm.get("name", "")
        chain = [words("wiring.patient"), *(wiring.title_of(device) for device in arm["devices"])]
        caption = svg.Caption(f"wiring-{i}", title, words("wiring.description", chain=" → ".join(chain)))
        drawing = wiring.draw(arm, arms.new_devices(arm, usual), caption, words)
        out.append(Figure(title, drawing))
    return out


def _settings(evidence: Evidence, words: Words) -> list[list[Cell]]:
    """A row for each device that has settings, with the arms that have it so."""
    present = evidence.get("arms", [])
    seen: dict[tuple[str, str], list[str]] = {}
    for arm in present:
        for device in arm.get("devices", []):
            settings = device.get("parameters")
            if settings:
                said = ", ".join(f"{name.replace('_', ' ')} {_value(value)}" for name, value in settings.items())
                title = arm.get("title") or arm.get("name", "")
                seen.setdefault((wiring.title_of(device), said), []).append(title)
    everywhere = words("arms.every")
    return [
        [device, said, everywhere if 1 < len(titles) == len(present) else ", ".join(titles)]
        for (device, said), titles in seen.items()
    ]


def _value(value: float | str | bool) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
