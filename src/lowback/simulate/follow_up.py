"""Who is still there: drop-out that depends on what was recorded before, missed visits and unanswered check-ins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.simulate.parameters import Parameters
from lowback.simulate.population import Array, logistic


@dataclass(frozen=True, eq=False)
class FollowUp:
    """Which visits and days were recorded (one row a person), the day of withdrawal (infinite: none) and its reason."""

    visits: NDArray[np.bool_]
    days: NDArray[np.bool_]
    measured: NDArray[np.bool_]
    withdrew_day: Array
    reason: NDArray[np.object_]


def follow_up(rng: np.random.Generator, pain: Array, adherence: Array, p: Parameters) -> FollowUp:
    """Follow-up of people with this reported pain and adherence at the four visits.

    Drop-out before a visit depends on the last pain and adherence reported, so it is at random given the record;
    missed visits, missed measurements and unanswered check-ins depend on nothing that the tables hold.
    """
    withdrew = _withdrawal_day(rng, pain, adherence, p)
    visit_days = np.array([0, 28, 56, 84])
    stays = withdrew[:, None] > visit_days
    missed = rng.random(pain.shape) < p["visit_missed"]
    missed[:, 0] = False
    days = np.arange(84)
    willing = p["diary_logit"] + p["diary_sd"] * rng.standard_normal((len(pain), 1))
    answers = rng.random((len(pain), 84)) < logistic(willing + p["diary_per_day"] * days)
    last_pain = pain[np.arange(len(pain)), stays.sum(axis=1) - 1]
    return FollowUp(
        visits=stays & ~missed,
        days=answers & (withdrew[:, None] > days),
        measured=rng.random(pain.shape) >= p["measurement_missed"],
        withdrew_day=withdrew,
        reason=_reasons(rng, withdrew, last_pain),
    )


def _withdrawal_day(rng: np.random.Generator, pain: Array, adherence: Array, p: Parameters) -> Array:
    day = np.full(len(pain), np.inf)
    for period in range(3):
        log_odds = p["drop_out_logit"] + p["drop_out_per_pain"] * (pain[:, period] - 4)
        known = np.nan_to_num(adherence[:, period], nan=p["adherence_full"])
        log_odds = log_odds + p["drop_out_per_adherence"] * (known - p["adherence_full"])
        leaves = (rng.random(len(pain)) < logistic(log_odds)) & np.isinf(day)
        day = np.where(leaves, rng.integers(28 * period + 1, 28 * (period + 1), len(pain)), day)
    return day


def _reasons(rng: np.random.Generator, withdrew: Array, last_pain: Array) -> NDArray[np.object_]:
    """Those in much pain leave for pain, those in little because they recovered, the others for reasons of life."""
    other = rng.choice(np.array(["lost to contact", "no time", "moved away"], dtype=object), len(withdrew))
    reason = np.where(last_pain >= 6, "pain", np.where(last_pain <= 1, "recovered", other)).astype(object)
    reason[np.isinf(withdrew)] = None
    return reason
