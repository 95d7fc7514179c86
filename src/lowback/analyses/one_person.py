"""Did a person's course change when something new was taken up? Level and slope in each person, and pooled over people."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtr

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.intervals import student_interval
from lowback.estimators.phases import Integrated, Randomised, integrated, randomisation_test, smallest_seen
from lowback.estimators.pooling import pooled
from lowback.outcomes import NotComparable
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.change import Changes, changes
from lowback.outcomes.change_words import change_assumptions, change_method
from lowback.result import NUMBERS, Refusal, Result, estimates_frame
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
SEED = 20261122
# A lot that gives days as bad as chance does in one of a thousand lots was none.
NO_LOT = 0.001
NOWHERE = {"day": np.nan, "person": np.nan, "phase": ""}
Row = tuple[dict[str, object], dict[str, object]]


def one_person(cohort: Cohort, study: Study) -> Result | Refusal:
    """How the outcome's level and slope changed when each person took up something new, from check-ins by day.

    In the outcome's unit (slopes: a week), negative means a fall. `estimand.exposure` is the participants' column with the
    day of the change (`change_day`). A cohort of one person gives the sheet of that person, with every day; more people are pooled as people who
    differ. Where the start was drawn by lot (`start_drawn_from`), a randomisation test stands beside; else days around the
    start are left out and both phases cut to one length, so that a change taken up on a bad day shows no relief of its own.

    Zellner & Tiao 1964, J Am Stat Assoc 59:763-778; Bernal et al. 2017, Int J Epidemiol 46:348-355.
    """
    return answered_of_people(cohort, study, ASKING, _change)


def _change(people: Cohort, _: Study, estimand: Estimand, question: str) -> Result:
    found = changes(people, estimand)
    lot = _lot(found)
    _refuse_a_lot_that_was_none(found)
    rows = _of_people(found, lot) if len(found.start) > 1 else [*_of_one(found, lot), *_by_day(found)]
    return Result(
        analysis="one_person",
        estimand=estimand.name,
        question=question,
        estimates=estimates_frame([row for row, _ in rows]),
        keys=pd.DataFrame([{**NOWHERE, **_named(found), **key} for _, key in rows]),
        method=change_method(found),
        assumptions=change_assumptions(found),
        sources=SOURCES,
        causal=found.is_drawn,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=found.outcome.higher_is,
    )


def _named(found: Changes) -> dict[str, object]:
    return {"outcome": found.outcome.name, "outcome_label": found.outcome.label, "by_lot": found.is_drawn}


def _of_people(found: Changes, lot: Randomised | None) -> list[Row]:
    """The pooled changes, how many people changed, and each person's change in level."""
    unit, label = str(found.outcome.unit), found.outcome.label
    rows = [_pooled_row(found.level, f"change in level of {label}", "pooled level change", unit)]
    rows += _scatter_rows(found, unit)
    rows.append(
        _pooled_row(found.slope, f"change in slope of {label}", "pooled slope change", f"{unit} per week")
    )
    level = found.level
    directions = {"fell": level.conf_high < 0, "rose": level.conf_low > 0}
    directions["did not show a change"] = ~(directions["fell"] | directions["rose"])
    for word, flags in directions.items():
        row = {"term": f"people whose level {word}", "unit": "participants", "n_participants": len(flags)}
        rows.append(({**row, "estimate": float(flags.sum())}, {"statistic": f"people: {word}"}))
    smallest = float(np.nanmedian(smallest_seen(level)))
    row = {"term": "smallest change that one person's days would show in 80 of 100 (median)", "unit": unit}
    rows.append(
        ({**row, "estimate": smallest, "n_participants": len(level.estimate)}, {"statistic": "smallest seen"})
    )
    rows += [*_rank_row(found), *_lot_row(found, lot)]
    for at in range(len(found.start)):
        numbers = {name: float(getattr(level, name)[at]) for name in NUMBERS}
        row = {"term": f"person {at + 1}: change in level", "unit": unit, "n_participants": 1, **numbers}
        rows.append((row, {"statistic": "level change", "person": at + 1.0}))
    return [row for row in rows if np.isfinite(float(str(row[0]["estimate"])))]


def _pooled_row(change: Integrated, term: str, statistic: str, unit: str) -> Row:
    tells = np.isfinite(change.estimate)
    try:
        mean = pooled(change.estimate[tells], change.std_error[tells])
    except NotEstimable:
        return {"term": term, "unit": unit, "n_participants": int(tells.sum()), "estimate": np.nan}, {
            "statistic": statistic
        }
    numbers = {name: getattr(mean, name) for name in NUMBERS}
    return {"term": term, "unit": unit, "n_participants": mean.count, **numbers}, {"statistic": statistic}


def _scatter_rows(found: Changes, unit: str) -> list[Row]:
    """How the change differs between people, and what is to be expected of another person."""
    mean = pooled(found.level.estimate, found.level.std_error)
    named: dict[str, object] = {"unit": unit, "n_participants": mean.count}
    another = {"estimate": mean.estimate, "conf_low": mean.prediction_low, "conf_high": mean.prediction_high}
    return [
        ({"term": "change in level in another person like these", **named, **another}, {"statistic": "prediction"}),
        ({"term": "SD of the change between people", **named, "estimate": mean.tau, "p_value": mean.q_p_value}, {"statistic": "between people"}),
    ]  # fmt: skip


