"""Product code (annex 3) and class (annex 4) of the Korean notice 2026-4; every step with its article.

Source: 디지털의료제품 분류 및 등급 지정 등에 관한 규정, MFDS notice 2026-4, whose tables stand in `notice.toml`.
"""

import dataclasses
from collections.abc import Mapping, Sequence

from twinbed.bench.classify.answers import BASICS, FORMS, TECHNOLOGIES, Answers, SoftwareFunction, notice
from twinbed.core.errors import NotFound


@dataclasses.dataclass(frozen=True)
class Step:
    """One decision: what it gives, by which article, and why, in both languages."""

    part: str
    value: str
    article: str
    because: Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class GradedFunction:
    """A function with its class (0: none follows), its software safety class, and the steps that led there."""

    function: SoftwareFunction
    grade: int
    safety: str
    steps: Sequence[Step]


@dataclasses.dataclass(frozen=True)
class Classified:
    """Product code and class (0: not designated) of a device, with what they rest on.

    `doubts` are declarations that fit together badly; a person decides.
    """

    code: str
    code_steps: Sequence[Step]
    grade: int
    grade_step: Step
    functions: Sequence[GradedFunction]
    doubts: Sequence[Mapping[str, str]]


def classify(answers: Answers) -> Classified:
    """Product code and class from declared answers.

    Raises:
        NotFound: the annex has no code for several purposes of one letter; the message says what to declare.
    """
    code_steps = (_purpose_step(answers), _technology_step(answers), _basic_step(answers), _form_step(answers))
    functions = tuple(_graded(f) for f in answers.functions)
    step = _grade_step(answers, functions)
    return Classified(
        "".join(s.value for s in code_steps), code_steps, int(step.value or 0), step, functions, tuple(_doubts(answers))
    )


def purpose_code(purposes: Sequence[str]) -> str:
    """The first two characters: letter and digit of one purpose; I and their number for several.

    Raises:
        NotFound: several digits of one letter that has no digit for "two or more".
    """
    letters: dict[str, set[str]] = {}
    for purpose in purposes:
        letters.setdefault(purpose[0], set()).add(purpose[1])
    if len(letters) > 1:
        return f"I{len(letters)}"
    ((letter, digits),) = letters.items()
    if len(digits) == 1:
        return letter + digits.pop()
    several = notice()["purposes"][letter]["several"]
    if not several:
        raise NotFound(
            f'{letter} has no digit for two or more: declare purposes = ["{letter}..."] with the one main purpose'
        )
    return letter + several


def technology_code(technologies: Sequence[str]) -> str:
    """Characters three to five: letters in their order, X where there is none, P as fifth for four or more."""
    letters = [chr(ord("A") + k) for k, name in enumerate(TECHNOLOGIES) if name in technologies]
    if len(letters) > 3:
        return "".join(letters[:2]) + "P"
    return "".join(letters).ljust(3, "X")


def function_class(state: str, effect: str, harm: str) -> int:
    """Class of a function of software by the matrix and what its failure can do."""
    table = notice()["class"]
    base = table["matrix"][state][effect]
    if base == 1:
        return 1
    return max(2, min(4, base + table["change"][harm]))


def _purpose_step(answers: Answers) -> Step:
    purposes, known = answers.main_purposes, notice()["purposes"]
    code = purpose_code(purposes)
    said = {
        lang: "; ".join(f"{p}: {known[p[0]][lang]}, {known[p[0]]['digits'][p[1]][lang]}" for p in purposes)
        for lang in ("en", "ko")
    }
    if code[0] == "I":
        said = {"en": f"{code[1]} main purposes: {said['en']}", "ko": f"주된 사용목적 {code[1]}개: {said['ko']}"}
    return Step("purpose", code, "별표3 제2호가목", said)


def _technology_step(answers: Answers) -> Step:
    known = notice()["technologies"]
    used = [t for t in known.values() if t["name"] in answers.technologies]
    said = {"en": ", ".join(t["name"] for t in used), "ko": ", ".join(t["ko"] for t in used)}
    return Step("technology", technology_code(answers.technologies), "별표3 제2호나목", said)


def _basic_step(answers: Answers) -> Step:
    letter = "ABC"[BASICS.index(answers.basic)]
    entry = notice()["basic"][letter]
    return Step("basic", letter, "별표3 제2호다목", {"en": entry["name"], "ko": entry["ko"]})


