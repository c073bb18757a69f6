"""Refusals: counted, bounded, and without effect on the other patients."""

import jax
import numpy as np
import pytest

from tests.cohorts._linear import Linear
from twinbed.cohorts import population
from twinbed.cohorts.population import AbstractPopulation, Candidates, cohort_of
from twinbed.cohorts.sampling import Distribution, Rule, Uniform
from twinbed.core.errors import StudyError

pytestmark = pytest.mark.long


class Small(AbstractPopulation):
    """Linear patients, half of whom are refused at rest."""

    title = "Small"
    model_id = "tests/linear"
    source = "made up"
    rules = (
        Rule("start", 0.0, 0.5, "1", "half are refused at rest"),
        Rule("carbohydrate_ratio", 0.0, 10.0, "g/[IU]", "some are refused after the experiments"),
    )
    distribution = Distribution({"start": Uniform(0.0, 1.0), "effect": Uniform(0.3, 2.0)})

    def build(self, draws):
        n = len(draws["start"])
        people = {"body_weight_kg": np.full(n, 70.0), "carbohydrate_g_per_d": np.full(n, 166.0)}
        return Candidates(cohort_of(Linear(), n, {"effect": draws["effect"]}), people, {"start": draws["start"]})


class Impossible(Small):
    """Nobody passes the experiments."""

    rules = (Small.rules[0], Rule("carbohydrate_ratio", 1e6, 2e6, "g/[IU]", "nobody"))


@pytest.fixture(scope="module")
def cohort():
    return Small().sample(60, 3)


def test_refusals_are_those_of_the_attempts_before_the_first_that_passes(cohort):
    # the attempts of every patient, drawn without the machinery: refused until both rules hold
    count = {"start": 0, "carbohydrate_ratio": 0}
    by_effect = dict(zip(cohort.patients.effect.tolist(), cohort.therapy.carbohydrate_ratio.tolist(), strict=True))
    for i in range(60):
        for attempt in range(100):
            draw = Small.distribution.draw(3, np.array([i]), np.array([attempt]))
            if draw["start"][0] > 0.5:
                count["start"] += 1
            elif draw["effect"][0] not in by_effect:
                count["carbohydrate_ratio"] += 1
            else:
                assert float(cohort.patients.effect[i]) == draw["effect"][0]
                break
    assert dict(cohort.rejected_by_rule) == count
    assert cohort.rejected == sum(count.values())
    assert min(count.values()) > 0
    assert cohort.ids[:2] == ("test_population-000000", "test_population-000001")


def test_refusals_do_not_change_the_neighbours(cohort):
    shard = Small().sample(20, 3, first=15)
    part = cohort.take(slice(15, 35))
    for a, b in zip(jax.tree.leaves(shard.therapy), jax.tree.leaves(part.therapy), strict=True):
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes()


def test_a_population_that_nobody_can_belong_to_says_so(monkeypatch):
    monkeypatch.setattr(population, "MOST_ATTEMPTS", 3)
    with pytest.raises(StudyError, match="'Small' in 3 attempts; most were refused for"):
        Impossible().sample(2, 1)
