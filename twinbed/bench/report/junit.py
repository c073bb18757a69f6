"""Verdicts as JUnit XML, which every system of continuous integration reads."""

from xml.etree import ElementTree

from twinbed.bench.log import Log
from twinbed.bench.verdict import Verdict


def junit(log: Log) -> str:
    """One test suite, a test case for each criterion; what was not tested or does not apply is skipped."""
    failed = sum(v.outcome == "fail" for v in log.verdicts)
    skipped = sum(v.outcome in ("not tested", "not applicable") for v in log.verdicts)
    suite = ElementTree.Element(
        "testsuite", name=str(log.protocol["id"]), tests=str(len(log.verdicts)), failures=str(failed),
        skipped=str(skipped), errors="0", timestamp=log.started[:19], time=f"{sum(c.seconds for c in log.cases):.3f}",
    )  # fmt: skip
    for verdict in log.verdicts:
        suite.append(_case(str(log.protocol["id"]), verdict))
    ElementTree.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suite, encoding="unicode") + "\n"


def _case(protocol: str, verdict: Verdict) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase", classname=protocol.replace("/", "."), name=f"{verdict.criterion} ({verdict.clause})"
    )
    if verdict.outcome == "fail":
        ElementTree.SubElement(case, "failure", message=verdict.reason)
    elif verdict.outcome != "pass":
        ElementTree.SubElement(case, "skipped", message=verdict.reason)
    else:
        ElementTree.SubElement(case, "system-out").text = verdict.reason
    return case
