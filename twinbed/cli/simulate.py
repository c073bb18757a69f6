"""`twinbed simulate`: one acute bedside, at once or at the pace of the clock."""

import io
import math
import pathlib
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
import typer

from twinbed.cli.output import say_unusual

FRAMES_PER_S = 12.0
_LOG = 3
_RECENT = 6
"""Pages that numbers are made from."""
_STEPS_S = (1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_PAIRS: dict[tuple[str, ...], str] = {("SYS", "DIA"): "ART", ("NSYS", "NDIA"): "NIBP"}
_COLUMNS: tuple[tuple[str, ...], ...] = (
    ("HR",), ("SYS", "DIA"), ("MAP",), ("NSYS", "NDIA"), ("SpO2",), ("SaO2",), ("etCO2",), ("RR",), ("Temp",), ("Vt",),
    ("Ppeak",), ("BIS",),
)  # fmt: skip


class Column(NamedTuple):
    """A column of the summary."""

    name: str
    unit: str
    colour: str
    readings: tuple[str, ...]
    width: int


@runtime_checkable
class Clock(Protocol):
    """The clock on the wall."""

    def now(self) -> float:
        """Seconds since some moment."""
        ...

    def wait(self, seconds: float) -> None:
        """Waits."""
        ...


class WallClock:
    """The clock of this machine."""

    def now(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


def simulate(
    file: Annotated[pathlib.Path, typer.Argument(help="A bedside file (TOML).")],
    realtime: Annotated[bool, typer.Option("--realtime", help="Show waves and numbers live.")] = False,
    speed: Annotated[float, typer.Option(help="How many times faster than the clock, with --realtime.")] = 1.0,
    duration: Annotated[
        str | None, typer.Option("--for", help='How long, such as "10 min" or 00:10:00; as the file says if left out.')
    ] = None,
    out: Annotated[
        pathlib.Path | None,
        typer.Option(
            "--out", help="Write what devices and the screen showed, or `record` of the file says: .parquet or .csv."
        ),
    ] = None,
    backend: Annotated[str, typer.Option(help="What computes: auto, native or xla.")] = "auto",
) -> None:
    """Run one bedside: a patient, devices and what happens; print vital signs, or show them live.

    Ctrl-C ends a live bed; what was recorded until then is written.
    """
    from twinbed.core.errors import StudyError
    from twinbed.studies.acute.bedside import build_bed, build_scenario, load_bedside, person_of, seconds

    if not (math.isfinite(speed) and speed > 0.0):
        raise StudyError(f"--speed {speed}: it must be above zero")
    if out is not None and out.suffix not in (".parquet", ".csv"):
        raise StudyError(f"--out {out}: write a .parquet or a .csv file")
    bedside = load_bedside(file)
    say_unusual(bedside)
    lasts_s = seconds(duration, "--for") if duration is not None else bedside.duration
    if not lasts_s > 0.0:
        raise StudyError(f"--for {duration}: it must be above zero")
    with _busy("preparing the bed (a new one is compiled once, which takes a minute or two)"):
        bed = build_bed(bedside, longest_s=1.0)
        scenario = build_scenario(bedside.events, person_of(bedside.patient))
        run = Run(bed, scenario, title=bedside.title, seed=bedside.seed, lasts_s=lasts_s, backend=backend,
                  record=bedside.record, keeps=out is not None)  # fmt: skip
    try:
        show_live(run, speed, WallClock()) if realtime else show_summary(run)
    except KeyboardInterrupt:
        typer.echo(f"stopped at {run.time}", err=True)
    run.say_how_it_went()
    if out is not None:
        write(out, run.written(), run.period_s)
        typer.echo(f"recording {out}")


class Run:
    """A bed that runs. Holds the live bed, and what was recorded of it."""

    def __init__(
        self, bed: Any, scenario: Any, *, title: str, seed: int, lasts_s: float, backend: str,
        record: Sequence[str] = (), keeps: bool = True,
    ):  # fmt: skip
        """Prepares a bed.

        Args:
            bed, scenario, seed, backend: as `engine.live.Live`.
            title: what is shown above it.
            lasts_s: how long it will run, in seconds.
            record: what is written, `part.signal`; what devices show, and what is shown here, if it is empty.
            keeps: whether it will be written; what only a file needs is forgotten otherwise.
        """
        from twinbed.engine.live import Live
        from twinbed.studies.acute.vitals import PERIOD_S, happenings, shown_by_devices, view_of

        self.title, self.period_s, self.view = title, PERIOD_S, view_of(bed)
        self.cuff = _cuff_of(bed, self.view)
        shown = [*self.view.record, *([self.cuff] if self.cuff else [])]
        self.writes = tuple(record) or tuple(dict.fromkeys([*self.view.record, *shown_by_devices(bed)]))
        wanted = tuple(dict.fromkeys([*shown, *self.writes]))  # the same, and so one program, whether it is written
        self.forgets = frozenset(() if keeps else wanted) - frozenset(shown)
        self.live = Live(bed, scenario, seed=seed, record=wanted, record_period_s=PERIOD_S, backend=backend)
        self.n_pages = max(1, math.ceil(lasts_s / self.live.page_s - 1e-9))
        self.happens = list(happenings(scenario.events, until_s=self.n_pages * self.live.page_s))
        self.pieces: list[Mapping[str, np.ndarray]] = []
        self.measured_s: list[float] = []
        self.busy_s = 0.0

    def one_page(self) -> Mapping[str, np.ndarray]:
        """Goes on by a page, and returns what was recorded in it (`time`)."""
        start, began_s = time.process_time(), self.live.t_s
        went = self.live.advance(self.live.page_s)
        piece = {name: values[0] for name, values in went.items() if name not in self.forgets}
        self.busy_s += time.process_time() - start
        if self.cuff:
            before = self.pieces[-1][self.cuff][-1:] if self.pieces else np.zeros(1)
            grown = np.flatnonzero(np.diff(piece[self.cuff], prepend=before) > 0.0)
            self.measured_s += [began_s + float(k + 1) * self.period_s for k in grown]
        self.pieces.append(piece)
        return piece

    def measured(self, now_s: float) -> str:
        """When the cuff measured last, in words; nothing before it did."""
        from twinbed.studies.acute.vitals import clock

        known = [t for t in self.measured_s if t <= now_s + self.period_s]
        return f"at {clock(known[-1])}" if known else ""

    @property
    def time(self) -> str:
        """How far the patient has come."""
        from twinbed.studies.acute.vitals import clock

        return clock(self.live.t_s)

    @property
    def factor(self) -> float:
        """How much faster than the clock the bed could run on one processor."""
        return self.live.t_s / max(self.busy_s, 1e-9)

    def recorded(self, last: int = 0) -> dict[str, np.ndarray]:
        """What was recorded so far, or in so many last pages."""
        names = self.pieces[0] if self.pieces else {}
        return {name: np.concatenate([piece[name] for piece in self.pieces[-last:]]) for name in names}

    def written(self) -> dict[str, np.ndarray]:
        """What a file of the recording holds."""
        whole = self.recorded()
        return {name: whole[name] for name in self.writes if name in whole}

    def say_how_it_went(self) -> None:
        """Says how fast it was, and whether the patient stayed plausible."""
        from twinbed.studies.acute.vitals import clock

        if self.pieces:
            typer.echo(f"{self.time} simulated, {self.factor:.0f} times faster than real time ({self.live.backend})")
        flags = self.live.flags
        left = f"plausible ({self.live.implausible_signal[0]})"
        for name, since in (("finite", flags.not_finite_s), (left, flags.implausible_s)):
            if np.isfinite(since[0]):
                typer.echo(f"from {clock(float(since[0]))} on the patient is no longer {name}; do not use what follows")


def _cuff_of(bed: Any, view: Any) -> str:
    """What counts the measurements of the cuff that is shown; nothing without a cuff that counts."""
    from twinbed.core.component import output_template
    from twinbed.engine.couple import port_list

    part = view.readings["NSYS"][1].partition(".")[0] if "NSYS" in view.readings else ""
    shown = {p.signal for p in port_list(output_template(bed.devices[part]))} if part else set()
    return f"{part}.nibp_number" if "nibp_number" in shown else ""


def show_summary(run: Run) -> None:
    """Runs at once and prints vital signs over time, with what happens between."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(run.title, total=run.n_pages)
        for _ in range(run.n_pages):
            run.one_page()
            bar.advance(task)
    Console().print(summary(run), soft_wrap=True)


def summary(run: Run) -> Any:
    """Vital signs over time, and between them what happens."""
    from rich.text import Text

    from twinbed.studies.acute.vitals import clock, text

    columns = [_column(run, *names) for names in _COLUMNS if names[0] in run.view.readings]
    line = lambda first, cells: Text(first.rjust(8)) + Text.assemble(*cells)
    cell = lambda said, column: (said.rjust(column.width), column.colour)
    said = [Text(run.title, style="bold")]
    for header in (lambda c: c.name, lambda c: c.unit):
        said.append(line("" if said[1:] else "time", [cell(header(c), c) for c in columns]))
    every_s = next((s for s in _STEPS_S if run.live.t_s / s <= 15), _STEPS_S[-1])
    ends = np.append(np.arange(every_s, run.live.t_s, every_s), run.live.t_s)
    whole = run.recorded()
    for start, end in zip([0.0, *ends[:-1]], ends, strict=True):
        at = round(float(end) / run.period_s) - 1
        said += [Text(f"{clock(t):>8}   {words}", style="bright_black") for t, words in run.happens if start <= t < end]
        shown = lambda c, at=at: "/".join(text(run.view, n, whole, at) for n in c.readings)
        said.append(line(clock(float(end)), [cell(shown(c), c) for c in columns]))
    of_body = [n for names in _COLUMNS for n in names if n in run.view.of_body]
    if of_body:
        said.append(Text(f"{', '.join(of_body)}: of the body itself, no device shows it", style="bright_black"))
    return Text("\n").join(said)


def _column(run: Run, *names: str) -> Column:
    reading = run.view.readings[names[0]][0]
    joined = "/".join(names) if len(names) == 1 else _PAIRS[names]
    return Column(
        joined, reading.unit, reading.colour, names, max(3 + 4 * len(names), len(joined), len(reading.unit)) + 1
    )


def show_live(run: Run, speed: float, clock: Clock, console: Any = None) -> None:
    """Shows the bed at a pace, until its time is over: a monitor in a terminal, else one line a second."""
    from rich.console import Console

    console = console or Console()
    if console.is_terminal:
        _on_screen(run, speed, clock, console)
    else:
        _in_lines(run, speed, clock)


def _in_lines(run: Run, speed: float, clock: Clock) -> None:
    """One line a simulated second."""
    from twinbed.studies.acute.vitals import alarms, text

    start = clock.now()
    for _ in range(run.n_pages):
        began_s = run.live.t_s
        run.one_page()
        piece = run.recorded(last=_RECENT)
        clock.wait(max(0.0, start + run.live.t_s / speed - clock.now()))
        known = [names for names in _COLUMNS if names[0] in run.view.readings]
        told = lambda names, piece=piece: "/".join(text(run.view, n, piece) for n in names)
        when = {"NIBP": run.measured(run.live.t_s)}
        labels = {names: _PAIRS.get(names, names[0]) for names in known}
        numbers = [f"{labels[names]} {told(names)} {when.get(labels[names], '')}".rstrip() for names in known]
        marks = [f"! {alarm.name}" for alarm in alarms(run.view, piece)]
        said = [f"> {words}" for t, words in run.happens if began_s <= t < run.live.t_s]
        typer.echo("  ".join([run.time, *numbers, *marks, *said]))
        sys.stdout.flush()


def _on_screen(run: Run, speed: float, clock: Clock, console: Any) -> None:
    from rich.live import Live as Shown

    screen = screen_of(run)
    frames = max(1, round(FRAMES_PER_S * run.live.page_s / speed))
    with Shown(console=console, auto_refresh=False, screen=True, vertical_overflow="crop") as shown:
        start = clock.now()
        for _ in range(run.n_pages):
            piece = run.one_page()
            recent, ahead = run.recorded(last=_RECENT), len(next(iter(piece.values())))
            for part in pieces_of(piece, frames):
                screen.write(part)
                ahead -= len(next(iter(part.values())))
                now_s = run.live.t_s - ahead * run.period_s
                clock.wait(max(0.0, start + now_s / speed - clock.now()))
                now = {name: values[: len(values) - ahead] for name, values in recent.items()}
                shown.update(frame(run, screen, now, now_s, speed, console.size), refresh=True)


def screen_of(run: Run) -> Any:
    """An empty screen for a bed."""
    from twinbed.cli.monitor import Screen

    return Screen(run.view, run.title, run.period_s)


def frame(run: Run, screen: Any, recent: Mapping[str, np.ndarray], now_s: float, speed: float, size: Any) -> Any:
    """The screen at a moment."""
    from twinbed.studies.acute.vitals import clock

    log = [f"{clock(t)}  {words}" for t, words in run.happens if t < now_s][-_LOG:]
    pace = f"{speed:g}x real time" if speed != 1.0 else "real time"
    header = f"{clock(now_s)}   {pace} (up to {run.factor:.0f}x)"
    rows = max(1, min(6, (size.height - 6 - _LOG) // max(1, len(run.view.waves)) - 1))
    return screen.draw(recent, header=header, log=log, width=size.width, rows=rows, measured=run.measured(now_s))


def pieces_of(piece: Mapping[str, np.ndarray], n: int) -> Sequence[Mapping[str, np.ndarray]]:
    """A piece of a recording in up to `n` pieces."""
    samples = len(next(iter(piece.values())))
    edges = np.linspace(0, samples, min(n, samples) + 1).astype(int)
    return [{k: v[a:b] for k, v in piece.items()} for a, b in zip(edges[:-1], edges[1:], strict=True)]


def write(path: pathlib.Path, recorded: Mapping[str, np.ndarray], period_s: float) -> None:
    """Writes what was recorded, with the time in seconds first, as Parquet or CSV."""
    from twinbed.connect.files import write_bytes, write_table

    n = len(next(iter(recorded.values()), ()))
    columns = {"time_s": np.round(np.arange(n) * period_s, 6), **recorded}
    if path.suffix == ".parquet":
        write_table(path, columns)
        return
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    sink = io.BytesIO()
    pa_csv.write_csv(pa.table(columns), sink)
    write_bytes(path, sink.getvalue())


def _busy(what: str) -> Any:
    """A sign on standard error that something is being done, and for how long by now; nothing where nobody watches."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    shown = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    shown.add_task(what, total=None)
    return shown
