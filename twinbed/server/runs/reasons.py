"""Why runs end that did not end by themselves: kept in English, told in Korean too.

What a run itself says last (a message of a study or of a protocol) is told as it is.
"""

import re

TOO_LONG = "It took longer than the {0} h that a run may take."
TOO_MUCH_WRITTEN = "It wrote more than the {0} MB that a run may write."
DISK_FULL = "The disk is full."
TOO_MUCH_MEMORY = "It took more than the {0} GB of memory that a run may take."
NO_RECORD = "It left no record ({0})."
FROM_OUTSIDE = "It was ended from outside ({0}); perhaps memory ran out."
EXIT_CODE = "It ended with exit code {0}."
SERVER_ENDED = "The server ended {0} times while this ran."
_KOREAN = {
    TOO_LONG: "실행에 허용된 {0}시간을 넘었습니다.",
    TOO_MUCH_WRITTEN: "실행이 쓸 수 있는 {0} MB를 넘었습니다.",
    DISK_FULL: "디스크가 가득 찼습니다.",
    TOO_MUCH_MEMORY: "실행에 허용된 메모리 {0} GB를 넘었습니다.",
    NO_RECORD: "기록을 남기지 않았습니다({0}).",
    FROM_OUTSIDE: "외부에서 종료되었습니다({0}). 메모리가 부족했을 수 있습니다.",
    EXIT_CODE: "종료 코드 {0}(으)로 끝났습니다.",
    SERVER_ENDED: "실행하는 동안 서버가 {0}번 종료되었습니다.",
}


def in_korean(reason: str) -> str | None:
    """A reason in Korean; None for what is no sentence of this file."""
    for english, korean in _KOREAN.items():
        found = re.fullmatch(re.escape(english).replace(r"\{0\}", "(.*)"), reason, re.DOTALL)
        if found:
            return korean.format(*found.groups())
    return None
