"""Responses of closed loops against first-order theory and by hand, and the bed against what a loop must conserve."""

import dataclasses
import math
import pathlib

import numpy as np
import pytest

from twinbed.bench import Isolated, find, run_bench
from twinbed.bench.protocol import Table
from twinbed.bench.protocols.closed_loop import _responses as responses
from twinbed.bench.protocols.closed_loop import automated_glucose_controller, physiologic_closed_loop
from twinbed.bench.protocols.closed_loop._bed import Person, in_a_bed, patient, stimulus, therapy
from twinbed.bench.protocols.closed_loop._loop import play
from twinbed.core.errors import StatisticsError
from twinbed.devices.software.pid import Pid

TIME = np.arange(0.0, 1440.0, 5.0)
PCLC, IAGC = "closed_loop/physiologic_closed_loop", "closed_loop/automated_glucose_controller"


def table(groups=None, **columns):
    n = len(next(iter(columns.values())))
    names = np.array([f"p{k}" for k in range(n)])
    return Table(names, {k: np.array(v, float) for k, v in columns.items()}, names, groups or {})


def test_a_first_order_response_is_that_of_theory():
    """60 exp(-t/100) is within 20 from 100 ln 3 = 109.9 min on, the next sample is at 110; it does not overshoot."""
    value = 120.0 + 60.0 * np.exp(-TIME / 100.0)
    assert responses.response_time(TIME, value, 120.0, 20.0) == 110.0
    assert responses.settling_time(TIME, value, 120.0, 20.0) == 110.0
    assert responses.relative_overshoot(value, 120.0) == 0.0
    assert responses.steady_state_deviation(TIME, value, 120.0, 240.0) == pytest.approx(0.0, abs=1e-3)


def test_an_underdamped_response_overshoots_by_theory():
    """Second order, damping 0.3: exp(-pi 0.3 / sqrt(1 - 0.09)) = 37.2 % of the step."""
    damping, rate = 0.3, 0.02
    fast = rate * math.sqrt(1 - damping**2)
    swing = np.exp(-damping * rate * TIME) * (
        np.cos(fast * TIME) + damping / math.sqrt(1 - damping**2) * np.sin(fast * TIME)
    )
    value = 120.0 + 60.0 * swing
    assert responses.relative_overshoot(value, 120.0) == pytest.approx(37.2, abs=0.2)
    assert responses.settling_time(TIME, value, 120.0, 20.0) > responses.response_time(TIME, value, 120.0, 20.0)


def test_what_never_arrives_takes_the_whole_time():
    value = np.full(len(TIME), 180.0)
    assert responses.response_time(TIME, value, 120.0, 20.0) == 1435.0
    assert responses.settling_time(TIME, value, 120.0, 20.0) == 1435.0
    assert responses.tracking_error(value, 120.0) == 60.0


def test_insulin_during_a_loss_is_held_against_the_basal_rate():
    """3 IU/h until 240 min and 1.5 IU/h after; lost from 210 to 450, 30 min to notice: 50 % above 1 IU/h."""
    total = np.where(TIME < 240, 3.0 * TIME / 60, 12.0 + 1.5 * (TIME - 240) / 60)
    assert responses.fallback_excess(TIME, total, 1.0, (210.0, 450.0), 30.0) == pytest.approx(50.0)
    assert responses.fallback_excess(TIME, TIME / 60, 1.0, (210.0, 450.0), 30.0) == pytest.approx(0.0)


def test_the_worst_case_is_what_counts():
    rows = table(excess=[-40.0, 30.0, np.nan], least=[80.0, 60.0, np.nan])
    assert responses.worst("excess")(rows).value == 40.0
    assert responses.worst("least", smallest=True)(rows).value == 60.0
    assert responses.worst("least", smallest=True)(rows).n == 2
    assert responses.worst("excess")(rows).found_in == rows.case[0]
    assert responses.worst("excess")(table(excess=[30.0, 30.0])).found_in == ""  # none is the worst
    with pytest.raises(StatisticsError, match="no case asks"):
        responses.worst("other")(rows)


def test_silence_is_no_way_to_pass():
    """A device that answers nothing at its worst moment has glucose of zero there."""
    protocol = find.protocol(PCLC)
    case = next(c for c in protocol.cases() if c.id == "average_meal")
    glucose = np.full(len(TIME), 120.0)
    glucose[50] = np.nan
    nothing = np.zeros(len(TIME))
    answers = {"plasma_glucose": glucose, "cgm": glucose, "basal_command": nothing, "insulin_reported_total": nothing}
    (row,) = protocol.measure(case, answers)
    assert row["lowest"] == 0.0


