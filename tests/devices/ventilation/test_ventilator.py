"""The ventilator on test lungs: closed forms for a passive lung, and what it does for one that breathes."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from tests.devices.play import play
from tests.devices.ventilation.lung_bench import DT, effort, level, on_bench, passive
from twinbed.core.errors import SettingError
from twinbed.devices.ventilation.ventilator import MODES, Inputs, Ventilator
from twinbed.physiology.respiratory.test_lung import TestLung

# ISO 80601-2-12:2020, tables 201.104 and 201.105:
# compliance mL/cmH2O, resistance cmH2O s/L, tidal volume mL, rate /min, I:E, PEEP, pressure of pressure control cmH2O
ISO = [
    (50, 5, 500, 20, 1 / 2, 5, 15), (50, 20, 500, 12, 1 / 4, 10, 25), (20, 5, 500, 20, 1 / 2, 5, 30),
    (20, 20, 500, 20, 1 / 2, 10, 35), (20, 20, 300, 20, 1 / 2, 5, 20), (20, 50, 300, 12, 1 / 4, 10, 35),
    (10, 50, 300, 20, 1 / 2, 10, 35), (10, 10, 200, 20, 1 / 2, 5, 30), (3, 10, 50, 30, 0.43, 5, 20),
    (3, 20, 50, 30, 0.43, 10, 25), (3, 50, 50, 20, 0.25, 5, 30), (3, 20, 30, 30, 0.43, 5, 15),
    (3, 50, 30, 20, 0.25, 10, 25), (1, 20, 30, 30, 0.43, 5, 35), (1, 100, 30, 30, 0.43, 10, 30),
    (1, 200, 20, 50, 0.5, 5, 25), (1, 200, 15, 50, 0.5, 10, 25), (1, 50, 10, 60, 0.67, 5, 15),
    (0.5, 50, 5, 60, 0.67, 10, 25), (0.5, 200, 5, 30, 0.25, 5, 15), (0.5, 200, 5, 60, 0.67, 10, 25),
]  # fmt: skip
CIRCUIT = 1.0  # resistance of the circuit, cmH2O s/L
LASTS = 60.0


def machine(mode, **settings):
    return Ventilator(mode=MODES[mode], **settings)


def iso_cases(mode):
    """All test lungs of the standard in a mode, by number of the row."""
    out = {}
    for k, (compliance, resistance, volume, rate, ratio, peep, pressure) in enumerate(ISO):
        settings = {"tidal_volume": volume, "rate": rate, "ratio": ratio, "peep": peep, "pressure": pressure - peep}
        settings |= {"rise_time": 0.0, "trigger_flow": 0.0, "alarm_high_pressure": 150.0, "pressure_limit": 150.0}
        out[mode, k] = TestLung.single(compliance / 1000, resistance), machine(mode, **settings), passive()
    return out


@pytest.fixture(scope="module")
def everything():
    """Every bed of this file, run together: compiled once."""
    cases = stories() | iso_cases("vcv") | iso_cases("pcv") | iso_cases("prvc")
    return dict(zip(cases, on_bench(list(cases.values()), LASTS), strict=True))


@pytest.fixture(params=["vcv", "pcv", "prvc"])
def iso(request, everything):
    """A mode, and what was recorded of the last six breaths of each test lung of the standard."""
    runs = [everything[request.param, k] for k in range(len(ISO))]
    cut = lambda run, row: {k: v[-round(360 / row[3] / DT) :] for k, v in run.items()}
    return request.param, [cut(run, row) for run, row in zip(runs, ISO, strict=True)]


@pytest.fixture
def bench(everything):
    """The stories by name."""
    return everything


def closed_form(mode, row):
    """Tidal volume (mL), end-expiratory and end-inspiratory alveolar pressure of a lung of one time constant."""
    compliance, resistance, volume, rate, ratio, peep, pressure = row
    period = 60.0 / rate
    inspiration, tau = period * ratio / (1 + ratio), (resistance + CIRCUIT) * compliance / 1000
    a, b = np.exp(-inspiration / tau), np.exp(-(period - inspiration) / tau)
    if mode == "pcv":
        above = pressure - peep
        volume, left = compliance * above * (1 - a) * (1 - b) / (1 - a * b), above * b * (1 - a) / (1 - a * b)
    else:  # the volume is given; what is left in the lung decays in expiration
        left = volume / compliance * b / (1 - b)
    return volume, peep + left, peep + left + volume / compliance


def test_the_volume_delivered_is_right(iso):
    """Within 2 % of the setting, or of what a pressure must give."""
    mode, runs = iso
    for row, run in zip(ISO, runs, strict=True):
        volume = 1000 * np.ptp(run["lung_volume"])
        assert volume == pytest.approx(closed_form(mode, row)[0], rel=0.02 if mode == "vcv" else 2e-3), (mode, row)


def test_what_is_shown_is_right(iso):
    """Volumes within ±(4 mL + 15 %) and pressures within ±(2 cmH2O + 4 %) are asked for; here 1 % and 0.6 cmH2O."""
    mode, runs = iso
    for row, run in zip(ISO, runs, strict=True):
        volume, low, high = closed_form(mode, row)
        shown = {k.removeprefix("ventilator_"): v[-1] for k, v in run.items()}
        assert shown["tidal_volume"] == pytest.approx(volume, rel=0.01), (mode, row)
        assert shown["minute_volume"] == pytest.approx(volume * row[3] / 1000, rel=0.01), (mode, row)
        assert shown["rate"] == pytest.approx(row[3], rel=0.002)
        assert shown["total_peep"] == pytest.approx(low, abs=0.1), (mode, row)
        assert shown["plateau_pressure"] == pytest.approx(high, abs=0.6), (mode, row)
        assert shown["compliance"] == pytest.approx(row[0], rel=0.025), (mode, row)


def test_peak_pressure_is_what_flow_and_volume_need(everything):
    """In volume control: end-inspiratory alveolar pressure and the fall over the airways."""
    for k, row in enumerate(ISO):
        flow = row[2] / 1000 / (60 / row[3] * row[4] / (1 + row[4]))
        want = closed_form("vcv", row)[2] + row[1] * flow
        assert everything["vcv", k]["ventilator_peak_pressure"][-1] == pytest.approx(want, rel=0.02), row


EASY = TestLung.single(0.05, 5.0)
EFFORTS = 14.0  # a minute


def stories():
    """One bed for each of many stories."""
    breathing = effort(LASTS, EFFORTS, 6.0, 0.8)
    return {
        "pause": (EASY, machine("vcv", pause=0.3), passive()),
        "obstructed": (TestLung.single(0.08, 25.0), machine("vcv", rate=18.0, ratio=1.0), passive(level("ventilator_expiratory_hold", 40.0, 8.0, 1.0))),
        "inspiratory hold": (EASY, machine("pcv"), passive(level("ventilator_inspiratory_hold", 40.0, 5.0, 1.0))),
        "two bags": (
            TestLung(resistance_1=5.0, resistance_2=40.0), machine("vcv", pause=2.4, ratio=1.0, rate=6.0), passive()),
        "psv": (EASY, machine("psv", support=8.0), breathing),
        "cpap": (EASY, machine("cpap"), breathing),
        "assist": (EASY, machine("pcv", rate=8.0, inspiratory_time=1.0), breathing),
        "simv": (EASY, machine("simv", rate=8.0, inspiratory_time=1.0, synchrony=0.6), breathing),
        "simv passive": (EASY, machine("simv", rate=8.0, inspiratory_time=1.0), passive()),
        "pressure trigger": (EASY, machine("psv", trigger_pressure=2.0), breathing),
        "too weak": (EASY, machine("psv", trigger_flow=10.0), effort(LASTS, EFFORTS, 0.6, 0.8)),
        "regulated": (EASY, machine("prvc", pressure=3.0, tidal_volume=600.0), passive()),
        "stiff": (TestLung.single(0.01, 5.0), machine("vcv"), passive()),
        "relief": (EASY, machine("vcv", pressure_limit=12.0), passive()),
        "disconnected": (EASY, machine("vcv"), passive(level("ventilator_connected", 30.0, 20.0, 0.0))),
        "leaking": (EASY, machine("psv", support=10.0), effort(LASTS, EFFORTS, 6.0, 0.8, level("circuit_leak", 0.0, LASTS, 0.6))),
        "wide open": (EASY, machine("vcv"), passive(level("circuit_leak", 20.0, 40.0, 900.0))),
        "apnoea": (EASY, machine("psv", rate=12.0), effort(LASTS, EFFORTS, 6.0, 0.8, until=10.0)),
        "changed": (EASY, machine("vcv"), passive(
            level("ventilator_peep_set", 20.0, 40.0, 12.0), level("ventilator_rate_set", 20.0, 40.0, 20.0),
            level("ventilator_tidal_volume_set", 20.0, 40.0, 350.0), level("ventilator_oxygen_set", 20.0, 40.0, 0.8),
            level("ventilator_mode_set", 40.0, 20.0, float(MODES["pcv"])), level("ventilator_pressure_set", 40.0, 20.0, 10.0))),
        "little": (EASY, machine("vcv", rate=10.0, tidal_volume=200.0), passive()),
    }  # fmt: skip


def starts(run, after=0.0):
    """Times at which the machine's pressure begins to rise above PEEP."""
    above = run["circuit_pressure"] > 5.4
    rises = np.flatnonzero(above[1:] & ~above[:-1]) + 1
    return rises[rises * DT >= after] * DT


