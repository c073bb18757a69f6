"""Whatever is wrong with a file is said with its place."""

import gzip

import numpy as np
import pytest

from twinbed.connect.csv import _table
from twinbed.core.errors import ReadError


def _file(folder, content: bytes, name="a.csv"):
    path = folder / name
    path.write_bytes(content)
    return path


def test_bom_spaces_and_nameless_columns(tmp_path):
    path = _file(tmp_path, b"\xef\xbb\xbf a ,b,,\r\n1, 2 ,,\r\n\r\n3,4,,\r\n")
    table = _table.read_table(path, required=("a", "b"))
    assert list(table.text) == ["a", "b"]
    assert table.lines == [2, 4]
    np.testing.assert_array_equal(table.numbers("b").value, [2.0, 4.0])


def test_gzip_is_seen_by_content(tmp_path):
    path = _file(tmp_path, gzip.compress(b"a;b\n1;2\n", mtime=0), "a.data")
    assert _table.read_table(path, delimiter=";").numbers("b").value.tolist() == [2.0]
    assert _table.read_header(path, ";") == ("a", "b")


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.5", 1.5), (" -2e3 ", -2000.0), (".5", 0.5), ("", np.nan), ("NaN", np.nan), ("NA", np.nan),
     ("1_000", None), ("inf", None), ("١٢", None), ("1,5", None), ("0x1", None)],
)  # fmt: skip
def test_what_is_a_number(text, value):
    np.testing.assert_equal(_table.numbers([text], missing=frozenset({"NA"})), [value])


def test_decimal_comma():
    assert _table.numbers(["7,25"], decimal=",") == [7.25]


def test_slashed_times():
    times = _table.slashed_times(["31/12/2023 18:05", " 1/2/2024 7:05:09 "])
    assert times == _table.iso_times(["2023-12-31T18:05", "2024-02-01T07:05:09"])
    assert [_table.slashed_date("12/31/2023", day_first=False)] == _table.iso_times(["2023-12-31"])


def test_what_is_no_time():
    texts = ["31/02/2024 10:00", "12/31/2023 10:00", "1/1/24 1:00", "01/01/2024 24:00", "x", ""]
    assert _table.slashed_times(texts) == [None] * len(texts)
    assert _table.iso_times(["2024-01-01T00:00+01:00", "", "x"]) == [None] * 3


@pytest.mark.parametrize(
    ("content", "line", "expected"),
    [
        (b"", None, "the file is empty"),
        (b"a,c\n1,2\n", 1, "expected a column 'b'; the file has a, c"),
        (b"a,b,b\n1,2,3\n", 1, "every column name once"),
        (b"a,b\n1,2\n\xff,2\n", 3, "expected utf-8 text, found byte 0xff"),
        (b"a,b\n1,2\n3\n", 3, "expected 2 fields"),
        (b'a,b\n1,"2\n3,4\n', 2, "expected 2 fields"),
        (b"\x1f\x8bjunk", None, "gzip"),
        (gzip.compress(b"a,b\n1,2\n" * 50, mtime=0)[:-9], None, "gzip"),
    ],
)
def test_what_is_refused(tmp_path, content, line, expected):
    path = _file(tmp_path, content)
    with pytest.raises(ReadError, match=expected) as error:
        _table.read_table(path, required=("a", "b"))
    assert error.value.line == line
    assert str(path) in str(error.value)


def test_an_absent_file_is_refused(tmp_path):
    with pytest.raises(ReadError, match="readable file"):
        _table.read_table(tmp_path / "none.csv")


def test_few_unreadable_rows_are_counted_and_many_are_refused(tmp_path):
    rows = ["1"] * 40
    rows[17] = "one"
    table = _table.read_table(_file(tmp_path, "\n".join(["a", *rows]).encode()))
    column = table.numbers("a")
    assert np.isnan(column.value).sum() == 1
    assert column.notes == ("a.csv: 1 of 40 rows left out, column 'a' is not a number; the first is 'one' in line 19",)
    rows[20] = rows[30] = "two"
    table = _table.read_table(_file(tmp_path, "\n".join(["a", *rows]).encode()))
    with pytest.raises(ReadError, match="expected a number, found 'one'") as error:
        table.numbers("a")
    assert (error.value.line, error.value.column) == (19, "a")


def test_a_quote_left_open_counts_the_lines_it_swallows(tmp_path):
    rows = [f"{i},2" for i in range(100)]
    rows[40], rows[44] = '4"0,"2', '44",2'
    table = _table.read_table(_file(tmp_path, "\n".join(["a,b", *rows]).encode()))
    assert len(table) == 95
    assert table.notes == ("a.csv: 5 rows left out that have not 2 fields, the first in line 42",)


def test_impossible_years_are_no_times(tmp_path):
    rows = ["t", *["2024-01-01T00:00"] * 30, "9999-01-01T00:00"]
    column = _table.read_table(_file(tmp_path, "\n".join(rows).encode())).times("t", _table.iso_times, "a time")
    assert np.isnan(column.value).sum() == 1
