"""`python -m twinbed`."""

from twinbed.cli import main

main()
