"""Pages are whole, safe and self-contained, and their figures show the numbers of the evidence."""

import copy
import math
import re

import pytest

from tests.studies.report import example
from tests.studies.report.pages import Page, Scale, points
from twinbed.core.errors import NotFound
from twinbed.studies.report import render, write_report
from twinbed.studies.schema import evidence_schema

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&{0}{name}"
RECORDS = {"full": example.full, "twins": example.twins_only, "empty": dict}


@pytest.fixture(scope="module")
def pages() -> dict[tuple[str, str], str]:
    return {(name, lang): render(make(), lang=lang) for name, make in RECORDS.items() for lang in ("en", "ko")}


@pytest.fixture(scope="module")
def page(pages) -> Page:
    return Page(pages["full", "en"])


KINDS = {"object": dict, "array": list, "string": str, "integer": int, "number": float, "boolean": bool}


def _check(schema, value, where: str) -> None:
    """Whether a value has the type, the keys and the items that a JSON Schema asks for."""
    assert value == schema.get("const", value), where
    kinds = schema.get("type", [])
    types = tuple(KINDS.get(kind, type(None)) for kind in ([kinds] if isinstance(kinds, str) else kinds))
    number = float in types and isinstance(value, int)
    assert not types or number or isinstance(value, types), where
    if isinstance(value, dict):
        assert set(schema.get("required", ())) <= set(value), where
        known = {name: schema.get("properties", {}).get(name, schema.get("additionalProperties")) for name in value}
        inner = [(known[name], item, f"{where}.{name}") for name, item in value.items() if known[name]]
    else:
        inner = [(schema["items"], item, where) for item in value] if "items" in schema else []
    for part in inner:
        _check(*part)


def test_the_example_has_the_form_of_evidence():
    """The made-up evidence has what the schema of studies requires, so that these tests mean something."""
    _check(evidence_schema(), example.full(), "evidence")


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("name", RECORDS)
def test_every_page_is_whole(pages, name, lang):
    found = Page(pages[name, lang])
    assert found.all("html") == [{"lang": lang}]
    assert len(found.all("h1")) == len(found.all("main")) == 1
    ids = [a["id"] for _, a in found.elements if "id" in a]
    assert len(ids) == len(set(ids))
    named = {i for _, a in found.elements for i in a.get("aria-labelledby", "").split()}
    linked = {a["href"][1:] for a in found.all("a") if a["href"].startswith("#")}
    assert named | linked <= set(ids)
    for tag, attributes in found.elements:
        if tag == "svg":
            assert attributes["role"] == "img"
        if tag == "th":
            assert attributes["scope"] in ("row", "col", "colgroup")
    assert len(found.all("svg")) == len(
        [1 for t, a in zip(found.elements, found.inside, strict=True) if t[0] == "title" and "svg" in a]
    )


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("name", RECORDS)
def test_no_page_asks_for_anything_from_elsewhere(pages, name, lang):
    text, found = pages[name, lang], Page(pages[name, lang])
    assert "default-src 'none'" in found.all("meta")[2]["content"]
    tags = {tag for tag, _ in found.elements}
    assert not tags & {"script", "link", "img", "image", "iframe", "object", "embed", "use", "base", "form"}
    assert not {n for _, a in found.elements for n in a} & {"src", "srcset", "xlink:href", "data", "poster"}
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    for _, attributes in found.elements:
        for value in attributes.values():
            assert re.fullmatch(r"url\(#[\w-]+\)", value) or "url(" not in value


def test_sections_follow_the_evidence(pages):
    def keys(name):
        found = Page(pages[name, "en"])
        return [a["id"] for a in found.all("section")]

    assert keys("full") == [
        "answer",
        "who",
        "arms",
        "glucose",
        "differences",
        "twins",
        "what-if",
        "safety",
        "limits",
        "provenance",
    ]
    assert keys("twins") == ["answer", "twins", "what-if", "limits", "provenance"]
    assert keys("empty") == ["answer", "limits"]


