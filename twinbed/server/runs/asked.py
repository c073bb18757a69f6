"""Turns what a browser asks for into what a run is started from, or refuses it.

A request names things that this package or installed ones hold: studies, protocols, devices. It never names a command,
a module or a file of this machine; a study's text that does is refused here, before anything of it is read further.
"""

import dataclasses
import json
import math
import os
import pathlib
import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from twinbed.connect.files import write_bytes
from twinbed.core import discover
from twinbed.core.errors import NotFound, TwinbedError
from twinbed.server.errors import Refused
from twinbed.server.registry.twins import TwinFile
from twinbed.server.runs import offers
from twinbed.server.runs.limits import RunLimits
from twinbed.server.store.runs import Asked
from twinbed.studies.acute.study import AcuteStudy, acute_study_from
from twinbed.studies.design import Study, study_from, with_patients

STUDY, BENCH = "study", "bench"
OUT, TEXT, TWINS = "out", "study.toml", "twins"
_KINDS = {"device": "devices", "id": "cohorts/populations"}
"""Keys of a study's text whose value is a component, and where these lie."""
_TWIN = re.compile(r"twins/([^/\\]{1,120})\.json")
_MOST_ITEMS, _MOST_TEXT, _MOST_NUMBER = 2000, 2000, 1e9
_HOUR_S = 3600.0


@dataclasses.dataclass(frozen=True)
class WantedStudy:
    """A study somebody wants: one that is offered, or a text."""

    study: str | None = None
    toml: str | None = None
    patients: int | None = None
    seed: int | None = None
    executor: str = "auto"


@dataclasses.dataclass(frozen=True)
class WantedBench:
    """A protocol, a device, and settings."""

    protocol: str
    device: str
    settings: Mapping[str, Any]


def study(
    wanted: WantedStudy, place: pathlib.Path, folder: pathlib.Path, twins: Sequence[TwinFile], limits: RunLimits
) -> Asked:
    """A study that was checked, its text and its twins put into the folder of its run.

    Args:
        wanted: by somebody.
        place: the folder of the run, which is made.
        folder: of the server's own studies.
        twins: those that the server knows.
        limits: what a run may take.

    Raises:
        NotFound: there is no such study.
        Refused: it asks for what is not registered or for too much, or is no study.
    """
    text, offer = _text(wanted, folder, limits)
    table = _table(text)
    for where, value in _walked(table):
        _check_value(where, value)
    if wanted.executor not in offers.executors():
        raise Refused(
            422,
            "invalid",
            f"{wanted.executor!r} computes nothing here.",
            f"Choose one of {', '.join(offers.executors())}.",
            korean=(
                f"{wanted.executor!r}(으)로는 여기에서 계산할 수 없습니다.",
                f"다음에서 골라 주십시오. {', '.join(offers.executors())}",
            ),
        )
    write_bytes(place / TEXT, text.encode())
    _put_twins(table, place, twins)
    checked = _checked(table, wanted, place)
    _check_size(checked, limits)
    return Asked(STUDY, checked.title[:200], offer.title_ko if offer else None, {
        "study": wanted.study, "kind": "acute" if isinstance(checked, AcuteStudy) else "glucose",
        "patients": wanted.patients, "seed": wanted.seed, "executor": wanted.executor, "hash": checked.hash(),
    })  # fmt: skip


def _text(wanted: WantedStudy, folder: pathlib.Path, limits: RunLimits) -> tuple[str, offers.StudyOffer | None]:
    if (wanted.study is None) == (wanted.toml is None):
        raise Refused(
            422,
            "invalid",
            "A study is one that is offered, or a text.",
            "Give study or toml.",
            korean=("연구는 제공된 것이나 직접 쓴 것입니다.", "study나 toml 가운데 하나를 주십시오."),
        )
    if wanted.toml is not None:
        if len(wanted.toml.encode("utf-8", "surrogatepass")) > limits.study_bytes:
            most = f"{limits.study_bytes // 1000} kB"
            raise Refused(
                413,
                "too_large",
                f"The text of a study has {most} at most.",
                "Shorten it.",
                korean=(f"연구 파일은 최대 {most}입니다.", "더 짧게 해 주십시오."),
            )
        return wanted.toml, None
    known = offers.studies(folder, limits.study_bytes)
    if wanted.study not in known:
        raise NotFound(f"there is no study {wanted.study!r}")
    return known[wanted.study].text, known[wanted.study]


def _table(text: str) -> dict[str, Any]:
    try:
        text.encode()
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        said = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise Refused(
            422,
            "invalid",
            f"The study is not TOML: {said}.",
            "Mend the file.",
            korean=(f"연구 파일이 TOML이 아닙니다: {said}", "파일을 고쳐 주십시오."),
        ) from None
    if "arms" not in table:
        advice = "A bedside, without arms, is opened as a bed. docs/acute.md and examples/ show studies."
        raise Refused(
            422,
            "invalid",
            "This is no study: it has no arms.",
            advice,
            korean=("연구가 아닙니다. arms가 없습니다.", "arms가 없는 병상은 병동에서 엽니다."),
        )
    return table


