"""`twinbed list calibrated`: every number that was calibrated or assumed, and to what, as the sources in code say."""

import re
from collections.abc import Iterator
from typing import Any

from twinbed.core import discover

CALIBRATED = re.compile(r"\bcalibrated\b")
ASSUMED = re.compile(r"\bassum(ed|ption)\b|\bchosen\b|\bremembered\b")
_HEAD = """# What was calibrated, and what was assumed

From the sources that stand beside the numbers in the code: `twinbed list calibrated > docs/calibrated.md`. A number
with another source is that source's. Most of what is calibrated was chosen by playing the tables of `twinbed validate`
themselves, so a good row there shows that the model can express what the source says, not that it predicted it."""
_COLUMNS = "| parameter | value | unit | meaning | source |"
Row = tuple[str, str, str, str, str]


def as_markdown() -> str:
    """The page: what was calibrated, then what was assumed, by part, drug and condition."""
    every = list(rows())
    calibrated = [(part, row) for part, row in every if CALIBRATED.search(row[-1])]
    assumed = [(part, row) for part, row in every if ASSUMED.search(row[-1]) and not CALIBRATED.search(row[-1])]
    lines = [_HEAD, ""]
    for title, found in (("Calibrated", calibrated), ("Assumed", assumed)):
        lines += [f"## {title}", "", f"{len(found)} of {len(every)} parameters and effects of drugs."]
        lines += _tables(found)
    return "\n".join([*lines, *_conditions()])


def _tables(found: list[tuple[str, Row]]) -> list[str]:
    lines: list[str] = []
    for part in dict.fromkeys(part for part, _ in found):
        lines += ["", f"### `{part}`", "", _COLUMNS, "|---|---|---|---|---|"]
        lines += [f"| `{row[0]}` | {' | '.join(row[1:])} |" for owner, row in found if owner == part]
    return [*lines, ""]


def rows() -> Iterator[tuple[str, Row]]:
    """Every number of a part, effect of a drug and the like, with the part: name, value, unit, meaning, source."""
    from twinbed.testing.declared import valued
    from twinbed.testing.examples import example
    from twinbed.vocab.drugs import DRUGS, OWN

    for id_ in (i for kind in ("physiology", "devices") for i in discover.ids(kind)):
        for name, value, known in valued(example(discover.load(id_))):
            yield id_, (name, f"{float(value):.6g}", known.unit, known.doc, known.source or "")
    for name, drug in DRUGS.items():
        if name not in OWN:
            yield from ((f"drugs/{name}", row) for row in _of_drug(drug))


def _of_drug(drug: Any) -> Iterator[Row]:
    for model in drug.kinetics.values():
        values = ", ".join(f"{n} {v}" for n, v in model.parameters.items())
        yield f"kinetics.{model.name}", values, "L, min", "how it spreads", model.source
        yield from (_effect(f"{model.name}.{effect.on}", effect) for effect in model.effects)
    yield from (_effect(effect.on, effect) for effect in drug.effects)
    for site in drug.sites:
        yield f"sites.{site.name}", f"rate {site.rate}", "1/min", "how fast it follows plasma", site.source
    for block in drug.blocks:
        yield f"blocks.{block.receptor}", f"kb {block.kb}", "mg/L", "what it blocks", block.source
    for boost in drug.boosts:
        values = f"emax {boost.emax}, ec50 {boost.ec50}"
        yield f"boosts.{boost.receptor}.{boost.on}", values, "1, mg/L", "what it makes more potent", boost.source


def _effect(name: str, effect: Any) -> Row:
    from twinbed.vocab.drugs.format import SUMS

    values = f"emax {effect.emax}, ec50 {effect.ec50}, gamma {effect.gamma}"
    values += "" if effect.hyporeactivity is None else f", hyporeactivity {effect.hyporeactivity}"
    return name, values, f"{SUMS.get(effect.on, '1')}, mg/L, 1", f"by {effect.receptor}", effect.source


def _conditions() -> list[str]:
    from twinbed.physiology.whole_body import CALIBRATED_CONDITIONS, POORLY_FOR_OXYGEN, changes_of

    lines = ["## Conditions, age and weight", "", "What stands in no row is its source's or assumed.", ""]
    lines += ["| condition | parameter | change at full severity | calibrated to |", "|---|---|---|---|"]
    lines += [
        f"| age, weight | `lungs.poorly` | {POORLY_FOR_OXYGEN:+g} for each mmHg of arterial oxygen that they take |"
        " 0.43 mmHg a year lying (Sorbini 1968), 0.56 for each kg/m2 (Cerveri 1995) |"
    ]
    for name, places, to in CALIBRATED_CONDITIONS:
        lines += [f"| {name} | `{place}` | {changes_of(name)[place]} | {to} |" for place in places]
    return lines
