"""`python -m twinbed`."""

from twinbed.cli import main

if __name__ == "__main__":
    main()
