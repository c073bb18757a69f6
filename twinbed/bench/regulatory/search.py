"""Searches the lists by words, in English and in Korean.

A word counts the more the rarer it is (the logarithm of one over its share of entries, as in Spärck Jones 1972) and
the more prominent the field that holds it: code, name, then definition, regulation and class. Among equals the shorter
name comes first. Korean is written without a blank between the parts of a name, so Korean words are found within names,
blanks left out; where a word is not there as a whole, the share of its pairs of syllables that is there counts. A small
vocabulary (`terms.toml`) leads from Korean words to the English of the FDA's list and back, and from a Korean word to
those that mean the same. Korean items are found by the English names and the descriptions of the notice too. What a
word leads to is looked for in names and texts, not among codes: CGM is immunoglobulins there.
"""

import dataclasses
import functools
import importlib.resources
import math
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

from twinbed.bench.regulatory.catalogue import Catalogue
from twinbed.bench.regulatory.entries import AiDevice, Clearance, KoreanItem, ProductCode

_CODE, _NAME, _OTHER_NAME, _TEXT = 8.0, 4.0, 3.0, 1.0
"""What fields are worth; the other name is the English one of a Korean item."""
_PREFIX = 0.7
"""What a word is worth that only begins like the one asked for."""
_TRANSLATED = 0.9
_LEAST_SHARE = 0.5
"""Of a Korean word's pairs of syllables that must be there."""
_HANGUL = re.compile(r"[가-힣]+")
_WORD = re.compile(r"[0-9]+\.[0-9]+|[a-z0-9]+|[가-힣]+", re.I)
_CLASS = re.compile(r"(?:\bclass[ -]?([1-4]|i{1,3})\b)|(?:\b([1-4])\s*등급)", re.I)

Entry = TypeVar("Entry", ProductCode, KoreanItem)


@dataclasses.dataclass(frozen=True)
class Hit(Generic[Entry]):
    """An entry and how well it fits; of the words asked, those it holds."""

    entry: Entry
    score: float
    words: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Found:
    """What was found, best first; precedents by product code."""

    product_codes: Sequence[Hit[ProductCode]]
    korean_items: Sequence[Hit[KoreanItem]]
    ai_devices: Mapping[str, Sequence[AiDevice]]
    clearances: Mapping[str, Sequence[Clearance]]


@dataclasses.dataclass(frozen=True)
class _Page:
    """An entry as it is searched: weights of its words, and its name without blanks for Korean."""

    words: Mapping[str, float]
    run: str
    length: int
    codes: frozenset[str] = frozenset()
    text: str = ""
    """What else is said of it in Korean, without blanks."""


