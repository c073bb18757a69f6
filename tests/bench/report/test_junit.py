"""JUnit XML says why a criterion failed, and how its limit is known, in what readers of it agree on."""

import dataclasses
import sys
from xml.etree import ElementTree

import pytest

from tests.bench import toy
from twinbed.bench import Function, run_bench
from twinbed.bench.report import junit

AGREED = {
    "testsuites": ({"name", "tests", "failures", "errors", "time"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
        {"properties", "testcase", "system-out"},
    ),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": ({"name", "classname"}, {"failure", "skipped", "system-out"}),
    "failure": ({"message", "type"}, set()),
    "skipped": ({"message"}, set()),
    "system-out": (set(), set()),
}
"""Attributes and children of each element: of what the schema `junit-10.xsd` of Jenkins' xUnit plugin allows."""


def written(device, folder, made=None):
    return ElementTree.fromstring(junit(run_bench(made or toy.protocol(), Function(device, "one"), folder)))


@pytest.mark.parametrize("device", [toy.good, toy.bad, toy.crashes, toy.talks_nonsense])
def test_nothing_is_written_that_a_reader_may_refuse(tmp_path, device):
    for element in written(device, tmp_path).iter():
        attributes, children = AGREED[element.tag]
        assert set(element.attrib) <= attributes
        assert {child.tag for child in element} <= children


def test_a_failure_has_estimate_limit_and_how_that_is_known(tmp_path):
    made = toy.protocol(dataclasses.replace(toy.LIMIT, mark="project", source="our report 7"))
    worst = lambda table: dataclasses.replace(toy.largest(table), low=0.4, high=0.62, method="guess", found_in="bath_2")
    made = dataclasses.replace(made, criteria=[dataclasses.replace(made.criteria[0], statistic=worst, judged="bound")])
    suite = written(toy.bad, tmp_path, made)[0]
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.get("message") == "bound 0.62 °C is not at most 0.3 °C"
    assert (failure.text or "").splitlines() == [
        "largest error (201.101.2)",
        "estimate: 0.5 °C, 95 % interval 0.4 to 0.62 (guess), n = 5",
        "found in: case bath_2",
        "limit: at most 0.3 °C; the worse end of the interval is held against it; "
        "the standard sets no such limit; this project did (our report 7)",
        "verdict: fail; bound 0.62 °C is not at most 0.3 °C",
    ]
    properties = {p.get("name"): p.get("value") for p in suite.iterfind("properties/property")}
    assert (properties["largest.limit.mark"], properties["largest.limit.source"]) == ("project", "our report 7")
    assert properties["device.name"] == "one"


def test_a_failure_for_want_of_answers_has_the_first_of_them_and_what_was_printed(tmp_path):
    suite = written(toy.crashes, tmp_path)[0]
    failed, skipped = suite.iterfind("testcase")
    said = failed.findtext("failure") or ""
    assert "cases without a usable answer: 5 of 5\nfirst of them: bath_0: ValueError: no idea about 35.0" in said
    assert (failed.findtext("system-out") or "").startswith("printed in case bath_0 (5 cases have an output;")
    assert "warming up" in (failed.findtext("system-out") or "")
    assert "first of them: bath_0" in (skipped.findtext("system-out") or "")


def test_what_was_printed_is_cut(tmp_path):
    def talks(stimulus):
        sys.stdout.write("never\n" + 9000 * "x" + "last\n")
        return toy.good(stimulus)

    text = written(talks, tmp_path)[0].findtext("system-out") or ""
    assert (len(text) < 4200, "never" in text, text.endswith("last\n")) == (True, False, True)


def test_a_name_that_xml_cannot_hold_is_written_all_the_same(tmp_path):
    log = run_bench(toy.protocol(), Function(toy.good, "a\x00b"), tmp_path)
    assert "a\N{REPLACEMENT CHARACTER}b" in junit(log)
    ElementTree.fromstring(junit(log))


def test_texts_of_a_limit_that_xml_cannot_hold_are_written_all_the_same(tmp_path):
    odd = {name: f"{name}\x01 of 5\N{NO-BREAK SPACE}K" for name in ("source", "means", "clause")}
    made = toy.protocol(dataclasses.replace(toy.LIMIT, **odd))
    strange = [dataclasses.replace(c, clause="1\x02", means="error\x03") for c in made.criteria]
    made = dataclasses.replace(made, title="Bath\x04", criteria=strange, settings={"a\x05": "b\x06"})
    for device in (toy.bad, toy.crashes):
        suite = written(device, tmp_path, made)[0]
        assert "source\N{REPLACEMENT CHARACTER} of 5\N{NO-BREAK SPACE}K" in (suite.findtext("testcase/failure") or "")
