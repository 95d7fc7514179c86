"""Who reads a public release and works out, by integer programming, what each small count may have been.

    .venv/bin/python tests/disclosure/attacker.py

attacks 2,000 generated tables and 200 pairs of weekly releases (about five minutes of one core) and prints how many counts under ten were
recovered, with and without each of the protections; `--tables` and `--pairs` make it
shorter, `--jobs` says how many processes share it.

The attacker knows the rules, every arm and level that exists, that levels and missing add up to the people of an arm and
arms to everybody, and of weekly releases that people only come and none leaves. It does not know the key of the rounding. A
number shown says that the count lies within 4 of it, one that an earlier release showed too within 19. A share shown gives back
the number of people in it that it was worked out from; its interval, all those that such an interval may rest on.

A count under ten is recovered where all values that are possible lie under ten and are fewer than five: the published
numbers then tell it better than rounding to five would tell a large one (a sliding protection of width five; protection
intervals: Hundepool et al. 2012, Statistical Disclosure Control, section 4.2). Counts that no table lists, such as the
people whose value is missing, are attacked as well.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from lowback.disclosure import Rules, holes, memory_of, released
from lowback.disclosure.coarse import coarsened
from lowback.result import Refusal, Result, estimates_frame

SMALL, FEWEST_VALUES = 10, 5
FRESH, KEPT = 4, 19
MOST = 10_000
ALL = "all"


@dataclass(frozen=True)
class World:
    """People by arm and level, and those whose level is missing."""

    counts: np.ndarray  # arms x levels
    missing: np.ndarray  # arms

    @property
    def cells(self) -> dict[tuple[int, ...], int]:
        """Every count by arm and level; the last arm is everybody, the last level the missing."""
        whole = np.column_stack([self.counts, self.missing])
        whole = np.vstack([whole, whole.sum(axis=0)])
        return {(a, b): int(whole[a, b]) for a in range(whole.shape[0]) for b in range(whole.shape[1])}


def drawn(rng: np.random.Generator) -> World:
    """A table of one to five arms and two to eight levels, from crowded to almost empty."""
    arms, levels = int(rng.integers(1, 6)), int(rng.integers(2, 9))
    size = float(rng.choice([4, 8, 15, 30, 80, 300]))
    shares = rng.dirichlet(np.full(levels, float(rng.choice([0.3, 1.0, 5.0]))))
    counts = rng.poisson(size * levels * shares, (arms, levels))
    counts[rng.random(counts.shape) < float(rng.choice([0.0, 0.1, 0.4]))] = 0
    missing = rng.poisson(float(rng.choice([0, 1, 4, 12])), arms)
    return World(counts, missing)


def result_of(world: World) -> Result:
    """The table as Table 1 has it, with the share of the first level among those whose level is known."""
    rows, keys = [], []
    arms, levels = world.counts.shape
    for arm in [*range(arms), ALL]:
        counts = world.counts.sum(axis=0) if arm == ALL else world.counts[arm]
        missing = int(world.missing.sum() if arm == ALL else world.missing[arm])
        people = int(counts.sum()) + missing
        name = ALL if arm == ALL else f"arm {arm}"
        for level in range(levels):
            key = {"variable": "v", "level": f"l{level}", "arm": name, "weeks": np.nan}
            rows.append(_row(f"l{level}, {name}: count", counts[level], "participants", people))
            keys.append({**key, "statistic": "count"})
            if people:
                rows.append(_row(f"l{level}, {name}: percentage", 100 * counts[level] / people, "%", people))
                keys.append({**key, "statistic": "percentage"})
        rows.append(_row(f"{name}: missing", missing, "participants", people))
        keys.append({"variable": "v", "level": "", "arm": name, "weeks": np.nan, "statistic": "missing"})
        known = people - missing
        if known > 1:
            share = counts[0] / known
            spread = float(np.sqrt(share * (1 - share) / known))
            told = {**_row(f"{name}: share", share, "proportion", known), "std_error": spread}
            rows.append({**told, **_interval(share, spread)})
            keys.append(
                {"variable": "score", "level": "", "arm": name, "weeks": 0.0, "statistic": "observed share"}
            )
    return Result(
        "table_one", "description", "Who?", estimates_frame(rows), "Counted.", keys=pd.DataFrame(keys)
    )


def _interval(share: float, spread: float) -> dict[str, float]:
    """Wald's interval, which everybody can work out again."""
    return {"conf_low": max(share - 1.96 * spread, 0.0), "conf_high": min(share + 1.96 * spread, 1.0)}


