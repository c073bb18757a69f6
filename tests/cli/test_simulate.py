"""`twinbed simulate` on a small bed, with a clock of its own."""

import io
import pathlib
from types import SimpleNamespace

import numpy as np
import pyarrow.csv
import pytest
from rich.console import Console
from typer.testing import CliRunner

from twinbed.cli import monitor, simulate
from twinbed.cli.app import app
from twinbed.connect.files import read_table
from twinbed.core.component import output_template
from twinbed.core.errors import TwinbedError
from twinbed.core.scenario import Event, Scenario
from twinbed.devices.monitoring.capnograph import Capnograph
from twinbed.devices.software.alarm_system import AlarmSystem
from twinbed.devices.ventilation.bag_valve_mask import BagValveMask
from twinbed.engine.bed import Bed
from twinbed.engine.couple import port_list
from twinbed.physiology.respiratory.test_lung import TestLung
from twinbed.studies.acute.bedside import Bedside
from twinbed.studies.acute.vitals import READINGS, WAVES, View

BED = Bed(
    {"lung": TestLung()},
    {
        "bag": BagValveMask(rate=12.0),
        "capnograph": Capnograph(),
        "alarms": AlarmSystem(grace_time=0.0, delay=0.0, carbon_dioxide_high=10.0),
    },
)
SCENARIO = Scenario((Event("bag_ventilation", 13.0, 60.0, 0.0),))
LASTS_S = 14.0


class Stopped:
    """A clock that goes on only while somebody waits, and may be interrupted."""

    def __init__(self, interrupted_at=np.inf):
        self.time, self.interrupted_at = 100.0, 100.0 + interrupted_at

    def now(self):
        return self.time

    def wait(self, seconds):
        self.time += seconds
        if self.time > self.interrupted_at:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def prepared():
    """One bed that the tests put back to its beginning."""
    run = simulate.Run(BED, SCENARIO, title="a bag and a lung", seed=1, lasts_s=LASTS_S, backend="xla")
    return run, run.live.moment


@pytest.fixture
def run(prepared):
    run, beginning = prepared
    run.live.moment, run.pieces, run.measured_s, run.busy_s = beginning, [], [], 0.0
    return run


def test_the_summary_shows_what_monitors_read_and_what_happens(run, capsys):
    simulate.show_summary(run)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "a bag and a lung"
    assert lines[1].split() == ["time", "etCO2", "RR"]
    assert any("No ventilation by bag and mask for 1 min" in line and line.split()[0] == "00:13" for line in lines)
    assert (
        len([line for line in lines if line.strip()[:3] == "00:"]) == round(LASTS_S) + 1
    )  # a row a second, and an event
    last = lines[-1].split()
    assert last[0] == "00:14"
    assert last[2] == "12"  # the rate of the hand


def test_lines_come_at_the_pace_of_the_clock(run, capsys):
    clock = Stopped()
    simulate.show_live(run, 2.0, clock, Console(file=io.StringIO()))
    assert clock.time == pytest.approx(100.0 + LASTS_S / 2.0)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == round(LASTS_S)
    assert lines[-1].startswith("00:14")
    assert "> No ventilation by bag and mask for 1 min" in lines[-1]
    assert "! carbon dioxide high" in lines[-1]


