"""The tables of EC57 as lines, record by record and summed up, as the reference comparators print them.

Where those do something of their own, so do the lines (and only they). Averages and sums of
durations are those of the printed figures; of all beats, those missed in a shutdown do not
count supraventricular ones; and summed up, fusion beats called supraventricular are no errors.
"""

import math
from collections.abc import Sequence

from twinbed.bench.ec57.standard import MISSED, SHUT, F, N, Q, S, V
from twinbed.bench.ec57.tables import BeatTable, EpisodeTable, Ratio, RunTable, Table, totals

BEATS = "Record Nn' Vn' Fn' On'  Nv   Vv  Fv' Ov' No' Vo' Fo'  Q Se   Q +P   V Se   V +P  V FPR"
BEATS_S = (
    "Record Nn' Sn' Vn' Fn' On'  Ns  Ss  Vs  Fs' Os' Nv  Sv   Vv  Fv' Ov' No' So' Vo' Fo'  "
    "Q Se   Q +P   V Se   V +P   S Se   S +P RR err"
)
SHUTDOWN = (
    "Record Nx   Vx   Fx   Qx  % beats  % N    % V    % F   Total Shutdown\n"
    "                           missed missed missed missed      Time"
)
SHUTDOWN_S = (
    "Record Nx   Sx   Vx   Fx   Qx  % beats  % N    % S    % V    % F   Total Shutdown\n"
    "                                missed missed missed missed missed      Time"
)
RUNS = "Record CTs CFN CTp CFP STs SFN STp SFP LTs LFN LTp LFP  CSe C+P SSe S+P LSe L+P"
EPISODES = "Record  TPs   FN  TPp   FP  ESe E+P DSe D+P  Ref duration  Test duration "

_LENGTHS = ("couplet", "short_run", "long_run")
_QRS = ("qrs_sensitivity", "qrs_positive_predictivity", "veb_sensitivity", "veb_positive_predictivity")
_SVEB = ("sveb_sensitivity", "sveb_positive_predictivity")
_EPISODE = ("sensitivity", "positive_predictivity", "duration_sensitivity", "duration_positive_predictivity")


def percent(value: float, decimals: int = 2) -> str:
    """A percentage as printed, `-` where there is none."""
    return "-" if math.isnan(value) else f"{value:.{decimals}f}"


def duration(seconds: float) -> str:
    """Hours, minutes and seconds to the millisecond, without leading zeros."""
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    tail = f"{rest // 1000:02d}.{rest % 1000:03d}"
    if hours:
        return f"{hours}:{minutes:02d}:{tail}"
    return f"{minutes}:{tail}" if minutes else f"{rest // 1000}.{rest % 1000:03d}"


def _cells(table: BeatTable, *, supraventricular: bool) -> list[int]:
    """The matrix with f and q counted as n, Q as F, and x as o."""
    groups = [[N], [S], [V], [F, Q], [MISSED, SHUT]] if supraventricular else [[N], [V], [F, Q], [MISSED, SHUT]]
    columns = [[N, F, Q], [S], [V]] if supraventricular else [[N, F, Q], [V]]
    cells = [int(table.counts[row][:, c].sum()) for c in columns for row in groups]
    return cells + [int(table.counts[row][:, [MISSED, SHUT]].sum()) for row in groups[:-1]]


def _numbers(cells: list[int], wide: int) -> str:
    return "".join(f" {n:{4 if i == wide else 3}d}" for i, n in enumerate(cells))


def beats_line(record: str, table: BeatTable) -> str:
    """One record's beats, supraventricular ones counted as normal."""
    table = table.without_supraventricular()
    first, *cells = _cells(table, supraventricular=False)
    figures = "".join(f" {percent(getattr(table, name).percent):>6}" for name in _QRS)
    rate = percent(table.veb_false_positive_rate.percent, 3)
    return f"{record:>4} {first:5d}{_numbers(cells, 4)} {figures[1:]} {rate:>6}"


