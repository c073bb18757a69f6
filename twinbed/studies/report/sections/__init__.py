"""The sections of a report, one file a section: each is built from evidence or left out."""
