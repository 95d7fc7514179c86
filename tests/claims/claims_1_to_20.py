"""What is asked about the claims C01 to C20."""

from __future__ import annotations

from collections.abc import Mapping

import naive_diaries as diary
import naive_visits as visit
from asking import (
    BETWEEN,
    CONFOUNDED,
    MEDIATION,
    NIL,
    NONSENSE,
    POINTS,
    REGRESSION,
    Asked,
    Naive,
    confused,
    prognosis,
)
from by_way_of import ByWayOf, NothingBeside
from for_whom import DoesMore
from kept_up import eases_later, keeps_to, sits_more
from led import HandsOn
from linked import Corrected, MomentByMoment, Sensitised
from our_analyses import ArmEffect, BeyondRegression, SameMinutes, ShownSmall, Slope
from spells_and_doses import AddsUp, ComesBack, Happens
from within_the_day import HIP_ARMS, curve, proximal, reactive

from lowback.study import Eligibility

HIP = "hip-flexor stretching"
BACK_ARMS = ("usual care", "back-only care", "hips and back")
SENSITISED = Eligibility(variable="sensitised_nrs", at_least=5, reason="not sensitised at baseline")
PER_5 = "degrees per 5 degrees"

FIRST_CLAIMS: Mapping[str, Asked] = {
    "C01": Asked(
        (Naive(visit.hip_on_sitting, "slope between persons at baseline", CONFOUNDED, 0.25, "degrees per hour"),),
        (
            Slope("hip_extension_deg", "sitting_hours", 1, "within", 0.25, sign=-1),
            sits_more("within persons", 0.25),
            sits_more("g-formula", 0.25),
        ),
        "degrees per hour",
    ),
    "C02": Asked(
        (Naive(visit.tilt_on_hip, "slope between persons at baseline", BETWEEN, 0.5, PER_5),),
        (
            Corrected("pelvic_tilt_deg", "hip_extension_deg", 5, 0.5, sign=-1),
            Slope("pelvic_tilt_deg", "hip_extension_deg", 5, "within", 0.5, sign=-1),
            ArmEffect("clda", HIP, 0.5, outcome="pelvic_tilt_deg"),
        ),
        "degrees (slope: per 5 degrees)",
    ),
    "C03": Asked(
        (Naive(visit.lordosis_on_tilt, "slope between persons at baseline", BETWEEN, 1, PER_5),),
        (
            Corrected("lordosis_deg", "pelvic_tilt_deg", 5, 1),
            Slope("lordosis_deg", "pelvic_tilt_deg", 5, "within", 1),
        ),
        PER_5,
    ),
    "C05": Asked(
        (Naive(visit.harm_not_significant, "Fisher's test not significant, so it is safe", NIL),),
        (Happens("adverse_event", "pelvic_tilt_deg", 5, 0.01),),
        "proportion per 5 degrees",
    ),
    "C06": Asked(
        (Naive(diary.pain_on_tilt_of_the_sensitised, "slope between persons, of the sensitised", BETWEEN, 0.5, "NRS points per 5 degrees"),),
        (
            Sensitised("high", 0.5),
            Sensitised("high minus low", 0.5),
            MomentByMoment(0.5),
            Slope("pain_nrs", "pelvic_tilt_deg", 5, "within", 0.5, only=SENSITISED),
        ),
        "NRS points per 5 degrees",
    ),
    "C07": Asked(
        (Naive(visit.tilt_change_not_significant, "t test of tilt not significant, so it is unchanged", NIL),),
        (ShownSmall("back-only care", "pelvic_tilt_deg", 1.0, BACK_ARMS),),
        "degrees",
    ),
    "C08": Asked(
        (
            Naive(diary.flares_on_hip, "slope of time in flare between persons", CONFOUNDED, 1, "percent of days per 10 degrees"),
            Naive(visit.fall_in_everybody, "fall of pain in people compared with nobody", REGRESSION, 1, POINTS),
        ),
        (ComesBack(), BeyondRegression()),
        "log hazard ratio per 10 degrees (expected_change: NRS points)",
    ),
    "C09": Asked(
        (Naive(visit.arms_whatever_their_minutes, "t test of arms whose sessions differ in length", "Mohr et al. 2009, Psychother Psychosom 78:275-284", 1, POINTS),),
        (
            SameMinutes(
                ArmEffect("mmrm", "hips and back", 1.0, "back-only care", BACK_ARMS),
                ArmEffect("ancova", "hips and back", 30.0, "back-only care", BACK_ARMS, "session_min_per_week"),
            ),
        ),
    ),
    "C10": confused(
        diary.pain_on_long_bout,
        0.3,
        "NRS points per hour (curve: the same; time to ease: minutes per hour)",
        Slope("pain_nrs", "longest_sitting_min", 60, "within", 0.3, of_checkins=True),
        proximal("pain_nrs", "longest_sitting_min", 0.3, 1, per=60),
        curve("pain_nrs", "longest_sitting_min", 0.3, 1, per=60),
        proximal("ease_min", "longest_sitting_min", 2, 1, per=60),
        eases_later(2),
    ),
    "C11": Asked(
        (Naive(diary.hip_and_back_over_all_checkins, "slope over all check-ins of all people", "Bland & Altman 1994, BMJ 308:896", 0.1, "NRS points per point"),),
        (Slope("pain_nrs", "hip_pain_nrs", 1, "within", 0.1, of_checkins=True),),
        "NRS points per point",
    ),
    "C12": confused(
        diary.stiffness_on_walking,
        0.2,
        "NRS points per 20 minutes (sitting: per hour)",
        Slope("back_stiffness_nrs", "walking_min", 20, "within", 0.2, sign=-1, of_checkins=True),
        proximal("back_stiffness_nrs", "walking_min", 0.2, -1, per=20),
        curve("back_stiffness_nrs", "walking_min", 0.2, -1, per=20),
        proximal("back_stiffness_nrs", "longest_sitting_min", 0.2, 1, per=60),
    ),
    "C13": prognosis(visit.fall_on_signs_in_treated, "slope of the fall on signs, treated arms only", DoesMore("hip_signs", 0.3)),
    "C14": Asked(
        (Naive(visit.product_of_coefficients, "product of coefficients by way of hip extension", MEDIATION, 0.5, POINTS),),
        (
            ArmEffect("mmrm", HIP, 1.0),
            ArmEffect("ancova", HIP, 1.0),
            ByWayOf(("pelvic_tilt_deg",), 0.5, ("steps_per_day",)),
        ),
    ),
    "C15": Asked(
        (Naive(diary.before_and_after_hip_sessions, "paired t test before and after hip sessions", "Campbell & Stanley 1963, Experimental and Quasi-experimental Designs for Research", 0.5, POINTS),),
        (proximal("pain_post_session_nrs", "hip_session", 0.5, -1, before="pain_pre_session_nrs", randomised_with=0.5, arms=HIP_ARMS),),
    ),
    "C16": Asked(
        (Naive(diary.night_after_hips_first, "fall over night by the order chosen", REGRESSION, 0.5, POINTS),),
        (reactive("effect where it bids", 0.5), reactive("difference from never", 0.2)),
    ),
    "C17": Asked(
        (Naive(diary.days_to_flare_by_sessions_before, "days to the first flare by sessions done before it", "Suissa 2008, Am J Epidemiol 167:492-499", 7, "days"),),
        (
            ArmEffect("mmrm", "guided video", 1.0, arms=("usual care", "guided video")),
            keeps_to("guided video", 1.0),
        ),
    ),
    "C18": Asked(
        (Naive(visit.direct_effect_not_significant, "effect at equal change of the hip not significant, so there is none", MEDIATION),),
        (NothingBeside(("pelvic_tilt_deg",), 1.0, ("steps_per_day",)),),
    ),
    "C19": Asked(
        (Naive(visit.pain_on_sessions_so_far, "slope within persons on sessions done so far", NONSENSE, 0.3, "NRS points per 10 sessions"),),
        (AddsUp("more"), AddsUp("bend")),
    ),
    "C20": Asked(
        (Naive(diary.lagged_slope_of_scores, "standardised slope on hip pain the day before", "Rogosa 1980, Psychol Bull 88:245-258", 0.05, "SD per SD"),),
        (HandsOn(0.05),),
        "SD per SD",
    ),
}  # fmt: skip
