"""Annotation files of the MIT format."""

import struct

import numpy as np
import pytest

from twinbed.connect.wfdb import read_annotations, read_waves
from twinbed.core.errors import ReadError


def word(code, rest=0):
    return struct.pack("<H", code << 10 | rest)


def written(path, *parts, header="100 2 360 650000\n"):
    path.write_bytes(b"".join(parts) + word(0))
    if header:
        path.with_suffix(".hea").write_text(header)
    return path


def test_what_a_file_says(tmp_path):
    file = written(
        tmp_path / "100.atr",
        word(28, 18), word(63, 5), b"(AFIB\0",
        word(1, 59),
        word(59), struct.pack("<HH", 1, 2), word(5, 3), word(61, 2), word(60, 7), word(62, 1),
        word(59), struct.pack("<hh", -1, -100), word(14, 101), word(61, 255),
        word(0, 9), word(37, 1),
        header="# made\n100 2 360/360(0) 650000 0:0:0\n100.dat 212\n",
    )  # fmt: skip
    got = read_annotations(file)
    assert got.sample.tolist() == [18, 77, 77 + 65538 + 3, 65618 - 100 + 101, 65619 + 9 + 1]
    assert "".join(got.symbol) == "+NV~x"
    assert got.subtype.tolist() == [0, 0, 2, -1, 0]
    assert got.text == ("(AFIB", "", "", "", "")
    assert (got.sampling_frequency_hz, got.length) == (360.0, 650000)


@pytest.mark.parametrize(
    ("parts", "header", "options", "frequency"),
    [
        ((word(22), word(63, 23), b"## time resolution: 250\0"), None, {}, 250.0),
        ((word(1, 5),), "100 2 360 650000\n", {"sampling_frequency_hz": 500.0}, 500.0),
        ((word(1, 5),), "100 2\n", {}, 250.0),  # the default of the format
    ],
)
def test_where_the_frequency_comes_from(tmp_path, parts, header, options, frequency):
    file = written(tmp_path / "100.atr", *parts, header=header)
    assert read_annotations(file, **options).sampling_frequency_hz == frequency


def test_an_empty_annotator(tmp_path):
    assert len(read_annotations(written(tmp_path / "100.qrs"))) == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "ends in the middle"),
        (word(1, 5), "ends in the middle"),
        (word(1, 5) + word(59) + b"\1\0", "ends in the middle"),
        (word(1, 5) + word(63, 900) + b"(AFIB", "ends in the middle"),
        (word(61, 5) + word(0), "ends in the middle"),
        (word(1, 5) + word(59) + struct.pack("<hh", -1, -3) + word(1) + word(0), "order of time"),
    ],
)
def test_broken_files(tmp_path, content, message):
    (tmp_path / "100.atr").write_bytes(content)
    with pytest.raises(ReadError, match=message):
        read_annotations(tmp_path / "100.atr", sampling_frequency_hz=360.0)


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(ReadError, match="cannot be read"):
        read_annotations(tmp_path / "100.atr")
    file = written(tmp_path / "100.atr", header=None)
    with pytest.raises(ReadError, match="no sampling frequency"):
        read_annotations(file)
    with pytest.raises(ReadError, match="there is none"):
        read_annotations(file, header=tmp_path / "101.hea")
    with pytest.raises(ReadError, match="line 1"):
        read_annotations(written(file, header="100 2 fast\n"))


def test_a_real_record(data):
    got = read_annotations(data / "mitdb" / "100.atr")
    assert (len(got), got.sampling_frequency_hz, got.length) == (2274, 360.0, 650000)
    assert got.text[0] == "(N"
    assert (got.symbol == "A").sum() == 33


def write_record(folder, name, signals, frequency_hz):
    """A record of 16-bit samples, gain 1,000 a unit."""
    values = np.array(list(signals.values())).T
    (folder / f"{name}.dat").write_bytes(np.round(1000 * values).astype("<i2").tobytes())
    lines = [f"{name} {len(signals)} {frequency_hz} {len(values)}"]
    lines += [f"{name}.dat 16 1000(0)/mV 16 0 0 0 0 {signal}" for signal in signals]
    (folder / f"{name}.hea").write_text("\n".join(lines) + "\n")


def test_signals_come_in_their_units(tmp_path):
    write_record(tmp_path, "a", {"II,": [0.0, 1.5, -2.0], "V": [0.1, 0.2, 0.3]}, 250)
    waves = read_waves(tmp_path / "a")
    assert (waves.names, waves.units, waves.sampling_frequency_hz, len(waves)) == (("II", "V"), ("mV", "mV"), 250.0, 3)
    np.testing.assert_allclose(waves["II"], [0.0, 1.5, -2.0])
    with pytest.raises(KeyError, match="there are II, V"):
        waves["aVR"]


def test_signals_that_cannot_be_read_are_told(tmp_path):
    with pytest.raises(ReadError, match=r"b\.hea"):
        read_waves(tmp_path / "b")
    write_record(tmp_path, "a", {"II": [0.0, 1.0]}, 250)
    (tmp_path / "a.dat").unlink()
    with pytest.raises(ReadError, match=r"a\.hea"):
        read_waves(tmp_path / "a")


def test_real_signals_begin_as_their_header_says(data):
    """The header of record 100 gives the first samples, 995 and 1011 of gain 200 and baseline 1024."""
    waves = read_waves(data / "mitdb" / "100")
    assert (waves.names, waves.samples.shape) == (("MLII", "V5"), (650000, 2))
    np.testing.assert_allclose(waves.samples[0], [(995 - 1024) / 200, (1011 - 1024) / 200])
