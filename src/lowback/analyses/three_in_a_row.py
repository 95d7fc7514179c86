"""Before, at and after something done: does what is felt change with it, and back again?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.three_in_a_row import (
    AGAINST_BOTH,
    BACK,
    BEFORE,
    LEFT_OVER,
    THERE,
    InARow,
    in_a_row,
)
from lowback.outcomes import NotComparable
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.diary import Diary
from lowback.outcomes.moments import Moments, moments
from lowback.result import Refusal, Result, estimates_frame
from lowback.study import Estimand, Study

ASKING = Asking(
    "three_in_a_row",
    "proximal effect",
    "Does {label} change with “{exposure}”, and back again after it?",
    "Does what is felt change with something done, and back again after it?",
)
SOURCES = (
    "Barlow & Hersen 1984, Single Case Experimental Designs, ch. 5 (A-B-A)",
    "Student 1908, Biometrika 6:1-25 (differences within pairs)",
    "Miller & Sanjurjo 2018, Econometrica 86:2019-2047, doi:10.3982/ECTA14943 (what comes before in a short series)",
    "Lipsitch, Tchetgen Tchetgen & Cohen 2010, Epidemiology 21:383-388 (an outcome that cannot be affected as a check)",
)
# So many people are drawn a line each, at even steps of the order of their differences.
LINES = 40
PLACES = ("before", "at it", "after")
# Statistic, weights of the three moments, and the term.
CONTRASTS = (
    ("difference", AGAINST_BOTH, "at it, less the mean of before and after"),
    ("there", THERE, "from before to it"),
    ("back", BACK, "from it to after"),
    ("left over", LEFT_OVER, "from before to after: what is left over"),
    ("check", BEFORE, "before it, which it cannot have changed"),
)
Row = tuple[dict[str, object], dict[str, object]]


def three_in_a_row(cohort: Cohort, study: Study) -> Result | Refusal:
    """The outcome at a check-in with an exposure against the check-ins before and after it without, in the outcome's unit.

    Three check-ins in a row of a person: without, with, without; negative means lower with it. Each person's mean difference is set against
    that of the person's own three in a row without it at all, at the same times of day; people count once each, and what the exposure two
    check-ins before left behind is taken off. A flag is with or without; of an amount the upper half of all moments is with. What differs
    already before it is a check, since people choose when they do things. Never causal.

    Barlow & Hersen 1984, Single Case Experimental Designs.
    """
    return answered_of_people(cohort, study, ASKING, _answer)


@dataclass(frozen=True, eq=False)
class _Rows:
    """Three check-ins in a row: what was felt at each, and whether the middle one had the exposure."""

    read: Moments
    found: InARow
    cut: float

    @property
    def words(self) -> tuple[str, str]:
        """The exposure at the middle moment, with and without."""
        unit = self.read.exposure.unit
        return (
            ("yes", "no")
            if self.read.is_flag
            else (f"over {self.cut:g} {unit}", f"{self.cut:g} {unit} or less")
        )


def _answer(people: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    rows = _rows(people, study, estimand)
    found = [*_contrasts(rows), *_means(rows), *_lines(rows)]
    named = {**rows.read.named, "done": rows.words[0], "left": rows.words[1]}
    return Result(
        analysis="three_in_a_row",
        estimand=estimand.name,
        question=question,
        estimates=estimates_frame([row for row, _ in found]),
        keys=pd.DataFrame(
            [{"person": np.nan, "sequence": "", "place": "", **named, **key} for _, key in found]
        ),
        method=_method(rows),
        assumptions=_assumptions(rows),
        sources=SOURCES,
        higher_is=rows.read.outcome.higher_is,
    )


def _rows(people: Cohort, study: Study, estimand: Estimand) -> _Rows:
    read = moments(people, study, estimand)
    diary = read.diary
    if diary.occasion == "visit":
        raise NotComparable(
            f"{read.exposure.label} is recorded at visits only, weeks apart",
            f"{read.exposure.label} at check-ins",
        )
    exposures = diary.values(read.exposure.name)
    cut = 0.5 if read.is_flag else float(np.nanmedian(exposures))
    scores, done, at = _in_a_row(diary, diary.values(read.outcome.name), exposures, cut)
    # What an exposure leaves behind is at the check-in before where the last one was two before.
    before = diary.later(exposures, -2)[at]
    earlier = np.where(np.isnan(before), np.nan, before > cut)
    try:
        found = in_a_row(scores, diary.person[at], done, diary.time_of_day[at], earlier)
    except NotEstimable as refused:
        raise NotComparable(
            f"{read.outcome.label} before, at and after {read.exposure.label} cannot be compared: {refused}",
            "more check-ins that follow each other, with and without it, in several people",
        ) from refused
    return _Rows(read, found, cut)


def _in_a_row(
    diary: Diary, scores: np.ndarray, exposures: np.ndarray, cut: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores at three check-ins in a row whose outer ones are without the exposure, whether the middle one has it, and its place."""
    three = np.column_stack([diary.later(scores, step) for step in (-1, 0, 1)])
    before, after = diary.later(exposures, -1), diary.later(exposures, 1)
    kept = ~np.isnan(three).any(axis=1) & ~np.isnan(exposures) & (before <= cut) & (after <= cut)
    at = np.flatnonzero(kept)
    return three[at], exposures[at] > cut, at