def test_a_pause_closes_the_circuit(bench):
    run = bench["pause"]
    closed = run["circuit_resistance"][:-1] > 1000
    assert closed.mean() == pytest.approx(0.3 / 4.0, rel=0.05)
    assert np.abs(run["airway_flow"][1:][closed]).max() < 0.2  # flow is that of the end of the tick
    assert run["ventilator_plateau_pressure"][-1] == pytest.approx(5 + 500 / 50, abs=0.1)


def test_a_pause_lets_two_bags_share(bench):
    """Gas swings between the bags with a time constant of 45 cmH2O s/L x 0.0125 L/cmH2O = 0.56 s: 1 % is left."""
    run = bench["two bags"]
    assert run["ventilator_plateau_pressure"][-1] == pytest.approx(
        run["ventilator_total_peep"][-1] + 500 / 50, abs=0.15
    )


def test_intrinsic_peep_of_an_obstructed_lung(bench):
    """Time constant 26 x 0.08 = 2.08 s, expiration 1.667 s: V b / (C (1 - b)) = 5.09 cmH2O above PEEP."""
    run = bench["obstructed"]
    b = np.exp(-(60 / 18 / 2) / (26 * 0.08))
    want = 5 + 0.5 / 0.08 * b / (1 - b)
    assert want == pytest.approx(10.09, abs=0.02)
    before = run["ventilator_total_peep"][round(39 / DT)]
    assert before == pytest.approx(want, abs=0.15)
    held = run["airway_pressure"][round(47 / DT)]
    assert run["circuit_resistance"][round(47 / DT)] > 1000
    assert held == pytest.approx(want, abs=0.15)
    assert run["ventilator_alarm"][round(39 / DT)] == 5.0  # more than 5 above the setting


