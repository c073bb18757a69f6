"""One function under XLA and as native code."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from twinbed.engine.native.execute import execute
from twinbed.engine.native.program import program


def native(f, trees, dtype):
    """`f` of every row of the trees' arrays, as native code."""
    arrays, fixed = eqx.partition(trees, eqx.is_array)
    leaves, structure = jax.tree.flatten(arrays)
    one = lambda *own: f(*eqx.combine(jax.tree.unflatten(structure, own), fixed))
    shapes = [jax.ShapeDtypeStruct(a.shape[1:], a.dtype) for a in leaves]
    closed, shape = jax.make_jaxpr(one, return_shape=True)(*shapes)
    out = execute(program(closed, dtype), [np.asarray(a) for a in leaves], len(leaves[0]))
    return jax.tree.unflatten(jax.tree.structure(shape), out)


def xla(f, trees):
    """The same under XLA."""
    arrays, fixed = eqx.partition(trees, eqx.is_array)
    return jax.jit(jax.vmap(lambda own: f(*eqx.combine(own, fixed))))(jax.tree.map(jnp.asarray, arrays))


def assert_close(got, want, relative):
    """All leaves agree, relative to their size."""
    for g, w in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        assert g.dtype == w.dtype
        np.testing.assert_allclose(g.astype(float), np.asarray(w, float), rtol=relative, atol=relative)
