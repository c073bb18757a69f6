"""What drugs do, against the published surfaces and curves, and times of neuromuscular block against trials."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from tests.physiology.pharmacology.giving import NAMES, PIECE_S, at, at_effect, give, in_plasma, shown
from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import simulate
from twinbed.engine.bed import Bed
from twinbed.physiology.pharmacology.drugs import Drugs
from twinbed.vocab.drugs import Person

MODEL = Drugs()
LEVELS = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)


def of(name, levels):
    return [{name: c} for c in levels]


# Hypnosis


def test_bispectral_index_of_eleveld():
    """At 35 years, worked out from the paper by another program."""
    index = at(MODEL, of("propofol", LEVELS))["bispectral_index"]
    np.testing.assert_allclose(index, [83.1, 64.5, 47.7, 37.7, 30.6, 25.4], atol=0.06)


def test_the_old_need_less():
    """Eleveld 2018: half the effect at 3.08 exp(-0.00635 (75 - 35)) = 2.389 mg/L at 75 years."""
    index = at(Drugs.of(Person(age=75.0)), [{"propofol": 3.08 * np.exp(-0.00635 * 40.0)}])["bispectral_index"]
    assert float(index[0]) == pytest.approx(93.0 / 2.0)


@pytest.fixture(scope="module")
def bouillon():
    """Schnider's kinetics come with Bouillon's surface, whose awake index is 97.4; put into the structure of others."""
    hypnosis = lambda d: next(e for e in d.substances["propofol"].effects if e.on == "bispectral_index")
    curve = hypnosis(Drugs.of(Person(), models={"propofol": "schnider"}))
    where = lambda d: [d.awake_index, hypnosis(d).ec50, hypnosis(d).gamma, hypnosis(d).above[0].gamma]
    return eqx.tree_at(where, MODEL, [jnp.asarray(97.4, float), curve.ec50, curve.gamma, curve.gamma])


def test_bispectral_index_of_bouillon(bouillon):
    """Worked out from the paper by another program, alone and with 4 ug/L of remifentanil."""
    mixed = [{"propofol": c, "remifentanil": 0.004} for c in LEVELS[:5]]
    index = at(bouillon, [*of("propofol", LEVELS), *mixed])["bispectral_index"]
    np.testing.assert_allclose(index[:6], [87.2, 74.0, 62.2, 52.6, 44.8, 38.6], atol=0.06)
    np.testing.assert_allclose(index[6:], [74.9, 63.0, 53.2, 45.3, 39.0], atol=0.06)


def test_the_surface_is_additive_and_monotone(bouillon):
    """Bouillon 2004 found no interaction: half of each is worth the whole of either; more never wakes."""
    half = at(bouillon, [{"propofol": 4.47 / 2, "remifentanil": 0.0193 / 2}])["bispectral_index"]
    assert float(half[0]) == pytest.approx(97.4 / 2.0)
    grid = [{"propofol": p, "remifentanil": r} for p in np.linspace(0, 8, 10) for r in np.linspace(0, 0.02, 10)]
    index = at(bouillon, grid)["bispectral_index"].reshape(10, 10)
    assert (np.diff(index, axis=0) < 0.0).all()
    assert (np.diff(index, axis=1) < 0.0).all()


# Breathing


def test_propofol_takes_drive():
    """Central slopes of 1.5, 1.2 and 0.9 at 0, 0.5 and 1.3 mg/L (Nieuwenhuijs 2001), 44 % left at most (Blouin 1991).

    At 1 mg/L ventilation at 55 mmHg is 44.3 (3.9) % lower (Nieuwenhuijs 2003); the response begins at 36.8 mmHg.
    """
    out = at(MODEL, of("propofol", (0.5, 1.3, 4.0, 1.0)))
    drive = out["ventilatory_drive"]
    np.testing.assert_allclose(drive[:3], [1.2 / 1.5, 0.9 / 1.5, 0.5], atol=0.025)
    at_55 = drive[3] * (55.0 - 36.8 - out["drive_threshold"][3]) / (55.0 - 36.8)
    assert 1.0 - at_55 == pytest.approx(0.443, abs=2 * 0.039)


def test_midazolam_takes_drive():
    """The slope of occlusion pressure falls by 44 %, of ventilation by 33 %, after 0.15 mg/kg (Forster 1980).

    These give 0.26 mg/L at the site of effect a quarter of an hour later; volunteers are young.
    """
    young = at(Drugs.of(Person(age=28.0)), of("midazolam", (0.256,)))
    assert 0.33 < 1.0 - float(young["ventilatory_drive"][0]) < 0.44


def test_midazolam_takes_tone_slowly():
    """Forster 1980: 0.15 mg/kg lower pressure after 3 min, and as much after 20; sedation does not (Frölich 2011)."""
    states = give([MODEL] * 2, [{"midazolam": [(0, 5, mg)]} for mg in (2.0, 10.5)], 2 * PIECE_S)
    a_little, induction = (shown(MODEL, states, k, (30, 180, 600, 1199))["sympathetic_tone"] for k in range(2))
    assert a_little.min() > 0.85
    assert 1.0 - induction[0] < 0.5 * (1.0 - induction[1])
    np.testing.assert_allclose(induction[1:], induction[1], atol=0.1)
    assert induction[1:].max() < 0.6


def test_fentanyl_takes_tone_from_the_brain_and_little():
    """Huang 2022: 75 ug change neither pressure nor traffic; the brain is highest after some five minutes."""
    states = give([MODEL] * 2, [{"fentanyl": [(0, 5, mg)]} for mg in (0.075, 0.15)], PIECE_S)
    a_little, more = (shown(MODEL, states, k, (30, 270, 599))["sympathetic_tone"] for k in range(2))
    assert a_little.min() > 0.85
    assert 1.0 - more[0] < 0.5 * (1.0 - more[1])
    assert 1.0 - more[2] < 1.0 - more[1] < 0.25


def test_propofol_takes_tone_with_depth():
    """Ebert 2005: from 70 to 54 of the index pressure falls as much again; de Wit 2016: on from 3.0 to 6.5 mg/L."""
    taken = 1.0 - at(MODEL, of("propofol", (1.85, 2.65, 3.0, 6.5)))["sympathetic_tone"]
    assert taken[1] > 1.3 * taken[0]
    assert taken[3] > 1.4 * taken[2]


def test_norepinephrine_acts_within_a_minute():
    """Joachim 2024: arterial plasma and pressure are highest 45 to 60 s after a bolus into the arm."""
    states = give([MODEL], [{"norepinephrine": [(0, 10, 0.005)]}], PIECE_S)
    there = at_effect(states, 0, "norepinephrine")
    assert 45 <= there.argmax() <= 60
    assert there[240] - there[-1] < 0.5 * (there.max() - there[-1])


def test_a_bolus_of_phenylephrine_is_largest_after_a_minute_and_lasts_for_minutes():
    """Texts: largest after 30 to 90 s; half of its pressure is gone after 2 to 10 min."""
    states = give([MODEL], [{"phenylephrine": [(0, 10, 0.15)]}], PIECE_S)
    there = at_effect(states, 0, "phenylephrine")
    assert 45 <= there.argmax() <= 90
    assert there[180] > 0.5 * there.max() > there[330]


def test_opioids_slow_breathing():
    """Mildh 2001: of fentanyl 6.1 ug/L take half of the ventilation, 3.5 (1.4) half of the rate.

    A rate goes with the 0.35th power of drive. Hypnotics make it faster: 40 % after midazolam (Forster 1983).
    """
    fentanyl, other = at(MODEL, [{"fentanyl": 0.0035}, {"remifentanil": 0.0035 * 0.92 / 1.14}])["breathing_pace"]
    assert other == pytest.approx(fentanyl)
    assert fentanyl * (1.0 / (1.0 + 3.5 / 6.1)) ** 0.35 == pytest.approx(0.5, abs=0.05)
    assert float(at(MODEL, of("midazolam", (0.08,)))["breathing_pace"][0]) == pytest.approx(1.4)


def test_opioids_shift_the_threshold():
    """What a volunteer's resting carbon dioxide rises by in Bouillon 2003: 42.4 mmHg, C50 0.92, slope 1.25, gain 4.30."""
    levels = (0.5, 1.0, 2.0, 4.0, 8.0)
    shift = at(MODEL, of("remifentanil", [1e-3 * c for c in levels]))["drive_threshold"]
    rises = [42.4 * ((1.0 + (c / 0.92) ** 1.25) ** (1.0 / 5.30) - 1.0) for c in levels]
    np.testing.assert_allclose(shift, rises, atol=0.5)


