"""The words of the ward in Korean; English stands where things are declared."""

import functools
import importlib.resources
import tomllib
from collections.abc import Mapping

from twinbed.studies.acute.report.words import called
from twinbed.vocab.drugs import DRUGS
from twinbed.vocab.fluids import FLUIDS, labels

_STATE_OF_ALARM = "alarm_state_"


@functools.cache
def _words() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(importlib.resources.files("twinbed.ward").joinpath("ko.toml").read_text("utf-8"))


def _catalogue() -> Mapping[str, str]:
    return _words()["texts"]


def korean(text: str) -> str:
    """A text in Korean. What stands before a colon is the name of a device; what is not known stays as it is."""
    known = _catalogue()
    if text in known:
        return known[text]
    device, colon, what = text.partition(": ")
    name = korean_of_device(device.lower().replace(" ", "_")) or device
    return f"{name}: {known[what]}" if colon and what in known else text


def korean_of_device(name: str) -> str:
    """The Korean name of a device by its name in a bedside file; empty where there is none."""
    names = labels(name)
    return names[1] if names else _words()["devices"].get(name, "")


def korean_of_signal(signal: str) -> str:
    """What a signal that a device shows or reads is called in Korean; English where nothing is known of it."""
    if signal.startswith(_STATE_OF_ALARM):
        return f"경보 상태: {korean(signal.removeprefix(_STATE_OF_ALARM).replace('_', ' '))}"
    drug = next((d for d in (*DRUGS, *FLUIDS) if signal.startswith(f"{d}_")), "")
    form = _words()["pumps"].get(signal.removeprefix(f"{drug}_")) if drug else None
    if form is not None and (names := labels(drug)):
        return form.format(drug=names[1])
    return _words()["signals"].get(signal) or called(signal, "ko")
