"""Catalogues agree, every sentence exists and is used, numbers are written as each language does."""

import pathlib
import re

import pytest

import twinbed.studies.report as report
from twinbed.studies.report.text import LANGUAGES, Words, catalogue, decimals

FOLDER = pathlib.Path(report.__file__).parent
SOURCES = "\n".join(f.read_text(encoding="utf-8") for f in [*FOLDER.rglob("*.py"), FOLDER / "template.html.j2"])
GROUPS = {  # keys looked up by a name of the evidence, with a fallback
    "endpoint",
    "event",
    "device",
    "signal",
    "model",
    "group",
    "item",
    "part",
    "demographic",
    "category",
    "cohort",
    "reason",
    "record",
    "method",
    "baseline",
    "test",
    "unit",
}
FAMILIES = (  # keys made of a fixed part and a code
    "verdict.",
    "conclusion.",
    "range.",
    "target.",
    "score.",
    "role.",
    "headline.",
    "scenario.",
    "sentence.",
    "differences.",
    "twins.",
    "what_if.",
    "provenance.",
    "arms.",
    "safety.",
)


def test_catalogues_have_the_same_keys():
    first, *others = (set(catalogue(lang)) for lang in LANGUAGES)
    assert all(first == other for other in others)


def test_sentences_have_the_same_gaps():
    en, ko = catalogue("en"), catalogue("ko")
    gaps = lambda said: set(re.findall(r"{(\w+)}", said))
    particles = {"reference", "people"}
    for key in en:
        assert gaps(en[key]) ^ gaps(ko[key]) <= particles, key


def test_korean_is_korean():
    """Whatever is a sentence in English has Hangul in Korean."""
    en, ko = catalogue("en"), catalogue("ko")
    same = [key for key in en if en[key] == ko[key] and re.search(r"[a-z]{4,}", re.sub(r"{\w+}", "", en[key]))]
    assert same == ["score.clarke_ab", "model.uva_padova", "model.hovorka"]  # names of people and places
    sentences = [key for key in en if len(en[key].split()) > 4]
    assert not [key for key in sentences if not re.search(r"[가-힣]", ko[key])]


def test_every_key_that_is_asked_for_exists():
    asked = set(re.findall(r"""words(?:\.number_of)?\(\s*"([a-z_]+(?:\.[a-z_0-9]+)+)\"""", SOURCES))
    assert len(asked) > 80
    assert not asked - set(catalogue("en"))


def test_every_key_is_asked_for():
    spare = []
    for key in catalogue("en"):
        if key.split(".")[0] in GROUPS or f'"{key}"' in SOURCES or f'"{key.removesuffix("_one")}"' in SOURCES:
            continue
        if not (key.startswith(FAMILIES) and key.rsplit(".")[-1].split("_")[0] in SOURCES):
            spare.append(key)
    assert not spare


@pytest.mark.parametrize(
    ("value", "places", "said"),
    [(1234.56, 1, "1,234.6"), (-0.04, 1, "0.0"), (-2.5, 1, "−2.5"), (None, 1, "–"), (float("nan"), 0, "–")],
)
def test_numbers(value, places, said):
    assert Words("en").number(value, places) == said


def test_units_and_differences():
    en, ko = Words("en"), Words("ko")
    assert en.quantity(35.24, "mg/dL") == "35.2\N{NO-BREAK SPACE}mg/dL"
    assert en.quantity(4.0, "[IU]") == "4.0\N{NO-BREAK SPACE}U"
    assert en.quantity(72.41, "%") == "72.4%"
    assert en.difference(1.25, "%") == "+1.2\N{NO-BREAK SPACE}pp"
    assert ko.difference(-1.25, "%") == "−1.2\N{NO-BREAK SPACE}%p"
    assert en.size(5.0, "%") == "5.0 percentage points"
    assert ko.interval(-1.0, 2.0) == "−1.0\N{NO-BREAK SPACE}~\N{NO-BREAK SPACE}2.0"


def test_small_shares_do_not_read_as_zero():
    assert Words("en").share(0.041) == "0.04%"
    assert Words("en").share(0.0) == "0.0%"
    assert decimals("%", 0.041) == 2
    assert decimals("%", 0.2) == 1


def test_names_fall_back_to_the_label_of_the_evidence():
    words = Words("ko")
    assert words.endpoint("acme.settling", "time to settle") == "Time to settle"
    assert words.endpoint("acme.settling") == "Settling"
    assert words.known("device", "devices/delivery/insulin_pump") == "인슐린 펌프"


@pytest.mark.parametrize(("p", "said"), [(0.0004, "<0.001"), (0.0123, "0.012"), (0.2, "0.200"), (None, "–")])
def test_p_values(p, said):
    assert Words("en").p_value(p) == said
