"""Which settings of a run are not the usual ones, in a sentence each."""

from twinbed.bench import settings
from twinbed.bench.log import Log
from twinbed.studies.report.text import Words


def sentences(log: Log, words: Words) -> list[str]:
    """Such as "2 of 48 records, narrowed by --set: 100, 119"; none where all settings are the usual ones.

    Args:
        log: of the run.
        words: with the sentences of a report of the bench.
    """
    out = []
    for one in settings.changed(log.protocol):
        named = {"name": one.name.replace("_", " "), "value": settings.written(one.value)}
        if one.narrowed:
            out.append(words("chosen.narrowed", n=len(one.value), all=len(one.usual), **named))
        else:
            out.append(words("chosen.changed", usual=settings.written(one.usual), **named))
    return out