def test_together_they_are_more_than_additive():
    """Nieuwenhuijs 2003 found synergy: half of what halves ventilation alone, of each, takes more than half.

    Ventilation by a linear response to carbon dioxide, 14 mmHg above its threshold.
    """
    left = lambda out: out["ventilatory_drive"] * (14.0 - out["drive_threshold"]) / 14.0
    levels = np.linspace(0.5, 4.0, 351)
    hypnotic = float(levels[np.abs(left(at(MODEL, of("propofol", levels))) - 0.5).argmin()])
    opioid = 1e-3 * 8.19 * 7.0 / (58.8 - 7.0)  # shifts by 7 mmHg
    mixtures = [{"propofol": hypnotic}, {"remifentanil": opioid}]
    mixtures += [{"propofol": hypnotic / 2, "remifentanil": opioid / 2}]
    alone, other, mixed = left(at(MODEL, mixtures))
    np.testing.assert_allclose([alone, other], 0.5, atol=0.002)
    assert mixed < 0.48


def test_propofol_makes_opioids_more_potent_on_breathing():
    """Olofsen 2010: the concentration of half the effect falls by 20 to 50 % on a background of about 1 mg/L."""
    given = [{"remifentanil": 1e-3}, {"remifentanil": 0.6e-3, "propofol": 1.0}, {"propofol": 1.0}]
    alone, both, hypnotic = at(MODEL, given)["drive_threshold"]
    assert both - hypnotic == pytest.approx(alone, rel=1e-9)  # 40 % less is needed


