"""Names and order of the arms of a study, wherever the record mentions them."""

from collections.abc import Iterable

from twinbed.studies.report.schema import Arm, Comparison, Device, Record


def titles(record: Record) -> dict[str, str]:
    """The title of each arm by name, in the order of the study; arms seen only in results come last."""
    out = {arm["name"]: arm.get("title") or arm["name"] for arm in record.get("arms", []) if "name" in arm}
    tables = (record.get("endpoints", {}), record.get("time_in_range", {}), record.get("agp", {}))
    for table in tables:
        for name in table:
            out.setdefault(name, name)
    return out


def ordered(record: Record, present: Iterable[str]) -> list[str]:
    """The arms that are present, in the order of the study."""
    there = set(present)
    return [name for name in titles(record) if name in there]


def reference(record: Record) -> str | None:
    """The arm the others are compared with: as the comparisons say, else the first."""
    named = (row.get("reference") for row in record.get("comparisons", []))
    return next((name for name in named if name), next(iter(titles(record)), None))


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


def _form(device: Device) -> tuple[object, ...]:
    return device.get("device"), device.get("settings") or {}, device.get("wrap") or []


def primary(record: Record) -> list[Comparison]:
    """The comparisons that the study was made for."""
    return [row for row in record.get("comparisons", []) if row.get("role") == "primary"]
