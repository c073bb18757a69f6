"""The protocols of alarm systems tell one fault from another."""

import dataclasses
import math

import pytest

from tests.bench.protocols.play import played, statistic, table
from twinbed.bench import find, run_bench
from twinbed.bench.alarms.sound import SOUNDS
from twinbed.bench.device import Function
from twinbed.cli.verdicts import all_passed
from twinbed.core.errors import NotFound, StudyError
from twinbed.devices.infusion.syringe_pump import SyringePump
from twinbed.devices.software.alarm_system import AlarmSystem


def failed(id_, name, folder, **settings):
    protocol = find.protocol(id_, **settings)
    log = run_bench(protocol, Function(protocol.devices[name], name), folder)
    assert not [c.failure for c in log.cases if c.failure]
    return {v.criterion for v in log.verdicts if v.outcome == "fail"}


@pytest.mark.parametrize(
    ("name", "want"),
    [
        ("bad", {"high_spacing_most"}),
        ("bad_rare", {"high_interval_most"}),
        ("bad_pure_tone", {"components"}),
        ("bad_click", {"rise_least"}),
        ("bad_deep", {"fundamental_least"}),
        ("bad_often", {"high_interval_least"}),
    ],
)
def test_a_wrong_sound_fails_what_is_wrong_with_it_and_nothing_else(name, want, tmp_path):
    assert failed("alarms/auditory_signals", name, tmp_path, priorities=["high"]) == want


def test_a_sound_of_nine_pulses_fails_by_its_pulses(tmp_path):
    protocol = find.protocol("alarms/auditory_signals", priorities=["high"])
    good = protocol.devices["good"]

    def without_the_first(stimulus):
        answer = good(stimulus)
        answer["sound"][: round(0.24 * answer["sample_rate"])] = 0.0
        return answer

    log = run_bench(protocol, Function(without_the_first, "nine"), tmp_path)
    found = {v.criterion: v for v in log.verdicts}
    assert found["high_pulses_least"].outcome == "fail"
    assert found["high_pulses_least"].value == 9.0
    assert found["high_pulses_most"].outcome == "pass"


def test_a_burst_that_is_weaker_than_another_fails_by_its_level(tmp_path):
    protocol = find.protocol("alarms/auditory_signals", priorities=["medium"])
    good = protocol.devices["good"]

    def fading(stimulus):
        answer = good(stimulus)
        answer["sound"][round(5.0 * answer["sample_rate"]) :] *= 10.0 ** (-12.0 / 20.0)
        return answer

    log = run_bench(protocol, Function(fading, "fading"), tmp_path)
    assert {v.criterion for v in log.verdicts if v.outcome == "fail"} == {"level"}
    assert {v.criterion: v.value for v in log.verdicts}["level"] == pytest.approx(12.0, abs=0.2)


def test_a_low_priority_of_one_pulse_that_is_not_repeated_is_what_the_standard_allows(tmp_path):
    """Table 3: one or two pulses; the repetition is the maker's choice. Nothing lies between the pulses of one."""
    protocol = find.protocol("alarms/auditory_signals")
    once = dataclasses.replace(SOUNDS["low"], spacings_s=(), interval_s=math.inf)

    def answer(stimulus):
        if stimulus["priority"] != "low":
            return protocol.devices["good"](stimulus)
        return {"sound": once.samples(stimulus["duration_s"], 8000.0), "sample_rate": 8000.0}

    log = run_bench(protocol, Function(answer, "once"), tmp_path)
    found = {v.criterion: v for v in log.verdicts}
    assert all_passed(log)
    assert (found["low_pulses_most"].value, found["low_interval_least"].outcome) == (1.0, "pass")
    assert found["low_interval_least"].value == pytest.approx(42.0 - 0.2, abs=0.1)  # what was recorded of the silence
    assert {found[f"low_spacing_{end}"].reason for end in ("least", "most")} == {"bursts of one pulse have no spacing"}


def test_a_recording_that_ends_early_does_not_tell_whether_an_alarm_is_repeated(tmp_path):
    protocol = find.protocol("alarms/auditory_signals", priorities=["low"])
    sound = SOUNDS["low"].samples(10.0, 8000.0)  # repeated after 18 s
    log = run_bench(protocol, Function(lambda s: {"sound": sound, "sample_rate": 8000.0}, "short"), tmp_path)
    found = {v.criterion: v for v in log.verdicts}["low_interval_least"]
    assert (found.outcome, found.limit) == ("not applicable", 15.0)
    assert not all_passed(log)


def test_an_alarm_system_without_low_priority_can_pass(tmp_path):
    protocol = find.protocol("alarms/auditory_signals", priorities=["high", "medium"])
    log = run_bench(protocol, Function(protocol.devices["good"], "good"), tmp_path)
    assert all_passed(log)
    spared = {v.criterion for v in log.verdicts if v.outcome == "not applicable"}
    assert spared == {c.name for c in protocol.criteria if c.name.startswith("low_")}


def test_silence_is_a_failure(tmp_path):
    protocol = find.protocol("alarms/auditory_signals", priorities=["high"])
    silent = lambda stimulus: {"sound": [0.0] * 20000, "sample_rate": 10000.0}
    log = run_bench(protocol, Function(silent, "silent"), tmp_path)
    assert all("nothing is heard" in c.failure for c in log.cases)
    assert {v.outcome for v in log.verdicts} == {"fail"}


