"""What one definition of calm and flare finds: who settled, what came back, and the hazard ratios of coming back."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.intervals import student_interval
from lowback.estimators.recurrence.calibration import calibrated
from lowback.estimators.recurrence.counting import AtRisk, at_risk
from lowback.estimators.recurrence.hazard import recurrent_hazard
from lowback.estimators.recurrence.proportional import constant_ratio_test
from lowback.outcomes.scores import Array
from lowback.outcomes.settling import AtSettling
from lowback.outcomes.spell_definitions import definition_in_words
from lowback.outcomes.spell_records import LONGEST_GAP_DAYS, Flags, Records
from lowback.outcomes.spells import Recurrences, recurrences
from lowback.study import Estimand, Spells

# Fewer returns than this tell nothing of what they go with; orders of return with fewer are taken together.
FEWEST_RETURNS = 10
# With fewer people than this the intervals of hazard ratios cover some points less than they say (docs/spells-and-doses.md).
FEW_PEOPLE = 50
MODELS = ("any return", "by order of return")

Row = tuple[dict[str, object], dict[str, object]]


@dataclass(frozen=True, eq=False)
class DefinitionFound:
    """The rows of one definition (keys and estimates), and in words what could not be estimated and whether ratios stay the same."""

    spells: Recurrences
    rows: list[Row] = field(default_factory=list)
    why_none: str = ""
    said_of_proportions: str = ""

    @property
    def name(self) -> str:
        """What the definition is called."""
        return self.spells.definition.name

    @property
    def returns(self) -> int:
        """How many flares came after settling."""
        return int(self.spells.event.sum())

    @property
    def definition_in_words(self) -> str:
        """The definition as a sentence has it."""
        at_first = "; whoever is between the two at first counts from the first that is either on"
        said = at_first if self.spells.began_between else ""
        return f"“{self.name}” ({definition_in_words(self.spells.definition)}{said})"


def said_of_gaps(records: Records) -> str:
    """The rule for gaps, and how often it was needed."""
    gaps = int(records.begins.sum()) - len(set(records.person.tolist()))
    if records.of_visits:
        rule = (
            "A missed visit is not a calm one: what lay between its neighbours is not counted as time at risk"
        )
    else:
        rule = (
            f"A gap is not calm: between check-ins more than {LONGEST_GAP_DAYS:g} days apart nobody is at risk, and who comes back has to be "
            "seen calm anew"
        )
    return f"{rule} ({gaps} gaps)"


def found_by(
    records: Records, definition: Spells, settled: AtSettling | None, estimand: Estimand
) -> DefinitionFound:
    """Counts and, where an exposure is asked for, hazard ratios under one definition."""
    spells = recurrences(records, definition)
    rows = _counts(spells)
    if not spells.event.any():
        reason = (
            "nobody came to be settled" if not len(spells.person) else "nobody had a flare after settling"
        )
        return DefinitionFound(spells, rows, reason)
    if settled is None:
        return DefinitionFound(spells, rows)
    exposure = settled.exposure_at(spells.person, spells.start)
    kept = ~np.isnan(exposure) & settled.complete[spells.person]
    if int(spells.event[kept].sum()) < FEWEST_RETURNS:
        few = f"only {int(spells.event[kept].sum())} returns are known with {settled.exposure.label} at settling"
        return DefinitionFound(spells, rows, f"{few}, too few for a hazard ratio")
    try:
        ratios, said = _ratios(spells, exposure, kept, settled, estimand)
    except NotEstimable as refused:
        return DefinitionFound(spells, rows, f"no hazard ratio can be had: {refused}")
    return DefinitionFound(spells, rows + ratios, "", said)


def _counts(spells: Recurrences) -> list[Row]:
    people = len(set(spells.person.tolist()))
    numbers = {
        "people settled": (people, "participants"),
        "returns": (int(spells.event.sum()), "returns"),
        "time at risk": (float((spells.stop - spells.start).sum()), "days"),
    }
    if spells.began_between:
        numbers["people at first between flare and calm"] = (spells.began_between, "participants")
    name = spells.definition.name
    return [
        (
            {"definition": name, "statistic": statistic},
            {
                "term": f"{name}: {statistic}",
                "estimate": value,
                "unit": unit,
                "n_participants": value if unit == "participants" else people,
            },
        )
        for statistic, (value, unit) in numbers.items()
    ]


def _ratios(
    spells: Recurrences, exposure: Array, kept: Flags, settled: AtSettling, estimand: Estimand
) -> tuple[list[Row], str]:
    """Hazard ratios by both models, corrected and as measured, and a test of each model's one ratio for all times."""
    person = spells.person[kept]
    design = np.column_stack([exposure[kept], settled.columns[person]])
    first = np.unique(person, return_index=True)[1]
    rows: list[Row] = []
    said = ""
    for model in MODELS:
        risk = _at_risk(spells, kept, model)
        fit = recurrent_hazard(risk, design, names=(settled.exposure.name, *settled.names))
        if fit.df[0] < 1:
            raise NotEstimable(f"{fit.people} people for {len(fit.names)} columns")
        corrected = calibrated(
            fit.coefficients, fit.covariance, design[first], settled.errors, names=[settled.exposure.label]
        )
        pairs = {"corrected": corrected, "as measured": (fit.coefficients, fit.covariance)}
        for correction, (slopes, covariance) in pairs.items():
            ratio = _ratio(
                float(slopes[0]), float(covariance[0, 0]) ** 0.5, float(fit.df[0]), estimand.per or 1.0
            )
            rows.append(
                _ratio_row(spells, model, correction, ratio, settled, estimand.per or 1.0, fit.people)
            )
        statistic, p = constant_ratio_test(fit, risk, design)
        if np.isfinite(p[0]):
            rows.append(_test_row(spells, model, float(statistic[0]), float(p[0]), fit.people))
        if model == MODELS[0] and p[0] < 0.05:
            said = (
                f"Under “{spells.definition.name}” the ratio may change with time (p = {p[0]:.2g} for a straight line), "
                "so it is an average over the time seen"
            )
    people = len(first)
    if people < FEW_PEOPLE:
        few = f"with {people} people under “{spells.definition.name}” intervals of the ratio are somewhat too narrow"
        said = f"{said}; {few}" if said else few[:1].upper() + few[1:]
    return rows, said


