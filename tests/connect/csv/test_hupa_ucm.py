"""The traps of the HUPA-UCM files, on made-up people and on the real ones."""

import gzip

import numpy as np
import pytest

from tests.connect.csv import minis
from twinbed.connect.csv import _table, hupa_ucm
from twinbed.core.errors import ReadError

N = 900


def _amounts(values, *, first=10, apart=40):
    out = np.zeros(N)
    out[first : first + apart * len(values) : apart] = values
    return out


def _noted(recording, text):
    return any(text in note for note in recording.notes)


def test_only_readings_and_units_of_the_vocabulary(tmp_path):
    path = minis.hupa(tmp_path, bolus_volume_delivered=_amounts([3.5, 0.7]), carb_input=_amounts([4.0, 2.5]))
    recording = hupa_ucm.read(path)
    assert recording.subject == "HUPA9001P"
    assert recording.start == minis.START
    cgm = recording["cgm"]
    assert 0.97 * N / 3 < len(cgm.time_s) <= N / 3
    assert not np.any(cgm.time_s % 900)
    np.testing.assert_array_equal(cgm.value, np.round(cgm.value))
    np.testing.assert_allclose(recording["insulin_rate"].value, 0.6)
    np.testing.assert_array_equal(recording["steps"].value, 10.0)
    np.testing.assert_array_equal(recording["injection"].value, [3.5, 0.7])
    np.testing.assert_array_equal(recording["injection"].time_s, [3000.0, 15000.0])
    np.testing.assert_array_equal(recording["carbohydrate"].value, [40.0, 25.0])
    np.testing.assert_array_equal(recording["carbohydrate"].duration_s, 900.0)
    assert _noted(recording, "servings of 10 g")


@pytest.mark.parametrize(
    ("entered", "grams", "note"),
    [
        ([6.0, 13.0, 2.5], [60.0, 130.0, 25.0], "servings"),
        ([60.0, 30.0, 5.0], [60.0, 30.0, 5.0], "so grams"),
        ([110.0, 60.0, 1.0, 100.0, 1.0], [110.0, 60.0, 100.0], "2 values below 5 left out"),
        ([110.0, 1.0, 2.0, 3.0], None, "mixed"),
        ([1.0, 1.0, 1.0, 1.0], None, "marks without an amount"),
        ([], None, "carbohydrate: none"),
    ],
)
def test_servings_grams_and_marks(tmp_path, entered, grams, note):
    recording = hupa_ucm.read(minis.hupa(tmp_path, carb_input=_amounts(entered)))
    assert _noted(recording, note)
    if grams is None:
        assert "carbohydrate" not in recording.channels
    else:
        np.testing.assert_array_equal(recording["carbohydrate"].value, grams)


def test_the_unit_can_be_told(tmp_path):
    path = minis.hupa(tmp_path, carb_input=_amounts([1.0, 1.0]))
    np.testing.assert_array_equal(hupa_ucm.read(path, grams_per_unit=10.0)["carbohydrate"].value, [10.0, 10.0])


def test_marks_in_a_file_of_grams_take_their_boluses_with_them(tmp_path):
    carbs, bolus = _amounts([1.0, 100.0, 60.0]), _amounts([1.0, 7.4, 1.0])
    recording = hupa_ucm.read(minis.hupa(tmp_path, carb_input=carbs, bolus_volume_delivered=bolus))
    np.testing.assert_array_equal(recording["injection"].value, [7.4, 1.0])
    assert _noted(recording, "1 boluses of 1 beside a carbohydrate of 1")


def test_boluses_that_are_marks_are_refused(tmp_path):
    recording = hupa_ucm.read(minis.hupa(tmp_path, bolus_volume_delivered=_amounts([1.0] * 5)))
    assert "injection" not in recording.channels
    assert _noted(recording, "all 5 boluses are 1")


