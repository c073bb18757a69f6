"""An acute bed may be opened with a past; what decides the program of a bed is known."""

import pytest

from twinbed.core.errors import StudyError
from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import as_cohort, prepare
from twinbed.engine.native.described import arguments, described
from twinbed.ward.definition import catalogue, make, template


@pytest.mark.parametrize(("said", "begins_s"), [('"40 min"', 2400.0), ("90", 90.0), ('"00:01:30"', 90.0)])
def test_an_acute_bed_says_when_it_is_opened(said, begins_s):
    assert make(f"begins = {said}").begins_s == begins_s


@pytest.mark.parametrize("said", ["-1", '"3 h"', "0.5", '"soon"'])
def test_a_past_that_cannot_be_is_refused(said):
    with pytest.raises(StudyError, match="begins"):
        make(f"begins = {said}")


def test_beds_without_one_begin_at_the_beginning_and_the_diabetes_bed_at_noon():
    begins = {name: make(template.toml).begins_s for name, template in catalogue().items()}
    assert begins == {"anaesthesia": 0.0, "coronary_care": 0.0, "diabetes": 43_200.0, "emergency": 0.0,
                      "intensive_care": 2400.0, "step_down": 0.0}  # fmt: skip


def test_what_happens_late_happens_in_a_bed_that_lives():
    late = 'begins = 60\n[[events]]\nsignal = "blood_loss"\nat = "5 h"\namount = 300\n'
    assert make(late).scenario.events[0].start_s == 18_000.0


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.long] * (n != "diabetes")) for n in catalogue()])
def test_all_that_decides_the_program_of_a_bedside_is_known_without_tracing_it(name):
    def known():
        made = make(template(name).toml)
        open_ = Scenario(tuple(Event(signal, 1e12, 1.0, 0.0) for signal in made.signals))
        more = {"duration_s": made.page_s, "record": made.view.record, "record_period_s": made.period_s}
        return described(prepare(made.bed, open_, **more).plan), arguments(as_cohort(made.bed), ())

    assert known() == known()
