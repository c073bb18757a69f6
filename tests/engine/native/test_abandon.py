"""A compiler that nobody waits for any more is ended with all that it started."""

import os
import sys
import threading
import time

import pytest

from twinbed.engine.native import compile as compiling
from twinbed.engine.native.errors import Abandoned

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="groups of processes are those of POSIX")
SLOW = """#!/bin/sh
[ "$1" = --version ] && { echo slow; exit 0; }
sleep 600 & echo $! > "$CHILD"; wait
"""


def test_who_waits_is_told_and_no_process_is_left(tmp_path, monkeypatch):
    compiler, child = tmp_path / "slow", tmp_path / "child"
    compiler.write_text(SLOW)
    compiler.chmod(0o700)
    monkeypatch.setenv("CHILD", str(child))
    monkeypatch.setenv("TWINBED_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(compiling, "compiler", lambda: (str(compiler),))
    told = []

    def compiles():
        try:
            compiling.library("int nothing;", width=1)
        except Abandoned as error:
            told.append(error)

    waiting = threading.Thread(target=compiles)
    waiting.start()
    until = time.monotonic() + 30.0
    while not (compiling.is_compiling() and child.is_file() and child.read_text().strip()):
        assert time.monotonic() < until
        threading.Event().wait(0.01)
    compiling.abandon()
    waiting.join(30.0)
    assert len(told) == 1
    assert not compiling.is_compiling()
    assert list((tmp_path / "cache" / "twinbed" / "native").iterdir()) == []
    pid = int(child.read_text())
    while _lives(pid):
        assert time.monotonic() < until
        threading.Event().wait(0.01)


def _lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] != "Z"