@pytest.mark.parametrize("key", sorted(example.full()))
def test_any_key_may_be_absent(key):
    record = example.full()
    record["twins"] |= {"examples": record["twins"]["examples"][:1], "grid_pairs": [[100.0, 110.0]]}
    del record[key]
    Page(render(record))


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_hostile_strings_stay_text(lang):
    """Every string of the evidence, and every name of an arm or a person, is an attack."""

    def spoil(value, key=""):
        if isinstance(value, dict):
            return {
                (f"{k}{HOSTILE}" if key in ("people", "facts", "versions") else k): spoil(v, k)
                for k, v in value.items()
            }
        if isinstance(value, list):
            return [spoil(v, key) for v in value]
        keep = ("outcome", "arm", "reference", "role", "test", "better", "kind", "format")
        return f"{value}{HOSTILE}" if isinstance(value, str) and key not in keep else value

    found = Page(render(spoil(example.full()), lang=lang))
    tags = {tag for tag, _ in found.elements}
    assert not tags & {"script", "img"}
    assert not {n for _, a in found.elements for n in a if n.startswith("on")}
    assert "alert(1)" in found.text
    links = [a["href"] for a in found.all("a")]
    assert all(href.startswith("#") for href in links)


def test_forest_shows_the_evidence(page):
    rows = example.full()["comparisons"]
    drawn = {}
    for tag, attributes in page.elements:
        if tag == "svg" and "data-estimate" in attributes:
            drawn[attributes["aria-labelledby"]] = [
                float(attributes[f"data-{n}"]) for n in ("estimate", "ci-low", "ci-high")
            ]
    for row in rows:
        if row["role"] != "descriptive":
            want = [row["difference"][key] for key in ("value", "low", "high")]
            assert want in drawn.values()
    for label, numbers in drawn.items():
        marks = page.figure(label.split("-title")[0])
        x = Scale(marks[0][1]["data-x"])
        whole = next(a for t, a in marks if a.get("class") == "interval")
        square = next(a for t, a in marks if a.get("class") == "estimate")
        shown = [float(square["x"]) + float(square["width"]) / 2, float(whole["x1"]), float(whole["x2"])]
        assert [x.value(place) for place in shown] == pytest.approx(numbers, abs=2 * x.resolution)


def test_the_margin_stands_on_its_side_of_no_difference(page):
    marks = page.figure("primary-0")
    x = Scale(marks[0][1]["data-x"])
    margin = next(float(a["x1"]) for _, a in marks if a.get("class") == "margin")
    zero = next(float(a["x1"]) for _, a in marks if a.get("class") == "zero")
    assert x.value(margin) == pytest.approx(5.0, abs=x.resolution)
    assert x.value(zero) == pytest.approx(0.0, abs=x.resolution)


def test_profiles_show_the_evidence(page):
    for i, arm in enumerate(example.full()["arms"].values()):
        marks = page.figure(f"agp-{i}")
        x, y = Scale(marks[0][1]["data-x"]), Scale(marks[0][1]["data-y"])
        for name in ("p05", "p25", "p50", "p75", "p95"):
            path = next(a["d"] for _, a in marks if a.get("data-series") == name)
            shown = list(points(path))
            assert [x.value(a) for a, _ in shown] == pytest.approx([(k + 0.5) / 4 for k in range(96)], abs=0.01)
            assert [y.value(b) for _, b in shown] == pytest.approx(arm["profile"][name], abs=y.resolution)


