"""The code for a GPU: it compiles, and thread by thread on this processor it gives what XLA gives."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.engine.native import test_rules as rules
from tests.engine.native.host import Host, kernel
from tests.engine.native.side_by_side import assert_close
from tests.engine.plain import Pump, Sensor, Tank
from twinbed.core.discover import load
from twinbed.core.noise import Noise, noise_from_seed
from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import as_precision, prepare, run_cohort, stack
from twinbed.engine.bed import Bed
from twinbed.engine.native import cuda
from twinbed.engine.native import execute as native
from twinbed.engine.native.errors import NoDevice
from twinbed.engine.native.layout import Slot, begins
from twinbed.engine.native.program import WARP, program

pytestmark = pytest.mark.long

BITS = [pytest.param(np.float64, id="64"), pytest.param(np.float32, id="32")]
EITHER = [pytest.param(np.float64, id="64", marks=pytest.mark.slow), pytest.param(np.float32, id="32")]
HOUR = 3600.0
MEAL = Scenario((Event("carbohydrate", HOUR, 600.0, 50.0),))


def missing(needed):
    """Why there is no CUDA here, or None. With `driver`, a GPU is needed too."""
    try:
        cuda._bindings(needed)
        if needed == "driver":
            cuda._device()
    except NoDevice as error:
        return str(error).splitlines()[0][:120]
    return None


nvrtc = pytest.mark.skipif(missing("nvrtc") is not None, reason=f"NVRTC: {missing('nvrtc')}")
gpu = pytest.mark.skipif(missing("driver") is not None, reason=f"GPU: {missing('driver')}")


@pytest.fixture
def host(monkeypatch):
    """This processor in place of a GPU that holds four warps."""
    there = Host()
    monkeypatch.setattr(cuda, "_bindings", lambda name: there)
    monkeypatch.setattr(cuda, "_device", lambda: 0)
    monkeypatch.setattr(cuda, "_attribute", lambda device, name: 1)
    monkeypatch.setattr(cuda, "_kernel", kernel)
    yield there
    assert not there.memory
    assert not there.streams


def printed(f, leaves, dtype, shared=None):
    """A function as a program for a GPU, and the structure of what it returns."""
    shared = shared or [False] * len(leaves)
    own = lambda a, s: jax.ShapeDtypeStruct(a.shape if s else a.shape[1:], a.dtype)
    closed, shape = jax.make_jaxpr(f, return_shape=True)(*map(own, leaves, shared))
    return program(closed, dtype, shared, target="cuda"), jax.tree.structure(shape)


def threads(f, leaves, dtype):
    """`f` of every row of the arrays, by `cuda.execute`."""
    compiled, shape = printed(f, leaves, dtype)
    return jax.tree.unflatten(shape, cuda.execute(compiled, leaves, len(leaves[0])))


def of_precision(args, dtype):
    return [a.astype(dtype) if a.dtype.kind == "f" else a for a in args]


def group(name):
    names, *args = rules.ELEMENTWISE[name]
    return lambda *xs: {n: getattr(jax.lax, n)(*xs) for n in names}, args


CASES = {
    **{name: group(name) for name in rules.ELEMENTWISE},
    **{name: (f, args) for name, (f, *args) in rules.CASES.items() if name != "switch"},
    "switch": (lambda k, x: jax.lax.switch(k, [lambda: x, lambda: -x, lambda: 7 * x]), [rules.PLACES, rules.REALS]),
}


def assert_like_xla(name, dtype):
    """A case by `cuda.execute` and under XLA."""
    f, args = CASES[name]
    args = of_precision(args, dtype)
    got, want = threads(f, args, dtype), jax.jit(jax.vmap(f))(*map(jnp.asarray, args))
    for (path, g), w in zip(jax.tree.leaves_with_path(got), jax.tree.leaves(want), strict=True):
        assert g.dtype == w.dtype
        where = f"{name}{jax.tree_util.keystr(path)}"
        np.testing.assert_allclose(
            g.astype(float), np.asarray(w, float), rtol=rules.TOLERANCE[dtype], atol=1e-300, err_msg=where
        )


@functools.cache
def everything(dtype):
    """All cases in one program."""
    sizes = [len(args) for _, args in CASES.values()]
    leaves = [a[:40] for _, args in CASES.values() for a in of_precision(args, dtype)]

    def f(*xs):
        left = iter(xs)
        return {n: f(*(next(left) for _ in range(k))) for (n, (f, _)), k in zip(CASES.items(), sizes, strict=True)}

    return printed(f, leaves, dtype)[0]


@functools.cache
def bed():
    """Body, sensor, controller and pump: four patients."""
    body, sensor, pid, pump = (
        load(f"{name}")
        for name in (
            "physiology/glucose/uva_padova",
            "devices/sensing/cgm_breton2008",
            "devices/software/pid",
            "devices/delivery/insulin_pump",
        )
    )
    patient = body()
    rate = patient.resting().insulin_rate
    devices = {
        "sensor": sensor(),
        "pid": pid(basal_rate=rate, total_daily_insulin=48.0 * rate),
        "pump": pump(basal_rate=rate, period_s=300.0),
    }
    heavier = lambda s: eqx.tree_at(lambda p: p.body_weight, patient, patient.body_weight * (1.0 + s))
    return stack([Bed(heavier(s), devices) for s in (0.0, 0.1, 0.2, 0.3)])


def prepared(beds, scenarios, dtype, hours, record):
    """The arguments of `run_cohort`."""
    beds = as_precision(beds, dtype)
    job = prepare(beds, scenarios, duration_s=hours * HOUR, record=record)
    return beds, as_precision(job.timeline, dtype), noise_from_seed(5, dtype=dtype), 0, job.plan


def cohort(dtype):
    """A meal for the patients of `bed`."""
    return prepared(bed(), MEAL, dtype, 6, ["cgm", "plasma_glucose", "insulin_rate"])


# --- with NVRTC ------------------------------------------------------------------------------------


@nvrtc
@pytest.mark.parametrize("dtype", BITS)
@pytest.mark.parametrize("architecture", ["sm_80", "sm_90"])
def test_every_primitive_compiles_for_a_gpu(dtype, architecture):
    assert cuda.cubin(everything(dtype), architecture).startswith(b"\x7fELF")


@nvrtc
@pytest.mark.parametrize("dtype", EITHER)
def test_a_bed_compiles_for_a_gpu(dtype, monkeypatch):
    class Seen(Exception):
        pass

    def seen(compiled, arrays, n):
        raise Seen(compiled)

    monkeypatch.setattr(cuda, "execute", seen)
    with pytest.raises(Seen) as found:
        native.run_cohort(*cohort(dtype), target="cuda")
    assert cuda.cubin(found.value.args[0], "sm_90").startswith(b"\x7fELF")


@nvrtc
def test_machine_code_is_compiled_once(tmp_path, monkeypatch):
    monkeypatch.setenv("TWINBED_CACHE", str(tmp_path))
    compiled, _ = printed(lambda x: jnp.sin(x), [rules.REALS], np.float64)
    first = cuda.cubin(compiled, "sm_90")
    monkeypatch.setattr(cuda, "_compile", lambda *_: pytest.fail("compiled again"))
    assert cuda.cubin(compiled, "sm_90") == first
    assert len(list((tmp_path / "twinbed" / "native").iterdir())) == 1


@nvrtc
def test_what_does_not_compile_says_why(tmp_path, monkeypatch):
    monkeypatch.setenv("TWINBED_CACHE", str(tmp_path))
    compiled, _ = printed(lambda x: x, [rules.REALS], np.float64)
    with pytest.raises(NoDevice, match="error: invalid value for --gpu-architecture"):
        cuda.cubin(compiled, "sm_1")


# --- without CUDA ----------------------------------------------------------------------------------


@pytest.mark.skipif(missing("driver") is None, reason="there is a GPU")
def test_without_a_gpu_the_message_says_what_to_install():
    compiled, _ = printed(lambda x: x, [rules.REALS], np.float64)
    with pytest.raises(NoDevice, match="install"):
        cuda.execute(compiled, [rules.REALS], len(rules.REALS))


def test_without_the_packages_the_message_says_what_to_install(monkeypatch):
    cuda._bindings.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "cuda.bindings.nvrtc", None)
    with pytest.raises(NoDevice, match=r"pip install 'twinbed\[cuda\]'"):
        cuda._bindings("nvrtc")


@pytest.mark.parametrize("dtype", BITS)
@pytest.mark.parametrize("name", CASES)
def test_threads_give_what_xla_gives(name, dtype, host):
    assert_like_xla(name, dtype)


@pytest.mark.parametrize("dtype", BITS)
def test_random_numbers_have_the_same_bits(dtype, host):
    draw = lambda w: (Noise((w[0], w[1]), dtype).at(w[2]).uniform(3), Noise((w[0], w[1]), dtype).key)
    got, want = threads(draw, [rules.WORDS], dtype), jax.vmap(draw)(jnp.asarray(rules.WORDS))
    for g, w in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        assert g.tobytes() == np.asarray(w).tobytes()


@pytest.mark.parametrize(
    ("dtype", "relative"),
    [pytest.param(np.float64, 1e-11, id="64", marks=pytest.mark.slow), pytest.param(np.float32, 2e-4, id="32")],
)
def test_a_bed_gives_what_xla_gives(dtype, relative, host):
    args = cohort(dtype)
    got, want = native.run_cohort(*args, target="cuda"), run_cohort(*args[:3], jnp.uint32(0), args[4])
    assert_close(got.recorded, want.recorded, relative)
    assert_close(got.states, want.states, relative)


def test_what_all_patients_share_may_be_given_to_each(host):
    beds = stack([Bed(Tank(p=0.01 + 0.001 * k), {"sensor": Sensor(), "pump": Pump()}) for k in range(40)])
    for_all, for_each = (
        native.run_cohort(*prepared(beds, meals, np.float64, 2, ["cgm"]), target="cuda")
        for meals in (MEAL, [MEAL] * 40)
    )
    for a, b in zip(jax.tree.leaves(for_all), jax.tree.leaves(for_each), strict=True):
        assert a.tobytes() == b.tobytes()


def test_chunks_do_not_change_a_bit(host):
    f = lambda x, k: (jnp.exp(x), k + 1, x > 0, jnp.stack([x, -x]))
    x, k = np.linspace(-3, 3, 700), np.arange(700, dtype=np.int32)
    whole = [jnp.exp(x), k + 1, x > 0, np.stack([x, -x], 1)]
    got = threads(f, [x, k], np.float64)
    assert host.launched == [4] * 5 + [2]
    np.testing.assert_allclose(got[0], whole[0], rtol=1e-15)
    for g, w in zip(got[1:], whole[1:], strict=True):
        np.testing.assert_array_equal(g, w)
    host.warps_at_once = 1000
    for a, b in zip(threads(f, [x, k], np.float64), got, strict=True):
        assert a.tobytes() == b.tobytes()
    assert host.launched[6:] == [22]


def test_a_failure_frees_the_memory(host, monkeypatch):
    compiled, _ = printed(lambda x: x, [rules.REALS], np.float64)
    monkeypatch.setattr(host, "cuLaunchKernel", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        cuda.execute(compiled, [rules.REALS], len(rules.REALS))


@pytest.mark.parametrize(
    ("blocks", "at_once", "block_bytes", "free", "chunk"),
    [(10, 4, 100, 10**9, 4), (3, 4, 100, 10**9, 3), (10, 4, 100, 1000, 2), (10, 4, 100, 1, 1), (10, 4, 0, 1000, 4)],
)
def test_a_chunk_fills_the_gpu_or_its_memory(blocks, at_once, block_bytes, free, chunk):
    assert cuda.chunk_of(blocks, at_once, block_bytes, free) == chunk


def test_numbers_lie_where_the_kernel_reads_them():
    slots = [Slot(np.dtype(t), np.dtype(t), shape) for t, shape in (("f4", (3,)), ("f8", ()), ("i4", (0,)), ("i4", ()))]
    assert begins(slots, WARP) == ([0, 384, 640, 640], 768)
    assert begins(slots, 1) == ([0, 16, 24, 24], 32)
    arrays = [np.arange(40 * s.size).reshape(40, *s.shape).astype(s.stored) for s in slots]
    record = np.zeros(2 * 768, np.uint8)
    cuda.fill(record, list(zip(slots, arrays, strict=True)), 0, 2)
    first = record[:384].view(np.float32)
    np.testing.assert_array_equal(first[:64], [*arrays[0][:32, 0], *arrays[0][:32, 1]])
    outs = [np.empty_like(a) for a in arrays]
    cuda.read(record, slots, 0, 2, outs)
    for a, b in zip(outs, arrays, strict=True):
        np.testing.assert_array_equal(a, b)


# --- with a GPU ------------------------------------------------------------------------------------


@gpu
@pytest.mark.parametrize("dtype", BITS)
def test_a_gpu_gives_what_xla_gives(dtype):
    for name in CASES:
        assert_like_xla(name, dtype)


@gpu
@pytest.mark.parametrize(("dtype", "relative"), [(np.float64, 1e-11), (np.float32, 2e-4)], ids=["64", "32"])
def test_a_bed_on_a_gpu_gives_what_xla_gives(dtype, relative):
    args = cohort(dtype)
    got, want = native.run_cohort(*args, target="cuda"), run_cohort(*args[:3], jnp.uint32(0), args[4])
    assert_close(got.recorded, want.recorded, relative)
