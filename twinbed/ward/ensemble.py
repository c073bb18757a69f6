"""What might come: a moment of a bed, played on by an ensemble, as it is and with changes.

The members are the patient of the bed with what is not known of a person drawn anew: how drugs are distributed and act
(the spreads that the files of the drugs give), how strongly pressure is held (baroreflex), how breathing answers to
carbon dioxide and to lack of oxygen (`cohorts.acute_adults`, which says where these spreads are from). The first member
is the patient as it is. All begin at the same moment; both futures have the same members and the same noise, so what
differs between them is what was changed.

*Known limits*: what is known of this very patient from his past does not narrow the spread; heart, vessels and lungs
themselves are not drawn, for another heart would not stand at this moment.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from twinbed.cohorts.acute_adults import MARGINALS, varied
from twinbed.cohorts.sampling import Distribution
from twinbed.core.model import AbstractModel
from twinbed.engine.batch import as_precision
from twinbed.engine.bed import Bed
from twinbed.engine.live import Live, Moment
from twinbed.physiology.pharmacology import varying
from twinbed.physiology.pharmacology.drugs import Drugs
from twinbed.studies.acute.bedside import Bedside, build_models, person_of
from twinbed.vocab.drugs import DRUGS
from twinbed.ward.controls import Control, Refused, Wish, checked, with_setting, with_wish
from twinbed.ward.definition import PAGE_S, Made
from twinbed.ward.diabetes import DiabetesBedside
from twinbed.ward.diabetes import others as people_like
from twinbed.ward.session import Standing
from twinbed.ward.views import numbers_at

MOST_MEMBERS, MOST_PAGES = 64, 4 * 3600
LONGEST_S = 24 * 3600.0
LEVELS = (5.0, 25.0, 50.0, 75.0, 95.0)
"""Percentiles of the members that are shown."""
_DRAWN = ("baroreflex", "carbon_dioxide_response", "oxygen_response")
_KINETICS = tuple((name, what) for name, drug in DRUGS.items() for what in varying(drug))
DRAWN = Distribution({name: MARGINALS[name] for name in (*_DRAWN, *(f"{drug}.{what}" for drug, what in _KINETICS))})
"""What is not known of a person and may be drawn anew without moving where the person stands."""
_TYPICAL = {name: float(marginal.quantile(np.asarray([0.5]))[0]) for name, marginal in MARGINALS.items()}
_MOST_POINTS = 240


def longest_s(page_s: float) -> float:
    """How far futures of a bed with such pages are played, in seconds."""
    return min(LONGEST_S, MOST_PAGES * page_s)


@dataclasses.dataclass(frozen=True)
class Change:
    """Something that is done in one of the futures, so long after the moment."""

    control: str
    wish: Wish
    after_s: float = 0.0


@dataclasses.dataclass(frozen=True)
class Futures:
    """Numbers over time, as it is and as changed: percentiles by name (`level time`), and how many members hold."""

    t_s: np.ndarray
    as_is: Mapping[str, np.ndarray]
    changed: Mapping[str, np.ndarray]
    members: int
    implausible: tuple[int, int]
    """Members that left what is plausible, in either future; they are not counted from then on."""


def fork(
    made: Made,
    standing: Standing,
    changes: Sequence[Change],
    *,
    horizon_s: float,
    members: int,
    page_s: float,
    progress: Callable[[float], None] = lambda _: None,
) -> Futures:
    """Plays a moment on, twice.

    Args:
        made: the bed.
        standing: where it stands.
        changes: what is done in the second future.
        horizon_s: how far.
        members: how many patients, up to `MOST_MEMBERS`.
        page_s: a page of the bed.
        progress: is told the share that is done; what it raises ends the fork.

    Raises:
        Refused: too many, too far, or a change that the bed refuses.
    """
    if not 1 <= members <= MOST_MEMBERS:
        raise Refused(f"{members} members: between 1 and {MOST_MEMBERS}", f"표본 {members}명: 1~{MOST_MEMBERS}명입니다")
    if not (math.isfinite(horizon_s) and page_s <= horizon_s <= longest_s(page_s)):
        raise Refused(
            f"{horizon_s:g} s: give a horizon between {page_s:g} and {longest_s(page_s):g} s",
            f"{horizon_s:g}초: {page_s:g}~{longest_s(page_s):g}초 사이로 골라 주십시오",
        )
    due = _granted(made, changes, horizon_s, page_s)
    live = _twice(made, standing, members)
    n_pages = round(horizon_s / page_s)
    every = -(-n_pages // _MOST_POINTS)
    t_s: list[float] = []
    seen: list[np.ndarray] = []
    for k in range(n_pages):
        for change in due.get(k, ()):
            _apply(live, made.controls[change.control], change.wish, members)
        recorded = live.advance(page_s)
        if (k + 1) % every == 0 or k + 1 == n_pages:
            t_s.append(live.t_s)
            seen.append(_numbers(made, recorded, np.isfinite(live.flags.implausible_s)))
        progress((k + 1) / n_pages)
    names, values = list(made.view.numbers.readings), np.asarray(seen)
    as_is, changed = (
        {name: _percentiles(half[:, :, i]) for i, name in enumerate(names)}
        for half in (values[:, :members], values[:, members:])
    )
    left = np.isfinite(live.flags.implausible_s)
    return Futures(np.asarray(t_s), as_is, changed, members, (int(left[:members].sum()), int(left[members:].sum())))


def _granted(made: Made, changes: Sequence[Change], horizon_s: float, page_s: float) -> dict[int, list[Change]]:
    """Checked changes by the page before which they act."""
    due: dict[int, list[Change]] = {}
    for change in changes:
        control = made.controls.get(change.control)
        if control is None:
            raise Refused(
                f"there is no control {change.control!r} at this bed", f"이 병상에는 {change.control!r} 조작이 없습니다"
            )
        if not (math.isfinite(change.after_s) and 0.0 <= change.after_s < horizon_s):
            raise Refused(
                f"{control.label}: {change.after_s:g} s is not before the end, {horizon_s:g} s",
                f"{control.label_ko}: {change.after_s:g}초는 끝({horizon_s:g}초)보다 앞이 아닙니다",
            )
        checked_ = dataclasses.replace(change, wish=checked(control, change.wish))
        due.setdefault(round(change.after_s / page_s), []).append(checked_)
    return due


def _twice(made: Made, standing: Standing, members: int) -> Live:
    """The ensemble as it is and, after it, the same once more, standing at the moment."""
    beds = spread(made, standing.beds, members)
    live = Live(
        jax.tree.map(lambda a: jnp.concatenate([a, a]), beds), made.scenario, seed=made.bedside.seed,
        record=made.view.record, record_period_s=made.period_s, signals=made.signals,
        first_patient=[*range(members)] * 2,
    )  # fmt: skip
    carried = jax.tree.map(lambda a: np.repeat(a, 2 * members, axis=0), standing.moment.carry)
    live.moment = Moment(carried, standing.moment.page)
    live.scenarios = [standing.scenario] * (2 * members)
    return live


def _apply(live: Live, control: Control, wish: Wish, members: int) -> None:
    """Grants a wish in the second half of the patients."""
    assert wish.value is not None
    if control.is_setting:
        changed = with_setting(live.beds, control, wish.value)
        second = np.arange(2 * members) >= members
        live.beds = jax.tree.map(lambda a, b: jnp.where(second, a, b) if eqx.is_array(a) else b, changed, live.beds)
        return
    for i in range(members, 2 * members):
        live.scenarios[i] = with_wish(live.scenarios[i], control, wish, live.t_s)


def _numbers(made: Made, recorded: Mapping[str, np.ndarray], left: np.ndarray) -> np.ndarray:
    """What every member shows (`member number`); nothing of those who left what is plausible."""
    rows = [numbers_at(made.view, {k: v[i] for k, v in recorded.items()}) for i in range(len(left))]
    values = np.asarray([[row[name] for name in made.view.numbers.readings] for row in rows], float)
    return np.where(left[:, None], np.nan, values)


def _percentiles(values: np.ndarray) -> np.ndarray:
    """Percentiles over members (`time member`) as (`level time`); nothing where fewer than half hold."""
    held = np.isfinite(values).mean(axis=1) >= 0.5
    out = np.full((len(LEVELS), len(values)), np.nan)
    if held.any():
        out[:, held] = np.nanpercentile(values[held], LEVELS, axis=1)
    return out


def spread(made: Made, beds: Bed, members: int) -> Bed:
    """The patient of a bed as an ensemble, with the devices as they are set; the first is the patient itself.

    Args:
        made: the bed.
        beds: as it is set now, with an axis of one patient.
        members: how many.
    """
    models, devices = beds.models, beds.devices
    if members > 1:
        others = _others(made, members - 1)
        joined = lambda first, *rest: jnp.asarray(np.stack([np.asarray(first)[0], *map(np.asarray, rest)]))
        models = {name: jax.tree.map(joined, models[name], *(o[name] for o in others)) for name in models}
        devices = jax.tree.map(lambda a: jnp.repeat(jnp.asarray(a), members, axis=0), devices)
    return eqx.tree_at(lambda bed: (bed.models, bed.devices), beds, (models, devices))


def _others(made: Made, n: int) -> list[dict[str, AbstractModel]]:
    """The organs of people who could be this one."""
    if isinstance(made.bedside, DiabetesBedside):
        return people_like(made.bedside, n)
    draws = DRAWN.draw(made.bedside.seed, np.arange(1, n + 1), np.zeros(n, np.int64))
    return [_member(made.bedside, {name: float(v[i]) for name, v in draws.items()}) for i in range(n)]


def _member(bedside: Bedside, drawn: Mapping[str, float]) -> dict[str, AbstractModel]:
    """The organs of one more person who could be the one at an acute bedside."""
    kinetics: dict[str, dict[str, float]] = {}
    for drug, what in _KINETICS:
        kinetics.setdefault(drug, {})[what] = drawn[f"{drug}.{what}"]
    organs: dict[str, Any] = build_models(bedside.patient, longest_s=PAGE_S)
    organs = varied(organs, {**_TYPICAL, **{n: drawn[n] for n in _DRAWN}}, 1.0)
    person = person_of(bedside.patient)
    return as_precision({**organs, "drugs": Drugs.of(person, draws=kinetics)}, bedside.precision)
