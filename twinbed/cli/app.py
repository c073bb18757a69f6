"""The commands, their exit codes, and how errors reach the person who typed.

Exit codes: 0 done; 1 done, but what was asked does not hold (a check failed); 2 wrong input;
130 interrupted (the same command goes on where it stopped, if it says so).
"""

import sys
from typing import Annotated, Any

import typer

import twinbed
from twinbed.cli import (
    bench,
    cards,
    check,
    demo,
    explain,
    fit,
    listing,
    regulatory,
    replay,
    run,
    serve,
    simulate,
    validate,
)
from twinbed.core.errors import TwinbedError
from twinbed.vocab.drugs.arithmetic import ExpressionError
from twinbed.vocab.errors import DrugError
from twinbed.vocab.signals import UnknownSignal
from twinbed.vocab.units import UnitError

app = typer.Typer(
    name="twinbed",
    help=twinbed.__doc__,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _show_version(asked: bool | None) -> None:
    if asked:
        typer.echo(f"twinbed {twinbed.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool | None, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = None,
) -> None:
    del version


app.command("demo")(demo.demo)
app.command("run")(run.run)
app.command("simulate")(simulate.simulate)
app.command("serve")(serve.serve)
app.command("replay")(replay.replay)
app.command("fit")(fit.fit)
app.command("list")(listing.list_components)
app.command("explain")(explain.explain)
app.command("check")(check.check)
app.command("validate")(validate.validate)
app.command("cards")(cards.cards)
app.add_typer(bench.app, name="bench")
app.add_typer(regulatory.app, name="regulatory")


def main(arguments: list[str] | None = None) -> Any:
    """Runs a command; turns errors that a user can put right into one clear line."""
    try:
        return app(arguments)
    except (TwinbedError, UnitError, UnknownSignal, DrugError, ExpressionError) as error:
        _say(f"twinbed: {error}")
        sys.exit(2)
    except KeyboardInterrupt:
        _say("twinbed: interrupted")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)


def _say(text: str) -> None:
    typer.echo(text, err=True)
