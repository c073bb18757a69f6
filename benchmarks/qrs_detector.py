"""How the QRS detector's networks are made, and how it does beside other detectors on the half that it was not made on.

Trains on the first leads of half of MIT-BIH (de Chazal's first set, and two of the four records of paced beats),
then counts errors by EC57 on both halves. With `--write` the weights that ship are replaced. Needs scikit-learn, and
the recordings where `TWINBED_DATA` says. The golden counts of gqrs are read from the recordings' folder.

Run: `python benchmarks/qrs_detector.py [--write] [--json]`
"""

import argparse
import json
import pathlib
import sys

import numpy as np

from twinbed.bench.ec57 import classes, compare_beats, totals
from twinbed.bench.ecg import detect_qrs, detect_qrs_online, qrs
from twinbed.bench.ecg._signal import FREQUENCY_HZ
from twinbed.connect.data import data_root
from twinbed.connect.wfdb import read_annotations, read_waves
from twinbed.core.annotations import Annotations

MADE_ON = "101 106 108 109 112 114 115 116 118 119 122 124 201 203 205 207 208 209 215 220 223 230 102 104".split()
UNSEEN = "100 103 105 111 113 117 121 123 200 202 210 212 213 214 219 221 222 228 231 232 233 234 107 217".split()
UNITS, NETWORKS, DECAY, ROUNDS = 16, 3, 0.01, 40
NEAR_S = 0.12


def labelled(ecg, reference):
    """Features of candidates, and which are beats; candidates in ventricular flutter are left out."""
    place, features, _ = qrs.candidates(ecg)
    beats = reference.sample[classes(reference) >= 0]
    is_beat, counted = np.zeros(len(place), bool), np.ones(len(place), bool)
    for beat in beats:
        near = np.flatnonzero(np.abs(place - beat) < NEAR_S * FREQUENCY_HZ)
        if len(near):
            is_beat[near[np.abs(place[near] - beat).argmin()]] = True
    for start, end in zip(
        reference.sample[reference.symbol == "["], reference.sample[reference.symbol == "]"], strict=True
    ):
        counted &= (place < start) | (place > end)
    return features[counted], is_beat[counted]


def trained(folder):
    """Weights of the networks by name."""
    from sklearn.neural_network import MLPClassifier

    rows = [labelled(read_waves(folder / r).samples[:, 0], read_annotations(folder / f"{r}.atr")) for r in MADE_ON]
    x, y = np.concatenate([r[0] for r in rows]), np.concatenate([r[1] for r in rows])
    mean, scale = x.mean(axis=0), x.std(axis=0)
    made = [
        MLPClassifier((UNITS,), alpha=DECAY, max_iter=ROUNDS, random_state=k).fit((x - mean) / scale, y)
        for k in range(NETWORKS)
    ]
    return {
        "mean": mean, "scale": scale,
        "hidden": np.stack([m.coefs_[0] for m in made]), "hidden_bias": np.stack([m.intercepts_[0] for m in made]),
        "out": np.stack([m.coefs_[1][:, 0] for m in made]), "out_bias": np.array([m.intercepts_[1][0] for m in made]),
    }  # fmt: skip


def errors(folder, records, detect):
    """Missed beats, false detections and beats by EC57."""
    tables = []
    for record in records:
        reference = read_annotations(folder / f"{record}.atr")
        found = [(int(k), "N") for k in detect(read_waves(folder / record).samples[:, 0])]
        tables.append(compare_beats(reference, Annotations.of(found, 360.0, reference.length)))
    gross = totals(tables).gross
    se, pp = gross.qrs_sensitivity, gross.qrs_positive_predictivity
    return int(se.whole - se.part), int(pp.whole - pp.part), gross.beats()


def golden(root, records):
    """The same of gqrs, from the lines of the reference comparator."""
    missed = false = beats = 0
    for line in (root / "golden_ec57" / "detector_gqrs.bxb_l.out").read_text().splitlines():
        words = line.split()
        if words and words[0] in records:
            n, v, f, extra, _, _, _, _, lost_n, lost_v, lost_f = map(int, words[1:12])
            missed, false = missed + lost_n + lost_v + lost_f, false + extra
            beats += n + v + f + lost_n + lost_v + lost_f
    return missed, false, beats


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    root = data_root()
    if root is None:
        print("no recordings: set TWINBED_DATA to their folder", file=sys.stderr)
        return 1
    folder = root / "mitdb"
    if args.write:
        np.savez(pathlib.Path(qrs.__file__).with_name("qrs_weights.npz"), **trained(folder))
    out = {}
    for half, records in (("made on", MADE_ON), ("unseen", UNSEEN)):
        out[half] = {
            "offline": errors(folder, records, lambda ecg: detect_qrs(ecg, 360.0)),
            "online": errors(folder, records, lambda ecg: detect_qrs_online(ecg, 360.0)[0]),
            "gqrs": golden(root, records),
        }
    if args.json:
        print(json.dumps(out, indent=1))
        return 0
    for half, rows in out.items():
        for name, (missed, false, beats) in rows.items():
            print(
                f"{half:8} {name:8} {missed:5} missed {false:5} false of {beats}: {100 * (missed + false) / beats:.2f} %"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
