"""Twin files become a cohort of posterior draws; what is no twin is refused with its reason."""

import json

import numpy as np
import pytest

from twinbed.cohorts.twins import read_twins
from twinbed.core.errors import ReadError

THERAPY = {
    "basal_rate": 0.8,
    "carbohydrate_ratio": 10,
    "correction_factor": 40.0,
    "total_daily_insulin": 38.0,
    "body_weight": 70.0,
}


def content(subject="A", draws=6, **changes):
    rows = np.arange(draws)
    return {
        "format": "twinbed-twin/1",
        "subject": subject,
        "model": "physiology/glucose/replay",
        "parameters": {"sg": (0.02 + 0.001 * rows).tolist(), "si_l": (5e-4 + 1e-5 * rows).tolist()},
        "therapy": THERAPY,
        "demographics": {"age_years": 40, "sex": "female"},
        "fit": {},
        "provenance": {},
        **changes,
    }


@pytest.fixture
def write(tmp_path):
    def _write(what, name="twin.json"):
        path = tmp_path / name
        path.write_text(what if isinstance(what, str) else json.dumps(what))
        return path

    return _write


def test_every_draw_becomes_a_patient(write):
    cohort = read_twins([write(content())])
    assert cohort.ids == tuple(f"A/{k}" for k in range(6))
    np.testing.assert_allclose(cohort.patients.sg, 0.02 + 0.001 * np.arange(6))
    np.testing.assert_allclose(cohort.patients.si_l[-1], 5.5e-4)
    assert (cohort.patients.gb == 119.13).all()  # the default of the model
    assert (cohort.therapy.carbohydrate_ratio == 10.0).all()
    assert cohort.demographics["sex"].tolist() == ["female"] * 6
    assert cohort.demographics["age_years"].tolist() == [40.0] * 6
    assert (cohort.model_id, cohort.rejected) == ("physiology/glucose/replay", 0)


def test_draws_are_taken_at_even_distances_and_always_the_same(write):
    paths = [write(content("A"), "a.json"), write(content("B", draws=9, demographics={}), "b.json")]
    cohort = read_twins(paths, draws_per_twin=3)
    assert cohort.ids == ("A/1", "A/3", "A/5", "B/1", "B/4", "B/7")
    np.testing.assert_array_equal(read_twins(paths, draws_per_twin=3).patients.sg, cohort.patients.sg)
    assert np.isnan(cohort.demographics["age_years"][3:]).all()
    assert cohort.demographics["sex"].tolist() == ["female"] * 3 + [""] * 3


BAD = {
    "expected format|format 'twinbed-twin/1'": content(format="twinbed-twin/2"),
    "JSON": "{not json",
    "'subject', which is missing": {k: v for k, v in content().items() if k != "subject"},
    "equally long": content(parameters={"sg": [0.1, 0.2], "gb": [100.0]}),
    "lists of numbers": content(parameters={"sg": ["high"]}),
    "one list of draws": content(parameters={"sg": []}),
    "finite draws of sg": content(parameters={"sg": [0.1, float("nan")]}),
    "no parameter 'sgg'": content(parameters={"sgg": [0.1]}),
    "did you mean physiology/glucose/replay": content(model="physiology/glucose/reply"),
    "therapy 'basal_rate' as a number in .IU./h": content(therapy={**THERAPY, "basal_rate": None}),
    "therapy 'body_weight'": content(therapy={**THERAPY, "body_weight": -1}),
}


@pytest.mark.parametrize("message", BAD)
def test_what_is_no_twin_is_refused_with_its_reason(write, message):
    with pytest.raises(ReadError, match=message):
        read_twins([write(BAD[message])])


def test_files_that_do_not_fit_together_are_refused(write, tmp_path):
    one = write(content("A"), "a.json")
    with pytest.raises(ReadError, match="'A' occurs twice"):
        read_twins([one, write(content("A"), "b.json")])
    with pytest.raises(ReadError, match="a twin of physiology/glucose/replay"):
        read_twins([one, write(content("B", model="physiology/glucose/hovorka"), "c.json")])
    with pytest.raises(ReadError, match="si_l missing"):
        read_twins([one, write(content("B", parameters={"sg": [0.1]}), "d.json")])
    with pytest.raises(ReadError, match="at least 7 draws"):
        read_twins([one], draws_per_twin=7)
    with pytest.raises(ReadError, match="a file that can be read"):
        read_twins([tmp_path / "absent.json"])
    with pytest.raises(ReadError, match="at least one twin file"):
        read_twins([])
