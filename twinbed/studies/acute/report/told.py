"""What the record of an acute study says of its population, methods and cautions, in sentences of one language."""

from collections.abc import Mapping
from typing import Any

from twinbed.studies.acute.report.words import Saying
from twinbed.studies.statistics import FEWEST_RESAMPLED

Record = Mapping[str, Any]


def population(record: Record, say: Saying) -> str:
    """Who takes part, and where their numbers come from."""
    wanted = record["cohort"].get("wanted")
    if wanted is None:
        return say("population.one")
    ends = lambda name: {"low": f"{wanted[name][0]:g}", "high": f"{wanted[name][1]:g}"}
    said = [say(f"population.{wanted['sex'] or 'adults'}", **ends("age"))]
    said += [say(f"population.{name}", **ends(name)) for name in ("bmi", "weight", "pigment") if wanted.get(name)]
    return f"{', '.join(said)}; {say('population.source')}"


def methods(record: Record, say: Saying) -> dict[str, str]:
    """How outcomes were taken and compared, by name."""
    few = record["patients"]["analysed"] < FEWEST_RESAMPLED
    study, every = record["study"], record.get("trends_every_s")
    return {
        "comparison": say("methods.comparison"),
        "interval": say("methods.few") if few else say("methods.many", n=study["analysis"]["resamples"]),
        "multiplicity": say("methods.multiplicity"),
        "outcomes": say("methods.outcomes"),
        **({"trends": say("methods.trends", n=f"{every:g}")} if every else {}),
        "settling": say("methods.settling", n=f"{study['settle']:g}"),
    }


def cautions(record: Record, say: Saying) -> list[str]:
    """What a reader has to know before believing any of it."""
    patients, study = record["patients"], record["study"]
    lost = patients["declared"] - patients["analysed"]
    organs = record["cohort"]["organs"]
    return [
        say("limits.virtual"),
        *([say("limits.lost", n=lost, all=patients["declared"])] if lost else []),
        *([say("limits.organs", list=", ".join(say.name("part", o) for o in organs))] if organs else []),
        *([say("limits.float32")] if study["precision"] == "float32" else []),
        *([say("limits.one")] if study["patient"] is not None else []),
    ]
