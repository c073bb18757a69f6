"""Where data come in and go out: recordings from files, and recordings to files."""
