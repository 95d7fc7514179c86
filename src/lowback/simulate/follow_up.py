"""Who is still there: drop-out, missed visits and unanswered check-ins, each at random or not as the scenario says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from lowback.simulate.parameters import Parameters
from lowback.simulate.population import Array, logistic
from lowback.simulate.recording.plan import Missing
from lowback.simulate.streams import Streams

DIARY_DAYS = 84
VISIT_DAYS = np.array([0, 28, 56, 84])
# Scores of pain enter the log odds as their distance from this.
CENTRE = 4


@dataclass(frozen=True, eq=False)
class FollowUp:
    """Which visits and check-ins were recorded (one row a person), the day of withdrawal (infinite: none) and its reason."""

    visits: NDArray[np.bool_]
    checkins: NDArray[np.bool_]
    measured: NDArray[np.bool_]
    withdrew_day: Array
    reason: NDArray[np.object_]


def follow_up(
    rng: np.random.Generator,
    pain: Array,
    adherence: Array,
    diary_pain: Array,
    missing: Missing,
    p: Parameters,
    streams: Streams,
) -> FollowUp:
    """Follow-up of people with this pain and adherence at the four visits and this pain in the diary, if all were recorded.

    Each kind of gap goes by its mechanism in `missing`; missed measurements depend on nothing.
    """
    withdrew = _withdrawal_day(rng, pain, adherence, missing, p)
    stays = withdrew[:, None] > VISIT_DAYS
    missed = _missed(rng.random(pain.shape), pain, stays, missing, p)
    attended = stays & ~missed
    answers = _answers(rng, pain, attended, diary_pain, missing, p, streams)
    last_pain = pain[np.arange(len(pain)), stays.sum(axis=1) - 1]
    return FollowUp(
        visits=attended,
        checkins=answers & (withdrew[:, None] > _days(diary_pain)),
        measured=rng.random(pain.shape) >= p["measurement_missed"],
        withdrew_day=withdrew,
        reason=_reasons(rng, withdrew, last_pain),
    )


def last_recorded(pain: Array, attended: NDArray[np.bool_]) -> Array:
    """The pain of the last visit attended, at each visit (the baseline always is)."""
    visits = np.where(attended, np.arange(pain.shape[1]), 0)
    return np.take_along_axis(pain, np.maximum.accumulate(visits, axis=1), axis=1)


def _withdrawal_day(
    rng: np.random.Generator, pain: Array, adherence: Array, missing: Missing, p: Parameters
) -> Array:
    day = np.full(len(pain), np.inf)
    for period in range(3):
        log_odds = np.full(len(pain), p["drop_out_logit"])
        if missing.drop_out != "MCAR":
            score = pain[:, period + (missing.drop_out == "MNAR")]
            log_odds = p["drop_out_logit"] + p["drop_out_per_pain"] * (score - CENTRE)
            known = np.nan_to_num(adherence[:, period], nan=p["adherence_full"])
            log_odds = log_odds + p["drop_out_per_adherence"] * (known - p["adherence_full"])
        leaves = (rng.random(len(pain)) < logistic(log_odds)) & np.isinf(day)
        day = np.where(leaves, rng.integers(28 * period + 1, 28 * (period + 1), len(pain)), day)
    return day


def _missed(
    chance: Array, pain: Array, stays: NDArray[np.bool_], missing: Missing, p: Parameters
) -> NDArray[np.bool_]:
    """Which visits a person who has not left misses: never the first, and later ones one after another."""
    if missing.visits == "MCAR":
        missed = chance < p["visit_missed"]
        missed[:, 0] = False
        return missed
    missed = np.zeros(pain.shape, dtype=bool)
    usual = logit(p["visit_missed"])
    for visit in range(1, pain.shape[1]):
        known = last_recorded(pain, stays & ~missed)[:, visit - 1]
        score = pain[:, visit] if missing.visits == "MNAR" else known
        odds = logistic(usual + p["visit_missed_per_pain"] * (score - CENTRE))
        missed[:, visit] = chance[:, visit] < odds
    return missed


def _answers(
    rng: np.random.Generator,
    pain: Array,
    attended: NDArray[np.bool_],
    diary_pain: Array,
    missing: Missing,
    p: Parameters,
    streams: Streams,
) -> NDArray[np.bool_]:
    """Which check-ins are answered by people who have not left; the first of each day draws from `rng`."""
    n, asked = diary_pain.shape
    days = _days(diary_pain)
    log_odds = p["diary_logit"] + p["diary_sd"] * rng.standard_normal((n, 1)) + p["diary_per_day"] * days
    chance = rng.random((n, DIARY_DAYS))
    if asked > DIARY_DAYS:
        others = streams("check-in of the evening").random((n, DIARY_DAYS))
        chance = np.stack([chance, others], axis=2).reshape(n, asked)
    if missing.checkins == "MAR":
        log_odds = log_odds + p["diary_per_pain"] * (last_recorded(pain, attended)[:, days // 28] - CENTRE)
    elif missing.checkins == "MNAR":
        log_odds = log_odds + p["diary_per_pain"] * (diary_pain - CENTRE)
    return np.asarray(chance < logistic(log_odds))


def _days(diary_pain: Array) -> NDArray[np.intp]:
    """The day of each check-in."""
    asked = diary_pain.shape[1]
    return np.arange(asked) // (asked // DIARY_DAYS)


def _reasons(rng: np.random.Generator, withdrew: Array, last_pain: Array) -> NDArray[np.object_]:
    """Those in much pain leave for pain, those in little because they recovered, the others for reasons of life."""
    other = rng.choice(np.array(["lost to contact", "no time", "moved away"], dtype=object), len(withdrew))
    reason = np.where(last_pain >= 6, "pain", np.where(last_pain <= 1, "recovered", other)).astype(object)
    reason[np.isinf(withdrew)] = None
    return reason
