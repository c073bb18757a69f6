"""What a capnograph samples under a mask with fresh gas: times of washout, and balance of mass."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.engine.integrate import advance
from twinbed.physiology.respiratory._parts.gas import Fractions
from twinbed.physiology.respiratory._parts.mask import Mask
from twinbed.physiology.respiratory.lungs import Lungs

CARBON, ROOM = 0.055, 0.0004
SIMPLE, RESERVOIR = 2.0, 3.0
PERIOD_S, DT = 4.8, 0.01


def fractions(carbon):
    return Fractions(jnp.asarray(0.2), jnp.asarray(carbon))


@pytest.mark.parametrize("outward", [0.02, 0.3])
def test_a_steady_expiration_is_diluted_as_flows_add(outward):
    """What leaves under the mask is both flows together: q c = (q + Q) x, where fresh gas has none."""
    mask, fresh = Mask(), 0.1
    under = CARBON * outward / (outward + fresh)
    flows = map(jnp.asarray, (-outward, fresh, 0.01))
    change = mask.mixes(fractions(under), fractions(CARBON), fractions(0.0), *flows)
    assert float(change.carbon_dioxide) == pytest.approx(0.0, abs=1e-12)


def played(seconds, effort=0.0, **said):
    """Carbon dioxide that a capnograph samples, and at the mouth, mmHg, with a breath every `PERIOD_S`."""
    lungs = Lungs()
    gives = {"carbon_dioxide_output_left": 90.0, "carbon_dioxide_output_right": 110.0,
             "oxygen_uptake_left": 110.0, "oxygen_uptake_right": 140.0}  # fmt: skip
    rest = dataclasses.replace(lungs.resting(), **{k: jnp.asarray(v) for k, v in (gives | said).items()})
    t = np.arange(round(seconds / DT)) * DT
    within = t % PERIOD_S
    efforts = jnp.asarray(np.where(within < 1.6, -effort * np.sin(np.pi * within / 1.6), 0.0))

    def step(x, now):
        u = dataclasses.replace(rest, respiratory_muscle_pressure=now)
        x = advance(lungs, jnp.asarray(0.0), x, u, 1)
        return x, (lungs.outputs(jnp.asarray(0.0), x, u).airway_carbon_dioxide, 713.0 * x.mouth.carbon_dioxide)

    filled = eqx.tree_at(lambda x: x.under_mask, lungs.initial(), lungs.initial().mouth)
    return [np.asarray(v) for v in jax.jit(lambda e: jax.lax.scan(step, filled, e)[1])(efforts)]


@pytest.mark.parametrize(("flow", "seconds"), [(6.0, 1.0), (12.0, 0.5)])
def test_fresh_gas_washes_the_mask_out_while_nobody_breathes(flow, seconds):
    """0.1 L under a mask by 0.1 or 0.2 L/s; what blood gives then draws no gas out of the mouth."""
    sampled, _ = played(4.0, oxygen_flow=flow, oxygen_interface=RESERVOIR)
    room = 713.0 * ROOM
    fell = (sampled[round(2 * seconds / DT)] - room) / (sampled[round(seconds / DT)] - room)
    assert fell == pytest.approx(np.exp(-1.0), rel=0.02)


def test_under_a_mask_end_tidal_carbon_dioxide_reads_low():
    """Takaki 2015, 6 L/min: 12.6 mmHg (4.6 to 20.6) below the arteries, some of it as without a mask."""
    sampled, mouth = (
        wave[-round(2 * PERIOD_S / DT) :] for wave in played(60.0, 6.0, oxygen_flow=6.0, oxygen_interface=SIMPLE)
    )
    assert 4.6 < mouth.max() - sampled.max() < 12.6
    assert sampled.min() < 1.0


@pytest.mark.parametrize(
    "said",
    [{"oxygen_interface": 0.0}, {"oxygen_interface": 1.0}, {"circuit_resistance": 3.0}, {"intubation": 1.0},
     {"oxygen_flow": 0.0}],
)  # fmt: skip
def test_without_a_mask_and_behind_a_bag_or_a_tube_nothing_dilutes(said):
    sampled, mouth = played(10.0, 6.0, **({"oxygen_flow": 8.0, "oxygen_interface": SIMPLE} | said))
    np.testing.assert_array_equal(sampled, mouth)
