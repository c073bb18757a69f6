"""An acute study from its file to its evidence and report, on one slow organ, and what its file may not say."""

import json
import pathlib
import re
import tomllib

import numpy as np
import pytest
from typer.testing import CliRunner

from twinbed.cohorts import acute_adults
from twinbed.cohorts.acute_adults import SOURCE, AcuteCohort, Wanted
from twinbed.connect.files import plain, read_table
from twinbed.core.errors import ResumeError, StudyError
from twinbed.engine.couple import couple
from twinbed.engine.native import cuda, execute
from twinbed.engine.native.errors import CannotLower, NoDevice
from twinbed.studies import load_study, run_study
from twinbed.studies.acute.beds import check_beds, draw_patients, fitted, make_ready, pack, unpack
from twinbed.studies.acute.bedside import PatientSpec, build_devices, build_models, person_of
from twinbed.studies.acute.evidence import Results
from twinbed.studies.acute.evidence import _alarms as alarms_of
from twinbed.studies.acute.evidence import _comparisons as comparisons_of
from twinbed.studies.acute.evidence import _device as device_of
from twinbed.studies.acute.evidence import _estimated as estimated
from twinbed.studies.acute.evidence import _interval as interval_of
from twinbed.studies.acute.evidence import _patients as patients_of
from twinbed.studies.acute.evidence import _possible as possible
from twinbed.studies.acute.evidence import _waves as waves_of
from twinbed.studies.acute.outcomes import outcome
from twinbed.studies.acute.report import render
from twinbed.studies.acute.report.figures import Lane, Mark, Shown, course, strip
from twinbed.studies.acute.report.sections import _lane as lane_of
from twinbed.studies.acute.report.told import population
from twinbed.studies.acute.report.words import Saying, called, sentences, state
from twinbed.studies.acute.run import run_acute_study, shards, trends_of
from twinbed.studies.acute.study import OutcomeSpec, acute_study_from, kind_of, load_acute_study
from twinbed.studies.design import DeviceSpec
from twinbed.studies.execute import wires
from twinbed.studies.report.figures.svg import Caption
from twinbed.vocab.drugs import Person
from twinbed.vocab.drugs import drug as drug_of
from twinbed.vocab.drugs.person import covariates
from twinbed.vocab.signals import SIGNALS

HERE = pathlib.Path(__file__).parent
DRIP = HERE / "drip.toml"
SHORT = {"name": "x", "signal": "haemoglobin", "of": "min"}
EXAMPLES = sorted(p for p in (HERE.parents[2] / "examples").glob("*.toml") if kind_of(p) == "acute")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    out = tmp_path_factory.mktemp("drip")
    said = []
    evidence = run_acute_study(load_acute_study(DRIP), out, on_progress=said.append)
    return out, evidence, said


def changed(**new):
    table = tomllib.loads(DRIP.read_text())
    for key, value in new.items():
        table[key] = value
    return table


def test_a_cohort_is_of_the_people_that_the_file_asks_for():
    who = {"age": [65, 90], "bmi": [30, 45], "weight_kg": [80, 100], "sex": "female"}
    study = acute_study_from(changed(cohort={"n": 3, "organs": ["fluids"], **who}))
    people = draw_patients(study, 0, 3).people
    assert np.all(people["female"] == 1.0)
    for name, (low, high) in (("age_years", (65, 90)), ("bmi_kg_m2", (30, 45)), ("body_weight_kg", (80, 100))):
        assert np.all((people[name] >= low) & (people[name] <= high)), name
    assert study.hash() != acute_study_from(changed()).hash()


@pytest.mark.long
def test_progress_ends_with_everything_done(done):
    _, _, said = done
    assert said[0].done == 0
    assert said[-1].done == said[-1].total == 1 + 3 + 3


@pytest.mark.long
def test_a_litre_thins_blood_as_much_as_its_share_of_plasma_says(done):
    """Hahn's two-compartment kinetics keep 40 to 60 % of a litre in plasma at the end of ten minutes: haemoglobin
    falls by about a tenth in somebody with 5 L of blood."""
    out, evidence, _ = done
    ratio = {}
    for arm in ("nothing", "crystalloid"):
        table = read_table(out / f"parts/{arm}-00000.parquet")
        ratio[arm] = table["outcome.lowest_haemoglobin"]
    fall = 1.0 - ratio["crystalloid"] / ratio["nothing"]
    assert np.all((fall > 0.05) & (fall < 0.2))
    row = next(r for r in evidence["comparisons"] if (r["outcome"], r["arm"]) == ("lowest_haemoglobin", "crystalloid"))
    assert row["difference"]["value"] == pytest.approx(np.mean(ratio["crystalloid"] - ratio["nothing"]), rel=1e-9)
    assert row["difference"]["low"] < row["difference"]["value"] < row["difference"]["high"] < 0.0


