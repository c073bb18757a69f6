"""Acceptance criteria declared before a change, and how often a sequestered test set has been used.

A plan is a TOML file that is written, and authorised, before the next version exists:

    [plan]
    title = "Re-training with more recordings"
    locked = "1.0"                       # the version that the next one is compared with
    modification = "weights only"

    [test_set]
    uses = 3                             # evaluations on the sequestered set, failed ones included
    sha256 = ""                          # of all its cases; empty: not checked

    [[acceptance]]
    name = "sensitivity not worse"
    metric = "sensitivity"               # sensitivity, specificity or area
    comparison = "non-inferior"          # non-inferior, superior or at least
    value = 0.05                         # margin, margin of superiority, or least value
    groups = ["", "age", "sex"]          # "" is all patients; each group of a variable must hold

Whatever has looked at a test set may have learnt from it, so every evaluation is written to a ledger before the
device sees a case, and none is allowed beyond the number that the plan declares.

**References:**

- FDA (2025), Marketing Submission Recommendations for a Predetermined Change Control Plan for AI-Enabled Device
  Software Functions: VII.B (3) and Appendix A 1.d, 3.c, 3.d
"""

import dataclasses
import datetime
import hashlib
import json
import pathlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, get_args

from twinbed.bench.protocol import Case
from twinbed.connect.files import write_bytes
from twinbed.core.errors import ReadError, StudyError

Metric = Literal["sensitivity", "specificity", "area"]
Comparison = Literal["non-inferior", "superior", "at least"]


@dataclasses.dataclass(frozen=True)
class Acceptance:
    """One criterion that the next version must meet.

    Attributes:
        name: of the criterion.
        metric: what is compared.
        comparison: not worse than the locked version by more than the value; better by more than it; at least it.
        value: margin, margin of superiority, or least value; 0 to 1.
        groups: variables whose every group must hold; an empty text is all patients.
    """

    name: str
    metric: Metric
    comparison: Comparison
    value: float
    groups: tuple[str, ...] = ("",)


@dataclasses.dataclass(frozen=True)
class Plan:
    """A plan as declared.

    Attributes:
        title: of the modification.
        locked: version that the next one is compared with.
        modification: what changes.
        uses: evaluations that the sequestered set allows.
        test_set: hash of all its cases; empty where the plan does not bind one.
        acceptance: all must hold.
        sha256: of the file.
    """

    title: str
    locked: str
    modification: str
    uses: int
    test_set: str
    acceptance: tuple[Acceptance, ...]
    sha256: str


def read_plan(path: pathlib.Path) -> Plan:
    """The plan in a file.

    Raises:
        ReadError: it is none; the message says what is missing or unknown.
    """
    try:
        content = path.read_bytes()
        written = tomllib.loads(content.decode("utf-8"))
    except (OSError, ValueError) as error:
        raise ReadError(path, str(error)) from None
    plan = _table(path, written, "plan", {"title": str, "locked": str, "modification": str})
    used = _table(path, written, "test_set", {"uses": int, "sha256": str})
    rows = written.get("acceptance")
    if not isinstance(rows, list) or not rows:
        raise ReadError(path, "write at least one [[acceptance]]: a plan without criteria accepts everything")
    acceptance = tuple(_acceptance(path, row) for row in rows)
    names = [a.name for a in acceptance]
    if len(set(names)) < len(names):
        raise ReadError(path, f"two criteria have one name: {', '.join(names)}")
    if used["uses"] < 1:
        raise ReadError(path, "[test_set] uses must be at least 1")
    digest = hashlib.sha256(content).hexdigest()
    return Plan(plan["title"], plan["locked"], plan["modification"], used["uses"], used["sha256"], acceptance, digest)


def _table(path: pathlib.Path, written: Mapping[str, Any], name: str, kinds: Mapping[str, type]) -> Mapping[str, Any]:
    table = written.get(name)
    if not isinstance(table, dict) or sorted(table) != sorted(kinds):
        raise ReadError(path, f"[{name}] needs exactly {', '.join(kinds)}")
    for key, kind in kinds.items():
        if not isinstance(table[key], kind) or isinstance(table[key], bool):
            raise ReadError(path, f"[{name}] {key} must be {'a text' if kind is str else 'a whole number'}")
    return table


def _acceptance(path: pathlib.Path, row: Any) -> Acceptance:
    known = {field.name for field in dataclasses.fields(Acceptance)}
    if not isinstance(row, dict) or not {"name", "metric", "comparison", "value"} <= set(row) <= known:
        raise ReadError(path, f"[[acceptance]] needs name, metric, comparison, value and may have groups; found {row}")
    for key, allowed in (("metric", get_args(Metric)), ("comparison", get_args(Comparison))):
        if row[key] not in allowed:
            raise ReadError(path, f"{row['name']}: {key} is {row[key]!r}; write one of {', '.join(allowed)}")
    if not isinstance(row["value"], int | float) or not 0.0 <= row["value"] < 1.0:
        raise ReadError(path, f"{row['name']}: value {row['value']!r} is no share from 0 to below 1")
    return Acceptance(**{**row, "value": float(row["value"]), "groups": tuple(row.get("groups", ("",)))})


def test_set_hash(cases: Iterable[Case]) -> str:
    """The hash of all cases of a test set, whatever their order."""
    return hashlib.sha256("\n".join(sorted(case.sha256 for case in cases)).encode()).hexdigest()


test_set_hash.__test__ = False  # not a test, though its name begins like one


@dataclasses.dataclass(frozen=True)
class Ledger:
    """A file of all evaluations on sequestered test sets, one line of JSON each; lines are only added."""

    path: pathlib.Path

    def uses(self, test_set: str) -> Sequence[Mapping[str, Any]]:
        """The evaluations on a test set so far.

        Raises:
            ReadError: a line is none of a ledger, so that it must be looked at by hand.
        """
        if not self.path.is_file():
            return []
        found = []
        for number, line in enumerate(self.path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                entry = json.loads(line)
                found += [entry] if entry["test_set"] == test_set else []
            except (ValueError, KeyError, TypeError):
                raise ReadError(self.path, "no line of a ledger", line=number) from None
        return found

    def record(self, test_set: str, plan: Plan) -> int:
        """Writes an evaluation that is about to begin and returns its number, from 1.

        Raises:
            StudyError: the plan binds another test set, or allows no further use of this one.
        """
        check_bound(test_set, plan)
        before = len(self.uses(test_set))
        if before >= plan.uses:
            raise StudyError(
                f"the test set was used {before} times and the plan allows {plan.uses}: collect new cases; what was "
                "learnt from these can no longer be told from performance"
            )
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        line = json.dumps({"test_set": test_set, "plan": plan.sha256, "use": before + 1, "at": now})
        old = self.path.read_bytes() if self.path.is_file() else b""
        write_bytes(self.path, old + line.encode() + b"\n")
        return before + 1


def check_bound(test_set: str, plan: Plan) -> None:
    """Raises StudyError where the plan binds another test set."""
    if plan.test_set and plan.test_set != test_set:
        raise StudyError(f"the plan binds test set {plan.test_set[:12]}…, these cases are {test_set[:12]}…")
