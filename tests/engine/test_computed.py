"""What computes is told whole: another compiler, other flags, another processor are another text."""

import pytest

from twinbed.engine import computed
from twinbed.engine.native import compile as native


@pytest.fixture(autouse=True)
def _anew():
    """What is remembered in a process is asked for again."""
    _forget()
    yield
    _forget()


def test_it_is_the_same_whenever_it_is_asked_for():
    first = computed.computed_by("native")
    _forget()
    assert computed.computed_by("native") == first
    assert "-O3" in first
    assert computed.computed_by("xla") != first


@pytest.mark.parametrize("changed", ["flags", "processor", "compiler"])
def test_it_is_another_with_another(changed, monkeypatch, tmp_path):
    first = computed.computed_by("native")
    if changed == "flags":
        monkeypatch.setenv("TWINBED_CXXFLAGS", "-O0")
    elif changed == "processor":
        monkeypatch.setattr(native, "features", lambda: frozenset({"avx9000"}))
    else:
        compiler = tmp_path / "other"
        compiler.write_text("#!/bin/sh\necho 'another compiler 7'\n")
        compiler.chmod(0o700)
        monkeypatch.setattr(native, "compiler", lambda: (str(compiler),))
    _forget()
    assert computed.computed_by("native") != first


def _forget():
    computed.computed_by.cache_clear()
    native._identity.cache_clear()
