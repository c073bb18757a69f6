"""Every arm of every example study gives the same recordings and endpoints as native code and under XLA."""

import dataclasses
import pathlib
import tomllib

import numpy as np
import pytest

from twinbed.connect.files import read_table
from twinbed.studies import load_study
from twinbed.studies.execute import run_task
from twinbed.studies.shards import tasks

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"
STUDIES = [f for f in sorted(EXAMPLES.glob("*.toml")) if "days" in tomllib.loads(f.read_text())]
ARMS = [(file.stem, arm.name) for file in STUDIES for arm in load_study(file).arms]
DAYS = 2

INCREMENT = 0.05
"""What the pump delivers at a time, IU: a command that rounds the other way moves one to the next command."""
SENSITIVITY = 40.0
"""How far an IU lowers the most sensitive adults, mg/dL."""
RISK = 0.2
"""How much a mg/dL adds to a mean risk index: Kovatchev's function has that slope at 200 mg/dL."""
READING = 100.0 / 288.0
"""A reading of a day, percent."""
TOLERANCE_32 = {
    "glucose": INCREMENT * SENSITIVITY, "cgm": INCREMENT * SENSITIVITY, "insulin": 1.1 * INCREMENT,
    "basal": 12.0 * 1.1 * INCREMENT, "mean_glucose": INCREMENT * SENSITIVITY, "sd_glucose": INCREMENT * SENSITIVITY,
    "lbgi": RISK * INCREMENT * SENSITIVITY, "hbgi": RISK * INCREMENT * SENSITIVITY, "time": 2 * READING,
}  # fmt: skip
"""Of a closed loop in 32 bits: commands are rounded to increments, so a last bit may move one of them."""


def results(study, arm, backend, out):
    chosen = dataclasses.replace(study, backend=backend)
    for task in tasks(chosen):
        if task.arm in (None, arm):
            row = run_task(chosen, task, out)
    assert row["backend"] == backend
    return {
        f"{file.parent.parent.name}.{name}": values
        for folder in ("parts", "samples")
        for file in sorted((out / folder).rglob("*.parquet"))
        if "profile" not in file.name  # counts of the same glucose
        for name, values in read_table(file).items()
        if values.dtype.kind == "f"
    }


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize(("name", "arm"), ARMS)
def test_an_arm_gives_the_same(name, arm, precision, tmp_path):
    study = load_study(EXAMPLES / f"{name}.toml")
    few = tuple(dataclasses.replace(p, n=4) for p in study.cohort.populations)
    study = dataclasses.replace(
        study, cohort=dataclasses.replace(study.cohort, populations=few, twins=()), inputs=(), days=DAYS,
        warm_up_days=min(study.warm_up_days, DAYS - 1), precision=precision, sampled_patients=4,
    )  # fmt: skip
    native, xla = (results(study, arm, backend, tmp_path / backend) for backend in ("native", "xla"))
    assert len(xla) >= 12
    assert native.keys() == xla.keys()
    for key, want in xla.items():
        relative, absolute = (1e-9, 1e-9) if precision == "float64" else _in_32_bits(key, arm)
        np.testing.assert_allclose(native[key], want, rtol=relative, atol=absolute, err_msg=key)


def _in_32_bits(key, arm):
    if arm in ("pump", "suspend"):  # nothing that is measured is rounded into a dose
        return 1e-5, 1e-4
    name = key.rsplit(".", 1)[-1]
    return 0.01, TOLERANCE_32.get(name.split("_")[0] if name.startswith("time") else name, 1e-3)
