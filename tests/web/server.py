"""The server as `twinbed serve` starts it, with the bed of the tests in place of those that take minutes to compile.

python -m tests.web.server DATA PORT
"""

import pathlib
import sys

from tests.web import bed
from twinbed.server.serve import Wanted, serve
from twinbed.ward import definition, ensemble
from twinbed.ward import ward as wards


def main(data: str, port: str) -> None:
    """Serves until it is told to end."""
    wards.make = definition.make = lambda toml: bed.made()
    ensemble._member = bed.member
    serve(Wanted("127.0.0.1", int(port), pathlib.Path(data)), say)


def say(line: str) -> None:
    """Shows a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
