"""How fast a whole acute patient runs: one, and a cohort of ten thousand, beside AnaSim.

The patient: a man of 40 years, 70 kg and 170 cm with all organs and the waveforms of a monitor, who loses blood at
250 mL a minute and gets 100 ug of phenylephrine. AnaSim runs the same scenario in its own steps of 10 ms, in
this script, on one thread. Ours are native code in 32 bits (and in 64 bits); compiling is reported apart, since it is
kept. What is counted is simulated seconds of one patient for each second of processor time.

Pulse cannot be installed by pip. The number printed for it, 15 simulated seconds for each CPU-second, was measured once
by us with Pulse 4.x on a comparable machine, at rest, not in this run; so the ratio with it is rough. AnaSim made 31 on
that machine: the second ratio with Pulse is with what it would make where AnaSim makes what it makes in this run.

Run: `python benchmarks/physiology_speed.py [--json] [--patients N] [--seconds S]`. AnaSim is looked for in
`out/bench-peers` (`make bench` puts it there).
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import argparse
import json
import pathlib
import platform
import resource
import subprocess
import sys
import time

import jax.numpy as jnp
import numpy as np

from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import as_precision, repeat, simulate
from twinbed.engine.bed import Bed
from twinbed.engine.native.execute import on_threads
from twinbed.physiology.whole_body import Person, adult

PEERS = pathlib.Path("out/bench-peers")
PULSE, ANASIM_BESIDE_PULSE = 15.0, 31.0
"""Simulated seconds for each CPU-second of both, on one machine that is not this one."""
RECORDED = ("arterial_pressure", "ecg_ii", "ppg_infrared", "airway_carbon_dioxide", "arterial_saturation", "heart_rate")

PEER = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
from anasim.core.engine import SimulationEngine
from anasim.core.state import SimulationConfig
from anasim.patient.patient import Patient
seconds = float(sys.argv[1])
engine = SimulationEngine(Patient(age=40, weight=70, height=170, sex="Male"), SimulationConfig(dt=0.01))
engine.start()
for _ in range(200):
    engine.step(0.01)
began = time.process_time()
engine.start_hemorrhage(250.0)
engine.give_drug_bolus("Phenylephrine", 100.0)
for _ in range(round(seconds / 0.01)):
    engine.step(0.01)
used = time.process_time() - began
state = engine.get_latest_state()
print(json.dumps({"cpu_s": used, "map": state.map, "hr": state.hr}))
"""


def anasim(seconds: float) -> dict | None:
    """What AnaSim needs, or None where it is not installed."""
    env = {**os.environ, "PYTHONPATH": str(PEERS.resolve())}
    done = subprocess.run(
        [sys.executable, "-c", PEER, str(seconds)], capture_output=True, text=True, env=env, check=False
    )
    if done.returncode:
        print(f"AnaSim did not run: {done.stderr.strip().splitlines()[-1:]}; try `make bench`", file=sys.stderr)
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def processor_s() -> float:
    """Processor time of this process and the compilers it started."""
    return sum(
        resource.getrusage(w).ru_utime + resource.getrusage(w).ru_stime
        for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )


def ours(patients: int, seconds: float, dtype: type) -> dict:
    """Simulated seconds of one patient for a second of processor time; and what the first run costs on top."""
    beds = as_precision(repeat(Bed(adult(Person(age=40, weight_kg=70, height_cm=170))), patients), dtype)
    scenario = Scenario(
        (Event("blood_loss", 2.0, seconds, 250.0 * seconds / 60.0), Event("phenylephrine_rate", 2.0, 0.0, 0.1))
    )
    run = lambda lasts: simulate(
        beds, scenario, duration_s=lasts, seed=1, record=RECORDED[: 6 if patients == 1 else 1],
        record_period_s=0.02 if patients == 1 else 10.0, backend="native",
    )  # fmt: skip
    with on_threads(1):
        began = processor_s()
        run(10.0)
        first = processor_s() - began
        began = processor_s()
        run(10.0)
        short = processor_s() - began
        run(10.0 + seconds)  # the longer run may be compiled anew, which is not to be timed
        began = processor_s()
        result = run(10.0 + seconds)
        long = processor_s() - began
    return {
        "patients": patients, "precision": np.dtype(dtype).name, "first_run_s": first, "run_s": long,
        "per_cpu_s": patients * (10.0 + seconds) / long, "marginal_per_cpu_s": patients * seconds / max(long - short, 1e-9),
        "all_sound": bool(result.ok.all()), "map": float(result.recorded["arterial_pressure"][:, -1].mean()),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--patients", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    args = parser.parse_args()
    load = os.getloadavg()[0]
    began = time.time()
    peer = anasim(args.seconds)
    rows = {
        "one": ours(1, args.seconds, jnp.float64),
        "cohort_64": ours(min(args.patients, 1024), args.seconds, jnp.float64),
        "cohort": ours(args.patients, args.seconds, jnp.float32),
    }
    report = {
        "machine": platform.processor() or platform.machine(), "load": load, "wall_s": time.time() - began,
        "pulse_measured_once_per_cpu_s": PULSE, "ours": rows, "seconds": args.seconds,
        "anasim": None if peer is None else {**peer, "per_cpu_s": args.seconds / peer["cpu_s"]},
    }  # fmt: skip
    report["cohort_over_pulse"] = rows["cohort"]["per_cpu_s"] / PULSE
    if report["anasim"]:
        report["cohort_over_anasim"] = rows["cohort"]["per_cpu_s"] / report["anasim"]["per_cpu_s"]
        report["cohort_over_pulse_at_this_speed"] = report["cohort_over_anasim"] * ANASIM_BESIDE_PULSE / PULSE
        report["one_over_anasim"] = rows["one"]["per_cpu_s"] / report["anasim"]["per_cpu_s"]
    if args.json:
        print(json.dumps(report, indent=1))
        return
    for name, row in rows.items():
        print(
            f"{name:10s} {row['patients']:6d} patients {row['precision']:8s} {row['per_cpu_s']:10.0f} s/CPU-s   "
            f"first run {row['first_run_s']:.0f} s"
        )
    of_anasim = report["anasim"]["per_cpu_s"] if report["anasim"] else float("nan")
    print(f"AnaSim     {of_anasim:.1f} s/CPU-s, Pulse (measured once, elsewhere) {PULSE:.0f}; load {load:.1f}")
    print(
        f"cohort: {report.get('cohort_over_anasim', float('nan')):.0f} times AnaSim, {report['cohort_over_pulse']:.0f} times "
        f"Pulse, {report.get('cohort_over_pulse_at_this_speed', float('nan')):.0f} if this machine slows Pulse as it does AnaSim"
    )


if __name__ == "__main__":
    main()
