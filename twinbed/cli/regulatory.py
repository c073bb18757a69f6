"""`twinbed regulatory`: what the authorities' lists say."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twinbed.cli.output import Language, show_json, wrapped

if TYPE_CHECKING:
    from twinbed.bench.regulatory.search import Found

app = typer.Typer(help="Search the lists of authorities.", no_args_is_help=True, rich_markup_mode=None)

_HEADS = {
    "en": (
        "FDA product codes",
        "Korean items",
        "class",
        "AI-enabled devices",
        "nothing found",
        "see the notice",
    ),
    "ko": (
        "FDA 제품코드",
        "국내 의료기기 품목",
        "등급",
        "AI 적용 의료기기",
        "찾은 것이 없습니다",
        "고시 원문 확인",
    ),
}
_AGES = {
    "en": (
        "Lists as of: {}. Look at the present ones before you rely on them.",
        "undated",
        {"product_codes": "FDA codes", "ai_devices": "AI", "clearances": "510(k)", "korean_items": "Korean items"},
        "Korean in vitro diagnostics, such as blood glucose meters, stand in another notice, which is not searched.",
    ),
    "ko": (
        "목록 기준일: {}. 쓰기 전에 최신 목록을 확인하십시오.",
        "날짜 없음",
        {"product_codes": "FDA 코드", "ai_devices": "AI 기기", "clearances": "510(k)", "korean_items": "국내 품목"},
        "개인용 혈당 측정기 같은 체외진단의료기기는 별도 고시에 있으며 여기에서 찾지 않습니다.",
    ),
}
_SHOWN = 3
"""Precedents of a code that are printed; JSON has all."""


@app.callback()
def _regulatory() -> None:
    """Search the lists of authorities."""


@app.command("search")
def search(
    words: Annotated[list[str], typer.Argument(help="Words, a code, a regulation number, class 2; English or Korean.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Most entries of each list.")] = 10,
    lang: Annotated[Language, typer.Option(help="Language of the headings.")] = Language.ENGLISH,
) -> None:
    """Find product codes of the FDA, Korean items and AI-enabled devices before, best first."""
    from twinbed.bench.regulatory import load
    from twinbed.bench.regulatory import search as run

    catalogue = load()
    found = run(catalogue, " ".join(words), limit=limit)
    if as_json:
        show_json(_as_data(found, catalogue.sources))
    else:
        typer.echo("\n".join([*_lines(found, lang), "", *_ages(catalogue.dates, lang)]))


def _as_data(found: "Found", sources: Any) -> dict[str, Any]:
    import dataclasses

    plain = lambda entries: [dataclasses.asdict(e) for e in entries]
    return {
        "sources": dict(sources),
        "product_codes": [
            {
                **dataclasses.asdict(hit.entry), "score": hit.score, "words": list(hit.words),
                "ai_devices": plain(found.ai_devices[hit.entry.code]),
                "clearances": plain(found.clearances.get(hit.entry.code, ())),
            }
            for hit in found.product_codes
        ],
        "korean_items": [
            {**dataclasses.asdict(h.entry), "score": h.score, "words": list(h.words)} for h in found.korean_items
        ],
    }  # fmt: skip


def _ages(dates: Mapping[str, str], lang: str) -> Sequence[str]:
    """How old the lists are, and what the Korean one leaves out."""
    said, undated, names, left_out = _AGES[lang]
    known = ", ".join(f"{name} {dates[kind] or undated}" for kind, name in names.items() if kind in dates)
    return [*wrapped(said.format(known), 2), *(wrapped(left_out, 2) if "korean_items" in dates else [])]


def _lines(found: "Found", lang: str) -> Sequence[str]:
    codes, items, grade, devices, nothing, doubtful = _HEADS[lang]
    out = [codes]
    for hit in found.product_codes:
        e = hit.entry
        said = f"  {e.code}  {grade} {e.device_class or '?':<3} {e.regulation or '-':<9} "
        out += wrapped(said + e.name, len(said))
        known = found.ai_devices[e.code]
        if known:
            out.append(f"       {devices}: {len(known)}")
            for device in known[:_SHOWN]:
                about = f"{device.company}, {device.number}, {device.decided[:4]}"
                out += wrapped(f"         {device.name} ({about})", 11)
            out += ["         ..."] if len(known) > _SHOWN else []
    out += [] if found.product_codes else [f"  {nothing}"]
    out += ["", items]
    for hit in found.korean_items:
        e = hit.entry
        doubt = "" if e.certain else f"  ({doubtful})"
        out += wrapped(f"  {e.code}  {grade} {e.device_class or '?'}  {e.name}{doubt}", 14)
    return out + ([] if found.korean_items else [f"  {nothing}"])
