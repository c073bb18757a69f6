"""The lists on this machine, found by place: the folder `regulatory` of the data (`TWINBED_DATA`)."""

import dataclasses
import functools
import pathlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twinbed.bench.regulatory import files, notice
from twinbed.bench.regulatory.entries import AiDevice, Clearance, KoreanItem, ProductCode
from twinbed.connect.data import VARIABLE, data_root
from twinbed.core.errors import NotFound

ADVICE = f"""no lists of authorities on this machine. Set {VARIABLE} to a folder with a folder `regulatory`, and in it:
  foiclass.zip or foiclass.txt       FDA, "Download Product Code Classification Files" (accessdata.fda.gov)
    or device-classification-0001-of-0001.json.zip      open.fda.gov, downloads, device classification
  fda_ai_devices_list.csv            FDA, "Artificial Intelligence-Enabled Medical Devices", exported as CSV
  device-510k-0001-of-0001.json.zip  open.fda.gov, downloads, 510(k) (optional)
  mfds_device_classification.csv     Korean items (의료기기 품목 및 품목별 등급, 별표 1): code, name_ko, class
  mfds_notice.txt                    the text of that notice, for English names and descriptions (optional);
    or texts.tar.xz                  an archive that holds it"""

_NOTICE = "korean_notice"
_KINDS: Mapping[str, tuple[Sequence[str], Callable[[pathlib.Path], Any]]] = {
    "product_codes": (("device-classification*", "foiclass*"), files.read_product_codes),
    "ai_devices": (("fda_ai_devices_list*",), files.read_ai_devices),
    "korean_items": (("mfds_device_classification*",), files.read_korean_items),
    "clearances": (("device-510k*",), files.read_clearances),
    _NOTICE: (("mfds_notice*", "texts.tar*"), notice.read_notice),
}


_DATE = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])(?:-[0-3][0-9])?(?![0-9])")


@dataclasses.dataclass(frozen=True)
class Catalogue:
    """All that was found; a list that is not there is empty."""

    product_codes: Sequence[ProductCode]
    ai_devices: Sequence[AiDevice]
    korean_items: Sequence[KoreanItem]
    clearances: Sequence[Clearance] = ()
    sources: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """The file of each list by the name of the list; one that is missing is not in it."""

    @property
    def dates(self) -> Mapping[str, str]:
        """Of when each list is (year, month, perhaps day) by its name, as its file is called; empty where it is not."""
        return {kind: (_DATE.findall(name) or [""])[-1] for kind, name in self.sources.items()}

    def precedents(self, code: str) -> list[AiDevice]:
        """The AI-enabled devices of a product code, newest first."""
        return sorted((d for d in self.ai_devices if d.product_code == code), key=lambda d: d.decided, reverse=True)

    def cleared(self, code: str) -> list[Clearance]:
        """The cleared devices of a product code, newest first."""
        return sorted((c for c in self.clearances if c.product_code == code), key=lambda c: c.decided, reverse=True)


def load(folder: pathlib.Path | None = None) -> Catalogue:
    """The lists in a folder; of several files of one kind the last by name, openFDA's before the FDA's text.

    Args:
        folder: where the lists are; `regulatory` in the data of this machine if left out.

    Raises:
        NotFound: there is neither a list of product codes nor of Korean items; the message says what to download.
        ReadError: a list cannot be read.
    """
    root = data_root()
    place = folder or (root / "regulatory" if root else None)
    if place is None or not place.is_dir():
        raise NotFound(ADVICE)
    return _load(place.resolve())


@functools.cache
def _load(place: pathlib.Path) -> Catalogue:
    paths = {kind: path for kind, (patterns, _) in _KINDS.items() if (path := _newest(place, patterns))}
    if not {"product_codes", "korean_items"} & set(paths):
        raise NotFound(f"{place}: {ADVICE}")
    read: dict[str, Any] = {kind: _KINDS[kind][1](paths[kind]) if kind in paths else () for kind in _KINDS}
    told = read.pop(_NOTICE) or {}
    if not told:
        paths.pop(_NOTICE, None)
    read["korean_items"] = [_described(item, told) for item in read["korean_items"]]
    return Catalogue(**read, sources={kind: path.name for kind, path in paths.items()})


def _described(item: KoreanItem, told: Mapping[str, tuple[str, str, str]]) -> KoreanItem:
    """With English name and description, where the notice has the item under the same name."""
    name, english, description = told.get(item.code, ("", "", ""))
    same = "".join(name.split()) == "".join(item.name.split())
    return dataclasses.replace(item, english=english, description=description) if same else item


def _newest(place: pathlib.Path, patterns: Sequence[str]) -> pathlib.Path | None:
    for pattern in patterns:
        found = sorted(path for path in place.glob(pattern) if path.is_file())
        if found:
            return found[-1]
    return None
