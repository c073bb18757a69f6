"""Every model, device and endpoint found by walking the tree, as native code against XLA."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.engine.native.side_by_side import assert_close, native, xla
from twinbed.core.discover import ids, load
from twinbed.core.noise import noise_from_seed
from twinbed.engine.batch import as_precision, repeat, stack
from twinbed.engine.integrate import advance
from twinbed.testing.examples import example, plausible_inputs

pytestmark = pytest.mark.long

SHARES = (0.0, 0.1, 0.2, 0.35, 0.5)
STEPS = 8
# 64 bits: the requirement. 32 bits: eight steps of a few hundred roundings each of 6e-8.
BITS = [pytest.param(jnp.float64, 1e-9, id="64"), pytest.param(jnp.float32, 1e-4, id="32", marks=pytest.mark.slow)]


@pytest.fixture(autouse=True, scope="module")
def quickly_compiled(as_it_ships):
    with pytest.MonkeyPatch.context() as patch:  # eight steps run at once, but take a compiler long at -O1
        patch.setenv("TWINBED_CXXFLAGS", "-O0")
        yield


def spread(tree, by=0.03):
    """Copies whose numbers differ by a few percent."""
    rows = [jax.tree.map(lambda a, s=s: a * (1.0 + by * s), tree) for s in SHARES]
    return stack(rows)


def compare(f, trees, dtype, relative):
    trees = as_precision(trees, dtype)
    assert_close(native(f, trees, dtype), xla(f, trees), relative)


@pytest.mark.parametrize(("dtype", "relative"), BITS)
@pytest.mark.parametrize("id_", ids("physiology"))
def test_models(id_, dtype, relative):
    model = example(load(id_))

    def run(model, x, u):
        later = lambda x, k: (advance(model, k.astype(dtype) * model.step_s, x, u, 1), None)
        x, _ = jax.lax.scan(later, x, jnp.arange(STEPS, dtype=jnp.int32))
        return x, model.outputs(jnp.asarray(600.0, dtype), x, u)

    compare(run, (repeat(model, len(SHARES)), spread(model.initial()), spread(model.resting())), dtype, relative)


@pytest.mark.slow
@pytest.mark.parametrize(("dtype", "relative"), BITS)
@pytest.mark.parametrize("id_", ids("devices"))
def test_devices(id_, dtype, relative):
    device = example(load(id_))
    inputs = stack([plausible_inputs(device, share) for share in SHARES])

    def run(device, u, number):
        noise = noise_from_seed(7, dtype=dtype).at(number)
        start = as_precision(device.initial(noise.at(0xFFFFFFFF)), dtype)
        later = lambda x, k: device.step(k.astype(dtype) * device.period_s, x, u, noise.at(k))
        return jax.lax.scan(later, start, jnp.arange(STEPS, dtype=jnp.int32))

    numbers = np.arange(len(SHARES), dtype=np.uint32)
    compare(run, (repeat(device, len(SHARES)), inputs, jnp.asarray(numbers)), dtype, relative)


@pytest.mark.parametrize(("dtype", "relative"), BITS)
@pytest.mark.parametrize("id_", ids("studies/endpoints"))
def test_endpoints(id_, dtype, relative):
    endpoint = example(load(id_))
    inputs = stack([plausible_inputs(endpoint, share) for share in SHARES])

    def run(endpoint, u):
        later = lambda x, k: (endpoint.update(k.astype(dtype) * endpoint.period_s, x, u), None)
        start = as_precision(endpoint.init(), dtype)
        return endpoint.result(jax.lax.scan(later, start, jnp.arange(STEPS, dtype=jnp.int32))[0])

    compare(run, (repeat(endpoint, len(SHARES)), inputs), dtype, relative)
