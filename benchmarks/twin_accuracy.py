"""The accuracy of twins of real people: next-day forecasts, in-sample fits, cheap baselines.

Run: `python benchmarks/twin_accuracy.py [--out DIR] [--json]`, with real recordings in
`TWINBED_DATA`. Prints the table of `twinbed fit`, then our in-sample errors on the four days
on which ReplayBG (py_replay_bg 1.4.0, 128 restarts) was measured on the same kind of machine;
its figures are quoted, since its licence keeps it out of this environment.
"""

import argparse
import json
import os
import pathlib
import sys

QUOTED = {
    # subject, date: MARD %, RMSE mg/dL, CPU seconds of ReplayBG's MAP on one core
    ("2308", "2023-12-06"): (4.24, 8.8, 378),
    ("2309", "2024-02-10"): (15.6, 23.0, 169),
    ("2301", "2023-11-15"): (6.93, 11.4, 150),
    ("2307", "2023-11-10"): (16.2, 39.6, 212),
}


def main() -> None:
    """Fits everyone and prints the tables."""
    from twinbed.cli.demo import CITATIONS
    from twinbed.connect.csv import read_recordings
    from twinbed.connect.data import VARIABLE, data_root
    from twinbed.personalise.people import fit_people
    from twinbed.personalise.scorecard import scorecard, table

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out/twin_accuracy"))
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    root = data_root()
    if root is None:
        sys.exit(f"no real recordings: set {VARIABLE} to their folder")
    recordings = [r for name in CITATIONS if (root / name).is_dir() for r in read_recordings(root / name)]
    say = lambda share, what: print(f"\r{share:6.1%} {what:<40}", end="", file=sys.stderr, flush=True)
    people = fit_people(recordings, asked.out, on_progress=say)
    print(file=sys.stderr)
    card = scorecard(people)
    days = {(name, d.date): d for name, log in people.items() for d in log.days}
    beside = []
    for key, (mard, rmse, cpu_s) in QUOTED.items():
        if key in days:
            day = days[key]
            errors = [f - m for f, m in zip(day.fitted, day.measured, strict=True)]
            ours = 100 * sum(abs(e) / m for e, m in zip(errors, day.measured, strict=True)) / len(errors)
            beside.append({"day": " ".join(key), "mard_percent": ours,
                           "rmse_mg_dl": (sum(e * e for e in errors) / len(errors)) ** 0.5,
                           "replaybg_mard_percent": mard, "replaybg_rmse_mg_dl": rmse, "replaybg_cpu_s": cpu_s})  # fmt: skip
    if asked.json:
        print(json.dumps({**card, "beside_replaybg": beside, "load": os.getloadavg()}))
        return
    for row in table(card):
        print("  ".join(cell.ljust(34) if k == 0 else cell.rjust(9) for k, cell in enumerate(row)))
    for row in beside:
        print(f"{row['day']}: MARD {row['mard_percent']:.2f} % (ReplayBG {row['replaybg_mard_percent']} %), "
              f"RMSE {row['rmse_mg_dl']:.1f} (ReplayBG {row['replaybg_rmse_mg_dl']})")  # fmt: skip
    pooled = card["pooled"]
    print(f"{pooled['cpu_s_per_patient_day']:.2f} CPU-seconds a patient-day with all forecasts and compilation "
          f"(ReplayBG 150 to 404 for the fit alone); load {os.getloadavg()}")  # fmt: skip


if __name__ == "__main__":
    main()
