"""Who took part: virtual populations and the twins of real people."""

from twinbed.studies.report.page import Block, Cell, Column, Section, Table, fitting, stacked
from twinbed.studies.report.schema import Cohort, Record, Spread
from twinbed.studies.report.text import Words, decimals


def section(record: Record, words: Words) -> Section | None:
    """The table of cohorts and their demographics."""
    cohorts = record.get("cohorts")
    if not cohorts:
        return None
    columns = [Column(words("who.characteristic"), "text")]
    columns += [Column(_title(c, words), "number") for c in cohorts]
    rows: list[list[Cell]] = [[words("who.kind"), *(words.known("cohort", c.get("kind", "")) for c in cohorts)]]
    rows.append([words("who.n"), *(words.count(c.get("n")) for c in cohorts)])
    if any("persons" in c for c in cohorts):
        rows.append([words("who.persons"), *(words.count(c.get("persons")) for c in cohorts)])
    if any(c.get("model") for c in cohorts):
        rows.append([words("who.model"), *(words.known("model", c.get("model", "–")) for c in cohorts)])
    if any("rejected" in c for c in cohorts):
        rows.append([words("who.rejected"), *(words.count(c.get("rejected")) for c in cohorts)])
    rows += _demographics(cohorts, words)
    known = ((_title(c, words), c.get("source")) for c in cohorts)
    sources = [words("who.source", cohort=title, source=source) for title, source in known if source]
    note = " ".join([words("who.note"), *sources])
    blocks: list[Block] = [Table(words("who.caption"), columns, rows, note=note, style=fitting(columns))]
    return Section("who", words("who.title"), blocks)


def _title(cohort: Cohort, words: Words) -> str:
    said = words.known("group", cohort.get("id", ""), cohort.get("title"))
    return said[:1].upper() + said[1:]


def _demographics(cohorts: list[Cohort], words: Words) -> list[list[Cell]]:
    """A row for every quantity that any cohort knows."""
    names = dict.fromkeys(name for c in cohorts for name in c.get("demographics", {}))
    rows: list[list[Cell]] = []
    for name in names:
        spreads = [c.get("demographics", {}).get(name) for c in cohorts]
        known = next(s for s in spreads if s is not None)
        unit = words.unit(known.get("unit"))
        label = words.known("demographic", name, known.get("label"))
        rows.append([f"{label}, {unit}" if unit else label, *(_spread(name, s, words) for s in spreads)])
    return rows


def _spread(name: str, spread: Spread | None, words: Words) -> Cell:
    """Mean and standard deviation over the range, or counts of categories."""
    if spread is None:
        return "–"
    average = spread.get("mean")
    if "counts" in spread:
        total = sum(spread["counts"].values()) or 1
        parts = (
            f"{words.known('category', name)} {n} ({words.share(100 * n / total)})"
            for name, n in spread["counts"].items()
        )
        return ", ".join(parts)
    if average is None:
        return "–"
    if name == "female":
        return words.share(100 * average)
    places = decimals(spread.get("unit"), average)
    said = words.number(average, places)
    if "sd" in spread:
        said = f"{said} ± {words.number(spread['sd'], places)}"
    if "min" not in spread or "max" not in spread:
        return said
    return stacked(said, words.interval(spread["min"], spread["max"], places))
