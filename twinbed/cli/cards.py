"""`twinbed cards`: writes a card for every model and device, and a list of them."""

import pathlib
from typing import Annotated

import typer


def cards(folder: Annotated[pathlib.Path, typer.Argument(help="Where the cards are written, as Markdown.")]) -> None:
    """Write a card for every model and device: what it is, its numbers and their sources, limits, comparisons."""
    from twinbed.credibility.model_cards import write_cards

    written = write_cards(folder)
    typer.echo(f"{len(written)} cards in {folder}, listed in {folder / 'index.md'}")
