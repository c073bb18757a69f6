"""How many patient-days of closed-loop type-1 diabetes a CPU-second buys, beside simglucose.

Both run in this script, one after the other, on one thread: simglucose's adult#001 to #003
for a day (sensor, basal-bolus controller, pump), then a twinbed cohort for days (13-state
S2008, noisy sensor, PID with meal boluses, pump), compiled before it is timed. The same
accuracy class: Runge-Kutta at one minute, at most 0.05 mg/dL from the reference
trajectories (tests/physiology/glucose).

Run: `python benchmarks/glucose_speed.py [--json]`. simglucose is looked for in
`out/bench-peers` (`make bench` puts it there), else in the environment.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import argparse
import contextlib
import importlib.metadata
import io
import json
import pathlib
import platform
import subprocess
import sys
import time

PEERS = pathlib.Path("out/bench-peers")
DAY_S = 86400.0
MEALS = ((7, 45), (12, 70), (16, 15), (18, 80), (23, 10))

PEER = """
import sys, time, json, warnings, logging
warnings.filterwarnings("ignore"); logging.disable(logging.CRITICAL)
import matplotlib; matplotlib.use("Agg")
from datetime import datetime, timedelta
import numpy, pandas
from simglucose.simulation.env import T1DSimEnv
from simglucose.controller.basal_bolus_ctrller import BBController
from simglucose.sensor.cgm import CGMSensor
from simglucose.actuator.pump import InsulinPump
from simglucose.patient.t1dpatient import T1DPatient
from simglucose.simulation.scenario import CustomScenario
from simglucose.simulation.sim_engine import SimObj
start = datetime(2024, 1, 1)
meals = json.loads(sys.argv[1])
def day(name):
    env = T1DSimEnv(T1DPatient.withName(name), CGMSensor.withName("Dexcom", seed=1),
                    InsulinPump.withName("Insulet"), CustomScenario(start_time=start, scenario=meals))
    SimObj(env, BBController(), timedelta(days=1), animate=False, path="out").simulate()
names = sys.argv[2].split(",")
wall, cpu = time.perf_counter(), time.process_time()
for name in names:
    day(name)
print(json.dumps({"patient_days": len(names), "cpu_s": time.process_time() - cpu,
                  "wall_s": time.perf_counter() - wall, "numpy": numpy.__version__, "pandas": pandas.__version__}))
"""


def simglucose_speed(names: str) -> dict:
    """Times simglucose in a process of its own."""
    env = {**os.environ, "PYTHONPATH": str(PEERS.resolve())} if PEERS.is_dir() else dict(os.environ)
    done = subprocess.run(
        [sys.executable, "-c", PEER, json.dumps(MEALS), names],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"simglucose did not run (make bench installs it):\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def twinbed_speed(patients: int, days: int, precision: str) -> dict:
    """Times a cohort in the closed loop, compiled before."""
    import jax
    import jax.numpy as jnp

    import twinbed as tb
    from twinbed.engine.batch import as_precision, repeat, stack

    uva = tb.load("physiology/glucose/uva_padova")
    bodies = stack([uva(body_weight=60.0 + i % 40) for i in range(40)])
    bodies = jax.tree.map(lambda a: jnp.tile(a, (-(-patients // 40),))[:patients], bodies)
    basal = jax.vmap(lambda b: b.resting().insulin_rate)(bodies)
    pid, bolus = tb.load("devices/software/pid"), tb.load("devices/software/bolus_calculator")
    devices = {
        "cgm": repeat(tb.load("devices/sensing/cgm_vettoretti2019")(), patients),
        "pid": jax.vmap(lambda r: pid(basal_rate=r, total_daily_insulin=48.0 * r))(basal),
        "bolus": repeat(bolus(), patients),
        "pump": repeat(tb.load("devices/delivery/insulin_pump")(), patients),
    }
    beds = as_precision(tb.Bed(bodies, devices), getattr(jnp, precision))
    events = [
        tb.Event(signal, d * DAY_S + h * 3600.0, 900.0 if signal == "carbohydrate" else 0.0, float(g))
        for d in range(days) for h, g in MEALS for signal in ("carbohydrate", "carbohydrate_announced")
    ]  # fmt: skip
    run = lambda seed: tb.simulate(beds, tb.Scenario(tuple(events)), duration_s=days * DAY_S, seed=seed)
    wall = time.perf_counter()
    run(0)
    first = time.perf_counter() - wall
    wall, cpu = time.perf_counter(), time.process_time()
    result = run(1)
    found = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
    sound = int(result.ok.sum())
    return {"patient_days": patients * days, "patients": patients, "days": days, "sound": sound, **found,
            "first_run_wall_s": first, "precision": precision}  # fmt: skip


def main() -> None:
    """Runs both and prints the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON only")
    parser.add_argument("--patients", type=int, default=1000)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--peer", default="adult#001,adult#002,adult#003", help="simglucose patients")
    asked = parser.parse_args()
    found = {"simglucose": simglucose_speed(asked.peer)}
    for precision in ("float64", "float32"):
        with contextlib.redirect_stdout(io.StringIO()):
            found[f"twinbed_{precision}"] = twinbed_speed(asked.patients, asked.days, precision)
    for row in found.values():
        row["patient_days_per_cpu_s"] = row["patient_days"] / row["cpu_s"]
        row["patient_days_per_wall_s"] = row["patient_days"] / row["wall_s"]
    peer = found["simglucose"]["patient_days_per_cpu_s"]
    ratios = {k: row["patient_days_per_cpu_s"] / peer for k, row in found.items() if k != "simglucose"}
    machine = {"python": platform.python_version(), "jax": importlib.metadata.version("jax"),
               "load": os.getloadavg(), "processors": os.cpu_count()}  # fmt: skip
    quoted = {"mGIPsim, RK4, 1000 patients, no sensor or pump": 885, "ReplayBG kernel, open loop": 6000}
    if asked.json:
        print(json.dumps({**found, "ratio": ratios, "quoted_patient_days_per_cpu_s": quoted, "machine": machine}))
        return
    for name, row in found.items():
        print(f"{name:<18} {row['patient_days_per_cpu_s']:>10.3f} patient-days per CPU-second "
              f"({row['patient_days']} patient-days, {row['cpu_s']:.2f} CPU-s, {row['wall_s']:.2f} s)")  # fmt: skip
    for name, ratio in ratios.items():
        print(f"{name:<18} {ratio:>10.0f} times simglucose")
    for name, speed in quoted.items():
        print(f"{'quoted':<18} {speed:>10} {name}")
    print(f"load {machine['load']}, Python {machine['python']}, JAX {machine['jax']}")


if __name__ == "__main__":
    main()
