"""How fast the same closed loop runs as native code, under XLA and in simglucose.

The bed: an adult of S2008 (the public subjects, in turn), five meals a day, the noisy sensor of Breton
and Kovatchev, PID control and a pump, a command every five minutes, the body in Runge-Kutta steps
of one minute. simglucose runs the same subjects with its own noisy sensor, PID controller and pump.

All three run in this script, one after the other, on one thread. The accuracy is measured in the same run:
glucose of ten subjects against the same bodies in 64 bits in steps of a sixteenth of a minute, given the
insulin that the timed run delivered.

Run: `python benchmarks/native_speed.py [--json]`. simglucose is looked for in `out/bench-peers`
(`make bench` puts it there).
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import argparse
import csv
import json
import pathlib
import platform
import resource
import subprocess
import sys
import tempfile
import time

PEERS = pathlib.Path("out/bench-peers")
DAY_S = 86400.0
MEALS = ((7, 45), (12, 70), (16, 15), (18, 80), (23, 10))
GRAMS_PER_MIN = 5.0
LIMIT_MG_DL = 0.05
RECORDED = ("cgm", "basal_command", "insulin_rate", "plasma_glucose")
COLUMNS = {
    "body_weight": "BW", "gb": "Gb", "ib": "Ib", "egpb": "EGPb", "kabs": "kabs", "kmax": "kmax", "kmin": "kmin",
    "b": "b", "d": "d", "f": "f", "vg": "Vg", "vi": "Vi", "vmx": "Vmx", "km0": "Km0", "k1": "k1", "k2": "k2",
    "p2u": "p2u", "m1": "m1", "heb": "HEb", "ki": "ki", "kp2": "kp2", "kp3": "kp3", "fsnc": "Fsnc", "ke1": "ke1",
    "ke2": "ke2", "ksc": "ksc",
}  # fmt: skip

PEER = """
import sys, time, json, warnings, logging
warnings.filterwarnings("ignore"); logging.disable(logging.CRITICAL)
import matplotlib; matplotlib.use("Agg")
from datetime import datetime, timedelta
from simglucose.simulation.env import T1DSimEnv
from simglucose.controller.pid_ctrller import PIDController
from simglucose.sensor.cgm import CGMSensor
from simglucose.actuator.pump import InsulinPump
from simglucose.patient.t1dpatient import T1DPatient
from simglucose.simulation.scenario import CustomScenario
from simglucose.simulation.sim_engine import SimObj
start, meals, names = datetime(2024, 1, 1), json.loads(sys.argv[1]), json.loads(sys.argv[2])
def day(name):
    env = T1DSimEnv(T1DPatient.withName(name), CGMSensor.withName("Dexcom", seed=1),
                    InsulinPump.withName("Insulet"), CustomScenario(start_time=start, scenario=meals))
    SimObj(env, PIDController(P=0.001, I=0.00001, D=0.001, target=140), timedelta(days=1), animate=False,
           path=sys.argv[3]).simulate()
wall, cpu = time.perf_counter(), time.process_time()
for name in names:
    day(name)
