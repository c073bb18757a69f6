"""A run that was judged again says so wherever its verdicts are read, with what changed, and keeps how it was first."""

import dataclasses
import json
import pathlib
import re
from xml.etree import ElementTree

import pytest
from markupsafe import Markup

from tests.bench import toy
from twinbed.bench import Function, Log, judge_again, run_bench
from twinbed.bench.log import read_before, sha256_of
from twinbed.bench.report import junit, write_page
from twinbed.bench.trace import as_csv, runs_in, trace

STRICT = toy.protocol(dataclasses.replace(toy.LIMIT, value=0.05, mark="laboratory", source="own.toml"))


@pytest.fixture
def run(tmp_path):
    return run_bench(toy.protocol(), Function(toy.good, "thermo"), tmp_path), tmp_path


def read(folder, lang):
    html = pathlib.Path(write_page(folder, lang=lang)).read_text(encoding="utf-8")
    body = re.sub(r"(?s)<style>.*?</style>", "", html)
    return " ".join(Markup(re.sub(r"<[^>]+>", " ", body)).unescape().split())


def test_the_log_says_when_with_what_and_what_changed(run):
    first, folder = run
    assert first.judged is None
    again = judge_again(STRICT, folder, folder / "judged")
    judged = again.judged
    assert (judged.software, judged.log_sha256) == (first.software, sha256_of(folder / "log.json"))
    assert judged.outcomes == {"largest": ["pass", "fail"]}
    assert (judged.values, judged.limits, judged.settings) == ([], ["error"], [])
    assert judged.at >= first.started
    assert Log.read(folder / "judged").judged == judged
    assert Log.read(folder).judged is None
    assert again.started == first.started


def test_a_value_that_moved_and_a_setting_that_changed_are_named(run):
    _, folder = run
    other = dataclasses.replace(
        toy.protocol(), measure=lambda case, answers: [{"error": 0.2}], settings={"claim": "T"}, usual={"claim": "A"}
    )
    judged = judge_again(other, folder).judged
    assert (judged.values, judged.settings) == (["largest", "shown"], ["claim"])


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("Judged again on {at} (UTC)", "Verdicts that changed by it: largest error: pass, now fail.",
                "Limits that changed: largest error in the bath (own.toml).", "Compared with the judgement of the run itself")),
        ("ko", ("{at}(UTC)에", "실행 당시의 판정이 아닙니다.", "largest error: 적합 → 부적합.", "달라진 한계값: largest error in the bath (own.toml).")),
    ],
)  # fmt: skip
def test_the_page_says_so(run, lang, words):
    _, folder = run
    before = read(folder, lang)
    judged = judge_again(STRICT, folder, folder / "judged").judged
    said = read(folder / "judged", lang)
    for word in words:
        assert word.format(at=judged.at[:16].replace("T", " ")) in said
        assert word.format(at=judged.at[:16].replace("T", " ")) not in before


def test_where_nothing_changed_that_is_said_too(run):
    _, folder = run
    judge_again(toy.protocol(), folder, folder / "judged")
    assert "Verdicts, values, limits and settings are the same." in read(folder / "judged", "en")


def test_other_software_is_named(run):
    _, folder = run
    path = folder / "log.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"software": {"twinbed": "0.0.1"}}))
    judge_again(toy.protocol(), folder, folder / "judged")
    assert "The run itself was judged with twinbed 0.0.1." in read(folder / "judged", "en")


def test_junit_and_the_matrix_say_so(run):
    first, folder = run
    names = lambda log: {p.get("name"): p.get("value") for p in ElementTree.fromstring(junit(log)).iter("property")}
    assert "judged_again" not in names(first)
    again = judge_again(STRICT, folder, folder / "judged")
    assert names(again)["judged_again"] == again.judged.at
    assert names(again)["largest.verdict.changed"] == "pass, now fail"
    lines = as_csv(trace([], runs_in(folder / "judged"))).splitlines()
    assert "judged_again" in lines[0]
    assert all(again.judged.at in line for line in lines[1:])


def test_judged_in_its_own_folder_again_and_again_it_is_compared_with_the_first_judgement(run):
    first, folder = run
    sha256 = sha256_of(folder / "log.json")
    judge_again(STRICT, folder, folder)
    again = judge_again(STRICT, folder, folder)
    assert again.judged.outcomes == {"largest": ["pass", "fail"]}
    assert again.judged.log_sha256 == sha256
    kept = read_before(folder)
    assert kept.verdicts == first.verdicts
    assert kept.judged is None
