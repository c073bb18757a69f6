"""S2008 against the public reference implementation, and against theory.

The reference files hold trajectories of simglucose 0.2.11 (dopri5, rtol 1e-6): the patient
alone, meals eaten at 5 g/min, constant basal insulin (A) or a bolus of meal / CR too (B).
"""

import csv

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.physiology.glucose.minutes import Accounted, day, held, pulse, reference, smooth
from twinbed.core.scenario import Event, Scenario, Series
from twinbed.engine.batch import simulate, stack
from twinbed.engine.bed import Bed
from twinbed.physiology.glucose import TwoCompartment
from twinbed.physiology.glucose.uva_padova import UvaPadova

MEALS = ((7, 45.0), (12, 70.0), (16, 15.0), (18, 80.0), (23, 10.0))
COLUMNS = {
    "body_weight": "BW", "gb": "Gb", "ib": "Ib", "egpb": "EGPb", "kabs": "kabs", "kmax": "kmax",
    "kmin": "kmin", "b": "b", "d": "d", "f": "f", "vg": "Vg", "vi": "Vi", "vmx": "Vmx", "km0": "Km0",
    "k1": "k1", "k2": "k2", "p2u": "p2u", "m1": "m1", "heb": "HEb", "ki": "ki", "kp2": "kp2",
    "kp3": "kp3", "fsnc": "Fsnc", "ke1": "ke1", "ke2": "ke2", "ksc": "ksc",
}  # fmt: skip


def _rows(file):
    with file.open() as f:
        return list(csv.DictReader(f))


@pytest.fixture(scope="module")
def folder(data):
    return data / "simglucose_params"


@pytest.fixture(scope="module")
def table(folder):
    return {row["Name"]: row for row in _rows(folder / "vpatient_params.csv")}


def _patient(row):
    """A public subject; clearance from m4: the listed CL of adult#004 is not the one of its m2 and m4."""
    clearance = float(row["m4"]) * float(row["Vi"]) * float(row["BW"]) / 0.4
    depot = TwoCompartment(kd=float(row["kd"]), ka1=float(row["ka1"]), ka2=float(row["ka2"]))
    numbers = {name: float(row[column]) for name, column in COLUMNS.items()}
    return UvaPadova(**numbers, cl=clearance, subcutaneous=depot)


def _scenario(patient, ratio):
    """Meals at 5 g/min; a bolus in the first minute of each if a ratio is given."""
    insulin = np.full(1440, float(patient.basal_rate()))
    for hour, grams in MEALS:
        insulin[60 * hour] += grams / ratio * 60.0 if ratio else 0.0
    meals = tuple(Event("carbohydrate", hour * 3600.0, grams / 5 * 60.0, grams) for hour, grams in MEALS)
    return Scenario(meals, {"insulin_rate": Series(60.0, insulin)})


@pytest.fixture(scope="module", params=[4, 1], ids=["quarter-minute", "minute"])
def trajectories(request, folder, table):
    """Substeps and, for every patient and scenario, interstitial glucose every 3 min."""
    hourly = _rows(folder / "simglucose_reference_30patients_hourly.csv")
    extra = ("adult#001", "adolescent#001", "child#001")
    cases = [(row["patient"], "B", float(row["CR_g_per_U"])) for row in hourly] + [(n, "A", 0.0) for n in extra]
    patients = [_patient(table[name]) for name, _, _ in cases]
    run = simulate(
        stack([Bed(p) for p in patients]),
        [_scenario(p, ratio) for p, (_, _, ratio) in zip(patients, cases, strict=True)],
        duration_s=86400,
        seed=0,
        record=("interstitial_glucose",),
        record_period_s=180.0,
        substeps=request.param,
    )
    glucose = run.recorded["interstitial_glucose"]
    return request.param, {(n, s): g for (n, s, _), g in zip(cases, glucose, strict=True)}


def test_three_subjects_follow_the_reference(trajectories, folder):
    substeps, glucose = trajectories
    tolerance = {4: 1e-3, 1: 0.05}[substeps]  # measured 3e-4 and 0.042, worst for the child
    rows = _rows(folder / "simglucose_reference.csv")
    for name in ("adult#001", "adolescent#001", "child#001"):
        for letter in "AB":
            want = [float(r["Gsub_mgdl"]) for r in rows if r["patient"] == name and r["scenario"][0] == letter]
            np.testing.assert_allclose(glucose[name, letter], want[:480], rtol=0, atol=tolerance)


def test_thirty_subjects_follow_the_reference_hourly(trajectories, folder):
    substeps, glucose = trajectories
    tolerance = {4: 1e-3, 1: 0.05}[substeps]
    rows = _rows(folder / "simglucose_reference_30patients_hourly.csv")
    assert len(rows) == 30
    for row in rows:
        want = [float(row[f"G_{hour:02d}h"]) for hour in range(24)]
        np.testing.assert_allclose(glucose[row["patient"], "B"][::20], want, rtol=0, atol=tolerance)


