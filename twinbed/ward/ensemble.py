"""What might come: a moment of a bed, played on by an ensemble, as it is and with changes.

The members are the patient of the bed with what is not known of a person drawn anew (`ward.prior`): how drugs are
distributed and act (the spreads that the files of the drugs give), how strongly pressure is held (baroreflex), how
breathing answers to carbon dioxide and to lack of oxygen (`cohorts.acute_adults`, which says where these spreads are
from); at a diabetes bed how insulin acts and meals are absorbed. Where the past of the bed says enough they are drawn
from what it leaves of that (`ward.posterior`), else from people in general, of whom the first is the patient as the
file has him. All begin at the same moment; both futures have the same members and the same noise, so what differs
between them is what was changed.

Percentiles are those of `members + 1` equal parts (Weibull's), so that of 24 members nine in ten of what comes lie
between the outer two.

*Known limits*: heart, vessels and lungs themselves are not drawn, for another heart would not stand at this moment.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from twinbed.ward import posterior
from twinbed.ward.controls import Refused, Wish, checked
from twinbed.ward.definition import Made
from twinbed.ward.grants import granted as granting
from twinbed.ward.members import grant, live_of, patient_of, shown_by
from twinbed.ward.posterior import Spread
from twinbed.ward.prior import Organs, prior_of
from twinbed.ward.session import Past, Standing
from twinbed.ward.spoken import span

MOST_MEMBERS, MOST_PAGES = 64, 4 * 3600
LONGEST_S = 24 * 3600.0
MOST_PLAYED = 64 * 24 * 60
"""Pages of all members together: of pages of a minute a day of 64, of pages of a second an hour of 25."""
LEVELS = (5.0, 25.0, 50.0, 75.0, 95.0)
"""Percentiles of the members that are shown."""
_MOST_POINTS = 240


def longest_s(page_s: float) -> float:
    """How far futures of a bed with such pages are played, in seconds."""
    return min(LONGEST_S, MOST_PAGES * page_s)


def check_size(horizon_s: float, members: int, page_s: float) -> None:
    """Whether so many members are played so far.

    Raises:
        Refused: too many, too far, or too many so far.
    """
    if not 1 <= members <= MOST_MEMBERS:
        raise Refused(f"{members} members: between 1 and {MOST_MEMBERS}", f"표본 {members}명: 1~{MOST_MEMBERS}명입니다")
    if not (math.isfinite(horizon_s) and page_s <= horizon_s <= longest_s(page_s)):
        raise Refused(
            f"{horizon_s:g} s: give a horizon between {page_s:g} and {longest_s(page_s):g} s",
            f"{horizon_s:g}초: {page_s:g}~{longest_s(page_s):g}초 사이로 골라 주십시오",
        )
    pages = math.ceil(horizon_s / page_s)
    if members * pages > MOST_PLAYED:
        fewer = max(MOST_PLAYED // pages, 1)
        raise Refused(
            f"{members} members over {span(horizon_s)} are too much to compute; take {fewer}, or a shorter time",
            f"표본 {members}명을 {span(horizon_s, 'ko')} 계산하기에는 너무 많습니다; 표본을 {fewer}명으로 줄이거나 "
            f"시간을 줄여 주십시오",
        )


@dataclasses.dataclass(frozen=True)
class Change:
    """Something that is done in one of the futures, so long after the moment."""

    control: str
    wish: Wish
    after_s: float = 0.0


@dataclasses.dataclass(frozen=True)
class Futures:
    """Numbers over time, as it is and as changed: percentiles by name (`level time`), and how many members hold."""

    t_s: np.ndarray
    as_is: Mapping[str, np.ndarray]
    changed: Mapping[str, np.ndarray]
    members: int
    implausible: tuple[int, int]
    """Members that left what is plausible, in either future; they are not counted from then on."""
    spread: Spread = posterior.UNASKED
    """What the members were drawn from."""


def fork(
    made: Made,
    standing: Standing,
    changes: Sequence[Change],
    *,
    horizon_s: float,
    members: int,
    page_s: float,
    past: Past | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> Futures:
    """Plays a moment on, twice.

    Args:
        made: the bed.
        standing: where it stands.
        changes: what is done in the second future.
        horizon_s: how far.
        members: how many patients, up to `MOST_MEMBERS`.
        page_s: a page of the bed.
        past: what the bed lived through before; without it members are people in general.
        progress: is told the share that is done; what it raises ends the fork.

    Raises:
        Refused: too many, too far, or a change that the bed refuses.
    """
    check_size(horizon_s, members, page_s)
    due = granted(made, standing, changes, horizon_s=horizon_s, page_s=page_s)
    n_pages = round(horizon_s / page_s)
    looked = _share_of_past(made, past, n_pages, members)
    people, spread = _people(made, standing, past, members, lambda share: progress(looked * share))
    live = live_of(made, standing, [*people, *people], [*range(members)] * 2)
    second = np.arange(2 * members) >= members
    every = -(-n_pages // _MOST_POINTS)
    t_s: list[float] = []
    seen: list[np.ndarray] = []
    for k in range(n_pages):
        for change in due.get(k, ()):
            grant(live, made.controls[change.control], change.wish, second)
        recorded = live.advance(page_s)
        if (k + 1) % every == 0 or k + 1 == n_pages:
            t_s.append(live.t_s)
            seen.append(shown_by(made, live, recorded))
        progress(looked + (1.0 - looked) * (k + 1) / n_pages)
    names, values = list(made.view.numbers.readings), np.asarray(seen)
    as_is, changed = (
        {name: _percentiles(half[:, :, i]) for i, name in enumerate(names)}
        for half in (values[:, :members], values[:, members:])
    )
    left = np.isfinite(live.flags.implausible_s)
    implausible = int(left[:members].sum()), int(left[members:].sum())
    return Futures(np.asarray(t_s), as_is, changed, members, implausible, spread)


def _share_of_past(made: Made, past: Past | None, n_pages: int, members: int) -> float:
    """The share of the work that is done before the futures."""
    looked = 0 if past is None else past.pages * posterior.CANDIDATES[made.kind]
    return looked / (looked + 2 * members * n_pages)


def _people(
    made: Made, standing: Standing, past: Past | None, members: int, progress: Callable[[float], None]
) -> tuple[list[Organs], Spread]:
    """The members. Of people in general the first is the patient as the file of the bed has him."""
    if members == 1:
        return [patient_of(standing)], posterior.ONE
    prior = prior_of(made)
    scores, spread = posterior.members(made, prior, past, members, progress)
    if spread.of == "past":
        return prior.people(scores), spread
    return [patient_of(standing), *prior.people(scores[1:])], spread


def granted(
    made: Made, standing: Standing, changes: Sequence[Change], *, horizon_s: float, page_s: float
) -> dict[int, list[Change]]:
    """Changes as the bed would grant them, by the page after the moment before which they act.

    Args:
        made: the bed.
        standing: where it stands.
        changes: what is done, in this order where it is done at the same time.
        horizon_s: how far is played.
        page_s: a page of the bed.

    Raises:
        Refused: there is no such control, a change is out of range or after the end, or against an interlock with what
            holds then or comes later: the settings of the moment, what the file of the bed has to come, and the changes
            before.
    """
    due: dict[int, list[Change]] = {}
    for change in changes:
        due.setdefault(round(change.after_s / page_s), []).append(checked_change(made, change, horizon_s))
    scenario, beds = standing.scenario, standing.beds
    for page, together in sorted(due.items()):
        t_s = (standing.page + page) * page_s
        for change in together:
            scenario, beds = granting(made, scenario, beds, made.controls[change.control], change.wish, t_s)
    return due


def checked_change(made: Made, change: Change, horizon_s: float) -> Change:
    """A change that can be granted at some moment, with what was left out.

    Raises:
        Refused: there is no such control, it is out of range, or after the end.
    """
    control = made.controls.get(change.control)
    if control is None:
        raise Refused(
            f"there is no control {change.control!r} at this bed", f"이 병상에는 {change.control!r} 조작이 없습니다"
        )
    if not (math.isfinite(change.after_s) and 0.0 <= change.after_s < horizon_s):
        raise Refused(
            f"{control.label}: {change.after_s:g} s is not before the end, {horizon_s:g} s",
            f"{control.label_ko}: {change.after_s:g}초는 끝({horizon_s:g}초)보다 앞이 아닙니다",
        )
    return dataclasses.replace(change, wish=checked(control, change.wish))


def _percentiles(values: np.ndarray) -> np.ndarray:
    """Percentiles over members (`time member`) as (`level time`); nothing where fewer than half hold."""
    held = np.isfinite(values).mean(axis=1) >= 0.5
    out = np.full((len(LEVELS), len(values)), np.nan)
    if held.any():
        out[:, held] = np.nanpercentile(values[held], LEVELS, axis=1, method="weibull")
    return out
