"""What several commands print."""

import contextlib
import enum
import json
import os
import pathlib
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from twinbed.studies.acute.bedside import Bedside
    from twinbed.studies.acute.study import AcuteStudy


class Language(enum.StrEnum):
    """Languages of reports."""

    ENGLISH = "en"
    KOREAN = "ko"


def show_json(value: Any) -> None:
    """Prints a value as JSON on standard output; progress and notes go to standard error."""
    typer.echo(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False))


def wrapped(text: str, indent: int) -> list[str]:
    """The text in lines that fit the terminal (80 columns where there is none), all but the first one indented."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)  # a Korean syllable takes two columns
    most = shutil.get_terminal_size().columns - wide
    return textwrap.wrap(text, max(most, 2 * indent), subsequent_indent=" " * indent, break_long_words=False)


@contextlib.contextmanager
def named(file: pathlib.Path) -> Iterator[None]:
    """What is wrong with a study that was read from a file is said with the name of the file."""
    from twinbed.core.errors import StudyError

    try:
        yield
    except StudyError as error:
        said = str(error)
        raise StudyError(said if said.startswith(f"{file}: ") else f"{file}: {said}") from None


def say_unusual(file: "AcuteStudy | Bedside") -> None:
    """Tells doses of a file that nobody would give, on standard error."""
    from twinbed.studies.acute.bedside import Bedside, PatientSpec, person_of
    from twinbed.ward.usual import unusual, unusual_in

    if isinstance(file, Bedside):
        found = unusual(file.events, person_of(file.patient))
    else:
        found = unusual_in(file, person_of(file.patient or PatientSpec()))
    for sentence in found:
        typer.echo(f"note: {sentence}", err=True)


FINE = "TWINBED_PROGRESS"
"""Set to `fine`, every hundredth is said in place of every tenth: for a program that shows it."""


_COMPILING = "compiling what is new, once, for up to some minutes"


class _Lines:
    """Progress as lines of a log."""

    def __init__(self, title: str):
        self.title, self.said = title, (title, -1)
        self.parts = 100 if os.environ.get(FINE) == "fine" else 10
        self.compiling_at: tuple[str, int] | None = None

    def __call__(self, share: float, what: str, detail: str = "") -> None:
        now = what or self.title, int(self.parts * share)
        if now != self.said:
            self.said = now
            self._say(detail)

    def compiling(self, now: bool) -> None:
        if now and self.compiling_at != self.said:
            self._say(_COMPILING)
            self.compiling_at = self.said

    def _say(self, more: str) -> None:
        what, parts = self.said
        typer.echo(f"{what}: {100 // self.parts * max(parts, 0)} %{more and f', {more}'}", err=True)


class _Bar:
    """Progress as a bar, with a word on what it waits for."""

    def __init__(self, bar: Any, title: str):
        self.bar, self.title, self.said, self.waits = bar, title, title, False
        self.task = bar.add_task(title, total=1.0)

    def __call__(self, share: float, what: str, detail: str = "") -> None:
        self.said = f"{what or self.title}{detail and f', {detail}'}"
        self.bar.update(self.task, completed=share)
        self._show()

    def compiling(self, now: bool) -> None:
        self.waits = now
        self._show()

    def _show(self) -> None:
        self.bar.update(self.task, description=self.said + (f" ({_COMPILING})" if self.waits else ""))


Told = Callable[..., None]
"""Is told the share done (0 to 1), what is happening, and perhaps more of it that alone is no news."""


@contextlib.contextmanager
def progress(title: str, *, resumes: bool = True) -> Iterator[Told]:
    """A bar on standard error; call it with the share done (0 to 1) and what is happening.

    Where nobody watches, it is a line for every new thing that happens and for every tenth that is done.

    Args:
        title: what is shown until something happens.
        resumes: whether the same command goes on where it was interrupted, which is then said.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    from twinbed.engine.native.compile import watched

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    try:
        console = Console(stderr=True)
        if not console.is_terminal:
            lines = _Lines(title)
            with watched(lines.compiling):
                yield lines
            return
        with Progress(*columns, console=console) as shown:
            bar = _Bar(shown, title)
            with watched(bar.compiling):
                yield bar
    except KeyboardInterrupt:
        _interrupted("; the same command goes on where it stopped" if resumes else "")


def _interrupted(hint: str) -> None:
    typer.echo(f"twinbed: interrupted{hint}", err=True)
    sys.exit(130)


@contextlib.contextmanager
def loading(what: str) -> Iterator[None]:
    """Says to somebody at a terminal that something is being loaded, and that nothing was done yet if they stop it."""
    if sys.stderr.isatty():
        typer.echo(f"{what}: loading", err=True)
    try:
        yield
    except KeyboardInterrupt:
        _interrupted(" before anything was done")
