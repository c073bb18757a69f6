"""What a bed refuses although it is in range, because of how it stands: as equipment does, with the way out.

Not clinical judgement: only what the equipment itself would not do.
"""

from collections.abc import Callable

from twinbed.devices.rhythm.pacemaker import MODES
from twinbed.ward.controls import Control, Refused, Wish

Now = Callable[[str], float | None]
"""What a control stands at; nothing where there is none."""
_SHORTEST_EXPIRATION_S = 0.3
_SECONDS = 60.0
_TWO_CHAMBERS = (float(MODES["DDD"]), float(MODES["DOO"]))
_PAIRS = ("heart_rate", "pressure", "breathing", "carbon_dioxide", "temperature")


def interlock(control: Control, wish: Wish, now: Now) -> None:
    """Raises `Refused` where the equipment would refuse."""
    for check in _CHECKS:
        check(control, wish, now)


def _breath_fits(control: Control, wish: Wish, now: Now) -> None:
    """There must be time to breathe out."""
    names = ("ventilator_rate_set", "ventilator_inspiratory_time_set")
    if control.id not in names:
        return
    rate, inspiration_s = (wish.value if control.id == n else now(n) for n in names)
    if not rate or inspiration_s is None or inspiration_s <= 0.0:
        return
    left_s = _SECONDS / rate - inspiration_s
    if left_s < _SHORTEST_EXPIRATION_S:
        raise Refused(
            f"{rate:g} breaths a minute with {inspiration_s:g} s of inspiration leave {max(left_s, 0.0):.2g} s to "
            f"breathe out; at least {_SHORTEST_EXPIRATION_S:g} s are needed: lower the rate or "
            f"the inspiratory time first",
            f"분당 {rate:g}회에 흡기 시간이 {inspiration_s:g}초이면 내쉴 시간이 {max(left_s, 0.0):.2g}초뿐입니다; "
            f"{_SHORTEST_EXPIRATION_S:g}초 이상이 필요하므로 호흡수나 흡기 시간을 먼저 줄여 주십시오",
        )


def _limits_in_order(control: Control, wish: Wish, now: Now) -> None:
    """A lower limit stays below the upper one."""
    device, _, field = control.id.partition(".")
    of, _, which = field.rpartition("_")
    if of not in _PAIRS or which not in ("low", "high") or wish.value is None:
        return
    other = now(f"{device}.{of}_{'high' if which == 'low' else 'low'}")
    if other is not None and (wish.value >= other if which == "low" else wish.value <= other):
        raise Refused(
            f"{control.label}: {wish.value:g} would cross the other limit, {other:g}; change that one first",
            f"{control.label_ko}: {wish.value:g}은(는) 다른 한계({other:g})와 엇갈립니다; 그 한계를 먼저 바꾸십시오",
        )


def _holds_need_a_circuit(control: Control, wish: Wish, now: Now) -> None:
    """A ventilator that is not connected, or in standby, holds no breath."""
    if not control.id.endswith("_hold"):
        return
    if now("ventilator_connected") == 0.0:
        raise Refused(
            f"{control.label}: the ventilator is not connected; connect it first",
            f"{control.label_ko}: 인공호흡기가 연결되어 있지 않습니다; 먼저 연결해 주십시오",
        )
    if now("ventilator_standby") == 1.0:
        raise Refused(
            f"{control.label}: the ventilator is in standby; start ventilation first",
            f"{control.label_ko}: 인공호흡기가 대기 상태입니다; 먼저 인공호흡을 시작해 주십시오",
        )


def _suspended_gives_nothing(control: Control, wish: Wish, now: Now) -> None:
    """A pump that is suspended gives no bolus (t:slim X2 user guide, as remembered)."""
    if control.id == "injection" and now("delivery_suspended") == 1.0:
        raise Refused(
            f"{control.label}: insulin delivery is suspended; resume it first",
            f"{control.label_ko}: 인슐린 주입이 중단되어 있습니다; 먼저 재개해 주십시오",
        )


def _one_gives_basal(control: Control, wish: Wish, now: Now) -> None:
    """Where a closed loop runs nobody sets a temporary rate (t:slim X2 user guide, as remembered)."""
    loop = now("controller_paused")
    if control.id == "temporary_basal" and loop == 0.0 and wish.value != control.default:
        raise Refused(
            f"{control.label}: the closed loop sets the basal rate; switch the loop off first",
            f"{control.label_ko}: 폐루프가 기저 주입률을 정합니다; 먼저 폐루프를 꺼 주십시오",
        )
    if control.id == "controller_paused" and wish.value == 0.0:
        share = now("temporary_basal")
        if share is not None and share != 100.0:
            raise Refused(
                f"{control.label}: a temporary basal rate of {share:g} % runs; set it back to 100 % first",
                f"{control.label_ko}: 임시 기저 주입률 {share:g} %가 적용 중입니다; 먼저 100 %로 되돌려 주십시오",
            )


def _pacing_fits(control: Control, wish: Wish, now: Now) -> None:
    """Where two chambers are paced the upper rate is above the lower one, and there is time for the atria."""
    fields = ("mode", "lower_rate", "upper_rate", "av_delay")
    ids = ["pacemaker_mode_set", *(f"{control.device}.{f}" for f in fields[1:])]
    if control.id not in ids:
        return
    mode, lower, upper, delay_s = (wish.value if control.id == n else now(n) for n in ids)
    if mode not in _TWO_CHAMBERS or lower is None or upper is None or delay_s is None:
        return
    if lower > upper:
        raise Refused(
            f"{control.label}: a lower rate of {lower:g}/min is above the upper rate, {upper:g}/min; "
            f"change the other one first",
            f"{control.label_ko}: 하한 박동수 {lower:g}/min이 상한 박동수 {upper:g}/min보다 높습니다; "
            f"다른 쪽을 먼저 바꾸십시오",
        )
    if lower * delay_s >= _SECONDS:
        raise Refused(
            f"{control.label}: an AV delay of {delay_s:g} s leaves no time for the atria at {lower:g}/min; "
            f"shorten the delay or lower the rate first",
            f"{control.label_ko}: 방실 지연 {delay_s:g}초로는 {lower:g}/min에서 심방에 남는 시간이 없습니다; "
            f"방실 지연이나 하한 박동수를 먼저 줄이십시오",
        )


_CHECKS = (
    _breath_fits, _limits_in_order, _holds_need_a_circuit, _suspended_gives_nothing, _one_gives_basal, _pacing_fits,
)  # fmt: skip
