"""Which settings of a run are not the usual ones, in a sentence each."""

from markupsafe import Markup, escape

from twinbed.bench import settings
from twinbed.bench.log import Log
from twinbed.bench.report.verdicts import Say
from twinbed.studies.report.text import Words


def sentences(log: Log, words: Words, say: Say) -> list[Markup]:
    """Such as "2 of 48 records, narrowed by --set: 100, 119"; none where all settings are the usual ones.

    Args:
        log: of the run.
        words: with the sentences of a report of the bench.
        say: what says texts of the protocol in the language of the page.
    """
    out = []
    for one in settings.changed(log.protocol):
        told = {"name": name(one.name, say), "value": escape(one.said(one.value, say))}
        if one.narrowed:
            said = words("chosen.narrowed", n=len(one.value), all=len(one.usual), **told)
        else:
            said = words("chosen.changed", usual=escape(one.said(one.usual, say)), **told)
        out.append(Markup(said))
    return out


def name(setting: str, say: Say) -> Markup:
    """What people call a setting, and in small type what it is called with --set, where that is another word."""
    called = settings.label(setting, say)
    if called == setting:
        return escape(called)
    space = " " if called.isascii() else ""
    return Markup('{}{}<small class="setting">({})</small>').format(called, space, setting)


def plain_name(setting: str, say: Say) -> str:
    """The same as text."""
    return name(setting, say).striptags()