def test_negative_insulin_and_no_basal(tmp_path):
    path = minis.hupa(tmp_path, bolus_volume_delivered=_amounts([3.0, -1.0]), basal_rate=np.zeros(N))
    recording = hupa_ucm.read(path)
    np.testing.assert_array_equal(recording["injection"].value, [3.0])
    assert _noted(recording, "injection: 1 × negative value left out")
    assert "insulin_rate" not in recording.channels
    assert _noted(recording, "insulin_rate: none")


def test_glucose_joined_by_hand_is_refused(tmp_path):
    rng = np.random.default_rng(2)
    at = np.unique(np.append(rng.choice(np.arange(1, N), 60, replace=False), [0, N]))
    glucose = minis.interpolated(at, rng.integers(100, 300, len(at)), N)
    recording = hupa_ucm.read(minis.hupa(tmp_path, glucose=glucose))
    assert "cgm" not in recording.channels
    assert _noted(recording, "which follow no sensor's clock; not used")


def test_a_sensor_with_few_readings_is_flagged(tmp_path):
    at = np.arange(0, N + 3, 3)
    there = np.random.default_rng(3).random(len(at)) < 0.25
    there[[0, -1]] = True
    glucose = minis.interpolated(at[there], minis.sensor(len(at))[there], N)
    recording = hupa_ucm.read(minis.hupa(tmp_path, glucose=glucose))
    assert len(recording["cgm"].time_s) < 0.3 * N / 3
    assert _noted(recording, "less than half of the record is readings")


def test_rows_out_of_order_repeated_and_astray(tmp_path):
    path = minis.hupa(tmp_path)
    rows = path.read_text().splitlines()
    rows[3], rows[5] = rows[5], rows[3]
    rows.append(rows[20])
    rows.append(rows[21].replace("2021-", "2012-"))
    path.write_text("\n".join(rows))
    recording = hupa_ucm.read(path)
    np.testing.assert_array_equal(np.diff(recording["steps"].time_s), 300.0)
    assert _noted(recording, "2 rows left out that repeat a time")


def test_demographics_by_id_only(tmp_path):
    (tmp_path / hupa_ucm.DEMOGRAPHICS).write_text(
        "id,sex,age_y,weight_kg,height_cm,t1d_duration_y,modality,pump\n"
        "HUPA9001P,F,40.5,61.0,165,10,MDI,\nHUPA9003P,M,50,,180,1,SAP,Acme\n"
    )
    first, second, third = (hupa_ucm.read(minis.hupa(tmp_path, f"HUPA900{k}P")) for k in (1, 2, 3))
    assert first.attributes == {
        "source": "HUPA-UCM", "sex": "F", "age_y": 40.5, "weight_kg": 61.0, "height_cm": 165.0,
        "therapy": "MDI",
    }  # fmt: skip
    assert _noted(first, "this person injects")
    assert second.attributes == {"source": "HUPA-UCM"}
    assert "weight_kg" not in third.attributes
    assert third.attributes["pump"] == "Acme"


def test_a_wrong_value_is_named(tmp_path):
    path = minis.hupa(tmp_path)
    path.write_text(path.read_text().replace(";70.0;", ";fast;"))
    with pytest.raises(ReadError, match="expected a number, found 'fast'") as error:
        hupa_ucm.read(path)
    assert (error.value.line, error.value.column) == (2, "heart_rate")


LONG = ("HUPA0026P", "HUPA0028P")
"""Months rather than a fortnight."""


def _real_files(data):
    files = hupa_ucm.files(data / "hupa_ucm")
    if not files:
        pytest.skip("no HUPA-UCM files in the folder of real recordings")
    return files


@pytest.fixture(scope="module")
def people(data):
    """The real recordings of a fortnight, by subject."""
    return {name: hupa_ucm.read(file) for name, file in _real_files(data).items() if name not in LONG}


