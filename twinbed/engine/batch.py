"""One bed or a whole cohort, from scenarios to a result that people can read."""

import contextlib
import dataclasses
import datetime
import sys
import traceback
import types
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from twinbed.core.discover import shown_by
from twinbed.core.errors import NotFound, WiringError
from twinbed.core.noise import Noise, noise_from_seed
from twinbed.core.recording import Channel, Recording
from twinbed.core.scenario import Scenario, Timeline, timeline
from twinbed.engine.bed import Bed
from twinbed.engine.couple import SCENARIO, Source, Wiring, couple
from twinbed.engine.once import computed_once
from twinbed.engine.run import Outcome, Plan, named, run
from twinbed.engine.schedule import schedule
from twinbed.engine.waiting import told_of_compiling
from twinbed.vocab.names import near
from twinbed.vocab.signals import SIGNALS

T = TypeVar("T")
BACKENDS = ("auto", "xla", "native", "cuda")
MIDNIGHT = datetime.datetime(2000, 1, 1)


@dataclasses.dataclass(frozen=True)
class Result:
    """What a cohort's run returns, as NumPy arrays with a leading patient axis.

    `recorded` holds signals by the name they were asked for, sampled every
    `record_period_s`; `not_finite_s` and `implausible_s` are infinite for sound patients, and
    `implausible_signal`, the signal that left its range, is empty; `implausible_value` is what it was then.
    """

    recorded: Mapping[str, np.ndarray]
    record_period_s: float
    endpoints: Mapping[str, Mapping[str, np.ndarray]]
    not_finite_s: np.ndarray
    implausible_s: np.ndarray
    implausible_signal: tuple[str, ...]
    implausible_value: np.ndarray
    states: Any
    backend: str
    """What computed: `native`, `xla` or `cuda`."""

    @property
    def ok(self) -> np.ndarray:
        """Which patients stayed finite and plausible."""
        return np.isinf(self.not_finite_s) & np.isinf(self.implausible_s)

    def recording(self, patient: int = 0, *, start: datetime.datetime = MIDNIGHT) -> Recording:
        """The recorded signals of one patient."""
        channels = {}
        for name, values in self.recorded.items():
            t = np.arange(values.shape[1]) * self.record_period_s
            channels[name] = Channel(name.rsplit(".", 1)[-1], t, np.asarray(values[patient], float))
        return Recording(f"patient {patient}", start, channels)


def stack(items: Sequence[T]) -> T:
    """Many patients, beds or devices of one kind as one with a leading axis."""
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *items)


def repeat(item: T, n: int) -> T:
    """The same patient, bed or device `n` times."""
    return jax.tree.map(lambda a: jnp.broadcast_to(a, (n, *jnp.shape(a))), item)


def as_precision(tree: T, dtype: Any) -> T:
    """A copy whose floating-point leaves have that precision."""
    return jax.tree.map(lambda a: a.astype(dtype) if eqx.is_inexact_array(a) else a, tree)


def as_cohort(beds: Bed | Sequence[Bed]) -> Bed:
    """A cohort of one bed, of a list of beds, or of a bed in which some numbers have a patient axis.

    Raises:
        ValueError: the patient axes differ, or the beds of a list do.
    """
    if not isinstance(beds, Bed):
        return stack(list(beds))
    sizes = {a.shape[0] for a in jax.tree.leaves(beds) if eqx.is_array(a) and a.ndim}
    if len(sizes) > 1:
        raise ValueError(f"numbers of the bed are given for {' and for '.join(map(str, sorted(sizes)))} patients")
    n = max(sizes, default=1)
    spread = lambda a: jnp.broadcast_to(a, (n,)) if eqx.is_array(a) and not a.ndim else a
    return jax.tree.map(spread, beds)


def cohort_size(beds: Bed) -> int:
    """Patients in a cohort's bed. Raises `ValueError` if its leaves disagree."""
    sizes = {a.shape[0] if a.ndim else 0 for a in jax.tree.leaves(beds) if eqx.is_array(a)}
    if len(sizes) != 1 or 0 in sizes:
        raise ValueError("a cohort's bed has the same leading patient axis on every leaf: use stack or repeat")
    return sizes.pop()


@dataclasses.dataclass(frozen=True)
class Job:
    """A run ready to start: what `simulate` compiles and calls."""

    timeline: Timeline
    plan: Plan
    names: Mapping[str, str]
    """Recorded source to the name it was asked for."""


