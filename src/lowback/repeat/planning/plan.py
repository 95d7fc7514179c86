"""A plan file: which study is planned for, what is assumed, which designs are weighed, their costs and what they must reach."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from lowback.checked_yaml import ConfigurationError
from lowback.simulate.planned.assumptions import Assumptions, NotNegative, PlanModel, Positive

Goal = Literal["difference", "equivalence", "non-inferiority"]
ANALYSES: Mapping[str, tuple[str, ...]] = {
    "mean difference": ("ancova", "slopes", "mmrm", "clda", "mixed", "equivalence"),
    "risk difference": ("responders",),
    "slope": ("within_between",),
}
"""The analyses that answer each kind of estimand; the first is planned for unless the plan names another."""
BY_ARRAYS = ("ancova", "slopes", "responders", "within_between")
"""Analyses that have an estimator for many trials at once."""
MOST_DESIGNS = 400


class PlanError(ConfigurationError):
    """A plan that contradicts itself or its study."""


def _each_once(values: tuple[int, ...]) -> tuple[int, ...]:
    if list(values) != sorted(set(values)):
        raise ValueError(f"{list(values)}: each once and in order")
    return values


Counts = Annotated[
    tuple[Annotated[int, Field(strict=True, ge=1)], ...], Field(min_length=1), AfterValidator(_each_once)
]


class Grid(PlanModel):
    """The designs weighed: every combination of participants, visits (baseline among them), raters and readings.

    Participants are all who join, in all arms. Each rater takes so many readings of a person at a visit, and their mean is recorded.
    """

    participants: Counts
    visits: Counts | None = None
    raters: Counts = (1,)
    readings: Counts = (1,)


class Costs(PlanModel):
    """What a design costs: the study once, each participant, each visit kept, each rater once, each reading taken."""

    currency: Annotated[str, Field(min_length=1)] = "units of cost"
    study: NotNegative = 0.0
    participant: NotNegative = 0.0
    visit: NotNegative = 0.0
    rater: NotNegative = 0.0
    reading: NotNegative = 0.0


class Target(PlanModel):
    """What a design must reach; exactly one key: a power or an assurance at least, or a 95 % interval no wider."""

    power: Annotated[Positive, Field(lt=1)] | None = None
    assurance: Annotated[Positive, Field(lt=1)] | None = None
    width: Positive | None = None

    @model_validator(mode="after")
    def _one_target(self) -> Target:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of power, assurance, width; given: {given or 'none'}")
        return self

    @property
    def statistic(self) -> str:
        """What is held against the target, as the result's rows name it."""
        return "power" if self.power else "assurance" if self.assurance else "interval width"

    @property
    def value(self) -> float:
        """The target's value."""
        return float(self.power or self.assurance or self.width or 0.0)


class Plan(PlanModel):
    """A plan file; `study` is relative to it.

    `estimand` is one that the study declares (default: its first), `success` what a trial has to show, and `margin` the difference that
    would matter, for equivalence and non-inferiority (default: the estimand's `smallest_worthwhile`). With `as_reported` every trial
    goes through the report's own analysis, which is slower. `allocation` says how many people join an arm for each one in an arm that it
    does not name.
    """

    title: Annotated[str, Field(min_length=1)]
    study: Path
    estimand: str | None = None
    analysis: str | None = None
    as_reported: bool = False
    success: Goal = "difference"
    margin: Positive | None = None
    last_week: Positive | None = None
    allocation: Mapping[str, Positive] = Field(default_factory=dict)
    assumptions: Assumptions
    grid: Grid
    costs: Costs = Costs()
    target: Target = Target(power=0.8)
    replicates: Annotated[int, Field(strict=True, ge=1)] = 2000
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**32)] = 1
