"""Every component found by walking the tree passes every check of `twinbed.testing`."""

import pytest

from twinbed.core import discover
from twinbed.core.discover import ids, load
from twinbed.testing import checks_for

CASES = [
    pytest.param(load(id_), check, id=f"{id_}-{check.__name__}")
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