# Opioids and their antagonist


def test_pain_that_gets_through():
    """By hand: I / (1 + (C / (1.01 I))^0.72), Bouillon 2004: what is strong needs more."""
    for stimulus in (0.83, 1.64):
        felt = at(MODEL, [{}, {"remifentanil": 2e-3}, {"remifentanil": 8e-3}], stimulus)["nociception"]
        want = [stimulus / (1.0 + (c / (1.01 * stimulus)) ** 0.72) for c in (0.0, 2.0, 8.0)]
        np.testing.assert_allclose(felt, want, rtol=1e-9)
    assert float(at(MODEL, [{"remifentanil": 2e-3}])["nociception"][0]) == 0.0


def test_naloxone_needs_more_opioid_for_the_same():
    """Competitive: with nine times its constant of 0.602 ug/L the opioid counts a tenth, on every target."""
    ratio = 10.0
    blocked = at(MODEL, [{"remifentanil": 3e-3 * ratio, "naloxone": 0.602e-3 * (ratio - 1.0)}], 0.83)
    free = at(MODEL, [{"remifentanil": 3e-3}], 0.83)
    for target in ("bispectral_index", "drive_threshold", "nociception"):
        np.testing.assert_allclose(blocked[target], free[target], rtol=1e-9)


# Vessels and heart


def test_agonists_at_a_receptor_share_it():
    """A third of norepinephrine's half and two thirds of phenylephrine's are half the effect of either."""
    ne, pe = 0.012, 0.020
    alone = at(MODEL, [{"norepinephrine": ne}, {"phenylephrine": pe}])["drug_resistance"]
    mixed = at(MODEL, [{"norepinephrine": ne / 3, "phenylephrine": pe * 2 / 3}])["drug_resistance"]
    np.testing.assert_allclose(alone, 1.0 + 3.5 / 2.0, rtol=1e-9)
    np.testing.assert_allclose(mixed, alone[:1], rtol=1e-9)


def test_propofol_makes_pressors_more_potent_and_no_other():
    """Kamenik 2018: 0.5 ug/kg/min of phenylephrine raise pressure by 28 mmHg under propofol, by 0 to 9 in the awake."""
    pressors = [{"phenylephrine": 0.010}, {"norepinephrine": 0.006}, {"vasopressin": 2e-5}]
    awake = at(MODEL, [{"phenylephrine": 0.025}, {"norepinephrine": 0.015}, {"vasopressin": 2e-5}])
    asleep = at(MODEL, [p | {"propofol": 3.21} for p in pressors])  # 1 + 3 / 2 times as potent
    for target in ("drug_resistance", "drug_venous_shift"):
        np.testing.assert_allclose(asleep[target], awake[target], rtol=1e-9)


