"""The process fitted twice: as if neither series came first, and with whichever comes first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special

from lowback.estimators import NotEstimable
from lowback.estimators.lead.diaries import Diaries
from lowback.estimators.lead.differences import information_at, value_and_scores
from lowback.estimators.lead.likelihood import Likelihood, Model
from lowback.estimators.lead.process import TURN, Process
from lowback.estimators.lead.search import SETTLED, Optimum, optimum
from lowback.estimators.lead.starts import bounds_of, starting_points

Array = NDArray[np.float64]
# A figure of the process, and of the time that passes.
Figure = Callable[[Process, Array], Array]
# With as many people as figures their contributions still leave a sandwich of full rank.
FEWEST_PEOPLE = 10
# Of larger cohorts some people show where to begin.
TO_BEGIN_WITH = 120


@dataclass(frozen=True)
class Estimated:
    """A figure with its standard error over people and degrees of freedom."""

    estimate: float
    std_error: float
    df: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Lower and upper bound of Student's interval."""
        half = float(special.stdtrit(self.df, 0.5 + level / 2)) * self.std_error
        return self.estimate - half, self.estimate + half

    @property
    def p_value(self) -> float:
        """Two-sided, against 0; NaN without a standard error."""
        if not self.std_error > 0:
            return float("nan")
        return 2 * float(special.stdtr(self.df, -abs(self.estimate) / self.std_error))


def over_people(values: Array) -> Estimated:
    """The mean of one value a person, with its error over people."""
    people = len(values)
    return Estimated(float(values.mean()), float(values.std(ddof=1) / np.sqrt(people)), people - 1.0)


@dataclass(frozen=True, eq=False)
class LeadFit:
    """Both fits. `even` has no turn, so that neither series comes first; `free` has whatever turn is most likely.

    `turning` holds each person's score for the turn at the even fit, above 0 where the first series comes first. `held` are the places of
    figures that were given and not estimated.
    """

    model: Model
    even: Optimum
    turning: Array
    held: tuple[int, ...] = ()

    @cached_property
    def free(self) -> Optimum:
        """The fit with a turn; raises `NotEstimable` where the optimum cannot be proven."""
        even, likelihood = self.even, self.model.likelihood
        # Standard errors rest on the information, which must have been taken where the climb ends.
        found = optimum(likelihood, even.point[:, None], self.held, curvature=even.information, later=SETTLED)
        if not found.is_proven:
            raise NotEstimable(
                f"the likelihood has no proven optimum (a further step would still gain {found.gain:.2g})"
            )
        return found

    @property
    def people(self) -> int:
        """How many people the fit rests on."""
        return len(self.turning)

    @property
    def process(self) -> Process:
        """The process of the free fit."""
        return self.model.process(self.free.point)

    @property
    def most_reliable(self) -> tuple[float, float]:
        """The most that may be no error of each series' variance: all but the known error, or all."""
        process, known = self.process, np.array(self.model.bounds.known_error)
        one, other = 1 - known / (process.sd**2 + process.error**2)
        return float(one), float(other)

    def asymmetry(self) -> Estimated:
        """Mean of the people's scores for the turn, a t test of "neither comes first", above 0 where the first comes first.

        Where the series of a person, and the moments at which they are known, look the same with time running backwards, the score
        has the mean 0 whatever their memories, common causes, instruments' errors, rounding and floors are, and whatever figures the even
        fit found: reversing a diary changes the sign of its score and nothing else. People are independent, so the t test over people holds.

        Score tests that hold under a wrong model: Boos 1992, Am Stat 46:327-333.
        """
        return over_people(self.turning)

    def estimated(self, figure: Figure, days: float = 0.0) -> Estimated:
        """A figure of the process after so many days, with its standard error from what each person contributes.

        The error is a sandwich over people, its t distribution has people - 1 degrees of freedom. A night that counts for more than its hours
        does so in every whole day.
        """
        point, step = self.free.point, 1e-5
        ahead, behind = (
            self._figures(figure, point[:, None] + sign * step * np.eye(len(point)), days) for sign in (1, -1)
        )
        influences, unseen = self.free.influences((ahead - behind) / (2 * step))
        variance = float((influences**2).sum()) * self.people / (self.people - 1)
        value = float(self._figures(figure, point[:, None], days)[0])
        return Estimated(value, float(np.sqrt(variance + unseen**2)), self.people - 1.0)

    def passed(self, points: Array, days: float) -> Array:
        """The time that so many days with their nights count as, at points (size, ...)."""
        return np.asarray(days + self.model.night(points) * np.floor(days))

    def _figures(self, figure: Figure, points: Array, days: float) -> Array:
        return np.asarray(figure(self.model.process(points), self.passed(points, days)))


def fit_lead(
    series: Diaries,
    *,
    free_night: bool = False,
    known_error: tuple[float, float] = (0.0, 0.0),
    prove: bool = True,
) -> LeadFit:
    """Both series' ups and downs as one process in continuous time with errors of measurement, by maximum likelihood.

    `free_night` lets a night count more or less than its hours, for which there must be moments of the same day. `known_error` is the variance
    that each series' error has at the least (squared units): a twelfth of a step's square where scores are in steps. Without `prove` the even
    fit only comes near its optimum, which is enough for `asymmetry`. Raises `NotEstimable` where there are too few people, where a series does
    not move, and where the optimum cannot be proven.

    Oud & Jansen 2000, Psychometrika 65:199-215; Voelkle et al. 2012, Psychol Methods 17:176-192 (continuous time);
    Schuurman & Hamaker 2019, Psychol Methods 24:70-91 (errors of measurement); Harvey 1989, Forecasting, ch. 3 (filter).
    """
    if len(series.people) < FEWEST_PEOPLE:
        raise NotEstimable(
            f"{len(series.people)} people have enough values of both series; {FEWEST_PEOPLE} are needed"
        )
    model = Model(series, bounds_of(series, known_error), free_night)
    start, curvature = beginning(model.likelihood, starting_points(model), (TURN,))
    even = optimum(model.likelihood, start, (TURN,), prove=prove, curvature=curvature)
    if prove and not even.is_proven:
        raise NotEstimable(
            f"the likelihood has no proven optimum (a further step would still gain {even.gain:.2g})"
        )
    return LeadFit(model, even, turning_at(model, even.point))


def turning_at(model: Model, point: Array) -> Array:
    """Each person's score for the turn."""
    return value_and_scores(model.likelihood, point, np.array([TURN]))[1][:, 0]


def beginning(
    likelihood: Likelihood, starts: Array, held: tuple[int, ...] = ()
) -> tuple[Array, Array | None]:
    """Where the search begins: at the points given, in a large cohort at the best fit to some of its people, with the curvature that they show."""
    people = likelihood.model.series.people
    if len(people) < 3 * TO_BEGIN_WITH:
        return starts, None
    some = np.linspace(0, len(people) - 1, TO_BEGIN_WITH).astype(np.intp)
    few = replace(likelihood, model=replace(likelihood.model, series=likelihood.model.series.of(some)))
    found = optimum(few, starts, held, prove=False)
    free, curvature = np.array(found.free), np.zeros((len(starts), len(starts)))
    curvature[np.ix_(free, free)] = information_at(few, found.point, free) * len(people) / len(some)
    return found.point[:, None], curvature