def _row(term: str, value: float, unit: str, people: int) -> dict[str, object]:
    return {"term": term, "estimate": float(value), "unit": unit, "n_participants": people}


@dataclass
class Puzzle:
    """Linear constraints on whole numbers."""

    size: int
    rows: list[dict[int, float]] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def say(self, parts: dict[int, float], low: float, high: float) -> None:
        """The weighted sum lies between the two."""
        self.rows.append(parts)
        self.low.append(low)
        self.high.append(high)

    def never_large(self, targets: list[dict[int, float]]) -> list[int]:
        """The places of the targets of which no solution was found that makes them ten or more."""
        left = list(range(len(targets)))
        while self.rows and left:
            found = self._all_at_once([targets[at] for at in left])
            kept = [
                at
                for at in left
                if sum(weight * found[one] for one, weight in targets[at].items()) < SMALL - 0.5
            ]
            if len(kept) == len(left):
                return left
            left = kept
        return left

    def _all_at_once(self, targets: list[dict[int, float]]) -> np.ndarray:
        """A solution that makes as many of the targets as large as ten as it can."""
        rows, size, many = len(self.rows), self.size, len(targets)
        entries = [(n, at, -weight) for n, parts in enumerate(targets) for at, weight in parts.items()]
        entries += [(n, size + n, 1.0) for n in range(many)]
        of, at, weights = (np.array(one) for one in zip(*entries, strict=True))
        reached = csr_array((weights, (of, at)), shape=(many, size + many))
        known = self.constraints
        wide = csr_array((known.A.data, known.A.indices, known.A.indptr), shape=(rows, size + many))
        found = milp(
            np.concatenate([np.zeros(size), -np.ones(many)]),
            constraints=[LinearConstraint(wide, known.lb, known.ub), LinearConstraint(reached, -np.inf, 0.0)],
            integrality=np.concatenate([np.ones(size), np.zeros(many)]),
            bounds=Bounds(0, np.concatenate([np.full(size, MOST), np.full(many, float(SMALL))])),
        )
        if found.x is None:
            raise AssertionError("the published numbers contradict each other: the attacker's model is wrong")
        return np.round(found.x[:size])

    def ends(self, parts: dict[int, float]) -> tuple[float, float]:
        """The least and the most that a sum can be; the least is only worked out where the most is small."""
        most = self._solved(parts, -1.0)
        return (0.0, most) if most >= SMALL else (self._solved(parts, 1.0), most)

    @cached_property
    def constraints(self) -> LinearConstraint:
        """Everything said so far; nothing may be said once it was asked for."""
        entries = [(n, at, weight) for n, row in enumerate(self.rows) for at, weight in row.items()]
        of, at, weights = (np.array(one) for one in zip(*entries, strict=True))
        matrix = csr_array((weights.astype(float), (of, at)), shape=(len(self.rows), self.size))
        return LinearConstraint(matrix, np.array(self.low) - 1e-7, np.array(self.high) + 1e-7)

    def _solved(self, parts: dict[int, float], way: float) -> float:
        if not self.rows:
            return 0.0 if way > 0 else float(MOST)
        goal = np.zeros(self.size)
        for at, weight in parts.items():
            goal[at] = way * weight
        whole = np.ones(self.size)
        found = milp(goal, constraints=self.constraints, integrality=whole, bounds=Bounds(0, MOST))
        if found.x is None:
            raise AssertionError("the published numbers contradict each other: the attacker's model is wrong")
        return way * round(found.fun)


