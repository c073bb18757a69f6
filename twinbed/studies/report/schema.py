"""What the sections of a report read: evidence as `reading` has laid it out for showing.

`Twins` and `DataSource` are also the shape in which evidence itself holds them, under `twins`
and `data`: a record of kind "twins" has those and no arms; a study may have both.

Every key that is not required may be absent; what needs it is then left out. Shares (time in range,
coverage, Clarke zones, MARD) are per cent, glucose is mg/dL, times of day are hours since
midnight. Units are UCUM. Labels are English; the report translates the names it knows.
"""

from typing import Any, Literal, Required, TypedDict


class Study(TypedDict, total=False):
    """What was asked."""

    name: str
    title: str
    question: str
    days: float
    warm_up_days: float
    declared: int
    analysed: int
    primary_endpoint: str
    confidence: float
    scenario: dict[str, Any]
    """As declared in the study file: meals, counting, bolusing, exercise, faults."""


class Device(TypedDict, total=False):
    """One device of an arm, in the order in which signals pass."""

    name: str
    device: str
    """Its id, such as `devices/software/pid`."""
    role: Literal["sensor", "person", "software", "actuator"]
    period_s: float
    settings: dict[str, Any]
    wrap: list["Layer"]
    """Faults and safety layers around it, innermost first."""


class Layer(TypedDict, total=False):
    """A fault or a safety layer around a device."""

    device: str
    settings: dict[str, Any]


class Link(TypedDict, total=False):
    """A signal from one part to another; what is no device of the arm is the patient."""

    source: str
    target: str
    signal: str


class Arm(TypedDict, total=False):
    """One therapy."""

    name: Required[str]
    title: str
    devices: list[Device]
    links: list[Link]


class Spread(TypedDict, total=False):
    """A number over people: give `mean` and what is known, or `counts` of categories."""

    mean: float
    sd: float
    min: float
    max: float
    unit: str
    label: str
    counts: dict[str, int]


class Cohort(TypedDict, total=False):
    """A group of patients, virtual or twins of real people."""

    id: str
    title: str
    kind: Literal["population", "twins"]
    n: int
    persons: int
    """Real people behind the twins, each of whom may have several."""
    model: str
    rejected: int
    """Sampled patients refused as physiologically implausible before the study."""
    source: str
    demographics: dict[str, Spread]


class Endpoint(TypedDict, total=False):
    """One endpoint over the patients of an arm."""

    mean: float
    sd: float
    median: float
    ci: list[float]
    unit: str
    label: str
    n: int


class Ranges(TypedDict, total=False):
    """Mean share of time in the five consensus ranges, per cent, summing to 100."""

    very_low: float
    low: float
    target: float
    high: float
    very_high: float


class Profile(TypedDict, total=False):
    """Percentiles of glucose by time of day, mg/dL."""

    time_h: Required[list[float]]
    p05: list[float]
    p25: list[float]
    p50: Required[list[float]]
    p75: list[float]
    p95: list[float]


class Comparison(TypedDict, total=False):
    """The mean paired difference arm - reference of one endpoint, with its 95 % interval."""

    endpoint: str
    label: str
    arm: str
    reference: str
    by: str
    part: str
    """The patients it is restricted to, where it is restricted, and by what they are divided."""
    estimate: float
    ci_low: float
    ci_high: float
    unit: str
    n: int
    p: float
    test: Literal["superiority", "non-inferiority", "descriptive"]
    margin: float
    """Positive; for superiority 0 or absent."""
    better: Literal["higher", "lower"]
    verdict: Literal["superior", "non-inferior", "inferior", "open", "adjusted"]
    """`inferior`: the whole interval favours the reference. `adjusted`: the interval alone would
    show it, but not after adjustment for several comparisons."""
    role: Literal["primary", "secondary", "descriptive"]


class AdverseEvent(TypedDict, total=False):
    """Events of one kind in one arm."""

    arm: str
    kind: str
    label: str
    events: float
    patients: int
    n_patients: int
    per_patient_week: float


class Excluded(TypedDict, total=False):
    """A patient whose run left the plausible range and is in no mean."""

    id: str
    arm: str
    rule: str
    label: str
    day: float


