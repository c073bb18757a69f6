"""The command line. Starts without JAX; a command imports what it needs when it runs."""

import sys
from typing import Any

from twinbed.vocab.errors import DrugError


def main(arguments: list[str] | None = None) -> Any:
    """Runs a command. Files of drugs are read when it is loaded: a mistake in one is told as any other."""
    try:
        from twinbed.cli.app import main as command
    except DrugError as error:
        sys.stderr.write(f"twinbed: {error}\n")
        sys.exit(2)
    return command(arguments)