def test_an_inspiratory_hold_shows_alveolar_pressure(bench):
    run = bench["inspiratory hold"]
    at = round(44 / DT)
    assert run["circuit_resistance"][at] > 1000
    assert run["airway_pressure"][at] == pytest.approx(run["alveolar_pressure"][at], abs=0.01)


@pytest.mark.parametrize("mode", ["psv", "cpap", "assist", "simv", "pressure trigger"])
def test_every_effort_is_answered(bench, mode):
    assert bench[mode]["ventilator_rate"][-1] == pytest.approx(EFFORTS, rel=0.02)


@pytest.mark.parametrize("mode", ["psv", "assist"])
def test_a_triggered_breath_begins_with_the_effort(bench, mode):
    """Within 150 ms: flow has passed 2 L/min when effort has fallen to some 1 cmH2O."""
    period = 60 / EFFORTS
    late = starts(bench[mode], after=10.0) % period
    assert len(late) == pytest.approx(50 / period, abs=1)
    assert (late < 0.15).all()


def test_support_ends_at_a_quarter_of_peak_flow(bench):
    run = bench["psv"]
    pressure, flow = run["circuit_pressure"], run["airway_flow"]
    ends = np.flatnonzero((pressure[1:] < 5.5) & (pressure[:-1] > 12.5)) + 1
    for end in ends[ends * DT > 10.0]:
        peak = flow[end - 200 : end].max()
        assert flow[end] <= 0.25 * peak < flow[end - 1]