class Reading:
    """What releases say of the cells of a table; cells are numbered by release, arm and level, the last level missing."""

    def __init__(self, shape: tuple[int, int], releases: int = 1) -> None:
        """Nothing is known but that arms add up, and that no cell shrinks from one release to the next."""
        self.arms, self.levels = shape[0], shape[1] + 1
        self.puzzle = Puzzle(releases * self.arms * self.levels)
        for one in range(1, releases):
            for at in range(self.arms * self.levels):
                here = one * self.arms * self.levels + at
                self.puzzle.say({here: 1.0, here - self.arms * self.levels: -1.0}, 0, MOST)

    def cell(self, arm: int, level: int, release: int = 0) -> dict[int, float]:
        """The sum that a cell is; of everybody, over the arms."""
        arms = range(self.arms) if arm == self.arms else [arm]
        start = release * self.arms * self.levels
        return {start + one * self.levels + level: 1.0 for one in arms}

    def read(self, shown: Result | Refusal, base: int, release: int = 0, before: dict | None = None) -> None:
        """Take in what a release shows."""
        if isinstance(shown, Refusal):
            return
        for row, key in zip(
            shown.estimates.itertuples(index=False), shown.keys.itertuples(index=False), strict=True
        ):
            arm = self.arms if key.arm == ALL else int(key.arm.removeprefix("arm "))
            levels = range(self.levels) if key.variable == "v" else range(self.levels - 1)
            people = {at: 1.0 for level in levels for at in self.cell(arm, level, release)}
            self._count(people, row.n_participants, (row.term, "n"), base, before, release)
            if key.statistic == "count":
                level = int(key.level.removeprefix("l"))
                is_all = before is not None and release and row.estimate == row.n_participants
                old = {(row.term, "c"): row.estimate} if is_all else before
                self._count(self.cell(arm, level, release), row.estimate, (row.term, "c"), base, old, release)
                if before is not None:
                    before[row.term, "c"] = row.estimate
            elif key.statistic == "observed share":
                inside = base * round(row.estimate * row.n_participants / base)
                is_old = bool(release) and (before is None or before.get((row.term, "c")) == inside)
                if base > 1 and not is_old:
                    self._interval(people, self.cell(arm, 0, release), inside, row)
                self._count(self.cell(arm, 0, release), inside, (row.term, "c"), base, before, release)

    def _count(
        self, parts: dict[int, float], value: float, name: tuple, base: int, before: dict | None, release: int
    ) -> None:
        about = 0 if base == 1 else FRESH
        if before is not None:
            # A number that is new beside old ones may be that of an equal count.
            about = KEPT if before.get(name, value if release else None) == value else FRESH
            before[name] = value
        self.puzzle.say(parts, max(value - about, SMALL), value + about)

    def _interval(self, people: dict[int, float], first: dict[int, float], inside: int, row: Any) -> None:
        """Of a share whose interval is new, the people in it, of it and beside it that such an interval may rest on."""
        fewest, most = max(inside - KEPT, SMALL), inside + KEPT
        pairs = [
            (few, many)
            for many in range(row.n_participants - FRESH, row.n_participants + FRESH + 1)
            for few in range(fewest, min(most, many - SMALL) + 1)
        ]
        fits = [
            one
            for one, (low, high) in zip(pairs, _shown_intervals(tuple(pairs)), strict=True)
            if _alike(min(low, row.estimate), row.conf_low) and _alike(max(high, row.estimate), row.conf_high)
        ]
        assert fits, (inside, row)
        rest = {**people, **{at: people[at] - 1.0 for at in first}}
        for parts, values in (
            (first, [few for few, _ in fits]),
            (people, [many for _, many in fits]),
            (rest, [many - few for few, many in fits]),
        ):
            self.puzzle.say(parts, min(values), max(values))


@cache
def _shown_intervals(pairs: tuple[tuple[int, int], ...]) -> list[tuple[float, float]]:
    """The interval that a release shows of each number of people in a share of so many."""
    told = []
    for few, many in pairs:
        share = few / many
        spread = float(np.sqrt(share * (1 - share) / many))
        row = _row(f"{few} of {many}", share, "proportion", many)
        told.append({**row, "std_error": spread, **_interval(share, spread)})
    shown = coarsened(estimates_frame(told), Rules())
    return list(zip(shown["conf_low"], shown["conf_high"], strict=True))


def _alike(one: float, other: float) -> bool:
    return abs(one - other) < 1e-9


