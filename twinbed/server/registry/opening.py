"""A bedside file of a twin that was fitted, or in two languages why there is none, without a path of the server."""

import re

from twinbed.cohorts.twins import read_twin
from twinbed.core.errors import ReadError, StudyError
from twinbed.server.errors import Refused
from twinbed.server.registry.twins import TwinFile
from twinbed.ward.diabetes import diabetes_from
from twinbed.ward.fitted import NoBed, table_of, written

_ADVICE = "Fit it again with `twinbed fit`.", "`twinbed fit`으로 다시 맞추십시오."
_FILE = {
    r"a file that can be read \(.*\)": "파일을 읽을 수 없습니다",
    r"JSON \(.*\)": "JSON이 아닙니다",
    r"format '(.*)', found .*": "형식이 {0}이(가) 아닙니다",
    r"'(.*)', which is missing or empty": "{0} 항목이 없거나 비어 있습니다",
    r"lists of numbers as parameters \(.*\)": "매개변수가 숫자 목록이 아닙니다",
    r"one list of draws for each parameter, all equally long": "매개변수마다 표본 수가 같지 않습니다",
    r"finite draws of (.*)": "유한하지 않은 표본이 있습니다: {0}",
    r"therapy '(.*)' as a number in (.*), found .*": "치료 설정 {0}이(가) 숫자({1})가 아닙니다",
}
"""What the file of a twin must have (`cohorts.twins.read_twin`), and in Korean what it then has not."""


def bedside_of(file: TwinFile) -> str:
    """The text of the bedside file of a twin.

    Raises:
        Refused: the file is not as `twinbed fit` writes it, or no bed can be made of it.
    """
    try:
        table = table_of(read_twin(file.path))
        diabetes_from({k: v for k, v in table.items() if k not in ("ward", "kind")})
    except ReadError as error:
        wanted = str(error).removeprefix(f"{file.path}: ")
        raise _refused(file, f"its file needs {wanted}", file_in_korean(wanted)) from None
    except NoBed as error:
        raise _refused(file, str(error), error.korean) from None
    except StudyError as error:
        raise _refused(file, str(error), f"모델이 받지 않는 값이 있습니다({error})") from None
    return written(table)


def file_in_korean(wanted: str) -> str:
    """What the file of a twin has not, in Korean, by what it needs."""
    for pattern, korean in _FILE.items():
        if found := re.fullmatch(pattern, wanted, re.DOTALL):
            return korean.format(*found.groups())
    return f"파일이 형식에 맞지 않습니다({wanted})"


def _refused(file: TwinFile, why: str, korean: str) -> Refused:
    return Refused(
        422, "no_bed", f"No bed can be made of the twin {file.name!r}: {why}.", _ADVICE[0],
        korean=(f"트윈 {file.name!r}(으)로 병상을 만들 수 없습니다: {korean}.", _ADVICE[1]),
    )  # fmt: skip
