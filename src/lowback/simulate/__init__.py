"""Cohorts made by a known mechanism, with the true value of every estimand beside them.

The equations, for person i, visit v (weeks 0, 4, 8, 12) and day d; every coefficient is a symbol of `parameters.csv`, a
bar over a quantity is the person's mean over visits, and e, u are independent normal errors (u: one a person)::

    sitting[i,v]  = clip(sitting_mean + sitting_per_activity activity[i] + u, 1, 15) + e
    hip[i]        = hip_mean + hip_per_sitting (sitting_bar[i] - sitting_mean) + hip_per_activity activity[i]
                    + hip_per_year (age[i] - age_mean) + u
    hip[i,v]      = hip[i] + hip_per_sitting (sitting[i,v] - sitting_bar[i]) + e + HIP[arm] done[i] ramp(v)
    tilt[i]       = tilt_mean + tilt_per_hip_between (hip[i] - hip_mean) + u
    tilt[i,v]     = tilt[i] + tilt_per_hip_within (hip[i,v] - hip[i]) + e
    lordosis[i,v] = lordosis_mean + lordosis_per_tilt_between (tilt[i] - tilt_mean)
                    + lordosis_per_tilt_within (tilt[i,v] - tilt[i]) + u
    pain[i,d]     = level[i] (1 - share[i] (1 - exp(-d / (7 pain_recovery_weeks))))
                    + pain_per_sitting (sitting[i,v] - sitting_mean) + pain_per_tilt (tilt[i,d] - tilt_mean)
                    + pain_per_lordosis (lordosis[i,d] - lordosis_mean)
                    + PAIN[arm] done[i] ramp(d) + slow[i,d] + daily[i,d]
    level[i]      = pain_mean + pain_per_year (age[i] - age_mean) + pain_in_women (female[i] - female_share)
                    + pain_per_bmi (bmi[i] - bmi_mean) + pain_per_log_duration log(duration[i] / duration_median)
                    + pain_per_expectation (expectation[i] - expectation_mean) + pain_per_activity activity[i] + u

`done` is the person's adherence over `adherence_full`, `ramp` climbs from 0 at baseline to 1 at `programme_weeks`; the
posture of the days between two visits is that of the visit at their end, except that the arm's gain follows the days.
`HIP` is `hip_gain_stretching` in the two arms that stretch; `PAIN` is `pain_effect_stretching`, `pain_effect_strengthening`, or
their sum plus `pain_effect_of_both_beyond_sum`. `slow` and `daily` are stationary first-order autoregressions.

Within the weeks (`course.csv`; 0 in `literature`, `mechanism` and `null`, where a cohort has no more than the above), for
half days t, with x' for x half a day earlier, worse' = felt' - usual pain, and all else from `living`, `moments`, `findings`::

    pain[t]       = pain[i,d] + drift + shared[t] + back[t] + carry[t] + pain_in_flare flare[t]
                    + pain_per_tilt_sensitised (tilt + tilt_in_flare flare[t] - tilt_mean) (sensitised[t] >= 5)
                    + pain_per_walking (walking[t] - 15) + pain_per_bout (bout[t] - 60) + pain_in_evening evening
                    + pain_per_medication taken[t] + pain_per_mood mood' + pain_after_spacer used[t] side_sleeper
                    + pain_per_session done + pain_per_session_squared done^2 + pain_per_held_session held
    felt[t]       = pain[t] + back_moment_sd e;  hip pain: hip_pain[i,d] + hip_share_of_shared shared[t] + hip[t], likewise
    back[t]       = back_memory back' + back_from_hip hip' + back_shock_sd e;  hip[t] with `hip_from_back`, likewise;
                    at t = 0 both are drawn from the covariance that they keep
    shared, sensitised: first-order autoregressions;  flare: begins with log odds flare_logit + flare_per_hip (hip - hip_mean)
                    + flare_per_activity activity, ends with flare_end, is as severe as it began
    walking[t]    = 15 + walking_per_pain worse' + walking_per_stiffness stiffness' + ... + e;  bout[t] with `bout_per_pain`
    taken[t]      ~ medication_logit + medication_per_pain (felt' - 4);  used[t] with `spacer_*`
    mood[t]       = mood_memory mood' + mood_per_pain worse' + mood_sd e
    session[t]    ~ adherence exp(session_per_pain (felt[t] - 4)), on three evenings a week; begun with the hips ~ hips_first_*
    after session = pain[t] + session_now + hip_session_now of_hip + e
    carry[t]      = session_memory carry' + hip_session_lasting of_hip' + hips_first_when_reactive (sensitised' >= 7) first'
    drift         = ramp (what stretching does more or less by signs, leading region, conditions; prognosis; activity gained)
                    + pain_after_change (day > change_day) + pain_per_smt_visit visits

Claims: each has a switch (`scenarios/claims.yml`) that sets some of these figures to make it true, false, or a trap; a scenario
file turns switches, and `claim_truth` says what then answers the claim. `true_effect` compares any two `Intervention`s, and
`mediated_effect` splits what it finds by way of a posture.

Measured: at a visit, the mean of the week before plus an error, in steps of `pain_visit_step`, cut off at 0 and 10; in
a check-in, whole points. Hip extension, tilt and lordosis carry the error that their reliabilities imply. People are
enrolled if their reported baseline pain reaches `pain_enrol_at`, so that some of it will be a bad week that passes.
Where a scenario's `measurement` counts sites s, raters r and devices d, with e's SD by instrument::

    reading[i,v]  = true[i,v] + SITE[s] + RATER[r] + DRIFT[d] weeks since calibration + STEADINESS[r] e / sqrt(takes)

and the pain of everybody at a site is higher by SITE PAIN[s]; people may favour 0, 5 and 10, raters 5 degrees.

Lost: people leave between visits the sooner, the more pain and the fewer sessions they last reported, so that scores are
missing at random given the record, unless the scenario's `missing` says otherwise. The truth (`truth_of`) is that of full follow-up; where the equations hold, drop-out moves
the slopes within persons by a few percent, because those who leave are those whose posture changed least.
"""

from lowback.simulate.claims import claims
from lowback.simulate.cohorts import Simulated, simulate
from lowback.simulate.effects import TrueValue, claim_truth, true_effect
from lowback.simulate.interventions import Intervention, Rule
from lowback.simulate.mediation import Mediated, mediated_effect
from lowback.simulate.parameters import SCENARIOS, SimulationError, parameters, parameters_table
from lowback.simulate.parquet import simulate_to_parquet
from lowback.simulate.question import simulated_study
from lowback.simulate.scenario import Scenario, claim_scenario, read_scenario, scenario_names
from lowback.simulate.truth import true_values, truth_of
from lowback.simulate.untreated import simulate_untreated
from lowback.simulate.writing import write_simulated

__all__ = [
    "SCENARIOS",
    "Intervention",
    "Mediated",
    "Rule",
    "Scenario",
    "Simulated",
    "SimulationError",
    "TrueValue",
    "claim_scenario",
    "claim_truth",
    "claims",
    "mediated_effect",
    "parameters",
    "parameters_table",
    "read_scenario",
    "scenario_names",
    "simulate",
    "simulate_to_parquet",
    "simulate_untreated",
    "simulated_study",
    "true_effect",
    "true_values",
    "truth_of",
    "write_simulated",
]
