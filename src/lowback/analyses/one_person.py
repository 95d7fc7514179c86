"""Did a person's course change when something new was taken up, and back when it was stopped? In each person, and pooled over people."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lowback.cohort import Cohort
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.change import Changes, changes
from lowback.outcomes.change_chosen import lot_rows, rank_rows, refuse_a_lot_that_was_none
from lowback.outcomes.change_of_one import rows_by_day, rows_of_one
from lowback.outcomes.change_of_people import rows_of_people
from lowback.outcomes.change_words import change_assumptions, change_method
from lowback.result import Refusal, Result, estimates_frame
from lowback.study import Estimand, Study

ASKING = Asking(
    "one_person",
    "change in one person",
    "Did {label} change when something new was taken up?",
    "Did anything change when something new was taken up?",
)
SOURCES = (
    "Zellner & Tiao 1964, J Am Stat Assoc 59:763-778; Berger, Liseo & Wolpert 1999, Stat Sci 14:1-28 (intervals over all memories)",
    "Bernal, Cummins & Gasparrini 2017, Int J Epidemiol 46:348-355 (interrupted time series)",
    "Edgington 1975, J Psychol 90:57-68 (randomisation of the start)",
    "Viechtbauer 2005, J Educ Behav Stat 30:261-293; Sidik & Jonkman 2006, Comput Stat Data Anal 50:3681-3701 (pooling)",
    "Barnett, van der Pols & Dobson 2005, Int J Epidemiol 34:215-220 (regression to the mean)",
)
OF_REVERSALS = (
    "Vohra et al. 2015, BMJ 350:h1738 (CENT 2015: trials in one person)",
    "Onghena 1992, Behav Assess 14:153-171 (randomisation of several changes)",
)
NOWHERE = {"day": np.nan, "person": np.nan, "phase": ""}


def one_person(cohort: Cohort, study: Study) -> Result | Refusal:
    """How the outcome's level and slope changed when each person took up something new, from check-ins by day.

    In the outcome's unit (slopes: a week), negative means a fall. `estimand.exposure` is the participants' column with the
    day of the change (`change_day`). A cohort of one person gives the sheet of that person, with every day; more people are pooled as people who
    differ. Where the start was drawn by lot (`start_drawn_from`), a randomisation test stands beside; else days around the
    start are left out and both phases cut to one length, so that a change taken up on a bad day shows no relief of its own.

    Where it is stopped and taken up again (`then`, or `blocks` in some order), the level of the days on less that of the days off stands
    in the place of the change in level, with rows for taking it up, for stopping, and for what the two leave.

    Zellner & Tiao 1964, J Am Stat Assoc 59:763-778; Bernal et al. 2017, Int J Epidemiol 46:348-355.
    """
    return answered_of_people(cohort, study, ASKING, _change)


def _change(people: Cohort, _: Study, estimand: Estimand, question: str) -> Result:
    found = changes(people, estimand)
    refuse_a_lot_that_was_none(found)
    chosen = [*rank_rows(found), *lot_rows(found)]
    several = len(found.start) > 1
    rows = rows_of_people(found, chosen) if several else [*rows_of_one(found, chosen), *rows_by_day(found)]
    return Result(
        analysis="one_person",
        estimand=estimand.name,
        question=f"{question.removesuffix('?')}, and back when it was stopped?"
        if found.reverses
        else question,
        estimates=estimates_frame([row for row, _ in rows]),
        keys=pd.DataFrame([{**NOWHERE, **_named(found), **key} for _, key in rows]),
        method=change_method(found),
        assumptions=change_assumptions(found),
        sources=(*SOURCES, *OF_REVERSALS) if found.reverses else SOURCES,
        causal=found.is_drawn,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=found.outcome.higher_is,
    )


def _named(found: Changes) -> dict[str, object]:
    named = {"outcome": found.outcome.name, "outcome_label": found.outcome.label}
    return {**named, "by_lot": found.is_drawn, "reverses": found.reverses}
