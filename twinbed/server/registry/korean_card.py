"""The card of a device in Korean, made from the English one: its tables with what they mean in Korean.

What has no word here stands in English; `cards.ko.toml` says which devices have a card. States of a device, which
nobody sets and nobody sees, are counted; citations stay as they are.
"""

import functools
import importlib.resources
import re
import tomllib
from collections.abc import Iterator, Mapping

from twinbed.credibility import model_cards
from twinbed.ward.text import korean_of_signal

_STEP = re.compile(r"Role: (\w+); acts every (\S+) s\.")
_WRAPS = "다른 기기를 감싸며, 그 기기가 보이는 것을 그 기기만큼 자주 보입니다."


@functools.cache
def _words() -> Mapping[str, Mapping[str, str]]:
    folder = importlib.resources.files(__name__.rpartition(".")[0])
    return tomllib.loads(folder.joinpath("cards.ko.toml").read_text("utf-8"))


def card(id_: str, title: str | None) -> str | None:
    """The card of a device as Markdown; None where there is none in Korean.

    Args:
        id_: of the device.
        title: what it is called in Korean.

    Raises:
        NotFound: no component of that id.
    """
    if title is None or id_ not in _words()["about"]:
        return None
    head, *sections = model_cards.card(id_).split("\n## ")
    lines = [f"# {title}", "", f"`{id_}`", "", _words()["about"][id_], "", _timing(head), ""]
    for section in sections:
        name, _, body = section.partition("\n\n")
        lines += [f"## {_word(name)}", "", *_section(id_, name, body.strip().splitlines()), ""]
    return "\n".join(lines).rstrip() + "\n"


def _timing(head: str) -> str:
    found = _STEP.search(head)
    return f"역할: {_word(found[1])}; {found[2]}초마다 동작합니다." if found else _WRAPS


def _section(id_: str, name: str, body: list[str]) -> Iterator[str]:
    if name == "Known limits":
        yield _words()["limits"][id_]
    elif name == "States":
        yield f"{len(body) - 2}개"
    elif name == "References" or not body[0].startswith("|"):
        yield from map(_word, body)
    else:
        for k, line in enumerate(body):
            yield line if k == 1 else f"| {' | '.join(_row(name, _cells(line), head=k == 0))} |"


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def _row(name: str, cells: list[str], *, head: bool) -> list[str]:
    if name == "Compared with":
        return [_word(cell) for cell in cells[:-1]] if head else cells[:-1]
    if head:
        return [_word(cell) for cell in cells]
    if name == "Parameters":
        said, colon, more = cells[5].partition(": ")  # "assumption: ..." has a label before what it says
        return [*cells[:3], quantity(cells[3]), cells[4].replace(" to ", "~"), f"{_word(said)}{colon}{more}"]
    return [*cells[:2], korean_of_signal(cells[0].strip("`")), *map(_word, cells[3:])]


def _word(text: str) -> str:
    return _words()["words"].get(text, text)


def quantity(meaning: str) -> str:
    """What a parameter means in Korean; the English where there is no word for it."""
    return _words()["quantities"].get(meaning, meaning)
