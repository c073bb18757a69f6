"""A dossier from logs and from what people state: reports, checklists and forms, in English and Korean."""

from twinbed.bench.dossier.write import write_dossier as write_dossier
