"""Who leads in each person, told by the check-ins of a run-in before treatment and by nothing after it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.lead.fit import fit_lead
from lowback.outcomes.lead_answer import leads
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.two_series import two_series
from lowback.study import Estimand, Study

RUN_IN_LEAD = "run_in_lead"
HIP, BACK = "hip_pain_nrs", "pain_nrs"
# A correlation of 1 is ten of its unit.
TENTHS = 10.0


def with_run_in_lead(people: Cohort, study: Study, estimand: Estimand) -> Cohort:
    """The cohort with the column `run_in_lead` where the estimand's modifier is that and nobody recorded it; else as it is.

    A person's lead is the error-free correlation of hip pain now with back pain later less the reverse, in tenths, as `lead` tells
    it of each person, from the check-ins before day 0: positive where hip pain came first. What was recorded after the
    allocation, which treatment may have changed, plays no part. Who told too little has none. Raises `NotComparable` without
    a run-in, or where it does not tell.
    """
    if estimand.modifier != RUN_IN_LEAD or RUN_IN_LEAD in people.columns:
        return people
    checkins = people.checkins
    if checkins is None or not {HIP, BACK} <= set(checkins) or not (checkins["days"] < 0).any():
        raise NotComparable(
            f"no check-ins with {HIP} and {BACK} before day 0, so that nothing tells who led before treatment",
            "a run-in: weeks of check-ins on hip and back before the allocation",
        )
    before = checkins[checkins["days"] < 0].reset_index(drop=True)
    run_in = replace(people, checkins=before, visits=None)
    asked = Estimand(name="run-in", summary="lead", outcome=BACK, exposure=HIP)
    found = two_series(run_in, study, asked)
    try:
        fit = fit_lead(found.series, free_night=found.several_a_day, known_error=found.known_error)
        persons = leads(found, fit, None).persons
    except NotEstimable as refused:
        raise NotComparable(
            f"the run-in does not tell who led in each person: {refused}",
            "a longer run-in, or more check-ins a day",
        ) from refused
    values = pd.Series(np.nan, index=run_in.participant_ids)
    # A person's lead is told to first order and may overshoot what two correlations can differ by.
    values.iloc[persons.people] = TENTHS * np.clip(persons.lead, -2, 2)
    table = people.participants
    if table is None:
        table = pd.DataFrame({"participant_id": people.participant_ids})
    told = values.reindex(table["participant_id"]).to_numpy(float)
    return replace(people, participants=table.assign(**{RUN_IN_LEAD: told}))
