"""Why runs end, in Korean."""

import pytest

from twinbed.server.runs import reasons

EVERY = [value for name, value in vars(reasons).items() if name.isupper() and not name.startswith("_")]


@pytest.mark.parametrize("english", EVERY)
def test_every_reason_of_the_server_has_its_korean_with_the_same_numbers(english):
    korean = reasons.in_korean(english.format("4.5\n(x)"))
    assert korean
    assert any("가" <= c <= "힣" for c in korean)
    assert ("4.5\n(x)" in korean) is ("{0}" in english)


def test_the_own_words_of_a_run_have_none():
    assert len(EVERY) == 8
    assert reasons.in_korean("arms: there is no arm 'x'") is None
    assert reasons.in_korean("") is None
