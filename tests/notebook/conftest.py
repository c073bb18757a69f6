"""A bed of a notebook that is ready in a moment, and what it says."""

import pytest

from tests.ward import tiny
from twinbed.ward import kept


@pytest.fixture
def said(monkeypatch):
    """What widgets send: contents and buffers."""
    said = []
    hear = lambda widget, content, buffers=(): said.append((content, buffers))
    monkeypatch.setattr("anywidget.AnyWidget.send", hear)
    return said


@pytest.fixture
def bed(monkeypatch, said):
    """A tiny bed of one page in five minutes."""
    from twinbed.notebook import bed as module
    from twinbed.notebook import replay

    monkeypatch.setattr(module, "make", lambda toml: tiny.made())
    monkeypatch.setattr(kept, "make", lambda toml: tiny.made())
    for own in (module, replay):
        monkeypatch.setattr(own, "program", lambda: "export default {}")
    return module.Bed("anaesthesia", who="kim")
