"""Adverse events, and the patients that are in no mean."""

from twinbed.studies.report import arms
from twinbed.studies.report.page import Block, Callout, Cell, Column, Section, Table, fitting, stacked
from twinbed.studies.report.schema import AdverseEvent, Evidence
from twinbed.studies.report.text import Words


def section(evidence: Evidence, words: Words) -> Section | None:
    """Both tables; that nobody was excluded is said too."""
    blocks: list[Block] = []
    if evidence.get("adverse_events"):
        blocks.append(_events(evidence, words))
    if "excluded" in evidence:
        blocks.append(_excluded(evidence, words))
    return Section("safety", words("safety.title"), blocks) if blocks else None


def _events(evidence: Evidence, words: Words) -> Table:
    events = evidence.get("adverse_events", [])
    shown = list(dict.fromkeys(event.get("arm", "") for event in events))
    shown.sort(key=lambda name: list(arms.titles(evidence)).index(name) if name in arms.titles(evidence) else 99)
    kinds = {event.get("kind", ""): event.get("label") for event in events}
    found = {(event.get("kind", ""), event.get("arm", "")): event for event in events}
    names = arms.titles(evidence)
    columns = [Column(words("safety.kind"), "text"), *(Column(names.get(a, a), "number") for a in shown)]
    rows: list[list[Cell]] = [
        [words.known("event", kind, label), *(_event(found.get((kind, arm)), words) for arm in shown)]
        for kind, label in kinds.items()
    ]
    return Table(words("safety.caption"), columns, rows, note=words("safety.note"), style=fitting(columns))


def _event(event: AdverseEvent | None, words: Words) -> Cell:
    """Events over the patients who had any."""
    if event is None:
        return "–"
    said, second = words("safety.events", n=words.count(event.get("events"))), []
    if "patients" in event:
        total = event.get("n_patients")
        share = f" ({words.share(100 * event['patients'] / total)})" if total else ""
        second.append(words("safety.patients", n=words.count(event["patients"])) + share)
    if "per_patient_week" in event:
        second.append(words("safety.rate", rate=words.number(event["per_patient_week"], 2)))
    return stacked(said, " · ".join(second)) if second else said


def _excluded(evidence: Evidence, words: Words) -> Callout:
    excluded = evidence.get("excluded", [])
    if not excluded:
        return Callout(words("excluded.title"), words("excluded.none"))
    names = arms.titles(evidence)
    columns = [Column(words("excluded.patient"), "text"), Column(words("excluded.arm"), "text"),
               Column(words("excluded.reason"), "text"), Column(words("excluded.time"), "number")]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            row.get("id", "–"),
            names.get(row.get("arm", ""), row.get("arm", "–")),
            words.known("reason", row.get("reason", "–")),
            words.quantity(row.get("time_h"), "h"),
        ]
        for row in excluded
    ]
    table = Table(words("excluded.caption"), columns, rows, style="stacking")
    people = len({row.get("id") for row in excluded})
    text = words("excluded.some", n=words.count(people))
    return Callout(words("excluded.title"), text, "warning", table)
