"""How much unmeasured confounding of mediators and outcome would undo an indirect effect."""

from __future__ import annotations

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.mediation.effects import Effects
from lowback.estimators.mediation.moments import Array


def indirect_at(effects: Effects, rho: Array) -> Array:
    """The indirect effect if the errors of mediators and outcome correlate by `rho` (one a mediator, last axis).

    The error of a mediator is what arm, covariates, confounders and earlier mediators leave unexplained. With one mediator this
    is the formula of Imai, Keele & Yamamoto 2010, Stat Sci 25:51-71, theorem 4 (no interaction), at equal covariates; with several the
    errors of the mediators are independent of each other, and the slopes fall by rho times the outcome's error sd over theirs.

    Raises `NotEstimable` where the squares of the correlations add up to 1 or more.
    """
    r = np.asarray(rho, dtype=float)
    spare = 1 - (r**2).sum(axis=-1)
    if (spare <= 0).any():
        raise NotEstimable(f"correlations {r.tolist()}: their squares must add up to less than 1")
    bias = (r * effects.own_shifts / effects.mediator_sd).sum(axis=-1)
    return np.asarray(effects.indirect - effects.outcome_sd / np.sqrt(spare) * bias)


def rho_at_zero(effects: Effects, mediator: int) -> Array:
    """The correlation of one mediator's error with the outcome's at which the indirect effect is nil, the others' at zero.

    Imai, Keele & Yamamoto 2010, Stat Sci 25:51-71.
    """
    needed = effects.indirect * effects.mediator_sd[..., mediator]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = needed / (effects.outcome_sd * effects.own_shifts[..., mediator])
        return np.where(np.isinf(ratio), np.sign(ratio), ratio / np.sqrt(1 + ratio**2))


def e_value(effect: float, outcome_sd: float) -> float:
    """The mediational E-value of an effect on a mean: the risk ratios by which something unmeasured would have to go with mediator and outcome.

    Both risk ratios, beyond all that is measured, must be at least so large to bring the effect to nil. The effect is put on the scale of
    risk ratios as exp(0.91 effect / sd).

    Smith & VanderWeele 2019, Epidemiology 30:835-837; VanderWeele & Ding 2017, Ann Intern Med 167:268-274 (means).
    """
    if not outcome_sd > 0:
        raise NotEstimable(f"standard deviation {outcome_sd:g}: allowed above 0")
    ratio = float(np.exp(0.91 * abs(effect) / outcome_sd))
    return ratio + float(np.sqrt(ratio * (ratio - 1)))


def e_value_of_interval(low: float, high: float, outcome_sd: float) -> float:
    """The E-value of the end of an interval that is nearest to nil; 1 where the interval includes it."""
    nearest = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
    return e_value(nearest, outcome_sd)
