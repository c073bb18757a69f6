"""What is known about a drug, read from its file.

Amounts are mg, volumes L, times minutes; concentrations mg/L. A number may be arithmetic over the covariates of
`person` and over what was computed before it, in the order of the file.
"""

import dataclasses
import math
import pathlib
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from twinbed.vocab.drugs.arithmetic import evaluate
from twinbed.vocab.names import meant

Expression = str | float

PARAMETERS = ("v1", "v2", "v3", "clearance", "q2", "q3", "ke0", "production")
"""Of a mammillary model: volumes, clearances, the rate of the site of effect, and what the body makes itself."""
_ABOVE_ZERO = ("v1", "v2", "v3", "clearance", "ke0")
_PARAMETERS_AT_REST: dict[str, Expression] = {"v2": 1.0, "v3": 1.0, "q2": 0.0, "q3": 0.0, "production": 0.0}

FACTORS = ("resistance", "contractility", "bispectral_index", "ventilatory_drive", "hypoxic_drive", "airway_patency",
           "diaphragm_strength", "train_of_four", "diuresis", "sympathetic_tone", "breathing_pace")  # fmt: skip
"""What an effect multiplies by 1 + its size."""
SHARES = ("vagal_block", "reflex_depression", "metabolic_depression", "dyspnoea_relief")
"""What is a share taken away: shares of different receptors leave the product of what each leaves."""
SUMS = {"heart_rate": "/min", "venous_shift": "mL", "drive_threshold": "mm[Hg]"}
"""What an effect adds to, and its unit."""
EXPOSURES = ("analgesia",)
"""Concentrations in units of one drug's, which a model of their own takes up; they have no `emax`."""
TARGETS = (*FACTORS, *SHARES, *SUMS, *EXPOSURES)


class DrugError(ValueError):
    """A drug's file that cannot be used; the message says where and what is expected."""


@dataclasses.dataclass(frozen=True)
class Site:
    """A place where a concentration follows that of plasma, or of the site `after`, at a rate per minute."""

    name: str
    rate: Expression
    source: str
    after: str = "plasma"


@dataclasses.dataclass(frozen=True)
class Effect:
    """What a concentration does to a target: `emax` U^gamma / (1 + U^gamma).

    U adds up what all drugs on one `surface` have, each in units of its `ec50`; `emax` and `gamma` are the means of
    theirs by units. `receptor` is what a blocker blocks. `gamma_above` holds where U is above 1.
    """

    on: str
    receptor: str
    ec50: Expression
    source: str
    emax: Expression = 1.0
    gamma: Expression = 1.0
    gamma_above: Expression | None = None
    surface: str | None = None
    site: str = "effect"


@dataclasses.dataclass(frozen=True)
class Block:
    """A competitive antagonist: it divides what agonists at a receptor have by 1 + concentration / `kb`."""

    receptor: str
    kb: Expression
    source: str
    site: str = "effect"


@dataclasses.dataclass(frozen=True)
class Boost:
    """A drug that makes agonists at a receptor more potent on a target: 1 + `emax` C / (`ec50` + C) times."""

    receptor: str
    on: str
    emax: Expression
    ec50: Expression
    source: str
    site: str = "effect"


@dataclasses.dataclass(frozen=True)
class Binding:
    """A drug that takes up another in plasma, molecule by molecule, and out of its site of effect."""

    guest: str
    kd: Expression
    """Concentration at which half is bound, umol/L."""
    off: Expression
    """How fast the complex falls apart, 1/min."""
    removal: Expression
    """How fast it clears the guest's site of effect, 1/min per umol/L."""
    source: str


@dataclasses.dataclass(frozen=True)
class Slowing:
    """The plasma concentration of another drug changes the clearance: exp(`slope` times mg/L)."""

    by: str
    slope: Expression
    source: str


@dataclasses.dataclass(frozen=True)
class Kinetics:
    """One published model of how the drug spreads, and the effects that were estimated with it.

    `variability` holds variances of logarithms between people, of a parameter by its name and of an effect's `ec50`
    by the name of what it acts on; `correlations` are those of the logarithms.
    """

    name: str
    source: str
    where: Mapping[str, Expression]
    parameters: Mapping[str, Expression]
    variability: Mapping[str, float]
    correlations: tuple[tuple[str, str, float], ...]
    effects: tuple[Effect, ...]

    def values(self, names: Mapping[str, float]) -> dict[str, float]:
        """The parameters of a person.

        Raises:
            ExpressionError: the file asks for something that this person has not.
            DrugError: the person lies outside of the model: a volume or rate is not above zero, an exchange below it.
        """
        known = dict(names)
        for name, expression in (*self.where.items(), *self.parameters.items()):
            known[name] = evaluate(expression, known)
        values = {name: known[name] for name in PARAMETERS}
        for name, value in values.items():
            if not 0.0 <= value < math.inf or (name in _ABOVE_ZERO and value == 0.0):
                who = ", ".join(f"{n} {names[n]:g}" for n in ("age", "weight", "height") if n in names)
                raise DrugError(f"kinetics {self.name}: {name} is {value:.3g} at {who}; choose a model made for them")
        return values


@dataclasses.dataclass(frozen=True)
class Drug:
    """A drug as its file describes it."""

    name: str
    label: str
    label_ko: str
    atc: str | None
    molar_mass: float
    """g/mol of what a dose counts in mg."""
    highest_rate: float
    """The highest plausible rate, mg/min; a bolus is given within a second."""
    highest: float
    """The highest plausible concentration, mg/L."""
    units_per_mg: float | None
    """How many international units a mg has, of a drug that people prescribe in units."""
    default: str
    kinetics: Mapping[str, Kinetics]
    sites: tuple[Site, ...]
    effects: tuple[Effect, ...]
    blocks: tuple[Block, ...]
    boosts: tuple[Boost, ...]
    binding: Binding | None
    slowing: tuple[Slowing, ...]

    def model(self, name: str | None = None) -> Kinetics:
        """A model of its kinetics, the default without a name. Raises `DrugError` for an unknown one."""
        wanted = name or self.default
        if wanted not in self.kinetics:
            raise DrugError(f"{self.name} has no kinetics {wanted!r}; there is {', '.join(self.kinetics)}")
        return self.kinetics[wanted]


