"""Do people go up a ladder one step at a time? Moves between visits as they were recorded."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.clustered_share import clustered_share
from lowback.outcomes import NotComparable
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.cell_means import Row, framed
from lowback.outcomes.refusals import refuse_other_strategies
from lowback.outcomes.steps import Moves, moves
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study

ASKING = Asking(
    "transitions",
    "transitions",
    "Does it go up one by one: {label}?",
    "Do people go up the steps of care one by one?",
)
# The share of moves from which a ladder counts as kept to, unless the study says another.
KEPT_TO = 0.9
SOURCES = (
    "Korn & Graubard 1998, Survey Methodology 24:193-201 (interval of a share of events that people have several of)",
    "Clopper & Pearson 1934, Biometrika 26:404-413",
)


def transitions(cohort: Cohort, study: Study) -> Result | Refusal:
    """The share of moves between visits in a row that go exactly one step up, and how often each step follows each.

    A move is a pair of visits that follow one another and whose steps differ; to stay is no move. The share is a proportion, and a
    second row has it less `threshold` (default 0.9), above which the ladder counts as kept to: positive speaks for that. Then come the
    shares of moves that leave out a step or go down, of people who begin on the lowest step, of those on each step at each
    visit, and of each step after each. Intervals are between people. Where the record holds the highest step so far and not that of
    the day, nobody goes down and steps left out still show.

    Sources: `SOURCES`.
    """
    return answered_of_people(cohort, study, ASKING, _answer)


def _answer(people: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    refuse_other_strategies(estimand)
    found = moves(people, study, estimand.outcome)
    kept_to = float(estimand.threshold or KEPT_TO)
    if kept_to >= 1:
        raise NotComparable(
            f"threshold = {kept_to:g}: allowed is a share of moves below 1", "a threshold below 1"
        )
    try:
        rows = [*_of_moves(found, kept_to), *_first(found), *_at_visits(found), *_after_each(found)]
    except NotEstimable as refused:
        raise NotComparable(
            f"moves of {found.variable.label} cannot be counted: {refused}",
            "2 people or more whose step changes from one visit to the next",
        ) from refused
    estimates, keys = framed(rows)
    return Result(
        analysis="transitions",
        estimand=estimand.name,
        question=question,
        estimates=estimates,
        keys=keys,
        method=_method(found),
        assumptions=_assumptions(found),
        sources=SOURCES,
        smallest_worthwhile=estimand.smallest_worthwhile,
    )


def _of_moves(found: Moves, kept_to: float) -> Iterator[Row]:
    """Of all moves, the shares that go one step up, leave out a step, and go down."""
    climbed, all_moves = found.after - found.before, found.per_person(found.is_move)
    up = _share(found, "moves that go one step up", "one step up", found.per_person(climbed == 1), all_moves)
    yield up
    row = dict(up[0])
    for name in ("estimate", "conf_low", "conf_high"):
        row[name] = float(str(row[name])) - kept_to
    row["term"] = f"moves that go one step up, less {100 * kept_to:g} % of moves"
    yield row, {**up[1], "statistic": "one step up, less the threshold"}
    for term, statistic, flags in (
        ("moves up that leave out a step", "leaves out a step", climbed > 1),
        ("moves down", "down", climbed < 0),
    ):
        yield _share(found, term, statistic, found.per_person(flags), all_moves)


def _first(found: Moves) -> Iterator[Row]:
    """Who begins on the lowest step."""
    first = found.table[:, 0]
    seen = np.isfinite(first)
    if seen.sum() > 1:
        lowest = (first == found.steps[0]) & seen
        yield _share(found, "begin on the lowest step", "begins lowest", lowest, seen)


def _at_visits(found: Moves) -> Iterator[Row]:
    """How many are on each step at each visit."""
    for at, week in enumerate(found.weeks):
        seen = np.isfinite(found.table[:, at])
        if seen.sum() < 2:
            continue
        for step in found.steps:
            term, here = f"on step {step} at week {week:g}", (found.table[:, at] == step) & seen
            row, key = _share(found, term, "on a step", here, seen)
            count = {
                "term": f"{term}, count",
                "unit": "participants",
                "n_participants": int(seen.sum()),
                "estimate": float(here.sum()),
            }
            where = {**key, "level": f"step {step}", "step": float(step), "weeks": float(week)}
            yield count, {**where, "statistic": "count on a step"}
            yield row, where


def _after_each(found: Moves) -> Iterator[Row]:
    """How often each step follows each, of the visits after that step; steps that fewer than two people were on are left out."""
    for before in found.steps:
        of = found.per_person(found.before == before)
        if (of > 0).sum() < 2:
            continue
        for after in found.steps:
            to = found.per_person((found.before == before) & (found.after == after))
            row, key = _share(found, f"step {after} after step {before}", "step after step", to, of)
            yield row, {**key, "step": float(before), "step_after": float(after)}


def _share(found: Moves, term: str, statistic: str, counts: np.ndarray, of: np.ndarray) -> Row:
    share = clustered_share(counts, of)
    row: dict[str, object] = {
        "term": term,
        "unit": "proportion",
        "n_participants": int((np.asarray(of) > 0).sum()),
        **vars(share),
    }
    key: dict[str, object] = {
        "outcome": found.variable.name,
        "outcome_label": found.variable.label,
        "statistic": statistic,
        "level": "",
        "step": np.nan,
        "step_after": np.nan,
        "weeks": np.nan,
    }
    return row, key


def _method(found: Moves) -> str:
    """The sentences that the report prints under "Method"."""
    went_down = int((found.after < found.before).sum())
    never = "" if went_down else (
        " Nobody ever goes down, as it also looks where the highest step so far is written down in place of that of the day."
    )  # fmt: skip
    return (
        f"{found.variable.label.capitalize()}: {len(found.person)} pairs of visits in a row of {found.people} people, in {int(found.is_move.sum())} of which the "
        f"step changed, {went_down} times downwards. Shares of these have the exact interval for as many independent "
        f"moves as would differ so much between people.{never}"
    )


def _assumptions(found: Moves) -> tuple[str, ...]:
    return (
        f"Each visit recorded {found.variable.label} as it was then. Steps that were entered and left again between two visits are not seen, so that a step "
        "that seems left out may have been short.",
        "Visits without a step differ from others by chance only.",
        "Rests on: nothing else; moves are described, and nothing is said of why people moved.",
    )