def test_each_run_asks_for_its_own_responses():
    protocol = find.protocol(PCLC)
    flat, total = np.full(len(TIME), 125.0), 1.2 * TIME / 60
    answers = {"plasma_glucose": flat, "cgm": flat, "basal_command": flat, "insulin_reported_total": total}
    rows = {c.id: protocol.measure(c, answers)[0] for c in protocol.cases()}
    assert set(rows["average_step"]) == {"least", "most", "response", "settling", "overshoot", "steady", "lowest"}
    assert rows["average_step"]["steady"] == pytest.approx(5.0)
    assert set(rows["average_meal"]) == {"least", "most", "tracking", "recovery", "lowest"}
    assert (rows["average_meal"]["tracking"], rows["average_meal"]["recovery"]) == (5.0, 0.0)
    basal = patient(Person(1.0, 120.0, 78.0))[1]
    assert rows["average_sensor_loss"]["sensor_fallback"] == pytest.approx(100 * (1.2 / basal - 1))
    assert rows["average_link_loss"]["link_fallback"] == rows["average_sensor_loss"]["sensor_fallback"]


def test_times_in_range_are_those_of_the_day_without_a_fault():
    """A quarter of the day at 53, a quarter at 69, the rest at 70 and 180."""
    protocol = find.protocol(IAGC, persons=1)
    glucose = np.repeat([53.0, 69.0, 70.0, 180.0], len(TIME) // 4)
    answers = {name: glucose for name in ("plasma_glucose", "cgm", "basal_command", "insulin_reported_total")}
    case = next(iter(protocol.cases()))
    (row,) = automated_glucose_controller.measure(30.0, case, answers)
    assert (row["in_range"], row["below_70"], row["below_54"]) == (50.0, 50.0, 25.0)
    rows = table({"day": np.array(["nominal", "sensor_high"])}, in_range=[50.0, 0.0])
    assert next(c for c in protocol.criteria if c.name == "in_range").statistic(rows).value == 50.0


def test_the_grid_has_its_nine_fields():
    fields = {(zone.x[0], zone.y[0]): zone.label for zone in automated_glucose_controller._grid()}
    assert fields[90.0, 110.0] == "A"
    assert (fields[70.0, 110.0], fields[90.0, 180.0], fields[70.0, 180.0]) == ("B", "B", "B")
    assert (fields[50.0, 110.0], fields[90.0, 300.0]) == ("C", "C")
    assert (fields[50.0, 180.0], fields[70.0, 300.0], fields[50.0, 300.0]) == ("D", "D", "E")


def test_therapy_follows_the_rules_of_thumb():
    """1 IU/h is half of 48 IU a day; 500/48 and 1800/48."""
    assert therapy(1.0) == {
        "basal_rate": 1.0, "total_daily_insulin": 48.0, "carbohydrate_ratio": 500 / 48, "correction_factor": 37.5,
    }  # fmt: skip


@pytest.fixture(scope="module")
def loop():
    return in_a_bed(Pid())


def test_a_person_at_the_target_stays_there(loop):
    found = loop(stimulus(Person()))
    assert np.abs(found["plasma_glucose"] - 120.0).max() < 1.0
    assert found["cgm"][0] == pytest.approx(120.0, abs=0.1)


def test_what_is_commanded_and_asked_for_is_what_the_pump_meters(loop):
    """Commands over the day plus boluses of 0.8 of 50 and 70 g; strokes of 0.05 IU and increments may wait."""
    given = stimulus(Person(), meals={420.0: 50.0, 720.0: 70.0}, bolus_shares=(0.8, 0.8))
    found = loop(given)
    ratio = therapy(patient(Person())[1])["carbohydrate_ratio"]
    total = found["basal_command"][:-1].sum() * 5 / 60 + 0.8 * 120 / ratio
    assert found["insulin_reported_total"][-1] == pytest.approx(total, abs=0.3)


def test_the_sensor_errs_and_falls_silent_as_told(loop):
    high = loop(stimulus(Person(), sensor={"gain": 1.15}))
    assert high["cgm"][0] == pytest.approx(138.0, abs=0.2)
    lost = loop(stimulus(Person(), meals={120.0: 40.0}, faults={"fault_dropout": (210.0, 450.0)}))
    inside = (TIME >= 215) & (TIME < 450)
    assert len(set(lost["cgm"][inside])) == 1
    assert np.ptp(lost["plasma_glucose"][inside]) > 20.0


def test_a_controller_from_outside_meets_what_one_inside_meets(loop):
    """The commands of twinbed's own, given from outside, make the same day but for rounding; it reads the same."""
    given = stimulus(
        Person(1.2, 125.0, 70.0), meals={120.0: 40.0}, bolus_shares=(0.5,), sensor={"gain": 1.1},
        faults={"fault_dropout": (210.0, 450.0), "communication_loss": (600.0, 700.0)},
    )  # fmt: skip
    inside, told = loop(given), []

    def ask(read):
        told.append(read)
        return {"basal_command": inside["basal_command"][len(told) - 1]}

    outside = play(given, ask)
    assert set(outside) == set(inside)
    for name, values in inside.items():
        np.testing.assert_allclose(outside[name], values, rtol=1e-12, err_msg=name)
    assert [read["time_min"] for read in told] == list(TIME)
    readings, lost = np.array([read["cgm"] for read in told]), (TIME >= 210) & (TIME < 450)
    np.testing.assert_allclose(readings, np.where(lost, np.nan, inside["cgm"]), rtol=1e-12)
    rate = patient(Person(1.2, 125.0, 70.0))[1]
    assert {name: told[100][name] for name in therapy(rate)} == therapy(rate)


def test_a_device_that_states_what_is_true_is_asked_for_commands_all_the_same(tmp_path):
    """It says 120 mg/dL whatever happens; the bench's person gets glucose of her own, which a constant rate ignores."""
    (tmp_path / "flat.py").write_text(
        "def flat(given):\n"
        "    flat = [120.0] * 288\n"
        "    return {'basal_command': 1.0, 'plasma_glucose': flat, 'cgm': flat, 'insulin_reported_total': flat}\n"
    )
    protocol = find.protocol(PCLC)
    own = dataclasses.replace(protocol, cases=lambda: [c for c in protocol.cases() if c.id == "average_meal"])
    log = run_bench(own, Isolated(f"{tmp_path / 'flat.py'}:flat"), tmp_path / "out")
    assert log.cases[0].failure == ""
    assert log.cases[0].rows[0]["most"] > 200.0
    assert log.cases[0].rows[0]["tracking"] > protocol.limits["tracking"].value


def test_what_asking_raises_ends_the_day():
    asked = []

    def ask(read):
        asked.append(read)
        raise StatisticsError("enough")

    with pytest.raises(StatisticsError, match="enough"):
        play(stimulus(Person()), ask)
    assert len(asked) == 1


@pytest.mark.long
def test_the_example_from_outside_meets_all_but_the_recovery_from_a_meal(tmp_path):
    example = pathlib.Path(__file__).parents[3] / "examples" / "bring_your_own_controller.py"
    log = run_bench(find.protocol(PCLC), Isolated(f"{example}:Controller"), tmp_path)
    assert {v.criterion for v in log.verdicts if v.outcome != "pass"} == {"recovery"}


@pytest.mark.long
@pytest.mark.parametrize(
    ("id_", "device", "fails"),
    [
        (PCLC, "bad_blind", {"lowest_fault", "sensor_fallback"}),
        (PCLC, "bad_deaf", {"lowest_fault", "link_fallback"}),
        (PCLC, "bad_slow", {"response", "settling", "steady", "tracking", "recovery"}),
        (IAGC, "bad_blind", {"loss_lowest", "loss_excess"}),
    ],
)
def test_each_fault_fails_by_what_it_does(id_, device, fails, tmp_path):
    protocol = find.protocol(id_)
    log = run_bench(protocol, find.device(device, protocol), tmp_path)
    assert {v.criterion for v in log.verdicts if v.outcome == "fail"} == fails


def test_a_controller_that_commands_no_insulin_is_a_failure_and_no_crash(tmp_path):
    protocol = find.protocol(PCLC)
    log = run_bench(protocol, find.device("devices/software/low_glucose_alarm", protocol), tmp_path)
    assert all(case.failure for case in log.cases)
    assert {v.outcome for v in log.verdicts if v.limit is not None} == {"fail"}
    assert physiologic_closed_loop.figures is protocol.figures