@pytest.mark.long
def test_arms_are_the_same_before_they_differ(done):
    out, _, _ = done
    tables = [read_table(out / f"samples/{arm}-00000.parquet") for arm in ("nothing", "crystalloid", "blood")]
    early = tables[0]["time_s"] < 119.0
    late = tables[0]["time_s"] == 400.0
    for other in tables[1:]:
        assert np.array_equal(tables[0]["haemoglobin"][early], other["haemoglobin"][early])
        assert not np.array_equal(tables[0]["haemoglobin"][late], other["haemoglobin"][late])


def test_trends_draw_no_waves_that_are_not_there():
    """A heart that swings by 6 a minute with 11.4 breaths a minute, sampled every 5 s, seems to swing with a period of
    100 s; the mean over 5 s, by hand 6 sin(0.95 pi) / (0.95 pi) = 0.31, leaves a twentieth of it."""
    time = np.arange(1800.0)
    heart = 70.0 + 6.0 * np.sin(2.0 * np.pi * 0.19 * time)[None]
    rhythm = np.where(time < 903.0, 0.0, 3.0)[None]
    times, made = trends_of({"heart_rate": heart, "body.rhythm_shown": rhythm, "nibp_number": time[None] // 60.0}, 1800)
    assert (len(times), times[0], times[-1]) == (360, 2.5, 1797.5)
    assert np.ptp(heart[0, ::5]) > 11.0
    assert np.ptp(made["heart_rate"]) < 1.0
    assert made["heart_rate"].mean() == pytest.approx(70.0, abs=0.01)
    assert sorted(set(made["body.rhythm_shown"][0])) == [0.0, 3.0]
    assert made["body.rhythm_shown"][0, 179:182].tolist() == [0.0, 0.0, 3.0]
    assert made["nibp_number"][0, -1] == 29.0
    times, made = trends_of({"haemoglobin": np.arange(1081.0)[None]}, 1081)
    assert (times[-1], made["haemoglobin"][0, -1]) == (1080.5, 1080.0)


@pytest.mark.long
def test_a_run_is_taken_up_and_ends_with_the_same_bits(done, tmp_path):
    out, evidence, _ = done
    manifest = json.loads((out / "manifest.json").read_text())
    for name in ("parts/blood-00000.parquet", "waves/nothing.parquet"):
        (out / name).unlink()
    again = run_acute_study(load_acute_study(DRIP), out)
    assert again["run"]["tasks_kept"] == evidence["run"]["tasks"] - 2
    repeated = json.loads((out / "manifest.json").read_text())
    assert {t: r["files"] for t, r in repeated["parts"].items()} == {
        t: r["files"] for t, r in manifest["parts"].items()
    }
    first, second = again["run"]["commands"]
    assert first["started"] == evidence["run"]["started"] == again["run"]["started"]
    assert again["run"]["wall_s"] == pytest.approx(first["wall_s"] + second["wall_s"])
    assert min(first["wall_s"], second["wall_s"], second["processor_s"]) > 0.0
    assert again["run"]["processor_s"] > evidence["run"]["processor_s"]
    assert "commands in all: 2, with" in render(again)
    drop = lambda e: {k: v for k, v in e.items() if k not in ("run", "versions")}
    assert drop(again) == drop(evidence)


@pytest.mark.long
def test_who_is_left_out_counts_nowhere(done):
    """Patient 0 leaves the plausible range in one arm, as if: alarms are of the other two, waveforms of nobody."""
    out, _, _ = done
    results = Results(load_acute_study(DRIP), out)
    part = {k: v.copy() for k, v in results.parts["blood"].items()}
    part["implausible_s"][0] = 100.0
    part["alarm.pump.pump_alarm.times"] = np.array([5.0, 1.0, 0.0])
    part["alarm.pump.pump_alarm.seconds"] = np.array([600.0, 60.0, 0.0])
    results.parts["blood"] = part
    (alarm,) = alarms_of(results, "blood")
    assert (alarm["patients"], alarm["patients_with_alarms"]) == (2, 1)
    assert (alarm["times_per_patient"], alarm["minutes_per_patient"]) == (0.5, 0.5)
    assert waves_of(results.study, results, "blood") == []  # only those of patient 0 were kept


@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", ("Haemoglobin 0.400 g/dL", "plausible is 0.5 to 30", "Crystalloid, 1000 mL, 2 to 12 min", "4 min")),
     ("ko", ("0.400 g/dL", "타당한 범위 0.5~30", "1000 mL", "4분"))],
)  # fmt: skip
@pytest.mark.long
def test_who_is_left_out_is_told_with_signal_value_time_and_what_was_on(done, lang, said):
    out, evidence, _ = done
    results = Results(load_acute_study(DRIP), out)
    part = {k: v.copy() for k, v in results.parts["crystalloid"].items()}
    assert part["implausible_signal"].tolist() == ["", "", ""]
    part["implausible_s"][1], part["implausible_signal"][1], part["implausible_value"][1] = 240.0, "f.haemoglobin", 0.4
    part["not_finite_s"][2] = 1140.0
    results.parts["crystalloid"] = part
    told = plain({**evidence, "patients": patients_of(results)})
    one, other = told["patients"]["excluded"]
    assert (one["signal"], one["value"], one["minute"]) == ("f.haemoglobin", 0.4, 4.0)
    assert [e["signal"] for e in one["events"]] == ["crystalloid", "propofol_command"]
    assert "signal" not in other
    assert [e["signal"] for e in other["events"]] == ["propofol_command"]  # a level stays, the drip is over
    page = render(told, lang=lang).replace("\N{NO-BREAK SPACE}", " ")
    assert [words for words in said if words not in page] == []


