"""Verdicts as JUnit XML, which every system of continuous integration reads.

There is no standard of JUnit XML. What is written is what common readers agree on (`junit-10.xsd` of the xUnit plugin
for Jenkins): a suite with properties, and cases with a failure or why they were skipped, and an output. Properties of
a case are not in that schema, so how a limit is known stands among those of the suite, under the criterion's name, and
in the output of its case.
"""

from collections.abc import Mapping
from xml.etree import ElementTree

from twinbed.bench import settings
from twinbed.bench.device import printable
from twinbed.bench.log import Log, Played
from twinbed.bench.numbers import number, readable, with_unit, written
from twinbed.bench.verdict import Verdict

_KNOWN: Mapping[str, str] = {
    "read": "read in the standard itself",
    "secondary": "from a source that cites the standard",
    "remembered": "remembered and not checked: no ground for a claim",
    "project": "the standard sets no such limit; this project did",
    "laboratory": "given by the laboratory",
}
"""How a limit is known, by its mark."""
_PRINTED = 4000
"""Characters of what the device printed in a case that are shown, from their end."""


def junit(log: Log) -> str:
    """One test suite, a test case for each criterion; what was not tested or does not apply is skipped."""
    failed = sum(v.outcome == "fail" for v in log.verdicts)
    skipped = sum(v.outcome in ("not tested", "not applicable") for v in log.verdicts)
    counts = {"tests": str(len(log.verdicts)), "failures": str(failed), "errors": "0"}
    counts |= {"time": f"{sum(c.seconds for c in log.cases):.3f}"}
    suites = ElementTree.Element("testsuites", {"name": "twinbed bench", **counts})
    named = {"name": str(log.protocol["id"]), "timestamp": log.started[:19]}
    suite = ElementTree.SubElement(suites, "testsuite", {**named, **counts, "skipped": str(skipped)})
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in _properties(log).items():
        ElementTree.SubElement(properties, "property", name=name, value=value)
    for verdict in log.verdicts:
        suite.append(_case(log, verdict))
    if printed := _printed(log):
        ElementTree.SubElement(suite, "system-out").text = printed
    for element in suites.iter():
        element.attrib.update({name: printable(value) for name, value in element.items()})
        element.text = element.text and printable(element.text)
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def _properties(log: Log) -> dict[str, str]:
    """What was tested with what, notes on the verdicts, and how the limit of every criterion is known."""
    out = {name: str(log.protocol[name]) for name in ("title", "standard", "edition")}
    out |= {f"device.{name}": str(value) for name, value in log.device.items() if isinstance(value, str) and value}
    out |= {f"setting.{name}": str(value) for name, value in log.protocol.get("settings", {}).items()}
    out |= {f"note.{number}": note for number, note in enumerate(log.notes, 1)}
    if log.judged:
        out |= {"judged_again": log.judged.at, "judged_again.log_sha256": log.judged.log_sha256}
        for criterion, (before, after) in log.judged.outcomes.items():
            out[f"{criterion}.verdict.changed"] = f"{before or 'none'}, now {after or 'none'}"
    out |= {f"setting.{one.name}.changed": one.beside_usual() for one in settings.changed(log.protocol)}
    for verdict in log.verdicts:
        if verdict.limit is not None:
            out[f"{verdict.criterion}.limit"] = _limit(log, verdict)
            out[f"{verdict.criterion}.limit.mark"] = verdict.mark
            if source := _set_by(log, verdict).get("source"):
                out[f"{verdict.criterion}.limit.source"] = str(source)
    return out


def _case(log: Log, verdict: Verdict) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase", classname=str(log.protocol["id"]).replace("/", "."), name=f"{verdict.criterion} ({verdict.clause})"
    )
    cause = "\n".join(_cause(log, verdict))
    if verdict.outcome == "fail":
        failure = ElementTree.SubElement(case, "failure", message=verdict.reason, type="limit not met")
        failure.text = cause
        if printed := any(c.failure for c in log.cases) and _printed(log):
            ElementTree.SubElement(case, "system-out").text = printed
        return case
    if verdict.outcome != "pass":
        ElementTree.SubElement(case, "skipped", message=f"{verdict.outcome}: {verdict.reason}")
    ElementTree.SubElement(case, "system-out").text = cause
    return case


def _cause(log: Log, verdict: Verdict) -> list[str]:
    """Lines: what it is about, estimate, limit and how that is known, reason, and the first case without an answer."""
    said, criterion = readable(verdict), _declared(log, verdict)
    lines = [f"{criterion.get('means', verdict.criterion)} ({verdict.clause})"]
    if said.value is not None:
        found = f"estimate: {with_unit(number(said.value, said.limit), said.unit)}"
        if (said.low, said.high) != (None, None):
            ends = " to ".join(number(end, said.limit) for end in (said.low, said.high))
            level = f"{100 * said.level:g} % " if said.level else ""
            found += f", {level}interval {ends} ({said.method})" if said.method else f", {level}interval {ends}"
        kind = log.kind_of(said.found_in) if said.found_in else ""
        partial = "" if said.evident else f"; of {said.answered} of {said.asked} cases, no evidence"
        lines.append(f"{found}, n = {said.n}{partial}")
        lines += [f"found in: {'' if kind == 'other' else f'{kind} '}{said.found_in}"] if kind else []
    if verdict.limit is not None:
        source = _set_by(log, verdict).get("source")
        lines.append(f"limit: {_limit(log, verdict)}; {_KNOWN[verdict.mark]}{f' ({source})' if source else ''}")
    lines.append(
        f"verdict: {verdict.reason if verdict.told == 'disclosed' else f'{verdict.outcome}; {verdict.reason}'}"
    )
    unusable = [c for c in log.cases if c.failure]
    if unusable and verdict.outcome in ("fail", "not tested"):
        lines.append(f"cases without a usable answer: {len(unusable)} of {len(log.cases)}")
        lines.append(f"first of them: {unusable[0].id}: {unusable[0].failure}")
    return lines


def _limit(log: Log, verdict: Verdict) -> str:
    """The limit as it is compared, and with what."""
    criterion = _declared(log, verdict)
    held = "; the worse end of the interval is held against it" if criterion.get("judged") == "bound" else ""
    return f"{criterion.get('sense', '')} {with_unit(written(verdict.limit), verdict.unit)}{held}".strip()


def _declared(log: Log, verdict: Verdict) -> Mapping[str, str]:
    return next((c for c in log.protocol.get("criteria", ()) if c["name"] == verdict.criterion), {})


def _set_by(log: Log, verdict: Verdict) -> Mapping[str, object]:
    """The limit in the table of the standard, or of the laboratory."""
    return log.limits.get(_declared(log, verdict).get("limit", ""), {})


def _printed(log: Log) -> str:
    """What the device printed in the first case without a usable answer, else in the first in which it did."""
    printed = [c for c in log.cases if c.output]
    shown: Played | None = next((c for c in printed if c.failure), next(iter(printed), None))
    if shown is None:
        return ""
    text = shown.output if len(shown.output) <= _PRINTED else f"... {shown.output[-_PRINTED:]}"
    more = f" ({len(printed)} cases have an output; log.json keeps each)" if len(printed) > 1 else ""
    return f"printed in case {shown.id}{more}:\n{text}"