def test_esmolol_takes_what_epinephrine_gives():
    """At 0.6 mg/L three times as much epinephrine is needed for the same rate, besides the loss of resting tone."""
    out = at(MODEL, [{"epinephrine": 0.003, "esmolol": 0.6}, {"epinephrine": 0.001}, {"esmolol": 0.6}])
    assert out["drug_heart_rate"][0] == pytest.approx(out["drug_heart_rate"][1] + out["drug_heart_rate"][2])


def test_norepinephrine_narrows_vessels_first_and_drives_the_heart_at_twice_the_level():
    """By hand from its file, calibrated to the pressures of Ensinger 1992: vessels (emax 3.5) and veins (-1200 mL) are
    half there at 12 ug/L, contraction (3) and rate (40 /min) at 25. Pressure itself is the circulation's."""
    out = at(MODEL, of("norepinephrine", (0.0, 0.006, 0.012, 0.025, 0.048)))
    np.testing.assert_allclose(
        out["drug_resistance"], 1.0 + 3.5 * np.array([0, 1 / 3, 1 / 2, 25 / 37, 4 / 5]), rtol=1e-9
    )
    np.testing.assert_allclose(
        out["drug_venous_shift"], -1200.0 * np.array([0, 1 / 3, 1 / 2, 25 / 37, 4 / 5]), rtol=1e-9
    )
    np.testing.assert_allclose(out["drug_contractility"][[0, 3]], [1.0, 2.5], rtol=1e-9)
    np.testing.assert_allclose(out["drug_heart_rate"][[0, 3]], [0.0, 20.0], rtol=1e-9)


def test_septic_vessels_answer_catecholamines_less_and_vasopressin_more():
    """Bellissant 2000: half as much to phenylephrine. Landry 1997: more than in health to vasopressin. What widens, and
    what acts on veins and heart, is as ever."""
    given = [{"norepinephrine": 0.012}, {"phenylephrine": 0.020}, {"vasopressin": 0.020 / 530}, {"epinephrine": 0.0005}]
    healthy, septic = at(MODEL, given), at(MODEL, given, answer=0.5)
    narrowed = healthy["drug_resistance"] - 1.0
    np.testing.assert_allclose(narrowed[:3], [1.75, 1.75, 0.3], rtol=1e-9)
    np.testing.assert_allclose(septic["drug_resistance"] - 1.0, narrowed * [0.5, 0.5, 3.5, 1.0], atol=0.01)
    for name in ("drug_venous_shift", "drug_heart_rate", "drug_contractility"):
        np.testing.assert_allclose(septic[name], healthy[name], rtol=1e-12)


def test_tone_and_contraction_under_propofol_have_the_half_effects_of_su():
    """Su 2023: half of the fall of resistance at 3.21 mg/L with a slope of 1.83, of stroke volume at 0.44 mg/L; how
    much is lost at most is calibrated. The model's pressures and flows are the whole patient's, not Su's."""
    out = at(MODEL, of("propofol", (1.0, 3.21, 6.0, 0.44, 1000.0)))
    lost, most = 1.0 - out["sympathetic_tone"], 1.0 - out["sympathetic_tone"][4]
    share = lambda c: (c / 3.21) ** 1.83 / (1.0 + (c / 3.21) ** 1.83)
    np.testing.assert_allclose(lost[:3] / most * share(1000.0), [share(1.0), 0.5, share(6.0)], rtol=1e-9)
    np.testing.assert_allclose(share(np.array([1.0, 6.0])), [0.1058, 0.7585], atol=1e-4)
    weaker = 1.0 - out["drug_contractility"]
    assert weaker[3] / weaker[4] == pytest.approx(0.5, rel=1e-3)


def test_morphine_keeps_its_hold_on_vessels():
    """Half an hour after 7.5 mg, with 0.019 mg/L in plasma, more than half of the most is left."""
    tone = at(MODEL, of("morphine", (0.019, 10.0)))["sympathetic_tone"]
    assert 0.5 < (1.0 - float(tone[0])) / (1.0 - float(tone[1])) < 0.8