def test_the_screen_shows_waves_numbers_alarms_and_events(run):
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100, height=30, record=True)
    clock = Stopped()
    simulate.show_live(run, 1.0, clock, console)
    assert clock.time == pytest.approx(100.0 + LASTS_S)
    screen = simulate.screen_of(run)
    for piece in run.pieces:
        screen.write(piece)
    console = Console(file=out, width=100, height=30, record=True)
    console.print(simulate.frame(run, screen, run.recorded(last=6), run.live.t_s, 1.0, console.size))
    text = console.export_text()
    assert "a bag and a lung" in text
    assert "00:14" in text
    assert "PAW" in text
    assert " carbon dioxide high " in text
    assert "real time (up to " in text
    assert "00:13  No ventilation by bag and mask for 1 min" in text
    assert any(0x2800 < ord(c) <= 0x28FF for c in text)
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("height", [24, 40])
def test_what_happens_stays_on_a_screen_of_80_columns(height):
    """Five waves, three events and an alarm fit into 24 lines, which a terminal has; taller ones have big digits."""
    readings = {r.name: (r, r.name, "") for r in READINGS if r.name != "SaO2"}
    view = View(WAVES, readings, (), frozenset())
    record = {name: np.full(100, 93.0) for name in view.record}
    happens = [(float(k), f"event {k}") for k in range(5)]
    bed = object.__new__(simulate.Run)
    bed.view, bed.title, bed.period_s, bed.happens = view, "Anaesthesia, 62 years, hypertensive", 0.01, happens
    bed.live, bed.busy_s, bed.measured_s = SimpleNamespace(t_s=327.4), 1.0, [95.0, 215.0, 335.0]
    screen = simulate.screen_of(bed)
    screen.write(record)
    console = Console(file=io.StringIO(), width=80, height=height, record=True)
    console.print(simulate.frame(bed, screen, record, 240.0, 20.0, console.size))
    lines = console.export_text().splitlines()
    assert len(lines) < height
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert "Anaesthesia, 62 years, hypertensive" in text
    assert "04:00   20x real time (up to 327x)" in text
    assert "NIBP 93/93 mmHg at 03:35" in text
    assert [k for k in range(5) if f"event {k}" in text] == [2, 3, 4]
    assert all(name in text for name in ("HR", "ART", "MAP 93", "SpO2", "etCO2", "RR 93", "Ppeak", "Vt 93", "BIS 93"))
    assert ("┏" in text) == (height > 24)
    assert ("HR 93 /min" in text) == (height == 24)


def test_when_the_cuff_measured_is_when_its_number_grew(run, monkeypatch):
    """A cuff that measures at 1.5 and 3.25 s: the number of what is recorded 0.01 s later is greater."""
    times = np.round(np.arange(1, round(LASTS_S / run.period_s) + 1) * run.period_s, 6)
    number = np.searchsorted([1.5, 3.25], times - 0.005).astype(float)
    advance = run.live.advance

    def with_number(seconds):
        start = round(run.live.t_s / run.period_s)
        piece = advance(seconds)
        n = len(next(iter(piece.values()))[0])
        return {**piece, "cuff.nibp_number": number[None, start : start + n]}

    monkeypatch.setattr(run.live, "advance", with_number, raising=False)
    monkeypatch.setattr(run, "cuff", "cuff.nibp_number")
    for _ in range(5):
        run.one_page()
    assert run.measured_s == pytest.approx([1.5, 3.25], abs=0.011)
    assert [run.measured(t) for t in (1.0, 2.0, 5.0)] == ["", "at 00:02", "at 00:03"]