print(json.dumps({"patient_days": len(names), "cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}))
"""

import jax
import jax.numpy as jnp
import numpy as np

import twinbed as tb
from twinbed.core.model import AbstractModel
from twinbed.core.scenario import Series
from twinbed.engine.batch import as_precision, stack
from twinbed.engine.native.execute import on_threads


def subjects() -> dict[str, dict[str, str]]:
    """The public adults, from the peer's own table. Exits if the peer is not there."""
    file = PEERS / "simglucose" / "params" / "vpatient_params.csv"
    if not file.exists():
        raise SystemExit(f"{file} is not there: make bench installs the peer")
    with file.open() as f:
        return {row["Name"]: row for row in csv.DictReader(f) if row["Name"].startswith("adult")}


def body(row: dict[str, str]) -> AbstractModel:
    """A public subject as a model; clearance from m4, which the table rounds less."""
    uva = tb.load("physiology/glucose/uva_padova")
    from twinbed.physiology.glucose import TwoCompartment

    clearance = float(row["m4"]) * float(row["Vi"]) * float(row["BW"]) / 0.4
    depot = TwoCompartment(kd=float(row["kd"]), ka1=float(row["ka1"]), ka2=float(row["ka2"]))
    return uva(**{n: float(row[c]) for n, c in COLUMNS.items()}, cl=clearance, subcutaneous=depot)


def cohort(patients: int, dtype: type) -> tb.Bed:
    """The subjects in turn, each with sensor, controller and pump."""
    bodies = stack([body(row) for row in subjects().values()])
    many = jax.tree.map(lambda a: jnp.asarray(np.resize(np.asarray(a), patients)), bodies)
    basal = jax.vmap(lambda b: b.resting().insulin_rate)(many)
    sensor, pid, pump = (
        tb.load(f"devices/{name}") for name in ("sensing/cgm_breton2008", "software/pid", "delivery/insulin_pump")
    )
    devices = {
        "sensor": jax.vmap(lambda _: sensor())(basal),
        "pid": jax.vmap(lambda r: pid(basal_rate=r, total_daily_insulin=48.0 * r))(basal),
        "pump": jax.vmap(lambda r: pump(basal_rate=r, period_s=300.0))(basal),
    }
    return as_precision(tb.Bed(many, devices), dtype)


def scenario(days: int) -> tb.Scenario:
    """The meals of everyone."""
    return tb.Scenario(tuple(
        tb.Event("carbohydrate", d * DAY_S + h * 3600.0, g / GRAMS_PER_MIN * 60.0, float(g))
        for d in range(days) for h, g in MEALS
    ))  # fmt: skip


def simglucose(names: list[str]) -> dict:
    """Times simglucose in a process of its own."""
    env = {**os.environ, "PYTHONPATH": str(PEERS.resolve())}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", PEER, json.dumps(MEALS), json.dumps(names), folder],
            env=env, capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"simglucose did not run (make bench installs it):\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def timed(backend: str, patients: int, days: int, dtype: type, record: tuple[str, ...] = (), repeats: int = 3) -> dict:
    """Compiles, then times the best of some runs."""
    bed, meals = cohort(patients, dtype), scenario(days)
    run = lambda seed: tb.simulate(bed, meals, duration_s=days * DAY_S, seed=seed, record=record, backend=backend)
    with on_threads(1):
        wall = time.perf_counter()
        run(0)
        first = time.perf_counter() - wall
        best = {"cpu_s": float("inf"), "wall_s": float("inf")}
        for seed in range(1, repeats + 1):
            wall, cpu = time.perf_counter(), time.process_time()
            result = run(seed)
            spent = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
            best = min(best, spent, key=lambda s: s["cpu_s"])
    return {
        "patient_days": patients * days, "patients": patients, "days": days, **best,
        "compile_wall_s": first - best["wall_s"], "precision": np.dtype(dtype).name, "sound": int(result.ok.sum()),
    }  # fmt: skip


def largest_error(backend: str, dtype: type, days: int = 2) -> float:
    """Largest difference of tissue glucose from the same bodies in fine steps and 64 bits, mg/dL."""
    n = len(subjects())
    signals = ("interstitial_glucose", "insulin_rate")
    result = tb.simulate(
        cohort(n, dtype), scenario(days), duration_s=days * DAY_S, seed=1, record=signals, backend=backend
    )
    delivered = np.asarray(result.recorded["insulin_rate"], float)
    fine = tb.simulate(
        stack([tb.Bed(body(row)) for row in subjects().values()]),
        [tb.Scenario(scenario(days).events, {"insulin_rate": Series(300.0, d)}) for d in delivered],
        duration_s=days * DAY_S, seed=0, record=signals[:1], substeps=16, backend="xla",
    )  # fmt: skip
    return float(np.abs(result.recorded[signals[0]] - fine.recorded[signals[0]]).max())


def memory_mb() -> float:
    """Most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def alone(backend: str, patients: int, days: int, record: int) -> dict:
    """A run in a process of its own, so that its memory is its own."""
    asked = ["--cell", json.dumps([backend, patients, days, record])]
    done = subprocess.run([sys.executable, __file__, *asked], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def cell(backend: str, patients: int, days: int, record: int) -> dict:
    """One row of the second table."""
    before = memory_mb()
    found = timed(backend, patients, days, np.float32, RECORDED[:record], repeats=1)
    return {**found, "recorded": record, "memory_mb": memory_mb(), "memory_before_mb": before}


def second_table(largest: int) -> list[dict]:
    """Cost against patients, days and recorded signals."""
    cells = [(n, 1, 0) for n in (1, 10, 100, 1000, 10_000, 100_000, 1_000_000) if n <= largest]
    cells += [(1000, d, 0) for d in (7, 28, 112)] + [(1000, 7, r) for r in (1, 2, 4)]
    rows = []
    for number, (n, days, record) in enumerate(cells, 1):
        say(f"  {number} of {len(cells)}: {n} patients, {days} days, {record} signals")
        rows.append(alone("native", n, days, record))
    return rows


def first_table(peers: list[str], patients: int, days: int) -> dict[str, dict]:
    """Speed and accuracy of each engine."""
    say("simglucose ...")
    found = {"simglucose": simglucose(peers)}
    for name, backend, dtype in (
        ("native", "native", np.float32), ("native_float64", "native", np.float64),
        ("xla", "xla", np.float32), ("xla_float64", "xla", np.float64),
    ):  # fmt: skip
        say(f"{name} ...")
        found[name] = timed(backend, patients if backend == "native" else max(patients // 8, 1), days, dtype)
        found[name]["largest_error_mg_dl"] = largest_error(backend, dtype)
    for row in found.values():
        for clock in ("cpu", "wall"):
            row[f"patient_days_per_{clock}_s"] = row["patient_days"] / row[f"{clock}_s"]
    return found


def against_targets(found: dict[str, dict]) -> dict[str, list[float]]:
    """What was measured and what is wanted."""
    speed = {name: row["patient_days_per_cpu_s"] for name, row in found.items()}
    return {
        "native_patient_days_per_cpu_s": [speed["native"], 60_000],
        "native_over_xla": [speed["native"] / speed["xla"], 10],
        "native_over_simglucose": [speed["native"] / speed["simglucose"], 400_000],
        "largest_error_mg_dl": [found["native"]["largest_error_mg_dl"], LIMIT_MG_DL],
    }


def show(found: dict[str, dict], targets: dict[str, list[float]], scaling: list[dict], machine: dict) -> None:
    """Prints the tables."""
    print(f"{'':16}{'per CPU-s':>12}{'per wall-s':>12}{'compiling s':>13}{'error mg/dL':>13}   patient-days")
    for name, row in found.items():
        print(f"{name:16}{row['patient_days_per_cpu_s']:12.4g}{row['patient_days_per_wall_s']:12.4g}"
              f"{row.get('compile_wall_s', 0):13.1f}{row.get('largest_error_mg_dl', float('nan')):13.3f}"
              f"   {row['patient_days']}")  # fmt: skip
    for name, (got, wanted) in targets.items():
        reached = got <= wanted if "error" in name else got >= wanted
        print(f"{name}: {got:.4g}, target {wanted:g}: {'reached' if reached else 'missed'}")
    if scaling:
        print(f"\n{'patients':>10}{'days':>6}{'signals':>9}{'CPU-s':>9}{'per CPU-s':>12}{'memory MB':>11}")
    for row in scaling:
        per_cpu = row["patient_days"] / max(row["cpu_s"], 1e-9)
        print(f"{row['patients']:10}{row['days']:6}{row['recorded']:9}{row['cpu_s']:9.3f}{per_cpu:12.4g}"
              f"{row['memory_mb'] - row['memory_before_mb']:11.0f}")  # fmt: skip
    print(f"\n{machine['processor']}, {machine['processors']} processors, load {machine['load']}, "
          f"Python {machine['python']}, JAX {machine['jax']}")  # fmt: skip


def say(text: str) -> None:
    """Progress, beside the output."""
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Runs everything and prints two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON only")
    parser.add_argument("--patients", type=int, default=4096)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--peer", default="adult#001,adult#002,adult#003", help="simglucose patients, a day each")
    parser.add_argument(
        "--largest", type=int, default=1_000_000, help="largest cohort of the second table; 0: no table"
    )
    parser.add_argument("--cell", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.cell:
        print(json.dumps(cell(*json.loads(asked.cell))))
        return
    found = first_table(asked.peer.split(","), asked.patients, asked.days)
    targets = against_targets(found)
    scaling = second_table(asked.largest) if asked.largest else []
    machine = {"python": platform.python_version(), "jax": jax.__version__, "processors": os.cpu_count(),
               "load": os.getloadavg(), "processor": processor()}  # fmt: skip
    if asked.json:
        print(json.dumps({**found, "targets": targets, "scaling": scaling, "machine": machine}))
        return
    show(found, targets, scaling, machine)


def processor() -> str:
    """What the machine says of itself."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")


if __name__ == "__main__":
    main()