def read_drug(path: pathlib.Path) -> Drug:
    """The drug of a file; its name is the file's.

    Raises:
        DrugError: the file cannot be read, or says something unknown or too little.
    """
    where = path.name
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DrugError(f"{where}: {error}") from None
    table = _Table(where, found)
    kinetics = {name: _kinetics(_Table(f"{where}, kinetics {name}", t), name) for name, t in table.tables("kinetics")}
    binding = table.take("binding", None)
    drug = Drug(
        name=path.stem,
        label=table.take("label"),
        label_ko=table.take("label_ko"),
        atc=table.take("atc", None),
        molar_mass=float(table.take("molar_mass")),
        highest_rate=float(table.take("highest_rate")),
        highest=float(table.take("highest")),
        units_per_mg=table.take("units_per_mg", None),
        default=table.take("default", next(iter(kinetics), "")),
        kinetics=kinetics,
        sites=tuple(_Table(f"{where}, site {n}", {"name": n, **t}).record(Site) for n, t in table.tables("sites")),
        effects=_effects(where, table.take("effects", [])),
        blocks=tuple(_Table(f"{where}, blocks", t).record(Block) for t in table.take("blocks", [])),
        boosts=tuple(_Table(f"{where}, boosts", t).record(Boost) for t in table.take("boosts", [])),
        binding=None if binding is None else _Table(f"{where}, binding", binding).record(Binding),
        slowing=tuple(_Table(f"{where}, slowing", t).record(Slowing) for t in table.take("slowing", [])),
    )
    table.done()
    _check(drug, where)
    return drug


def _kinetics(table: "_Table", name: str) -> Kinetics:
    given = {key: table.take(key) for key in [*table.values] if key in PARAMETERS}
    missing = [p for p in PARAMETERS if p not in given and p not in _PARAMETERS_AT_REST]
    if missing:
        raise DrugError(f"{table.where}: {', '.join(missing)} is missing")
    model = Kinetics(
        name=name,
        source=table.take("source"),
        where=table.take("where", {}),
        parameters={**given, **{p: v for p, v in _PARAMETERS_AT_REST.items() if p not in given}},
        variability=table.take("variability", {}),
        correlations=tuple((str(a), str(b), float(r)) for a, b, r in table.take("correlations", [])),
        effects=_effects(table.where, table.take("effects", [])),
    )
    table.done()
    return model


def _effects(where: str, tables: Iterable[dict[str, Any]]) -> tuple[Effect, ...]:
    return tuple(_Table(f"{where}, effects", t).record(Effect) for t in tables)


def _check(drug: Drug, where: str) -> None:
    """Names within a file fit each other."""
    if not drug.kinetics:
        raise DrugError(f"{where}: it needs a table [kinetics.<model>]")
    drug.model()
    if drug.units_per_mg is not None and not drug.units_per_mg > 0.0:
        raise DrugError(f"{where}: units_per_mg is {drug.units_per_mg}; it must be above zero, or be left out")
    acting = [*drug.effects, *(e for k in drug.kinetics.values() for e in k.effects), *drug.boosts]
    sites = {"plasma", "effect", *(s.name for s in drug.sites)}
    _known(where, "target", [one.on for one in acting], TARGETS)
    _known(where, "site", [*(e.site for e in (*acting, *drug.blocks)), *(s.after for s in drug.sites)], sites)
    for model in drug.kinetics.values():
        varying = {*PARAMETERS, *(e.on for e in (*drug.effects, *model.effects))}
        correlated = [name for a, b, _ in model.correlations for name in (a, b)]
        _known(where, "parameter", [*model.variability, *correlated], varying)


def _known(where: str, what: str, names: Iterable[str], known: Iterable[str]) -> None:
    for name in names:
        if name not in known:
            raise DrugError(f"{where}: unknown {what} {name!r}{_nearest(name, known)}")


def _nearest(name: str, known: Iterable[str]) -> str:
    every = sorted(known)
    return "; " + meant(name, every, otherwise=f"there is {', '.join(every)}")


class _Table:
    """A table of a file whose keys are all to be taken."""

    def __init__(self, where: str, values: Mapping[str, Any]):
        self.where = where
        self.values = dict(values)

    def take(self, key: str, *default: Any) -> Any:
        if key not in self.values:
            if default:
                return default[0]
            raise DrugError(f"{self.where}: {key} is missing")
        return self.values.pop(key)

    def tables(self, key: str) -> list[tuple[str, dict[str, Any]]]:
        return list(self.take(key, {}).items())

    def record(self, cls: type) -> Any:
        """An instance of a dataclass, by its fields."""
        fields = {f.name: f for f in dataclasses.fields(cls)}
        given = {key: self.take(key) for key in [*self.values] if key in fields}
        self.done(fields)
        missing = [n for n, f in fields.items() if n not in given and f.default is dataclasses.MISSING]
        if missing:
            raise DrugError(f"{self.where}: {', '.join(missing)} is missing")
        return cls(**given)

    def done(self, known: Iterable[str] = ()) -> None:
        for key in self.values:
            raise DrugError(f"{self.where}: unknown key {key!r}" + (_nearest(key, known) if known else ""))
