"""Plays a protocol without files: rows of a device, and the verdict of every criterion."""

import numpy as np

from twinbed.bench.device import Function
from twinbed.bench.judging import judge, table_of
from twinbed.bench.log import Played


def played(protocol, device):
    """What the device answered to every case, measured."""
    function = protocol.devices[device] if isinstance(device, str) else device
    out = []
    for case in protocol.cases():
        asked = Function(function, "device").ask(case, 60.0)
        assert not asked.failure, asked.output
        answers = {a.name: a.checked(asked.answer, case.stimulus) for a in protocol.answers}
        rows = tuple(protocol.measure(case, answers))
        out.append(Played(case.id, case.subject, dict(case.groups), case.sha256, 0.0, "", "", rows))
    return out


def verdicts(protocol, device):
    """The verdict of every criterion by name."""
    return {v.criterion: v for v in judge(protocol, played(protocol, device))}


def failed(protocol, device):
    """Names of the criteria that a device does not pass."""
    return {name for name, v in verdicts(protocol, device).items() if v.outcome == "fail"}


def table(rows, subjects=None, **groups):
    """A table of rows by hand."""
    subjects = subjects or [f"s{k}" for k in range(len(rows))]
    own = {name: values if isinstance(values, list) else [values] * len(rows) for name, values in groups.items()}
    made = table_of([
        Played(f"c{k}", s, {n: v[k] for n, v in own.items()}, "", 0.0, "", "", (row,))
        for k, (row, s) in enumerate(zip(rows, subjects, strict=True))
    ])  # fmt: skip
    assert len(made) == len(rows)
    return made


def statistic(protocol, name):
    """What a criterion computes."""
    return next(c.statistic for c in protocol.criteria if c.name == name)


def case(protocol, start):
    """The first case whose name begins so."""
    return next(c for c in protocol.cases() if c.id.startswith(start))


def row(protocol, of, **answer):
    """The first row of a case for an answer, checked as on the bench."""
    checked = {a.name: a.checked(answer, of.stimulus) for a in protocol.answers}
    return protocol.measure(of, checked)[0]


def near(value, expected):
    """Equal but for rounding."""
    return np.isclose(value, expected, rtol=1e-9, atol=1e-12)
