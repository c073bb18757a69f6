"""What a bed grants: what it can play, and what its equipment would not refuse, now or when something comes back."""

import functools
from collections.abc import Container, Iterator

from twinbed.core.errors import ScenarioError
from twinbed.core.scenario import Scenario, check
from twinbed.engine.bed import Bed
from twinbed.engine.live import MOST_EVENTS, crowded_s, page_of
from twinbed.studies.acute.bedside import FOREVER_S
from twinbed.ward.controls import Control, Refused, Wish, now, with_setting, with_wish
from twinbed.ward.definition import Made
from twinbed.ward.interlocks import interlock
from twinbed.ward.spoken import moment

_AFTERWARDS_S = 1e-6
"""So long after something ends or begins it is over, or there, however its times were rounded."""


def granted(
    made: Made, scenario: Scenario, beds: Bed, control: Control, wish: Wish, t_s: float
) -> tuple[Scenario, Bed]:
    """What holds at a bed when a checked wish is granted from a time on, the beginning of a page.

    Args:
        made: the bed.
        scenario, beds: what holds now, and is to come.
        control: what is asked for.
        wish: how much.
        t_s: when.

    Raises:
        Refused: the equipment would, or the bed could not play it.
    """
    assert wish.value is not None
    _check_equipment(made, scenario, beds, control, wish, t_s)
    if control.is_setting:
        return scenario, with_setting(beds, control, wish.value)
    changed = with_wish(scenario, control, wish, t_s)
    _check_playable(made, changed, control, t_s)
    return changed, beds


def stands_at(made: Made, scenario: Scenario, beds: Bed, t_s: float, control: str) -> float | None:
    """What a control stands at at a time; nothing where there is none."""
    known = made.controls.get(control)
    return None if known is None else now(known, scenario, beds, t_s)


def _check_equipment(made: Made, scenario: Scenario, beds: Bed, control: Control, wish: Wish, t_s: float) -> None:
    """Interlocks, with what stands now, and with what comes or comes back while the wish holds."""
    stands = functools.partial(stands_at, made, scenario, beds)
    others: set[str] = set()

    def noted(other: str) -> float | None:
        others.add(other)
        return stands(t_s, other)

    interlock(control, wish, noted)
    if control.kind in ("dose", "act"):  # these happen, and set nothing
        return
    until_s = FOREVER_S if wish.lasts_s is None else min(FOREVER_S, t_s + wish.lasts_s)
    for at_s, other in _changes(scenario, others - {control.id}, t_s, until_s):
        try:
            interlock(control, wish, functools.partial(stands, at_s + _AFTERWARDS_S))
        except Refused as error:
            known = made.controls[other]
            raise Refused(
                f"{known.label} changes at {moment(at_s)}, and then {error}",
                f"{moment(at_s, 'ko')}에 {known.label_ko} 설정이 바뀌면 {error.korean}",
            ) from error


def _changes(scenario: Scenario, signals: Container[str], t_s: float, until_s: float) -> Iterator[tuple[float, str]]:
    """When levels of some signals begin or end between two times, and which."""
    for event in scenario.events:
        for at_s in (event.start_s, event.start_s + event.duration_s):
            if event.signal in signals and t_s < at_s < until_s:
                yield at_s, event.signal


def _check_playable(made: Made, scenario: Scenario, control: Control, t_s: float) -> None:
    """Refuses what the bed could not play: of itself, or with what goes on already and what its file has to come."""
    try:
        for event in scenario.events:
            if event.signal == control.id:
                check(event)
    except ScenarioError as error:
        raise Refused(f"{control.label}: {error}", f"{control.label_ko}: 이 값으로는 진행할 수 없습니다") from error
    at_s = crowded_s(made.bed, scenario, control.id, t_s, page_of(made.bed, made.period_s))
    if at_s is None:
        return
    what, what_ko = ("doses", "건이 함께 투여") if control.kind == "dose" else ("changes", "건의 변경이 함께 진행")
    raise Refused(
        f"{control.label}: {MOST_EVENTS} {what} would already be going on together at {moment(at_s)}; "
        f"wait until one has ended, or give them as one",
        f"{control.label_ko}: {moment(at_s, 'ko')}에 이미 {MOST_EVENTS}{what_ko}됩니다; "
        f"하나가 끝날 때까지 기다리거나 하나로 합쳐 주십시오",
    )
