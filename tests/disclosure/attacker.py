"""Who reads a public release and works out, by integer programming, what each small count may have been.

    .venv/bin/python tests/disclosure/attacker.py

attacks 2,000 generated tables and 200 pairs of weekly releases (about ten minutes of one core) and prints how many counts under ten were
recovered, with and without each of the protections; `--tables`, `--pairs` and `--first` say how many and from which seed,
`--plain` leaves the runs without protection out, `--jobs` says how many processes share it.

The attacker knows the rules, every arm and level that exists, that levels and missing add up to the people of an arm and
arms to everybody, and of weekly releases that people only come and none leaves. It does not know the key of the rounding. A
number shown says that the count lies within 4 of it, one that an earlier release showed too within 19. A share shown gives back
the number of people in it that it was worked out from; its interval, and that of a difference of two shares with its
p-value, all those that they may rest on.

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
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from drawn_tables import World, drawn, result_of
from joblib import Parallel, delayed
from puzzle import SMALL
from reader import Reading

from lowback.disclosure import Rules, holes, memory_of, released

FEWEST_VALUES = 5


@dataclass(frozen=True)
class Tally:
    """Counts under ten that were attacked, those recovered, and those of them known to the person."""

    attacked: int = 0
    recovered: int = 0
    exact: int = 0
    seeds: tuple[int, ...] = ()

    def __add__(self, other: Tally) -> Tally:
        """Both together."""
        sums = (getattr(self, one) + getattr(other, one) for one in ("attacked", "recovered", "exact"))
        return Tally(*sums, self.seeds + other.seeds)

    def of(self, seed: int) -> Tally:
        """The same, with the seed if anything was recovered."""
        return replace(self, seeds=(seed,) if self.recovered else ())


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
    return attacked(reading, small_cells(reading, world)).of(seed)


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
    return attacked(reading, targets).of(seed)


def attack_sites(seed: int, with_whole: bool = False, one_key: bool = True) -> Tally:
    """A release of each site, of the same files (`one_key`) or of a folder each, and of the whole beside them."""
    world = drawn(np.random.default_rng(seed))
    reading, sites = Reading(world.counts.shape), len(world.counts)
    parts = {site: World(world.counts[[site]], world.missing[[site]]) for site in range(sites)}
    if with_whole:
        parts[sites] = World(world.counts.sum(axis=0, keepdims=True), world.missing.sum(keepdims=True))
    for place, part in parts.items():
        rules = Rules(key=f"secret {seed}" if one_key else f"secret {seed}, {place}")
        reading.read(released(result_of(part), rules), 5, place=place)
    return attacked(reading, small_cells(reading, world)).of(seed)


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


def attack_pairs(count: int, *, remembers: bool = True, start: int = 0) -> Tally:
    """So many pairs of releases."""
    return sum((attack_pair(seed, remembers) for seed in range(start, start + count)), Tally())


def attack_parts(count: int, *, start: int = 0, **how: bool) -> Tally:
    """So many studies of several sites."""
    return sum((attack_sites(seed, **how) for seed in range(start, start + count)), Tally())


def shared(attack: Callable[..., Tally], count: int, first: int, jobs: int, **how: Any) -> Tally:
    """The same attacks by several processes, twenty at a time."""
    parts = Parallel(jobs, backend="multiprocessing")(
        delayed(attack)(min(20, first + count - at), start=at, **how)
        for at in range(first, first + count, 20)
    )
    return sum(parts, Tally())


def main() -> None:
    """Print a line for each kind of release, and for each protection taken away."""
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("--tables", type=int, default=2000)
    asked.add_argument("--pairs", type=int, default=200)
    asked.add_argument("--first", type=int, default=0, help="the first seed")
    asked.add_argument("--jobs", type=int, default=2)
    asked.add_argument("--plain", action="store_true", help="with all protections alone")
    given = asked.parse_args()
    base = {"base": 1}
    lines: list[tuple[str, Callable[..., Tally], int, dict[str, Any]]] = [
        ("tables", attack_tables, given.tables, {}),
        ("pairs of weekly releases", attack_pairs, given.pairs, {}),
        ("studies whose sites are released one by one", attack_parts, given.pairs, {}),
        ("studies whose whole is released beside its sites", attack_parts, given.pairs, {"with_whole": True}),
        ("the same, each site with files of its own", attack_parts, given.pairs, {"with_whole": True, "one_key": False}),
        ("tables without rounding", attack_tables, given.tables, base),
        ("tables without rounding or secondary suppression", attack_tables, given.tables, {**base, "secondary": False}),
        ("tables without secondary suppression", attack_tables, given.tables, {"secondary": False}),
        ("pairs without memory", attack_pairs, given.pairs, {"remembers": False}),
    ]  # fmt: skip
    for name, attack, count, how in lines[: 3 if given.plain else None]:
        told = shared(attack, count, given.first, given.jobs, **how)
        seeds = f" (seeds {', '.join(map(str, told.seeds))})" if told.seeds and not how else ""
        sys.stdout.write(
            f"{count} {name} from seed {given.first}: {told.attacked} counts under ten, "
            f"{told.recovered} recovered, {told.exact} of them exactly{seeds}\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
