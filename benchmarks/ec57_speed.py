"""How long the comparators of EC57 take for the 48 records of MIT-BIH: processor time, reading apart.

Aim: below 5 s for beats, runs and episodes of all records. There is no peer in Python to run beside.

Run: `python benchmarks/ec57_speed.py [--json]`, with the recordings where `TWINBED_DATA` says.
"""

import argparse
import json
import os
import pathlib
import sys
import tarfile
import tempfile
import time

from twinbed.bench.ec57 import compare_beats, compare_episodes, compare_runs
from twinbed.connect.data import data_root
from twinbed.connect.wfdb import read_annotations


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    root = data_root()
    if root is None:
        print("no recordings: set TWINBED_DATA to their folder", file=sys.stderr)
        return 1
    heads = sorted((root / "mitdb").glob("*.hea"))
    load, began = os.getloadavg()[0], time.process_time()
    with tempfile.TemporaryDirectory() as made:
        with tarfile.open(root / "golden_ec57" / "test_annotations_syn.tar.xz") as archive:
            archive.extractall(made, filter="data")
        test = [read_annotations(pathlib.Path(made) / f"{h.stem}.syn", header=h) for h in heads]
    reference = [read_annotations(h.with_suffix(".atr"), header=h) for h in heads]
    read_s, began = time.process_time() - began, time.process_time()
    for one, other in zip(reference, test, strict=True):
        compare_beats(one, other)
        for kind in ("VE", "SVE"):
            compare_runs(one, other, kind)
        for kind in ("AF", "VF"):
            compare_episodes(one, other, kind)
    compared_s = time.process_time() - began
    report = {"records": len(heads), "load": load, "read_s": read_s, "compared_s": compared_s, "aim_s": 5.0}
    if args.json:
        print(json.dumps(report, indent=1))
    else:
        print(f"{len(heads)} records compared in {compared_s:.2f} s (aim 5), read in {read_s:.2f} s; load {load:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
