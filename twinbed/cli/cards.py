"""`twinbed cards`: writes a model card for every model."""

import pathlib
from typing import Annotated

import typer


def cards(folder: Annotated[pathlib.Path, typer.Argument(help="Where the cards are written, as Markdown.")]) -> None:
    """Write a card for every model: what it is, its numbers and their sources, its limits, its comparisons."""
    from twinbed.credibility.model_cards import write_cards

    written = write_cards(folder)
    typer.echo(f"{len(written)} cards in {folder}")
