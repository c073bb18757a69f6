"""A bed that is ready in a moment: glucose in a tank, a sensor with noise and a pump."""

from tests.engine.plain import Pump, Sensor, Tank
from twinbed.core.scenario import Event, Scenario
from twinbed.engine.bed import Bed
from twinbed.studies.acute import vitals
from twinbed.studies.acute.bedside import Bedside
from twinbed.studies.acute.vitals import Reading
from twinbed.ward.controls import Control
from twinbed.ward.definition import Made
from twinbed.ward.views import Trace, View

MEAL = Control("carbohydrate", "person", "dose", "Meal", "식사", "g", 0.0, 200.0, 5.0, 40.0, 900.0)
GAIN = Control("pump.gain", "device", "number", "Gain", "이득", "1", 0.0, 2.0, device="pump")


def made() -> Made:
    bed = Bed(Tank(), {"sensor": Sensor(sd=3.0), "pump": Pump()})
    scenario = Scenario((Event("carbohydrate", 1500.0, 1000.0, 50.0),))
    readings = {"G": (Reading("G", "mg/dL", "glucose", ("cgm",), digits=1), "sensor.cgm", "")}
    traces = (Trace("cgm", "CGM", "glucose", 40.0, 400.0, source="sensor.cgm"),)
    view = View(
        traces, vitals.View((), readings, (), frozenset()), {"sensor": ("cgm",), "pump": ("insulin_rate",)}, (), ""
    )
    return Made(Bedside(seed=7), bed, scenario, view, {c.id: c for c in (MEAL, GAIN)}, {}, period_s=60.0)
