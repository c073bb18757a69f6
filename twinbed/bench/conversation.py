"""Asks a device from outside step by step, where the bench plays the subject (`protocol.Loop`)."""

import dataclasses
import time
from collections.abc import Sequence

from twinbed.bench.device import Asked, DeviceUnderTest, ending
from twinbed.bench.protocol import Answer, Answers, Case, Loop, Nonsense, Values


class _Silent(Exception):
    """The device gave no answer to a step; the message says why."""


def converse(loop: Loop, device: DeviceUnderTest, case: Case, limit_s: float) -> Asked:
    """Plays a case with a device; the answers are those of the bench, or why the device failed at which step."""
    printed, deadline, step = [], time.monotonic() + limit_s, 0

    def ask(given: Values) -> Answers:
        nonlocal step
        step += 1
        left_s = round(deadline - time.monotonic(), 1)
        if left_s <= 0.0:
            raise _Silent(f"the case takes longer than {limit_s:g} s")
        asked = device.ask(dataclasses.replace(case, stimulus=given, reference={}), left_s)
        printed.append(asked.output)
        if asked.returned:
            raise _Silent(expected(loop.answers, asked.returned))
        if asked.answer is None:
            raise _Silent(asked.failure)
        return {answer.name: answer.checked(asked.answer, given) for answer in loop.answers}

    said = lambda: ending("\n".join(text.rstrip("\n") for text in printed if text))
    try:
        answer = loop.play(case.stimulus, ask)
    except (_Silent, Nonsense) as failure:
        return Asked(None, f"step {step}: {failure}", said())
    return Asked(answer, output=said())


def expected(answers: Sequence[Answer], returned: str) -> str:
    """What was wanted where something else came."""
    wanted = ", ".join(f'"{answer.name}": ...' for answer in answers if not answer.optional)
    return f"{{{wanted}}} was expected; {returned} came"
