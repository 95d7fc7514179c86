"""What is needed to draw cohorts like a given one, fitted to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.screening import baseline_week
from lowback.simulate.alike.clusters import fit_clustering
from lowback.simulate.alike.differing import fit_stretch
from lowback.simulate.alike.instrument import FEW, Scale, Shape, scale_of, spread_over_steps
from lowback.simulate.alike.leaving import fit_leaving
from lowback.simulate.alike.people import People, Positions, people_of
from lowback.simulate.alike.regression import VisitRegression, fit_visits
from lowback.simulate.alike.trial import AlikeTrial
from lowback.simulate.alike.unlike import NotAlikeError
from lowback.study import Estimand, Study
from lowback.variables import Variable

Array = NDArray[np.float64]

# Gaps are filled once, while a cohort is being fitted; the same cohort always gives the same fit.
FIT_SEED = 1
# So many people more than coefficients and visits, or covariates (then baseline, then arms) are left out of the regression.
SPARE = 5


def alike_trial(cohort: Cohort, study: Study, estimand: Estimand) -> AlikeTrial:
    """Fit what is needed to draw cohorts like this one for an estimand on arms, or on one arm's change.

    Raises `NotAlikeError` where the outcome has no score at baseline or none at the estimand's week.
    """
    people = people_of(cohort, study)
    start, weeks = _visits(cohort, study, estimand)
    first, scores = _scores(people, estimand, start, weeks)
    base, treated = _comparator_and_treated(people, study, estimand)
    outcome = cohort.variables[estimand.outcome]
    scale = scale_of(outcome, np.concatenate([first, scores.ravel()]))
    rng = np.random.default_rng(FIT_SEED)
    design, arms = _design(people, base, _filled(first, rng), scores)
    fit = fit_visits(design, scores, _spread(outcome, scores))
    fixed, estimated = _split(people, base, design, arms, fit)
    clustering, covariance = fit_clustering(
        people.groupings, design, _before(people), first, scores, fit.covariance
    )
    fit = replace(fit, covariance=covariance)
    shapes = _shapes(people, base, fit, fixed, estimated, scores, scale, rng)
    return AlikeTrial(
        people=people,
        outcome=outcome,
        comparator=base,
        treated=treated,
        start=start,
        weeks=weeks,
        at=int(np.flatnonzero(weeks == estimand.week)[0]),
        first=first,
        scale=scale,
        shapes=shapes,
        fixed=fixed,
        covariance=covariance,
        estimated=estimated,
        leaving=fit_leaving(first, scores, people.arm, len(people.arms)),
        clustering=clustering,
        stretch=fit_stretch(scores - fixed - estimated[people.arm], people.arm, base, len(people.arms)),
    )


def _visits(cohort: Cohort, study: Study, estimand: Estimand) -> tuple[float, Array]:
    """The week of the baseline and those of the study's visits after it, refused where the estimand's is not among them."""
    start = baseline_week(cohort, study)
    weeks = np.array(
        [one for one in (study.weeks or cohort.weeks) if one in cohort.weeks and one != start], float
    )
    _refuse_unrecorded(cohort, estimand, start, weeks)
    assert start is not None
    return float(start), weeks


def _scores(people: People, estimand: Estimand, start: float, weeks: Array) -> tuple[Array, Array]:
    """Everybody's score at baseline, and at each visit after it."""
    first = people.by_week(estimand.outcome, np.array([start]))[:, 0]
    scores = people.by_week(estimand.outcome, weeks)
    if not (np.isfinite(first).any() and np.isfinite(scores[:, weeks == estimand.week]).any()):
        raise NotAlikeError(
            f"{estimand.outcome!r} has no score at week {start:g} or at week {estimand.week:g}"
        )
    return first, scores


def _comparator_and_treated(people: People, study: Study, estimand: Estimand) -> tuple[int, Positions]:
    """The places of the comparator (the first, where it has nobody) and of the treated arms among the people's."""
    comparator = study.comparator(estimand)
    base = people.arms.index(comparator) if comparator in people.arms else 0
    treated = [people.arms.index(one) for one in study.treated_arms(estimand) if one in people.arms]
    return base, np.array([one for one in treated if one != base], dtype=np.intp)