def beats_s_line(record: str, table: BeatTable) -> str:
    """One record's beats, with supraventricular ones and the error of RR intervals."""
    first, *cells = _cells(table, supraventricular=True)
    figures = "".join(f" {percent(getattr(table, name).percent):>6}" for name in _QRS + _SVEB)
    return f"{record:>4} {first:5d}{_numbers(cells, 11)} {figures[1:]} {percent(1000 * table.rms_rr_error_s):>6}"


def shutdown_line(record: str, table: BeatTable, *, supraventricular: bool = True) -> str:
    """What one record's test annotator missed while it was shut down, and the beats of each class."""
    if not supraventricular:
        table = table.without_supraventricular()
    kinds = [N, S, V, F, Q] if supraventricular else [N, V, F, Q]
    missed = "".join(f" {table.missed_in_shutdown(kind).part:4d}" for kind in kinds)
    whole = table.missed_in_shutdown()
    all_but_s = Ratio(whole.part - table.missed_in_shutdown(S).part, whole.whole)
    figures = "".join(
        f" {percent(ratio.percent):>6}" for ratio in [all_but_s, *map(table.missed_in_shutdown, kinds[:-1])]
    )
    beats = " ".join(str(table.beats(kind)) for kind in (N, S, V, F, Q))
    return f"{record:>4}{missed}  {figures}  {round(table.shutdown_s):3d} seconds {beats}"


def runs_line(record: str, table: RunTable) -> str:
    """One record's runs."""
    counts, figures = _run_figures(table)
    return f"{record:>4}" + "".join(f" {n:3d}" for n in counts) + " " + figures


def _run_figures(table: RunTable) -> tuple[list[int], str]:
    ratios = [ratio for n in _LENGTHS for ratio in (table.sensitivity(n), table.positive_predictivity(n))]
    counts = [int(n) for ratio in ratios for n in (ratio.part, ratio.whole - ratio.part)]
    return counts, "".join(f" {percent(ratio.percent, 0):>3}" for ratio in ratios)


def episodes_line(record: str, table: EpisodeTable) -> str:
    """One record's episodes."""
    counts = "".join(f" {n:4d}" for n in (table.found, table.missed, table.true, table.false))
    figures = "".join(f" {percent(getattr(table, name).percent, 0):>3}" for name in _EPISODE)
    return f"{record:>6}{counts} {figures} {duration(table.reference_s):>13} {duration(table.test_s):>14}"


def beats_matrix(record: str, table: BeatTable, *, reference: str = "atr", test: str = "test") -> str:
    """One record's whole matrix of beats and what follows from it."""
    lines = [
        f"Beat-by-beat comparison results for record {record}",
        f"Reference annotator: {reference}",
        f"     Test annotator: {test}",
        "",
        "               Algorithm",
        "        n    s    v    f    q    o    x",
        "   ____________________________________",
    ]
    for row, name in enumerate("NSVFQOX"):
        shown = table.counts[row, : 7 if row < MISSED else 5]
        lines.append(f" {name} | {shown[0]:4d}" + "".join(f" {n:4d}" for n in shown[1:]))
    lines.append("")
    titles = ("QRS sensitivity", "QRS positive predictivity", "VEB sensitivity", "VEB positive predictivity")
    titles += ("SVEB sensitivity", "SVEB positive predictivity")
    for title, name in zip(titles, _QRS + _SVEB, strict=True):
        ratio = getattr(table, name)
        figure = f"{percent(ratio.percent):>6}" + (" " if math.isnan(ratio.percent) else "%")
        lines.append(f"{title:>26}: {figure} ({ratio.part}/{ratio.whole})")
    lines.append(f"{'RMS RR interval error':>26}: {percent(1000 * table.rms_rr_error_s):>6} ms")
    return "\n".join(lines)


def _mean(values: list[float], decimals: int = 2) -> str:
    """The mean of figures as they were printed."""
    known = [float(f"{value:.{decimals}f}") for value in values if not math.isnan(value)]
    return percent(sum(known) / len(known) if known else math.nan, decimals)


