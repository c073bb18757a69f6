"""What changed between two runs of one protocol on one device."""

import dataclasses
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from twinbed.bench.log import Log
from twinbed.bench.trace.logs import Run
from twinbed.bench.verdict import Verdict
from twinbed.core.errors import NotFound

SETTING = "setting "
"""How the names of what was chosen with --set begin among all that is not the same."""


@dataclasses.dataclass(frozen=True)
class Moved:
    """Something by its name, before and after; nothing where it was not there."""

    name: str
    before: Any
    after: Any


@dataclasses.dataclass(frozen=True)
class Changes:
    """What is not the same in a later run.

    Attributes:
        before: the earlier run.
        after: the later one.
        outcomes: criteria whose verdict changed, by outcome.
        values: criteria whose value moved, by value; a criterion is in both where both changed.
        limits: limits whose number, unit, clause, mark or source changed.
        cases: cases that were added (no fingerprint before), removed, or are of another fingerprint.
        failures: cases that have an answer in one run only, by why not (empty: answered).
        setting: what else is not the same: edition of the standard, device, software.
    """

    before: Run
    after: Run
    outcomes: Sequence[Moved]
    values: Sequence[Moved]
    limits: Sequence[Moved]
    cases: Sequence[Moved]
    failures: Sequence[Moved]
    setting: Sequence[Moved]

    def __bool__(self) -> bool:
        return any((self.outcomes, self.values, self.limits, self.cases, self.failures, self.setting))


def changes(before: Run, after: Run) -> Changes:
    """What changed from one run to a later one.

    Raises:
        NotFound: they are of different protocols or devices.
    """
    if (before.protocol, before.identity) != (after.protocol, after.identity):
        raise NotFound(
            f"{before.name} is {before.protocol} on {before.device}, {after.name} {after.protocol} on {after.device}: "
            "compare two runs of one protocol on one device"
        )
    old, new = before.log, after.log
    verdicts = _verdicts(old), _verdicts(new)
    fingerprints = {c.id: c.sha256 for c in old.cases}, {c.id: c.sha256 for c in new.cases}
    both = fingerprints[0].keys() & fingerprints[1].keys()
    failures = [{c.id: c.failure for c in log.cases if c.id in both} for log in (old, new)]
    return Changes(
        before, after,
        outcomes=_moved(*({k: v.told for k, v in of.items()} for of in verdicts)),
        values=_moved(*({k: v.value if v.evident else None for k, v in of.items()} for of in verdicts), only_both=True),
        limits=_moved(old.limits, new.limits),
        cases=_moved(*fingerprints),
        failures=_moved(*failures),
        setting=_moved(_setting(old), _setting(new)),
    )  # fmt: skip


def since(before: Log, after: Log) -> Changes | None:
    """What changed between two logs; none where they are of different protocols or devices."""
    old, new = (Run(name, pathlib.Path(), log, "") for name, log in (("before", before), ("after", after)))
    return changes(old, new) if (old.protocol, old.identity) == (new.protocol, new.identity) else None


def retested(runs: Sequence[Run]) -> list[Changes]:
    """For every protocol and device that was run more than once, the last run against the one before it."""
    history: dict[tuple[str, tuple[str, bool]], list[Run]] = {}
    for run in sorted(runs, key=lambda run: run.order):
        history.setdefault((run.protocol, run.identity), []).append(run)
    return [changes(past[-2], past[-1]) for _, past in sorted(history.items()) if len(past) > 1]


def _verdicts(log: Log) -> Mapping[str, Verdict]:
    return {verdict.criterion: verdict for verdict in log.verdicts}


def _setting(log: Log) -> Mapping[str, Any]:
    named = {f"protocol {k}": log.protocol.get(k) for k in ("title", "standard", "edition", "stimulus", "reference")}
    criteria = log.protocol.get("criteria", ())
    named |= {f"criterion {c['name']} {k}": v for c in criteria for k, v in c.items() if k != "name"}
    named |= {f"{SETTING}{k}": v for k, v in log.protocol.get("settings", {}).items()}
    named |= {f"device {k}": v for k, v in log.device.items()}
    return named | {f"software {k}": v for k, v in log.software.items()}


def _moved(before: Mapping[str, Any], after: Mapping[str, Any], *, only_both: bool = False) -> list[Moved]:
    names = [name for name in (*before, *(n for n in after if n not in before))]
    if only_both:
        names = [name for name in names if name in before and name in after]
    return [Moved(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]
