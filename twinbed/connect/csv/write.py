"""Writes a recording as delimited files with a column map, to be read like any other.

So what was simulated can be used where what was measured is, and a recording can be handed on.
"""

import json
import pathlib
import re

import numpy as np

from twinbed.connect.csv._column_map import FORMAT
from twinbed.core.recording import Channel, Recording


def write_generic(recording: Recording, folder: pathlib.Path) -> pathlib.Path:
    """Writes a recording as one CSV file a channel and a column map; returns the map's path.

    Values that are not finite are left blank, and a reader takes them for missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", recording.subject).strip("_") or "recording"
    lines = [
        f"format = {_text(FORMAT)}",
        f"subject = {_text(recording.subject)}",
        f"start = {recording.start.replace(tzinfo=None).isoformat()}",
        f"notes = [{', '.join(map(_text, recording.notes))}]",
        "",
        "[attributes]",
        *(f"{_text(k)} = {_text(v) if isinstance(v, str) else float(v)}" for k, v in recording.attributes.items()),
    ]
    for channel in recording.channels.values():
        name = f"{stem}_{channel.signal}.csv"
        (folder / name).write_text(_csv(channel), encoding="utf-8", newline="\n")
        lines += [
            "",
            "[[files]]",
            f"path = {_text(name)}",
            'time = { column = "time_s", format = "elapsed_s" }',
        ]
        lines += [
            "",
            "[[files.columns]]",
            f"column = {_text(channel.signal)}",
            f"signal = {_text(channel.signal)}",
        ]
        lines += [f'kind = "{"dose" if channel.is_dose else "sample"}"', f"unit = {_text(channel.unit)}"]
        lines += ['duration_column = "duration_s"'] if channel.is_dose else []
    path = folder / f"{stem}.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return path


def _csv(channel: Channel) -> str:
    columns = [channel.time_s, channel.value]
    header = f"time_s,{channel.signal}"
    if channel.duration_s is not None:
        columns.append(channel.duration_s)
        header += ",duration_s"
    rows = (",".join(map(_written, row)) for row in zip(*columns, strict=True))
    return "\n".join((header, *rows)) + "\n"


def _written(value: float) -> str:
    return repr(float(value)) if np.isfinite(value) else ""


def _text(value: str) -> str:
    """A TOML string."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
