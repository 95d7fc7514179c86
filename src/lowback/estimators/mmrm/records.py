"""Rows of a trial read as persons by visits; a row that cannot be placed is named."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lowback.estimators import NotEstimable

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

MOST_CELLS = 5_000_000
# Floating-point numbers below this may be counted as whole ones.
MOST_WHOLE = 2**53


@dataclass(frozen=True, eq=False)
class Records:
    """Where each row belongs: `person`, `slot` (which visit) and `times` are by row, `group` is by person.

    `ordered` says whether the visits have an order; `persons`, `visits` and `groups` are what they were called.
    """

    persons: Sequence[Hashable]
    visits: tuple[str, ...]
    groups: tuple[str, ...]
    person: Codes
    slot: Codes
    group: Codes
    times: Array | None
    ordered: bool


def read_records(
    rows: int, subjects: ArrayLike, visits: ArrayLike, by: ArrayLike | None, times: ArrayLike | None
) -> Records:
    """Persons, visits and groups of every row, checked.

    Raises `NotEstimable` for a length that does not fit, a missing label, fewer than two persons, a person who has
    the same visit twice, and a person in two groups.
    """
    persons, person = labelled(subjects, rows, "subjects")
    if len(persons) < 2:
        raise NotEstimable(
            f"{len(persons)} person ({persons[0] if persons else 'none'}); two or more are needed"
        )
    clock = None if times is None else _clock(times, rows)
    kinds, slot, ordered = _visits_in_order(visits, rows, clock)
    _refuse_duplicates(persons, person, kinds, slot)
    groups: list[Hashable] = ["all"]
    group: Codes = np.zeros(len(persons), dtype=np.intp)
    if by is not None:
        groups, group = _groups(by, rows, persons, person)
    labels = tuple(spelled(kind) for kind in kinds)
    return Records(persons, labels, tuple(str(one) for one in groups), person, slot, group, clock, ordered)


def labelled(labels: ArrayLike, rows: int, what: str) -> tuple[list[Hashable], Codes]:
    """The distinct labels, numbers ascending and text by first appearance, and which of them each row has."""
    # As objects, because numpy would make words of numbers and of what is missing in a mixed list.
    given = np.asarray(labels, dtype=object) if isinstance(labels, list | tuple) else np.asarray(labels)
    if given.shape != (rows,):
        raise NotEstimable(f"{what} have shape {given.shape}; allowed: one for each of {rows} rows")
    listed = given.tolist() if given.dtype.kind in "OUS" else []
    if listed and not all(type(one) in (int, float) for one in listed):
        positions: dict[Hashable, int] = {}
        codes = np.array([positions.setdefault(one, len(positions)) for one in listed], dtype=np.intp)
        absent = sum(_missing(one) for one in positions)
        kinds = list(positions)
    else:
        values, codes = distinct(given.astype(float) if given.dtype.kind == "O" else given)
        absent = int(np.isnan(values).sum()) if values.dtype.kind == "f" else 0
        kinds = values.tolist()
    if absent:
        raise NotEstimable(f"{what} have missing labels; allowed: one for each of {rows} rows")
    return kinds, codes


def distinct(numbers: NDArray[Any]) -> tuple[NDArray[Any], Codes]:
    """Distinct numbers, ascending, and the place of each; whole numbers close together need no sorting."""
    if numbers.dtype.kind == "f" and len(numbers) and np.abs(numbers).max() < MOST_WHOLE:
        whole = numbers.astype(np.int64)
        if (whole == numbers).all():
            values, codes = distinct(whole)
            return values.astype(numbers.dtype), codes
    if numbers.dtype.kind in "iu" and len(numbers):
        lowest, width = int(numbers.min()), int(numbers.max()) - int(numbers.min()) + 1
        if width <= 4 * len(numbers) + 1000:
            shifted = (numbers - lowest).astype(np.intp)
            present = np.bincount(shifted, minlength=width) > 0
            return np.flatnonzero(present) + lowest, (np.cumsum(present) - 1)[shifted]
    values, codes = np.unique(numbers, return_inverse=True)
    return values, codes


def _missing(label: Hashable) -> bool:
    """Whether a label is none at all, or one of those that are not equal to themselves; pandas' own will not say."""
    return label is None or type(label).__name__ == "NAType" or bool(label != label)


def spelled(label: Hashable) -> str:
    """A label as a person would write it: 4 and not 4.0, but with all its digits."""
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)


def _visits_in_order(visits: ArrayLike, rows: int, clock: Array | None) -> tuple[list[Hashable], Codes, bool]:
    """Visits by their number, or by their mean time where they are text; text without times has no order."""
    kinds, slot = labelled(visits, rows, "visits")
    if not any(isinstance(kind, str) for kind in kinds):
        return kinds, slot, True
    if clock is None:
        order = sorted(range(len(kinds)), key=lambda at: str(kinds[at]))
    else:
        means = np.bincount(slot, weights=clock) / np.bincount(slot)
        order = list(np.argsort(means, kind="stable"))
    place = np.empty(len(kinds), dtype=np.intp)
    place[order] = np.arange(len(kinds))
    return [kinds[at] for at in order], place[slot], clock is not None


def _clock(times: ArrayLike, rows: int) -> Array:
    clock = np.asarray(times, dtype=float)
    if clock.shape != (rows,) or not np.isfinite(clock).all():
        raise NotEstimable(
            f"times have shape {clock.shape}; allowed: one finite number for each of {rows} rows"
        )
    return clock


def _refuse_duplicates(
    persons: Sequence[Hashable], person: Codes, visits: list[Hashable], slot: Codes
) -> None:
    cells = person * len(visits) + slot
    # Counting is faster than sorting, unless there is room for far more cells than rows.
    if len(persons) * len(visits) < MOST_CELLS:
        cell, counts = np.arange(len(persons) * len(visits)), np.bincount(cells)
    else:
        cell, counts = np.unique(cells, return_counts=True)
    if counts.max() > 1:
        at = int(np.argmax(counts > 1))
        first, times = int(cell[at]), int(counts[at])
        who, when = persons[first // len(visits)], visits[first % len(visits)]
        raise NotEstimable(
            f"person {spelled(who)} has visit {spelled(when)} {times} times; allowed: one row a person and "
            f"visit (person-visits repeated: {int((counts > 1).sum())})"
        )


def _groups(
    by: ArrayLike, rows: int, persons: Sequence[Hashable], person: Codes
) -> tuple[list[Hashable], Codes]:
    groups, code = labelled(by, rows, "groups")
    group = np.empty(len(persons), dtype=np.intp)
    group[person] = code
    moved = np.flatnonzero(group[person] != code)
    if moved.size:
        who = persons[person[moved[0]]]
        raise NotEstimable(
            f"person {spelled(who)} is in more than one group; a covariance by group needs one"
        )
    return groups, group