@pytest.mark.parametrize(
    ("name", "want"),
    [
        ("bad", {"medium_flash_most"}),
        ("bad_colour", {"colour"}),
        ("bad_duty", {"duty_most"}),
        ("bad_flashing_low", {"steady"}),
        ("bad_blinking_low", {"steady"}),
    ],
)
def test_a_wrong_light_fails_what_is_wrong_with_it_and_nothing_else(name, want, tmp_path):
    assert failed("alarms/visual_signals", name, tmp_path) == want


@pytest.mark.parametrize(
    ("name", "want"),
    [
        ("bad", {"missed", "condition_delay", "idle_alarm"}),  # as late to end as to begin
        ("bad_hair_trigger", {"false"}),
        ("bad_late_sound", {"generation_delay"}),
        ("bad_stuck", {"missed", "idle_alarm"}),
        ("bad_latched", {"missed", "idle_alarm"}),
        ("bad_priority", {"wrong_priority"}),
    ],
)
def test_late_missed_and_false_alarms_are_told_apart(name, want, tmp_path):
    assert failed("alarms/alarm_delays", name, tmp_path, patients=4) == want


def test_delays_that_differ_are_judged_where_their_means_are_alike_between_patients():
    protocol = find.protocol("alarms/alarm_delays")
    found = table([{"delay": d} for d in (2.0, 6.0, 3.0, 5.0)], ["a", "a", "b", "b"])  # both patients 4 s
    delay = statistic(protocol, "condition_delay")(found)
    assert (delay.value, delay.n) == (4.0, 2)


def test_no_alarm_conditions_leave_what_is_about_them_undecided(tmp_path):
    protocol = find.protocol("alarms/alarm_delays", patients=2, hours=0.5, conditions_an_hour=0.0)
    log = run_bench(protocol, Function(protocol.devices["good"], "good"), tmp_path)
    undecided = {v.criterion for v in log.verdicts if v.limit is not None and v.outcome != "pass"}
    assert undecided == {"missed", "unsounded", "wrong_priority", "condition_delay", "generation_delay"}
    assert not [v.reason for v in log.verdicts if "computed" in v.reason]


def test_alarms_that_latch_until_the_key_is_pressed_pass(tmp_path):
    """With the key once a minute, whether it was pressed in the condition already or not."""
    protocol = find.protocol("alarms/alarm_delays", patients=4)
    good = protocol.devices["good"]

    def latching(stimulus):
        alarm, stands = good(stimulus)["alarm"].copy(), 0.0
        for k, pressed in enumerate(stimulus["key_pressed"]):
            stands = max(alarm[k], 0.0 if pressed else stands)
            alarm[k] = stands
        return {"alarm": alarm, "sound": alarm}

    log = run_bench(protocol, Function(latching, "latching"), tmp_path)
    assert [v.reason for v in log.verdicts if v.outcome != "pass"] == []
    assert ({v.criterion: v.value for v in log.verdicts}["idle_alarm"] or 0.0) > 0.01


def test_priorities_are_those_that_the_maker_gives():
    """A saturation of high priority: an alarm system that shows medium everywhere is wrong in these alone."""
    protocol = find.protocol("alarms/alarm_delays", patients=2, high_priority=("saturation_low",))
    rows = [row for one in played(protocol, "good") for row in one.rows if "wrong" in row]
    kinds = [str(kind) for case in protocol.cases() for kind in case.reference["kinds"]]
    assert [row["wrong"] for row in rows] == [float(kind == "saturation low") for kind in kinds]
    with pytest.raises(StudyError, match="at most once"):
        find.protocol("alarms/alarm_delays", high_priority=("saturation_low",), low_priority=("saturation_low",))
    with pytest.raises(StudyError, match="saturation_low"):
        find.protocol("alarms/alarm_delays", high_priority=("saturation",))


def test_an_alarm_that_does_not_sound_is_not_missed_and_fails(tmp_path):
    protocol = find.protocol("alarms/alarm_delays", patients=4)
    good = protocol.devices["good"]

    def mute(stimulus):
        answer = good(stimulus)
        return {**answer, "sound": 0.0 * answer["sound"]}

    log = run_bench(protocol, Function(mute, "mute"), tmp_path)
    assert {v.criterion for v in log.verdicts if v.outcome == "fail"} == {"unsounded"}


def test_every_artefact_is_one_false_alarm_of_a_hair_trigger(tmp_path):
    """12 artefacts in each two hours are 144 a day."""
    protocol = find.protocol("alarms/alarm_delays", patients=4)
    name = "bad_hair_trigger"
    log = run_bench(protocol, Function(protocol.devices[name], name), tmp_path)
    assert {v.criterion: v.value for v in log.verdicts}["false"] == pytest.approx(144.0, abs=8.0)


def test_the_alarm_system_of_twinbed_is_attached_and_other_devices_are_refused(tmp_path):
    protocol = find.protocol("alarms/alarm_delays", patients=4)
    log = run_bench(protocol, Function(protocol.attach(AlarmSystem()), "attached"), tmp_path)
    assert [v.reason for v in log.verdicts if v.outcome != "pass"] == []
    with pytest.raises(NotFound, match="no alarm system"):
        protocol.attach(SyringePump())


def test_priorities_that_do_not_exist_are_refused():
    with pytest.raises(StudyError, match="high, medium, low"):
        find.protocol("alarms/auditory_signals", priorities=["urgent"])
