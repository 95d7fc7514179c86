"""What a plan assumes of people like those it will study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from lowback.checked_yaml import Number

Positive = Annotated[Number, Field(gt=0)]
NotNegative = Annotated[Number, Field(ge=0)]
Share = Annotated[Number, Field(ge=0, le=1)]


class PlanModel(BaseModel):
    """A part of a plan file, in which an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Measure(PlanModel):
    """One measure as one reading by one rater records it: mean and SD between people at baseline, in its unit.

    `correlation` is that of two visits' readings, `reliability` that of two readings of different raters at one visit (an
    intraclass correlation), and `of_raters` the share of the error's variance that belongs to the rater and stays
    in all readings of that rater of that person at that visit.
    """

    mean: Number
    sd: Positive
    correlation: Annotated[Number, Field(ge=0, lt=1)]
    reliability: Annotated[Number, Field(gt=0, le=1)] = 1.0
    of_raters: Share = 0.0

    @model_validator(mode="after")
    def _is_no_steadier_than_it_is_reliable(self) -> Measure:
        if self.correlation > self.reliability:
            raise ValueError(
                f"correlation = {self.correlation:g}: readings of two visits cannot correlate more than those of one "
                f"(reliability = {self.reliability:g})"
            )
        return self

    def error_variance(self, raters: int, readings: int) -> float:
        """The variance of the error of a mean of so many raters with so many readings each.

        Brennan 2001, Generalizability theory, ch. 3 (raters and readings nested in persons and visits).
        """
        single = (1 - self.reliability) * self.sd**2
        return single * (self.of_raters / raters + (1 - self.of_raters) / (raters * readings))

    def recorded_sd(self, raters: int, readings: int) -> float:
        """The SD between people at baseline of a mean of so many raters' readings."""
        return float((self.reliability * self.sd**2 + self.error_variance(raters, readings)) ** 0.5)


class Effect(PlanModel):
    """The effect planned for, and the SD of what is believed about it before the study."""

    value: Number
    prior_sd: NotNegative = 0.0


class Clusters(PlanModel):
    """Groups of people whose scores hang together after baseline: therapists, sites, classes.

    `icc` is the share of the variance after baseline that lies between clusters of one arm. `ignored` plans for an analysis that
    takes people for independent all the same, to see what becomes of it.
    """

    of: Annotated[str, Field(min_length=1)]
    size: Annotated[int, Field(strict=True, ge=2)]
    icc: Annotated[Number, Field(ge=0, lt=1)]
    ignored: bool = False


class Scale(PlanModel):
    """Where scores begin and end and in which steps they are written down; without one they are unbounded."""

    low: Number
    high: Number
    step: NotNegative = 0.0

    @model_validator(mode="after")
    def _has_room(self) -> Scale:
        if self.low >= self.high:
            raise ValueError(f"low = {self.low:g} and high = {self.high:g}: low must lie below high")
        return self


def _as_effect(value: object) -> object:
    return {"value": value} if isinstance(value, (int, float)) and not isinstance(value, bool) else value


class Assumptions(PlanModel):
    """All that a plan assumes; scores, change and effect are in the outcome's unit.

    `change` is everybody's by the end, `effect` the arm's less the comparator's for whoever follows the programme, or the slope per
    `per` units of exposure. `dropout` gives the share that is gone by a week, `adherence` the share that follows,
    `slope_sd` the SD of people's own slopes, a week.
    """

    outcome: Measure
    effect: Annotated[Effect, BeforeValidator(_as_effect)]
    exposure: Measure | None = None
    change: Number = 0.0
    slope_sd: NotNegative = 0.0
    dropout: Mapping[Positive, Share] = Field(default_factory=dict)
    adherence: Share = 1.0
    clusters: Clusters | None = None
    scale: Scale | None = None

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Assumptions:
        weeks = sorted(self.dropout)
        shares = [self.dropout[week] for week in weeks]
        if shares != sorted(shares):
            raise ValueError(
                f"dropout = {dict(self.dropout)}: whoever is gone stays gone, so shares rise with the weeks"
            )
        if shares and shares[-1] == 1:
            raise ValueError(f"dropout = {dict(self.dropout)}: nobody would be left")
        return self
