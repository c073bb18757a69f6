"""A cohort keeps its arrays together; parts and sums of cohorts are cohorts."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.cohorts._linear import Linear
from twinbed.cohorts.cohort import Cohort, joined
from twinbed.cohorts.population import cohort_of, in_blocks
from twinbed.cohorts.strata import strata
from twinbed.cohorts.therapy import Therapy
from twinbed.core.errors import NotFound


def made(n=5, prefix="p"):
    people = {
        "age_years": np.linspace(8.0, 70.0, n),
        "female": np.arange(n) % 2.0,
        "bmi_kg_m2": np.linspace(18.0, 34.0, n),
    }
    patients = cohort_of(Linear(), n, {"effect": np.linspace(0.5, 1.0, n)})
    return Cohort(
        model_id="tests/linear",
        patients=jax.tree.map(jnp.asarray, patients),
        therapy=Therapy(*(jnp.linspace(1.0, 2.0, n) for _ in dataclasses.fields(Therapy))),
        demographics=people,
        ids=tuple(f"{prefix}{i}" for i in range(n)),
        rejected=3,
        source="made up",
        rejected_by_rule={"a": 3},
    )


def test_arrays_of_another_length_are_refused():
    with pytest.raises(ValueError, match="cohort of 4"):
        dataclasses.replace(made(), ids=("a", "b", "c", "d"))


@pytest.mark.parametrize("which", [slice(1, 4), [1, 2, 3], np.array([False, True, True, True, False])])
def test_a_part_is_the_same_people(which):
    whole, part = made(), made().take(which)
    assert len(part) == 3
    assert part.ids == whole.ids[1:4]
    np.testing.assert_array_equal(part.patients.effect, whole.patients.effect[1:4])
    np.testing.assert_array_equal(part.therapy.basal_rate, whole.therapy.basal_rate[1:4])
    np.testing.assert_array_equal(part.demographics["age_years"], whole.demographics["age_years"][1:4])


def test_cohorts_join():
    both = joined([made(2, "a"), made(3, "b")])
    assert both.ids == ("a0", "a1", "b0", "b1", "b2")
    assert both.patients.effect.shape == (5,)
    assert (both.rejected, both.rejected_by_rule) == (6, {"a": 6})
    with pytest.raises(ValueError, match="share patients"):
        joined([made(), made()])
    with pytest.raises(ValueError, match="one model"):
        joined([made(2, "a"), dataclasses.replace(made(2, "b"), model_id="another")])


def test_parameters_that_the_model_lacks_are_named():
    with pytest.raises(NotFound, match="no parameter 'efect'"):
        cohort_of(Linear(), 2, {"efect": np.ones(2)})
    with pytest.raises(NotFound, match="no parameter 'rhs'"):
        cohort_of(Linear(), 2, {"rhs": np.ones(2)})


def test_blocks_give_what_the_whole_gives():
    x = np.arange(300.0)
    doubled, squared = in_blocks(jax.jit(lambda a: (2.0 * a, a * a)), x)
    np.testing.assert_array_equal(doubled, 2 * x)
    np.testing.assert_array_equal(squared, x * x)


def test_strata_hold_everyone_once():
    cohort = made(9)
    found = strata(cohort)
    ages = [found[k] for k in ("under 14 years", "14 to 17 years", "18 to 64 years", "65 years and over") if k in found]
    assert (np.sum(ages, axis=0) == 1).all()
    assert (found["female"] ^ found["male"]).all()
    adults = cohort.demographics["age_years"] >= 18
    bmi = [v for k, v in found.items() if k.startswith("BMI")]
    assert (np.sum(bmi, axis=0) == adults).all()
    assert all(member.any() for member in found.values())
