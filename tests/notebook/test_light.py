"""Without the extra, twinbed says what is missing."""

import sys

import pytest

from twinbed.core.errors import NotFound


def test_without_anywidget_it_is_said_how_to_get_it(monkeypatch):
    for name in [n for n in sys.modules if n.startswith("twinbed.notebook")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(NotFound, match=r"pip install 'twinbed\[notebook\]'"):
        import twinbed.notebook  # noqa: F401
