"""Programs that are kept: the same bits without tracing, and never the program of something else."""

import hashlib
import os
import pickle
import time
import zlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import twinbed
from tests.engine.plain import Tank
from twinbed.core.noise import noise_from_seed
from twinbed.core.scenario import Event, Scenario
from twinbed.devices.sensing.cgm_breton2008 import CgmBreton2008
from twinbed.devices.sensing.cgm_ideal import CgmIdeal
from twinbed.engine.batch import as_cohort, as_precision, prepare, simulate
from twinbed.engine.bed import Bed
from twinbed.engine.live import Live
from twinbed.engine.native import sources, traced
from twinbed.engine.native.errors import CannotLower
from twinbed.engine.native.execute import _OnePatient, mapped
from twinbed.physiology.body.environment import Environment
from twinbed.physiology.glucose.hovorka import Hovorka

HOUR = 3600.0
FED = Scenario((Event("carbohydrate", 600.0, 600.0, 40.0), Event("insulin_rate", 0.0, 4 * HOUR, 1.0)))
BED = Bed(Hovorka(), {"sensor": CgmBreton2008()})
ROOM, QUIET = Bed({"room": Environment()}), Scenario()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A cache of its own."""
    monkeypatch.setenv("TWINBED_CACHE", str(tmp_path))
    return tmp_path / "twinbed" / "native"


@pytest.fixture(autouse=True)
def source(tmp_path, monkeypatch):
    """A file that stands for those of the package, which may be edited while tests run."""
    file = tmp_path / "package" / "model.py"
    file.parent.mkdir()
    file.write_text("GAIN = 1.0")
    monkeypatch.setattr(sources, "_FOLDER", file.parent)
    monkeypatch.setattr(twinbed, "LOADED_NS", 0)
    monkeypatch.setattr(sources, "_FIRST", ())
    loaded()
    yield file
    sources._digest.cache_clear()


def loaded():
    """The package as a new process loads it."""
    sources._digest.cache_clear()
    sources._FIRST, twinbed.LOADED_NS = sources._state(), time.time_ns()


@pytest.fixture
def traces(monkeypatch):
    """Grows by one whenever JAX traces."""
    times = []
    trace = jax.make_jaxpr
    monkeypatch.setattr(jax, "make_jaxpr", lambda *a, **k: times.append(1) or trace(*a, **k))
    return times


def forget():
    """What a new process does not know."""
    traced._PROGRAMS.clear()
    traced._REFUSED.clear()


def programs(folder):
    return sorted(folder.glob(f"*{traced.SUFFIX}"))


def program(bed=ROOM, scenario=QUIET, **more):
    """The program of an hour and the tree of what it gives, as a new process would find them."""
    forget()
    cohort = as_cohort(bed)
    job = prepare(cohort, scenario, **{"duration_s": HOUR, "record_period_s": 300.0, **more})
    dtype = next(a.dtype for a in jax.tree.leaves(cohort))
    own, shared = (cohort, np.zeros(1, np.uint32), None), (noise_from_seed(3).key, as_precision(job.timeline, dtype))
    return traced.traced(_OnePatient(job.plan, dtype.type), own, shared, dtype, "cpu")[:2]


def bits(result):
    return [np.asarray(a).tobytes() for a in jax.tree.leaves((result.recorded, result.not_finite_s, result.states))]


def test_a_kept_program_gives_the_same_bits_without_tracing(traces):
    def hour():
        forget()
        more = {"duration_s": HOUR, "seed": 3, "record": ["cgm"], "record_period_s": 300.0}
        return simulate(BED, FED, backend="native", **more)

    first = hour()
    assert len(traces) == 1
    kept = hour()
    assert len(traces) == 1
    assert bits(kept) == bits(first)
    assert jax.tree.structure(kept.states) == jax.tree.structure(first.states)


def test_a_live_bed_opens_again_without_tracing_and_goes_on_alike(traces):
    def opened():
        forget()
        return Live(BED, FED, seed=3, record=["cgm"], record_period_s=300.0, backend="native")

    first = opened().advance(HOUR)["cgm"]
    assert len(traces) == 2  # how it begins, and a page
    again = opened()
    assert again.advance(HOUR)["cgm"].tobytes() == first.tobytes()
    assert len(traces) == 2


def test_numbers_of_patients_and_devices_are_no_part_of_a_program(traces):
    weight, scale = jnp.asarray(60.0), jnp.asarray(1.0)
    assert program(BED, FED) == program(Bed(Hovorka(body_weight=weight), {"sensor": CgmBreton2008(scale=scale)}), FED)
    assert len(traces) == 1


@pytest.mark.parametrize(
    ("bed", "more"),
    [
        (Bed({"room": Environment(step_s=2.0)}), {}),
        (Bed({"hall": Environment()}), {}),
        (as_precision(ROOM, jnp.float32), {}),
        (ROOM, {"record": ["tilt"]}),
        (ROOM, {"record": ["inspired_oxygen"], "record_period_s": 600.0}),
        (ROOM, {"scenario": Scenario((Event("tilt_set", 60.0, 60.0, 10.0),))}),
        (ROOM, {"substeps": 2}),
        (ROOM, {"duration_s": 2 * HOUR}),
    ],
    ids=["step", "name", "dtype", "record", "record and period", "what happens", "substeps", "duration"],
)
def test_what_decides_a_trace_decides_which_program_is_taken(bed, more, traces, monkeypatch, tmp_path):
    first, other = program(), program(bed, **more)
    assert len(traces) == 2
    assert other[0].source != first[0].source or other[1] != first[1]
    monkeypatch.setenv("TWINBED_CACHE", str(tmp_path / "empty"))
    assert program(bed, **more) == other
    assert len(traces) == 3


@pytest.mark.parametrize("sensor", [CgmIdeal(period_s=600.0), CgmBreton2008()], ids=["static field", "class"])
def test_another_device_is_another_program(sensor, traces):
    first, other = (program(Bed(Hovorka(), {"sensor": s}), FED, record=["cgm"]) for s in (CgmIdeal(), sensor))
    assert len(traces) == 2
    assert first[0].source != other[0].source


def test_other_settings_of_jax_are_traced(traces):
    program()
    with jax.numpy_dtype_promotion("standard"):
        program()
    assert len(traces) == 2


def test_an_edited_source_is_traced_and_the_old_one_is_found_again(traces, source):
    program()
    source.write_text("GAIN = 2.0")
    loaded()
    program()
    assert len(traces) == 2
    source.write_text("GAIN = 1.0")
    loaded()
    program()
    assert len(traces) == 2


@pytest.mark.parametrize("edit", ["written", "put in its place", "added", "taken away"])
def test_nothing_is_taken_or_kept_in_a_process_whose_sources_change(edit, traces, folder, source):
    program()
    beside = source.with_name("new.py")
    if edit == "taken away":
        source.unlink()
    else:
        (source if edit == "written" else beside).write_text("GAIN = 3.0")
    if edit == "put in its place":
        beside.replace(source)
    program()
    program(substeps=2)
    assert len(traces) == 3
    assert len(programs(folder)) == 1


def test_nothing_is_kept_where_sources_are_younger_than_what_was_loaded(traces, folder, source):
    source.write_text("GAIN = 4.0")
    loaded()
    twinbed.LOADED_NS = source.stat().st_ctime_ns - 1
    program()
    assert not programs(folder)


def test_nothing_is_kept_of_a_class_of_another_package(traces, folder):
    for _ in range(2):
        program(Bed(Tank()))
    assert len(traces) == 2
    assert not programs(folder)


@pytest.mark.parametrize("of", ["a class", "a module"])
def test_nothing_is_taken_or_kept_while_a_function_of_the_package_is_replaced(of, traces, folder, monkeypatch):
    program()
    if of == "a class":
        before = Environment.outputs
        monkeypatch.setattr(Environment, "outputs", lambda *a: before(*a))
    else:
        monkeypatch.setattr("twinbed.engine.run.index_of_name", lambda name: 7)
    program()
    assert len(traces) == 2
    assert len(programs(folder)) == 1


@pytest.mark.parametrize(
    ("content", "by_its_name"),
    [
        (b"half", False),
        (b"", True),
        (b"half", True),
        (zlib.compress(b"no pickle"), True),
        (zlib.compress(pickle.dumps("text")), True),
    ],
)
def test_a_broken_program_is_made_again(traces, folder, content, by_its_name):
    first = program()
    (file,) = programs(folder)
    whole, key = file.read_bytes(), file.name.split("-")[0]
    file.unlink()
    digest = hashlib.sha256(content if by_its_name else whole).hexdigest()[:32]
    broken = folder / f"{key}-{digest}{traced.SUFFIX}"
    broken.write_bytes(content)
    broken.chmod(0o700)
    assert program() == first
    assert len(traces) == 2
    assert whole in [f.read_bytes() for f in programs(folder)]
    assert program() == first
    assert len(traces) == 2


@pytest.mark.skipif(os.name == "nt", reason="folders of a Windows profile are private")
def test_a_program_that_others_could_have_written_is_not_read(traces, folder):
    program()
    (file,) = programs(folder)
    file.chmod(0o666)
    program()
    assert len(traces) == 2


def test_without_a_cache_it_is_traced(traces, folder, monkeypatch):
    monkeypatch.setenv("TWINBED_CACHE", "/proc/none")
    assert program() == program()
    assert len(traces) == 2


def test_what_cannot_be_printed_is_not_kept(folder):
    sorts = lambda own, shared: jnp.sort(own)
    for _ in range(2):
        with pytest.raises(CannotLower):
            mapped(sorts, np.ones((2, 3)), (), dtype=np.float64)
    assert not programs(folder)
