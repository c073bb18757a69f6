"""That a run was judged again, in sentences: when, with what, and what changed by it."""

from collections.abc import Mapping

from twinbed.bench.log import Log
from twinbed.bench.report.verdicts import Say
from twinbed.studies.report.text import Words


def at(log: Log) -> str:
    """Date and time of the judgement (UTC); empty where it is that of the run itself."""
    return moment(log.judged.at) if log.judged else ""


def moment(iso: str) -> str:
    """Date and time to the minute."""
    return iso[:16].replace("T", " ")


def sentences(log: Log, words: Words, say: Say) -> list[str]:
    """None where the verdicts are those of the run itself.

    Args:
        log: of the run.
        words: with the sentences of a report of the bench.
        say: what says texts of the protocol in the language of the page.
    """
    judged = log.judged
    if judged is None:
        return []
    said = [words("again.said", at=at(log), started=moment(log.started), software=_software(log.software))]
    if judged.software != log.software:
        said.append(words("again.software", software=_software(judged.software)))
    means: dict[str, str] = {c["name"]: say(str(c["means"])) for c in log.protocol.get("criteria", ())}
    named = lambda names: "; ".join([means.get(name) or name for name in names])
    outcomes = [
        words("again.from_to", name=means.get(name, name), before=_outcome(before, words), after=_outcome(after, words))
        for name, (before, after) in judged.outcomes.items()
    ]
    limits = "; ".join(_limit(log, name, say) for name in judged.limits)
    changed = {
        "outcomes": "; ".join(outcomes), "values": named(judged.values), "limits": limits,
        "settings": ", ".join(judged.settings),
    }  # fmt: skip
    said += [words(f"again.{what}", names=names) for what, names in changed.items() if names]
    return said if any(changed.values()) else [*said, words("again.nothing")]


def _limit(log: Log, name: str, say: Say) -> str:
    """A limit by its meaning, and where it is from now."""
    limit = log.limits.get(name)
    if limit is None:
        return name
    return f"{say(str(limit['means']))} ({limit['source']})" if limit["source"] else say(str(limit["means"]))


def _outcome(outcome: str | None, words: Words) -> str:
    return words(f"outcome.{outcome.replace(' ', '_')}") if outcome else "–"


def _software(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())
