"""Naive analyses of people and visits: slopes between persons, one arm alone, records taken at their word.

Every finding is signed so that above zero speaks for the claim. What makes each naive stands in the tables of claims.
"""

from __future__ import annotations

import numpy as np
from answers import Answer, Finding, absence_taken_for_proof
from records import Array, Records, difference, mean, means, own, share, slope
from scipy import stats

HIP_ARMS = ("hip-flexor stretching", "both")


def hip_on_sitting(w: Records) -> Finding:
    return slope(w.visit("hip_extension_deg")[:, 0], w.visit("sitting_hours")[:, 0]).reversed


def tilt_on_hip(w: Records) -> Finding:
    return slope(w.visit("pelvic_tilt_deg")[:, 0], w.visit("hip_extension_deg")[:, 0]).reversed.times(5)


def lordosis_on_tilt(w: Records) -> Finding:
    return slope(w.visit("lordosis_deg")[:, 0], w.visit("pelvic_tilt_deg")[:, 0]).times(5)


def harm_not_significant(w: Records) -> Answer:
    tilted, event = w.visit("pelvic_tilt_deg")[:, 0] > 6, w.person("adverse_event") == 1
    counts = [
        [np.sum(event & tilted), np.sum(~event & tilted)],
        [np.sum(event & ~tilted), np.sum(~event & ~tilted)],
    ]
    return "yes" if stats.fisher_exact(counts).pvalue > 0.05 else "no"


def tilt_change_not_significant(w: Records) -> Answer:
    tilt = w.visit("pelvic_tilt_deg")
    change = tilt[:, 3] - tilt[:, 0]
    return absence_taken_for_proof(
        difference(change[w.in_arm("back-only care")], change[w.in_arm("usual care")])
    )


def fall_in_everybody(w: Records) -> Finding:
    return mean(w.fall)


def arms_whatever_their_minutes(w: Records) -> Finding:
    return difference(w.fall[w.in_arm("hips and back")], w.fall[w.in_arm("back-only care")])


def fall_on_signs_in_treated(w: Records) -> Finding:
    treated = w.in_arm(*HIP_ARMS)
    return slope(w.fall[treated], w.person("hip_signs")[treated])


def product_of_coefficients(w: Records) -> Finding:
    """The arm's effect on hip extension times the slope of the fall on that change, with Sobel's standard error."""
    gain, arm = _hip_gain(w), w.in_arm(*HIP_ARMS).astype(float)
    first, second = slope(gain, arm), slope(w.fall, gain, arm)
    errors = [(one.high - one.low) / (2 * 1.96) for one in (first, second)]
    error = np.hypot(first.estimate * errors[1], second.estimate * errors[0])
    return Finding.by_t(first.estimate * second.estimate, float(error), np.inf)


def direct_effect_not_significant(w: Records) -> Answer:
    two = w.in_arm("usual care", "hip-flexor stretching")
    arm = w.in_arm("hip-flexor stretching").astype(float)
    return absence_taken_for_proof(slope(w.fall[two], arm[two], _hip_gain(w)[two]))


def pain_on_sessions_so_far(w: Records) -> Finding:
    treated, done = w.in_arm(*HIP_ARMS, "strengthening"), np.cumsum(w.visit("sessions_done"), axis=1)
    return slope(own(w.visit("pain_nrs"))[treated], own(done)[treated]).reversed.times(10)


def fall_where_hip_leads(w: Records) -> Finding:
    treated, leads = w.in_arm(*HIP_ARMS), np.asarray(w.people["leading_region"] == "hip")
    return difference(w.fall[treated & leads], w.fall[treated & ~leads])


def arms_over_everybody(w: Records) -> Finding:
    return difference(w.fall[w.in_arm("hip-flexor stretching")], w.fall[w.in_arm("usual care")])


def episodes_seen_on_hip(w: Records) -> Finding:
    return slope(100 * w.person("new_episode_seen"), w.visit("hip_extension_deg")[:, 0]).reversed.times(10)


def injuries_reported_on_kilometres(w: Records) -> Finding:
    return slope(w.person("hip_flexor_injuries_reported"), w.person("running_km")).times(10)