def _form_step(answers: Answers) -> Step:
    digit = "123"[FORMS.index(answers.form)]
    entry = notice()["form"][digit]
    return Step("form", digit, "별표3 제2호다목", {"en": entry["name"], "ko": entry["ko"]})


def _graded(function: SoftwareFunction) -> GradedFunction:
    tables = notice()
    effect = Step("effect", function.effect, "별표4 제2호나목2)나)", tables["effects"][function.effect])
    if not function.state or not function.harm:
        said = {"en": "state or harm is not declared; no class follows", "ko": "미기재 항목이 있어 등급을 정할 수 없음"}
        return GradedFunction(function, 0, tables["safety"].get(function.harm, ""), (
            effect, Step("class", "", "별표4 제2호다목1)", said),
        ))  # fmt: skip
    base = tables["class"]["matrix"][function.state][function.effect]
    grade = function_class(function.state, function.effect, function.harm)
    steps = (
        Step("state", function.state, "별표4 제2호나목2)가)", tables["states"][function.state]),
        effect,
        Step("harm", function.harm, "별표4 제2호나목2)다)", tables["harms"][function.harm]),
        Step("class", str(grade), "별표4 제2호나목2)", _change(base, tables["class"]["change"][function.harm], grade)),
    )
    return GradedFunction(function, grade, tables["safety"][function.harm], steps)


def _change(base: int, change: int, grade: int) -> Mapping[str, str]:
    en, ko = f"class {base} by the matrix", f"매트릭스상 {base}등급"
    if base == 1:
        return {"en": f"{en}; harm does not change class 1", "ko": f"{ko}, 1등급에는 피해 수준을 적용하지 않음"}
    if not change:
        return {"en": f"{en}; harm does not change it", "ko": f"{ko}, 피해 수준에 따른 조정 없음"}
    en, ko = f"{en}, {change:+d} for harm", f"{ko}, 피해 수준 {change:+d}"
    if base + change != grade:
        limit = (
            ("not above 4", "4등급 초과 불가")
            if change > 0
            else ("never from 2 to 1", "2등급에서 1등급으로 조정하지 않음")
        )
        return {"en": f"{en}, {limit[0]}", "ko": f"{ko}, {limit[1]}"}
    return {"en": en, "ko": ko}


def _grade_step(answers: Answers, functions: Sequence[GradedFunction]) -> Step:
    unknown = [g.function.name for g in functions if not g.grade]
    without_hardware = answers.form != "standalone" and not answers.hardware_class
    if unknown or without_hardware:
        return Step("class", "", "별표4 제2호다목1)", {
            "en": f"not designated: no class follows for {', '.join(unknown) or 'the medical hardware'}",
            "ko": f"등급 미지정: {', '.join(unknown) or '의료기기 하드웨어'}의 등급을 정할 수 없음",
        })  # fmt: skip
    grades = [g.grade for g in functions] + ([answers.hardware_class] if answers.hardware_class else [])
    article = {"standalone": "별표4 제2호나목1)", "embedded": "별표4 제2호가목1)", "both": "별표4 제2호"}[answers.form]
    said = {"en": "the highest of its functions", "ko": "기능별 등급 중 가장 높은 등급"}
    if answers.hardware_class:
        said = {"en": "the highest of hardware and functions", "ko": "하드웨어와 기능별 등급 중 가장 높은 등급"}
    return Step("class", str(max(grades)), article, said)


def _doubts(answers: Answers) -> list[Mapping[str, str]]:
    alone = "standalone software" in answers.technologies
    out = []
    if answers.form == "standalone" and not alone:
        out.append({
            "en": "The form is standalone, but standalone software is not among the technologies (annex 1).",
            "ko": "형태는 독립형이나 독립형소프트웨어기술이 기술 유형에 없습니다(별표1).",
        })  # fmt: skip
    if answers.form == "embedded" and alone:
        out.append({
            "en": "The form is embedded, but standalone software is among the technologies (annex 1).",
            "ko": "형태는 내장형이나 하드웨어에 결합되지 않는 독립형소프트웨어기술이 기술 유형에 있습니다(별표1).",
        })  # fmt: skip
    return out
