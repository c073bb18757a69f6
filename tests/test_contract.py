"""Every component found by walking the tree passes every check of `twinbed.testing`."""

import inspect

import pytest

from twinbed.core import discover
from twinbed.core.discover import ids, load
from twinbed.core.prose import prose
from twinbed.testing import checks_for

COMPILED = {f"check_{name}" for name in ("model_jit_and_vmap", "model_gradient", "model_precision")}
COMPILED |= {"check_device_vmaps", "check_device_precision"}
"""Checks that take their time in compilers."""
LARGE = {"physiology/pharmacology/drugs", "physiology/respiratory/gas_exchange"}
"""What takes more than ten seconds to compile for any check that runs it."""


def _long(id_, check):
    runs = check.__name__ in ("check_rest", "check_dimensions")
    return [pytest.mark.long] * (check.__name__ in COMPILED or (id_ in LARGE and runs))


CASES = [
    pytest.param(load(id_), check, id=f"{id_}-{check.__name__}", marks=_long(id_, check))
    for kind in ("physiology", "devices", "studies/endpoints")
    for id_ in ids(kind)
    for check in checks_for(load(id_))
]


@pytest.mark.parametrize(("cls", "check"), CASES)
def test_contract(cls, check):
    check(cls)


def test_an_unknown_kind_is_refused():
    with pytest.raises(discover.NotFound, match="kinds are"):
        ids("phisiology")


PARTS = [id_ for kind in ("physiology", "devices", "studies/endpoints") for id_ in ids(kind)]


@pytest.mark.parametrize("id_", PARTS)
def test_it_says_what_it_leaves_out_and_where_it_comes_from(id_):
    """The docstring of its module has *Known limits*; of models and devices references as well."""
    said = prose(inspect.getmodule(load(id_)).__doc__ or "")
    assert len(said.limits) > 10, f"{id_} has no known limits"
    assert len(said.references) > 10 or id_.startswith("studies"), f"{id_} has no references"
