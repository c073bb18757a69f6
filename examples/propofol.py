"""A bolus of propofol for a patient in a bed with a monitor and a cuff: python examples/propofol.py [PICTURE.svg]."""

import sys

import twinbed as tb
from twinbed.physiology.whole_body import Person, adult

WEIGHT_KG = 84.0
bed = tb.Bed(
    adult(Person(age=62, weight_kg=WEIGHT_KG, height_cm=176, sex="male"), {"hypertension": 0.4}),
    {
        "monitor": tb.load("devices/monitoring/patient_monitor")(),
        "cuff": tb.load("devices/monitoring/nibp_cuff")(),
    },
)
bolus = tb.Event("propofol_rate", start_s=120, duration_s=30, amount=1.5 * WEIGHT_KG)  # mg, over half a minute
shown = ["monitor_mean", "monitor_heart_rate", "bispectral_index", "arterial_saturation"]


def main() -> None:
    """Ten minutes, a sample a second; the first time, code is compiled for a minute."""
    run = tb.simulate(bed, tb.Scenario((bolus,)), duration_s=600, seed=1, record=shown)
    for name in shown:
        values = run.recorded[name][0]
        print(f"{name:22} before {values[110]:6.2f}   lowest after {values[130:].min():6.2f}")
    if len(sys.argv) > 1:
        run.recording().plot().savefig(sys.argv[1])


if __name__ == "__main__":
    main()
