"""A server that is killed loses nothing that it acknowledged, and its beds go on as if nothing had been."""

import signal
import subprocess
import sys

import numpy as np
import pytest

from tests.ward.tiny import made
from twinbed.server.store import embedded, open_store
from twinbed.ward.checkpoints import Checkpoints
from twinbed.ward.controls import Wish
from twinbed.ward.log import InMemory
from twinbed.ward.session import Session

pytestmark = pytest.mark.long

CHILD = """
import sys, pathlib
from tests.ward.tiny import made
from twinbed.server.store import embedded, open_store
from twinbed.ward.checkpoints import Checkpoints
from twinbed.ward.controls import Wish
from twinbed.ward.session import Session
folder = pathlib.Path(sys.argv[1])
store = open_store(embedded(folder / "store.db"))
bed = store.beds.add_bed(title="b", kind="acute", definition={}, seed=7, version="1", made_by="kim").id
print(bed, flush=True)
session = Session(bed, made(), store.beds, Checkpoints(folder / bed))
for k in range(10000):
    if k % 3 == 0:
        entry = session.ask("kim", "carbohydrate", Wish(1.0 + k % 7, 300.0))
        print(entry.seq, entry.page, flush=True)  # acknowledged
    session.advance()
"""
ACKNOWLEDGED = 40


def test_nothing_that_was_acknowledged_is_lost(tmp_path):
    with subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            bed = child.stdout.readline().strip()
            said = [tuple(map(int, child.stdout.readline().split())) for _ in range(ACKNOWLEDGED)]
            child.send_signal(signal.SIGKILL)
            said += [tuple(map(int, line.split())) for line in child.stdout if len(line.split()) == 2]
        finally:
            child.kill()
    with open_store(embedded(tmp_path / "store.db")) as store:
        entries = store.beds.entries(bed)
        assert [(e.seq, e.page) for e in entries][: len(said)] == said
        again = Session(bed, made(), store.beds, Checkpoints(tmp_path / bed))
        assert again.page >= said[-1][1]
        lived = Session("other", made(), InMemory(), Checkpoints())
        wishes = {e.page: Wish(e.data["value"], e.data["lasts_s"]) for e in entries}
        pages = []
        for k in range(again.page + 20):
            if k in wishes:
                lived.ask("kim", "carbohydrate", wishes[k])
            pages.append(lived.advance())
        went_on = [again.advance() for _ in range(20)]
        for page, other in zip(went_on, pages[-20:], strict=True):
            np.testing.assert_array_equal(page.recorded["sensor.cgm"], other.recorded["sensor.cgm"])
