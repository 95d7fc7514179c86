"""How much did people change who were compared with nobody, and how much of it may be regression to the mean?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.equivalence import expected_fall
from lowback.estimators.intervals import student_interval
from lowback.estimators.linear import least_squares
from lowback.estimators.random_intercept import random_intercept
from lowback.outcomes import NotComparable, cannot_be_fitted
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.refusals import follow_up_week, measured_outcome, refuse_other_strategies
from lowback.outcomes.scores import Array, by_week
from lowback.result import Refusal, Result, estimates_frame
from lowback.screening import baseline_week
from lowback.study import Estimand, Study
from lowback.variables import Variable

ASKING = Asking(
    "expected_change",
    "mean difference",
    "How much of the change in {label} by week {week:g} may be regression to the mean?",
    "How much of the change may be regression to the mean?",
)


def expected_change(cohort: Cohort, study: Study) -> Result | Refusal:
    """The observed change towards the better end of the scale, beside what regression to the mean alone may give.

    For people compared with nobody. In the outcome's unit, positive means better: a fall where higher is worse. Regression
    to the mean is (1 - r) x (mean at baseline - mean of all people of this kind), r being the correlation of a person's
    scores at two visits after baseline or, where there is one such visit, the slope of its score on that at baseline: people
    chosen for their score have the slope of all people, not the correlation. Nobody's data tell the second mean from people
    who joined because of their score, so there are no more than the largest change, with that mean at the better end of the
    scale, and the mean that would explain all of the change, where the scale has it. Refused where a comparator shows what
    to expect.

    Davis 1976, Am J Epidemiol 104:493-498; Mee & Chua 1991, Am Stat 45:39-42 (the slope).
    """
    return answered_of_people(cohort, study, ASKING, _change)


@dataclass(frozen=True)
class _Kept:
    """The share of their distance from the mean that people keep from one visit to the next, and how it was found."""

    share: float
    unit: str
    term: str
    n_participants: int
    method: str
    assumptions: tuple[str, ...]

    @property
    def reliability(self) -> float:
        """The share, where it stands for a correlation."""
        return min(max(self.share, 0.0), 1.0)


@dataclass(frozen=True, eq=False)
class _Course:
    """`before` and `after` are the scores of people seen at baseline and at the estimand's week."""

    outcome: Variable
    start: float
    week: float
    before: Array
    after: Array
    kept: _Kept

    @property
    def falls(self) -> bool:
        """Whether to get better is to fall."""
        return self.outcome.higher_is != "better"

    @property
    def word(self) -> str:
        """What getting better is called."""
        return "fall" if self.falls else "rise"

    @property
    def better_end(self) -> float | None:
        """The end of the scale that no mean lies beyond."""
        return self.outcome.low if self.falls else self.outcome.high