def groin_pain_recalled_after_fall(w: Records) -> Finding:
    return _by_flag(100 * w.person("groin_pain_reported"), w.person("fell") == 1)


def strengthening_arm_alone(w: Records) -> Finding:
    return mean(w.fall[w.in_arm("strengthening")])


def significant_in_one_arm_only(w: Records) -> Answer:
    treated, control = (mean(w.fall[w.in_arm(arm)]) for arm in ("strengthening", "usual care"))
    return "yes" if treated.low > 0 and control.low <= 0 else "no"


def adherent_against_others(w: Records) -> Finding:
    """In the strengthening arm, those who did more sessions than the median against those who did fewer."""
    done = np.where(w.in_arm("strengthening"), means(w.visit("adherence")), np.nan)
    return difference(w.fall[done > np.nanmedian(done)], w.fall[done <= np.nanmedian(done)])


def completers(w: Records) -> Finding:
    return difference(w.fall[w.in_arm("strengthening")], w.fall[w.in_arm("usual care")])


def best_of_twelve_subgroups(w: Records) -> Finding:
    """The difference between strengthening and usual care where it is most significant: in any subgroup, at any visit."""
    age, bmi, pain = w.person("age_years"), w.person("bmi"), w.visit("pain_nrs")
    duration, expects = w.person("pain_duration_weeks"), w.person("expectation_nrs")
    women = np.asarray(w.people["sex"] == "female")
    halves = [women, *(one > np.median(one) for one in (age, bmi, duration, expects, pain[:, 0]))]
    arms = w.in_arm("strengthening"), w.in_arm("usual care")
    falls = (pain[:, :1] - pain[:, 1:]).T
    found = [
        difference(*(fall[arm & half] for arm in arms))
        for fall in falls
        for one in halves
        for half in (one, ~one)
    ]
    return max(found, key=lambda one: one.low)


def pain_on_disc_grade(w: Records) -> Finding:
    return slope(means(w.visit("pain_nrs")), w.person("disc_grade"))


def imaged_if_in_pain(w: Records) -> Finding:
    """Pain by disc grade among those who were sent for an image: people in much pain, and people with worn discs."""
    pain, grade = w.visit("pain_nrs")[:, 3], w.person("disc_grade")
    imaged = (pain >= 4) | (grade >= 3)
    return slope(pain[imaged], grade[imaged])


def less_gain_with_nerve_root(w: Records) -> Finding:
    return _less_gain(w, "nerve_root_signs")


def less_gain_in_inflammation(w: Records) -> Finding:
    return _less_gain(w, "inflammatory_disease")


def raw_agreement(w: Records) -> Finding:
    same = w.person("trigger_point_first_rater") == w.person("trigger_point_second_rater")
    return share(same, 0.75).times(100)


def pathology_found_by_flag(w: Records) -> Finding:
    flagged = (
        (w.person("flag_present") == 1) & (w.person("flag_explained") == 0) & (w.person("flag_severe") == 1)
    )
    flagged &= w.person("flag_weeks") >= 3
    return slope(100 * w.person("serious_pathology_found"), flagged.astype(float))


def steps_never_down(w: Records) -> Finding:
    steps = np.diff(w.visit("care_step"), axis=1)
    return share(steps[np.isfinite(steps)] >= 0, 0.9).times(100)


def pain_on_mood(w: Records) -> Finding:
    return slope(means(w.visit("pain_nrs")), means(w.visit("depression_phq9"))).times(2)


def change_on_manual_therapy(w: Records) -> Finding:
    return slope(np.diff(w.visit("pain_nrs"), axis=1), w.visit("smt_visits")[:, 1:]).reversed


def _hip_gain(w: Records) -> Array:
    hip = w.visit("hip_extension_deg")
    return np.asarray(hip[:, 3] - hip[:, 0])


def _by_flag(values: Array, flagged: np.ndarray) -> Finding:
    return difference(values[flagged], values[~flagged])


def _less_gain(w: Records, column: str) -> Finding:
    """How much less the treated with something got better than the treated without it."""
    treated = w.in_arm(*HIP_ARMS)
    return _by_flag(w.fall[treated], w.person(column)[treated] == 1).reversed