def _refuse_unrecorded(cohort: Cohort, estimand: Estimand, start: float | None, weeks: Array) -> None:
    if estimand.week is None:
        raise NotAlikeError(
            f"cohorts alike are drawn for scores at a week and for slopes, not for a {estimand.summary} without a week"
        )
    if estimand.auxiliary:
        raise NotAlikeError(
            f"cohorts alike have nothing but the outcome after baseline, so nobody in them leaves by {', '.join(estimand.auxiliary)}"
        )
    if cohort.visits is None or estimand.outcome not in cohort.visits:
        raise NotAlikeError(f"no column {estimand.outcome!r} at the visits of {cohort.name!r}")
    for week in (start, estimand.week):
        if week not in cohort.weeks:
            raise NotAlikeError(f"no visit at week {week}; {cohort.name!r} has weeks {cohort.weeks}")
    if estimand.week not in weeks:
        raise NotAlikeError(f"week {estimand.week} is not after the first visit")


def _filled(first: Array, rng: np.random.Generator) -> Array:
    """Scores with each gap filled by somebody's."""
    return np.where(np.isfinite(first), first, rng.choice(first[np.isfinite(first)], len(first)))


def _spread(outcome: Variable, scores: Array) -> float:
    """The standard deviation to fall back on: of the scores, else a quarter of the scale, else 1."""
    known = scores[np.isfinite(scores)]
    if len(known) > 1 and known.std() > 0:
        return float(known.std(ddof=1))
    return (outcome.high - outcome.low) / 4 if outcome.high is not None and outcome.low is not None else 1.0


def _design(people: People, base: int, first: Array, scores: Array) -> tuple[Array, int]:
    """The columns of the regression (a level, the arms but the comparator, what is known before), and how many are arms.

    With few people covariates are left out, with fewer the baseline, then the arms.
    """
    arms = np.eye(len(people.arms))[people.arm][:, _others(people, base)]
    centred = (first - first.mean())[:, None]
    spare = int(np.isfinite(scores).any(axis=1).sum()) - scores.shape[1] - SPARE
    known: Array = np.hstack([centred, people.covariates])
    if spare < 1 + arms.shape[1] + known.shape[1]:
        known = centred
    if spare < 2 + arms.shape[1]:
        known = centred[:, :0]
    if spare < 1 + arms.shape[1] and spare < 1:
        arms = arms[:, :0]
    return np.column_stack([np.ones(len(first)), arms, known]), arms.shape[1]


def _others(people: People, base: int) -> list[int]:
    return [at for at in range(len(people.arms)) if at != base]


def _split(people: People, base: int, design: Array, arms: int, fit: VisitRegression) -> tuple[Array, Array]:
    """What the regression makes of each person without effects, and the arms' effects at each visit."""
    effects = np.zeros((len(people.arms), fit.coefficients.shape[1]))
    if arms:
        effects[_others(people, base)] = fit.coefficients[1 : 1 + arms]
    without = design.copy()
    without[:, 1 : 1 + arms] = 0
    return without @ fit.coefficients, effects


def _before(people: People) -> Array:
    """What first scores are compared within: everybody, or each arm where people came into it otherwise than by chance."""
    if people.is_randomised or len(people.arms) == 1:
        return np.ones((len(people.arm), 1))
    return np.eye(len(people.arms))[people.arm]


def _shapes(
    people: People,
    base: int,
    fit: VisitRegression,
    fixed: Array,
    effects: Array,
    scores: Array,
    scale: Scale,
    rng: np.random.Generator,
) -> tuple[Shape, ...]:
    """The distribution at each visit without effects: the comparator's, or where that has few people everybody's.

    Gaps are filled by the regression, so that those who left are among them.
    """
    rows = people.arm == base if (people.arm == base).sum() >= FEW else np.ones(len(scores), dtype=bool)
    spread = spread_over_steps(scores, scale, rng.random(scores.shape))
    left = spread - effects[people.arm] - fixed
    gaps = VisitRegression(np.zeros((1, scores.shape[1])), fit.covariance)
    noise = rng.standard_normal(scores.shape)
    values = (fixed + gaps.completed(np.ones((len(left), 1)), left, noise))[rows]
    sds = np.sqrt(fixed[rows].var(axis=0) + np.diag(fit.covariance))
    means = fixed[rows].mean(axis=0)
    return tuple(
        Shape(float(means[at]), float(sds[at]), np.sort(values[:, at])) for at in range(values.shape[1])
    )
