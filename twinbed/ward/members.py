"""A bed with several people in the place of its patient, from a moment on: who they are, what is granted and shown."""

from collections.abc import Mapping, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from twinbed.core.scenario import Scenario
from twinbed.engine.bed import Bed
from twinbed.engine.live import Live, Moment
from twinbed.ward.controls import Control, Wish, with_setting, with_wish
from twinbed.ward.definition import Made
from twinbed.ward.prior import Organs, together
from twinbed.ward.session import Standing
from twinbed.ward.views import numbers_at


def patient_of(standing: Standing) -> Organs:
    """The patient of the bed as one of the people."""
    return {name: jax.tree.map(lambda a: np.asarray(a)[0], m) for name, m in standing.beds.models.items()}


def live_of(made: Made, standing: Standing, people: Sequence[Organs], numbers: Sequence[int]) -> Live:
    """People where the patient stands, with his devices as they are set.

    Args:
        made: the bed.
        standing: the moment.
        people: their organs.
        numbers: of each, from which the noise comes; 0 is the patient's own.
    """
    n = len(people)
    live = Live(
        _beds(standing.beds, people), made.scenario, seed=made.bedside.seed, record=made.view.record,
        record_period_s=made.period_s, signals=made.signals, first_patient=list(numbers),
    )  # fmt: skip
    carried = jax.tree.map(lambda a: np.repeat(a, n, axis=0), standing.moment.carry)
    live.moment = Moment(carried, standing.moment.page)
    live.scenarios = [standing.scenario] * n
    return live


def _beds(beds: Bed, people: Sequence[Organs]) -> Bed:
    devices = jax.tree.map(lambda a: jnp.repeat(jnp.asarray(a), len(people), axis=0), beds.devices)
    return eqx.tree_at(lambda bed: (bed.models, bed.devices), beds, (together(list(people)), devices))


def grant(live: Live, control: Control, wish: Wish, places: np.ndarray) -> None:
    """Grants a wish to some of the people, from the next page on.

    Args:
        live: where they stand.
        control: what is asked for.
        wish: how much.
        places: of whom it is, true or false for each.
    """
    assert wish.value is not None
    if control.is_setting:
        changed = with_setting(live.beds, control, wish.value)
        live.beds = jax.tree.map(lambda a, b: jnp.where(places, a, b) if eqx.is_array(a) else b, changed, live.beds)
        return
    told: dict[int, Scenario] = {}
    for i in np.flatnonzero(places):
        before = live.scenarios[i]
        if id(before) not in told:
            told[id(before)] = with_wish(before, control, wish, live.t_s)
        live.scenarios[i] = told[id(before)]


def shown_by(made: Made, live: Live, recorded: Mapping[str, np.ndarray]) -> np.ndarray:
    """What the devices of everybody show (`member number`); nothing of those who left what is plausible."""
    left = np.isfinite(live.flags.implausible_s)
    rows = [numbers_at(made.view, {k: v[i] for k, v in recorded.items()}) for i in range(len(left))]
    values = np.asarray([[row[name] for name in made.view.numbers.readings] for row in rows], float)
    return np.where(left[:, None], np.nan, values)
