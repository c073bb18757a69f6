"""Names and order of the arms of a study, wherever evidence mentions them."""

from collections.abc import Iterable

from twinbed.studies.report.schema import Arm, Comparison, Evidence


def titles(evidence: Evidence) -> dict[str, str]:
    """The title of each arm by name, in the order of the study; arms seen only in results come last."""
    out = {arm["name"]: arm.get("title") or arm["name"] for arm in evidence.get("arms", []) if "name" in arm}
    tables = (evidence.get("endpoints", {}), evidence.get("time_in_range", {}), evidence.get("agp", {}))
    for table in tables:
        for name in table:
            out.setdefault(name, name)
    return out


def ordered(evidence: Evidence, present: Iterable[str]) -> list[str]:
    """The arms that are present, in the order of the study."""
    there = set(present)
    return [name for name in titles(evidence) if name in there]


def reference(evidence: Evidence) -> str | None:
    """The arm the others are compared with: as the comparisons say, else the first."""
    for comparison in evidence.get("comparisons", []):
        if comparison.get("reference"):
            return comparison["reference"]
    return next(iter(titles(evidence)), None)


def new_devices(arm: Arm, standard: Arm | None) -> frozenset[str]:
    """Names of the devices that the reference arm does not have in the same form."""
    if standard is None or arm.get("name") == standard.get("name"):
        return frozenset()
    usual = [_form(device) for device in standard.get("devices", [])]
    return frozenset(
        device.get("name") or device.get("device", "")
        for device in arm.get("devices", [])
        if _form(device) not in usual
    )


def _form(device) -> tuple[object, ...]:
    return device.get("device"), device.get("parameters", {}), device.get("wrap", [])


def primary(evidence: Evidence) -> list[Comparison]:
    """The comparisons the study was made for; without any so marked, none."""
    rows = evidence.get("comparisons", [])
    marked = [row for row in rows if row.get("primary")]
    name = evidence.get("study", {}).get("primary_endpoint")
    return marked or [row for row in rows if name and row.get("endpoint") == name]