def test_support_helps(bench):
    """A support of 8 cmH2O gives more than the same effort without it."""
    assert bench["psv"]["ventilator_tidal_volume"][-1] > 1.8 * bench["cpap"]["ventilator_tidal_volume"][-1]
    assert bench["cpap"]["ventilator_mean_pressure"][-1] == pytest.approx(5.0, abs=0.1)


def test_a_pressure_trigger_waits_for_the_pressure(bench):
    run = bench["pressure trigger"]
    for start in starts(run, after=10.0):
        k = round(start / DT)
        assert run["airway_pressure"][k] < 3.0 <= run["airway_pressure"][k - 1]
        assert run["circuit_resistance"][k - 4] > 1000


def test_weak_efforts_do_not_trigger(bench):
    """0.6 cmH2O moves at most 0.1 L/s through 6 cmH2O s/L: less than 10 L/min. The back-up takes over after 20 s."""
    run = bench["too weak"]
    assert run["ventilator_alarm"][round(19 / DT)] == 0.0
    assert run["ventilator_alarm"][round(21 / DT)] == 3.0
    assert starts(run, after=12.0)[0] == pytest.approx(20.0, abs=0.1)


def test_the_mandatory_rate_of_simv_holds(bench):
    """Eight mandatory breaths a minute (square flow of 30 L/min), triggered or not; the others are supported."""
    for name in ("simv", "simv passive"):
        run = bench[name]
        part = slice(round(12.0 / DT), None)
        plateau = np.abs(run["airway_flow"][part] - 30.0) < 6.0
        assert plateau.sum() * DT == pytest.approx(48.0 * 8 / 60 * 1.0, rel=0.2), name
    assert bench["simv passive"]["ventilator_rate"][-1] == pytest.approx(8.0, rel=0.005)


def test_regulated_pressure_moves_by_at_most_3_and_finds_the_volume(bench):
    """From 3 to 600 / 50 = 12 cmH2O above PEEP: the volume doubles and more, step by step."""
    run = bench["regulated"]
    peaks = np.array([run["circuit_pressure"][round(s / DT) + 40] for s in [0.0, *starts(run, after=1.0)] if s < 59.0])
    assert np.abs(np.diff(peaks)).max() <= 3.0 + 1e-6
    assert np.abs(np.diff(peaks)).max() > 2.9
    assert run["ventilator_tidal_volume"][-1] == pytest.approx(600.0, rel=0.005)


def test_high_pressure_ends_inspiration(bench):
    """0.5 L into 0.01 L/cmH2O would need 55 cmH2O."""
    run = bench["stiff"]
    assert run["ventilator_alarm"][-1] == 1.0
    assert run["airway_pressure"].max() < 42.0
    assert run["ventilator_tidal_volume"][-1] < 400.0


def test_relief_holds_the_pressure_without_an_end(bench):
    run = bench["relief"]
    assert run["circuit_pressure"].max() == pytest.approx(12.0)
    assert run["ventilator_tidal_volume"][-1] == pytest.approx(1000 * 0.05 * 7.0, rel=0.1)
    assert run["ventilator_alarm"][-1] == 0.0


def test_disconnection(bench):
    run = bench["disconnected"]
    apart = slice(round(31 / DT), round(49 / DT))
    for name in ("circuit_pressure", "circuit_resistance"):
        assert (run[name][apart] == 0.0).all()
    assert run["inspired_oxygen"][apart] == pytest.approx(0.2095)
    assert run["ventilator_alarm"][round(39 / DT)] == 0.0
    assert run["ventilator_alarm"][round(41 / DT)] == 2.0
    assert run["ventilator_alarm"][-1] == 0.0
    assert run["ventilator_rate"][round(49 / DT)] < 10.0
    assert run["airway_flow"][round(50.1 / DT)] > 20.0