@dataclass(frozen=True)
class Tally:
    """Counts under ten that were attacked, those recovered, and those of them known to the person."""

    attacked: int = 0
    recovered: int = 0
    exact: int = 0

    def __add__(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(
            self.attacked + other.attacked, self.recovered + other.recovered, self.exact + other.exact
        )


def attacked(reading: Reading, targets: list[tuple[dict[int, float], int]]) -> Tally:
    """Every small target solved for, those first that one solution shows to be possibly large together."""
    left = reading.puzzle.never_large([parts for parts, _ in targets])
    recovered = exact = 0
    for at in left:
        parts, truth = targets[at]
        low, high = reading.puzzle.ends(parts)
        assert low <= truth <= high, (low, truth, high)
        is_known = high < SMALL and high - low + 1 < FEWEST_VALUES
        recovered, exact = recovered + is_known, exact + (is_known and low == high)
    return Tally(len(targets), int(recovered), int(exact))


def small_cells(reading: Reading, world: World, release: int = 0) -> list[tuple[dict[int, float], int]]:
    """The cells under ten."""
    return [
        (reading.cell(arm, level, release), count)
        for (arm, level), count in world.cells.items()
        if count < SMALL
    ]


def attack_table(seed: int, base: int = 5) -> Tally:
    """One release of one table."""
    world = drawn(np.random.default_rng(seed))
    rules = Rules(base=base, key=f"secret {seed}")
    reading = Reading(world.counts.shape)
    reading.read(released(result_of(world), rules), base)
    return attacked(reading, small_cells(reading, world))


def attack_pair(seed: int, remembers: bool = True) -> Tally:
    """Two weekly releases of a table that has grown by a few people, and the people who came between them."""
    rng = np.random.default_rng(seed)
    first = drawn(rng)
    grown = rng.poisson(float(rng.choice([0.2, 1.0, 4.0])), first.counts.shape)
    later = World(first.counts + grown, first.missing + rng.poisson(0.5, first.missing.shape))
    shown = released(result_of(first), Rules(key=f"first {seed}"))
    earlier = memory_of((shown,), {}) if remembers else {}
    again = released(result_of(later), Rules(key=f"second {seed}", earlier=earlier))
    reading, before = Reading(first.counts.shape, releases=2), {} if remembers else None
    reading.read(shown, 5, 0, before)
    reading.read(again, 5, 1, before)
    targets = small_cells(reading, first) + small_cells(reading, later, 1)
    came = {cell: later.cells[cell] - count for cell, count in first.cells.items()}
    for (arm, level), count in came.items():
        if count < SMALL:
            after, was = reading.cell(arm, level, 1), reading.cell(arm, level, 0)
            targets.append(({**after, **dict.fromkeys(was, -1.0)}, count))
    return attacked(reading, targets)


@contextmanager
def without_secondary() -> Iterator[None]:
    """Small counts alone are left out, nothing that would give them back."""
    kept = holes._complete, holes._whole_blocks
    holes._complete = lambda *_: None
    holes._whole_blocks = lambda _, out: np.zeros_like(out)
    try:
        yield
    finally:
        holes._complete, holes._whole_blocks = kept


def attack_tables(count: int, *, base: int = 5, secondary: bool = True, start: int = 0) -> Tally:
    """So many tables, one after another."""
    with nullcontext() if secondary else without_secondary():
        return sum((attack_table(seed, base) for seed in range(start, start + count)), Tally())


def shared(attack: Callable[..., Tally], count: int, jobs: int, **how: Any) -> Tally:
    """The same attacks by several processes, twenty at a time."""
    starts = range(0, count, 20)
    parts = Parallel(jobs, backend="multiprocessing")(
        delayed(attack)(min(20, count - at), start=at, **how) for at in starts
    )
    return sum(parts, Tally())


def attack_pairs(count: int, *, remembers: bool = True, start: int = 0) -> Tally:
    """So many pairs of releases."""
    return sum((attack_pair(seed, remembers) for seed in range(start, start + count)), Tally())


def main() -> None:
    """Print a line for each protection taken away."""
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("--tables", type=int, default=2000)
    asked.add_argument("--pairs", type=int, default=200)
    asked.add_argument("--jobs", type=int, default=2)
    given = asked.parse_args()
    few = max(given.tables // 10, 1)
    lines: list[tuple[str, Callable[..., Tally], int, dict[str, Any]]] = [
        ("tables", attack_tables, given.tables, {}),
        ("pairs of weekly releases", attack_pairs, given.pairs, {}),
        ("tables without rounding", attack_tables, few, {"base": 1}),
        (
            "tables without rounding or secondary suppression",
            attack_tables,
            few,
            {"base": 1, "secondary": False},
        ),
        ("tables without secondary suppression", attack_tables, few, {"secondary": False}),
        ("pairs without memory", attack_pairs, few, {"remembers": False}),
    ]
    for name, attack, count, how in lines:
        tally = shared(attack, count, given.jobs, **how)
        words = (
            f"{tally.attacked} counts under ten, {tally.recovered} recovered, {tally.exact} of them exactly"
        )
        sys.stdout.write(f"{count} {name}: {words}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
