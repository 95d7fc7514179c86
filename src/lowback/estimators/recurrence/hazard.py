"""The hazard of an event that may come again, and what it goes with: Cox's partial likelihood for counting processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from lowback.estimators import NotEstimable
from lowback.estimators.designs import conditioned
from lowback.estimators.recurrence.counting import Array, AtRisk
from lowback.estimators.recurrence.risk_sets import RiskSets, risk_sets

Errors = Literal["CR0", "CR3"]
STEPS, SMALL = 40, 1e-10
# Where the likelihood rises without end, its curvature dies away: less of it than this share is left.
FLAT = 1e-5


@dataclass(frozen=True, eq=False)
class HazardFit:
    """Log hazard ratios per unit of each column, with covariances under the model and robust over persons.

    `df`, one a column, are the persons less the coefficients, or fewer where few persons carry most of the error.
    """

    names: tuple[str, ...]
    coefficients: Array
    covariance: Array
    model_covariance: Array
    log_likelihood: float
    events: int
    people: int
    df: Array


def recurrent_hazard(
    at_risk: AtRisk, design: ArrayLike, *, names: Sequence[str], errors: Errors = "CR3"
) -> HazardFit:
    """Log hazard ratios by Efron's partial likelihood, with errors that hold when a person's events hang together.

    `design` has a row an interval and a column a name, and no constant. With time since entry and one stratum this is Andersen and
    Gill's model, with time since the last event and the number of the event as stratum that of Prentice, Williams and
    Peterson. "CR0" is the sandwich over persons (Lin & Wei), "CR3" leaves each person out in one step, for few persons.

    Raises `NotEstimable` without events, for dependent columns, and where the likelihood rises without end.

    Andersen & Gill 1982, Ann Stat 10:1100-1120; Prentice, Williams & Peterson 1981, Biometrika 68:373-379; Efron 1977, J Am
    Stat Assoc 72:557-565; Lin & Wei 1989, J Am Stat Assoc 84:1074-1078.
    """
    x = np.asarray(design, dtype=float)
    if not at_risk.events:
        raise NotEstimable("no event at all, so no hazard can be compared")
    conditioned(np.column_stack([np.ones(len(x)), x]), ("constant", *names))
    centre, scale = x.mean(axis=0), x.std(axis=0)
    z = (x - centre) / scale
    beta, sets = _maximised(at_risk, z, names)
    information = sets.information
    model = np.linalg.inv(information)
    scores = _by_person(sets.scores(), at_risk)
    moved = (
        scores @ model
        if errors == "CR0"
        else _left_out(scores, _by_person(sets.shares(), at_risk), information)
    )
    people = at_risk.people
    return HazardFit(
        names=tuple(names),
        coefficients=beta / scale,
        covariance=moved.T @ moved / np.outer(scale, scale),
        model_covariance=model / np.outer(scale, scale),
        log_likelihood=sets.log_likelihood,
        events=at_risk.events,
        people=people,
        df=np.minimum(float(people - x.shape[1]), _effective(moved)),
    )


def _maximised(at_risk: AtRisk, z: Array, names: Sequence[str]) -> tuple[Array, RiskSets]:
    """Newton's steps, halved while they lose, to where the score is nothing."""
    beta = np.zeros(z.shape[1])
    sets = risk_sets(at_risk, z, beta)
    curved = _curved(sets)
    for _ in range(STEPS):
        try:
            step = np.linalg.solve(sets.information, sets.score)
        except np.linalg.LinAlgError:
            break
        if sets.score @ step < SMALL:
            # The last step squares what is left of the distance.
            beta, found = beta + step, risk_sets(at_risk, z, beta + step)
            if _curved(found) > FLAT * curved:
                return beta, found
            break
        length = 1.0
        while (
            found := risk_sets(at_risk, z, beta + length * step)
        ).log_likelihood < sets.log_likelihood - 1e-12:
            length /= 2
            if length < 1e-8:
                break
        beta, sets = beta + length * step, found
    raise NotEstimable(
        f"the hazard ratio of {', '.join(names)} has no finite estimate: the likelihood rises without end"
    )


def _effective(moved: Array) -> Array:
    """Degrees of freedom of a sum of squares of which each has its own size, were each square a chi-squared with 1 df.

    Satterthwaite 1946, Biometrics Bull 2:110-114; the fourth powers of normal numbers are three times their variance squared.
    """
    return np.asarray(3 * (moved**2).sum(axis=0) ** 2 / (moved**4).sum(axis=0))


def _curved(sets: RiskSets) -> float:
    """The least curvature of the partial likelihood."""
    return float(np.linalg.eigvalsh(sets.information).min())


def _by_person(rows: Array, at_risk: AtRisk) -> Array:
    """The sum over each person's intervals."""
    sums = np.zeros((at_risk.person.max() + 1, *rows.shape[1:]))
    np.add.at(sums, at_risk.person, rows)
    return sums[np.unique(at_risk.person)]


def _left_out(scores: Array, shares: Array, information: Array) -> Array:
    """How far one Newton step moves the coefficients when each person is left out."""
    left = information - shares
    try:
        return np.asarray(np.linalg.solve(left, scores[..., None])[..., 0])
    except np.linalg.LinAlgError:
        raise NotEstimable("one person alone carries the information on a hazard ratio") from None
