"""The sections of a report, one file a section: each is built from the record or left out."""
