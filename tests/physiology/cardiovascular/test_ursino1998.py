"""The circulation with the vessels and reflexes of Ursino 1998 against an independent implementation of that paper.

The reference (a compiled loop of its equations, semi-implicit, steps of 1 ms) has two systemic beds, passive
atria, no pericardium and no chest. Here the other beds are closed, and the veins of the chest are as small as
steps of 2 ms allow; their 3.3 mL/mmHg are 1.7 % of all compliance.
"""

import numpy as np
import pytest

from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import simulate, stack
from twinbed.engine.bed import Bed
from twinbed.physiology.cardiovascular import Atrium, Systole, VascularBed, Ventricle
from twinbed.physiology.cardiovascular._parts.nerves import weights
from twinbed.physiology.cardiovascular._parts.vagus import Vagus
from twinbed.physiology.cardiovascular.autonomic import Autonomic
from twinbed.physiology.cardiovascular.circulation import Circulation
from twinbed.physiology.cardiovascular.conduction import Conduction

pytestmark = pytest.mark.long

EXTRA_ML_PER_MMHG = 3.3
TIGHT = 1e-6
CLOSED = VascularBed(0.01, 0.0, 1e9, 0.1, 0.0, 10.0)
SIGNALS = ["arterial_pressure", "central_venous_pressure", "left_atrial_pressure", "pulmonary_artery_pressure",
           "cardiac_output", "heart_rate", "resistance_splanchnic", "resistance_extrasplanchnic"]  # fmt: skip
BLEEDS = {0: (1.0, 300.0), 530: (30.0, 330.0), 1060: (300.0, 600.0), 1590: (300.0, 600.0)}
"""What is lost from the second 200 on, mL: within how many seconds, and when it was measured."""


def circulation():
    return Circulation(
        splanchnic=VascularBed(2.05, 274.4, 3.307, 61.11, 1121.0, 0.038),
        extrasplanchnic=VascularBed(1.67, 336.6, 1.407, 50.0, 1375.0, 0.016),
        muscle=CLOSED, cerebral=CLOSED, coronary=CLOSED,
        left_ventricle=Ventricle(2.95, pressure_scale=1.5, ejection_least=TIGHT, inflow=2.5e-3),
        right_ventricle=Ventricle(1.75, 40.8, 1.5, 0.011, 1.4e-3, TIGHT, 2.5e-3), septal_compliance=0.0, systole=Systole(longest=0.5, slope=0.075, rising=0.5, falling=0.5, tail=0.0, shortening=0.0), arterial_stiffening=0.0, pulmonary_distensibility=0.0, arterial_compliance=0.28, arterial_resistance=0.06, pulmonary_arterial_compliance=0.76, pulmonary_resistance=0.0894,
        left_atrium=Atrium(1 / 19.23, 0.0, 25.0), right_atrium=Atrium(1 / 31.25, 0.0, 25.0),
        pulmonary_volume_unstressed=123.0, pulmonary_venous_volume_unstressed=120.0, pericardial_scale=0.0,
        thoracic_compliance=3.0, thoracic_volume_unstressed=0.0, thoracic_resistance=5e-4,
        blood_volume=5300.0 + 5.0 * EXTRA_ML_PER_MMHG,
    )  # fmt: skip


def autonomic():
    """The nerves of 1998: the baroreflex alone, and no effect on muscle."""
    alone = {
        "baro": 1.0,
        "chemical": 0.0,
        "stretch": 0.0,
        "filling": 0.0,
        "empty": 0.0,
        "hypoxia": 0.0,
        "hypercapnia": 0.0,
    }
    lines = {f"to_{name}": weights(**alone) for name in ("vessels", "veins", "heart")}
    return Autonomic(set_point=92.0, lead=6.37, vagus=Vagus(width=7.06), muscle_veins=0.0, **lines)


def open_chest(lasts, *more):
    return Scenario((Event("pleural_pressure", 0.0, lasts, 0.0), *more))


def around(result, row, end_s, period_s=0.02):
    """Mean of 20 seconds, lowest and highest, of every signal."""
    here = slice(round((end_s - 20.0) / period_s), round(end_s / period_s))
    return {s: (v[row, here].mean(), v[row, here].min(), v[row, here].max()) for s, v in result.recorded.items()}


def test_without_reflexes():
    bed = Bed(
        {"circulation": circulation(), "conduction": Conduction()},
        links={"conduction.heart_period": "scenario.heart_period"},
    )
    lasts = 120.0
    run = simulate(bed, open_chest(lasts, Event("heart_period", 0.0, lasts, 0.833)), duration_s=lasts, seed=0,
                   record=SIGNALS[:6], record_period_s=0.02, backend="native")  # fmt: skip
    found = around(run, 0, lasts)
    want = {"arterial_pressure": 101.1, "central_venous_pressure": 5.0, "left_atrial_pressure": 8.0,
            "pulmonary_artery_pressure": 18.7, "cardiac_output": 5.46, "heart_rate": 72.0}  # fmt: skip
    for name, value in want.items():
        assert found[name][0] == pytest.approx(value, rel=0.01), name
    assert found["arterial_pressure"][1:] == pytest.approx((89.0, 132.0), abs=0.8)


@pytest.fixture(scope="module")
def bleeding():
    """All patients of the table, 600 s each."""
    bed = Bed({"circulation": circulation(), "conduction": Conduction(), "autonomic": autonomic()})
    loss = lambda ml, lasts: () if ml == 0 else (Event("blood_loss", 200.0, lasts, float(ml)),)
    scenarios = [open_chest(600.0, *loss(ml, lasts)) for ml, (lasts, _) in BLEEDS.items()]
    run = simulate(stack([bed] * len(BLEEDS)), scenarios, duration_s=600.0, seed=0, record=[*SIGNALS, "blood_volume"],
                   record_period_s=0.02, backend="native")  # fmt: skip
    return run, {ml: around(run, k, at) for k, (ml, (_, at)) in enumerate(BLEEDS.items())}


def test_at_rest_the_reflexes_stay_where_the_paper_puts_them(bleeding):
    rest = bleeding[1][0]
    want = {"arterial_pressure": 100.1, "cardiac_output": 5.36, "heart_rate": 70.9, "resistance_splanchnic": 3.31 / 3.307,
            "resistance_extrasplanchnic": 1.406 / 1.407}  # fmt: skip
    for name, value in want.items():
        assert rest[name][0] == pytest.approx(value, rel=0.02), name


@pytest.mark.parametrize(
    ("ml", "pressure", "flow", "rate"), [(530, 90.4, 4.55, 77), (1060, 76.0, 3.4, 86), (1590, 54.7, 2.28, 100.7)]
)
def test_bleeding(bleeding, ml, pressure, flow, rate):
    """A smaller loss of filling pressure by 1.7 % of compliance is 3 % of the fall; the flow has 6 % of rest."""
    found = bleeding[1][ml]
    assert found["arterial_pressure"][0] == pytest.approx(pressure, abs=0.03 * (100.1 - pressure) + 1.0)
    assert found["cardiac_output"][0] == pytest.approx(flow, abs=0.06 * 5.36)
    assert found["heart_rate"][0] == pytest.approx(rate, rel=0.02)


def test_blood_is_neither_made_nor_lost(bleeding):
    start = 5300.0 + 5.0 * EXTRA_ML_PER_MMHG
    for row, ml in enumerate(BLEEDS):
        volume = bleeding[0].recorded["blood_volume"][row]
        assert np.abs(volume[: round(199 / 0.02)] / start - 1.0).max() < 1e-9
        assert volume[-1] == pytest.approx(start - ml, rel=1e-9)
