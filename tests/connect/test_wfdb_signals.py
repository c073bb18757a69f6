"""Signals of records: headers by hand, and recordings whose check sums were made by others."""

import numpy as np
import pytest

from tests.connect.test_flac import frame, stream, verbatim
from twinbed.connect.wfdb_signals import read_signals
from twinbed.core.errors import ReadError

SAMPLES = [[100, 300, -32768, 500], [1, 2, 3, 4]]


def written(folder, lines):
    content = stream(SAMPLES, [frame(4, 1, *(verbatim(s) for s in SAMPLES))])
    (folder / "a.dat").write_bytes(content)
    header = folder / "a.hea"
    header.write_text("\n".join(["# a comment", *lines]))
    return header


def test_values_are_in_their_units_and_gaps_are_none(tmp_path):
    """Gain 200 a unit from baseline 100: 100 is 0, 300 is 1, 500 is 2; the check sum of 100 + 300 - 32768 + 500."""
    header = written(tmp_path, ["a 2 125 4", "a.dat 516 200(100)/mV 16 0 100 -31868 0 II,", "a.dat 516 0 16 1"])
    found = read_signals(header)
    assert (found.frequency_hz, found.names, found.units) == (125.0, ("II", "signal 1"), ("mV", "mV"))
    np.testing.assert_allclose(found["II"], [0.0, 1.0, np.nan, 2.0])
    np.testing.assert_allclose(found["signal 1"], np.array([0.0, 1.0, 2.0, 3.0]) / 200.0)
    with pytest.raises(KeyError, match="there are II"):
        found["V"]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["a 1 125 4", "a.dat 212 200 12 0"], "format 212"),
        (["a 1 125 4", "b.dat 516 200 16 0"], "cannot be read"),
        (["a 2 125 4", "a.dat 516 200 16 0"], "2 signals and describes 1"),
        (["a 1 125 4", "a.dat 516 200 16 0 100 7 0 II"], "add up"),
        (["a 1 125 4", "a.dat 516 200 16 0 99 -31868 0 II"], "begins with 100"),
        (["a 3 125 4", *["a.dat 516 200 16 0"] * 3], "fewer than the header"),
        (["a"], "expected the header"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path, lines, why):
    with pytest.raises(ReadError, match=why):
        read_signals(written(tmp_path, lines))


def test_a_signal_file_that_is_none_is_told(tmp_path):
    header = written(tmp_path, ["a 1 125 4", "a.dat 516 200 16 0"])
    (tmp_path / "a.dat").write_bytes(b"no signals")
    with pytest.raises(ReadError, match="FLAC"):
        read_signals(header)


@pytest.mark.parametrize("record", ["bidmc/bidmc01", "bidmc/bidmc53"])
def test_a_recording_adds_up_to_the_sums_of_its_encoder_and_of_its_header(data, record):
    """MD5 over all samples and a check sum for every signal, or it is not read."""
    if not (data / record).with_suffix(".hea").is_file():
        pytest.skip(f"no recording {record}")
    found = read_signals((data / record).with_suffix(".hea"))
    assert found.values.shape == (5, 60001)
    assert {"RESP", "PLETH", "II"} <= set(found.names)
