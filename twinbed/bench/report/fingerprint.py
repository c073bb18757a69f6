"""By what one can tell which device a run was of: fingerprints of its files, or that there are none."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from twinbed.studies.report.text import Words

_ONE = {"answers_sha256": "device.answers", "sources_sha256": "device.beside"}
"""Fingerprints of several files at once, and what they are of."""


def of_device(known: Mapping[str, Any], words: Words) -> Markup:
    """The fingerprints that a log has of its device, each with what it is of.

    Args:
        known: the device, as a log has it.
        words: with the sentences of a report of the bench.
    """
    if behind_port(known):
        return Markup("{}").format(words("device.port"))
    found = {str(known.get("source") or words("device.file")): known["sha256"]} if known.get("sha256") else {}
    found |= known.get("files_sha256") or {}
    found |= {words(key): known[name] for name, key in _ONE.items() if known.get(name)}
    if not found:
        return Markup("{}").format(words("device.unknown"))
    return Markup("<br>").join(Markup("{}: <code>{}</code>").format(name, sha256) for name, sha256 in found.items())


def behind_port(known: Mapping[str, Any]) -> bool:
    """Whether a device is what answers behind a port, of which nothing is known."""
    return known.get("kind") == "live" and not known.get("command")
