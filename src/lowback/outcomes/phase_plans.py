"""When each person took up, stopped and took up again what is studied, as a study declares it, and what the lot could have given instead."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise, product
from math import prod

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.outcomes.days import Days
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.scores import Array
from lowback.study import Blocks, Estimand

CHANGE_DAY = "change_day"
# A phase of fewer days shows nothing but its level.
FEWEST_DAYS = 5
# The test tries every draw; beyond this it would take minutes.
MOST_DRAWS = 5000
ORDER = re.compile("[AB]*(AB|BA)[AB]*")


@dataclass(frozen=True, eq=False)
class Plans:
    """The days of each person's changes (person, change) as columns of the diary, NaN where unknown or where others have more.

    `inside` (person, day) are the days that the plan is about; who `begins_on` has no phase before the first change. `places` (person, lot) are each person's places in lots of `sizes`, and
    `possible` (draw, change) every draw of them together: None without a lot, or with too many to try.
    """

    days: Array
    known: NDArray[np.bool_]
    inside: NDArray[np.bool_]
    begins_on: NDArray[np.bool_]
    sizes: tuple[int, ...] = ()
    places: NDArray[np.intp] | None = None
    possible: Array | None = None


def plans(cohort: Cohort, estimand: Estimand, course: Days) -> Plans:
    """Every person's plan, in the cohort's order; refused with column and value, without saying whose, where it cannot be one."""
    if estimand.blocks is not None:
        return _of_blocks(cohort, estimand.blocks, course)
    columns = (estimand.exposure or CHANGE_DAY, *(one.day for one in estimand.then))
    days = np.stack([_column(cohort, one).to_numpy(float, na_value=np.nan) for one in columns], axis=1)
    if len(columns) > 1:
        _refuse_disorder(columns, days, course.span, FEWEST_DAYS + estimand.days_to_settle)
    lots = [estimand.start_drawn_from, *(one.drawn_from for one in estimand.then)]
    for column, lot, day in zip(columns, lots, days.T, strict=True):
        _refuse_days_not_drawn(column, day[~np.isnan(day)], lot)
    known = ~np.isnan(days).any(axis=1)
    plan = Plans(
        days=np.where(known[:, None], np.floor(days) - course.first_day, np.nan),
        known=known,
        inside=np.ones((len(days), len(course.day)), dtype=bool),
        begins_on=np.zeros(len(days), dtype=bool),
    )
    drawn = [np.arange(lot[0], lot[1] + 1) for lot in lots if lot is not None]
    return _with_lots(plan, drawn, days, course) if drawn else plan


def _with_lots(plan: Plans, drawn: list[Array], days: Array, course: Days) -> Plans:
    """The plan with the days that each change could have been drawn on."""
    sizes = tuple(len(one) for one in drawn)
    first = np.array([one[0] for one in drawn])
    places = np.where(plan.known[:, None], days - first, -1).astype(int)
    possible = np.array(list(product(*drawn))) - course.first_day if prod(sizes) <= MOST_DRAWS else None
    return replace(plan, sizes=sizes, places=places, possible=possible)


def _of_blocks(cohort: Cohort, blocks: Blocks, course: Days) -> Plans:
    """Plans of blocks: a block of the letter before it is no change."""
    orders = ["" if pd.isna(one) else str(one) for one in _column(cohort, blocks.order)]
    for order in orders:
        _refuse_order(f"{blocks.order} = {order!r}", order, blocks, course.span)
    changes = [_changes(one, blocks) for one in orders]
    draws = [_changes(one, blocks) for one in blocks.drawn_from]
    width = max(1, *map(len, [*changes, *draws]))
    ends = np.array([blocks.from_day + blocks.days * len(one) for one in orders])
    plan = Plans(
        days=_padded(changes, width) - course.first_day,
        known=np.array([bool(one) for one in orders]),
        # The first day of the first block is left out like that of any other.
        inside=(course.day > blocks.from_day) & (course.day < ends[:, None]),
        begins_on=np.array([one.startswith("B") for one in orders]),
    )
    if not draws:
        return plan
    places = np.array([[blocks.drawn_from.index(one) if one else -1] for one in orders])
    possible = _padded(draws, width) - course.first_day if len(draws) <= MOST_DRAWS else None
    return replace(plan, sizes=(len(draws),), places=places, possible=possible)


def _refuse_order(who: str, order: str, blocks: Blocks, span: tuple[int, int]) -> None:
    """Refuse an order that is none, that chance could not have drawn, or that goes beyond the diaries."""
    if not order:
        return
    if not ORDER.fullmatch(order) or (blocks.drawn_from and order not in blocks.drawn_from):
        allowed = ", ".join(blocks.drawn_from) or "letters A (off) and B (on), with both among them"
        raise NotComparable(f"{who}: allowed {allowed}", "the order of each person's blocks")
    # A diary may lack some days of the first block and of the last, but none of them whole.
    second, last = blocks.from_day + blocks.days, blocks.from_day + (len(order) - 1) * blocks.days
    if second <= span[0] or last > span[1]:
        raise NotComparable(
            f"{who} takes days {blocks.from_day} to {last + blocks.days - 1}: the diaries run from day {span[0]} to {span[1]}",
            "check-ins over all blocks",
        )


def _changes(order: str, blocks: Blocks) -> list[float]:
    """The days on which an order changes, the first of them the first block's where that is on."""
    before = "A" + order
    return [float(blocks.from_day + blocks.days * at) for at, one in enumerate(order) if one != before[at]]


def _padded(rows: list[list[float]], width: int) -> Array:
    return np.array([[*one, *[np.nan] * (width - len(one))] for one in rows]).reshape(len(rows), width)


def _column(cohort: Cohort, column: str) -> pd.Series:
    people = cohort.participants
    if people is None or column not in people:
        raise NotComparable(
            f"no column {column!r} of the participants says when somebody took up a change",
            "the day since baseline on which each person took up the change",
        )
    return people[column]


def _refuse_disorder(columns: tuple[str, ...], days: Array, span: tuple[int, int], fewest: int) -> None:
    """Refuse days outside the diaries, days that do not follow each other, and phases too short to be any."""
    for row in days:
        told = [(column, day) for column, day in zip(columns, row, strict=True) if not np.isnan(day)]
        for column, day in told:
            if not span[0] <= day <= span[1]:
                raise NotComparable(
                    f"{column} = {day:g}: the diaries run from day {span[0]} to {span[1]}",
                    "days of change that lie within the diaries",
                )
        for (column, day), (after, later) in pairwise(told):
            if later - day <= fewest:
                what = "does not come after" if later <= day else f"leaves fewer than {fewest} days after"
                raise NotComparable(
                    f"{after} = {later:g} {what} {column} = {day:g}",
                    f"days of change in order, with {fewest} days or more between them",
                )


def _refuse_days_not_drawn(column: str, day: Array, drawn: tuple[float, float] | None) -> None:
    """Refuse days that the lot could not have given."""
    if drawn is None:
        return
    possible = (day >= drawn[0]) & (day <= drawn[1]) & (day == np.floor(day))
    if not possible.all():
        what = "a change was taken up on day" if column == CHANGE_DAY else f"{column} ="
        raise NotComparable(
            f"{what} {day[~possible][0]:g}, which a lot over days {drawn[0]:g} to {drawn[1]:g} cannot give "
            f"(people: {(~possible).sum()})",
            "the days from which starts were drawn",
        )
