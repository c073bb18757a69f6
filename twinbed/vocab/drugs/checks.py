"""Whether what a drug's file says fits together, and gives numbers for somebody."""

import keyword
from collections.abc import Iterable, Mapping

from twinbed.vocab.drugs.arithmetic import ExpressionError, evaluate
from twinbed.vocab.drugs.format import (
    PARAMETERS,
    RECEPTORS,
    SURFACES,
    TARGETS,
    Drug,
    Expression,
    Kinetics,
    nearest,
)
from twinbed.vocab.drugs.person import Person, covariates
from twinbed.vocab.errors import DrugError

_ABOVE_ZERO = ("ec50", "gamma", "gamma_above", "kb", "kd", "off", "rate")
_ARITHMETIC = (*_ABOVE_ZERO, "emax", "hyporeactivity", "removal", "slope")


def check(drug: Drug, where: str) -> None:
    """Raises `DrugError` for names that are not there, and for numbers that are none in a man of 35 years."""
    if not drug.name.isidentifier() or not drug.name.islower() or keyword.iskeyword(drug.name):
        raise DrugError(f"{where}: its name is that of signals: small letters, digits and _, such as my_drug.toml")
    if not drug.kinetics:
        raise DrugError(f"{where}: it needs a table [kinetics.<model>]")
    drug.model()
    for name in ("molar_mass", "highest_rate", "highest", "units_per_mg"):
        value = getattr(drug, name)
        if value is not None and not value > 0.0:
            raise DrugError(f"{where}: {name} is {value:g}; it must be above zero")
    _check_names(drug, where)
    for model in drug.kinetics.values():
        _check_numbers(drug, model, where)


def _check_names(drug: Drug, where: str) -> None:
    effects = [*drug.effects, *(e for k in drug.kinetics.values() for e in k.effects)]
    sites = {"plasma", "effect", *(s.name for s in drug.sites)}
    receptors = {*RECEPTORS, *drug.receptors}
    acting = [*effects, *drug.boosts]
    _known(where, "target", [one.on for one in acting], TARGETS)
    _known(where, "site", [*(e.site for e in (*acting, *drug.blocks)), *(s.after for s in drug.sites)], sites)
    listed = '; one that is not there yet is listed in the file, receptors = ["..."]'
    _known(where, "receptor", [one.receptor for one in (*acting, *drug.blocks)], receptors, listed)
    _known(where, "surface", [e.surface for e in effects if e.surface], {*SURFACES, *receptors}, listed)
    for one in effects:
        if one.on != "resistance" and one.hyporeactivity is not None:
            raise DrugError(f"{where}: hyporeactivity is that of vessels; {one.on} has none, resistance has")
    for model in drug.kinetics.values():
        place = f"{where}, kinetics.{model.name}"
        _known(place, "parameter", model.variability, {*PARAMETERS, *(e.on for e in (*drug.effects, *model.effects))})
        _known(place, "parameter", [n for a, b, _ in model.correlations for n in (a, b)], model.variability)
        for name, variance in model.variability.items():
            if variance < 0.0:
                raise DrugError(f"{place}, variability: {name} is {variance:g}; a variance is not below zero")


def _known(where: str, what: str, names: Iterable[str], known: Iterable[str], more: str = "") -> None:
    for name in names:
        if name not in known:
            raise DrugError(f"{where}: unknown {what} {name!r}{nearest(name, known)}{more}")


def _check_numbers(drug: Drug, model: Kinetics, where: str) -> None:
    """Everything that is arithmetic, as for a man of 35 years and 70 kg."""
    names = covariates(Person())
    try:
        values = model.values(names)
    except (ExpressionError, DrugError) as error:
        raise DrugError(f"{where}, kinetics.{model.name}: {error}") from None
    known = names | values
    _numbers(f"{where}, kinetics.{model.name}, effects", model.effects, known)
    for what in ("sites", "effects", "blocks", "boosts"):
        _numbers(f"{where}, {what}", getattr(drug, what), known)
    _numbers(f"{where}, slowing", drug.slowing, names)
    _numbers(f"{where}, binding", () if drug.binding is None else (drug.binding,), names)


def _numbers(where: str, records: Iterable[object], known: Mapping[str, float]) -> None:
    for i, record in enumerate(records, 1):
        for name, given in vars(record).items():
            if name not in _ARITHMETIC or given is None:
                continue
            _number(f"{where}[{i}].{name}", given, known, above_zero=name in _ABOVE_ZERO)


def _number(where: str, given: Expression, known: Mapping[str, float], *, above_zero: bool) -> None:
    try:
        value = evaluate(given, known)
    except ExpressionError as error:
        raise DrugError(f"{where}: {error}") from None
    if above_zero and not value > 0.0:
        raise DrugError(f"{where} is {value:g}; it must be above zero")