def test_sedation_takes_sympathetic_tone_and_opioids_take_air_hunger():
    """Ebert 2005: propofol inhibits sympathetic nerves when it sedates; Banzett 2011: 65 % less air hunger, 5 mg morphine.

    About 0.045 mg/L are in plasma a quarter of an hour after 5 mg of morphine.
    """
    tone = at(MODEL, of("propofol", (0.5, 1.8, 2.6)))["sympathetic_tone"]
    assert (np.diff([1.0, *tone]) < 0.0).all()
    assert tone[-1] < 0.75
    felt = at(MODEL, [{"morphine": 0.045}, {"propofol": 6.0}, {"ketamine": 2.0}])["dyspnoea_relief"]
    assert felt[0] == pytest.approx(0.65, abs=0.03)
    assert (felt[1:] > 0.9).all()


# Neuromuscular block


@pytest.fixture(scope="module")
def blocks():
    """Rocuronium, sugammadex, succinylcholine and others, 70 kg, for eighty minutes."""
    roc = lambda mg_kg, *more: {"rocuronium": [(0, 0, 70.0 * mg_kg)], "sugammadex": list(more)}
    doses = [
        roc(0.6),
        roc(0.5),
        roc(0.25),
        roc(0.3),
        roc(0.6, (1500, 0, 140.0)),
        roc(0.6, (900, 0, 280.0)),
        roc(1.2, (180, 0, 1120.0)),
        {"succinylcholine": [(0, 0, 70.0)]},
        {"morphine": [(0, 0, 10.0)], "naloxone": [(3600, 0, 0.4)]},
        {"atropine": [(0, 0, 1.0)]},
        {"fentanyl": [(0, 0, 0.15)]},
    ]
    return give([MODEL] * len(doses), doses, 8 * PIECE_S)


def series(blocks, patient, target, seconds):
    """A target of a patient at the end of these seconds."""
    return shown(MODEL, blocks, patient, seconds)[target]


def minutes_until(blocks, patient, target, level, start_s=0, step_s=60):
    """Minutes from a time until a target is back at a level for the first time."""
    seconds = list(range(start_s + step_s, 8 * PIECE_S, step_s))[:120]
    values = series(blocks, patient, target, seconds)
    low = int(values.argmin())
    return (seconds[low + int((values[low:] >= level).argmax())] - start_s) / 60.0


def test_rocuronium_sets_in(blocks):
    """0.6 mg/kg: block of the hand within 60 to 90 s of trials; the model's ratio is below 0.1 at 90 s, 0.02 at two minutes."""
    ratio = series(blocks, 0, "train_of_four", [59, 89, 119])
    assert ratio[0] > 0.3
    assert ratio[1] < 0.12
    assert ratio[2] < 0.02


@pytest.mark.parametrize(("patient", "low", "high"), [(0, 45.0, 75.0), (3, 29.9 - 2 * 6.7, 29.9 + 2 * 6.7)])
def test_rocuronium_wears_off(blocks, patient, low, high):
    """Ratio of 0.9: 0.6 mg/kg within the 45 to 75 min of trials; 0.3 mg/kg at 29.9 (6.7) min (Vega 2016)."""
    assert low <= minutes_until(blocks, patient, "train_of_four", 0.9) <= high


@pytest.mark.parametrize(
    ("patient", "start_s", "low", "high"), [(4, 1500, 1.0, 3.0), (5, 900, 1.2, 4.5), (6, 180, 0.5, 3.0)]
)
def test_sugammadex_reverses(blocks, patient, start_s, low, high):
    """2 mg/kg at the return of twitches, 4 mg/kg in deep block, 16 mg/kg after 1.2 mg/kg: 0.9 within published minutes.

    Medians are about 1.5 to 2, 2 to 3, and 1.5 to 2 min (Pühringer 2010; Jones 2008; de Boer 2007). The largest dose is
    faster here, 1 min with its way to the arteries: Kleijn 2011 gives 0.8 min without.
    """
    seconds = list(range(start_s, start_s + 600, 6))
    ratio = series(blocks, patient, "train_of_four", seconds)
    assert ratio[0] < 0.35
    assert low <= (seconds[int((ratio >= 0.9).argmax())] - start_s) / 60.0 <= high