def test_an_open_circuit_has_no_pressure(bench):
    run = bench["wide open"]
    assert run["airway_pressure"][round(30 / DT) :].max() < 1.0
    assert run["ventilator_alarm"][-1] == 2.0


def test_a_leak_is_measured_and_taken_off(bench):
    """0.6 L/min/cmH2O at a mean of 6 to 7 cmH2O is 4 L/min; at PEEP alone it is 3 L/min, above the trigger."""
    run = bench["leaking"]
    mean = run["airway_pressure"][-round(30 / DT) :].mean()
    assert run["ventilator_leak"][-1] == pytest.approx(0.6 * mean, rel=0.1)
    assert run["ventilator_rate"][-1] == pytest.approx(EFFORTS, rel=0.02)
    breath = run["lung_volume"][-round(60 / EFFORTS / DT) :]
    assert run["ventilator_tidal_volume"][-1] == pytest.approx(1000 * np.ptp(breath), rel=0.05)


def test_the_backup_follows_an_apnoea(bench):
    """The last effort of ten seconds is at 8.57 s; 20 s later the back-up begins at 12 a minute."""
    run = bench["apnoea"]
    after = starts(run, after=12.0)
    assert after[0] == pytest.approx(2 * 60 / 14 + 20.0, abs=0.3)
    assert np.diff(after) == pytest.approx(5.0, abs=0.011)
    assert run["ventilator_alarm"][-1] == 3.0
    told = run["ventilator_backup"] > 0.5
    assert np.argmax(told) * DT == pytest.approx(after[0], abs=0.05)
    assert told[np.argmax(told) :].all()


def test_no_mode_that_breathes_by_itself_has_a_backup(bench):
    assert all(not bench[name]["ventilator_backup"].any() for name in ("disconnected", "leaking", "stiff", "simv"))


def test_settings_change_in_a_run(bench):
    run = bench["changed"]
    at = lambda name, t: run[f"ventilator_{name}"][round(t / DT)]
    assert at("tidal_volume", 19.0) == pytest.approx(500.0, rel=0.02)
    assert at("tidal_volume", 39.0) == pytest.approx(350.0, rel=0.02)
    assert at("total_peep", 39.0) == pytest.approx(12.0, abs=0.1)
    # a ramp of 0.1 s to 10 cmH2O, 1 s in all, into 50 mL/cmH2O with a time constant of 0.3 s
    ramp = 1 - 0.3 / 0.1 * np.expm1(0.1 / 0.3) * np.exp(-1.0 / 0.3)
    assert at("tidal_volume", 59.9) == pytest.approx(500.0 * ramp, rel=0.005)
    assert run["inspired_oxygen"][[round(19 / DT), round(30 / DT)]] == pytest.approx([0.4, 0.8])
    assert at("rate", 59.9) == pytest.approx(20.0, rel=0.01)
    assert run["airway_pressure"].max() < 24.0


def test_a_mode_goes_by_its_name():
    assert float(Ventilator(mode="psv").mode) == MODES["psv"]
    with pytest.raises(SettingError, match="'PSV' is none of vcv, pcv, prvc, simv, psv, cpap; did you mean psv"):
        Ventilator(mode="PSV")


def test_low_minute_volume(bench):
    """10 x 0.2 = 2 L/min."""
    assert bench["little"]["ventilator_minute_volume"][-1] == pytest.approx(2.0, rel=0.01)
    assert bench["little"]["ventilator_alarm"][-1] == 4.0


@pytest.mark.long
def test_breaths_that_move_nothing_are_counted():
    """Pressure control, 15 a minute; from 40 s the tube is blocked: after eight more, the minute volume is gone."""
    t = np.arange(round(80.0 / DT)) * DT
    within, full = t % 4.0, 0.75 * -np.expm1(-4.0 / 3.0 / 0.3)
    into, out = 0.75 * np.exp(-within / 0.3), -full * np.exp(-(within - 4.0 / 3.0) / 0.3)
    flow = np.where(t < 40.0, np.where(within < 4.0 / 3.0, into, out) / 0.3 * 60.0, 0.0)
    pressure = np.where(within < 4.0 / 3.0, 20.0, 5.0)
    run = play(machine("pcv", trigger_flow=0.0), len(t), airway_flow=flow, airway_pressure=pressure)
    at = lambda name, when: run[f"ventilator_{name}"][0, round(when / DT)]
    assert at("minute_volume", 39.0) == pytest.approx(15.0 * full, rel=0.02)
    assert at("alarm", 39.0) == 0.0
    assert at("rate", 79.0) == pytest.approx(15.0, rel=0.01)
    assert at("tidal_volume", 79.0) == pytest.approx(0.0, abs=1.0)
    assert at("minute_volume", 79.0) == pytest.approx(0.0, abs=0.1)
    assert at("alarm", 79.0) == 4.0
    assert at("compliance", 79.0) == pytest.approx(at("compliance", 39.0), rel=0.01)


