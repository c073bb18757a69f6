"""While the tests run, a call with wrong types or shapes fails: of the package's functions, and of those made inside."""

import numpy as np
import pytest
from jaxtyping import Float, TypeCheckError

from tests.checked_types import _decorated
from twinbed.bench.statistics.proportions import wilson
from twinbed.core.recording import Channel

FEW, MANY = np.ones(2), np.ones(3)


def made(k: int):
    @_decorated
    def inner(x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"], *, more: int = k) -> Float[np.ndarray, " n"]:
        return k * x + more * y if more else np.ones(len(x) + 1)

    return inner


@pytest.mark.parametrize("k", [1, 2, 3])
def test_a_function_made_inside_another_is_checked_each_time_and_keeps_its_own_values(k):
    np.testing.assert_array_equal(made(k)(MANY, MANY), 2 * k * MANY)
    for args, others in (
        ((FEW, MANY), {}),
        ((MANY, 1.0), {}),
        ((MANY, MANY), {"more": "1"}),
        ((FEW, FEW), {"more": 0}),
    ):
        with pytest.raises(TypeCheckError):
            made(k)(*args, **others)


def test_the_package_is_checked():
    with pytest.raises(TypeCheckError):
        Channel("cgm", FEW, MANY)
    with pytest.raises(TypeCheckError):
        wilson("3", 10)
