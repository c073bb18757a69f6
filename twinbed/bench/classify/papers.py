"""What must be filed for the review of a digital medical device in Korea, by notice 2025-25, articles 21 to 26.

Source: 디지털의료제품 허가·인증·신고·심사 및 평가 등에 관한 규정, MFDS notice 2025-25 (2025-04-15).
"""

import dataclasses
from collections.abc import Mapping
from typing import Literal

from twinbed.bench.classify.answers import Answers
from twinbed.bench.classify.decide import Classified

Asked = Literal["filed", "may be replaced", "not filed"]


@dataclasses.dataclass(frozen=True)
class Paper:
    """One document: whether it is filed, by which article, and why, in both languages."""

    article: str
    name: Mapping[str, str]
    asked: Asked
    because: Mapping[str, str]


_NAMES = (
    ("intended use and principle of operation", "사용목적 및 작용원리에 관한 자료"),
    ("status at home and abroad and history of development", "국내외 현황 및 개발경위 등에 관한 자료"),
    ("verification and validation of the software", "디지털의료기기소프트웨어 검증 및 유효성에 관한 자료"),
    ("clinical trial or other evaluation", "임상시험 등 평가에 관한 자료"),
    ("protection against electronic intrusion", "전자적 침해행위로부터의 보호 조치에 관한 자료"),
    ("usability", "사용적합성에 관한 자료"),
    ("software for professionals", "전문가용 디지털의료기기소프트웨어에 관한 자료"),
    ("change-management plan", "변경관리 계획서"),
)
_HARDWARE = ("performance and safety of the hardware (electrical, biological, radiation, EMC, performance, stability)",
             "하드웨어의 성능 및 안전 자료(전기·기계, 생물학, 방사선, 전자파, 성능, 안정성)")  # fmt: skip


def papers(answers: Answers, classified: Classified) -> tuple[Paper, ...]:
    """The documents of a review, in the order of article 24; empty where software of class 1 is not reviewed."""
    if answers.form == "standalone" and classified.grade == 1:
        return ()
    alone = answers.form == "standalone"
    clinical = _clinical(answers, classified)
    out = []
    for k, (en, ko) in enumerate(_NAMES):
        item = f"제24조제1항제{k + 1}호" if alone else f"제24조제2항제1호{'가나다라마바사아'[k]}목"
        asked, because, article = _asked(k, answers, clinical)
        out.append(Paper(f"{item}; {article}" if article else item, {"en": en, "ko": ko}, asked, because))
    if not alone:
        out.append(Paper("제24조제2항제2호", {"en": _HARDWARE[0], "ko": _HARDWARE[1]}, "filed", _ALWAYS))
    return tuple(out)


_ALWAYS = {"en": "always", "ko": "필수"}


def _asked(
    k: int, answers: Answers, clinical: tuple[Asked, Mapping[str, str], str]
) -> tuple[Asked, Mapping[str, str], str]:
    if k == 3:
        return clinical
    if k == 1 and clinical[0] != "filed":
        said = {
            "en": "may be left out where no clinical evaluation is filed",
            "ko": "임상시험 등 자료를 내지 않는 경우 생략 가능",
        }
        return "may be replaced", said, "제25조제3항"
    if k == 6 and not answers.professional:
        return "not filed", {"en": "not labelled as for professionals", "ko": "전문가용으로 표시하지 않음"}, ""
    if k == 7 and not answers.change_plan:
        return (
            "not filed",
            {"en": "no changes under a plan are intended", "ko": "변경관리 계획에 따른 변경을 하지 않음"},
            "",
        )
    return "filed", _ALWAYS, ""


def _clinical(answers: Answers, classified: Classified) -> tuple[Asked, Mapping[str, str], str]:
    """Whether clinical evaluation is filed: analytical performance may stand for it for functions up to class 2."""
    informing = all(f.purpose[0] == "F" for f in answers.functions) and bool(answers.functions)
    if informing and not answers.claims_efficacy:
        said = {"en": "information or management, no claim of efficacy, with grounds, if the ministry accepts",
                "ko": "정보제공·관리 목적으로 임상적 유효성을 표방하지 않음(근거 제출, 식약처장 인정 시)"}  # fmt: skip
        return "may be replaced", said, "제25조제2항제1호라목"
    graded = [g.grade for g in classified.functions]
    if graded and all(1 <= g <= 2 for g in graded):
        article = "제25조제2항제1호마목" if answers.form == "standalone" else "제26조제2항제3호가목 단서"
        said = {"en": "functions of class 2: analytical performance in view of clinical use may be filed instead",
                "ko": "2등급 기능: 임상적 사용환경을 고려한 분석적 성능 검증 자료로 대신 가능"}  # fmt: skip
        if answers.form != "standalone":
            said = {"en": f"{said['en']}; the hardware needs its own evaluation or equivalence (form 3)",
                    "ko": f"{said['ko']}; 하드웨어는 별도 평가 또는 동등성 비교(별지 제3호서식) 필요"}  # fmt: skip
        return "may be replaced", said, article
    said = {"en": "a function of class 3 or 4, or one without a class", "ko": "3·4등급 기능 또는 등급 미지정 기능 포함"}
    return "filed", said, "제26조제1항제4호" if answers.form == "standalone" else "제26조제2항제3호"
