"""Text stands out from its ground: WCAG 2.2, 1.4.3 asks for a contrast of 4.5 to 1, in light and in dark."""

import pathlib
import re

import pytest

import twinbed.studies.report as report

STYLE = (pathlib.Path(report.__file__).parent / "style.css").read_text(encoding="utf-8")
TEXT_ON = [
    ("ink", "paper"),
    ("soft", "paper"),
    ("ink", "panel"),
    ("soft", "panel"),
    ("accent", "paper"),
    ("good", "paper"),
    ("bad", "paper"),
    ("good", "panel"),
    ("bad", "panel"),
    ("open", "panel"),
    ("ink", "warn-panel"),
    ("soft", "warn-panel"),
    ("on-accent", "accent"),
    ("ink", "accent-soft"),
    ("soft", "accent-soft"),
    ("ink", "zone-a"),
    ("ink", "zone-e"),
]
MARK_ON = [
    ("fitted", "paper"),
    ("counterfactual", "paper"),
    ("factual", "paper"),
    ("meal", "paper"),
    ("low", "paper"),
    ("very-low", "paper"),
]


def _tokens(theme: str) -> dict[str, str]:
    light, dark = re.findall(r":root \{(.*?)\}", STYLE, re.S)
    read = lambda text: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", text))
    return read(light) if theme == "light" else {**read(light), **read(dark)}


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(a: str, b: str) -> float:
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON)
def test_text_stands_out(theme, text, ground):
    tokens = _tokens(theme)
    assert _contrast(tokens[text], tokens[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("mark", "ground"), MARK_ON)
def test_lines_and_marks_stand_out(theme, mark, ground):
    """WCAG 2.2, 1.4.11: 3 to 1 for what must be seen to read a figure."""
    tokens = _tokens(theme)
    assert _contrast(tokens[mark], tokens[ground]) >= 3.0


def test_every_variable_is_declared():
    assert set(re.findall(r"var\(--([\w-]+)\)", STYLE)) <= set(_tokens("light"))
