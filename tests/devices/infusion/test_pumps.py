"""Infusion pumps: what is conserved, start-up and trumpet curves, occlusion, height, dead volume, alarms, other drugs."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import gammainc

from tests.devices.play import play
from twinbed.core.component import input_template, output_template
from twinbed.devices.infusion.syringe_pump import SyringePump
from twinbed.devices.infusion.volumetric_pump import VolumetricPump
from twinbed.engine.couple import port_list
from twinbed.vocab.signals import UnknownSignal

HOURS = 2
TICKS = HOURS * 3600
RESTING = {
    "propofol_command": 0.0, "propofol_occlusion": 0.0, "pump_attended": 0.0, "carrier_flow": 0.0, "pump_height": 0.0,
    "central_venous_pressure": 0.0, "supply_blocked": 0.0, "supply_air": 0.0,
}  # fmt: skip
EVEN = {"gain_sd": 0.0, "slip": 0.0, "screw_error": 0.0, "play": 0.0, "primed": 1.0}


def run(pump, flow=0.0, **signals):
    """Two hours second by second, one shape a class of pump; the flow in mL/h."""
    command = np.asarray(flow) * float(pump.concentration) / 60.0
    return play(pump, TICKS, **{**RESTING, "propofol_command": command, **signals})


def even(**settings):
    return SyringePump(**{**EVEN, **settings})


def at(value, *spans):
    """A signal that is `value` in some seconds and else zero."""
    out = np.zeros(TICKS)
    for first, last in spans:
        out[first:last] = value
    return out


def last(played, name):
    return played[name][0, -1]


@pytest.mark.parametrize("cls", [SyringePump, VolumetricPump])
@pytest.mark.parametrize("seed", [0, 1])
def test_neither_fluid_nor_drug_is_made_or_lost(cls, seed):
    rng = np.random.default_rng(seed)
    held = lambda values, n: np.repeat(values, TICKS // n)
    signals = {
        "propofol_occlusion": held(rng.choice([0.0, 0.0, 0.7, 1.0], 12), 12),
        "carrier_flow": held(rng.choice([0.0, 20.0], 8), 8),
        "pump_height": held(rng.uniform(-40.0, 40.0, 10), 10),
        "central_venous_pressure": held(rng.uniform(0.0, 12.0, 10), 10),
        "pump_attended": at(1.0, *((k, k + 3) for k in range(300, TICKS, 300))),
    }
    pump = cls(primed=0.0, container=60.0, nearly_empty=0.0)
    played = run(pump, held(rng.exponential(15.0, 24), 24), **signals)
    state = played.states
    pushed = 60.0 - state.left[0, -1]
    assert pushed == pytest.approx(state.infused[0, -1] + state.line.stored[0, -1], abs=1e-9)
    in_line = sum(cell[0, -1] for cell in state.line.cells) * float(pump.dead_volume) / len(state.line.cells)
    drug = state.infused[0, -1] * float(pump.concentration)
    assert last(played, "propofol_delivered_total") + in_line == pytest.approx(drug, rel=1e-9)
    assert played["propofol_rate"].sum() / 60.0 == pytest.approx(last(played, "propofol_delivered_total"), rel=1e-9)
    assert min(played["pump_flow"].min(), played["propofol_rate"].min()) >= 0.0
    assert pushed > 5.0


def test_a_command_is_rounded_and_limited():
    pump = SyringePump()
    flow = lambda command: float(pump.flow(jnp.asarray(command)))
    assert flow(1.0) == pytest.approx(6.0)  # 60 mg/h of 10 mg/mL
    assert flow(0.00208) == pytest.approx(0.01)
    assert flow(1e6) == 1200.0
    assert flow(-3.0) == flow(float("nan")) == 0.0


def test_play_delays_the_start():
    """0.11 mL of play last 6.6 min at 1 mL/h, as in the best pump of Neff 2001 (6.75 min), and 1.3 min at 5 mL/h."""
    for flow, minutes in ((1.0, 6.6), (5.0, 1.32)):
        volume = run(SyringePump(**{**EVEN, "play": 0.11}), flow)["pump_volume_total"][0]
        assert np.argmax(volume > 0.0) / 60.0 == pytest.approx(minutes, abs=0.05)
        assert volume[-1] == pytest.approx(HOURS * flow - 0.11, abs=1e-3)


def trumpet(volume, flow):
    """Largest and smallest error, percent, in windows of P minutes of the second hour (IEC 60601-2-24)."""
    sampled = np.concatenate([[0.0], volume[29::30]])
    flows = np.diff(sampled)[120:] * 120.0
    errors = {}
    for minutes in (2, 5, 11, 19, 31):
        width = minutes * 2
        means = np.convolve(flows, np.full(width, 1.0 / width), "valid")
        errors[minutes] = 100.0 * (means.max() - flow) / flow, 100.0 * (means.min() - flow) / flow
    return errors


@pytest.mark.parametrize(("pump", "flow", "accuracy"), [
    (SyringePump(gain_sd=0.0), 1.0, 2.0), (SyringePump(gain_sd=0.0), 5.0, 2.0), (VolumetricPump(gain_sd=0.0), 25.0, 5.0),
])  # fmt: skip
def test_a_trumpet_narrows_to_the_accuracy_of_the_makers(pump, flow, accuracy):
    volume = run(pump, flow)["pump_volume_total"][0]
    spread = [high - low for high, low in trumpet(volume, flow).values()]
    assert spread[0] > 2.0 * spread[2] > spread[4]
    assert max(map(abs, trumpet(volume, flow)[31])) < accuracy
    assert max(map(abs, trumpet(volume, flow)[2])) < 15.0


def test_the_error_of_the_screw_in_a_window_is_that_of_a_sine():
    """Over a window of w turns a sine of amplitude a has a mean of at most a |sin(pi w) / (pi w)|."""
    flow, turn = 2.0, np.pi / 4.0 * 26.7**2 * 1e-3
    found = trumpet(run(even(screw_error=0.1), flow)["pump_volume_total"][0], flow)
    for minutes, (high, low) in found.items():
        want = 10.0 * abs(np.sinc(flow * minutes / 60.0 / turn))
        assert high == pytest.approx(want, abs=0.15)
        assert low == pytest.approx(-want, abs=0.15)


@pytest.mark.parametrize("flow", [0.5, 5.0])
def test_an_occlusion_is_found_when_the_line_has_stored_enough(flow):
    """C p / q by hand; Donmez 2005 (50 mL): 117.3 +- 9.4 min at 0.5 mL/h, 15.0 +- 7.1 min at 5 mL/h."""
    played = run(even(), flow, propofol_occlusion=1.0)
    alarm = np.flatnonzero(played["pump_alarm"][0] == 1.0)
    minutes = 0.0165 * 60.0 / flow * 60.0
    assert alarm[0] / 60.0 == pytest.approx(minutes, abs=0.05)
    measured, spread = {0.5: (117.3, 9.4), 5.0: (15.0, 7.1)}[flow]
    assert abs(minutes - measured) < spread
    assert np.array_equal(alarm, np.arange(alarm[0], TICKS))  # it stands until somebody comes
    assert last(played, "pump_volume_total") == 0.0
    assert last(played, "pump_pressure") == pytest.approx(60.0, rel=0.002)


def test_trapped_air_delays_the_alarm():
    """1 mL of air gives 1 / 101.3 mL/kPa more."""
    found = [np.argmax(run(even(trapped_air=air), 10.0, propofol_occlusion=1.0)["pump_alarm"][0]) for air in (0.0, 1.0)]
    assert found[1] - found[0] == pytest.approx(60.0 / 101.325 / 10.0 * 3600.0, abs=2.0)


@pytest.mark.parametrize(("back_off", "bolus"), [(0.0, 0.99), (0.9, 0.099)])
def test_what_is_stored_comes_as_a_bolus_when_the_line_is_freed(back_off, bolus):
    """0.99 mL are 60 kPa in 0.0165 mL/kPa; nothing more comes until the alarm is cleared."""
    freed, attended = 3600, 5400
    played = run(even(back_off=back_off), 10.0, propofol_occlusion=at(1.0, (0, freed)), pump_attended=at(1.0, (attended, attended + 5)))  # fmt: skip
    volume = played["pump_volume_total"][0]
    assert volume[freed - 1] == 0.0
    assert volume[freed + 10] == pytest.approx(bolus, abs=0.004)
    assert volume[attended - 1] == pytest.approx(bolus, abs=0.004)
    assert volume[-1] - volume[attended] == pytest.approx(10.0 * 0.5, abs=0.01)
    assert last(played, "pump_alarm") == 0.0


def test_a_partial_occlusion_raises_the_pressure_and_nothing_else():
    """90 % of the conductance gone: 20 mL/h x 0.005 / 0.1 = 1 kPa."""
    played = run(even(), 20.0, propofol_occlusion=0.9)
    assert last(played, "pump_pressure") == pytest.approx(1.0, rel=1e-3)
    assert played["pump_flow"][0, -1] == pytest.approx(20.0, rel=1e-6)


def test_moving_the_pump_gives_a_bolus_or_a_gap():
    """50 cm of water are 4.9 kPa, which move 0.081 mL: at 1 mL/h nothing comes for 4.9 min after lowering the pump."""
    moved = 0.0165 * 50.0 * 0.0980665
    lowered = run(even(), 1.0, pump_height=at(-50.0, (3600, TICKS)))["pump_volume_total"][0]
    starts = np.argmax(lowered > lowered[3600] + 1e-6)
    assert (starts - 3600) / 60.0 == pytest.approx(moved * 60.0, abs=0.1)
    raised = run(even(), 1.0, pump_height=50.0 + at(-50.0, (0, 3600)) * 1.0)["pump_volume_total"][0]
    assert raised[3605] - raised[3599] == pytest.approx(moved, rel=0.05)


def test_an_unprimed_line_delays_the_drug_as_five_mixed_cells():
    """What leaves after a volume v is the distribution function of an Erlang(5) variable with mean 1 mL."""
    pump = even(primed=0.0)
    played = run(pump, 12.0)
    volume = played["pump_volume_total"][0]
    strength = played["propofol_rate"][0] * 60.0 / (10.0 * np.maximum(played["pump_flow"][0], 1e-9))
    for k in (60, 150, 300, 500, 900):
        middle = 0.5 * (volume[k] + volume[k - 1])
        assert strength[k] == pytest.approx(gammainc(5, 5.0 * middle), abs=2e-3)


def test_a_carrier_that_starts_flushes_the_line():
    """1 mL of 10 mg/mL stands in the line: a carrier of 99 mL/h beside 1 mL/h sweeps nearly all of it in at once."""
    played = run(even(), 1.0, carrier_flow=at(99.0, (3600, TICKS)))
    total = played["propofol_delivered_total"][0]
    assert total[3600 + 300] - total[3599] == pytest.approx(10.0 * 1.0 - 0.1 + 300 / 3600 * 10.0, rel=0.02)
    assert played["propofol_rate"][0, -1] == pytest.approx(10.0 / 60.0, rel=1e-4)


def test_a_syringe_runs_dry_warns_before_and_is_replaced():
    attended = 5400
    played = run(even(container=10.0, play=0.0), 10.0, pump_attended=at(1.0, (attended, attended + 5)))
    alarm, left = played["pump_alarm"][0], played["pump_left"][0]
    assert np.argmax(alarm == 3.0) == pytest.approx(0.75 * 3600, abs=2)  # 2.5 of 10 mL are left
    assert np.argmax(alarm == 2.0) == pytest.approx(3600, abs=2)
    assert np.all(played["pump_flow"][0, 3610:attended] < 1e-9)
    assert left[attended] == pytest.approx(10.0, abs=0.01)
    assert last(played, "pump_volume_total") == pytest.approx(10.0 + 5.0, abs=0.02)
    assert played["propofol_delivered_total"][0, attended - 1] == pytest.approx(100.0)


def test_a_clamped_supply_is_found_by_missing_drops():
    """Six drops of 0.05 mL at 36 mL/h are 30 s; until then the motor gives nothing."""
    clamped = 3600
    pump = VolumetricPump(gain_sd=0.0, unevenness=0.0)
    played = run(pump, 36.0, supply_blocked=at(1.0, (clamped, TICKS)))
    found = np.argmax(played["pump_alarm"][0] == 5.0)
    assert 0.3 / 36.0 * 3600.0 - 1 <= found - clamped + 5 <= 36  # up to a drop, 5 s, may have hung already
    volume = played["pump_volume_total"][0]
    assert volume[clamped - 1] == pytest.approx(36.0, rel=1e-3)
    assert volume[-1] == pytest.approx(volume[clamped], abs=1e-3)


def test_air_stops_a_volumetric_pump_before_it_is_much():
    """A fifth of air at 36 mL/h is 0.002 mL/s: 0.1 mL in 50 s. An empty bag is the same at once."""
    played = run(VolumetricPump(gain_sd=0.0, unevenness=0.0), 36.0, supply_air=at(0.2, (600, TICKS)))
    assert np.argmax(played["pump_alarm"][0] == 4.0) - 600 == pytest.approx(50, abs=2)
    dry = run(VolumetricPump(gain_sd=0.0, unevenness=0.0, container=18.0), 36.0)
    assert set(np.unique(dry["pump_alarm"][0, 1900:])) == {2.0}
    assert last(dry, "propofol_delivered_total") == pytest.approx(18.0, rel=1e-6)


@pytest.mark.slow
def test_single_precision_gives_the_same():
    signals = {**RESTING, "propofol_command": 1.0}
    wide = play(SyringePump(gain_sd=0.0), TICKS, **signals)
    slim = play(SyringePump(gain_sd=0.0), TICKS, dtype=jnp.float32, **signals)
    assert last(slim, "propofol_delivered_total") == pytest.approx(last(wide, "propofol_delivered_total"), rel=2e-3)


@pytest.mark.parametrize("cls", [SyringePump, VolumetricPump])
def test_the_pump_of_another_drug_reads_and_shows_that_drug(cls):
    pump = cls.of("norepinephrine", concentration=0.08, flow_max=100.0)
    assert type(pump) is type(cls.of("norepinephrine", concentration=0.02))
    assert isinstance(pump, cls)
    read = [p.signal for p in port_list(input_template(pump))]
    shown = [p.signal for p in port_list(output_template(pump))]
    assert read[:2] == ["norepinephrine_command", "norepinephrine_occlusion"]
    assert shown[:2] == ["norepinephrine_rate", "norepinephrine_delivered_total"]
    assert not [s for s in read + shown if s.startswith("propofol")]
    assert float(pump.concentration) == 0.08
    with pytest.raises(UnknownSignal, match="norepinephrine"):
        cls.of("norepinefrine", concentration=0.08)


def test_a_volumetric_pump_of_a_fluid_is_told_and_gives_millilitres():
    """120 mL/h of crystalloid are 2 mL/min, whatever else the pump could give."""
    pump = VolumetricPump.of("crystalloid", gain_sd=0.0, unevenness=0.0)
    told = {name.replace("propofol", "crystalloid"): value for name, value in RESTING.items()}
    played = play(pump, TICKS, **{**told, "crystalloid_command": 2.0})
    assert last(played, "crystalloid_rate") == pytest.approx(2.0, rel=1e-3)
    assert last(played, "crystalloid_delivered_total") == pytest.approx(240.0, rel=1e-3)
    assert last(played, "pump_left") == pytest.approx(500.0 - 240.0, abs=0.5)


def test_a_fluid_has_no_concentration_and_a_drug_needs_one():
    with pytest.raises(ValueError, match="'red_cells' is a fluid: leave out concentration"):
        VolumetricPump.of("red_cells", concentration=1.0)
    with pytest.raises(ValueError, match="'propofol' needs a concentration, mg/mL"):
        VolumetricPump.of("propofol")
    with pytest.raises(UnknownSignal, match="crystaloid"):
        VolumetricPump.of("crystaloid", concentration=1.0)