def prepare(
    bed: Bed,
    scenarios: Sequence[Scenario] | Scenario,
    *,
    duration_s: float,
    record: Sequence[str] = (),
    record_period_s: float | None = None,
    substeps: int = 1,
) -> Job:
    """Wires and schedules a bed, without running it. Raises like `simulate`."""
    every = [scenarios] if isinstance(scenarios, Scenario) else scenarios
    signals = frozenset().union(*(s.signals() for s in every))
    wiring = couple(bed, signals)
    names = sources_of(wiring, record)
    series = {n: s.period_s for sc in every for n, s in sc.series.items()}
    plan_schedule = schedule(
        bed,
        wiring,
        duration_s=duration_s,
        record_period_s=(record_period_s or usual_record_period_s(bed)) if record else None,
        series_periods_s=tuple(series.values()),
    )
    step = min((m.step_s for m in bed.models.values()), default=plan_schedule.fastest_s)
    arrays = timeline(
        scenarios,
        page_s=plan_schedule.page_s,
        n_pages=plan_schedule.n_pages,
        shortest_s=step,
    )
    sources = tuple(s for s in _all_sources(wiring) if str(s) in names)
    return Job(arrays, Plan(wiring, plan_schedule, sources, substeps), names)


def sources_of(wiring: Wiring, record: Sequence[str]) -> dict[str, str]:
    """The source of every signal that is to be recorded, `part.signal`, with the name that it was asked for by.

    Raises:
        WiringError: nothing shows a signal, or several parts do.
    """
    names: dict[str, str] = {}
    for name in record:
        found = [s for s in _all_sources(wiring) if name in (s.signal, str(s))]
        if len(found) > 1 and name != str(found[0]):
            raise WiringError(f"{name!r} could be {', '.join(map(str, found))}: record one of these")
        if not found:
            raise WiringError(f"nothing in the bed shows {name!r}{_instead(name, _all_sources(wiring))}")
        names[str(found[0])] = name
    return names


def usual_record_period_s(bed: Bed) -> float:
    """How often signals are kept if nobody says: it depends on how fast the body of a bed changes."""
    fast = any(model.step_s < _BEATING_S for model in bed.models.values())
    return 1.0 if fast else 300.0


def _instead(name: str, sources: Sequence[Source]) -> str:
    """What could be added that shows a signal, else what is called nearly so."""
    found = shown_by(name) if name in SIGNALS else []
    if not found:
        return _nearest(name, sources)
    more = f" (so do {', '.join(found[1:3])})" if found[1:] else ""
    whom = "devices" if found[0].startswith("devices/") else "patient"
    return f'; {found[0]} does{more}: add tb.load("{found[0]}")() to the {whom}'


def _nearest(name: str, sources: Sequence[Source]) -> str:
    known = sorted({s.signal for s in sources})
    found = near(name, known, most=5)
    found += [s for s in known if s not in found and name in s]
    hint = f"; did you mean {', '.join(found)}?" if found else ""
    return f"{hint}; `twinbed list` says what its parts show" if len(known) > _FEW else f"; there is {', '.join(known)}"


def _all_sources(wiring: Wiring) -> list[Source]:
    shown = [s for _, sources in wiring.outputs for s in sources]
    devices_first = sorted(shown, key=lambda s: s.part == SCENARIO)
    return devices_first


@eqx.filter_jit
def run_cohort(beds: Bed, timelines: Timeline, noise: Noise, first: jax.Array, plan: Plan) -> Outcome:
    """`run` mapped over the leading axis; patient `i` draws from stream `first + i`."""
    own, fixed = eqx.partition((beds, timelines), eqx.is_array)

    def one(mine: Any, number: jax.Array, key: Any) -> Outcome:
        bed, line = eqx.combine(mine, fixed)
        return run(bed, line, Noise(key, noise.dtype).at(number), plan)

    numbers = first + jnp.arange(cohort_size(beds), dtype=jnp.uint32)
    axes = ((0, None if timelines.shared else 0), 0, None)
    if jax.default_backend() == "cpu":
        shapes = tuple(map(_of_one, own, axes[0])), _of_one(numbers, 0), noise.key
        return jax.vmap(computed_once(one, *shapes), in_axes=axes)(own, numbers, noise.key)
    return jax.vmap(one, in_axes=axes)(own, numbers, noise.key)


def _of_one(tree: Any, axis: int | None) -> Any:
    """Shapes and types of one patient's part of a tree, whose arrays have a leading axis or none."""
    shape = lambda a: a.shape if axis is None else a.shape[1:]
    return jax.tree.map(lambda a: jax.ShapeDtypeStruct(shape(a), a.dtype), tree)


def run_on(backend: str, beds: Bed, timelines: Timeline, noise: Noise, first: int, plan: Plan) -> tuple[Outcome, str]:
    """`run_cohort` on a backend, and which one it was. Raises like `simulate`."""

    def natively(target: str) -> Outcome:
        from twinbed.engine.native.execute import run_cohort as run_natively

        return run_natively(beds, timelines, noise, first, plan, target=target)

    return on_backend(
        backend, natively, lambda: run_cohort(beds, timelines, noise, jnp.asarray(first, jnp.uint32), plan)
    )


