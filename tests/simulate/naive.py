"""The naive analysis that each trap is set for, as a test statistic; its sign is that which speaks for the claim."""

from __future__ import annotations

import numpy as np
from lives import Lives, Naive, difference, mean, slope, within

# Evening slots in which sessions are prescribed, and all slots of the second half of follow-up.
MORNINGS = slice(0, None, 2)


def _sitting(w: Lives) -> float:
    return -slope(w.people.hip[:, 0], w.people.sitting[:, 0])


def _tilt_on_hip(w: Lives) -> float:
    return -slope(w.people.tilt[:, 0], w.people.hip[:, 0])


def _lordosis_on_tilt(w: Lives) -> float:
    return slope(w.people.lordosis[:, 0], w.people.tilt[:, 0])


def _pain_on_tilt_if_sensitised(w: Lives) -> float:
    sensitised = w["sensitised_nrs"].mean(axis=1) >= 5
    return slope(w.pain.mean(axis=1)[sensitised], w.people.tilt.mean(axis=1)[sensitised])


def _flares(w: Lives) -> float:
    return -slope(w["flare"].mean(axis=1), w.people.hip.mean(axis=1))


def _more_arms_better(w: Lives) -> float:
    return -difference(w.pain[:, 3], w.in_arm("hips and back"), w.in_arm("back-only care"))


def _pain_on_bout(w: Lives) -> float:
    return slope(within(w["pain_nrs"]), within(w["longest_sitting_min"]))


def _pooled_correlation(w: Lives) -> float:
    # One check-in of each person, so that they are independent; more would only look surer.
    return slope(w["pain_nrs"][:, 100], w["hip_pain_nrs"][:, 100])


def _stiffness_on_walking(w: Lives) -> float:
    return -slope(within(w["back_stiffness_nrs"]), within(w["walking_min"]))


def _fall_by(name: str, sign: int = 1, *levels: float) -> Naive:
    """Improvement in the treated arms alone by a characteristic."""

    def naive(w: Lives) -> float:
        treated = w.in_arm("hip-flexor stretching", "both")
        who = np.isin(w[name], levels) if levels else w[name]
        return sign * slope(w.fall[treated], np.asarray(who, float)[treated])

    return naive


def _mediated(w: Lives) -> float:
    arm = w.in_arm("hip-flexor stretching", "both").astype(float)
    gain = w.people.hip[:, 3] - w.people.hip[:, 0]
    return min(slope(gain, arm), -slope(w.fall * -1, gain, arm))


def _before_and_after(w: Lives) -> float:
    hip = w["hip_session"] == 1
    return -mean(np.where(hip, w["pain_post_session_nrs"] - w["pain_pre_session_nrs"], np.nan).ravel())


def _order(w: Lives) -> float:
    pain, first = w["pain_nrs"], w["hips_first"][:, 1:-1:2]
    change = pain[:, 2::2] - pain[:, 1:-1:2]
    return -difference(change.ravel(), (first == 1).ravel(), (first == 0).ravel())


def _immortal(w: Lives) -> float:
    """Days to the first flare of people with ten sessions and more before it against those with fewer."""
    video, flare = w.in_arm("guided video"), w["flare"] > 0
    first = np.where(flare.any(axis=1), flare.argmax(axis=1), 168)
    before = (np.arange(168) < first[:, None]) & (w["session_done"] == 1)
    many = before.sum(axis=1) >= 10
    return difference(first.astype(float), video & many, video & ~many)


def _dose(w: Lives) -> float:
    done = np.cumsum(w["session_done"], axis=1)[:, [0, 55, 111, 167]]
    treated = w.in_arm("hip-flexor stretching", "both", "strengthening")
    return -slope(within(w.pain[treated]), within(done[treated]))


def _cross_lag(w: Lives) -> float:
    """Back pain on hip pain half a day before and itself half a day before, as check-ins are recorded."""
    back = w["pain_nrs"] + w.p["checkin_back_error_sd"] * w.rng.standard_normal(w["pain_nrs"].shape)
    hip = w["hip_pain_nrs"] + w.p["checkin_hip_error_sd"] * w.rng.standard_normal(back.shape)
    back, hip = within(back), within(hip)
    return slope(back[:, 1:], hip[:, :-1], back[:, :-1])


