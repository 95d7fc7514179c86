"""What the numbers of public releases say of the counts behind them, to somebody who knows the rules but not the key."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from drawn_tables import ALL, difference_row, share_row
from puzzle import MOST, SMALL, Puzzle

from lowback.disclosure import Rules
from lowback.disclosure.coarse import coarsened
from lowback.disclosure.shares import with_plain_intervals
from lowback.result import Refusal, Result, estimates_frame

FRESH, KEPT = 4, 19
LAST_DIGIT = 5e-5
"""How far from a share the one that is shown to four digits may lie."""
MOST_TRIED = 20_000
"""Combinations of people behind a difference that are tried; more are those of numbers that waited, which tell less."""
Parts = dict[int, float]


class Reading:
    """What releases say of the cells of a table; cells are numbered by release, arm and level, the last level missing."""

    def __init__(self, shape: tuple[int, int], releases: int = 1) -> None:
        """Nothing is known but that arms add up, and that no cell shrinks from one release to the next."""
        self.arms, self.levels = shape[0], shape[1] + 1
        self.puzzle = Puzzle(releases * self.arms * self.levels)
        self.place: int | None = None
        self.shares: dict[int, tuple[range, range, float, int]] = {}
        for one in range(1, releases):
            for at in range(self.arms * self.levels):
                here = one * self.arms * self.levels + at
                self.puzzle.say({here: 1.0, here - self.arms * self.levels: -1.0}, 0, MOST)

    def cell(self, arm: int, level: int, release: int = 0) -> Parts:
        """The sum that a cell is; of everybody, over the arms."""
        arms = range(self.arms) if arm == self.arms else [arm]
        start = release * self.arms * self.levels
        return {start + one * self.levels + level: 1.0 for one in arms}

    def read(
        self,
        shown: Result | Refusal,
        base: int,
        release: int = 0,
        before: dict | None = None,
        place: int | None = None,
    ) -> None:
        """Take in what a release shows, where it has a `place` of that arm alone."""
        if isinstance(shown, Refusal):
            return
        self.place = place
        self.shares = {}
        numbers = shown.estimates.itertuples(index=False)
        for row, key in zip(numbers, shown.keys.itertuples(index=False), strict=True):
            arm = self._arm(key.arm)
            people = self._people(arm, release, is_known=key.variable != "v")
            if key.statistic == "risk difference":
                self._difference(row, arm, self._arm(key.comparator), release)
                continue
            about = self._count(people, row.n_participants, (row.term, "n"), base, before, release)
            if key.statistic == "count":
                self._level(
                    row, self.cell(arm, int(key.level.removeprefix("l")), release), base, release, before
                )
            elif key.statistic == "observed share":
                inside = base * round(row.estimate * row.n_participants / base)
                first = self.cell(arm, 0, release)
                digits = int(LAST_DIGIT * row.n_participants + 0.5)
                near = self._count(first, inside, (row.term, "c"), base, before, release, digits)
                if base > 1:
                    self._interval(
                        row, arm, people, first, _around(inside, near), _around(row.n_participants, about)
                    )

    def _arm(self, name: str) -> int:
        if self.place is not None:
            return self.place
        return self.arms if name == ALL else int(name.removeprefix("arm "))

    def _people(self, arm: int, release: int, *, is_known: bool) -> Parts:
        levels = range(self.levels - is_known)
        return {at: 1.0 for level in levels for at in self.cell(arm, level, release)}

    def _level(self, row: Any, parts: Parts, base: int, release: int, before: dict | None) -> None:
        is_all = before is not None and release and row.estimate == row.n_participants
        old = {(row.term, "c"): row.estimate} if is_all else before
        self._count(parts, row.estimate, (row.term, "c"), base, old, release)
        if before is not None:
            before[row.term, "c"] = row.estimate

    def _count(
        self,
        parts: Parts,
        value: float,
        name: tuple,
        base: int,
        before: dict | None,
        release: int,
        digits: int = 0,
    ) -> int:
        """Take in a number shown of a sum, told to so many people by its digits; returns how far from it the sum may lie."""
        about = digits if base == 1 else FRESH
        if before is not None:
            # A number that is new beside old ones may be that of an equal count.
            about = KEPT if before.get(name, value if release else None) == value else FRESH
            before[name] = value
        self.puzzle.say(parts, max(value - about, SMALL), value + about)
        return about

    def _interval(
        self, row: Any, arm: int, people: Parts, first: Parts, inside: range, of_all: range
    ) -> None:
        """The people in a share, of it and beside it that its interval may rest on."""
        self.shares[arm] = inside, of_all, row.estimate, row.n_participants
        pairs = [(few, many) for many in of_all for few in inside if many - few >= SMALL]
        told = shown_intervals(tuple(pairs), row.estimate, row.n_participants)
        fits = [
            one
            for one, (low, high) in zip(pairs, told, strict=True)
            if _alike(low, row.conf_low) and _alike(high, row.conf_high)
        ]
        assert fits, row
        rest = {**people, **{at: people[at] - 1.0 for at in first}}
        for parts, values in (
            (first, [few for few, _ in fits]),
            (people, [many for _, many in fits]),
            (rest, [many - few for few, many in fits]),
        ):
            self.puzzle.say(parts, min(values), max(values))

    def _difference(self, row: Any, arm: int, other: int, release: int) -> None:
        """The people in both shares, of both, beside both, and the difference and sum of the first, that it may rest on."""
        if arm not in self.shares or other not in self.shares:
            return
        known = self.shares[arm], self.shares[other]
        if row.n_participants != known[0][-1] + known[1][-1]:
            both = {
                **self._people(arm, release, is_known=True),
                **self._people(other, release, is_known=True),
            }
            self.puzzle.say(both, row.n_participants - FRESH, row.n_participants + FRESH)
        ranges = [one for share in known for one in share[:2]]
        told = row, [share[2:] for share in known]
        ends = np.array(list(product(*((one[0], one[-1]) for one in ranges))))
        # A sum is at its least and its most where each of its parts is.
        fits = _that_fit(ends, *told)
        if len(fits) < len(ends):
            if np.prod([float(len(one)) for one in ranges]) > MOST_TRIED:
                return
            fits = _that_fit(np.array(list(product(*ranges))), *told)
        assert len(fits), row
        few, many, control, all_of = fits.T
        one, first = self._people(arm, release, is_known=True), self.cell(arm, 0, release)
        two, second = self._people(other, release, is_known=True), self.cell(other, 0, release)
        rests = [{**whole, **dict.fromkeys(part, 0.0)} for whole, part in ((one, first), (two, second))]
        less = {**first, **dict.fromkeys(second, -1.0)}
        for parts, values in (
            (first, few), (one, many), (second, control), (two, all_of),
            (rests[0], many - few), (rests[1], all_of - control), (less, few - control), ({**first, **second}, few + control),
        ):  # fmt: skip
            self.puzzle.say(parts, int(values.min()), int(values.max()))


@cache
def shown_intervals(
    pairs: tuple[tuple[int, int], ...], shown: float, people: int
) -> list[tuple[float, float]]:
    """The interval that a release shows beside a share, of each number of people in it of so many."""
    exact = estimates_frame([share_row(f"{few} of {many}", few, many) for few, many in pairs])
    rows = coarsened(exact, Rules()).assign(estimate=shown, n_participants=people)
    told = with_plain_intervals(rows, exact)
    return list(zip(told["conf_low"], told["conf_high"], strict=True))


def _that_fit(tried: np.ndarray, row: Any, shares: list[tuple[float, int]]) -> np.ndarray:
    """Of combinations of people (in a share, of it, in the other, of that) those whose difference is shown as this row.

    `shares` are the two as they are shown, with their people, which the difference may have been worked out from.
    """
    few, many, control, all_of = tried.T
    tried = tried[(many - few >= SMALL) & (all_of - control >= SMALL)]
    rows, keys = [], []
    for n, one in enumerate(map(tuple, tried)):
        rows += [
            share_row(f"{n}", *one[:2]),
            share_row(f"{n}", *one[2:]),
            difference_row(f"{n}", *map(int, one)),
        ]
        keys += [(n, "arm 1", "", "share"), (n, "arm 0", "", "share"), (n, "arm 1", "arm 0", "difference")]
    named = pd.DataFrame(keys, columns=["weeks", "arm", "comparator", "statistic"])
    exact = pd.concat([estimates_frame(rows), named], axis=1)
    told = coarsened(exact, Rules())
    for at, (share, people) in enumerate(shares):
        told.loc[at::3, "estimate"], told.loc[at::3, "n_participants"] = share, people
    told = with_plain_intervals(told, exact).iloc[2::3]
    same = [
        np.isclose(told[name].to_numpy(float), getattr(row, name), rtol=0, atol=1e-9, equal_nan=True)
        for name in ("estimate", "conf_low", "conf_high", "p_value")
    ]
    return tried[np.all(same, axis=0)]


def _alike(one: float, other: float) -> bool:
    return abs(one - other) < 1e-9


def _around(value: int, about: int) -> range:
    return range(max(value - about, SMALL), value + about + 1)