@pytest.mark.long
def test_a_folder_of_another_study_is_refused(done):
    out, _, _ = done
    with pytest.raises(ResumeError, match=r"study\.seed: 5 -> 6"):
        run_acute_study(acute_study_from(changed(seed=6)), out)


def test_the_evidence_says_what_computed(tmp_path, monkeypatch):
    """The file asks for `auto`; where native code cannot express a bed, that is XLA."""

    def refused(*_, **__):
        raise CannotLower("not this one")

    monkeypatch.setattr(execute, "run_cohort", refused)
    study = acute_study_from(changed(backend="auto", arms=[{"name": "nothing"}], waves={}))
    evidence = run_acute_study(study, tmp_path)
    assert evidence["run"]["backends"] == ["xla"]
    assert evidence["study"]["backend"] == "auto"


def test_a_missing_gpu_is_said_before_anybody_is_drawn(tmp_path, monkeypatch):
    def missing(name):
        raise NoDevice(f"no {name} here")

    monkeypatch.setattr(cuda, "_bindings", missing)
    with pytest.raises(NoDevice, match="no driver here"):
        run_acute_study(acute_study_from(changed(backend="cuda")), tmp_path / "acute")
    assert not (tmp_path / "acute").exists()
    with pytest.raises(NoDevice, match="no driver here"):
        run_study(load_study(HERE.parent / "toy.toml", backend="cuda"), tmp_path / "other", workers=0)
    assert not (tmp_path / "other").exists()


@pytest.mark.long
def test_alarms_and_waves_are_in_the_evidence(done):
    """The pump pushes 60 mL/h out of 50 mL: it is not empty after 21 minutes, and does not alarm."""
    _, evidence, _ = done
    arm = evidence["arms"]["crystalloid"]
    assert [a["source"] for a in arm["alarms"]] == ["pump.pump_alarm"]
    assert arm["alarms"][0]["patients_with_alarms"] == 0
    (window,) = arm["waves"]
    assert window["from_s"] == 300.0
    assert len(window["signals"]["haemoglobin"]) == 5
    who = read_table(done[0] / "cohort/00000.parquet")
    assert (window["age_years"], window["female"]) == (who["age_years"][0], who["female"][0] > 0.5)
    assert f"The patient is a {'wo' * window['female']}man of {window['age_years']:.0f} years." in render(evidence)
    assert evidence["patients"]["analysed"] == 3
    assert arm["trends"]["haemoglobin"]["time_s"][:2] == [1.5, 4.5]
    assert "means over 3 s" in evidence["methods"]["trends"]
    assert "mean over 3 s" in render(evidence)
    assert arm["trends"]["haemoglobin"]["p05"][0] <= arm["trends"]["haemoglobin"]["p50"][0]


@pytest.mark.long
def test_a_korean_report_has_no_english_of_ours(done):
    """English is left to citations, the limits in the words of their files, and what the study file says itself."""
    _, evidence, _ = done
    table = tomllib.loads((HERE.parents[2] / "examples/haemorrhage.toml").read_text())
    told = json.loads(json.dumps(evidence))
    controller = {"name": "controller", "device": "devices/software/vasopressor_controller", "wrap": []}
    told["arms"]["blood"]["devices"] = [controller | {"parameters": {"target": 75.0}, "units": {"target": "mm[Hg]"}}]
    told["arms"]["blood"]["title_ko"] = table["arms"][2]["title_ko"]
    page = render(told, lang="ko").replace("\N{NO-BREAK SPACE}", " ")
    assert "controller: 승압제 폐루프 제어기 (목표 75 mmHg)" in page
    assert '<th scope="row">전혈 1.5 L</th>' in page
    for section in ("limits", "provenance"):
        text = page.partition(f'<section id="{section}"')[2].partition("</section>")[0].partition("<details>")[0]
        plain = re.sub(r"<code>.*?</code>|<[^>]*>", " ", text)
        assert [w for w in ("mean of", "patients", "Adults", "organs", "every", "resamples") if w in plain] == []
    assert "18~90세 성인" in page
    assert "환자 내 차이의 평균" in page
    assert "다음 장기만" in page


