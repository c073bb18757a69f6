"""The coupled patient who bleeds, is given fluids, is pressed upon or stands in twice gravity: nothing is made or lost.

Balances are taken over states at the ends of pages and over what was recorded between: an organ holds what it shows
over its step, so that sums of what was shown are what the next organ got.
"""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import stack
from twinbed.engine.bed import Bed
from twinbed.engine.live import Live
from twinbed.physiology.whole_body import adult
from twinbed.vocab.drugs import DRUGS

pytestmark = pytest.mark.slow

SETTLE, LASTS, STEP = 60.0, 660.0, 0.1
_AT = lambda signal, at, lasts, amount: Event(signal, SETTLE + at, lasts, amount)
RUNS = {
    "saline": (_AT("crystalloid", 0.0, 600.0, 6000.0),),
    "exsanguinated": (_AT("blood_loss", 0.0, 300.0, 2650.0),),
    "wounded": (_AT("wound", 0.0, 600.0, 10.0),),
    "transfused": (
        _AT("blood_loss", 0.0, 200.0, 1500.0),
        _AT("fentanyl_rate", 50.0, 30.0, 0.1),
        _AT("crystalloid", 60.0, 200.0, 800.0),
        _AT("red_cells", 250.0, 200.0, 600.0),
        _AT("whole_blood", 300.0, 200.0, 450.0),
    ),
    "airless": (
        _AT("blood_loss", 0.0, 60.0, 600.0),
        _AT("crystalloid", 20.0, 60.0, 600.0),
        _AT("red_cells", 60.0, 40.0, 300.0),
    ),
    "tamponade": (_AT("pericardial_fluid", 0.0, 300.0, 400.0),),
    "burst": (_AT("pericardial_fluid", 0.0, 300.0, 1000.0),),
    "two_g": (_AT("acceleration_x", 0.0, 60.0, 2.0 * 9.80665),),
}
RECORD = [
    "blood_infused", "transcapillary_flow", "bleeding", "oxygen_uptake_left", "oxygen_uptake_right",
    "carbon_dioxide_output_left", "carbon_dioxide_output_right", "oxygen_consumption", "arterial_oxygen",
    "arterial_oxygen_content", "alveolar_oxygen_left", "alveolar_oxygen_right", "arterial_pressure", "heart_rate",
    "cardiac_output", "central_venous_pressure", "left_atrial_pressure", "cerebral_blood_flow", "venous_saturation",
    "venous_oxygen", "haemoglobin",
]  # fmt: skip
BLOOD = (
    "left_atrium", "left_ventricle", "arteries", "small_vessels", "splanchnic_veins", "extrasplanchnic_veins",
    "muscle_veins", "cerebral_veins", "coronary_veins", "thoracic_veins", "right_atrium", "right_ventricle",
    "pulmonary_arteries", "pulmonary_vessels", "pulmonary_veins",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Played:
    """All runs: what was recorded (run, tick), and states at the ends of pages of `page_s`."""

    recorded: dict[str, np.ndarray]
    states: list
    page_s: float

    def of(self, name, run, from_s=0.0, to_s=LASTS):
        part = self.recorded[name][list(RUNS).index(run)]
        return part[round(from_s / STEP) : round(to_s / STEP)]

    def mean(self, name, run, at_s, over_s=4.0):
        return float(self.of(name, run, SETTLE + at_s - over_s, SETTLE + at_s).mean())

    def state(self, organ, run, at_s):
        """The state of an organ at the end of a page."""
        k = list(RUNS).index(run)
        return jax.tree.map(lambda a: a[k], self.states[round(at_s / self.page_s) - 1][organ])


@pytest.fixture(scope="module")
def models():
    """A man of forty from whom fentanyl does not go, so that all of it is in him."""
    return eqx.tree_at(
        lambda m: m["drugs"].substances["fentanyl"].kinetics.clearance, adult(waveforms=False), jnp.asarray(0.0)
    )


def closed(models):
    """The same man with an airway through which nothing goes."""
    return eqx.tree_at(lambda m: m["lungs"].upper.resistance, models, jnp.asarray(1e15))


@pytest.fixture(scope="module")
def played(models):
    live = Live(
        stack([Bed(closed(models) if run == "airless" else models) for run in RUNS]), [Scenario(events) for events in RUNS.values()],
        seed=0, record=RECORD, record_period_s=STEP, backend="native",
    )  # fmt: skip
    pieces, states = [], []
    while live.t_s < LASTS:
        pieces.append(live.advance(live.page_s))
        states.append(live.moment.carry.states)
    return Played({n: np.concatenate([p[n] for p in pieces], axis=1) for n in RECORD}, states, live.page_s)


def held(model, x):
    """Oxygen and carbon dioxide of blood and tissue, mL."""
    arterial, venous, _ = model.shares()
    places = [(x.arterial, (arterial * x.blood_volume,) * 2), (x.venous, (venous * x.blood_volume,) * 2)]
    places += [(c, (t.oxygen_volume, t.carbon_dioxide_volume)) for c, t in zip(x.held(), model.tissues(), strict=True)]
    return tuple(
        10.0 * sum(float(getattr(c, gas) * v[k]) for c, v in places)
        for k, gas in enumerate(("oxygen", "carbon_dioxide"))
    )


def blood(x):
    """All blood, mL."""
    return sum(float(getattr(x, name)) for name in BLOOD)


BLEEDS = ("saline", "exsanguinated", "wounded", "transfused")


@pytest.mark.parametrize("run", BLEEDS)
def test_gas_that_blood_and_tissue_hold_is_what_came_less_what_left(played, models, run):
    """To 1e-6 of what is held, from the lungs' side as recorded and over the whole run."""
    model = models["gas_exchange"]
    start, end = (played.state("gas_exchange", run, at) for at in (SETTLE, LASTS - 10.0))
    between = lambda name: played.of(name, run, SETTLE + STEP, LASTS - 10.0 + STEP).sum() * STEP / 60.0
    taken = between("oxygen_uptake_left") + between("oxygen_uptake_right")
    given = between("carbon_dioxide_output_left") + between("carbon_dioxide_output_right")
    (oxygen, carbon), (oxygen_before, carbon_before) = held(model, end), held(model, start)
    spent = float(end.oxygen_spent - start.oxygen_spent)
    gained = float(end.carbon_dioxide_gained - start.carbon_dioxide_gained)
    assert oxygen - oxygen_before == pytest.approx(taken - spent, abs=1e-6 * oxygen_before)
    assert carbon - carbon_before == pytest.approx(gained - given, abs=1e-6 * carbon_before)


@pytest.mark.parametrize(("run", "until"), [("exsanguinated", SETTLE + 240.0), ("wounded", SETTLE + 170.0)])
def test_blood_that_is_lost_takes_its_oxygen_along(played, run, until):
    """What was spent is what tissue used and the content of the blood lost: of veins, or of arteries through a wound.

    The exsanguinated heart stops after 260 s, the wounded one after 240 s; what is lost while nothing flows leaves from
    all places alike.
    """
    start, end = (played.state("gas_exchange", run, at) for at in (SETTLE, until))
    over = lambda name: played.of(name, run, SETTLE, until)
    assert played.mean("cardiac_output", run, until - SETTLE) > 0.5
    if run == "wounded":
        content = over("arterial_oxygen_content")
    else:
        content = 1.34 * over("haemoglobin") * over("venous_saturation") + 0.003 * over("venous_oxygen")
    lost = (over("bleeding") * content / 100.0).sum() * STEP / 60.0
    used = over("oxygen_consumption").sum() * STEP / 60.0
    assert lost > 200.0
    assert float(end.oxygen_spent - start.oxygen_spent) - used == pytest.approx(lost, rel=0.01)


def test_gas_of_lungs_and_blood_together_is_kept_behind_a_closed_airway(played, models):
    """Of what lungs, airway, blood and tissue hold nothing goes but what is spent, while blood leaves and comes."""
    lungs, gas = models["lungs"], models["gas_exchange"]
    air = 1000.0 * (760.0 - float(lungs.vapour)) / float(lungs.expansion) * float(lungs.dead_space) / 3.0
    ends = []
    for at in (SETTLE, SETTLE + 110.0):
        x, inside = played.state("gas_exchange", "airless", at), played.state("lungs", "airless", at)
        underway = lambda name, at=at: sum(
            float(played.of(f"{name}_{side}", "airless", at, at + STEP)[0]) * STEP / 60.0 for side in ("left", "right")
        )
        oxygen, carbon = held(gas, x)
        gases = (inside.left, inside.right)
        oxygen += sum(float(g.oxygen) for g in gases) + air * float(inside.carina.oxygen)
        carbon += sum(float(g.carbon_dioxide) for g in gases) + air * float(inside.carina.carbon_dioxide)
        ends.append((
            oxygen - underway("oxygen_uptake") + float(x.oxygen_spent),
            carbon + underway("carbon_dioxide_output") - float(x.carbon_dioxide_gained),
        ))  # fmt: skip
    assert ends[1] == pytest.approx(ends[0], rel=1e-6)


@pytest.mark.parametrize("run", ["saline", "exsanguinated", "transfused"])
def test_blood_is_what_came_less_what_left(played, run):
    """Volume to 1e-6: what the circulation was shown over its steps, and what the scenario took."""
    start, end = (played.state("circulation", run, at) for at in (SETTLE, LASTS - 10.0))
    came = sum(played.of(n, run, SETTLE, LASTS - 10.0).sum() for n in ("blood_infused", "transcapillary_flow"))
    lost = sum(e.amount for e in RUNS[run] if e.signal == "blood_loss")
    before = blood(start)
    assert blood(end) == pytest.approx(before + came * STEP / 60.0 - lost, abs=1e-6 * before)


def test_a_drug_that_does_not_go_is_all_there(played):
    amounts = played.state("drugs", "transfused", LASTS - 10.0).where.amounts
    names = sorted(DRUGS)
    inside = sum(float(part[names.index("fentanyl")]) for part in (amounts.central, amounts.fast, amounts.slow))
    assert inside == pytest.approx(0.1, rel=1e-6)


@pytest.mark.parametrize("run", ["saline", "exsanguinated", "wounded"])
def test_arterial_oxygen_pressure_is_never_above_that_of_the_alveoli(played, run):
    alveoli = np.maximum(played.of("alveolar_oxygen_left", run, 10.0), played.of("alveolar_oxygen_right", run, 10.0))
    assert (played.of("arterial_oxygen", run, 10.0) <= alveoli + 1.0).all()


@pytest.mark.parametrize("run", RUNS)
def test_no_vessel_and_no_chamber_holds_less_than_nothing(played, run):
    for k in range(len(played.states)):
        x = played.state("circulation", run, (k + 1) * played.page_s)
        least = min(BLOOD, key=lambda name: float(getattr(x, name)))
        assert float(getattr(x, least)) >= 0.0, (least, (k + 1) * played.page_s)


def test_in_tamponade_the_pressures_of_both_atria_approach(played):
    """Spodick 2003, N Engl J Med 349:684: pressures of all chambers become equal in diastole; here within 5 mmHg."""
    before, after = (
        [played.mean(f"{side}_pressure", "tamponade", at, 10.0) for side in ("central_venous", "left_atrial")]
        for at in (0.0, 290.0)
    )
    assert after[0] > before[0] + 8.0
    assert abs(after[1] - after[0]) < min(5.0, before[1] - before[0])
    assert played.mean("arterial_pressure", "burst", 290.0) < 40.0  # a litre at once stops the heart


def test_at_two_g_a_relaxed_person_stays_awake(played):
    """A relaxed person bears 3.9 +- 0.6 g (Scott 2013, doi:10.3357/asem.3550.2013), and one hour of 2 g with effort.

    Flow falls by 30 to 40 % (Vettes 1980: 1.5 to 6 g) and is bounded here by half; the brain fails at 60 % of its flow
    (Finnerty 1954, J Clin Invest 33:1227: signs of hypoxia at 31.5 mL/100 g/min, of some 54).
    """
    awake = played.of("cerebral_blood_flow", "two_g", SETTLE, SETTLE + 60.0)
    mean = awake.reshape(-1, 50).mean(axis=1)  # over five seconds; a brain bears as long without blood
    assert mean.min() > 0.6 * played.mean("cerebral_blood_flow", "two_g", 0.0, 10.0)
    flow = played.mean("cardiac_output", "two_g", 58.0) / played.mean("cardiac_output", "two_g", 0.0, 10.0)
    assert 0.5 < flow < 0.85
    assert 100.0 < played.mean("heart_rate", "two_g", 58.0) < 180.0
    assert played.mean("arterial_pressure", "two_g", 120.0) == pytest.approx(
        played.mean("arterial_pressure", "two_g", 0.0, 10.0), abs=5.0
    )
