"""The server as `twinbed serve` starts it, with the bed of the tests in place of those that take minutes to compile.

A bed of diabetes is what it is: it compiles in seconds.

python -m tests.web.server DATA PORT
"""

import pathlib
import sys

from tests.web import bed
from twinbed.server import serve as serving
from twinbed.server.serve import Wanted, serve
from twinbed.ward import definition, prior
from twinbed.ward import ward as wards


def main(data: str, port: str) -> None:
    """Serves until it is told to end."""
    real = definition.make
    wards.make = definition.make = lambda toml: real(toml) if 'kind = "diabetes"' in toml else bed.made()
    prior._member = bed.member
    serving._FIRST_BED = "anaesthesia"
    serve(Wanted("127.0.0.1", int(port), pathlib.Path(data)), say)


def say(line: str) -> None:
    """Shows a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
