"""The traps of the T1D-UOM files, on made-up people and on the real ones."""

import datetime

import numpy as np
import pytest

from tests.connect.csv import minis
from twinbed.connect.csv import t1d_uom
from twinbed.core.days import usable_days
from twinbed.core.errors import ReadError
from twinbed.vocab.units import factor


def _read(folder, subject="2999", **texts):
    return t1d_uom.read(subject, t1d_uom.files(minis.uom(folder, subject, **texts))[subject])


def _noted(recording, text):
    return any(text in note for note in recording.notes)


def test_days_and_units(tmp_path):
    recording = _read(tmp_path, Glucose=minis.uom_glucose(2))
    assert recording.start == datetime.datetime(2023, 10, 20)
    cgm = recording["cgm"]
    assert len(cgm.time_s) == 576
    assert cgm.time_s[0] == 240.0
    written = float(minis.uom_glucose(2).splitlines()[0].split(",")[1])
    assert cgm.value[0] == written * factor("mmol/L", "mg/dL", substance="glucose")
    assert cgm.value[0] == pytest.approx(written * 18.0156)
    assert recording.attributes == {"source": "T1D-UOM"}
    assert _noted(recording, "no file of bolus")


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["10/13/2023 00:04,5.0", "10/14/2023 00:04,5.1"], "these are MM/DD/YYYY"),
        ([f"10/{d:02d}/2023 {h:02d}:04,5.0" for d in range(1, 12) for h in range(24)], "put the day first"),
        (["2023-10-20 00:04,5.0"], "DD/MM/YYYY"),
    ],
)
def test_dates_that_are_not_day_first_are_refused(tmp_path, rows, says):
    with pytest.raises(ReadError, match=says) as error:
        _read(tmp_path, Glucose="\n".join(rows))
    assert error.value.line == 2
    assert error.value.column == "bg_ts"


def test_basal_of_a_pump_holds_and_the_rate_before_the_first_day_counts(tmp_path):
    basal = "19/10/2023 22:00,0.8,R\n20/10/2023 06:00,0,R\n20/10/2023 06:00,1.1,R\n01/12/2023 06:00,9,R"
    recording = _read(tmp_path, Glucose=minis.uom_glucose(), Basal=basal)
    rate = recording["insulin_rate"]
    np.testing.assert_array_equal(rate.time_s, [0.0, 6 * 3600.0])
    np.testing.assert_array_equal(rate.value, [0.8, 1.1])
    np.testing.assert_array_equal(rate.held(np.array([3600.0, 80000.0])), [0.8, 1.1])
    assert "long_acting_injection" not in recording.channels
    assert _noted(recording, "1 rows replaced within their minute")


def test_long_acting_insulin_is_no_pump(tmp_path):
    recording = _read(tmp_path, Glucose=minis.uom_glucose(), Basal="20/10/2023 22:00,23,L\n20/10/2023 23:00,5,X")
    assert recording["long_acting_injection"].value.tolist() == [23.0]
    assert recording["long_acting_injection"].unit == "[IU]"
    assert "insulin_rate" not in recording.channels
    assert _noted(recording, "1 rows of a kind that is neither R nor L")


@pytest.mark.parametrize(
    ("long_acting", "moved", "note"),
    [
        ("64", [64.0, 68.0], "1 boluses above 50 U taken as long-acting"),
        ("20", [20.0], "1 boluses above 50 U left"),
    ],
)
def test_a_basal_dose_among_the_boluses(tmp_path, long_acting, moved, note):
    bolus = "20/10/2023 08:00,12\n20/10/2023 22:00,68\n20/10/2023 12:00,\n20/10/2023 13:00,0"
    basal = f"20/10/2023 21:00,{long_acting},L"
    recording = _read(tmp_path, Glucose=minis.uom_glucose(), Bolus=bolus, Basal=basal)
    assert recording["injection"].value.tolist() == [12.0]
    assert recording["long_acting_injection"].value.tolist() == moved
    assert _noted(recording, note)


def test_boluses_written_again_at_their_end(tmp_path):
    # 9 U at 1.5 U/min take 6 minutes; 3 U take 2.
    bolus = "\n".join(
        f"20/10/2023 {h:02d}:{m:02d},{u}" for h in range(6, 20, 3) for m, u in ((0, 9), (6, 9), (30, 3), (32, 3))
    )
    recording = _read(tmp_path, Glucose=minis.uom_glucose(), Bolus=bolus)
    assert recording["injection"].value.tolist() == [9.0, 3.0] * 5
    assert _noted(recording, "10 boluses left out that the pump wrote again")


def test_the_same_dose_twice_now_and_then_is_real(tmp_path):
    bolus = "\n".join(f"20/10/2023 {h:02d}:00,{h}" for h in range(1, 20)) + "\n20/10/2023 19:13,19"
    recording = _read(tmp_path, Glucose=minis.uom_glucose(), Bolus=bolus)
    assert len(recording["injection"].value) == 20


