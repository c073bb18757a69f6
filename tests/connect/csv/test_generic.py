"""Files of any shape, by a column map."""

import datetime
import pathlib

import numpy as np
import pytest

from twinbed.connect.csv import generic, read_recordings
from twinbed.core.errors import ReadError

MAP = """
format = "twinbed-csv/1"
subject = "Ä. Person"
time_zone = "Europe/Berlin"

[attributes]
weight_kg = 71
sex = "F"

[[files]]
path = "pump.csv"
delimiter = ";"
decimal = ","
missing = ["NA", "-"]
time = { column = "Zeit", format = "%d.%m.%Y %H:%M" }

[[files.columns]]
column = "Glukose"
signal = "cgm"
kind = "sample"
unit = "mmol/L"

[[files.columns]]
column = "Basal"
signal = "insulin_rate"
kind = "rate"
unit = "[IU]"
per_s = 300

[[files.columns]]
column = "Mahlzeit"
signal = "carbohydrate"
kind = "dose"
unit = "kg"
duration_column = "Dauer"

[[files.columns]]
column = "Bolus"
signal = "injection"
kind = "dose"
duration_s = 60
"""
PUMP = """Zeit;Glukose;Basal;Mahlzeit;Dauer;Bolus;Notiz
14.03.2024 08:00;5,5;0,05;NA;;0;
14.03.2024 08:05;6,0;0,1;0,06;900;3,5;müsli
14.03.2024 08:10;-;0,1;;;0;
"""


def _write(folder, map_=MAP, **files):
    (folder / "person.toml").write_text(map_, encoding="utf-8")
    for name, text in (files or {"pump": PUMP}).items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder / "person.toml"


def _read(path):
    (subject,) = generic.subjects(path)
    return generic.read(path, subject)


def _plain(time='{ column = "t", format = "iso" }', *, top="", column="", signal="cgm", kind="sample"):
    """A map of one file `a.csv` with columns `t` and `v`."""
    return f"""
format = "twinbed-csv/1"
{top}
[[files]]
path = "a.csv"
time = {time}
[[files.columns]]
column = "v"
signal = "{signal}"
kind = "{kind}"
{column}
"""


def test_units_decimals_missing_markers_and_kinds(tmp_path):
    recording = _read(_write(tmp_path))
    assert recording.subject == "Ä. Person"
    assert recording.start == datetime.datetime(2024, 3, 14, 8, 0)
    assert recording.attributes == {"weight_kg": 71.0, "sex": "F"}
    np.testing.assert_array_equal(recording["cgm"].time_s, [0.0, 300.0])
    np.testing.assert_allclose(recording["cgm"].value, [5.5 * 18.0156, 6.0 * 18.0156])
    np.testing.assert_allclose(recording["insulin_rate"].value, [0.6, 1.2, 1.2])
    np.testing.assert_allclose(recording["carbohydrate"].value, [60.0])
    assert recording["carbohydrate"].duration_s.tolist() == [900.0]
    assert recording["injection"].value.tolist() == [3.5]
    assert recording["injection"].duration_s.tolist() == [60.0]
    assert recording.notes == ()


def test_a_csv_file_stands_for_the_map_beside_it(tmp_path):
    path = _write(tmp_path)
    assert generic.maps(tmp_path / "pump.csv") == []
    (tmp_path / "person.csv").write_text(PUMP)
    assert generic.maps(tmp_path / "person.csv") == [path]
    (tmp_path / "other.toml").write_text("[project]\n")
    assert generic.maps(tmp_path) == [path]


@pytest.mark.parametrize(
    ("format_", "times"),
    [
        ("iso", ["2024-03-14T08:00", "2024-03-14T08:05"]),
        ("iso", ["2024-03-14T07:00Z", "2024-03-14T08:05+01:00"]),
        ("%m/%d/%y %I:%M %p", ["03/14/24 08:00 AM", "03/14/24 08:05 AM"]),
        ("unix_s", ["1710399600", "1710399900"]),
        ("unix_ms", ["1710399600000", "1710399900000"]),
    ],
)
def test_times_become_the_wall_clock(tmp_path, format_, times):
    map_ = _plain(f'{{ column = "t", format = "{format_}" }}', top='time_zone = "Europe/Berlin"')
    recording = _read(_write(tmp_path, map_, a=f"t,v\n{times[0]},100\n{times[1]},110\n"))
    assert recording.start == datetime.datetime(2024, 3, 14, 8, 0)
    np.testing.assert_array_equal(recording["cgm"].time_s, [0.0, 300.0])


def test_clocks_that_change_are_noted(tmp_path):
    # On 29 October 2023 at 3:00 clocks in Berlin went back to 2:00.
    utc = [f"2023-10-28T23:{m:02d}Z" for m in (0, 30)] + [f"2023-10-29T0{h}:{m:02d}Z" for h in (0, 1) for m in (0, 30)]
    map_ = _plain(top='time_zone = "Europe/Berlin"')
    recording = _read(_write(tmp_path, map_, a="t,v\n" + "".join(f"{t},100\n" for t in utc)))
    assert recording.start == datetime.datetime(2023, 10, 29, 1, 0)
    hours = recording["cgm"].time_s / 3600
    np.testing.assert_array_equal(hours, [0.0, 0.5, 1.0, 1.0, 1.5, 1.5])
    assert any("clocks in Europe/Berlin changed by -1 h on 2023-10-29" in note for note in recording.notes)
    assert any("rows put in order of time (1 went back)" in note for note in recording.notes)