def on_backend(backend: str, natively: Callable[[str], T], under_xla: Callable[[], T]) -> tuple[T, str]:
    """What a way to compute gives, and which it was.

    Args:
        backend: as in `simulate`.
        natively: computes as native code of a target, `cpu` or `cuda`.
        under_xla: computes under XLA.

    Raises:
        NotFound, NoDevice: as `check_backend`.
    """
    check_backend(backend)
    if backend == "xla":
        return under_xla(), "xla"
    if backend == "cuda":
        return natively("cuda"), "cuda"
    from twinbed.engine.native.errors import CannotLower, NoCompiler

    try:
        return natively("cpu"), "native"
    except (CannotLower, NoCompiler) as error:
        if backend == "native":
            raise type(error)(f"{error}; use the backend xla") from None
        warnings.warn(
            f"running under XLA, which is slower: {error}", RuntimeWarning, stacklevel=_users_level(sys._getframe())
        )
    return under_xla(), "xla"


def check_backend(backend: str) -> None:
    """Refuses what cannot compute here, before there is anything to compute.

    Raises:
        NotFound: there is no such backend.
        NoDevice: it is `cuda`, and there is no GPU or CUDA is not installed.
    """
    if backend not in BACKENDS:
        raise NotFound(f"there is no backend {backend!r}: choose {', '.join(BACKENDS)}")
    if backend == "cuda":
        from twinbed.engine.native.cuda import check_device

        check_device()


def _users_level(here: types.FrameType) -> int:
    """How many frames up, counting this one, the user's own line is."""
    names = [frame.f_globals.get("__name__", "").split(".")[0] for frame, _ in traceback.walk_stack(here)]
    return next((k for k, name in enumerate(names, 1) if name not in _NOT_THE_USERS), 1)


def _asked_by_user(caller: types.FrameType) -> bool:
    """Whether a call came from code that is not this package's, which shows progress itself."""
    names = (frame.f_globals.get("__name__", "").split(".")[0] for frame, _ in traceback.walk_stack(caller))
    return next((name for name in names if name not in _CHECKS), "") != "twinbed"


_BEATING_S = 1.0
"""A body with a shorter step than this changes within seconds."""
_FEW = 12
_CHECKS = ("jaxtyping", "beartype", "equinox")
_NOT_THE_USERS = ("twinbed", *_CHECKS)


def simulate(  # noqa: PLR0913 (the one call that users make: every setting by name)
    beds: Bed | Sequence[Bed],
    scenarios: Sequence[Scenario] | Scenario,
    *,
    duration_s: float,
    seed: int,
    record: Sequence[str] = (),
    record_period_s: float | None = None,
    substeps: int = 1,
    first_patient: int = 0,
    backend: str = "auto",
) -> Result:
    """Runs a bed, or a cohort of beds, and returns NumPy arrays with a patient axis.

    Args:
        beds: one bed; a list of beds; or a cohort, which is one bed with a leading axis on its numbers
            (those without are everyone's). The precision of its numbers is the precision of the run.
        scenarios: one for every patient, or one for all.
        duration_s: length of the run in seconds; it starts at midnight.
        seed: any integer; the same seed gives the same bits.
        record: names of signals to keep, `cgm` or `sensor_2.cgm`.
        record_period_s: how often they are kept; if left out every second where a body changes within seconds,
            and every five minutes elsewhere.
        substeps: Runge-Kutta steps in one step of a model.
        first_patient: number of the first patient; a shard that starts at patient 500
            gives the same bits as the whole cohort.
        backend: `xla`, `native` (C++ on the processor's vector units), `cuda` (the same on an
            NVIDIA GPU), or `auto`: native where that can express the bed and a compiler is
            there, else XLA with a warning.

    Raises:
        WiringError: inputs without a source, doubled sources, wrong links.
        ScheduleError: periods that do not divide.
        ScenarioError: events that cannot be played.
        NotFound: there is no such backend.
        CannotLower, NoCompiler, NoDevice: the backend is `native` or `cuda` and that is impossible.
    """
    beds = as_cohort(beds)
    n = cohort_size(beds)
    if not isinstance(scenarios, Scenario) and len(scenarios) != n:
        raise ValueError(f"{n} patients but {len(scenarios)} scenarios")
    job = prepare(
        beds, scenarios, duration_s=duration_s, record=record,
        record_period_s=record_period_s, substeps=substeps,
    )  # fmt: skip
    dtype = next(a.dtype for a in jax.tree.leaves(beds) if eqx.is_inexact_array(a))
    with told_of_compiling() if _asked_by_user(sys._getframe(1)) else contextlib.nullcontext():
        outcome, used = run_on(
            backend,
            beds,
            as_precision(job.timeline, dtype),
            noise_from_seed(seed, dtype=dtype.type),
            first_patient,
            job.plan,
        )
    as_numpy = lambda tree: jax.tree.map(np.asarray, tree)
    return Result(
        recorded={job.names[k]: np.asarray(v) for k, v in outcome.recorded.items()},
        record_period_s=record_period_s or usual_record_period_s(beds),
        endpoints={k: as_numpy(vars(v)) for k, v in outcome.endpoints.items()},
        not_finite_s=np.asarray(outcome.flags.not_finite_s),
        implausible_s=np.asarray(outcome.flags.implausible_s),
        implausible_signal=named(outcome.flags, job.plan),
        implausible_value=np.asarray(outcome.flags.implausible_value),
        states=as_numpy(outcome.states),
        backend=used,
    )
