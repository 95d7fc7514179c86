"""The question: design, arms, visits, covariates and estimands, read from a study file and refused when it contradicts itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lowback.checked_yaml import ConfigurationError, read_checked, unknown_name
from lowback.variables import Variable

Design = Literal["randomised trial", "cohort", "cross-sectional", "single arm"]
SummaryMeasure = Literal["mean difference", "risk difference", "slope"]
Strategy = Literal["treatment policy", "hypothetical", "composite", "while on treatment", "principal stratum"]
Positive = Annotated[float, Field(gt=0)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class StudyError(ConfigurationError):
    """A study that contradicts itself or asks for what the cohort lacks."""


class Responder(_Model):
    """What counts as having got better; exactly one key is given.

    `fall_percent` is a fall since baseline in percent of baseline, `fall_points` a fall in the outcome's unit, `at_most` a
    score not exceeded at the visit; `minimal_important_change: true` takes the fall from the data dictionary.
    """

    fall_percent: Annotated[float, Field(gt=0, le=100)] | None = None
    fall_points: Positive | None = None
    at_most: float | None = None
    minimal_important_change: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_definition(self) -> Responder:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"give exactly one of {', '.join(type(self).model_fields)}; given: {given or 'none'}"
            )
        return self


class Eligibility(_Model):
    """One rule of who may be analysed, on a variable recorded at or before baseline."""

    variable: str
    reason: str
    at_least: float | None = None
    at_most: float | None = None
    equals: str | float | bool | None = None


class Estimand(_Model):
    """What is to be estimated: population, arms or exposure, outcome and visit, intercurrent events, summary measure.

    `arms` are each compared with `compared_with` (both default to the study's). `smallest_worthwhile` is the smallest
    difference that would matter, in the outcome's unit (a risk difference: in proportions).
    """

    name: str
    summary: SummaryMeasure
    outcome: str
    population: Literal["all randomised", "all participants"] = "all participants"
    week: float | None = None
    arms: tuple[str, ...] = ()
    compared_with: str | None = None
    exposure: str | None = None
    per: Positive | None = None
    responders: tuple[Responder, ...] = ()
    missing_outcome: Literal["missing", "not responded"] = "missing"
    intercurrent_events: Mapping[str, Strategy] = Field(default_factory=dict)
    smallest_worthwhile: Positive | None = None

    @model_validator(mode="after")
    def _has_what_its_summary_needs(self) -> Estimand:
        needs = {
            "mean difference": ("week",),
            "risk difference": ("week", "responders"),
            "slope": ("exposure", "per"),
        }
        for key in needs[self.summary]:
            if getattr(self, key) in (None, ()):
                raise ValueError(f"estimand {self.name!r}: a {self.summary} needs the key {key!r}")
        foreign = (
            {"exposure", "per"}
            if self.summary != "slope"
            else {"week", "responders", "arms", "compared_with"}
        )
        if self.summary == "mean difference":
            foreign |= {"responders"}
        for key in sorted(foreign & self.model_fields_set):
            raise ValueError(f"estimand {self.name!r}: the key {key!r} has no meaning for a {self.summary}")
        return self


class Study(_Model):
    """One study's design and the estimands it declares; the first of a kind is the primary one."""

    title: str
    design: Design
    weeks: tuple[Annotated[float, Field(ge=0)], ...] = ()
    arms: tuple[str, ...] = ()
    control_arm: str | None = None
    covariates: tuple[str, ...] = ()
    eligibility: tuple[Eligibility, ...] = ()
    estimands: Annotated[tuple[Estimand, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _does_not_contradict_itself(self) -> Study:
        for problem in _contradictions(self):
            raise ValueError(problem)
        return self

    @property
    def is_randomised(self) -> bool:
        """Whether arms were assigned at random."""
        return self.design == "randomised trial"

    def estimand(self, *summaries: SummaryMeasure) -> Estimand | None:
        """The first declared estimand with one of these summary measures."""
        return next((one for one in self.estimands if one.summary in summaries), None)

    def focus(self, *names: str) -> Study:
        """The same study with these estimands only, in this order."""
        known = {one.name: one for one in self.estimands}
        for name in names:
            if name not in known:
                raise StudyError(f"no estimand {name!r} in {self.title!r}; {unknown_name(name, list(known))}")
        return self.model_copy(update={"estimands": tuple(known[name] for name in names)})

    def with_exposure(self, exposure: str) -> Study:
        """The same study with only those slopes that are on this exposure; all other estimands stay."""
        kept = tuple(one for one in self.estimands if one.summary != "slope" or one.exposure == exposure)
        return self.model_copy(update={"estimands": kept})

    def treated_arms(self, estimand: Estimand) -> tuple[str, ...]:
        """The arms that the estimand compares with its comparator."""
        return estimand.arms or tuple(arm for arm in self.arms if arm != self.comparator(estimand))

    def comparator(self, estimand: Estimand) -> str | None:
        """The arm that the others are compared with."""
        return estimand.compared_with or self.control_arm


def read_study(path: str | Path) -> Study:
    """The study that a YAML file declares; refused with file, key, value and what is allowed."""
    return read_checked(Path(path), Study)


class _Recorded(Protocol):
    """What a study needs to know of a cohort; any object with these, so that the rooms stay apart."""

    @property
    def weeks(self) -> list[float]:
        """The visits, in weeks since baseline."""

    @property
    def arms(self) -> list[str]:
        """The arms."""

    @property
    def columns(self) -> set[str]:
        """The variables recorded in any table."""

    @property
    def variables(self) -> Mapping[str, Variable]:
        """The data dictionary that describes them."""


def cohort_problems(study: Study, cohort: _Recorded) -> list[str]:
    """What the study asks for and the cohort lacks, a sentence each."""
    weeks, arms, columns = cohort.weeks, cohort.arms, cohort.columns
    problems = [
        f"no visit at week {week:g}; this cohort has weeks {_numbers(weeks)}"
        for week in _weeks_asked(study)
        if week not in weeks
    ]
    problems += [
        f"no arm {arm!r}; {unknown_name(arm, arms)}" for arm in _arms_asked(study) if arm not in arms
    ]
    for estimand in study.estimands:
        for name in filter(None, (estimand.outcome, estimand.exposure)):
            problems += _measure_problems(name, estimand, columns, cohort.variables)
    for name in (*study.covariates, *(rule.variable for rule in study.eligibility)):
        if name not in columns:
            problems.append(f"no column {name!r} in this cohort; {unknown_name(name, sorted(columns))}")
    return list(dict.fromkeys(problems))


def _contradictions(study: Study) -> list[str]:
    problems = []
    names = [one.name for one in study.estimands]
    problems += [
        f"estimand {name!r} is declared twice" for name in sorted({n for n in names if names.count(n) > 1})
    ]
    if study.control_arm is not None and study.control_arm not in study.arms:
        problems.append(
            f"control_arm = {study.control_arm!r}; {unknown_name(study.control_arm, list(study.arms))}"
        )
    if study.is_randomised and len(study.arms) < 2:
        problems.append(f"a randomised trial needs two arms or more; arms = {list(study.arms)}")
    if study.design == "single arm" and len(study.arms) > 1:
        problems.append(f"a single-arm study has one arm; arms = {list(study.arms)}")
    if len(set(study.arms)) < len(study.arms):
        problems.append(f"an arm is named twice; arms = {list(study.arms)}")
    for one in study.estimands:
        for arm in (*one.arms, *filter(None, [one.compared_with])):
            if arm not in study.arms:
                problems.append(
                    f"estimand {one.name!r}: no arm {arm!r}; {unknown_name(arm, list(study.arms))}"
                )
        comparator = study.comparator(one)
        if comparator in one.arms:
            problems.append(f"estimand {one.name!r}: arm {comparator!r} is compared with itself")
        if one.week is not None and study.weeks and one.week not in study.weeks:
            problems.append(
                f"estimand {one.name!r}: week {one.week:g} is not among the study's {_numbers(study.weeks)}"
            )
        if one.population == "all randomised" and not study.is_randomised:
            problems.append(f"estimand {one.name!r}: 'all randomised' in a design that is a {study.design}")
    return problems


def _measure_problems(
    name: str, estimand: Estimand, columns: set[str], known: Mapping[str, Variable]
) -> list[str]:
    if name not in columns:
        return [
            f"estimand {estimand.name!r}: no column {name!r} in this cohort; {unknown_name(name, sorted(columns))}"
        ]
    if not known[name].is_numeric or known[name].unit is None:
        measured = sorted(
            one for one in columns if one in known and known[one].unit and known[one].is_numeric
        )
        return [
            f"estimand {estimand.name!r}: {name!r} has no unit, so it cannot be estimated; {unknown_name(name, measured)}"
        ]
    return []


def _weeks_asked(study: Study) -> list[float]:
    return [*study.weeks, *(one.week for one in study.estimands if one.week is not None)]


def _arms_asked(study: Study) -> list[str]:
    return [*study.arms, *(arm for one in study.estimands for arm in one.arms)]


def _numbers(values: list[float] | tuple[float, ...]) -> str:
    return "[" + ", ".join(f"{value:g}" for value in values) + "]"