def test_derived_parameters_are_those_of_the_public_table(table):
    columns = {
        "gpb": "Gpb", "gtb": "Gtb", "ipb": "Ipb", "ilb": "Ilb", "m2": "m2", "m30": "m30", "kp1": "kp1",
        "vm0": "Vm0", "u2ss": "u2ss",
    }  # fmt: skip
    for name, row in table.items():
        derived = _patient(row).derived()
        for field, column in columns.items():
            np.testing.assert_allclose(getattr(derived, field), float(row[column]), rtol=1e-8, err_msg=name)


def test_neutral_parts_add_no_state():
    """Thirteen states of S2008, and the size and presence of a meal."""
    assert len(jax.tree.leaves(UvaPadova().initial())) == 15


@pytest.fixture(scope="module")
def disturbed():
    """A patient in the middle of a meal, away from every threshold."""
    model = UvaPadova(gb=100.0)
    x = model.initial()
    where = lambda s: (s.q_sto1, s.q_sto2, s.q_gut, s.meal_size, s.depot.isc1)
    moved = tuple(map(jnp.asarray, (1e4, 1e4, 1e3, 3e4, 150.0)))
    return model, eqx.tree_at(where, x, moved), model.resting()


@pytest.mark.long
def test_order_of_convergence_is_four(disturbed):
    """Theory of the classical Runge-Kutta method on a smooth problem."""
    model, x, u = disturbed
    glucose = lambda n: float(smooth(model, x, u, 32.0, n).gp)
    exact = glucose(4096)
    steps = np.array([16, 32, 64, 128])
    errors = np.array([abs(glucose(n) - exact) for n in steps])
    order = -np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert order == pytest.approx(4.0, abs=0.2)


def test_an_independent_solver_agrees(disturbed):
    """SciPy's DOP853 (tolerance 1e-10) over two hours."""
    model, x, u = disturbed
    got = smooth(model, x, u, 120.0, 1200)
    want = reference(model, x, u, 120.0)
    for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-7)


@pytest.mark.long
def test_carbohydrate_and_insulin_balance():
    """What was taken in is in the body, absorbed or degraded."""
    model = UvaPadova()
    r = model.derived()

    def flux(x, u):
        return {
            "eaten": model.mg_per_g * u.carbohydrate,
            "absorbed": model.kabs * x.q_gut,
            "infused": u.insulin_rate * model.pmol_per_iu / model.min_per_h / model.body_weight,
            "degraded": r.m4 * x.ip + r.m30 * x.il,
        }

    ledger = Accounted(model, flux)
    u = held(model, 480, carbohydrate=pulse(480, at=30, lasting=12, amount=60.0))
    u = eqx.tree_at(lambda v: v.insulin_rate, u, u.insulin_rate + pulse(480, at=30, amount=360.0))
    x = jax.tree.map(lambda a: a[-1], day(ledger, ledger.initial(), u)[0])
    start, end, flowed = model.initial(), x.inner, x.flowed
    stomach = lambda s: s.q_sto1 + s.q_sto2 + s.q_gut
    insulin = lambda s: s.depot.isc1 + s.depot.isc2 + s.ip + s.il
    np.testing.assert_allclose(flowed["eaten"], 60e3, rtol=1e-12)
    np.testing.assert_allclose(stomach(end) + flowed["absorbed"], flowed["eaten"], rtol=1e-12)
    np.testing.assert_allclose(insulin(end) - insulin(start), flowed["infused"] - flowed["degraded"], rtol=0, atol=1e-9)


def test_more_insulin_less_glucose_and_more_carbohydrate_more_glucose():
    model = UvaPadova()
    doses = jnp.asarray([0.0, 1.0, 3.0, 6.0, 10.0])
    grams = jnp.asarray([10.0, 30.0, 60.0, 90.0])
    bolus = lambda units: held(model, 480, insulin_rate=model.basal_rate() + pulse(480, at=5, amount=60.0 * units))
    meal = lambda g: held(model, 480, carbohydrate=pulse(480, at=5, lasting=10, amount=g))
    low = [float(day(model, model.initial(), bolus(d))[1].plasma_glucose.min()) for d in doses]
    high = [float(day(model, model.initial(), meal(g))[1].plasma_glucose.max()) for g in grams]
    assert np.all(np.diff(low) < -1.0)
    assert np.all(np.diff(high) > 10.0)


def test_a_meal_begins_when_eating_restarts():
    """Size of a meal: what the stomach holds at its begin, and what was eaten since."""
    model = UvaPadova()
    u = held(model, 480, carbohydrate=pulse(480, at=10, lasting=5, amount=50.0) + pulse(480, at=60, amount=20.0))
    x, _ = day(model, model.initial(), u)
    stomach = x.q_sto1 + x.q_sto2
    np.testing.assert_allclose(x.meal_size[[9, 10, 14, 59]], [0.0, 10e3, 50e3, 50e3], rtol=1e-12)
    np.testing.assert_allclose(x.meal_size[60], stomach[59] + 20e3, rtol=1e-12)
    assert float(x.eating[60]) == 1.0
    assert float(x.eating[61]) == 0.0