def _of_one(found: Changes, lot: Randomised | None) -> list[Row]:
    """What one person's days show, and what they could have shown."""
    unit, label, level = str(found.outcome.unit), found.outcome.label, found.level
    rows: list[Row] = []
    for change, word, per in ((level, "level", ""), (found.slope, "slope", " per week")):
        numbers = {name: float(getattr(change, name)[0]) for name in NUMBERS}
        if np.isfinite(numbers["estimate"]):
            rows.append(
                (
                    {"term": f"change in {word} of {label}", "unit": unit + per, **numbers},
                    {"statistic": f"{word} change"},
                )
            )
    said = {
        "smallest seen": ("smallest change that these days would show in 80 of 100", unit, float(smallest_seen(level)[0])),
        "day to day": ("SD of single days around the lines", unit, float(level.residual_sd[0])),
        "detectable": ("change between two single days that chance exceeds in 5 of 100", unit, float(level.residual_sd[0]) * 1.96 * 2**0.5),
        "memory": ("correlation from one day to the next", "correlation", float(level.memory[0])),
        "days before": ("days before that count", "days", float(found.cut.before[0])),
        "days after": ("days after that count", "days", float(found.cut.after[0])),
    }  # fmt: skip
    for statistic, (term, of, value) in said.items():
        rows.append(({"term": term, "unit": of, "estimate": value}, {"statistic": statistic}))
    rows += [*_rank_row(found), *_lot_row(found, lot)]
    start = float(found.start[0] + found.course.first_day)
    rows.append(
        (
            {"term": "day of the change", "unit": "days", "estimate": start},
            {"statistic": "start", "day": start},
        )
    )
    return [({**row, "n_participants": 1}, key) for row, key in rows]


def _by_day(found: Changes) -> list[Row]:
    """Every day's score, the lines, and what the line before foretells of the days after, with 95 % intervals."""
    unit, cut = str(found.outcome.unit), found.cut
    counts, since = np.isfinite(cut.outcome[0]), cut.since[0]
    days = np.arange(len(since)) + found.course.first_day
    rows: list[Row] = []
    for at in np.flatnonzero(np.isfinite(found.scores[0])):
        phase = ("before" if since[at] < 0 else "after") if counts[at] else "left out"
        row = {"term": f"day {days[at]}: observed", "unit": unit, "n_participants": 1}
        key = {"statistic": "observed", "day": float(days[at]), "phase": phase}
        rows.append(({**row, "estimate": float(found.scores[0, at])}, key))
    reach = np.flatnonzero(counts)
    inside = np.arange(reach[0], reach[-1] + 1)
    inside = inside[since[inside] != 0]
    design = cut.design()[0][inside]
    nothing = design * np.array([1.0, 1.0, 0.0])
    later = since[inside] > 0
    for name, wanted, at_days in (
        ("fitted", design, inside),
        ("had nothing changed", nothing[later], inside[later]),
    ):
        line = integrated(cut.outcome, cut.design(), wanted, least_sd=found.rounding_sd)
        for place, at in enumerate(at_days):
            numbers = {one: float(getattr(line, one)[place]) for one in NUMBERS if one != "p_value"}
            key = {"statistic": name, "day": float(days[at]), "phase": "before" if since[at] < 0 else "after"}
            rows.append(
                ({"term": f"day {days[at]}: {name}", "unit": unit, "n_participants": 1, **numbers}, key)
            )
    return rows


def _rank_row(found: Changes) -> list[Row]:
    """How bad the day of the change was among the person's days, 1 the worst; chance gives a half."""
    rank = found.rank[np.isfinite(found.rank)]
    if not len(rank):
        return []
    numbers = {"estimate": float(rank.mean())}
    if len(rank) > 2 and rank.std() > 0:
        numbers = student_interval(
            float(rank.mean()), float(rank.std(ddof=1) / len(rank) ** 0.5), len(rank) - 1.0
        )
    row = {
        "term": "how bad the day of the change was among all days (1: the worst)",
        "unit": "rank from 0 to 1",
    }
    return [({**row, "n_participants": len(rank), **numbers, "p_value": np.nan}, {"statistic": "rank"})]


def _lot(found: Changes) -> Randomised | None:
    if found.drawn_from is None:
        return None
    possible = np.arange(found.drawn_from[0], found.drawn_from[1] + 1) - found.course.first_day
    try:
        return randomisation_test(found.scores, found.start, possible, seed=SEED)
    except NotEstimable:
        return None


def _lot_row(found: Changes, lot: Randomised | None) -> list[Row]:
    if lot is None or found.drawn_from is None:
        return []
    term = f"step at the day drawn, against the {lot.possible_starts} days that could have been drawn"
    row: dict[str, object] = {
        "term": term,
        "unit": "standard errors",
        "estimate": lot.step,
        "n_participants": lot.series,
    }
    own = lot.together if len(found.start) > 1 else float(lot.own[0])
    return [({**row, "p_value": own}, {"statistic": "randomisation test"})]


def _refuse_a_lot_that_was_none(found: Changes) -> None:
    """Refuse starts that are said to be drawn by lot and yet follow bad days."""
    rank = found.rank[np.isfinite(found.rank)]
    if not found.is_drawn or len(rank) < 8:
        return
    # By lot ranks are even over 0 to 1, whose SD is the root of 1/12.
    beyond = (float(rank.mean()) - 0.5) / (1 / 12 / len(rank)) ** 0.5
    if ndtr(-abs(beyond)) * 2 < NO_LOT:
        raise NotComparable(
            f"starts are said to be drawn by lot, but they fall on days that are no draw: their mean rank "
            f"among people's days is {rank.mean():.2f}, where a lot gives 0.5 (people: {len(rank)})",
            "starts that were drawn by lot, or a study file that does not say between which days they were (without `start_drawn_from`)",
        )
