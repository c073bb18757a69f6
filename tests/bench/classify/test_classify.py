"""Product code and class of notice 2026-4, every combination against the tables as they stand in the notice.

The expected values are typed here again from the text of annexes 3 and 4, apart from the tables of the package.
"""

import itertools
import re
import tarfile

import pytest

from twinbed.bench.classify import Answers, SoftwareFunction, classify, papers, read_answers
from twinbed.bench.classify.answers import HARMS, STATES, TECHNOLOGIES, notice
from twinbed.bench.classify.decide import function_class, purpose_code, technology_code
from twinbed.connect.data import data_root
from twinbed.core.errors import NotFound

DIGITS = {"A": 5, "B": 5, "C": 4, "D": 5, "E": 3, "F": 2, "G": 4, "H": 2}
PURPOSES = [f"{letter}{k + 1}" for letter, n in DIGITS.items() for k in range(n)]
EFFECT = dict.fromkeys("ABCEG", "treatment") | {"D": "prediction", "F": "monitoring", "H": "monitoring"}
# Rows of annex 4: critical, serious, not serious; columns: treatment, prediction, monitoring.
MATRIX = {"treatment": (4, 3, 2), "prediction": (3, 2, 1), "monitoring": (2, 1, 1)}
CLASS = {
    # state, effect -> class at death, injury (serious or minor), none
    ("critical", "treatment"): (4, 4, 4, 3), ("critical", "prediction"): (4, 3, 3, 2), ("critical", "monitoring"): (3, 2, 2, 2),
    ("serious", "treatment"): (4, 3, 3, 2), ("serious", "prediction"): (3, 2, 2, 2), ("serious", "monitoring"): (1, 1, 1, 1),
    ("other", "treatment"): (3, 2, 2, 2), ("other", "prediction"): (1, 1, 1, 1), ("other", "monitoring"): (1, 1, 1, 1),
}  # fmt: skip
FUNCTION = SoftwareFunction("arrhythmia", "B2", "serious", "serious injury")


def answers(**changed):
    given = {
        "basic": "medical device",
        "form": "standalone",
        "technologies": TECHNOLOGIES[:2],
        "functions": (FUNCTION,),
    }
    return Answers(**{**given, **changed})


def test_every_class_of_every_combination_is_that_of_the_annex():
    for (state, effect), grades in CLASS.items():
        for harm, grade in zip(HARMS, grades, strict=True):
            assert function_class(state, effect, harm) == grade, (state, effect, harm)
    for effect, column in MATRIX.items():
        assert tuple(function_class(s, effect, "minor injury") for s in STATES) == column


def test_no_adjustment_leads_above_four_or_from_two_to_one():
    assert function_class("critical", "treatment", "death") == 4
    assert function_class("critical", "monitoring", "none") == 2
    assert function_class("serious", "monitoring", "death") == 1


@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_purpose_has_its_digits_and_its_column(purpose):
    function = SoftwareFunction("f", purpose)
    expected = "treatment" if purpose == "H1" else EFFECT[purpose[0]]
    assert function.effect == expected
    assert purpose_code([purpose]) == purpose


def test_no_other_purpose_exists():
    assert {f"{p}{d}" for p, t in notice()["purposes"].items() for d in t["digits"]} == set(PURPOSES)
    for wrong in ("A6", "F3", "Z1", "A", "", "I2"):
        with pytest.raises(NotFound, match="purpose"):
            SoftwareFunction("f", wrong)


def expected_technologies(letters):
    if len(letters) >= 4:
        return letters[0] + letters[1] + "P"
    return letters + "X" * (3 - len(letters))


def test_every_set_of_technologies_has_its_three_letters():
    seen = {}
    for n in range(1, 6):
        for chosen in itertools.combinations(range(5), n):
            code = technology_code([TECHNOLOGIES[k] for k in reversed(chosen)])
            assert code == expected_technologies("".join("ABCDE"[k] for k in chosen))
            seen[chosen] = code
    assert seen[(0,)] == "AXX"
    assert seen[(0, 1)] == "ABX"
    assert seen[(1, 2, 4)] == "BCE"
    assert seen[(0, 1, 2, 3)] == seen[(0, 1, 2, 3, 4)] == "ABP"


def test_several_purposes_of_one_letter_and_of_several_letters():
    assert purpose_code(["B1", "B2"]) == "B5"
    assert purpose_code(["A2", "B2"]) == "I2"
    assert purpose_code(["A2", "B1", "B2", "F2"]) == "I3"
    with pytest.raises(NotFound, match="no digit for two or more"):
        purpose_code(["C1", "C3"])


def test_all_codes_have_seven_characters_in_their_order():
    bases = zip(("medical device", "in-vitro diagnostic device", "both"), "ABC", strict=True)
    forms = (("standalone", "1", 0), ("embedded", "2", 2), ("both", "3", 2))
    for purpose, (basic, letter), (form, digit, hardware) in itertools.product(PURPOSES, bases, forms):
        function = SoftwareFunction("f", purpose, "serious", "minor injury")
        made = classify(answers(functions=(function,), basic=basic, form=form, hardware_class=hardware))
        assert made.code == f"{purpose}ABX{letter}{digit}"


def test_an_example_worked_by_hand():
    made = classify(answers())
    assert (made.code, made.grade) == ("B2ABXA1", 3)
    assert [s.article for s in made.code_steps] == [
        "별표3 제2호가목",
        "별표3 제2호나목",
        "별표3 제2호다목",
        "별표3 제2호다목",
    ]
    assert made.functions[0].safety == "C"
    assert [s.article[:9] for s in made.functions[0].steps] == ["별표4 제2호나목"] * 4
    assert made.doubts == ()