@pytest.mark.long
def test_settings_are_told_with_units(done):
    _, evidence, _ = done
    told = json.loads(json.dumps(evidence))
    given = {"tidal_volume_per_kg_predicted": 6.0, "rate": 22.0, "drug": "norepinephrine", "peep": 5.0}
    spec = DeviceSpec("v", "devices/ventilation/ventilator", (), given)
    told["arms"]["nothing"]["devices"] = [plain(device_of(spec))]
    said = {
        "en": "v: ventilator (tidal volume 6 mL/kg of predicted body weight, rate 22 /min, drug norepinephrine, "
        "PEEP 5 cmH₂O)",
        "ko": "v: 인공호흡기 (예측체중 기준 일회호흡량 6 mL/kg, 빈도 22 /min, 약물 노르에피네프린, PEEP 5 cmH₂O)",
    }
    for lang, words in said.items():
        assert words in render(told, lang=lang).replace("\N{NO-BREAK SPACE}", " ")


def test_the_population_is_told_as_the_evidence_names_its_source():
    assert sentences("en")["population"]["source"] == SOURCE
    wanted = {"age": [65, 90], "bmi": [30, 45], "weight": None, "sex": "female", "pigment": [0.18, 0.43]}
    record = {"cohort": {"wanted": wanted}}
    say = Saying("en", sentences("en"), confidence=0.95)
    assert population(record, say) == f"{Wanted((65, 90), (30, 45), None, 'female', (0.18, 0.43)).title}; {SOURCE}"


@pytest.mark.long
def test_limits_are_those_of_the_parts_that_take_part(done):
    """Fluids and a pump: nobody has a circulation, so its limits are not told."""
    _, evidence, _ = done
    told = {one["component"]: one["limits"] for one in evidence["limits"]}
    assert {"physiology/body/fluids", "devices/infusion/syringe_pump", "cohorts/acute_adults"} <= told.keys()
    assert not any("circulation" in name for name in told)
    assert told["physiology/body/fluids"].startswith("what is sequestered never returns;")
    for lang, name in (("en", "Fluids"), ("ko", "체액")):
        folded = render(evidence, lang=lang).partition("<details>")[2].partition("</details>")[0]
        assert f"<strong>{name}</strong>" in folded
        assert "What is sequestered never returns;" in folded
        assert folded.count("<li>") == len(told)


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.long
def test_the_report_stands_alone(done, lang):
    _, evidence, _ = done
    page = render(evidence, lang=lang)
    for arm in evidence["arms"].values():
        assert arm["title"] in page
    assert page.count("<svg") >= 2 + 3 + 4
    assert "<script" not in page
    assert "src=" not in page
    assert "://" not in page
    assert evidence["study_hash"] in page
    assert {"en": "backend xla", "ko": "계산 방식 xla"}[lang] in page


@pytest.mark.long
def test_few_patients_are_drawn_one_by_one(done):
    _, evidence, _ = done
    page = render(evidence)
    arms, signals = 3, len(evidence["arms"]["nothing"]["trends"])
    assert page.count('class="curve single') == 3 * arms * signals
    assert 'class="spread' not in page
    assert "smallest to largest" in page
    quantiles = evidence["arms"]["nothing"]["outcomes"]["lowest_haemoglobin"]["quantiles"]
    assert quantiles["min"] <= quantiles["p05"] <= quantiles["p95"] <= quantiles["max"]


@pytest.mark.long
def test_an_interval_ends_where_a_value_cannot_be(done):
    """Student's t of three patients spans more than there is: 0, 0 and 20 minutes of 20 have a mean of 6.7 +- 28.7."""
    out, _, _ = done
    short = {"name": "low", "signal": "haemoglobin", "of": "time_below", "below": 8.0}
    study = acute_study_from(changed(outcomes=[short], analysis={"primary": "low"}))
    results = Results(study, out)
    for arm, values in zip(results.arms, ([0.0, 0.0, 20.0], [0.0, 0.0, 0.0], [20.0, 0.0, 0.0]), strict=True):
        results.parts[arm] = results.parts[arm] | {"outcome.low": np.array(values)}
    columns = estimated(study, results, study.outcomes[0])
    mean = interval_of(columns[1], 0, 0.95, possible(study, study.outcomes[0]))
    assert mean == {"value": pytest.approx(20.0 / 3.0), "low": 0.0, "high": 20.0}
    assert [r["difference"]["low"] >= -20.0 for r in comparisons_of(study, study.outcomes[0], columns)] == [True, True]
    assert possible(study, OutcomeSpec(name="x", signal="arterial_saturation", of="min")) == (0.0, 1.001)