def test_ranges_show_the_evidence(page):
    marks = page.figure("ranges")
    y = Scale(marks[0][1]["data-y"])
    bars = [a for t, a in marks if "data-range" in a]
    assert len(bars) == 10
    for number, arm in enumerate(example.full()["arms"].values()):
        mean = {n.rsplit(".")[-1]: row["mean"]["value"] for n, row in arm["outcomes"].items()}
        want = [
            mean["time_below_54"],
            mean["time_below_70"] - mean["time_below_54"],
            mean["time_in_range"],
            mean["time_above_180"] - mean["time_above_250"],
            mean["time_above_250"],
        ]
        segments = bars[5 * number : 5 * number + 5]
        assert [float(a["data-value"]) for a in segments] == pytest.approx(want)
        heights = [float(a["height"]) / (y.start - y.end) * 100 for a in segments]
        assert heights == pytest.approx(want, abs=2 * y.resolution)
        assert sum(want) == pytest.approx(100.0)


def test_days_show_the_evidence(page):
    for i, day in enumerate(example.full()["twins"]["examples"]):
        marks = page.figure(f"day-{i}")
        x, y = Scale(marks[0][1]["data-x"]), Scale(marks[0][1]["data-y"])
        dots = next(a["d"] for _, a in marks if a.get("data-series") == "measured")
        known = [(t, v) for t, v in zip(day["time_h"], day["measured"], strict=True) if v is not None]
        shown = [(x.value(a), y.value(b)) for a, b in points(dots)]
        assert len(shown) == len(known)
        assert [v for _, v in shown] == pytest.approx([v for _, v in known], abs=y.resolution)
        assert [t for t, _ in shown] == pytest.approx([t for t, _ in known], abs=x.resolution)
        meals = [(float(a["data-time"]), float(a["data-amount"])) for _, a in marks if "data-amount" in a]
        assert meals == [(e["time_h"], e["amount"]) for e in [*day["meals"], *day["boluses"]]]


def test_error_grid_shows_the_evidence(page):
    pairs = example.full()["twins"]["grid_pairs"]
    marks = page.figure("clarke")
    x, y = Scale(marks[0][1]["data-x"]), Scale(marks[0][1]["data-y"])
    drawn = next(a for _, a in marks if a.get("class") == "point")
    shown = [(x.value(a), y.value(b)) for a, b in points(drawn["d"])]
    assert len(shown) == int(drawn["data-n"]) == 1050
    want = [(min(a, 400.0), min(b, 400.0)) for a, b in pairs[::2]]
    assert [v for pair in shown for v in pair] == pytest.approx([v for pair in want for v in pair], abs=x.resolution)


def test_tables_say_the_numbers_of_the_evidence(page):
    assert "+14.5 [12.2 to 16.8]" in page.text
    assert "0.04 ± 0.20" in page.text
    assert "161.3 ± 21.0 95% CI 157.4 to 165.2" in page.text
    person = example.full()["twins"]["people"]["2301"]["prediction"]
    assert f"{person['rmse']:.1f} {person['mard']:.1f}" in page.text
    assert "51 patients (45.9%)" in page.text
    assert "1 of 111 patients broke a rule" in page.text


def test_headline_says_what_was_shown(page):
    assert (
        "Time in range 70–180 mg/dL was 14.5 percentage points higher with Hybrid closed loop than with Open "
        "loop (95% CI 12.2 to 16.8). The whole interval lies beyond the margin of 5.0 percentage points: "
        "superiority was shown."
    ) in page.text


def test_headline_of_twins_alone(pages):
    text = Page(pages["twins", "en"]).text
    pooled = example.twins_only()["twins"]["pooled"]
    assert "Digital twins of real people" in text
    assert f"the twins predicted glucose with RMSE {pooled['rmse']:.1f} mg/dL" in text
    assert "95.2% of readings in Clarke zones A and B" in text


def test_headline_of_a_fit_says_that_nothing_was_predicted():
    person = {"days": 3, "fit": {"rmse": 15.0, "mard": 8.0}}
    text = Page(render({"twins": {"people": {"a": person}}})).text
    assert "reproduced glucose with RMSE 15.0 mg/dL, MARD 8.0%" in text
    assert "No days were held out" in text
    assert "how flexible they are, not how well they predict" in text