class Points(TypedDict, total=False):
    """The primary endpoint of some patients in every arm, evenly picked."""

    endpoint: str
    unit: str
    shown: int
    of: int
    values: dict[str, list[float | None]]


class Sample(TypedDict, total=False):
    """Days of one virtual patient in every arm."""

    id: Required[str]
    time_h: Required[list[float]]
    glucose: Required[dict[str, list[float | None]]]


class Accuracy(TypedDict, total=False):
    """How near a twin comes to the sensor."""

    rmse: float
    mard: float
    bias: float
    clarke_ab: float
    clarke: dict[str, float]
    """Shares of the zones A to E."""
    coverage: float
    """Share of readings within the 90 % band."""
    tir_predicted: float
    tir_observed: float
    tbr_predicted: float
    tbr_observed: float
    readings: int


class Person(TypedDict, total=False):
    """The twin of one person. `fit` is on the days used, `prediction` on days held out."""

    title: str
    data: str
    days: int
    fit: Accuracy
    prediction: Accuracy
    cpu_s: float
    """Processor time for each fitted day."""


class Mark(TypedDict, total=False):
    """A meal (g of carbohydrate) or a bolus (units of insulin)."""

    time_h: Required[float]
    amount: Required[float]


class Example(TypedDict, total=False):
    """One day of one person: what the sensor read and what the twin says."""

    subject: str
    day: str
    kind: Literal["fitted", "predicted"]
    time_h: Required[list[float]]
    measured: list[float | None]
    fitted: list[float]
    predicted: list[float]
    """Known before the day was seen; where both are given, both are drawn and the band is of this."""
    lower: list[float]
    upper: list[float]
    meals: list[Mark]
    boluses: list[Mark]


class Baseline(TypedDict, total=False):
    """Another way to predict the same days, for scale."""

    title: str
    rmse: float
    mard: float
    bias: float
    clarke_ab: float
    coverage: float
    n: int


class WhatIf(TypedDict, total=False):
    """A twin's day replayed with one thing changed."""

    subject: str
    day: str
    title: str
    time_h: Required[list[float]]
    factual: list[float]
    counterfactual: list[float]
    lower: list[float]
    upper: list[float]
    effects: list["Effect"]


class Effect(TypedDict, total=False):
    """One endpoint of a what-if with and without the change, mean and 90 % interval."""

    endpoint: str
    label: str
    unit: str
    factual: float
    counterfactual: float
    lower: float
    upper: float
    """Interval of the difference counterfactual - factual."""


class Twins(TypedDict, total=False):
    """The twins of real people."""

    people: dict[str, Person]
    pooled: Accuracy
    """All people together, on days held out."""
    pooled_fit: Accuracy
    """All people together, on days used for the fit; only where no day was held out."""
    baselines: dict[str, Baseline]
    examples: list[Example]
    grid_pairs: list[list[float]]
    """[measured, predicted] of held-out readings, mg/dL."""
    what_if: list[WhatIf]


class DataSource(TypedDict, total=False):
    """Real recordings that were used."""

    title: str
    citation: str
    doi: str
    licence: str


class File(TypedDict, total=False):
    """A file that went in, by its hash."""

    name: str
    sha256: str


class Provenance(TypedDict, total=False):
    """What is needed to make the same numbers again."""

    facts: dict[str, str | int | float]
    """Seed, hash of the study, when it ran and for how long, by name."""
    versions: dict[str, str]
    methods: dict[str, str | float]
    files: list[File]
    data: list[DataSource]


class Record(TypedDict, total=False):
    """Everything that is shown."""

    study: Study
    arms: list[Arm]
    cohorts: list[Cohort]
    endpoints: dict[str, dict[str, Endpoint]]
    time_in_range: dict[str, Ranges]
    agp: dict[str, Profile]
    comparisons: list[Comparison]
    subgroups: list[Comparison]
    sensitivity: list[Comparison]
    points: Points
    samples: list[Sample]
    adverse_events: list[AdverseEvent]
    excluded: list[Excluded]
    twins: Twins
    cautions: list[str]
    provenance: Provenance
