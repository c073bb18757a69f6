"""Korean catalogues of the whole package: an alarm has one word, that of the Korean IEC 60601-1-8."""

import pathlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import twinbed

ROOT = pathlib.Path(twinbed.__file__).parent
CATALOGUES = sorted(ROOT.rglob("*ko.toml"))
ALARM = re.compile(r"\b(alarm|alert)s?\b")


def texts(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from texts(value)
        elif isinstance(value, str):
            yield name, value


@pytest.mark.parametrize("path", CATALOGUES, ids=[str(p.relative_to(ROOT)) for p in CATALOGUES])
def test_an_alarm_is_called_alike_in_every_catalogue(path):
    found = list(texts(tomllib.loads(path.read_text("utf-8"))))
    assert found
    assert [text for _, text in found if "알람" in text] == []
    english = [(name, text) for name, text in found if ALARM.search(re.sub(r"\{\w+\}", "", name.replace("_", " ")))]
    assert [name for name, text in english if "경보" not in text] == []


def test_controls_and_modules_call_it_so_too():
    table = tomllib.loads((ROOT / "ward" / "controls.toml").read_text("utf-8"))
    pairs = [(c["label"], c["label_ko"]) for c in table["signal"].values()]
    pairs += [tuple(words) for setting in table["setting"].values() for words in setting["fields"].values()]
    assert [ko for en, ko in pairs if ALARM.search(en.lower()) and "경보" not in ko] == []
    assert [str(p) for p in ROOT.rglob("*.py") if "알람" in p.read_text("utf-8")] == []