def _shuffled(w: Lives) -> float:
    """Share of diaries whose largest lagged correlation beats 95 % of those with shuffled days, as a z against 5 %."""
    found = 0
    people = 40
    for back, hip in zip(w["pain_nrs"][:people], w["hip_pain_nrs"][:people], strict=True):
        back, hip = back[MORNINGS], hip[MORNINGS]
        null = [_largest(back, w.rng.permutation(hip)) for _ in range(40)]
        found += _largest(back, hip) > np.quantile(null, 0.95)
    return (found / people - 0.05) / np.sqrt(0.05 * 0.95 / people)


def _largest(back: np.ndarray, hip: np.ndarray) -> float:
    return max(abs(np.corrcoef(back[lag:], hip[: len(hip) - lag])[0, 1]) for lag in (1, 2, 3))


def _over_all_people(w: Lives) -> float:
    return -difference(w.pain[:, 3], w.in_arm("hip-flexor stretching"), w.in_arm("usual care"))


def _change(w: Lives) -> float:
    days = w["pain_nrs"].reshape(len(w.pain), -1, 2).mean(axis=2)
    start = w["change_day"].astype(int)[:, None] + np.arange(-1, 7)
    window = np.take_along_axis(days, start, axis=1)
    return mean(window[:, :2].mean(axis=1) - window[:, 2:].mean(axis=1))


def _episode(w: Lives) -> float:
    return -slope(w["new_episode_seen"], w.people.hip[:, 0])


def _injuries(w: Lives) -> float:
    return slope(w["hip_flexor_injuries_reported"], np.log(w["running_km"]))


def _groin(w: Lives) -> float:
    return slope(w["groin_pain_reported"], w["fell"])


def _held(w: Lives) -> float:
    arm = w.in_arm("hip-flexor stretching", "both")
    return slope(w.fall[arm], np.nanmean(np.where(np.isnan(w["hold_s"]), 30, w["hold_s"]), axis=1)[arm])


def _within_arm(w: Lives) -> float:
    """Change since baseline in the arm, compared with nobody."""
    return mean(w.fall[w.in_arm("strengthening")])


def _spacer(w: Lives) -> float:
    pain, used = w["pain_nrs"], w["spacer_used"][:, 2::2]
    change = pain[:, 2::2] - pain[:, 1:-1:2]
    return -difference(change.ravel(), (used == 1).ravel(), (used == 0).ravel())


def _disc(w: Lives) -> float:
    return slope(w.pain.mean(axis=1), w["disc_grade"])


def _raw_agreement(w: Lives) -> float:
    same = w["trigger_point_first_rater"] == w["trigger_point_second_rater"]
    return (same.mean() - 0.75) / np.sqrt(0.75 * 0.25 / len(same))


def _pathology(w: Lives) -> float:
    return slope(w["serious_pathology_found"], w["flag_by_rule"])


def _never_down(w: Lives) -> float:
    steps = np.diff(w.at_visits("care_step"), axis=1) >= 0
    return (steps.mean() - 0.9) / np.sqrt(0.09 / steps.size)


def _pain_on_walking(w: Lives) -> float:
    return -slope(within(w["pain_nrs"]), within(w["walking_min"]))


def _mood(w: Lives) -> float:
    return slope(w.pain.mean(axis=1), w.at_visits("depression_phq9").mean(axis=1))


def _manual(w: Lives) -> float:
    return -slope(np.diff(w.pain, axis=1), w.at_visits("smt_visits")[:, 1:])


NAIVE: dict[str, Naive] = {
    "C01": _sitting, "C02": _tilt_on_hip, "C03": _lordosis_on_tilt, "C06": _pain_on_tilt_if_sensitised, "C08": _flares,
    "C09": _more_arms_better, "C10": _pain_on_bout, "C11": _pooled_correlation, "C12": _stiffness_on_walking,
    "C13": _fall_by("hip_signs"), "C14": _mediated, "C15": _before_and_after, "C16": _order, "C17": _immortal,
    "C19": _dose, "C20": _cross_lag, "C21": _shuffled, "C22": _fall_by("leading_region", 1, 1.0), "C23": _over_all_people,
    "C24": _change, "C25": _episode, "C26": _injuries, "C27": _groin, "C28": _held, "C29": _within_arm, "C30": _spacer,
    "C31": _disc, "C32": _fall_by("nerve_root_signs", -1), "C33": _raw_agreement, "C34": _pathology, "C35": _never_down,
    "C36": _pain_on_walking, "C37": _mood, "C38": _manual, "C39": _fall_by("inflammatory_disease", -1),
}  # fmt: skip
