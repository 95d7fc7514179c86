"""What is asked about the claims C21 to C39."""

from __future__ import annotations

from collections.abc import Mapping

import naive_diaries as diary
import naive_visits as visit
import numpy as np
from as_recorded import LikelierWith, OneByOne, PicksOut
from asking import (
    ADHERERS,
    AGREEMENT,
    BERKSON,
    BETWEEN,
    BIASES,
    CONFOUNDED,
    NONSENSE,
    ONE_ARM,
    POINTS,
    REGRESSION,
    Asked,
    Naive,
    confused,
    prognosis,
)
from days_and_waves import AfterTheChange, AroundOnsets, Foretells
from for_whom import DoesMore
from led import HipLeads
from linked import Kappa
from our_analyses import OF_ARMS, ArmEffect, Better, Slope
from spells_and_doses import Happens, MustBeHeld
from within_the_day import proximal

from lowback.study import Eligibility

HIP, STRENGTH = "hip-flexor stretching", "strengthening"
BACK_LEADS = Eligibility(variable="leading_region", equals="back", reason="the back does not lead")
PER_GRADE, PER_VISIT = "NRS points per grade", "NRS points per visit"

LATER_CLAIMS: Mapping[str, Asked] = {
    "C21": Asked(
        (Naive(diary.shuffled_days, "largest lagged correlation against shuffled days", NONSENSE, 5, "percent of diaries beyond 5"),),
        (HipLeads(0.1), AroundOnsets(0.2)),
    ),
    "C22": prognosis(visit.fall_where_hip_leads, "fall by leading region, treated arms only", DoesMore("leading_region", 0.5, "hip")),
    "C23": Asked(
        (Naive(visit.arms_over_everybody, "t test over everybody", "Kent et al. 2018, BMJ 363:k4245", 1, POINTS),),
        (ArmEffect("mmrm", HIP, 1.0, only=BACK_LEADS),),
    ),
    "C24": Asked(
        (Naive(diary.week_after_the_change, "day of the change against the days after", REGRESSION, 0.5, POINTS),),
        (AfterTheChange(0.5),),
    ),
    "C25": Asked(
        (Naive(visit.episodes_seen_on_hip, "slope of the risk in those who came to the clinic", BERKSON, 5, "percent per 10 degrees"),),
        (Happens("new_episode_seen", "hip_extension_deg", 10, 0.05, -1),),
        "proportion per 10 degrees",
    ),
    "C26": Asked(
        (Naive(visit.injuries_reported_on_kilometres, "slope of the injuries reported", BIASES, 0.1, "injuries a year per 10 km"),),
        (Happens("hip_flexor_injuries_reported", "running_km", 10, float(np.log(1.2)), counts=True),),
        "log rate ratio per 10 km (association: injuries a year per 10 km)",
        associations=(Slope("hip_flexor_injuries_reported", "running_km", 10, "between", 0.1),),
    ),
    "C27": Asked(
        (Naive(visit.groin_pain_recalled_after_fall, "difference in what is recalled", BIASES, 10, "percent"),),
        (LikelierWith("groin_pain", "fell", 0.1), LikelierWith("groin_pain_reported", "fell", 0.1)),
        "proportion",
    ),
    "C28": Asked(
        (Naive(diary.fall_on_time_held, "slope of the fall on the time held, treated arms only", ADHERERS, 0.3, "NRS points per 10 seconds"),),
        (MustBeHeld(),),
        "NRS points per 10 sessions",
    ),
    "C29": Asked(
        (Naive(visit.strengthening_arm_alone, "paired t test within the arm", ONE_ARM, 1, POINTS),),
        (*(ArmEffect(one, STRENGTH, 1.0) for one in OF_ARMS), Better(STRENGTH, 0.1)),
        "NRS points (responders: proportion)",
    ),
    "C30": Asked(
        (Naive(diary.night_after_spacer, "fall over night by whether the spacer was used", REGRESSION, 0.5, POINTS),),
        (proximal("pain_nrs", "spacer_used", 0.5, -1, modifier="side_sleeper", level="sleeps on the side: yes"),),
    ),
    "C31": Asked(
        (
            Naive(visit.pain_on_disc_grade, "slope between persons, age left out", CONFOUNDED, 0.3, PER_GRADE),
            Naive(visit.imaged_if_in_pain, "the same in those imaged, for pain or a worn disc", BERKSON, 0.3, PER_GRADE),
        ),
        (Slope("pain_nrs", "disc_grade", 1, "between", 0.3),),
        PER_GRADE,
    ),
    "C32": prognosis(visit.less_gain_with_nerve_root, "fall with and without the signs, treated arms only", DoesMore("nerve_root_signs", 0.5, "yes", -1)),
    "C33": Asked(
        (Naive(visit.raw_agreement, "raw agreement against 75 percent", AGREEMENT, 5, "percent"),),
        (Kappa("trigger_point_first_rater", 0.4),),
        "kappa",
    ),
    "C34": Asked(
        (Naive(visit.pathology_found_by_flag, "risk difference of what was found", "Begg & Greenes 1983, Biometrics 39:207-215", 5, "percent"),),
        (PicksOut(True), PicksOut(False)),
        "proportion",
    ),
    "C35": Asked(
        (Naive(visit.steps_never_down, "share of steps that are not below the last, against 90 percent", "by definition: a running maximum never falls", 5, "percent"),),
        (OneByOne("care_step"),),
        "proportion of moves",
    ),
    "C36": confused(
        diary.pain_on_walking,
        0.2,
        "NRS points per 20 minutes",
        Slope("pain_nrs", "walking_min", 20, "within", 0.2, sign=-1, of_checkins=True),
        proximal("pain_nrs", "walking_min", 0.2, -1, per=20),
    ),
    "C37": Asked(
        (Naive(visit.pain_on_mood, "slope between persons", BETWEEN, 0.3, "NRS points per 2 PHQ-9 points"),),
        (Slope("pain_nrs", "depression_phq9", 2, "within", 0.3), Foretells("pain_nrs", "mood", 0.2, of_checkins=True)),
        "NRS points per 2 PHQ-9 points (foretold by mood: per SD)",
    ),
    "C38": Asked(
        (Naive(visit.change_on_manual_therapy, "change of pain by visits in the same weeks", REGRESSION, 0.3, PER_VISIT),),
        (proximal("pain_nrs", "smt_visits", 0.3, -1, per=1),),
        PER_VISIT,
        associations=(Slope("pain_nrs", "smt_visits", 1, "within", 0.3, sign=-1),),
    ),
    "C39": prognosis(visit.less_gain_in_inflammation, "fall with and without it, treated arms only", DoesMore("inflammatory_disease", 0.5, "yes", -1)),
}  # fmt: skip
