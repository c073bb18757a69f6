"""The mathematics of native code against arbitrary precision: how many units in the last place it is off."""

import ctypes

import mpmath
import numpy as np
import pytest

from twinbed.engine.native.compile import library, register_bytes
from twinbed.engine.native.program import header

# Ranges that models use, and near zero, where relative accuracy is hard to keep.
RANGES = {
    "exp": ((-80.0, 80.0), (-1.0, 1.0)),
    "expm1": ((-10.0, 10.0), (-0.1, 0.1)),
    "log": ((1e-6, 1e6), (0.5, 2.0)),
    "log1p": ((-0.9, 10.0), (-1e-3, 1e-3)),
    "sin": ((-900.0, 900.0), (-3.0, 3.0)),
    "cos": ((-900.0, 900.0), (-3.0, 3.0)),
    "sinh": ((-88.0, 88.0), (-0.1, 0.1)),
    "cosh": ((-88.0, 88.0), (-0.1, 0.1)),
    "tanh": ((-9.0, 9.0), (-0.1, 0.1)),
    "erf_inv": ((-0.999, 0.999), (0.99, 0.999999)),
}
MOST_ULP = 4.0
EXACT = {name: getattr(mpmath, name.replace("_", "")) for name in RANGES}
TYPES = {32: np.float32, 64: np.float64}
N = 512


@pytest.fixture(scope="module", params=[32, 64])
def lanes(request):
    names = "\n".join(f"ONE({name})" for name in RANGES)
    source = f"""#define REAL_BITS {request.param}
#define STRIDE W
{header()}
#define ONE(name) extern "C" void run_##name(const real *x, real *y, int64_t n) {{ \\
  for (int64_t i = 0; i < n; i += W) store_f(y + i, name##_(load_f(x + i))); }}
{names}
extern "C" void run_pow(const real *x, const real *z, real *y, int64_t n) {{
  for (int64_t i = 0; i < n; i += W) store_f(y + i, pow_(load_f(x + i), load_f(z + i)));
}}"""
    dtype = TYPES[request.param]
    return library(source, width=register_bytes() // np.dtype(dtype).itemsize), dtype


def run(lanes, name, *xs):
    code, dtype = lanes
    arrays = [np.ascontiguousarray(x, dtype) for x in xs]
    out = np.empty_like(arrays[0])
    pointers = [ctypes.c_void_p(a.ctypes.data) for a in (*arrays, out)]
    getattr(code, f"run_{name}")(*pointers, ctypes.c_int64(len(out)))
    return arrays, out


def ulp(got, exact):
    spacing = float(np.spacing(np.abs(np.asarray(float(exact), got.dtype))))
    return abs(mpmath.mpf(float(got)) - exact) / spacing


@pytest.mark.parametrize("name", RANGES)
def test_functions_are_right_to_a_few_units_in_the_last_place(lanes, name):
    rng = np.random.default_rng(1)
    with mpmath.workdps(40):
        for low, high in RANGES[name]:
            (x,), y = run(lanes, name, rng.uniform(low, high, N))
            worst = max(ulp(b, EXACT[name](mpmath.mpf(float(a)))) for a, b in zip(x, y, strict=True))
            assert worst < MOST_ULP, f"{name} on {low} to {high}"


def test_powers_are_right_to_a_few_units_in_the_last_place(lanes):
    rng = np.random.default_rng(2)
    (x, z), y = run(lanes, "pow", np.exp(rng.uniform(-5, 5, N)), rng.uniform(-8, 8, N))
    with mpmath.workdps(40):
        worst = max(ulp(c, mpmath.mpf(float(a)) ** mpmath.mpf(float(b))) for a, b, c in zip(x, z, y, strict=True))
    assert worst < MOST_ULP


SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, np.inf, -np.inf, np.nan, 800.0, -800.0, 1e30, -1e30)


@pytest.mark.parametrize("name", ["exp", "expm1", "log", "log1p", "sin", "cos", "tanh"])
def test_special_values_are_those_of_the_standard(lanes, name):
    """IEEE 754 and C, by NumPy."""
    (x,), y = run(lanes, name, np.resize(SPECIAL, N))
    with np.errstate(all="ignore"):
        want = getattr(np, name)(x)
    np.testing.assert_allclose(y, want, rtol=1e-5)
    np.testing.assert_array_equal(np.signbit(y[want == 0.0]), np.signbit(want[want == 0.0]))


def test_special_powers_are_those_of_the_standard(lanes):
    x, z = (a.ravel() for a in np.meshgrid(SPECIAL, SPECIAL))
    fill = -len(x) % N
    (x, z), y = run(lanes, "pow", np.pad(x, (0, fill), constant_values=1.0), np.pad(z, (0, fill), constant_values=1.0))
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(y, np.power(x, z), rtol=1e-5)


def test_the_inverse_error_function_ends_in_infinity(lanes):
    _, y = run(lanes, "erf_inv", np.resize((1.0, -1.0, 0.0, 1.5, np.nan), N))
    np.testing.assert_array_equal(y[:5], [np.inf, -np.inf, 0.0, np.nan, np.nan])