def test_sugammadex_catches_rocuronium(blocks):
    """Free rocuronium falls to a few percent within a minute while what is bound rises (Ploeger 2009)."""
    free = in_plasma(MODEL, blocks, 5, "rocuronium")
    assert free[960] < 0.05 * free[899]
    bound = blocks.where.complexes[0].central[5] + blocks.where.complexes[0].fast[5]
    assert bound[960] * 0.6097 > 0.7 * blocks.where.amounts.central[5, 899, NAMES.index("rocuronium")]


def test_the_diaphragm_is_less_sensitive_and_faster(blocks):
    """Onset at central muscles 1.4 to 1.6 min (Meistelman 1992); 50 and 95 % at 0.26 and 0.50 mg/kg (Cantineau 1994)."""
    seconds = list(range(9, 600, 6))
    for patient, block in ((1, 0.95), (2, 0.46)):
        strength = series(blocks, patient, "diaphragm_strength", seconds)
        assert 1.0 - strength.min() == pytest.approx(block, abs=0.03)
        assert seconds[int(strength.argmin())] / 60.0 == pytest.approx(1.5, abs=0.3)
        ratio = minutes_until(blocks, patient, "train_of_four", 0.9)
        assert minutes_until(blocks, patient, "diaphragm_strength", 0.9) < ratio
    assert series(blocks, 0, "diaphragm_strength", [79])[0] < 0.1  # 0.6 mg/kg: no breath after 60 to 90 s


def test_succinylcholine_is_short(blocks):
    """1 mg/kg: the thumb gone at 56 (15) s (Wright 1994), 0.9 back after 9.3 (1.2) min (Kopman 2003)."""
    early = series(blocks, 7, "train_of_four", list(range(80)))
    assert (early < 0.95).argmax() >= 20
    assert 41 <= (early < 0.05).argmax() <= 71
    assert series(blocks, 7, "train_of_four", [69])[0] < 0.05
    assert minutes_until(blocks, 7, "train_of_four", 0.9, step_s=6) == pytest.approx(9.3, abs=1.2)
    assert minutes_until(blocks, 7, "diaphragm_strength", 0.9) < minutes_until(blocks, 7, "train_of_four", 0.9)


# Others


def test_naloxone_reverses_morphine(blocks):
    """0.4 mg: half of the shift of the threshold is gone within two minutes."""
    shift = series(blocks, 8, "drive_threshold", [3599, 3719])
    assert shift[0] > 2.0
    assert shift[1] < 0.5 * shift[0]


def test_atropine_blocks_the_vagus(blocks):
    """1 mg: nearly all of it at the peak within minutes, none before."""
    block = series(blocks, 9, "vagal_block", [0, 299, 599])
    assert block[0] < 0.01
    assert block[1] > 0.8
    assert block[2] > 0.8


def test_nothing_given_does_nothing():
    out = at(MODEL, [{}])
    factors = ("drug_resistance", "drug_contractility", "ventilatory_drive", "hypoxic_drive", "airway_patency",
               "diaphragm_strength", "train_of_four", "drug_diuresis", "sympathetic_tone", "breathing_pace")  # fmt: skip
    assert all(float(out[name][0]) == 1.0 for name in factors)
    nothing = ("drug_venous_shift", "drug_heart_rate", "vagal_block", "reflex_depression", "nociception",
               "drive_threshold", "metabolic_depression", "dyspnoea_relief", "bronchodilation")  # fmt: skip
    assert all(float(out[name][0]) == 0.0 for name in nothing)
    assert float(out["bispectral_index"][0]) == 93.0


@pytest.mark.slow
def test_native_code_does_the_same():
    """Hour-long anaesthesia as native code and under XLA."""
    events = (Event("propofol_rate", 0.0, 0.0, 140.0), Event("rocuronium_rate", 60.0, 0.0, 42.0),
              Event("remifentanil_rate", 0.0, 1800.0, 0.4), Event("sugammadex_rate", 1800.0, 0.0, 280.0))  # fmt: skip
    names = ["propofol_plasma", "bispectral_index", "train_of_four", "drug_resistance", "drive_threshold"]
    runs = [
        simulate(Bed(MODEL), Scenario(events), duration_s=3600.0, seed=0, record=names, record_period_s=60.0, backend=b)
        for b in ("native", "xla")
    ]
    for name in names:
        np.testing.assert_allclose(runs[0].recorded[name], runs[1].recorded[name], rtol=1e-9, atol=1e-12)
    assert runs[0].ok.all()
