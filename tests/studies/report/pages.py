"""Reads a page back: tags in balance, elements with their attributes, figures by their caption."""

import html.parser
from collections.abc import Iterator

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(html.parser.HTMLParser):
    """A parsed page. Raises `AssertionError` where a tag is closed that is not open."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.inside: list[tuple[str, ...]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self.inside.append(tuple(self.open))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1] == tag, f"</{tag}> inside <{self.open[-1]}>"
        self.open.pop()

    def handle_data(self, data):
        if "style" not in self.open:
            self.texts.append(data)

    @property
    def text(self) -> str:
        """Everything that is said."""
        return " ".join(" ".join(self.texts).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every element of that name."""
        return [attributes for name, attributes in self.elements if name == tag]

    def figure(self, key: str) -> list[tuple[str, dict[str, str]]]:
        """The drawing whose title has the id `<key>-title`, and what follows it until the next."""
        label = f"{key}-title {key}-desc"
        start = next(
            i for i, (tag, a) in enumerate(self.elements) if tag == "svg" and a.get("aria-labelledby") == label
        )
        rest = self.elements[start + 1 :]
        end = next((i for i, (tag, _) in enumerate(rest) if tag == "svg"), len(rest))
        return self.elements[start : start + 1 + end]


class Scale:
    """What `data-x` or `data-y` of a figure says: from user units back to values."""

    def __init__(self, written: str):
        self.low, self.high, self.start, self.end = map(float, written.split())

    def value(self, place: float) -> float:
        """The value at a place."""
        return self.low + (place - self.start) / (self.end - self.start) * (self.high - self.low)

    @property
    def resolution(self) -> float:
        """What a rounding to a hundredth of a user unit can do to a value."""
        return 0.011 * abs((self.high - self.low) / (self.end - self.start))


def points(path: str) -> Iterator[tuple[float, float]]:
    """The points of a path of M and L."""
    for step in path.replace("h0", "").replace("M", " ").replace("L", " L").replace("L", " ").split("  "):
        numbers = step.split()
        yield from ((float(a), float(b)) for a, b in zip(numbers[::2], numbers[1::2], strict=True))