@pytest.mark.long
def test_what_was_measured_of_the_last_breath_is_no_reading_after_a_time_without_one():
    """15 breaths a minute until 40 s; then the circuit is open until 92 s, and breaths come again."""
    t = np.arange(round(120.0 / DT)) * DT
    within = t % 4.0
    connected = (t < 40.0) | (t >= 92.0)
    flow = np.where(connected, np.where(within < 4.0 / 3.0, 22.5, -11.25), 0.0)
    pressure = np.where(connected, np.where(within < 4.0 / 3.0, 20.0, 5.0), 0.0)
    signals = {"airway_flow": flow, "airway_pressure": pressure, "ventilator_connected": connected.astype(float)}
    run = play(machine("pcv", trigger_flow=0.0), len(t), **signals)
    at = lambda name, when: run[f"ventilator_{name}"][0, round(when / DT)]
    assert [at("valid", s) for s in (2.0, 39.0, 50.0, 61.0, 89.0, 93.0, 119.0)] == [0, 1, 1, 0, 0, 0, 1]
    assert (at("rate", 89.0), at("minute_volume", 89.0)) == (0.0, 0.0)
    assert at("tidal_volume", 119.0) == pytest.approx(500.0, rel=0.02)


@pytest.mark.long
def test_in_standby_it_is_silent_and_knows_nothing():
    """Nobody breathes into it for 60 s, by far longer than its alarms wait; then it ventilates until 90 s."""
    t = np.arange(round(160.0 / DT)) * DT
    within, standby = t % 4.0, (t < 60.0) | (t >= 90.0)
    flow = np.where(standby, 0.0, np.where(within < 4.0 / 3.0, 22.5, -11.25))
    pressure = np.where(standby, 0.0, np.where(within < 4.0 / 3.0, 20.0, 5.0))
    signals = {"airway_flow": flow, "airway_pressure": pressure}
    device = machine("pcv", trigger_flow=0.0)
    run = play(device, len(t), ventilator_standby=standby.astype(float), **signals)
    at = lambda name, when: run[name][0, round(when / DT)]
    assert [at("ventilator_alarm", s) for s in (59.0, 91.0, 159.0)] == [0, 0, 0]
    assert [at("ventilator_valid", s) for s in (59.0, 89.0, 91.0)] == [0, 1, 0]
    assert (at("circuit_pressure", 59.0), at("circuit_resistance", 59.0)) == (0.0, 0.0)
    assert at("circuit_pressure", 61.0) > 0.0
    assert at("ventilator_rate", 89.0) == pytest.approx(15.0, rel=0.01)
    ventilating = play(device, len(t), **signals)
    assert ventilating["ventilator_alarm"][0, round(59.0 / DT)] == 2.0


@pytest.mark.parametrize("mode", [2.5, 0.0, 8.0, float("nan")])
def test_only_a_mode_that_exists_is_taken(mode):
    """In a run, what is no mode leaves the one that is configured; what is nearly one is that one."""
    with pytest.raises(ValueError, match="2 pcv"):
        Ventilator(mode=mode)
    u = Inputs(**{name: jnp.zeros(()) for name in Inputs.__dataclass_fields__})
    asked = lambda number: float(machine("simv").settings(eqx.tree_at(lambda i: i.mode, u, jnp.asarray(number))).mode)
    assert asked(mode) == (3.0 if mode == 2.5 else 4.0)
    assert [asked(float(k)) for k in MODES.values()] == [float(k) for k in MODES.values()]