def drawn_axis(svg, name):
    low, high = re.search(rf'data-{name}="(\S+) (\S+) ', svg).groups()
    return float(low), float(high)


def test_noise_is_not_drawn_as_a_course():
    """A saturation of 99.75 to 99.99 % stands on an axis of at least 5 %, which ends at 100 % (and a small margin)."""
    band = {"time_s": [30.0, 90.0], "p05": [99.75, 99.75], "p50": [99.8, 99.8], "p95": [99.99, 99.99]}
    svg = course(Caption("k", "t", "d"), [(0, band)], [Mark("A", 0.5, 1.0)], Shown("%", 5.0, (0.0, 100.0)), "min")
    low, high = drawn_axis(svg, "y")
    assert high - low >= 5.0
    assert 100.0 <= high < 101.0
    assert drawn_axis(svg, "x") == (0.0, 2.0)


def test_a_row_of_a_strip_has_round_numbers():
    values = [1.93e-7, 37.2, 20.0, 2e-8]
    svg = strip(Caption("k", "t", "d"), [Lane("airway_carbon_dioxide", "CO2", Shown("mmHg", 10.0), values)], 1.0)
    assert re.findall(r'lane-scale end">([^<]*)<', svg) == ["0", "20"]
    flat = strip(Caption("k", "t", "d"), [Lane("airway_pressure", "Paw", Shown("cmH2O", 5.0), [0.0, 0.0])], 1.0)
    assert re.findall(r'lane-scale end">([^<]*)<', flat) == ["0"]


def test_light_has_arbitrary_units_and_no_ticks():
    say = Saying("en", sentences("en"), confidence=0.95)
    lane = lane_of("ppg_infrared", [0.1, 0.2], [[0.1, 0.2]], say)
    svg = strip(Caption("c", "t", "d"), [lane], 1.0)
    assert "Plethysmogram  arbitrary units" in svg
    assert "lane-scale end" not in svg


def test_arms_have_one_scale_at_a_time():
    shown = Shown("mmHg", 10.0, (0.0, 300.0))
    one = lambda values: Lane("arterial_pressure", "Arterial", shown, values, (80.0, 150.0))
    drawn = [strip(Caption("c", "t", "d"), [one(v)], 1.0) for v in ([80.0, 120.0], [100.0, 150.0])]
    ticks = [re.findall(r'lane-scale end">([^<]+)<', d) for d in drawn]
    assert ticks[0] == ticks[1] != []


def test_times_and_numbers_in_words():
    say = Saying("en", sentences("en"), confidence=0.95)
    assert [say.moment(t) for t in (-10.0, 0.0, 59.0, 240.0, 90.0)] == ["−10 s", "0 min", "59 s", "4 min", "1.5 min"]
    assert (say.span(-180.0, 240.0), say.span(5.0, 20.0)) == ("−3 to 4 min", "5 to 20 s")
    assert [say.number(v) for v in (1.93e-7, 0.0, -0.002, 9.999, 99.96)] == ["0", "0", "−0.002", "10.0", "100"]
    assert say.signed(1e-7) == "0"
    assert say.alike(17.1, 0.983, 32.5) == ["17.1", "1.0", "32.5"]
    assert (say.signed(0.4, -20.0, 20.0), say.signed(0.01, -20.0, 20.0)) == ("+0.4", "0.0")


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_settings_are_told_by_what_they_mean(lang):
    told = {"en": ("Ventilator disconnected", "Tube in the trachea"), "ko": ("인공호흡기 분리", "기관 내 튜브")}[lang]
    assert (state("ventilator_connected", 0.0, lang), state("intubation", 1.0, lang)) == told
    assert state("blood_loss", 600.0, lang) == ""
    assert called("consciousness") == "Consciousness as charted"
    assert called("pump_alarm") == "Pump alarm"
    for name in sentences(lang)["state"]:
        assert name.rpartition("_")[0] in SIGNALS


@pytest.mark.long
def test_the_main_result_says_when_it_says_nothing(done):
    _, evidence, _ = done
    said = "The interval contains zero"
    other = json.loads(json.dumps(evidence))
    for high, count in ((-0.1, 0), (0.1, 2)):
        for row in other["comparisons"]:
            row["difference"] = {"value": -0.5, "low": -1.0, "high": high}
        assert render(other).count(said) == count