def _figures(tables: Sequence[Table], names: Sequence[str], column: int, width: int, decimals: int) -> list[str]:
    """The lines of gross and average of some measures."""
    gross, rows = totals(tables).gross.measures(), [table.measures() for table in tables]
    out = []
    for title, figures in (
        ("Gross", [percent(gross[name], decimals) for name in names]),
        ("Average", [_mean([row[name] for row in rows], decimals) for name in names]),
    ):
        out.append(f"{title:<{column}}" + " ".join(f"{figure:>{width}}" for figure in figures))
    return out


def _summary(rule: int, lines: Sequence[str], records: int) -> list[str]:
    return ["_" * rule, *lines, "", f"Summary of results from {records} records"]


def beats_summary(tables: Sequence[BeatTable]) -> list[str]:
    """Sum, gross and average of the lines of beats."""
    merged = [table.without_supraventricular() for table in tables]
    gross = totals(merged).gross
    first, *cells = _cells(gross, supraventricular=False)
    lines = _figures(merged, _QRS, 55, 6, 2)
    rates = _figures(merged, ["veb_false_positive_rate"], 83, 6, 3)
    lines = [line + rate[82:] for line, rate in zip(lines, rates, strict=True)]
    kinds = f"Total QRS complexes: {gross.beats()}  Total VEBs: {gross.beats(V)}"
    return _summary(len(BEATS), [f"Sum {first:7d}{_numbers(cells, 4)}", *lines, kinds], len(tables))


def _without_fusion(table: BeatTable) -> float:
    """Positive predictivity of supraventricular beats from a line's counts, whose Fs' cannot be taken apart."""
    false = int(table.counts[[N, V, MISSED, SHUT], S].sum())
    return Ratio(int(table.counts[S, S]), int(table.counts[S, S]) + false).percent


def beats_s_summary(tables: Sequence[BeatTable]) -> list[str]:
    """Sum, gross and average of the lines of beats with supraventricular ones."""
    gross = totals(tables).gross
    first, *cells = _cells(gross, supraventricular=True)
    lines = _figures(tables, _QRS + _SVEB[:1], 84, 6, 2)
    lines[0] += f" {percent(_without_fusion(gross)):>6}"
    lines[1] += f" {_mean([_without_fusion(table) for table in tables]):>6}"
    lines[1] += f" {_mean([1000 * table.rms_rr_error_s for table in tables]):>6}"
    kinds = f"Total QRS complexes: {gross.beats()}  Total VEBs: {gross.beats(V)}  Total SVEBs: {gross.beats(S)}"
    return _summary(len(BEATS_S), [f"Sum {first:6d}{_numbers(cells, 11)}", *lines, kinds], len(tables))


def shutdown_summary(tables: Sequence[BeatTable]) -> list[str]:
    """Sums of what was missed in shutdowns."""
    gross = totals(tables).gross
    missed = "".join(f" {gross.missed_in_shutdown(kind).part:4d}" for kind in (N, S, V, F, Q))
    seconds = sum(round(table.shutdown_s) for table in tables)
    return _summary(72, [f"{f'Sum {missed}':<67}{seconds:4d} seconds"], len(tables))


def runs_summary(tables: Sequence[RunTable]) -> list[str]:
    """Sum, gross and average of the lines of runs."""
    gross = totals(tables).gross
    counts, _ = _run_figures(gross)
    kinds = zip(("couplets", "short runs", "long runs"), _LENGTHS, strict=True)
    total = "  ".join(f"Total {title}: {gross.sensitivity(length).whole}" for title, length in kinds)
    sums = "Sum   " + "".join(f" {n:3d}" for n in counts)
    return _summary(77, [sums, *_figures(tables, list(gross.measures()), 56, 3, 0), total], len(tables))


def episodes_summary(tables: Sequence[EpisodeTable]) -> list[str]:
    """Sum, gross and average of the lines of episodes."""
    gross = totals(tables).gross
    counts = "".join(f" {n:4d}" for n in (gross.found, gross.missed, gross.true, gross.false))
    whole = (sum(round(t.reference_s, 3) for t in tables), sum(round(t.test_s, 3) for t in tables))
    sums = f"Sum   {counts}{duration(whole[0]):>31} {duration(whole[1]):>14}"
    return _summary(72, [sums, *_figures(tables, _EPISODE, 28, 3, 0)], len(tables))
