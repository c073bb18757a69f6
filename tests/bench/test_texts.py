"""Texts are said in Korean: whole, by pattern, part by part; what is not known stays as it is."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinbed.bench import find
from twinbed.bench.texts import Translator, _values, translations, translator

TEXTS = {
    "time": "시간",
    "systolic": "수축기",
    "error of {level}": "{level} 오차",
    "{n} where at least {least} are asked for": "{least}개가 필요하나 {n}개",
    "{n} of {all}": "{all}개 중 {n}개",
}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time", "시간"),
        ("time, s", "시간, s"),
        ("time, min", "시간, min"),
        ("error of systolic", "수축기 오차"),
        ("error of thing", "thing 오차"),
        ("7 where at least 20 are asked for", "20개가 필요하나 7개"),
        ("3 of 4", "4개 중 3개"),
        ("12.5 mmHg", "12.5 mmHg"),
        ("A, 5 mL/h", "A, 5 mL/h"),
        ("V", "V"),
    ],
)
def test_a_text_is_said_whole_by_pattern_or_part_by_part(text, said):
    assert Translator(TEXTS).find(text) == said


@pytest.mark.parametrize("text", ["speed", "time, speed", "speed, s", "12 apples", "times"])
def test_a_text_that_is_not_known_stays_as_it_is(text):
    assert Translator(TEXTS).find(text) is None
    assert Translator(TEXTS)(text) == text


SLOW = "{name} is {value} at value {k} of {n} (and {m} more), which leaves {low} to {high}"


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.text("ab ", max_size=3), min_size=2, max_size=5), st.text("ab \n", max_size=20))
def test_parts_in_braces_are_those_that_a_regular_expression_finds(fixed, text):
    pattern = "".join(f"{piece}(?P<p{k}>.+?)" for k, piece in enumerate(fixed[:-1])) + fixed[-1]
    expected = re.compile(pattern, re.DOTALL).fullmatch(text)
    pieces = [part for k, piece in enumerate(fixed) for part in (piece, f"p{k}")][:-1]
    assert _values(pieces, text) == (expected and expected.groupdict())


def test_crafted_words_of_a_device_are_said_in_no_time():
    patterns = {SLOW.replace("{low}", f"{k}{{low}}"): "{name}" for k in range(40)}
    words = 20 * " is" + 10 * " at value" + 20 * " of" + 10 * " (and" + 5 * " more), which leaves"
    start = time.process_time()
    assert Translator(patterns).find(f"x{words}") is None
    assert time.process_time() - start < 1.0


def test_the_bench_says_why_a_verdict_is_missing_and_english_stays_english():
    korean = translator("ecg/beat_detection", "ko")
    assert korean("3 where the clause asks for at least 85") == "3개로, 조항이 요구하는 최소 85개에 못 미침"
    assert korean("Wilson, Rao-Scott, 96.0 effective observations") == "윌슨, 라오-스콧, 유효 관측 수 96.0"
    assert (
        korean("2 of 5 cases without a usable answer, the first c1")
        == "사례 5개 중 2개에 쓸 수 있는 응답이 없음(첫 번째: c1)"
    )
    assert korean("no 'beats' in the answer: the answer has nothing") == "응답에 'beats' 항목이 없음(있는 항목: 없음)"
    assert translator("ecg/beat_detection", "en").find("anything") == "anything"


@pytest.mark.parametrize("id_", find.protocol_ids())
def test_the_korean_of_every_protocol_can_be_read(id_):
    texts = translations(id_, "ko")
    assert texts
    assert [korean for korean in texts.values() if "알람" in korean] == []  # an alarm is 경보 everywhere