def test_languages_have_the_same_keys():
    folder = HERE.parents[2] / "twinbed/studies/acute/report"
    english, korean = (tomllib.loads((folder / f"{lang}.toml").read_text()) for lang in ("en", "ko"))
    for section in english.keys() - {"signal", "part", "setting"}:
        assert english[section].keys() == korean[section].keys()


def test_the_command_runs_it(tmp_path):
    from twinbed.cli.app import app

    result = CliRunner().invoke(app, ["run", str(DRIP), "--out", str(tmp_path), "--patients", "3"])
    assert result.exit_code == 0, result.output
    assert "lowest haemoglobin: difference" in result.output
    assert json.loads((tmp_path / "evidence.json").read_text())["patients"]["declared"] == 3
    assert (tmp_path / "report.html").is_file()


def test_the_number_of_patients_may_be_another():
    assert load_acute_study(DRIP, patients=2, backend="native").resolved()["cohort"]["n"] == 2


def test_outcomes_of_a_known_course():
    """By hand: 0, 10, ... 90 over ten minutes, one value a minute."""
    values = np.arange(10.0)[None, :] * 10.0
    of = lambda **kw: float(outcome(OutcomeSpec(name="x", signal="haemoglobin", **kw), values, 60.0)[0])
    assert of(of="mean") == 45.0
    assert of(of="last", until=300.0) == 40.0
    assert of(of="max", since=60.0, until=180.0) == 20.0
    assert of(of="time_below", below=35.0) == 4.0
    assert of(of="time_in", above=15.0, below=45.0) == 3.0
    assert of(of="time_to", above=25.0) == 3.0
    assert of(of="time_to", above=95.0) == 10.0


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ({"cohort": {"n": 0}}, "cohort.n: nobody takes part"),
        (
            {"cohort": {"n": 2, "age": [90, 65]}},
            r"cohort.age: expected the lowest and the highest, .*found \[90.0, 65.0\]",
        ),
        ({"cohort": {"n": 2, "bmi": [30]}}, "cohort.bmi: expected the lowest and the highest"),
        ({"cohort": {"n": 2, "skin_pigment": [0.4, 0.2]}}, "cohort.skin_pigment: expected the lowest and the highest"),
        (
            {"cohort": {"n": 2, "skin_pigment": [0.4, 2]}},
            r"cohort.skin_pigment\[2\]: 2.0 must be at least 0.013 and at most 0.43",
        ),
        ({"patient": {"skin_pigment": 0.9}}, "patient.skin_pigment: 0.9 must be at least 0.001 and at most 0.45"),
        ({"cohort": {"n": 2, "bmi": 30}}, "cohort.bmi: expected a list"),
        ({"cohort": {"n": 2, "age": [3, 12]}}, r"cohort.age\[1\]: 3.0 must be at least 18"),
        ({"cohort": {"n": 2, "sex": "f"}}, "cohort.sex: 'f' is not allowed"),
        ({"cohort": {"n": 2, "sex": "female"}, "patient": {}}, r"cohort.sex: nobody is drawn, .*one \[patient\]"),
        ({"cohort": {"n": 2, "conditions": {"cold": 1.0}}}, "cohort.conditions: there is no condition 'cold'"),
        ({"arms": []}, "arms: nothing is compared"),
        ({"duration": "soon"}, "duration: expected seconds"),
        ({"events": [{"signal": "propofol_command", "at": "-5 min"}]}, r"events\[1\].at: '-5 min' lies before"),
        ({"outcomes": [{"name": "x", "signal": "haemoglobin", "of": "time_below"}]}, "time_below needs below"),
        (
            {"outcomes": [{"name": "x", "signal": "haemo", "of": "mean"}]},
            r"outcomes \(x\).signal: 'haemo' is no signal",
        ),
        (
            {"outcomes": [SHORT | {"since": "10 s", "until": "10.3 s"}]},
            r"outcomes\[1\] \(x\): .* a second apart, within",
        ),
        ({"outcomes": [SHORT | {"until": 0}]}, r"outcomes\[1\] \(x\): .* a second apart, within"),
        (
            {"arms": [{"name": "a", "events": [{"signal": "rythm", "at": 0, "amount": 1}]}]},
            r"arms \(a\).events\[1\].signal: 'rythm' is no signal",
        ),
        (
            {"cohort": {"n": 2, "weight_kg": [190, 200], "bmi": [17, 20]}},
            r"cohort.weight_kg: nobody weighs 190 to 200 kg with a body-mass index of 17 to 20 kg/m²: at heights of "
            r"14\d to 19\d cm that is 3\d to 7\d kg",
        ),
        ({"analysis": {"reference": "none"}}, "analysis.reference: there is no 'none'"),
        ({"waves": {"at": ["25 min"]}}, "waves.at: a window"),
        ({"settle": 60, "sedation": 1}, "unknown key 'sedation'"),
    ],
)
def test_errors_name_table_and_key(new, message):
    with pytest.raises(StudyError, match=message):
        acute_study_from(changed(**new))


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ({"duration": "20.01 min"}, r"arms \(nothing\): settle and duration"),
        ({"outcomes": [{"name": "x", "signal": "heart_rate", "of": "mean"}]}, "nothing in arm 'nothing' shows"),
        ({"events": [{"signal": "stimulus", "at": 0, "amount": 1.0}]}, r"arms \(nothing\): events\[1\] \(stimulus\)"),
        (
            {"arms": [{"name": "a", "events": [{"signal": "crystalloid", "at": 0, "amount": 1e6}]}]},
            r"arms \(a\).events\[1\] \(crystalloid\).amount",
        ),
        ({"cohort": {"n": 2, "organs": ["spleen"]}}, "cohort.organs: there is no 'spleen'"),
    ],
)
def test_beds_that_cannot_be_are_refused(new, message):
    with pytest.raises(StudyError, match=message):
        check_beds(acute_study_from(changed(**new)))


