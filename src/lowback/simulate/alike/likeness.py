"""How like a cohort those are that were drawn like it: the same figures of both, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.simulate.alike.figures import Figures, figures_of_slopes, figures_of_trial
from lowback.simulate.alike.fitting import alike_trial
from lowback.simulate.alike.slopes import alike_slopes
from lowback.study import Estimand, Study

# The middle 95 % of cohorts alike.
RANGE = (2.5, 97.5)
LIKENESS_SEED = 2**64 + 1


@dataclass(frozen=True)
class Likened:
    """One figure of the cohort, its mean in the cohorts alike, and the range in which 95 % of them lie.

    `arm` is empty for everybody, `when` for what is no matter of one visit.
    """

    figure: str
    arm: str
    when: str
    own: float
    mean: float
    low: float
    high: float

    @property
    def is_matched(self) -> bool:
        """Whether the cohort's own figure lies within the range; rounding of a computer's sums is no difference."""
        slack = 1e-9 * (1 + abs(self.own))
        return self.low - slack <= self.own <= self.high + slack


def likeness(cohort: Cohort, study: Study, estimand: Estimand, cohorts: int = 200) -> list[Likened]:
    """The figures of a cohort beside those of cohorts like it, drawn with the effects that it shows itself.

    A figure that a cohort alike does not have (nobody left, say) is not counted there; one that the cohort itself does not have is left out.
    Raises `NotAlikeError` where no cohort alike can be drawn.

    Posterior predictive checks: Gelman, Meng & Stern 1996, Stat Sinica 6:733-807.
    """
    draw, figures = _drawing(cohort, study, estimand)
    own = figures(cohort)
    drawn = [figures(draw(np.random.default_rng([LIKENESS_SEED, at]))) for at in range(cohorts)]
    return [_likened(place, value, drawn) for place, value in own.items() if np.isfinite(value)]


def _drawing(
    cohort: Cohort, study: Study, estimand: Estimand
) -> tuple[Callable[[np.random.Generator], Cohort], Callable[[Cohort], Figures]]:
    """What draws a cohort alike, and what reads its figures."""
    if estimand.summary == "slope":
        world = alike_slopes(cohort, study, estimand)
        return (
            lambda rng: world.cohort(rng, world.estimated),
            lambda one: figures_of_slopes(one, study, estimand),
        )
    trial = alike_trial(cohort, study, estimand)
    return (
        lambda rng: trial.cohort(trial.draw(rng), trial.estimated),
        lambda one: figures_of_trial(one, study, estimand),
    )


def _likened(
    place: tuple[str, str, str], own: float, drawn: list[Mapping[tuple[str, str, str], float]]
) -> Likened:
    values: NDArray[np.float64] = np.array([one.get(place, np.nan) for one in drawn])
    known = values[np.isfinite(values)]
    if not len(known):
        return Likened(*place, own, np.nan, np.nan, np.nan)
    low, high = np.percentile(known, RANGE)
    return Likened(*place, own, float(known.mean()), float(low), float(high))
