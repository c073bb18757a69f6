"""A device's network port under malformed, fuzzed, replayed, skewed and too many messages.

The device under test is whatever listens on a port of this machine (see `bench.security.play`); each scenario is
played on it, then a fresh valid message must be taken. Fuzzed messages and those of a flood may be accepted or
refused: only that the device lives on is judged. What it must never do is accept a message that is malformed, that
it has had before, or whose time is far from now.

**References:**

- FDA (2025), Cybersecurity in Medical Devices: Quality Management System Considerations and Content of Premarket
  Submissions, V.C, Appendix 1 (replay)
- 디지털의료기기 전자적 침해행위 보안 지침 (식품의약품안전처고시 제2025-30호), 제14조
"""

import dataclasses
import datetime
import functools
import math
import pathlib
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from twinbed.bench.charts import Figure, Listing, Matrix
from twinbed.bench.limits import read_limits
from twinbed.bench.protocol import Answer, Answers, Case, Criterion, Given, Nonsense, Protocol, Row, Table
from twinbed.bench.security import toy_server
from twinbed.bench.security.codec import CODECS
from twinbed.bench.security.play import play
from twinbed.bench.security.scenarios import MOST_ALONE, SCENARIOS, frames
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.extremes import largest
from twinbed.core.errors import NotFound, StatisticsError

_CLAUSE = "FDA Cybersecurity 2025, V.C"
_FUZZ = 2
"""Cases of fuzz, each with draws of its own."""

_GIVEN = (
    Given("codec", "1", "how messages are written: line_json or hl7_mllp", "text"),
    Given("scenario", "1", "which messages are sent", "text"),
    Given("seed", "1", "seed of the messages"),
    Given("reply_s", "s", "longest wait for a reply"),
)


def robustness(
    *, limits: pathlib.Path | None = None, codec: str = "line_json", reply_s: float = 2.0, seed: int = 5
) -> Protocol:
    """The protocol.

    Args:
        limits: the manufacturer's own numbers.
        codec: "line_json" or "hl7_mllp".
        reply_s: longest wait for a reply.
        seed: of what is sent.

    Raises:
        NotFound: no such codec.
    """
    if codec not in CODECS:
        raise NotFound(f"no codec {codec!r}; there are {', '.join(CODECS)}")
    toy = {name: functools.partial(_toy, fault) for name, fault in _TOYS.items()}
    return Protocol(
        id="security/robustness",
        title="Robustness of a network interface against wrong messages",
        standard="FDA Cybersecurity in Medical Devices",
        edition="2025",
        subjects="scenarios of messages to one port",
        stimulus="valid, malformed, fuzzed, replayed, skewed and too many messages",
        reference="which messages a sound device must accept or refuse",
        cases=functools.partial(_cases, codec, reply_s, seed),
        given=_GIVEN,
        answers=[
            Answer("accepted", "1", "1 for each message that was accepted, 0 refused, none without a reply", "series",
                   bounds=(0.0, 1.0)),
            Answer("probe", "1", "1 if a valid message afterwards was accepted in time", bounds=(0.0, 1.0)),
            Answer("probe_s", "s", "time until that message was answered", bounds=(0.0, math.inf)),
            Answer("ended", "1", "1 if the device's process has ended", optional=True, bounds=(0.0, 1.0),
                   claim="crashes"),
            Answer("memory_mib", "1", "growth of the device's memory, MiB", optional=True, claim="memory"),
        ],
        measure=measure,
        criteria=_criteria(),
        limits=read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits),
        seconds_a_case=60.0 + 2.0 * reply_s * (MOST_ALONE + 1),
        count=len(SCENARIOS) + _FUZZ - 1,
        figures=_figures,
        recorded_by_tester=True,
        devices=toy,
    )  # fmt: skip


_TOYS = {
    "good": "none", "bad": "crash", "bad_hangs": "hang", "bad_leaks": "leak", "bad_trusting": "trusting",
    "bad_one_at_a_time": "single",
}  # fmt: skip


def _toy(fault: str, stimulus: Mapping[str, Any]) -> Mapping[str, Any]:
    """A toy device in a process of its own for this scenario alone."""
    script = [sys.executable, "-I", "-S", toy_server.__file__, "--codec", str(stimulus["codec"]), "--fault", fault]
    return play(stimulus, command=script)


