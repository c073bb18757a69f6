"""What several commands print."""

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import typer


def show_json(value: Any) -> None:
    """Prints a value as JSON on standard output; progress and notes go to standard error."""
    typer.echo(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False))


@contextlib.contextmanager
def progress(title: str) -> Iterator[Callable[[float, str], None]]:
    """A bar on standard error; call it with the share done (0 to 1) and what is happening."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    try:
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(title, total=1.0)
            yield lambda share, what: bar.update(task, completed=share, description=what or title)
    except KeyboardInterrupt:
        typer.echo("twinbed: interrupted; the same command goes on where it stopped", err=True)
        sys.exit(130)