def _contrasts(rows: _Rows) -> Iterator[Row]:
    """Each contrast with the exposure less that without it, then the first of them of either."""
    named = {"unit": str(rows.read.outcome.unit), "n_participants": len(rows.found.people)}
    for statistic, weights, term in CONTRASTS:
        row = {"term": f"{term}, with it less without", **named, **rows.found.contrast(weights)}
        yield row, {"statistic": statistic}
    for sequence, of in (("with", "done"), ("without", "left")):
        statistic, weights, term = CONTRASTS[0]
        row = {"term": f"{term}, {sequence} it", **named, **rows.found.contrast(weights, of)}
        yield row, {"statistic": f"{statistic}, {sequence}", "sequence": sequence}


def _means(rows: _Rows) -> Iterator[Row]:
    """The mean over people at each of the three check-ins, with the exposure at the middle one and without."""
    named = {"unit": str(rows.read.outcome.unit), "n_participants": len(rows.found.people)}
    for sequence, of in (("with", "done"), ("without", "left")):
        for place, weights in zip(PLACES, np.eye(3), strict=True):
            row = {
                "term": f"mean {place}, {sequence} it in the middle",
                **named,
                **rows.found.contrast(weights, of),
            }
            yield {**row, "p_value": np.nan}, {"statistic": "mean", "sequence": sequence, "place": place}


def _lines(rows: _Rows) -> Iterator[Row]:
    """The three means of single people with the exposure, at even steps of the order of their differences."""
    order = np.argsort(rows.found.done @ np.array(AGAINST_BOTH), kind="stable")
    steps = np.linspace(0, len(order) - 1, min(LINES, len(order))).round().astype(int)
    for number, at in enumerate(order[steps], start=1):
        for place, value in zip(PLACES, rows.found.done[at], strict=True):
            row = {
                "term": f"person {number}, {place}",
                "unit": str(rows.read.outcome.unit),
                "n_participants": 1,
            }
            key = {"statistic": "person", "sequence": "with", "place": place, "person": float(number)}
            yield {**row, "estimate": float(value)}, key


def _method(rows: _Rows) -> str:
    """The sentences that the report prints under "Method"."""
    read, found = rows.read, rows.found
    many, few = rows.words
    halves = "" if read.is_flag else " (halves of all moments)"
    return (
        f"Mean {read.outcome.label} at three check-ins in a row, {24 * read.diary.step:g} hours apart, of {len(found.people)} people, with "
        f"{read.exposure.label} of {few} at the outer two{halves}: {found.n_done} times {many} at the middle one, {found.n_left} times {few} "
        "there too; the latter weighted within each person to the same times of day; each person counts once; 95 % intervals are Student's t over people of each person's "
        f"difference; with less without is where a line over how much oftener it was {many} two check-ins before, too, stands at none, so that what "
        "that left behind is no part of it; lines of single people are those at even steps of the order of their differences; check-ins whose "
        "neighbours are missing are left out."
    )


def _assumptions(rows: _Rows) -> tuple[str, ...]:
    pair = f"{rows.read.exposure.label} and {rows.read.outcome.label}"
    return (
        f"Rests on: no common cause of {pair} that comes and goes from one check-in to the next, other than the time of day. The row before it is "
        "a check: where people do it because of how they feel, it differs from 0, and what follows may be nothing but a return to the usual.",
        "What the exposure leaves behind is over two check-ins later.",
        "Whether a check-in is answered has nothing to do with how the person feels just then.",
        "People do not affect each other.",
    )
