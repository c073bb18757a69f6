"""What the defibrillator shocks and when: charging by hand, R waves from the clock, every rhythm for the analysis."""

import jax.numpy as jnp
import numpy as np
import pytest

from tests.devices.monitoring.waves import ecg, phase, times
from tests.devices.play import play
from tests.physiology.waveforms.beats import electrocardiograms
from twinbed.core.scenario import Event, Scenario, Series
from twinbed.devices.rhythm.defibrillator import Defibrillator
from twinbed.engine.batch import simulate
from twinbed.engine.bed import Bed
from twinbed.physiology.cardiovascular.conduction import RHYTHMS, Conduction
from twinbed.physiology.waveforms.ecg import Ecg

PERIOD, LASTS = 0.01, 24.0
SHOCKABLE = {
    "ventricular_fibrillation_coarse", "ventricular_fibrillation_fine", "ventricular_tachycardia_pulseless",
    "ventricular_tachycardia_unstable",
}  # fmt: skip
SHOWN = ["shock", "shock_number", "shock_advised", "defibrillator_charge"]
COMMAND = Event("shock_command", 3.0, 1.0, 1.0)


def device(mode, **values):
    return Defibrillator(mode=mode, **{k: jnp.asarray(v) for k, v in values.items()})


def sampled(name, signal="ii"):
    """An electrocardiogram, or a clock, at the pace of the device."""
    return electrocardiograms()[name][signal][:: round(PERIOD / 0.002)][: round(LASTS / PERIOD)]


def watched(mode, names, **values):
    """What the device does that sees recordings and changes nothing in them."""
    scenarios = [Scenario((COMMAND,), {"ecg_ii": Series(PERIOD, sampled(name))}) for name in names]
    run = simulate([Bed({}, {"defibrillator": device(mode, **values)})] * len(names), scenarios, duration_s=LASTS,
                   seed=0, record=SHOWN, record_period_s=PERIOD, backend="native")  # fmt: skip
    return {n: {s: v[i] for s, v in run.recorded.items()} for i, n in enumerate(names)}


@pytest.fixture(scope="module")
def automatic():
    return watched("automatic", list(RHYTHMS))


@pytest.mark.parametrize("name", RHYTHMS)
def test_the_analysis_tells_what_to_shock(automatic, name):
    """Fibrillation and fast broad tachycardia, nothing else: what recommendations for public access ask."""
    assert automatic[name]["shock_number"][-1] == (1.0 if name in SHOCKABLE else 0.0)


def test_two_windows_and_the_time_to_charge_pass_before_the_shock(automatic):
    """The rhythm begins in the first window of 4 s: the second and third ask for a shock, 5 s more charge it."""
    run = automatic["ventricular_fibrillation_coarse"]
    at = np.flatnonzero(run["shock"])
    assert len(at) == 1
    assert at[0] * PERIOD == pytest.approx(17.0, abs=0.03)
    assert run["shock"][at[0]] == pytest.approx(200.0)
    assert np.interp(15.0, np.arange(len(run["shock"])) * PERIOD, run["defibrillator_charge"]) == pytest.approx(
        120.0, abs=2.0
    )


def test_a_synchronised_shock_comes_with_the_r_wave():
    """Within 60 ms of it, as IEC 60601-2-4 asks; R peaks 43 ms (narrow) or 60 to 80 ms (broad) after activation."""
    ends = {"atrial_fibrillation": 0.043 + 0.06, "ventricular_tachycardia": 0.06 + 0.06}
    runs = watched("synchronised", [*ends, "asystole"], energy=120.0)
    for name, last in ends.items():
        at = np.flatnonzero(runs[name]["shock"])
        assert len(at) == 1
        assert at[0] * PERIOD >= 3.0 + 120.0 / 40.0 - 2 * PERIOD
        assert 0.0 < sampled(name, "ventricular_time")[at[0]] <= last
    assert runs["asystole"]["shock"].max() == 0.0
    assert runs["asystole"]["defibrillator_charge"][-1] == pytest.approx(120.0)


def test_a_synchronised_shock_spares_a_tall_t_wave():
    """Charged at the middle of the T wave, which is 0.7 of the R wave: it waits for the next R wave, 60 ms at most."""
    t = times(12.0, PERIOD)
    place, second = phase(t, 75.0), 0.8
    lead = ecg(place, 75.0) + 0.4 * np.exp(-0.5 * (((place - 0.4) * second - 0.26) / 0.05) ** 2)  # T: 0.3 + 0.4 mV
    for charged in np.arange(6.0, 8.0, 0.1):
        command = (t >= charged - 3.0) & (t < charged)
        shock = play(device("synchronised", energy=120.0), len(t), ecg_ii=lead, shock_command=command)["shock"][0]
        late = (place[np.flatnonzero(shock)] - 0.4) * second
        assert len(late) == 1
        assert -0.02 <= late[0] <= 0.06


def test_a_manual_shock_comes_when_it_is_charged_whatever_the_rhythm():
    """Five seconds after the command at 3 s, and once."""
    for run in watched("manual", ["ventricular_fibrillation_fine", "sinus", "asystole"]).values():
        at = np.flatnonzero(run["shock"])
        assert len(at) == 1
        assert at[0] * PERIOD == pytest.approx(3.0 + 200.0 / 40.0, abs=0.03)


@pytest.mark.slow
def test_the_automatic_one_ends_the_fibrillation_that_it_sees():
    """The loop is closed: after the shock its own analysis sees no more fibrillation."""
    bed = Bed({"heart": Conduction(), "ecg": Ecg()}, {"defibrillator": device("automatic", pause=4.0)})
    scenario = Scenario((Event("rhythm", 1.0, 100.0, float(RHYTHMS["ventricular_fibrillation_coarse"])),))
    run = simulate(bed, scenario, duration_s=48.0, seed=0, record=[*SHOWN, "heart_rate"], record_period_s=PERIOD,
                   backend="native")  # fmt: skip
    assert run.recorded["shock_number"][0, -1] == 1.0
    assert run.recorded["shock_advised"][0, -1] == 0.0
    assert run.recorded["heart_rate"][0, -1] == pytest.approx(72.0, abs=2.0)


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="manual, synchronised, automatic"):
        Defibrillator(mode="semi")  # pyright: ignore[reportArgumentType]
