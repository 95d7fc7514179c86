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

Measured: at a visit, the mean of the week before plus an error, in steps of `pain_visit_step`, cut off at 0 and 10; in
a check-in, whole points. Hip extension, tilt and lordosis carry the error that their reliabilities imply. People are
enrolled if their reported baseline pain reaches `pain_enrol_at`, so that some of it will be a bad week that passes.

Lost: people leave between visits the sooner, the more pain and the fewer sessions they last reported, so that scores are
missing at random given the record. The truth (`truth_of`) is that of full follow-up; where the equations hold, drop-out moves
the slopes within persons by a few percent, because those who leave are those whose posture changed least.
"""

from lowback.simulate.cohorts import Simulated, simulate
from lowback.simulate.parameters import SCENARIOS, SimulationError, parameters, parameters_table
from lowback.simulate.parquet import simulate_to_parquet
from lowback.simulate.question import simulated_study
from lowback.simulate.truth import true_values, truth_of
from lowback.simulate.untreated import simulate_untreated
from lowback.simulate.writing import write_simulated

__all__ = [
    "SCENARIOS",
    "Simulated",
    "SimulationError",
    "parameters",
    "parameters_table",
    "simulate",
    "simulate_to_parquet",
    "simulate_untreated",
    "simulated_study",
    "true_values",
    "truth_of",
    "write_simulated",
]
