"""A million patients for 52 weeks: how long this machine would take, or, with `--full`, takes.

The bed of `native_speed.py` (S2008, five meals a day, noisy sensor, PID, pump) with time in range as its
endpoint, in 32 bits, on all processors, shard by shard as a study runs it. By default one shard is run
and extrapolated. Published: 82 minutes on a cluster for as many patients and weeks (another model
and controller, so the times stand beside each other and are not a race).

Run: `python benchmarks/million.py [--full] [--json]`.
"""

import argparse
import json
import os
import sys
import time

import numpy as np
from native_speed import DAY_S, cohort, memory_mb, processor, scenario

import twinbed as tb
from twinbed.engine.batch import as_precision, repeat

PATIENTS, WEEKS, CLUSTER_MIN = 1_000_000, 52, 82


def shard(first: int, patients: int, days: int) -> dict:
    """Runs a shard: its wall and processor time, time in range and who was left out."""
    endpoint = tb.load("studies/endpoints/glucose_control")()
    bed = cohort(patients, np.float32)
    bed = tb.Bed(bed.models, bed.devices, endpoints={"glucose": as_precision(repeat(endpoint, patients), np.float32)})
    wall, cpu = time.perf_counter(), time.process_time()
    result = tb.simulate(
        bed, scenario(days), duration_s=days * DAY_S, seed=52, first_patient=first, backend="native"
    )  # fmt: skip
    spent = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    in_range = result.endpoints["glucose"]["time_in_range"][result.ok]
    return {**spent, "patients": patients, "in_range": float(in_range.mean()), "left_out": int((~result.ok).sum())}


def main() -> None:
    """Runs a slice, or all, and prints the time beside the published one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="run all million patients (hours)")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    parser.add_argument("--shard", type=int, default=4096, help="patients in a shard")
    asked = parser.parse_args()
    days = 7 * WEEKS
    shard(0, 64, days)  # compiles
    count = -(-PATIENTS // asked.shard) if asked.full else 1
    shards = []
    for k in range(count):
        first = k * asked.shard
        shards.append(shard(first, min(asked.shard, PATIENTS - first), days))
        spent = sum(s["wall_s"] for s in shards)
        print(f"  shard {k + 1} of {count}: {spent / 60:.1f} min", file=sys.stderr, flush=True)
    patients, wall_s = sum(s["patients"] for s in shards), sum(s["wall_s"] for s in shards)
    found = {
        "patients": patients,
        "days": days,
        "wall_s": wall_s,
        "cpu_s": sum(s["cpu_s"] for s in shards),
        "million_minutes": wall_s / 60 * PATIENTS / patients,
        "extrapolated": not asked.full,
        "cluster_minutes": CLUSTER_MIN,
        "patient_days_per_wall_s": patients * days / wall_s,
        "patient_days_per_cpu_s": patients * days / sum(s["cpu_s"] for s in shards),
        "time_in_range": sum(s["in_range"] * s["patients"] for s in shards) / patients,
        "left_out": sum(s["left_out"] for s in shards),
        "memory_mb": memory_mb(),
        "processor": processor(),
        "processors": os.cpu_count(),
        "load": os.getloadavg(),
    }
    if asked.json:
        print(json.dumps(found))
        return
    print(f"{patients} patients, {days} days: {wall_s:.1f} s on {found['processors']} processors "
          f"({found['patient_days_per_wall_s']:.0f} patient-days a second, {found['memory_mb']:.0f} MB)")  # fmt: skip
    print(f"a million patients: {found['million_minutes']:.0f} min"
          f"{' (extrapolated)' if found['extrapolated'] else ''}; published, on a cluster: {CLUSTER_MIN} min")  # fmt: skip
    print(f"time in range {found['time_in_range']:.1f} %, {found['left_out']} left out; "
          f"{found['processor']}, load {found['load']}")  # fmt: skip


if __name__ == "__main__":
    main()