def _walked(value: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Every number, text and list of a table with its key."""
    stack: list[tuple[str, Any]] = [(where, value)]
    while stack:
        where, value = stack.pop()
        if isinstance(value, Mapping):
            stack += [(key, inner) for key, inner in value.items()]
        elif isinstance(value, list):
            yield where, value
            stack += [(where, inner) for inner in value]
        else:
            yield where, value


def _check_value(where: str, value: Any) -> None:
    """Refuses what is not registered, and what is larger than any study needs."""
    kind = _KINDS.get(where)
    if kind and not (isinstance(value, str) and value in discover.files(kind)):
        raise Refused(
            403,
            "own_code",
            f"{where} = {str(value)[:80]!r} is none of the {kind} registered here.",
            "Use what `twinbed list` shows; run a study with a device of your own with `twinbed run`, or install the "
            "device with an entry point.",
            korean=(
                f"{where} = {str(value)[:80]!r}은(는) 여기에 등록되어 있지 않습니다.",
                "`twinbed list`에 있는 것을 쓰십시오.",
            ),
        )
    length = len(value) if isinstance(value, str | list) else 0
    number = abs(value) if isinstance(value, int | float) and where != "seed" else 0.0
    if length > (_MOST_TEXT if isinstance(value, str) else _MOST_ITEMS) or not number <= _MOST_NUMBER:
        raise Refused(
            422,
            "invalid",
            f"{where} is too large.",
            "Make it smaller.",
            korean=(f"{where}이(가) 너무 큽니다.", "더 작게 해 주십시오."),
        )


def _put_twins(table: Mapping[str, Any], place: pathlib.Path, twins: Sequence[TwinFile]) -> None:
    """Copies the twins that a study names, `twins` or `twins/NAME.json`, beside its text."""
    cohort = table.get("cohort")
    named = cohort.get("twins", ()) if isinstance(cohort, Mapping) else ()
    known = {file.name: file for file in twins}
    for one in named if isinstance(named, list) else ():
        path = one.get("path") if isinstance(one, Mapping) else None
        match = _TWIN.fullmatch(path) if isinstance(path, str) else None
        if path != TWINS and (match is None or match[1] not in known):
            raise Refused(
                422,
                "invalid",
                f"{str(path)[:80]!r} is no twin of this server.",
                f'Write path = "{TWINS}" for all, or "{TWINS}/NAME.json" for one that the page of twins shows.',
                korean=(
                    f"{str(path)[:80]!r}은(는) 이 서버의 트윈이 아닙니다.",
                    f'path = "{TWINS}" 또는 "{TWINS}/이름.json"으로 써 주십시오.',
                ),
            )
        chosen = list(known.values()) if match is None else [known[match[1]]]
        if not chosen and not one.get("optional"):
            raise Refused(
                409,
                "no_twins",
                "No twin has been fitted on this server yet.",
                "Fit some: twinbed fit RECORDINGS --out DATA/twins/NAME.",
                korean=("이 서버에는 아직 맞춘 트윈이 없습니다.", "twinbed fit으로 먼저 맞춰 주십시오."),
            )
        (place / TWINS).mkdir(exist_ok=True)
        for file in chosen:
            shutil.copyfile(file.path, place / TWINS / f"{file.name}.json")


def _checked(table: dict[str, Any], wanted: WantedStudy, place: pathlib.Path) -> Study | AcuteStudy:
    """The study as its run reads it (`load_study`, `load_acute_study`), but that no folder is searched for modules."""
    table = table | {k: v for k, v in (("backend", wanted.executor), ("seed", wanted.seed)) if v is not None}
    try:
        if table.get("format") == "acute":
            if wanted.patients is not None:
                table["cohort"] = {**table.get("cohort", {}), "n": wanted.patients}
            return acute_study_from(table)
        made = study_from(table, folder=place)
        return made if wanted.patients is None else with_patients(made, wanted.patients)
    except TwinbedError as error:
        raise Refused(
            422,
            "invalid",
            f"{str(error)[:1].upper()}{str(error)[1:600]}.",
            "Mend the study.",
            korean=(f"연구에 잘못이 있습니다: {str(error)[:600]}", "연구를 고쳐 주십시오."),
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError, MemoryError) as error:
        said = f"This cannot be read as a study ({type(error).__name__}: {str(error)[:200]})."
        raise Refused(
            422,
            "invalid",
            said,
            "Compare it with the studies that are offered.",
            korean=("연구로 읽을 수 없습니다.", "제공된 연구와 견주어 보십시오."),
        ) from None


_UNITS_KO = {"hours": "시간", "days": "일"}


def _check_size(made: Study | AcuteStudy, limits: RunLimits) -> None:
    """Refuses a study that is too large for a server that others use too."""
    arms, resamples = len(made.arms), made.analysis.resamples
    if isinstance(made, AcuteStudy):
        patients, kept, unit, most = max(made.cohort.n, 1), len(made.kept), "hours", limits.acute_patient_hours
        lasts = (made.duration + made.settle) / _HOUR_S
    else:
        drawn = sum(t.draws * len(found) for t, found in zip(made.cohort.twins, made.inputs, strict=True))
        patients, kept, unit, most = sum(p.n for p in made.cohort.populations) + drawn, 0, "days", limits.patient_days
        lasts = float(made.days)
    checks = (
        (patients, limits.patients, "patients", "환자"),
        (arms, limits.arms, "arms", "군"),
        (resamples, limits.resamples, "resamples", "재표본"),
        (kept, limits.kept_signals, "signals kept every second", "매초 남기는 신호"),
        (patients * arms * lasts, most, f"patient {unit} in all arms", f"모든 군의 환자-{_UNITS_KO[unit]}"),
    )
    for found, allowed, what, what_ko in checks:
        if found > allowed:
            raise Refused(
                422,
                "too_much",
                f"{found:g} {what} are more than the {allowed:g} that this server takes.",
                "Ask for less, or run it with `twinbed run`.",
                korean=(
                    f"{what_ko} {found:g}은(는) 이 서버가 받는 {allowed:g}보다 많습니다.",
                    "줄이거나 `twinbed run`으로 실행해 주십시오.",
                ),
            )


def bench(wanted: WantedBench) -> Asked:
    """A run on the bench that was checked.

    Raises:
        NotFound: there is no such protocol.
        Refused: the protocol does not know the device or the setting, or its recordings are not here.
    """
    offer = offers.protocol(wanted.protocol)
    if wanted.device not in (*offer.devices, *offers.attached(offer.id)):
        raise Refused(
            422,
            "unknown_device",
            f"{offer.id} has no device {wanted.device[:80]!r}.",
            f"Choose one of {', '.join(offer.devices)}. A device of your own is tested with `twinbed bench run`.",
            korean=(
                f"{offer.id}에는 기기 {wanted.device[:80]!r}이(가) 없습니다.",
                f"다음에서 골라 주십시오. {', '.join(offer.devices)}",
            ),
        )
    if offer.missing:
        raise Refused(
            409,
            "no_recordings",
            f"The recordings {', '.join(offer.missing)} are not on this machine.",
            "Whoever runs this server sets TWINBED_DATA to the folder that holds them.",
            korean=(
                f"기록 {', '.join(offer.missing)}이(가) 이 서버에 없습니다.",
                "서버 관리자가 기록 폴더를 TWINBED_DATA로 정해야 합니다.",
            ),
        )
    known = offers.settings(offer.id)
    chosen = {name: _setting(offer.id, known, name, value) for name, value in wanted.settings.items()}
    what = {"protocol": offer.id, "device": wanted.device, "settings": chosen}
    device = wanted.device.replace("_", " ")
    return Asked(BENCH, f"{offer.title}: {device}", f"{offer.title_ko}: {device}", what)


def _setting(protocol: str, known: Mapping[str, offers.Setting], name: str, value: Any) -> Any:
    if name not in known:
        has = ", ".join(known) or "none"
        raise Refused(
            422,
            "invalid",
            f"{protocol} has no setting {name[:80]!r} to choose here.",
            f"It has {has}.",
            korean=(f"{protocol}에는 설정 {name[:80]!r}이(가) 없습니다.", f"있는 설정: {has}"),
        )
    of = known[name]
    if not _fits(of, value):
        between = f"a number from {of.low:g} to {of.high:g}" if of.low is not None else "true or false"
        between_ko = f"{of.low:g}~{of.high:g}의 수" if of.low is not None else "true 또는 false"
        words = f"one of {', '.join(of.choices)}" if of.choices else between
        words_ko = ", ".join(of.choices) or between_ko
        raise Refused(
            422,
            "invalid",
            f"{name} cannot be {json.dumps(value)[:80]}.",
            f"Write {words}.",
            korean=(f"{name}에는 {json.dumps(value)[:80]} 값을 쓸 수 없습니다.", f"쓸 수 있는 값: {words_ko}"),
        )
    return value


def _fits(of: offers.Setting, value: Any) -> bool:
    if of.kind in ("choice", "switch"):
        return value in of.choices if of.kind == "choice" else isinstance(value, bool)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return False
    assert of.low is not None
    assert of.high is not None
    return of.low <= value <= of.high and (of.kind == "number" or float(value).is_integer())


def command(asked: Mapping[str, Any]) -> list[str]:
    """The words after `twinbed` that do what was asked, in the folder of the run."""
    if "protocol" in asked:
        chosen = [w for name, value in asked["settings"].items() for w in ("--set", f"{name}={json.dumps(value)}")]
        return ["bench", "run", asked["protocol"], "--device", asked["device"], "--out", OUT, *chosen]
    words = ["run", TEXT, "--out", OUT, "--backend", asked["executor"]]
    for option in ("patients", "seed"):
        words += [] if asked[option] is None else [f"--{option}", str(asked[option])]
    return words if asked["kind"] == "acute" else [*words, "--workers", str(max(1, (os.cpu_count() or 1) // 2))]
