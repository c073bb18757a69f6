"""The program of bring_your_own_command.toml, without any package: JSON in, JSON out."""

import json
import pathlib
import sys


def main(given_file, answer_file):
    given = json.loads(pathlib.Path(given_file).read_text())
    ecg, frequency = given["ecg"], given["sampling_frequency_hz"]
    reach, wait, beats = int(0.05 * frequency), int(0.3 * frequency), []
    change = [abs(ecg[k + reach] - ecg[k]) for k in range(len(ecg) - reach)]
    level = 0.5 * sorted(change)[int(0.99 * len(change))]
    for k, size in enumerate(change):
        if size > level and (not beats or k - beats[-1] > wait):
            beats.append(k)
    pathlib.Path(answer_file).write_text(json.dumps({"beats": beats}))


main(*sys.argv[1:])