def test_the_highest_of_functions_and_hardware_is_the_class_of_the_device():
    low = SoftwareFunction("show", "F2", "other", "none")
    assert classify(answers(functions=(low, FUNCTION))).grade == 3
    made = classify(answers(form="embedded", technologies=TECHNOLOGIES[1:2], functions=(low,), hardware_class=2))
    assert made.grade == 2
    assert made.grade_step.article == "별표4 제2호가목1)"


def test_without_a_declaration_no_class_is_designated():
    open_ = SoftwareFunction("f", "B2", "serious", "")
    assert classify(answers(functions=(open_,))).grade == 0
    made = classify(answers(form="embedded", technologies=TECHNOLOGIES[1:2], functions=(FUNCTION,)))
    assert made.grade == 0
    assert made.grade_step.article == "별표4 제2호다목1)"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"technologies": ()}, "article 5"), ({"technologies": ("blockchain",)}, "virtual convergence"),
        ({"hardware_class": 2}, "no medical hardware"), ({"functions": ()}, "article 4"), ({"form": "app"}, "standalone"),
        ({"basic": "x"}, "in-vitro"), ({"hardware_class": 7, "form": "embedded"}, "1 to 4"),
        ({"technologies": TECHNOLOGIES[:1], "change_plan": True}, "artificial intelligence"),
    ],
)  # fmt: skip
def test_contradictions_are_refused_with_advice(changed, words):
    with pytest.raises(NotFound, match=words):
        answers(**changed)


def test_forms_that_fit_badly_with_technologies_are_said():
    assert "별표1" in classify(answers(technologies=TECHNOLOGIES[1:2])).doubts[0]["ko"]
    assert classify(answers(form="embedded", hardware_class=2)).doubts


def test_answers_are_read_from_a_table_and_strange_names_are_refused():
    table = {
        "basic": "medical device", "form": "standalone", "technologies": ["artificial intelligence"],
        "functions": [{"name": "f", "purpose": "B2", "state": "other", "harm": "none", "reasons": {"state": "because"}}],
    }  # fmt: skip
    assert read_answers(table).functions[0].reasons["state"] == "because"
    with pytest.raises(NotFound, match="colour"):
        read_answers({**table, "colour": 1})
    with pytest.raises(NotFound, match="needs 'basic'"):
        read_answers({"form": "standalone"})


def of(made, part):
    return next(p for p in made if part in p.name["en"])


def test_class_two_software_may_file_analytical_performance_instead_of_a_trial():
    two = SoftwareFunction("f", "B2", "other", "minor injury")
    given = answers(functions=(two,))
    made = papers(given, classify(given))
    assert len(made) == 8
    assert of(made, "clinical trial").asked == "may be replaced"
    assert of(made, "clinical trial").article == "제24조제1항제4호; 제25조제2항제1호마목"
    assert of(made, "status at home").asked == "may be replaced"
    assert of(made, "professionals").asked == of(made, "change").asked == "not filed"


def test_class_three_software_files_a_trial():
    given = answers(change_plan=True, professional=True)
    made = papers(given, classify(given))
    assert {p.asked for p in made} == {"filed"}


def test_embedded_software_of_class_two_points_to_article_26_and_to_its_hardware():
    two = SoftwareFunction("f", "B2", "other", "minor injury")
    given = answers(functions=(two,), form="embedded", technologies=TECHNOLOGIES[1:2], hardware_class=2)
    made = papers(given, classify(given))
    assert len(made) == 9
    assert of(made, "clinical trial").article == "제24조제2항제1호라목; 제26조제2항제3호가목 단서"
    assert "hardware needs" in of(made, "clinical trial").because["en"]


def test_information_without_a_claim_and_software_of_class_one():
    monitor = SoftwareFunction("f", "F2", "critical", "death")
    given = answers(functions=(monitor,), claims_efficacy=False)
    assert classify(given).grade == 3
    assert of(papers(given, classify(given)), "clinical trial").article.endswith("제25조제2항제1호라목")
    one = answers(functions=(SoftwareFunction("f", "F2", "other", "none"),))
    assert papers(one, classify(one)) == ()


def test_the_text_of_the_notice_has_the_matrix_and_the_rules():
    root = data_root()
    path = root / "regulatory" / "texts.tar.xz" if root else None
    if path is None or not path.is_file():
        pytest.skip("no texts of the notices (set TWINBED_DATA)")
    with tarfile.open(path) as archive:
        name = next(n for n in archive.getnames() if "분류-및-등급" in n)
        text = archive.extractfile(name).read().decode()
    annex = text[text.index("[별표 4]") :]
    # The printed matrix, cell by cell, as the converted text has it.
    rows = re.search(r"임\s+타\s+4\s+3\s+2\s+질환\)\s+3\s+2\s+1\s+밖의 질환\)\s+2\s+1\s+1\b", annex)
    assert rows
    assert "최종 4등급을 초과하는 경우 4등급으로 하고" in annex
    assert "2등급에\n" in annex
    assert "서 1등급으로는 등급을 조정하지 않는다" in annex
    third = text[text.index("[별표 3]") : text.index("[별표 4]")]
    assert "다섯 번째 코드를 “P”로 기재" in third
    for entry in notice()["technologies"].values():
        assert entry["ko"][:4] in text.replace("\n", "")