def test_an_interruption_ends_it_cleanly(run, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(simulate, "WallClock", lambda: Stopped(interrupted_at=5.5))
    monkeypatch.setattr(simulate, "Run", lambda *a, **k: run)
    monkeypatch.setattr("twinbed.studies.acute.bedside.load_bedside", lambda path: Bedside())
    monkeypatch.setattr("twinbed.studies.acute.bedside.build_bed", lambda *a, **k: BED)
    out = tmp_path / "out.parquet"
    done = CliRunner().invoke(app, ["simulate", str(tmp_path / "bed.toml"), "--realtime", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "stopped at 00:06" in done.output
    assert len(read_table(out)["time_s"]) == 600


def test_what_is_written_is_what_was_recorded(run, tmp_path):
    for _ in range(2):
        run.one_page()
    recorded = run.recorded()
    simulate.write(tmp_path / "a.parquet", recorded, run.period_s)
    simulate.write(tmp_path / "a.csv", recorded, run.period_s)
    columns = read_table(tmp_path / "a.parquet")
    table = pyarrow.csv.read_csv(tmp_path / "a.csv")
    assert columns["time_s"][-1] == 1.99
    for name, values in recorded.items():
        np.testing.assert_array_equal(columns[name], values)
        np.testing.assert_allclose(table[name].to_numpy(), values)


def test_a_recording_has_what_every_device_shows(run):
    run.one_page()
    assert {"bag.circuit_pressure", "alarms.alarm_cause", "capnograph.etco2"} <= run.written().keys()
    shown = {f"{n}.{p.signal}" for n, d in BED.devices.items() for p in port_list(output_template(d))}
    assert shown <= run.written().keys()
    assert len({len(values) for values in run.written().values()}) == 1


def test_a_file_may_choose_what_a_recording_has(tmp_path):
    record = ("capnograph.etco2", "bag.circuit_pressure")
    more = {"title": "", "seed": 1, "lasts_s": 1.0, "backend": "xla", "record": record}
    chosen = simulate.Run(BED, SCENARIO, **more)
    chosen.one_page()
    assert tuple(chosen.written()) == record
    forgets = simulate.Run(BED, SCENARIO, keeps=False, **more)
    forgets.one_page()
    assert "bag.circuit_pressure" in chosen.pieces[0]
    assert "bag.circuit_pressure" not in forgets.pieces[0]


def test_wrong_options_say_what_to_do(tmp_path):
    file = tmp_path / "bed.toml"
    file.write_text("")
    call = lambda *more: CliRunner().invoke(app, ["simulate", str(file), *more]).exception
    assert "must be above zero" in str(call("--speed", "0"))
    assert ".parquet or a .csv" in str(call("--out", "x.txt"))
    assert "expected seconds" in str(call("--for", "soon"))
    assert "must be above zero" in str(call("--for", "0"))
    assert "no backend 'fast'" in str(error := call("--for", "1 s", "--backend", "fast"))
    assert isinstance(error, TwinbedError)
    assert "cannot be read" in str(CliRunner().invoke(app, ["simulate", str(tmp_path / "none.toml")]).exception)


def test_a_sweep_writes_over_what_is_oldest():
    sweep = monitor.Sweep.of(1.0, 0.1)
    sweep.write(np.arange(13.0))
    assert sweep.pen == 3
    np.testing.assert_array_equal(sweep.samples, [10, 11, 12, 3, 4, 5, 6, 7, 8, 9])
    columns = sweep.columns(10)
    assert columns[3] is None  # the gap in front of the pen
    assert columns[2] == (11.0, 12.0)
    assert sweep.span((0.0, 5.0), 5.0) == (0.0, 15.0)


def test_braille_puts_low_at_the_bottom():
    """Two columns of dots make a cell; the lowest dots of a cell are 0x40 and 0x80, the highest 0x01 and 0x08."""
    assert braille_codes([(0.0, 0.0), (1.0, 1.0)], rows=1) == [[0x40 | 0x08]]
    assert braille_codes([(0.0, 1.0), None], rows=2) == [[0x47], [0x47]]


def braille_codes(columns, rows):
    return [[ord(c) - 0x2800 for c in line] for line in monitor.braille(columns, 0.0, 1.0, rows)]


def test_big_digits_have_three_lines_of_one_width():
    for text in ("0123456789", "120/80", "--", "36.6"):
        assert len({len(line) for line in monitor.big(text)}) == 1


@pytest.mark.slow
def test_the_example_stays_plausible_and_oxygenated(capsys):
    """Anaesthesia with a ventilator: saturation above 94 % throughout, and 600 mL of blood lost lowers the pressure."""
    from twinbed.studies.acute.bedside import build_bed, build_scenario, load_bedside, person_of

    bedside = load_bedside(pathlib.Path(__file__).parents[2] / "examples" / "bedside.toml")
    bed, scenario = build_bed(bedside, longest_s=1.0), build_scenario(bedside.events, person_of(bedside.patient))
    run = simulate.Run(bed, scenario, title=bedside.title, seed=1, lasts_s=bedside.duration, backend="native")
    simulate.show_summary(run)
    capsys.readouterr()
    assert np.isinf(run.live.flags.implausible_s).all()
    kept = run.recorded()
    assert kept["oximeter.spo2"][round(60 / 0.01) :].min() > 94.0
    mean = kept["monitor.monitor_mean"]
    assert mean[round(570 / 0.01)] < mean[round(350 / 0.01)] - 10.0
    assert run.factor > 100.0