def test_subjects_in_one_file(tmp_path):
    map_ = _plain(column='unit = "mg/dL"').replace('path = "a.csv"', 'path = "a.csv"\nsubject_column = "id"')
    path = _write(tmp_path, map_, a="id,t,v\nx,2024-01-01T00:00,100\ny,2024-01-01T00:00,200\nx,2024-01-01T00:05,110\n")
    assert generic.subjects(path) == ["x", "y"]
    assert generic.read(path, "x")["cgm"].value.tolist() == [100.0, 110.0]
    assert generic.read(path, "y")["cgm"].value.tolist() == [200.0]


def test_what_was_left_out_is_counted(tmp_path):
    rows = [f"2024-01-01T{h:02d}:{m:02d},100" for h in range(10) for m in range(0, 60, 5)]
    rows[5] = "2024-01-01T00:25,5000"
    rows[7] = "yesterday,100"
    rows[9] = "2024-01-01T00:45,high"
    rows[11] = "2004-01-01T00:55,100"
    recording = _read(_write(tmp_path, _plain(), a="\n".join(["t,v", *rows])))
    assert len(recording["cgm"].value) == len(rows) - 4
    said = "\n".join(recording.notes)
    for part in (
        "'yesterday' in line 9",
        "'high' in line 11",
        "1 × value above 600",
        "1 rows before the start or far",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('format = "twinbed-csv/1"', 'format = "other"', "expected format = 'twinbed-csv/1'"),
        ('format = "twinbed-csv/1"', 'format = "twinbed-csv/1', "expected TOML"),
        ('subject = "Ä. Person"', "subject = 3", "expected map.subject to be a str, found 3"),
        ('subject = "Ä. Person"', 'subjcet = "P"', "unknown key map.subjcet"),
        ("Europe/Berlin", "Europe/Atlantis", "expected an IANA time zone"),
        ("weight_kg = 71", "weight_kg = [71]", "expected attribute 'weight_kg'"),
        ('delimiter = ";"', 'delimiter = "||"', "delimiter of one character"),
        ('delimiter = ";"', 'delimiter = ","', "not the delimiter"),
        ('signal = "cgm"', 'signal = "cmg"', "did you mean cgm"),
        ('kind = "sample"', 'kind = "samples"', "one of sample, rate, dose"),
        ('kind = "sample"', 'kind = "dose"', "it has no doses"),
        ('unit = "mmol/L"', 'unit = "mmol"', "measure different things"),
        ('unit = "mmol/L"', 'unit = "mmol per L"', "cannot read"),
        ("per_s = 300", "per_s = -1", "finite and not negative"),
        ('path = "pump.csv"', 'path = "none.csv"', "readable file"),
        ('column = "Basal"', 'column = "Basalrate"', "expected a column 'Basalrate'"),
        ("%d.%m.%Y", "%m.%d.%Y", "a time in the format '%m.%d.%Y %H:%M', found '14.03.2024 08:00'"),
        ("%d.%m.%Y %H:%M", "%Q", "a time in the format '%Q'"),
        ("%d.%m.%Y %H:%M", "elapsed_s", "expected a start"),
        ('decimal = ","', "", "expected a number, found '5,5'"),
        ("[[files.columns]]", "[files.columns]", "TOML"),
    ],
)
def test_what_is_refused(tmp_path, old, new, says):
    assert old in MAP
    with pytest.raises(ReadError, match=says.replace("(", r"\(")):
        _read(_write(tmp_path, MAP.replace(old, new, 1 if "columns" not in old else -1)))


def test_unix_times_need_a_zone(tmp_path):
    with pytest.raises(ReadError, match="expected a time_zone"):
        _read(_write(tmp_path, _plain('{ column = "t", format = "unix_s" }'), a="t,v\n1,2\n"))


def test_an_empty_record_is_refused(tmp_path):
    with pytest.raises(ReadError, match="rows with a time and a value"):
        _read(_write(tmp_path, _plain(), a="t,v\n"))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"injection"\nkind = "dose"\nunit = "[IU]"', '"insulin_rate"\nkind = "rate"', "boluses are injection"),
        ('unit = "[IU]/h"', 'unit = "U/h"', r"unknown symbol 'U' .*; did you mean \[IU\]\?"),
    ],
)
def test_what_people_write_first_of_a_pump_is_answered(tmp_path, old, new, says):
    example = pathlib.Path(__file__).parents[3] / "examples" / "my_pump"
    (tmp_path / "my_pump.csv").write_text((example / "my_pump.csv").read_text())
    text = (example / "my_pump.toml").read_text()
    assert old in text
    (tmp_path / "my_pump.toml").write_text(text.replace(old, new))
    with pytest.raises(ReadError, match=says):
        read_recordings(tmp_path)
