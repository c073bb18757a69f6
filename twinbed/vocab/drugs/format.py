"""What is known about a drug, read from its file.

Amounts are mg, volumes L, times minutes; concentrations mg/L. A number may be arithmetic over the covariates of
`person` and over what was computed before it, in the order of the file.
"""

import dataclasses
import math
import pathlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from twinbed.vocab.drugs.arithmetic import evaluate
from twinbed.vocab.errors import DrugError
from twinbed.vocab.names import meant

Expression = str | float

PARAMETERS = ("v1", "v2", "v3", "clearance", "q2", "q3", "ke0", "production", "path")
"""Of a mammillary model: volumes, clearances, the rate of the site of effect, what the body makes itself, and the
litres of blood between vein and artery that a dose crosses first (none where published times count from there)."""
_ABOVE_ZERO = ("v1", "v2", "v3", "clearance", "ke0")
_PARAMETERS_AT_REST: dict[str, Expression] = {"v2": 1.0, "v3": 1.0, "q2": 0.0, "q3": 0.0, "production": 0.0,
                                             "path": 0.0}  # fmt: skip

FACTORS = ("resistance", "contractility", "bispectral_index", "ventilatory_drive", "hypoxic_drive", "airway_patency",
           "diaphragm_strength", "train_of_four", "diuresis", "sympathetic_tone", "breathing_pace")  # fmt: skip
"""What an effect multiplies by 1 + its size."""
SHARES = ("vagal_block", "reflex_depression", "metabolic_depression", "dyspnoea_relief", "bronchodilation")
"""What is a share taken away: shares of different receptors leave the product of what each leaves."""
SUMS = {"heart_rate": "/min", "venous_shift": "mL", "drive_threshold": "mm[Hg]"}
"""What an effect adds to, and its unit."""
EXPOSURES = ("analgesia",)
"""Concentrations in units of one drug's, which a model of their own takes up; they have no `emax`."""
TARGETS = (*FACTORS, *SHARES, *SUMS, *EXPOSURES)

RECEPTORS = ("alpha_1", "beta_1", "beta_2", "gaba_a", "mu", "muscarinic", "nicotinic", "nicotinic_depolarised", "nmda",
             "resting_tone", "sodium_potassium_chloride", "sympathetic_outflow", "v_1")  # fmt: skip