def _change(people: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    course = _course(people, study, estimand)
    rows = _rows(course)
    arm = study.arms[0] if study.arms else ""
    place = {"outcome": course.outcome.name, "outcome_label": course.outcome.label}
    keys = [{**place, "arm": arm, "weeks": course.week, "statistic": one} for one, _ in rows]
    return Result(
        analysis="expected_change",
        estimand=estimand.name,
        question=question,
        estimates=estimates_frame([row for _, row in rows]),
        keys=pd.DataFrame(keys),
        method=_method(course),
        assumptions=(
            "Scores would have gone on around the same mean without treatment: no recovery, and no other cause of change.",
            *course.kept.assumptions,
        ),
        sources=(
            "Davis 1976, Am J Epidemiol 104:493-498, doi:10.1093/oxfordjournals.aje.a112321 (the formula)",
            "Mee & Chua 1991, Am Stat 45:39-42 (one visit after baseline)",
        ),
        higher_is=course.outcome.higher_is,
    )


def _course(people: Cohort, study: Study, estimand: Estimand) -> _Course:
    """The scores that the analysis rests on, refused where arms are compared or too little was recorded."""
    refuse_other_strategies(estimand)
    if study.comparator(estimand) is not None and study.treated_arms(estimand):
        raise NotComparable(
            f"{study.title!r} has a comparator, and that arm shows what to expect", "a study of one arm"
        )
    outcome = measured_outcome(people, estimand)
    start = baseline_week(people, study)
    week = follow_up_week(people, estimand, start)
    weeks, (scores,) = by_week(people, [outcome.name])
    scores = scores[_in_study(people, study)]
    both = scores[:, [weeks.index(float(start or 0)), weeks.index(week)]]
    both = both[~np.isnan(both).any(axis=1)]
    if len(both) < 2:
        raise NotComparable(
            f"{len(both)} {'person has' if len(both) == 1 else 'people have'} {outcome.label} at baseline and at week {week:g}",
            "two people or more with both scores",
        )
    later = [
        at for at, one in enumerate(weeks) if one > float(start or 0) and not np.isnan(scores[:, at]).all()
    ]
    if len(later) > 1:
        kept = _by_correlation(scores[:, later], [f"week {weeks[at]:g}" for at in later], outcome)
    else:
        kept = _by_slope(both, week, outcome)
    return _Course(outcome, float(start or 0), week, both[:, 0], both[:, 1], kept)


def _in_study(people: Cohort, study: Study) -> NDArray[np.bool_]:
    """Who is in the study's arm; everybody where it names none."""
    if not study.arms or people.participants is None or "arm" not in people.participants:
        return np.full(len(people.participant_ids), True)
    arms = set(study.arms)
    return np.array([arm in arms for arm in people.participants["arm"].to_numpy(object)])


def _by_correlation(later: Array, names: list[str], outcome: Variable) -> _Kept:
    """The share by the correlation of a person's scores after baseline, around the mean of each visit."""
    person, visit = np.nonzero(np.isfinite(later))
    try:
        fit = random_intercept(later[person, visit], np.eye(len(names))[visit], person, names=names)
    except NotEstimable as refused:
        raise cannot_be_fitted(f"{outcome.label} at the visits after baseline", refused) from refused
    return _Kept(
        fit.variance_between / (fit.variance_between + fit.variance_residual),
        "correlation",
        "correlation of a person's scores at two visits",
        fit.n_groups,
        f"r from a random intercept for each of {fit.n_groups} people around the mean of each visit after baseline "
        f"({fit.n_rows} scores), by restricted maximum likelihood",
        (
            "Two scores of a person correlate alike however far apart they are; where the correlation fades with time, "
            "regression to the mean is larger than stated.",
            "Treatment leaves the correlation between visits as it is, and it is that of all people of this kind; among "
            "people chosen for their scores it is lower, which makes regression to the mean look larger.",
        ),
    )


def _by_slope(both: Array, week: float, outcome: Variable) -> _Kept:
    """The share by the slope of the one score after baseline on that at baseline."""
    names = ("everybody", "score at baseline")
    try:
        fit = least_squares(both[:, 1], np.column_stack([np.ones(len(both)), both[:, 0]]), names=names)
    except NotEstimable as refused:
        raise cannot_be_fitted(f"{outcome.label} at week {week:g} by that at baseline", refused) from refused
    return _Kept(
        float(fit.coefficients[1]),
        "slope",
        f"slope of the score at week {week:g} on that at baseline",
        len(both),
        f"r is the least-squares slope of the score at week {week:g}, the one visit after baseline, on that at baseline",
        (
            "Treatment changes everybody's score alike; where it does more for people with high scores, the slope is lower "
            "and regression to the mean looks larger.",
            "People were chosen by their score at baseline and nothing else that tells their score later; otherwise the "
            "slope is not that of all people of this kind.",
        ),
    )


def _rows(course: _Course) -> list[tuple[str, dict[str, object]]]:
    """Every row after the statistic that it is; a row that the data or the scale do not allow is left out."""
    better = (course.before - course.after) * (1 if course.falls else -1)
    change = float(better.mean())
    error = float(better.std(ddof=1)) / len(better) ** 0.5
    named: dict[str, object] = {"unit": course.outcome.unit, "n_participants": len(better)}
    observed = {"term": f"{course.word} since baseline by week {course.week:g}", **named}
    kept = {
        "term": course.kept.term,
        "unit": course.kept.unit,
        "n_participants": course.kept.n_participants,
        "estimate": course.kept.share,
    }
    # That scores changed is no finding where nobody tells how they would have gone, so it carries no p-value.
    interval = {**student_interval(change, error, len(better) - 1.0), "p_value": np.nan}
    rows: list[tuple[str, dict[str, object]]] = [
        ("observed change", {**observed, **interval}),
        ("share kept", kept),
    ]
    end, joined = course.better_end, float(course.before.mean())
    if end is not None:
        largest = abs(expected_fall(joined, end, course.kept.reliability))
        term = f"{course.word} from regression to the mean, were {end:g} the mean of all such people"
        rows.append(("largest expected change", {**named, "term": term, "estimate": largest}))
        if 0 < change <= largest:
            mean = joined + (end - joined) * change / largest
            term = f"mean of all such people at which regression to the mean gives the whole {course.word}"
            rows.append(("mean that explains all", {**named, "term": term, "estimate": mean}))
    return rows


def _method(course: _Course) -> str:
    """The sentences that the report prints under "Method"."""
    label = course.outcome.label
    return (
        f"Mean {course.word} in {label} from baseline to week {course.week:g} in the {len(course.before)} people with both scores, "
        "with a 95 % t interval; nobody was compared with, so it cannot be put down to treatment; regression to the mean by "
        f"(1 - r) x (mean at baseline - mean of all such people), whatever the score at which people joined; {course.kept.method}; "
        "the mean of all such people is not in these data, so a range is shown in place of an estimate, without an interval."
    )
