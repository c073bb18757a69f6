"""Adverse events, and the patients that are in no mean."""

from twinbed.studies.report import arms
from twinbed.studies.report.page import Block, Callout, Cell, Column, Section, Table, fitting, stacked
from twinbed.studies.report.schema import AdverseEvent, Excluded, Record
from twinbed.studies.report.text import Words

_LISTED_AT_MOST = 40


def section(record: Record, words: Words) -> Section | None:
    """Both tables; that nobody was excluded is said too."""
    blocks: list[Block] = []
    if record.get("adverse_events"):
        blocks.append(_events(record, words))
    if "excluded" in record:
        blocks.append(_excluded(record, words))
    return Section("safety", words("safety.title"), blocks) if blocks else None


def _events(record: Record, words: Words) -> Table:
    events, names = record.get("adverse_events", []), arms.titles(record)
    shown = arms.ordered(record, (event.get("arm", "") for event in events))
    kinds = {event.get("kind", ""): event.get("label") for event in events}
    found = {(event.get("kind", ""), event.get("arm", "")): event for event in events}
    columns = [Column(words("safety.kind"), "text"), *(Column(names[arm], "number") for arm in shown)]
    rows: list[list[Cell]] = [
        [words.known("event", kind, label), *(_event(found.get((kind, arm)), words) for arm in shown)]
        for kind, label in kinds.items()
    ]
    return Table(words("safety.caption"), columns, rows, note=words("safety.note"), style=fitting(columns))


def _event(event: AdverseEvent | None, words: Words) -> Cell:
    """Events over the patients who had any."""
    if event is None:
        return "–"
    said, second = words.number_of("safety.events", event.get("events")), []
    if "patients" in event:
        total = event.get("n_patients")
        share = f" ({words.share(100 * event['patients'] / total)})" if total else ""
        second.append(words.number_of("safety.patients", event["patients"]) + share)
    if "per_patient_week" in event:
        second.append(words("safety.rate", rate=words.number(event["per_patient_week"], 2)))
    return stacked(said, " · ".join(second)) if second else said


def _excluded(record: Record, words: Words) -> Callout:
    excluded, study = record.get("excluded", []), record.get("study", {})
    declared, analysed = study.get("declared"), study.get("analysed")
    people = len({row.get("id") for row in excluded})
    if declared is not None and analysed is not None:
        people = declared - analysed
    if not people and not excluded:
        return Callout(words("excluded.title"), words("excluded.none"))
    names = arms.titles(record)
    columns = [Column(words("excluded.patient"), "text"), Column(words("excluded.arm"), "text"),
               Column(words("excluded.reason"), "text"), Column(words("excluded.day"), "number")]  # fmt: skip
    rows = [_excluded_row(row, names, words) for row in excluded[:_LISTED_AT_MOST]]
    table = Table(words("excluded.caption"), columns, rows, style="stacking")
    text = words("excluded.some", n=words.count(people), of=words.count(declared))
    if len(excluded) > len(rows):
        text += " " + words("excluded.first", shown=words.count(len(rows)), of=words.count(len(excluded)))
    return Callout(words("excluded.title"), text, "warning", table if rows else None)


def _excluded_row(row: Excluded, names: dict[str, str], words: Words) -> list[Cell]:
    arm = row.get("arm", "–")
    rule = words.known("reason", row.get("rule", "–"), row.get("label"))
    return [row.get("id", "–"), names.get(arm, arm), rule, words.number(row.get("day"), 1)]