def _cases(codec: str, reply_s: float, seed: int) -> Iterator[Case]:
    now = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)  # which messages must be taken does not depend on it
    for scenario in SCENARIOS:
        for number in range(_FUZZ if scenario == "fuzz" else 1):
            own = seed + number
            sent = frames(scenario, CODECS[codec], own, now) if scenario != "idle connections" else []
            must = [math.nan if s.must is None else float(s.must) for s in sent] or [1.0]
            name = f"{scenario.replace(' ', '_')}-{number}"
            stimulus = {"codec": codec, "scenario": scenario, "seed": own, "reply_s": reply_s}
            yield Case(name, name, stimulus, {"must": np.array(must)}, {"scenario": scenario})


def measure(case: Case, answers: Answers) -> list[Row]:
    """Counts of a scenario; all of its messages must have been sent."""
    must, got = np.asarray(case.reference["must"], float), answers["accepted"]
    if len(got) != len(must):
        raise Nonsense(f"accepted has {len(got)} values; {len(must)} messages are sent, and one each is due")
    optional = lambda name: float(answers[name]) if answers[name].size else math.nan
    ended = optional("ended")
    return [
        {
            "messages": float(len(must)),
            "wrong": float(((must == 0.0) & (got == 1.0)).sum()),
            "lost": float(((must == 1.0) & (got != 1.0)).sum()),
            "accepted": float((got == 1.0).sum()),
            "silent": float(np.isnan(got).sum()),
            "crashed": 0.0 if math.isnan(ended) else ended,
            "hung": float(answers["probe"] != 1.0),
            "answers_s": float(answers["probe_s"]),
            "memory": optional("memory_mib"),
        }
    ]


def _sum(table: Table, column: str, scenario: str = "") -> Interval:
    own = table.where(table.groups["scenario"] == scenario) if scenario else table
    if not len(own):
        raise StatisticsError(f"scenario {scenario!r} was not played")
    return Interval(float(own[column].sum()), math.nan, math.nan, 0.95, "sum", int(own["messages"].sum()))


def _most(table: Table, column: str) -> Interval:
    found = largest(table[column], table.groups["scenario"], what="largest of scenarios")
    return dataclasses.replace(found, n=len(table))


def _criteria() -> list[Criterion]:
    replay = f"{_CLAUSE}; Appendix 1"
    count = lambda column, scenario="": lambda t: _sum(t, column, scenario)
    most = lambda column: lambda t: _most(t, column)
    judged = [
        ("crashes", _CLAUSE, "scenarios after which the device has ended", "1", count("crashed"), "crashes"),
        ("hangs", _CLAUSE, "scenarios after which no valid message is taken in time", "1", count("hung"), "hangs"),
        ("malformed accepted", _CLAUSE, "malformed messages that are accepted", "1", count("wrong", "malformed"),
         "wrong"),
        ("replayed accepted", replay, "messages that are accepted a second time", "1", count("wrong", "replay"),
         "wrong"),
        ("skewed accepted", replay, "messages of another time that are accepted", "1", count("wrong", "time skew"),
         "wrong"),
        ("valid lost", _CLAUSE, "valid messages that are not accepted", "1", count("lost"), "lost"),
        ("answers in time", _CLAUSE, "longest time until a valid message is answered after a scenario", "s",
         most("answers_s"), "answers_s"),
        ("memory", _CLAUSE, "largest growth of the device's memory in a scenario, MiB", "1", most("memory"), "memory"),
    ]  # fmt: skip
    fuzzed = Criterion("fuzzed accepted", _CLAUSE, "fuzzed messages that are accepted", "1", count("accepted", "fuzz"))
    return [*(Criterion(n, c, m, u, statistic, "at most", lim) for n, c, m, u, statistic, lim in judged), fuzzed]


def _figures(table: Table) -> list[Figure]:
    names = [str(c) for c in table.case]
    columns = ("wrong", "lost", "crashed", "hung")
    counts = [[int(table[c][k]) for c in columns] for k in range(len(table))]
    says = "every cell of a sound device is zero"
    rows = [
        [names[k], *(round(float(table[c][k]), 3) for c in ("messages", "accepted", "silent", "answers_s", "memory"))]
        for k in range(len(table))
    ]
    titles = ("scenario", "messages", "accepted", "no reply", "answers, s", "memory, MiB")
    return [
        Matrix("Faults by scenario", says, names, ("wrongly accepted", "valid lost", "crash", "hang"), counts),
        Listing("Scenarios", "what was sent, and what came back", titles, rows),
    ]