def test_settings_by_weight_are_each_patients_own():
    """Predicted body weight of a man of 175 cm: 50 + 0.91 (175 - 152.4) = 70.57 kg (ARDSNet)."""
    person = Person(40.0, 90.0, 175.0, "male")
    ventilator = DeviceSpec(
        "v", "devices/ventilation/ventilator", (), {"tidal_volume_per_kg_predicted": 6.0, "peep": 5.0}
    )
    assert fitted(ventilator, person).parameters == {"tidal_volume": pytest.approx(423.4, abs=0.05), "peep": 5.0}
    controller = DeviceSpec("c", "devices/software/propofol_controller", (), {"target": 45.0})
    assert fitted(controller, person).parameters == {"target": 45.0, "body_weight": 90.0}


def test_a_wrapper_has_no_settings_by_weight():
    wrap = [{"device": "devices/faults/drift", "rate_per_kg": 0.1, "signal": "flow"}]
    pump = {"name": "pump", "device": "devices/infusion/syringe_pump", "wrap": wrap}
    with pytest.raises(StudyError, match="Drift has no setting 'rate_per_kg'"):
        acute_study_from(changed(devices=[pump]))


def test_one_patient_is_the_person_of_the_file():
    """A pump with the model of Eleveld asks whether there is an opioid; clearance of creatinine asks for creatinine."""
    patient = {"age": 60.0, "weight_kg": 80.0, "sex": "female", "creatinine_mg_dl": 3.0, "opioid": False}
    study = acute_study_from(changed(patient=patient))
    cohort = draw_patients(study, 0, 2)
    assert [cohort.person(i) for i in (0, 1)] == [Person(60.0, 80.0, 175.0, "female", 3.0, False)] * 2
    settings = {"drug": "propofol", "model": "eleveld", "concentration": 10.0}
    pump = DeviceSpec("p", "devices/infusion/tci_pump", (), settings)
    built = build_devices([pump], cohort.person(0))["p"]
    values = drug_of("propofol").model("eleveld").values(covariates(person_of(study.patient)))
    assert (float(built.clearance), float(built.v3)) == (values["clearance"], values["v3"])


OXIMETER = {"name": "oximeter", "device": "devices/monitoring/pulse_oximeter"}


def test_every_finger_has_the_skin_of_its_patient():
    melanin = lambda study, cohort: make_ready(study, study.arms[0], cohort, (), waves=False).bed.models["ppg"].melanin
    study = acute_study_from(changed(cohort={"n": 2, "skin_pigment": [0.18, 0.43]}, devices=[OXIMETER], events=[]))
    cohort = acute_adults.sample(2, 1, examine=False, wanted=study.cohort.wanted)
    assert melanin(study, cohort).tolist() == pytest.approx(cohort.people["skin_pigment"].tolist())
    one = acute_study_from(changed(cohort={"n": 2}, patient={"skin_pigment": 0.3}, devices=[OXIMETER], events=[]))
    assert melanin(one, draw_patients(one, 0, 2)).tolist() == pytest.approx([0.3, 0.3])
    assert float(build_models(PatientSpec(skin_pigment=0.2))["ppg"].melanin) == pytest.approx(0.2)