@functools.cache
def _vocabulary() -> Mapping[str, Mapping[str, Sequence[str]]]:
    text = importlib.resources.files(__name__.rpartition(".")[0]).joinpath("terms.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@functools.cache
def terms() -> Mapping[str, Sequence[str]]:
    """Korean words of the field and the English words that stand for them, the longest Korean first."""
    return dict(sorted(_vocabulary()["terms"].items(), key=lambda item: -len(item[0])))


def _same(word: str) -> list[str]:
    """English words that mean the same."""
    same = _vocabulary()["same"]
    return [*same.get(word, ()), *(short for short, longs in same.items() if word in longs[:1])]


def search(catalogue: Catalogue, words: str, *, limit: int = 10) -> Found:
    """The entries that hold the words, best first.

    Args:
        catalogue: what is searched.
        words: names, codes, regulation numbers, `class 2` or `2등급`; in English, Korean or both.
        limit: most entries of each list.
    """
    codes = _ranked(catalogue.product_codes, _product_page, _asked(words, _translated), limit)
    return Found(
        codes,
        _ranked(catalogue.korean_items, _korean_page, _asked(words, _in_korean), limit),
        {hit.entry.code: catalogue.precedents(hit.entry.code) for hit in codes},
        {hit.entry.code: catalogue.cleared(hit.entry.code) for hit in codes if catalogue.clearances},
    )


def _asked(words: str, leads_to: Callable[[str], Sequence[str]]) -> list[dict[str, float]]:
    """For every word asked the words that count for it, and how much."""
    plain = _CLASS.sub(lambda found: f" class{_roman(found[1] or found[2])} ", words)
    out = []
    for word in dict.fromkeys(w.lower() for w in _WORD.findall(plain)):
        meant = {word: 1.0}
        for other in leads_to(word):
            meant.setdefault(other, _TRANSLATED)
        out.append(meant)
    return out


def _roman(grade: str) -> str:
    return {"i": "1", "ii": "2", "iii": "3"}.get(grade.lower(), grade)


def _terms_in(word: str) -> list[Sequence[str]]:
    """The English of each term of the vocabulary in a Korean word, the longest first, none twice."""
    rest, out = word, []
    for korean, english in terms().items():
        if korean in rest:
            out.append(english)
            rest = rest.replace(korean, " ")
    return out


def _in_korean(word: str) -> list[str]:
    """What stands for a word among Korean items: of a Korean one, terms that are the same in English, and that.

    English of several words is left out: each of them alone, such as blood or pressure, is something else.
    """
    if not _HANGUL.fullmatch(word):
        return _translated(word)
    found = _terms_in(word)
    same = [korean for korean, english in terms().items() if english in found]
    return same + [english[0] for english in found if len(english) == 1]


def _translated(word: str) -> list[str]:
    if _HANGUL.fullmatch(word):
        return [english for several in _terms_in(word) for english in several]
    same = _same(word)
    return same + [korean for korean, english in terms().items() if not {word, *same}.isdisjoint(english)]


def _words(text: str) -> list[str]:
    return [w.lower() for w in _WORD.findall(text)]


def _page(fields: Sequence[tuple[str, float]], name: str) -> _Page:
    weights: dict[str, float] = {}
    for text, weight in fields:
        for word in _words(text):
            weights[word] = max(weights.get(word, 0.0), weight)
    return _Page(weights, "".join(_words(name)), len(name))


@functools.cache
def _product_page(entry: ProductCode) -> _Page:
    fields = [
        (entry.name, _NAME), (f"class{entry.device_class}", _TEXT),
        (f"{entry.definition} {entry.method} {entry.target}", _TEXT),
    ]  # fmt: skip
    codes = frozenset(_words(f"{entry.code} {entry.regulation}"))
    return dataclasses.replace(_page(fields, entry.name), codes=codes)


@functools.cache
def _korean_page(entry: KoreanItem) -> _Page:
    fields = [(entry.name, _NAME), (entry.english, _OTHER_NAME), (f"class{entry.device_class}", _TEXT)]
    codes = frozenset((entry.code.lower(), entry.code.split(".")[0].lower()))
    return dataclasses.replace(_page(fields, entry.name), codes=codes, text="".join(_words(entry.description)))


def _weight(page: _Page, word: str, *, as_asked: bool) -> float:
    """How prominently a page holds a word; 0 where it does not."""
    if as_asked and word in page.codes:
        return _CODE
    if _HANGUL.fullmatch(word):
        return _NAME * _share(page.run, word) or _TEXT * (word in page.text)
    exact = page.words.get(word) or page.words.get(_singular(word))
    if exact:
        return exact
    if len(word) < 4:
        return 0.0
    return max((_PREFIX * w for held, w in page.words.items() if held.startswith(_singular(word))), default=0.0)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _share(run: str, word: str) -> float:
    if word in run:
        return 1.0
    pairs = [word[k : k + 2] for k in range(len(word) - 1)]
    share = sum(pair in run for pair in pairs) / len(pairs) if len(pairs) > 1 else 0.0
    return share * share if share >= _LEAST_SHARE else 0.0


def _ranked(
    entries: Sequence[Entry], paged: Callable[[Entry], _Page], asked: Sequence[Mapping[str, float]], limit: int
) -> list[Hit[Entry]]:
    pages = [paged(entry) for entry in entries]
    scores, held = [0.0] * len(pages), [[] for _ in pages]
    for meant in asked:
        said = next(iter(meant))
        found = [max(w * _weight(page, word, as_asked=word == said) for word, w in meant.items()) for page in pages]
        rarity = math.log(1.0 + len(pages) / max(1, sum(f > 0.0 for f in found)))
        for k, weight in enumerate(found):
            if weight > 0.0:
                scores[k] += weight * rarity
                held[k].append(said)
    # All words first: an entry that holds two of three words goes before one that holds one prominently.
    order = sorted(
        (k for k in range(len(pages)) if held[k]), key=lambda k: (-len(held[k]), -scores[k], pages[k].length, k)
    )
    return [Hit(entries[k], round(scores[k], 3), tuple(held[k])) for k in order[:limit]]
