"""A bench: ventilators on test lungs, some of which breathe."""

import numpy as np

from twinbed.core.scenario import Event, Scenario, Series
from twinbed.engine.batch import simulate
from twinbed.engine.bed import Bed

DT = 0.01
SHOWN = ["peak_pressure", "plateau_pressure", "mean_pressure", "total_peep", "tidal_volume", "minute_volume", "rate",
         "compliance", "leak", "alarm", "backup"]  # fmt: skip
RECORD = ["circuit_pressure", "circuit_resistance", "inspired_oxygen", "airway_flow", "airway_pressure", "lung_volume",
          "alveolar_pressure", "airway_carbon_dioxide", *(f"ventilator_{n}" for n in SHOWN)]  # fmt: skip


def level(signal, start, lasts, amount):
    """A level that holds for a while."""
    return Event(signal, start, lasts, amount)


def passive(*events):
    """No effort; and what happens."""
    return 0.0, events


def effort(lasts, rate, size, each, *events, until=np.inf):
    """Half sines of respiratory muscle pressure (cmH2O) that last `each`, the first at once; and what happens."""
    t = np.arange(round(lasts / DT)) * DT
    within = t % (60.0 / rate)
    return np.where((within < each) & (t < until), -size * np.sin(np.pi * within / each), 0.0), events


def on_bench(cases, lasts):
    """Runs beds of (lung, ventilator, story) together: one record a bed."""
    series = lambda muscle: {"respiratory_muscle_pressure": Series(DT, np.broadcast_to(muscle, round(lasts / DT)))}
    scenarios = [Scenario(events, series(muscle)) for _, _, (muscle, events) in cases]
    beds = [Bed({"lungs": lung}, {"ventilator": machine}) for lung, machine, _ in cases]
    run = simulate(beds, scenarios, duration_s=lasts, seed=0, record=RECORD, record_period_s=DT, backend="native")
    assert run.ok.all()
    return [{k: v[i] for k, v in run.recorded.items()} for i in range(len(cases))]
