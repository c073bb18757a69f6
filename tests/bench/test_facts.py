"""Facts of a study are what they are whatever a device answers, so that they can be judged where an answer failed."""

import dataclasses
import itertools

import numpy as np
import pytest

from twinbed.bench import Answer, find
from twinbed.bench.judging import judge, known_rows
from twinbed.bench.log import Played
from twinbed.bench.protocol import judges_study, no_answer_changes
from twinbed.connect.data import data_root

SMALL = {
    "blood_pressure/continuous": {"subjects": 2},
    "blood_pressure/cuff": {"subjects": 4},
    "blood_pressure/cuff_invasive": {"subjects": 4},
    "blood_pressure/cuffless": {"subjects": 3},
    "glucose/blood_glucose_meter": {"subjects": 4},
    "glucose/cgm_accuracy": {"subjects": 4},
    "oximetry/saturation_accuracy": {"subjects": 4},
    "respiration/rate": {},
    "software_as_device/change_control": {"patients": 8},
    "software_as_device/diagnostic_accuracy": {"patients": 40},
    "temperature/clinical_accuracy": {"per_age": (2, 2, 3, 3)},
    "temperature/laboratory_accuracy": {},
    "wearable/heart_rate": {"wearers": 2, "condition_s": 60.0},
}
"""Settings that make a protocol short."""
_MOST_CASES = 40


def played(protocol, case, *, answer):
    """A case with the answer of the protocol's good device, or without a usable one."""
    of = Played(case.id, case.subject, case.groups, case.sha256, 0.0, "", "", ())
    if not answer:
        return dataclasses.replace(of, failure="killed by SIGABRT", known=known_rows(protocol, case))
    given = protocol.devices["good"](case.stimulus)
    answers = {a.name: a.checked(given, case.stimulus) for a in protocol.answers}
    return dataclasses.replace(of, rows=tuple(protocol.measure(case, answers)))


@pytest.mark.long
@pytest.mark.parametrize("id_", [id_ for id_ in find.protocol_ids() if find.protocol(id_).facts])
def test_no_answer_changes_what_is_declared_a_fact_of_the_study(id_):
    protocol = find.protocol(id_, **SMALL[id_])
    root = data_root()
    missing = [name for name in protocol.recordings if root is None or not (root / name).is_dir()]
    if missing:
        pytest.skip(f"needs recordings: {', '.join(missing)}")
    cases = list(itertools.islice(protocol.cases(), _MOST_CASES))
    told = [
        {v.criterion: v for v in judge(protocol, [played(protocol, case, answer=k in answered) for k, case in enumerate(cases)])}
        for answered in (range(len(cases)), range(1, len(cases)), ())
    ]  # fmt: skip
    facts = [c.name for c in protocol.criteria if no_answer_changes(protocol, c)]
    assert any(told[0][name].value is not None for name in facts)
    for name in facts:
        assert told[0][name] == told[1][name] == told[2][name]
    others = [v for v in told[1].values() if v.criterion not in facts]
    assert {v.outcome for v in others} <= {"fail", "not tested"}
    assert {(v.answered, v.asked) for v in others} == {(len(cases) - 1, len(cases))}


@pytest.mark.parametrize("id_", find.protocol_ids())
def test_facts_are_of_the_study_and_not_of_the_device(id_):
    protocol = find.protocol(id_)
    assert [c.name for c in protocol.criteria if no_answer_changes(protocol, c) and not judges_study(protocol, c)] == []
    assert not protocol.facts or id_ in SMALL


BLANKS = [
    ({"kind": "number"}, ()),
    ({"kind": "series", "of": "wave"}, (8,)),
    ({"kind": "series"}, (0,)),
    ({"kind": "samples", "of": "wave"}, (0,)),
    ({"kind": "texts", "of": "wave"}, (8,)),
]


@pytest.mark.parametrize(("other", "shape"), BLANKS)
def test_a_blank_answer_says_nothing_in_every_place_that_is_asked_for(other, shape):
    blank = Answer("t", "Cel", "", **other).blank({"wave": np.zeros(8)})
    assert blank.shape == shape
    assert not np.isfinite(blank).any() if blank.dtype.kind == "f" else not any(blank.tolist())
