"""What is given into a vein by volume, and what all that is given is called."""

from twinbed.vocab.drugs import DRUGS

FLUIDS: dict[str, tuple[str, str]] = {
    "crystalloid": ("Crystalloid", "결정질 수액"),
    "colloid": ("Colloid", "교질액"),
    "whole_blood": ("Whole blood", "전혈"),
    "red_cells": ("Packed red cells", "농축 적혈구"),
}
"""Fluids and blood, and what they are called in English and Korean."""


def labels(name: str) -> tuple[str, str] | None:
    """What a drug or a fluid is called, in English and Korean; nothing of what is neither."""
    return (DRUGS[name].label, DRUGS[name].label_ko) if name in DRUGS else FLUIDS.get(name)