def test_meals(tmp_path):
    meals = """
        20/10/2023 18:00,Dinner,Rice,80,20,10,3
         20/10/2023 08:00,Breakfast,"Toast, jam",45,6,0,2
        20/10/2023 08:00,Breakfast,"Toast, jam",45,6,0,2
        20/10/2023 12:00,Lunch,Not reported,,,,
        20/10/2033 12:00,Lunch,Soup,30,,,
    """
    recording = _read(tmp_path, Glucose=minis.uom_glucose(), Nutrition=meals)
    np.testing.assert_array_equal(recording["carbohydrate"].time_s, [8 * 3600.0, 18 * 3600.0])
    np.testing.assert_array_equal(recording["carbohydrate"].value, [45.0, 80.0])
    np.testing.assert_array_equal(recording["carbohydrate"].duration_s, 900.0)
    assert recording["fat"].value.tolist() == [10.0]
    for note in (
        "1 rows outside the days",
        "1 rows that repeat",
        "1 meals without an amount",
        "in order of time",
    ):
        assert _noted(recording, note)


def test_steps_are_summed_over_the_kinds_of_activity(tmp_path):
    activity = "20/10/2023 15:00,WALKING,30,900\n20/10/2023 15:00,SEDENTARY,0,900\n20/10/2023 15:15,RUNNING,1500,900"
    recording = _read(tmp_path, Glucose=minis.uom_glucose(), Activity=activity)
    np.testing.assert_allclose(recording["steps"].value, [2.0, 100.0])


def test_glucose_with_a_mistyped_year(tmp_path):
    rows = minis.uom_glucose().splitlines()
    rows[100] = rows[100].replace("2023", "2033")
    recording = _read(tmp_path, Glucose="\n".join(rows))
    assert recording.duration_s < 86400.0
    assert _noted(recording, "1 rows with a date far from all others")


def test_files_in_one_folder_or_in_several(tmp_path):
    minis.uom(tmp_path, "2998", Glucose=minis.uom_glucose(), Bolus="20/10/2023 08:00,2")
    minis.uom(tmp_path, "2997", Glucose=minis.uom_glucose())
    minis.uom(tmp_path, "2996", Bolus="20/10/2023 08:00,2")
    assert list(t1d_uom.files(tmp_path)) == ["2997", "2998"]
    assert set(t1d_uom.files(tmp_path / "glucose" / "UoMGlucose2998.csv")["2998"]) == {"Glucose", "Bolus"}
    flat = tmp_path / "flat"
    flat.mkdir()
    for file in tmp_path.glob("*/UoM*2998.csv"):
        file.rename(flat / file.name)
    assert set(t1d_uom.files(flat / "UoMBolus2998.csv")["2998"]) == {"Glucose", "Bolus"}


def test_participants_by_id(tmp_path):
    (tmp_path / t1d_uom.PARTICIPANTS).write_text("id,sex,age_y,sensor,device\n2999,F,31,CGM,Acme\n2998,M,,Flash,\n")
    glucose = minis.uom_glucose()
    assert _read(tmp_path, Glucose=glucose).attributes == {
        "source": "T1D-UOM", "age_y": 31.0, "sex": "F", "sensor": "CGM", "device": "Acme",
    }  # fmt: skip
    assert _read(tmp_path, "2998", Glucose=glucose).attributes == {
        "source": "T1D-UOM",
        "sex": "M",
        "sensor": "Flash",
    }


@pytest.fixture(scope="module")
def people(data):
    """The real recordings of three people with pumps and one who injects."""
    found = t1d_uom.files(data / "t1d_uom")
    if not found:
        pytest.skip("no T1D-UOM files in the folder of real recordings")
    return {name: t1d_uom.read(name, found[name]) for name in ("2301", "2304", "2308", "2313") if name in found}


@pytest.mark.parametrize(("subject", "days"), [("2301", 64), ("2304", 3), ("2308", 74)])
def test_real_usable_days(people, subject, days):
    # Counted once before, by other code with the same rules.
    assert len(usable_days(people[subject])) == days


def test_real_glucose_has_one_series(people):
    per_day = len(people["2301"]["cgm"].time_s) / 110
    assert 280 < per_day < 289
    assert _noted(people["2301"], "a second upload repeats")
    assert _noted(people["2304"], "contradict each other")
    assert not any(_noted(people[name], "interleaved") for name in ("2301", "2308"))
    for recording in people.values():
        jump = np.abs(np.diff(recording["cgm"].value))[np.diff(recording["cgm"].time_s) <= 300]
        assert np.median(jump) < 8.0


def test_real_boluses(people):
    assert _noted(people["2304"], "101 boluses left out that the pump wrote again")
    assert _noted(people["2313"], "1 boluses above 50 U taken as long-acting")
    assert people["2313"]["injection"].value.max() <= 30.0
    assert 68.0 in people["2313"]["long_acting_injection"].value
    assert "weight_kg" not in people["2301"].attributes
    assert people["2301"].attributes["sex"] == "F"


def test_real_basal(people):
    for subject in ("2301", "2304", "2308"):
        recording = people[subject]
        at = np.arange(recording["insulin_rate"].time_s[0], recording["insulin_rate"].time_s[-1], 300.0)
        assert 5.0 < 24 * recording["insulin_rate"].held(at).mean() < 40.0