"""What drugs act on; a file that acts on something else lists it: `receptors = ["dopamine_1"]`."""
SURFACES = ("hypnosis",)
"""On which drugs of different receptors add up; else those of one receptor do."""


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
    theirs by units. `receptor` is what a blocker blocks. `gamma_above` holds where U is above 1. Of what tightens
    vessels `hyporeactivity` says how much of what disease takes of their answer it takes of this one: 1 all of it
    (so if left out), 0 nothing, below 0 the ill answer more than the healthy.
    """

    on: str
    receptor: str
    ec50: Expression
    source: str
    emax: Expression = 1.0
    gamma: Expression = 1.0
    gamma_above: Expression | None = None
    hyporeactivity: Expression | None = None
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
    receptors: tuple[str, ...]
    """What it acts on beside `RECEPTORS`, as the file lists on purpose."""

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
        table = _Table(where, tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DrugError(f"{where}: {error}") from None
    except OSError as error:
        raise DrugError(f"{path} cannot be read: {error.strerror}") from None
    kinetics = {name: _kinetics(t, name) for name, t in table.tables("kinetics").items()}
    drug = Drug(
        name=path.stem,
        label=(label := table.text("label")),
        label_ko=table.text("label_ko", label),
        atc=table.text("atc", None),
        molar_mass=table.number("molar_mass"),
        highest_rate=table.number("highest_rate"),
        highest=table.number("highest"),
        units_per_mg=table.number("units_per_mg", None),
        default=table.text("default", next(iter(kinetics), "")),
        kinetics=kinetics,
        sites=tuple(t.record(Site, name=name) for name, t in table.tables("sites").items()),
        effects=table.records("effects", Effect),
        blocks=table.records("blocks", Block),
        boosts=table.records("boosts", Boost),
        binding=table.table("binding").record(Binding) if "binding" in table.values else None,
        slowing=table.records("slowing", Slowing),
        receptors=table.texts("receptors"),
    )
    table.done({f.name for f in dataclasses.fields(Drug)} - {"name"})
    return drug


def _kinetics(table: "_Table", name: str) -> Kinetics:
    given = {key: table.expression(key) for key in [*table.values] if key in PARAMETERS}
    missing = [p for p in PARAMETERS if p not in given and p not in _PARAMETERS_AT_REST]
    if missing:
        raise DrugError(f"{table.where}: {', '.join(missing)} is missing")
    where, variability = table.table("where"), table.table("variability")
    model = Kinetics(
        name=name,
        source=table.text("source"),
        where={key: where.expression(key) for key in [*where.values]},
        parameters={**given, **{p: v for p, v in _PARAMETERS_AT_REST.items() if p not in given}},
        variability={key: variability.number(key) for key in [*variability.values]},
        correlations=table.correlations(),
        effects=table.records("effects", Effect),
    )
    table.done((*PARAMETERS, *(f.name for f in dataclasses.fields(Kinetics))))
    return model


def nearest(name: str, known: Iterable[str]) -> str:
    """What may be meant by a name that is none of those known."""
    every = sorted(known)
    return "; " + meant(name, every, otherwise=f"there is {', '.join(every)}")


class _Table:
    """A table of a file whose keys are all to be taken."""

    def __init__(self, where: str, values: Any):
        if not isinstance(values, dict):
            raise DrugError(f"{where}: expected a table, found {values!r}")
        self.where = where
        self.values: dict[str, Any] = {**values}

    def _take(self, key: str, kind: Any, expected: str, default: Sequence[Any]) -> Any:
        if key not in self.values:
            if default:
                return default[0]
            raise DrugError(f"{self.where}: {key} is missing")
        value = self.values.pop(key)
        value = float(value) if type(value) is int and kind is not list else value
        if not isinstance(value, kind) or (isinstance(value, float) and not math.isfinite(value)):
            raise DrugError(f"{self.where}: {key}: expected {expected}, found {value!r}")
        return value

    def text(self, key: str, *default: Any) -> Any:
        return self._take(key, str, "a text", default)

    def number(self, key: str, *default: Any) -> Any:
        return self._take(key, float, "a number", default)

    def expression(self, key: str) -> Expression:
        return self._take(key, float | str, "a number or arithmetic", ())

    def texts(self, key: str) -> tuple[str, ...]:
        found = self._take(key, list, "a list of texts", ([],))
        if not all(isinstance(one, str) for one in found):
            raise DrugError(f"{self.where}: {key}: expected a list of texts, found {found!r}")
        return tuple(found)

    def correlations(self) -> tuple[tuple[str, str, float], ...]:
        found = self._take("correlations", list, 'a list of ["v1", "clearance", 0.5]', ([],))
        try:
            pairs = tuple((str(a), str(b), float(r)) for a, b, r in found)
        except (TypeError, ValueError):
            raise DrugError(f'{self.where}: correlations: expected ["v1", "clearance", 0.5] of each') from None
        for a, b, value in pairs:
            if a == b or not -1.0 < value < 1.0:
                raise DrugError(
                    f"{self.where}: correlations: {a}, {b}: expected two names and what is between -1 and 1"
                )
        return pairs

    def table(self, key: str) -> "_Table":
        return _Table(f"{self.where}, {key}", self._take(key, object, "", ({},)))

    def tables(self, key: str) -> dict[str, "_Table"]:
        return {name: _Table(f"{self.where}, {key}.{name}", values) for name, values in self.table(key).values.items()}

    def records(self, key: str, cls: type) -> tuple[Any, ...]:
        """Dataclasses of a list of tables, `[[key]]`."""
        found = self._take(key, list, f"tables [[{key}]]", ([],))
        return tuple(_Table(f"{self.where}, {key}[{i}]", values).record(cls) for i, values in enumerate(found, 1))

    def record(self, cls: type, **more: str) -> Any:
        """A dataclass, by its fields."""
        fields = {f.name: f for f in dataclasses.fields(cls)}
        texts = {name for name, f in fields.items() if f.type in (str, str | None)}
        mine = [key for key in self.values if key in fields and key not in more]
        given = more | {key: self.text(key) if key in texts else self.expression(key) for key in mine}
        self.done(fields)
        missing = [n for n, f in fields.items() if n not in given and f.default is dataclasses.MISSING]
        if missing:
            raise DrugError(f"{self.where}: {', '.join(missing)} is missing")
        return cls(**given)

    def done(self, known: Iterable[str]) -> None:
        for key in self.values:
            raise DrugError(f"{self.where}: unknown key {key!r}{nearest(key, known)}")
