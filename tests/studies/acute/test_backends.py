"""Every acute example gives the same recordings as native code and under XLA: twenty seconds, sample by sample."""

import dataclasses
import pathlib

import numpy as np
import pytest

from twinbed.core.scenario import Scenario
from twinbed.engine.batch import simulate
from twinbed.studies.acute.beds import check_beds
from twinbed.studies.acute.study import kind_of, load_acute_study
from twinbed.vocab.signals import SIGNALS

EXAMPLES = pathlib.Path(__file__).parents[3] / "examples"
STUDIES = sorted(p for p in EXAMPLES.glob("*.toml") if kind_of(p) == "acute")
LASTS = 20.0


def hastened(scenario, by):
    """All that happens, sooner and for less time; what is given over a time is given as fast as before."""
    gives = lambda event: event.duration_s > 0.0 and SIGNALS[event.signal].dose_unit
    changed = lambda e: dataclasses.replace(
        e, start_s=e.start_s * by, duration_s=e.duration_s * by, amount=e.amount * (by if gives(e) else 1.0)
    )
    return Scenario(tuple(changed(event) for event in scenario.events), scenario.series)


@pytest.mark.slow
@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_backends_agree_on_an_example(path):
    """The last arm of each, which has the most devices, with its own events; all that the study keeps and all that the
    patient's slow organs carry on: both do the same arithmetic in another order."""
    study = load_acute_study(path)
    ready = check_beds(study)[study.arms[-1].name]
    scenarios = [ready.scenarios] if isinstance(ready.scenarios, Scenario) else ready.scenarios
    quick = [hastened(s, LASTS / (study.settle + study.duration)) for s in scenarios]
    kept = [*ready.kept.values(), "circulation.arterial_pressure", "lungs.lung_volume", "gas_exchange.arterial_oxygen"]
    got, want = (
        simulate(
            ready.bed, quick, duration_s=LASTS, seed=3, record=list(dict.fromkeys(kept)), record_period_s=0.1, backend=b
        )
        for b in ("native", "xla")
    )
    for name, values in want.recorded.items():
        np.testing.assert_allclose(got.recorded[name], values, rtol=1e-8, atol=1e-9, err_msg=name)
    assert np.ptp(want.recorded["circulation.arterial_pressure"]) > 20.0
