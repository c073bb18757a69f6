"""Limits of a standard are read with their marks, and a laboratory may put its own in their place."""

import pathlib

import pytest

from twinbed.bench import protocols
from twinbed.bench.limits import read_limits
from twinbed.core.errors import NotFound, ReadError

TABLE = """[largest_error]
value = 0.3
unit = "Cel"
clause = "201.101.2"
means = "largest error in a bath"
mark = "remembered"
"""


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "limits.toml"
    path.write_text(TABLE)
    return path


def test_a_table_is_read(table):
    limit = read_limits(table)["largest_error"]
    assert (limit.value, limit.unit, limit.mark) == (0.3, "Cel", "remembered")


def test_a_laboratory_gives_its_own(table, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text("[largest_error]\nvalue = 0.2\n")
    limit = read_limits(table, own)["largest_error"]
    assert (limit.value, limit.mark, limit.source, limit.clause) == (0.2, "laboratory", "own.toml", "201.101.2")
    own.write_text("[smallest_error]\nvalue = 0.2\n")
    with pytest.raises(NotFound, match="largest_error"):
        read_limits(table, own)


def test_a_number_in_another_unit_is_refused(table, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('[largest_error]\nvalue = 0.5\nunit = "[degF]"\n')
    with pytest.raises(ReadError, match="is in Cel; convert"):
        read_limits(table, own)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('"remembered"', '"sure"'), "mark is 'sure'"),
        (("0.3", "nan"), "finite"),
        (("0.3", '"0.3"'), "finite"),
        (("Cel", "degrees"), "degrees"),
        (("means", "meaning"), "known are"),
        (('clause = "201.101.2"\n', ""), "clause"),
        (("[largest_error]\n", ""), "no table"),
        (("[largest_error]", "[largest_error"), "limits.toml"),
    ],
)
def test_a_wrong_table_is_refused_with_what_to_do(table, change, words):
    table.write_text(TABLE.replace(*change))
    with pytest.raises(ReadError, match=words):
        read_limits(table)


def test_every_limit_of_a_protocol_says_why_it_is_that_number():
    folder = pathlib.Path(protocols.__file__).parent
    silent = [
        (p.parent.name, name)
        for p in folder.rglob("limits.toml")
        for name, one in read_limits(p).items()
        if not one.source.strip()
    ]
    assert silent == []
