"""Every line of what the reference comparators (WFDB bxb, rxr, epicmp, sumstats) printed for 48 records."""

import lzma
import pathlib
import tarfile

import pytest

from twinbed.bench.ec57 import compare_beats, compare_episodes, compare_runs, report, totals
from twinbed.bench.ec57.standard import PACED
from twinbed.connect.wfdb import read_annotations

DETECTORS = {
    "gqrs": "WFDB C gqrs 10.7",
    "xqrs": "wfdb-python xqrs",
    "nk": 'neurokit2 0.2.13 "neurokit"',
    "pt": "nk pantompkins1985",
}


@pytest.fixture(scope="session")
def golden(data) -> pathlib.Path:
    return data / "golden_ec57"


@pytest.fixture(scope="session")
def records(data) -> list[str]:
    return sorted(p.stem for p in (data / "mitdb").glob("*.atr"))


@pytest.fixture(scope="session")
def annotations(data, golden, tmp_path_factory):
    """Reads the annotations of an annotator, the test annotators' from their archives."""
    folder, known = tmp_path_factory.mktemp("annotations"), {}
    for name in ("test_annotations_syn", "detector_annotations"):
        with tarfile.open(golden / f"{name}.tar.xz") as archive:
            archive.extractall(folder, filter="data")

    def read(annotator):
        if annotator not in known:
            mitdb = data / "mitdb"
            known[annotator] = {
                head.stem: read_annotations(
                    (mitdb if annotator == "atr" else folder) / f"{head.stem}.{annotator}", header=head
                )
                for head in sorted(mitdb.glob("*.hea"))
            }
        return known[annotator]

    return read


@pytest.fixture(scope="session")
def compared(annotations):
    """Tables of all records by a comparator, against a test annotator."""
    known = {}

    def tables(compare, annotator="syn", *args, **options):
        key = (compare, annotator, args, *options)
        if key not in known:
            reference, test = annotations("atr"), annotations(annotator)
            known[key] = {r: compare(reference[r], test[r], *args, **options) for r in reference}
        return known[key]

    return tables


def assert_lines(got, want):
    assert len(got) == len(want)
    assert [(g, w) for g, w in zip(got, want, strict=True) if g != w] == []


def lines_of(tables, line, *header, **options):
    return [*"\n".join(header).split("\n"), *(line(r, t, **options) for r, t in tables.items())]


@pytest.mark.long
def test_all_records_are_there(records, annotations):
    assert len(records) == len(annotations("atr")) == 48


@pytest.mark.long
@pytest.mark.parametrize(("name", "annotator"), [("bxb_l", "syn"), *((f"detector_{d}.bxb_l", d) for d in DETECTORS)])
def test_beats(golden, compared, name, annotator):
    got = lines_of(compared(compare_beats, annotator), report.beats_line, report.BEATS)
    assert_lines(got, (golden / f"{name}.out").read_text().splitlines())


def test_beats_with_supraventricular_ones(golden, compared):
    got = lines_of(compared(compare_beats), report.beats_s_line, report.BEATS_S)
    assert_lines(got, (golden / "bxb_L.out").read_text().splitlines())


@pytest.mark.parametrize(("name", "header", "s"), [("sd_l", report.SHUTDOWN, False), ("sd_L", report.SHUTDOWN_S, True)])
def test_shutdown(golden, compared, name, header, s):
    got = lines_of(compared(compare_beats), report.shutdown_line, header, supraventricular=s)
    assert_lines(got, (golden / f"{name}.out").read_text().splitlines())


def test_matrices(golden, compared):
    got = [report.beats_matrix(r, t, test="syn") for r, t in compared(compare_beats).items()]
    with lzma.open(golden / "bxb_std_all48.txt.xz", "rt") as file:
        assert_lines("\n".join(got).split("\n"), file.read().splitlines())


@pytest.mark.parametrize(("name", "kind"), [("rxr_v", "VE"), ("rxr_s", "SVE")])
def test_runs(golden, compared, name, kind):
    want = (golden / f"{name}.out").read_text().splitlines()
    title = [f"({kind} run detection)"] if want[0].startswith("(") else []
    assert_lines([*title, *lines_of(compared(compare_runs, "syn", kind), report.runs_line, report.RUNS)], want)


@pytest.mark.parametrize(
    ("name", "kind", "options"), [("af", "AF", {}), ("af_x", "AF", {"exclude_flutter": True}), ("vf", "VF", {})]
)
def test_episodes(golden, compared, name, kind, options):
    tables = compared(compare_episodes, "syn", kind, **options)
    got = lines_of(tables, report.episodes_line, f"({kind} detection)", report.EPISODES)
    assert_lines(got, (golden / f"{name}.out").read_text().splitlines())


def test_summaries(golden, compared):
    beats = list(compared(compare_beats).values())
    ve, sve = (list(compared(compare_runs, "syn", kind).values()) for kind in ("VE", "SVE"))
    af, vf = (list(compared(compare_episodes, "syn", kind).values()) for kind in ("AF", "VF"))
    af_x = list(compared(compare_episodes, "syn", "AF", exclude_flutter=True).values())
    got = ["### bxb_l", *report.beats_summary(beats), "### bxb_L", *report.beats_s_summary(beats)]
    got += ["### rxr_v", *report.runs_summary(ve), "### rxr_s", *report.runs_summary(sve)]
    got += ["### af", *report.episodes_summary(af), "### af_x", *report.episodes_summary(af_x)]
    got += ["### vf", *report.episodes_summary(vf), "### sd_L", *report.shutdown_summary(beats)]
    assert_lines(got, (golden / "sumstats_all.txt").read_text().splitlines())


def test_detectors(golden, compared):
    """The one line a detector: gross of all and of unpaced records, average, and the four worst records."""
    got = []
    for detector, name in DETECTORS.items():
        tables = compared(compare_beats, detector)
        every = totals(tables.values())
        unpaced = totals(t for r, t in tables.items() if r not in PACED).gross
        errors = {r: _errors(t) for r, t in tables.items()}
        worst = sorted(errors, key=lambda r: -sum(errors[r]))[:4]
        missed, false = _errors(every.gross)
        got.append(
            f"{name:<28} all48 gross {_figures(every.gross)} (TP {every.gross.beats() - missed} FN {missed} FP {false})"
            f" avg {every.average['qrs_sensitivity']:.2f}/{every.average['qrs_positive_predictivity']:.2f}"
            f" | 44 unpaced {_figures(unpaced)}  worst {[(r, errors[r]) for r in worst]}"
        )
    assert_lines(got, (golden / "detector_summary.txt").read_text().splitlines())


def _errors(table):
    se, pp = table.qrs_sensitivity, table.qrs_positive_predictivity
    return se.whole - se.part, pp.whole - pp.part


def _figures(table):
    se, pp = table.qrs_sensitivity.percent, table.qrs_positive_predictivity.percent
    return f"Se {se:.2f} +P {pp:.2f} DER {100 * sum(_errors(table)) / table.beats():.2f}%"