def _at_risk(spells: Recurrences, kept: Flags, model: str) -> AtRisk:
    start, stop, event, person = (
        one[kept] for one in (spells.start, spells.stop, spells.event, spells.person)
    )
    if model == MODELS[0]:
        return at_risk(start, stop, event, person)
    number = spells.number[kept]
    # A stratum with hardly an event tells nothing; later returns are taken together.
    most = max([one for one in np.unique(number) if event[number >= one].sum() >= FEWEST_RETURNS], default=1)
    return at_risk(np.zeros(len(start)), stop - start, event, person, np.minimum(number, most))


def _ratio(slope: float, error: float, df: float, per: float) -> dict[str, float]:
    """The hazard ratio per so many units, with an interval that is symmetrical on the logarithm."""
    found = student_interval(slope * per, error * per, df)
    ends = {name: float(np.exp(found[name])) for name in ("estimate", "conf_low", "conf_high")}
    return {**found, **ends, "std_error": ends["estimate"] * found["std_error"]}


def _ratio_row(
    spells: Recurrences,
    model: str,
    correction: str,
    ratio: dict[str, float],
    settled: AtSettling,
    per: float,
    people: int,
) -> Row:
    name = spells.definition.name
    key: dict[str, object] = {
        "definition": name,
        "statistic": "hazard ratio",
        "model": model,
        "correction": correction,
    }
    unit = f"hazard ratio per {per:g} {settled.exposure.unit}"
    return key, {"term": f"{name}: {model}, {correction}", "unit": unit, "n_participants": people, **ratio}


def _test_row(spells: Recurrences, model: str, statistic: float, p: float, people: int) -> Row:
    name = spells.definition.name
    key: dict[str, object] = {
        "definition": name,
        "statistic": "test of one ratio for all times",
        "model": model,
    }
    numbers = {"estimate": statistic, "df": 1.0, "p_value": p}
    return key, {
        "term": f"{name}: {model}, does the ratio change with time",
        "unit": "chi-square",
        "n_participants": people,
        **numbers,
    }
