"""The command line. Starts without JAX; a command imports what it needs when it runs."""

from twinbed.cli.app import main as main