def test_scores_of_a_fit_are_not_called_predictions():
    """A pool in which nobody predicted anything holds scores of the fit."""
    people = {name: {"days": 3, "fit": {"rmse": 15.0, "mard": 8.0}} for name in "ab"}
    text = Page(render({"twins": {"people": people, "pooled": {"rmse": 14.0, "mard": 7.0}}})).text
    assert "reproduced glucose with RMSE 14.0 mg/dL, MARD 7.0% (people: 2)" in text
    assert "Days held out" not in text
    assert "No days were held out" in text


def test_patients_are_described(page):
    for said in (
        "Age, years 43 ± 13 19 to 71 38 ± 12 22 to 61",
        "Female 51.0% –",
        "Body mass index, kg/m² 25.9 ± 3.9",
        "Sex – female 7 (63.6%), male 4 (36.4%)",
        "Refused as implausible before the study 7 0",
    ):
        assert said in page.text


def test_parts_of_the_patients_are_named(page):
    for said in ("Sex: female", "Age below 40", "Age 40 and above", "All patients with finite results"):
        assert said in page.text


def test_headline_without_comparisons_describes_the_arms():
    record = example.full()
    record["comparisons"], record["arms"] = [], {"open_loop": record["arms"]["open_loop"]}
    text = Page(render(record)).text
    assert "Open loop: Time in range 70–180 mg/dL 62.4% (SD 15.2%)." in text


def test_confidence_level_is_that_of_the_study():
    record = example.full()
    record["primary"]["confidence"] = 0.9
    text = Page(render(record)).text
    assert "90% CI 12.2 to 16.8" in text
    assert "95% CI" not in text


def test_nobody_excluded_is_said():
    record = example.full()
    record["patients"] |= {"excluded": [], "analysed": 111}
    assert "No patient was excluded." in Page(render(record)).text


def test_missing_numbers_are_dashes_and_gaps():
    record = copy.deepcopy(example.full())
    arm = record["arms"]["open_loop"]
    arm["profile"]["p50"][40] = None
    arm["outcomes"]["acme.settling"]["mean"] = {"value": None, "low": None, "high": None}
    record["comparisons"][0]["difference"] = {"value": math.nan, "low": math.nan, "high": math.nan}
    found = Page(render(record))
    assert not re.search(r"\bnan\b", found.text, re.I)
    median = next(a["d"] for _, a in found.figure("agp-0") if a.get("data-series") == "p50")
    assert median.count("M") == 2
    for _, attributes in found.elements:
        assert "nan" not in attributes.get("d", "")


def test_devices_that_differ_from_the_reference_stand_out(page):
    assert not [a for _, a in page.figure("wiring-0") if a.get("class") == "device new"]
    assert len([a for _, a in page.figure("wiring-1") if a.get("class") == "device new"]) == 1
    assert "predictive low-glucose suspend" in page.text.lower()


def test_chain_without_links_is_not_guessed_for_two_controllers():
    record = example.full()
    arm = record["arms"]["open_loop"]
    del arm["links"]
    single = Page(render(record)).figure("wiring-0")
    assert len([a for _, a in single if a.get("class") == "wire"]) == 4
    arm["devices"].append({"name": "alarm", "device": "devices/software/low_glucose_alarm", "settings": {}, "wrap": []})
    double = Page(render(record)).figure("wiring-0")
    assert not [a for _, a in double if a.get("class") == "wire"]


def test_korean_page_is_korean(pages):
    text = Page(pages["full", "ko"]).text
    for said in (
        "목표 범위 내 시간(TIR",
        "인슐린 펌프",
        "연속혈당측정기",
        "디지털 트윈",
        "2단계 저혈당",
        "일차 평가변수",
        "14.5%p 높음",
    ):
        assert said in text
    assert "percentage points" not in text


def test_writes_a_file(tmp_path):
    write_report(example.twins_only(), tmp_path / "report.html", lang="ko")
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_an_unknown_language_is_refused():
    with pytest.raises(NotFound, match="choose one of en, ko"):
        render({}, lang="fr")
