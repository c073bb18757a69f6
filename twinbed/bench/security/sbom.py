"""A bill of the software in a Python environment, as CycloneDX 1.6 JSON.

Components, versions, suppliers, package URLs and dependencies are read from the metadata of installed distributions.
What metadata cannot know, the level of support and its end, is given by hand and written as properties; `missing`
names every element of the NTIA's minimum, and of these two, that a component lacks.

*Known limits*: binaries that a distribution carries inside (such as a BLAS) are not seen: use an analysis of binaries
beside it. Markers of dependencies are not evaluated: a dependency counts where it is installed.

**References:**

- CycloneDX 1.6 (ECMA-424), JSON schema
- NTIA (2021), The Minimum Elements For a Software Bill of Materials
- FDA (2025), Cybersecurity in Medical Devices: Quality Management System Considerations and Content of Premarket
  Submissions, V.A.4(b) (support level and end of support)
"""

import dataclasses
import datetime
import importlib.metadata
import json
import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

_SPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")  # of URLs, RFC 4122
_LEVEL, _END = "twinbed:support_level", "twinbed:end_of_support"
_LONGEST_NAME = 120


@dataclasses.dataclass(frozen=True)
class Support:
    """How a component is supported: by words of its maker, such as "actively maintained", and until when (a date)."""

    level: str
    end: str = ""


def sbom(
    product: str,
    version: str,
    author: str,
    *,
    support: Mapping[str, Support] | None = None,
    at: datetime.datetime | None = None,
    distributions: Iterable[importlib.metadata.Distribution] | None = None,
) -> dict[str, Any]:
    """The bill as names and values that JSON can hold.

    Args:
        product: name of the device or software that the environment belongs to.
        version: of it.
        author: who makes the bill.
        support: of components by their name.
        at: when it is made; now if left out.
        distributions: those of this environment if left out.
    """
    found = {
        _normal(d.metadata["Name"]): d
        for d in distributions or importlib.metadata.distributions()
        if d.metadata["Name"]
    }
    refs = {name: _purl(name, d.version) for name, d in sorted(found.items())}
    root = f"{_normal(product)}@{version}"
    components = [_component(name, found[name], (support or {}).get(name)) for name in refs]
    needs = {refs[name]: sorted(refs[n] for n in _needed(found[name]) if n in refs and n != name) for name in refs}
    tied = sorted({n for needed in needs.values() for n in needed})
    content = json.dumps([root, components, needs], sort_keys=True)
    when = (at or datetime.datetime.now(datetime.UTC)).astimezone(datetime.UTC).replace(microsecond=0)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_SPACE, content)}",
        "version": 1,
        "metadata": {
            "timestamp": when.isoformat().replace("+00:00", "Z"),
            "authors": [{"name": author}],
            "component": {"type": "application", "bom-ref": root, "name": product, "version": version},
        },
        "components": components,
        "dependencies": [
            {"ref": root, "dependsOn": [r for r in refs.values() if r not in tied]},
            *({"ref": ref, "dependsOn": needed} for ref, needed in needs.items()),
        ],
    }


def missing(bill: Mapping[str, Any]) -> list[str]:
    """What is missing of the minimum elements, of support and of its end, one line each."""
    out = []
    listed = {d["ref"] for d in bill["dependencies"]}
    for component in bill["components"]:
        own = {p["name"] for p in component.get("properties", ())}
        lacks = {
            "supplier": "supplier" not in component and "author" not in component,
            "version": not component.get("version"),
            "unique identifier": "purl" not in component,
            "dependencies": component["bom-ref"] not in listed,
            "level of support": _LEVEL not in own,
            "end of support": _END not in own,
        }
        out += [f"{component['name']}: {element}" for element, lacking in lacks.items() if lacking]
    if not bill["metadata"].get("authors"):
        out.append("bill: author")
    return out


def _component(name: str, of: importlib.metadata.Distribution, support: Support | None) -> dict[str, Any]:
    meta: Any = of.metadata  # a message, whose type does not say that it has `get`
    ref = _purl(name, of.version)
    out: dict[str, Any] = {"type": "library", "bom-ref": ref, "name": meta["Name"], "version": of.version, "purl": ref}
    maker = meta.get("Author") or meta.get("Author-email") or meta.get("Maintainer") or meta.get("Maintainer-email")
    if maker:
        out["supplier"] = {"name": " ".join(maker.split())}
    licence = _licence(meta)
    if licence:
        out["licenses"] = [licence]
    if support:
        out["properties"] = [{"name": _LEVEL, "value": support.level}]
        out["properties"] += [{"name": _END, "value": support.end}] if support.end else []
    return out


def _licence(meta: Any) -> dict[str, Any] | None:
    """An expression where the distribution gives one, else a name; whole texts of licences are left out."""
    if meta.get("License-Expression"):
        return {"expression": meta["License-Expression"]}
    classified = [c.rsplit("::", 1)[-1].strip() for c in meta.get_all("Classifier") or () if c.startswith("License ::")]
    name = (meta.get("License") or "").strip()
    name = name if name and "\n" not in name and len(name) <= _LONGEST_NAME else "; ".join(classified)
    return {"license": {"name": name}} if name else None


def _needed(of: importlib.metadata.Distribution) -> set[str]:
    """Names of what it requires, those of its extras left out."""
    plain = [r for r in of.requires or () if not re.search(r";.*\bextra\b", r)]
    return {_normal(found[0]) for r in plain if (found := re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", r))}


def _normal(name: str) -> str:
    """The name as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _purl(name: str, version: str) -> str:
    return f"pkg:pypi/{name}@{version.replace('+', '%2B')}"
