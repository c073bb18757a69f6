"""A thermometer against a bath, and devices that measure well, badly or not at all."""

import math
import sys

import numpy as np

from twinbed.bench import Answer, Case, Criterion, Protocol
from twinbed.bench.limits import Limit
from twinbed.bench.statistics import Interval

LIMIT = Limit(0.3, "Cel", "201.101.2", "largest error in the bath", "secondary", "test")


def cases():
    """Five baths, three readings each, of two subjects."""
    for k, bath in enumerate((35.0, 36.0, 37.0, 39.0, 41.0)):
        yield Case(f"bath_{k}", f"subject_{k % 2}", {"wave": np.full(8, bath)}, {"bath": bath}, {"bath": f"{bath:g}"})


def measure(case, answers):
    return [{"error": float(answers["temperature"]) - case.reference["bath"]}]


def largest(table):
    return Interval(float(np.abs(table["error"]).max()), math.nan, math.nan, 0.95, "none", len(table))


def protocol(limit=LIMIT, least=1, seconds=5.0):
    return Protocol(
        id="toy/bath", title="Bath", standard="ISO 80601-2-56", edition="2017", subjects="baths", stimulus="water",
        reference="a better thermometer", cases=cases,
        answers=[Answer("temperature", "Cel", "what it shows", bounds=(20.0, 45.0))], measure=measure,
        criteria=[
            Criterion("largest", "201.101.2", "largest error", "Cel", largest, "at most", "error", least=least),
            Criterion("shown", "201.12", "largest error, disclosed", "Cel", largest),
        ],
        limits={"error": limit}, seconds_a_case=seconds,
    )  # fmt: skip


def good(stimulus):
    return {"temperature": float(np.mean(stimulus["wave"])) + 0.1}


def bad(stimulus):
    return {"temperature": float(np.mean(stimulus["wave"])) + 0.5}


def crashes(stimulus):
    sys.stdout.write("warming up")
    raise ValueError(f"no idea about {stimulus['wave'][0]}")


def talks_nonsense(stimulus):
    return {"temperature": 451.0}
