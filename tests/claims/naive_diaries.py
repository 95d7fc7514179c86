"""Naive analyses of check-ins: moments taken for independent, what came after taken for its effect.

Every finding is signed so that above zero speaks for the claim. What makes each naive stands in the tables of claims.
"""

from __future__ import annotations

import numpy as np
from answers import Finding
from naive_visits import HIP_ARMS
from records import Array, Records, difference, mean, means, own, share, slope

SHUFFLES, DIARIES = 99, 60


def pain_on_tilt_of_the_sensitised(w: Records) -> Finding:
    sensitised = means(w.checkin("sensitised_nrs")) >= 5
    return slope(means(w.visit("pain_nrs"))[sensitised], means(w.visit("pelvic_tilt_deg"))[sensitised]).times(
        5
    )


def flares_on_hip(w: Records) -> Finding:
    return slope(100 * means(w.checkin("flare")), means(w.visit("hip_extension_deg"))).reversed.times(10)


def pain_on_long_bout(w: Records) -> Finding:
    return slope(own(w.checkin("pain_nrs")), own(w.checkin("longest_sitting_min"))).times(60)


def hip_and_back_over_all_checkins(w: Records) -> Finding:
    return slope(w.checkin("pain_nrs"), w.checkin("hip_pain_nrs"))


def stiffness_on_walking(w: Records) -> Finding:
    return slope(own(w.checkin("back_stiffness_nrs")), own(w.checkin("walking_min"))).reversed.times(20)


def before_and_after_hip_sessions(w: Records) -> Finding:
    fall = w.checkin("pain_pre_session_nrs") - w.checkin("pain_post_session_nrs")
    return mean(fall[w.checkin("hip_session") == 1])


def night_after_hips_first(w: Records) -> Finding:
    """How much more pain falls from a reactive evening to the next morning after sessions begun with the hips than after others."""
    fall, first = _over_night(w), w.checkin("hips_first")[:, 1:-1:2]
    reactive = w.checkin("sensitised_nrs")[:, 1:-1:2] >= 7
    return difference(fall[reactive & (first == 1)], fall[reactive & (first == 0)])


def days_to_flare_by_sessions_before(w: Records) -> Finding:
    """Days without a flare in people with the guided video, by whether they had done six sessions before it."""
    flare = w.checkin("flare")[w.in_arm("guided video")] == 1
    first = np.where(flare.any(axis=1), flare.argmax(axis=1), 84)
    done = w.checkin("session_done")[w.in_arm("guided video")] == 1
    many = (done & (np.arange(84) < first[:, None])).sum(axis=1) >= 6
    return difference(first[many].astype(float), first[~many].astype(float))


def lagged_slope_of_scores(w: Records) -> Finding:
    """The standardised slope of back pain on hip pain a day earlier, at equal back pain then."""
    back, hip = (one / np.nanstd(one) for one in (own(w.checkin("pain_nrs")), own(w.checkin("hip_pain_nrs"))))
    return slope(back[:, 1:], hip[:, :-1], back[:, :-1])


def shuffled_days(w: Records) -> Finding:
    """By how much the share of diaries exceeds 5 % whose largest lagged correlation beats 95 % of those with shuffled days."""
    rng = np.random.default_rng(w.simulated.seed)
    back, hip = (_standardised(w.checkin(one)[:DIARIES]) for one in ("pain_nrs", "hip_pain_nrs"))
    leads = []
    for one, other in zip(back, hip, strict=True):
        shuffled = rng.permuted(np.tile(other, (SHUFFLES, 1)), axis=1)
        leads.append(_largest_lag(one, other[None]) > np.quantile(_largest_lag(one, shuffled), 0.95))
    return share(np.concatenate(leads), 0.05).times(100)


def week_after_the_change(w: Records) -> Finding:
    """The pain of the day on which something new is taken up less the mean of the six days after it."""
    day = w.person("change_day").astype(int)[:, None]
    pain = np.take_along_axis(w.checkin("pain_nrs"), day + np.arange(7), axis=1)
    return mean(pain[:, 0] - means(pain[:, 1:]))


def fall_on_time_held(w: Records) -> Finding:
    held, arm = means(w.checkin("hold_s")), w.in_arm(*HIP_ARMS)
    return slope(w.fall[arm], held[arm]).times(10)


def night_after_spacer(w: Records) -> Finding:
    """How much more side sleepers' pain falls from evening to morning in nights with the spacer than in nights without."""
    sleeps, used = w.person("side_sleeper")[:, None] == 1, w.checkin("spacer_used")[:, 2::2]
    fall = _over_night(w)
    return difference(fall[sleeps & (used == 1)], fall[sleeps & (used == 0)])


def pain_on_walking(w: Records) -> Finding:
    return slope(own(w.checkin("pain_nrs")), own(w.checkin("walking_min"))).reversed.times(20)


def _over_night(w: Records) -> Array:
    """The fall of back pain from each evening to the next morning."""
    pain = w.checkin("pain_nrs")
    return np.asarray(pain[:, 1:-1:2] - pain[:, 2::2])


def _standardised(diaries: Array) -> Array:
    """Diaries of mean 0 and SD 1, days without a check-in at the mean."""
    deviations = np.nan_to_num(own(diaries))
    return np.asarray(deviations / np.maximum(deviations.std(axis=1, keepdims=True), 1e-9))


def _largest_lag(back: Array, hips: Array) -> Array:
    """The largest size of the correlation of back pain with hip pain 1 to 3 days earlier, a value each diary of hip pain."""
    days = len(back)
    return np.asarray(
        np.max([np.abs(hips[:, : days - lag] @ back[lag:]) / days for lag in (1, 2, 3)], axis=0)
    )