def _line_error(file, recording):
    """How far the straight lines through the readings kept are from the file's glucose, mg/dL."""
    glucose = _table.read_table(file, delimiter=";").numbers("glucose").value
    kept = recording["cgm"]
    at = np.arange(len(glucose)) * 300.0
    inside = (at >= kept.time_s[0]) & (at <= kept.time_s[-1])
    return np.abs(np.interp(at, kept.time_s, kept.value) - glucose)[inside].max()


def test_real_glucose_is_the_line_through_the_readings(people, data):
    # An independent check that nothing real was dropped: straight lines through what was kept give the
    # file's glucose back at every row, so what was left out held no information.
    finger_sticks = {name for name, recording in people.items() if _noted(recording, "off the sensor's clock")}
    assert finger_sticks <= {"HUPA0003P", "HUPA0010P", "HUPA0011P", "HUPA0022P"}
    files = _real_files(data)
    for name, recording in people.items():
        if name not in finger_sticks and "cgm" in recording.channels:
            assert _line_error(files[name], recording) < 1e-6, name


@pytest.mark.slow
@pytest.mark.parametrize("name", LONG)
def test_real_glucose_of_months(data, name):
    file = _real_files(data)[name]
    recording = hupa_ucm.read(file)
    assert _line_error(file, recording) < 1e-6
    assert not np.any(np.diff(recording["cgm"].time_s) % 900)


def test_real_sensor_periods(people):
    periods = {name: np.diff(r["cgm"].time_s).min() for name, r in people.items() if "cgm" in r.channels}
    assert periods.pop("HUPA0001P", 300.0) == 300.0
    assert set(periods.values()) == {900.0}
    for name, recording in people.items():
        if name in periods:
            assert not np.any(np.diff(recording["cgm"].time_s) % 900), name
            assert len(np.unique(recording["cgm"].time_s % 900)) == 1


def test_real_glucose_that_is_none(people):
    for name, recording in people.items():
        assert ("cgm" in recording.channels) == (name != "HUPA0009P"), name
        assert _noted(recording, "less than half") == (name == "HUPA0010P"), name


def test_real_carbohydrate(people):
    grams = {"HUPA0002P", "HUPA0004P", "HUPA0011P", "HUPA0022P"}
    none = {"HUPA0015P", "HUPA0018P", "HUPA0019P", "HUPA0020P", "HUPA0021P"}
    for name, recording in people.items():
        assert _noted(recording, "so grams") == (name in grams), name
        assert ("carbohydrate" not in recording.channels) == (name in none), name
        if name not in none:
            # A median meal between a biscuit and a large dinner.
            assert 8.0 <= np.median(recording["carbohydrate"].value) <= 100.0, name


def test_real_insulin(people):
    for name, recording in people.items():
        no_bolus = {"HUPA0011P", "HUPA0015P", "HUPA0018P", "HUPA0019P", "HUPA0020P", "HUPA0021P"}
        no_basal = {"HUPA0011P", "HUPA0014P", "HUPA0015P", "HUPA0018P"}
        assert ("injection" not in recording.channels) == (name in no_bolus), name
        assert ("insulin_rate" not in recording.channels) == (name in no_basal), name
        if name not in no_basal:
            per_day = recording["insulin_rate"].value.mean() * 24
            assert 4.0 < per_day < 40.0, name
    if "HUPA0017P" in people:
        assert _noted(people["HUPA0017P"], "4 × negative value")


def test_real_demographics(people):
    # Hidalgo et al. (2024), Table 1.
    recording = people["HUPA0001P"]
    assert recording.attributes["weight_kg"] == 59.0
    assert recording.attributes["height_cm"] == 161.0
    assert recording.attributes["sex"] == "F"


def test_packed_and_unpacked_are_the_same(tmp_path):
    path = minis.hupa(tmp_path)
    packed = tmp_path / "HUPA9009P.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    np.testing.assert_array_equal(hupa_ucm.read(packed)["cgm"].value, hupa_ucm.read(path)["cgm"].value)