def test_a_cuff_squeezes_an_arm_that_is_there():
    cuff = {"name": "cuff", "device": "devices/monitoring/nibp_cuff", "over_oximeter": 1}

    def organs(*devices):
        study = acute_study_from(changed(patient={}, cohort={"n": 1}, devices=list(devices), events=[]))
        return set(make_ready(study, study.arms[0], draw_patients(study, 0, 1), (), waves=False).bed.models)

    assert {"ppg", "arm"} <= organs(OXIMETER, cuff)
    assert organs(OXIMETER) >= {"ppg"}
    assert "arm" not in organs(OXIMETER)


def test_patients_and_seed_are_taken_in_place_of_what_the_file_says():
    study = load_acute_study(DRIP, patients=7, seed=8, backend="native")
    assert (study.cohort.n, study.seed, study.backend) == (7, 8, "native")


def test_a_patient_with_diabetes_is_kept_and_read_again():
    study = acute_study_from(changed(patient={"diabetes": True}, cohort={"n": 2}))
    organs = draw_patients(study, 0, 2).organs
    again = unpack(study, pack(AcuteCohort(organs, {}, ("a", "b"), {})))
    assert set(again) == set(organs)


def test_what_a_bed_cannot_play_is_said_with_the_file(tmp_path):
    from twinbed.cli.app import app

    file = tmp_path / "wrong.toml"
    file.write_text(DRIP.read_text().replace("amount = 1000.0", "amount = 100000.0"))
    for command in (["explain", str(file)], ["run", str(file), "--out", str(tmp_path / "out")]):
        error = CliRunner().invoke(app, command).exception
        assert str(error).startswith(f"{file}: arms (crystalloid).events[1] (crystalloid).amount: ")


@pytest.mark.parametrize("wrong", [["--workers", "2"], ["--lang", "xx"]])
def test_what_cannot_be_is_refused_before_anything_is_computed(tmp_path, wrong):
    from twinbed.cli.app import app

    result = CliRunner().invoke(app, ["run", str(DRIP), "--out", str(tmp_path / "out"), *wrong])
    assert result.exit_code == 2
    assert wrong[0] in result.output
    assert not (tmp_path / "out").exists()


def test_shards_cover_everybody_once():
    cut = shards(acute_study_from(changed(cohort={"n": 300, "organs": ["fluids"]})))
    assert [p for s in cut for p in range(s.first, s.first + s.count)] == list(range(300))


def test_the_reader_of_other_studies_says_where_to_go():
    with pytest.raises(StudyError, match="acute study"):
        load_study(DRIP)


def test_there_are_examples():
    names = {"haemorrhage", "ventilation", "closed_loop_anaesthesia", "transport"}
    assert names <= {p.stem for p in EXAMPLES}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_examples_are_well_formed(path):
    study = load_acute_study(path)
    assert study.cohort.n == 1000
    assert study.question_ko
    assert all(part.title_ko for part in (study, *study.arms, *study.outcomes))


def test_the_closed_loop_of_the_example_reads_the_pressure_of_its_patient():
    ready = check_beds(load_acute_study(HERE.parents[2] / "examples/closed_loop_anaesthesia.toml"))["closed_loop"]
    wired = dict(wires(ready.bed, couple(ready.bed, ready.scenarios[0].signals())))
    assert wired["controller.monitor_mean"] == "monitor.monitor_mean"


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_examples_run(path, tmp_path):
    evidence = run_acute_study(load_acute_study(path, backend="native", patients=4), tmp_path)
    assert evidence["patients"]["excluded_by_arm"].keys() == evidence["arms"].keys()
    assert all(not row["not_finite"] for row in evidence["patients"]["excluded_by_arm"].values())
    for arm in evidence["arms"].values():
        assert all(np.isfinite(o["mean"]["value"]) for o in arm["outcomes"].values())


@pytest.mark.slow
def test_backends_agree_on_a_short_flight(tmp_path):
    """The whole body with a pulse oximeter for half a minute; both backends do the same arithmetic in another order."""
    table = tomllib.loads((HERE.parents[2] / "examples/transport.toml").read_text())
    climb = {"signal": "altitude", "at": "5 s", "amount": 2400.0}
    table |= {"duration": "20 s", "settle": "10 s", "waves": {}, "patient": {"age": 60}, "events": [climb]}
    table["cohort"]["n"] = 2
    found = {}
    for backend in ("xla", "native"):
        evidence = run_acute_study(acute_study_from({**table, "backend": backend}), tmp_path / backend)
        found[backend] = [o["mean"]["value"] for arm in evidence["arms"].values() for o in arm["outcomes"].values()]
    np.testing.assert_allclose(found["xla"], found["native"], rtol=1e-9)
    assert not np.allclose(found["native"][:4], found["native"][4:], rtol=1e-6)
