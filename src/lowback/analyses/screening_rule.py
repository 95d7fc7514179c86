"""Whom the rule for warning signs picks out and why, and how good it is at serious pathology."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.proportions import Proportion, newcombe, wilson
from lowback.estimators.verification import Verified, corrected_accuracy
from lowback.outcomes import NotComparable
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.cell_means import Row, framed
from lowback.outcomes.refusals import refuse_other_strategies
from lowback.outcomes.screened import Screened, screened
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study

ASKING = Asking(
    "screening_rule",
    "screening rule",
    "Does an unexplained, severe and lasting warning sign point to this: {label}?",
    "Does an unexplained, severe and lasting warning sign point to serious pathology?",
)
# What "several weeks" may mean; the study's threshold, else the first, is the primary one.
SEVERAL = (3.0, 4.0, 6.0)
SOURCES = (
    "Begg & Greenes 1983, Biometrics 39:207-215 (sensitivity and specificity where not everybody was looked at)",
    "Wilson 1927, J Am Stat Assoc 22:209-212; Newcombe 1998, Stat Med 17:873-890 (shares and their difference)",
    "Horowitz & Manski 2000, J Am Stat Assoc 95:77-84, doi:10.1080/01621459.2000.10473902 (bounds for people not looked at)",
)


def screening_rule(cohort: Cohort, study: Study) -> Result | Refusal:
    """The rule applied (a warning sign that is unexplained, severe, and lasts `threshold` weeks, default 3), its log, and its accuracy.

    The rule is applied, never estimated. Rows count everybody by the first reason that decides, and those picked out
    where "several weeks" means 3, 4 or 6. Proportions are the risk of serious pathology with and without, and their difference (positive: likelier where
    the rule picks out); sensitivity and specificity. Risks are those of people who were looked at (column `worked_up`, else
    all who have an answer): right where that depended on nothing but the rule. A further row lets those not looked at have anything; where it
    is not recorded who was looked at (a column `..._found` alone), these are all in whom nothing was found, and that row is the answer.

    Sources: `SOURCES`.
    """
    return answered_of_people(cohort, study, ASKING, _answer)


def _answer(people: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    del study
    refuse_other_strategies(estimand)
    read = screened(people, estimand)
    several = float(estimand.threshold or SEVERAL[0])
    try:
        rows = [
            *_risks(read, several),
            *_accuracy(read, several),
            *_log(read, several),
            *_by_weeks(read, several),
        ]
    except NotEstimable as refused:
        raise NotComparable(
            f"the rule cannot be held against {read.outcome.label}: {refused}",
            "people on both sides of the rule who were looked at",
        ) from refused
    estimates, keys = framed(rows)
    return Result(
        analysis="screening_rule",
        estimand=estimand.name,
        question=question,
        estimates=estimates,
        keys=keys,
        method=_method(read, several),
        assumptions=_assumptions(read),
        sources=SOURCES,
        smallest_worthwhile=estimand.smallest_worthwhile,
    )


def _risks(read: Screened, several: float) -> Iterator[Row]:
    """The risk on either side of the rule, their difference, and its bounds for whoever was not looked at."""
    picked, passed = read.side(several, 1), read.side(several, 0)
    change = _difference(picked, passed)
    of_both = picked.looked_at + passed.looked_at
    if not _has_all(read, several):
        at_worst = [
            _difference(read.side(several, 1, worst), read.side(several, 0, 1 - worst))
            for worst in (0.0, 1.0)
        ]
        bounds = Proportion(
            change.estimate,
            np.nan,
            min(one.conf_low for one in (change, *at_worst)),
            max(one.conf_high for one in (change, *at_worst)),
        )
        words = "risk difference by the rule, whatever those not looked at had"
        yield _row(words, "risk difference, bounds", several, bounds, picked.people + passed.people)
    yield _row("risk difference by the rule", "risk difference", several, change, of_both)
    for words, statistic, one in (
        ("risk where the rule picks out", "risk with", picked),
        ("risk where it passes over", "risk without", passed),
    ):
        yield _count(
            words.replace("risk", "found", 1),
            statistic.replace("risk", "found"),
            several,
            one.found,
            one.looked_at,
        )
        yield _row(words, statistic, several, wilson(one.found, one.looked_at), one.looked_at)


def _accuracy(read: Screened, several: float) -> Iterator[Row]:
    """Sensitivity and specificity; none where it is not recorded who was looked at."""
    if not read.knows_who:
        return
    sides = read.side(several, 1), read.side(several, 0)
    found, people = corrected_accuracy(*sides), sum(one.people for one in sides)
    yield _row("sensitivity of the rule", "sensitivity", several, found.sensitivity, people)
    yield _row("specificity of the rule", "specificity", several, found.specificity, people)


def _log(read: Screened, several: float) -> Iterator[Row]:
    """Everybody by the first reason that decides."""
    people = len(read.present)
    for reason, who in read.log(several).items():
        if reason != "cannot be decided" or who.any():
            row, key = _count(f"screened: {reason}", "screened", several, int(who.sum()), people)
            yield row, {**key, "reason": reason}


def _by_weeks(read: Screened, several: float) -> Iterator[Row]:
    """Those picked out, and the difference of risks, by what "several weeks" means."""
    for weeks in sorted({*SEVERAL, several}):
        picked = read.picked(weeks)
        known = np.isfinite(picked)
        term = f"picked out, {weeks:g} weeks or more"
        yield _count(term, "picked out", weeks, int(picked[known].sum()), int(known.sum()))
        sides = read.side(weeks, 1), read.side(weeks, 0)
        if all(one.looked_at for one in sides):
            words = f"risk difference by the rule, {weeks:g} weeks or more"
            people = sum(one.looked_at for one in sides)
            yield _row(words, "risk difference by weeks", weeks, _difference(*sides), people)


def _difference(picked: Verified, passed: Verified) -> Proportion:
    if not (picked.looked_at and passed.looked_at):
        raise NotEstimable("nobody on one side of the rule was looked at")
    return newcombe(picked.found, picked.looked_at, passed.found, passed.looked_at)


def _has_all(read: Screened, several: float) -> bool:
    """Whether it is known of everybody whom the rule decides."""
    decided = np.isfinite(read.picked(several))
    return read.knows_who and bool(np.isfinite(read.found[decided]).all())


def _row(term: str, statistic: str, several: float, share: Proportion, people: int) -> Row:
    row: dict[str, object] = {"term": term, "unit": "proportion", "n_participants": people, **vars(share)}
    return row, {"statistic": statistic, "reason": "", "weeks": several}


def _count(term: str, statistic: str, several: float, count: int, of: int) -> Row:
    row: dict[str, object] = {
        "term": term,
        "unit": "participants",
        "n_participants": of,
        "estimate": float(count),
    }
    return row, {"statistic": statistic, "reason": "", "weeks": several}


def _method(read: Screened, several: float) -> str:
    """The sentences that the report prints under "Method"."""
    undecided = bool(np.isnan(read.picked(several)).any())
    left = " Whoever lacks a sign that would decide is left out." if undecided else ""
    looked = (
        f"{read.outcome.label.capitalize()} was looked for in {'everybody' if _has_all(read, several) else 'some people only'}; each side's risk is that "
        "of those looked at, and sensitivity and specificity weight the sides by how many people are on them."
        if read.knows_who
        else "It is not recorded in whom it was looked for: what was not found may not have been looked for, and the bounds take any of it to be there."
    )
    return (
        f"The rule is applied as it stands: a warning sign that is present, unexplained, severe, and has lasted {several:g} weeks or "
        f"more.{left} {looked}"
    )


def _assumptions(read: Screened) -> tuple[str, ...]:
    looked = (
        "Who was looked at depended on nothing but what the rule said of them; the bounds do without that."
        if read.knows_who
        else "Without the bounds: it was looked for in everybody."
    )
    return (
        looked,
        "Whoever looked found it where it was, and did not find it where it was not.",
        "Rests on: nothing else; the rule is held against what was found, and nothing is said of what brings it about.",
    )
