"""How often intervals cover and tests err where something is taken up, stopped and taken up again: `python tests/in_time/on_and_off_page.py [--replicates 500]`.

Writes docs/on-and-off.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from days_and_waves_page import (
    MEMORIES,
    covered_by,
    diaries,
    least_squares_excludes_zero,
    named,
    percent,
    table,
)
from on_and_off_words import CARRIED, CHOSEN, COVERAGE, LOTS, OPENING, POOLED, PRIORS

from lowback.estimators.phases import (
    LEVEL_CHANGE,
    SLOPE_CHANGE,
    STAYED,
    STOPPED,
    TAKEN_UP,
    chance_of_places,
    integrated,
    phases,
    randomisation_test,
)
from lowback.estimators.phases.fit import MEMORIES as MEMORY_GRID
from lowback.estimators.pooling import pooled
from made_with import made_with

PAGE = Path(__file__).resolve().parents[2] / "docs" / "on-and-off.md"
LENGTHS = (28, 56, 84)
DESIGNS = {"ABA": 2, "ABAB": 3}
# Of the difference between on and off, in SDs of a day, and of how it differs between people.
DIFFERENCE, BETWEEN = -1.0, 0.5
# So many cohorts are fitted at once.
TOGETHER = 50


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate, count and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=500)
    parser.add_argument("--out", type=Path, default=PAGE)
    given = parser.parse_args(arguments)
    given.out.write_text(page(given.replicates), encoding="utf-8")


def page(replicates: int) -> str:
    """The page as markdown."""
    command = f"python tests/in_time/on_and_off_page.py --replicates {replicates}"
    memories = [f"memory {named(*one)}" for one in MEMORIES]
    parts = [
        OPENING.format(command=command, **made_with()),
        COVERAGE + table(["design, days, row", *memories], coverage(replicates)),
        POOLED + table(["people, days, memory", "on less off %", "stopped %", "stayed %"], pooled_coverage(replicates)),
        LOTS + table(["lot", "memory", "the lot that was %", "another lot %", "other lot found %"], lot_errors(max(replicates // 2, 2))),
        CHOSEN + table(["memory", "design", "fell %", "rose %", "mean difference"], chosen_days(replicates)),
        CARRIED + table(["lasts after the stop", "days to settle", "on less off", "taken up", "stopped", "stayed"], carried_over(replicates)),
        PRIORS + table(["prior", "days, memory", "level %", "its width", "slope %", "its width"], other_priors(2 * replicates)),
    ]  # fmt: skip
    return "\n".join(parts)


def even(days: int, changes: int) -> Any:
    """Days of change that cut a diary into phases of one length."""
    return np.arange(1, changes + 1) * days // (changes + 1)


def is_on(days: int, changes: Any) -> Any:
    """Which days are on, for changes (person, change): (person, day)."""
    return (np.arange(days)[None, :, None] > np.asarray(changes)[:, None, :]).sum(axis=2) % 2


def covers(found: Any, truth: Any) -> Any:
    """Whether each interval holds the truth."""
    return (found.conf_low < truth) & (found.conf_high > truth)


def coverage(people: int) -> Iterator[list[str]]:
    """Rows of coverage by design, length and memory: on less off, when it was stopped, and least squares."""
    for design, count in DESIGNS.items():
        for days in LENGTHS:
            rows: dict[str, list[str]] = {"on less off": [], "stopped": [], "least squares": []}
            for at, (memory, share) in enumerate(MEMORIES):
                changes = np.tile(even(days, count), (people, 1))
                scores = diaries(np.random.default_rng([11, days, count, at]), people, days, memory, share)
                cut = phases(scores, changes, left_out=0, same_length=False)
                found = integrated(cut.outcome, cut.design(), LEVEL_CHANGE)
                rows["on less off"].append(covered_by(covers(found, 0)))
                found = integrated(cut.outcome, cut.design(stops=True), STOPPED)
                rows["stopped"].append(covered_by(covers(found, 0)))
                rows["least squares"].append(
                    covered_by(~least_squares_excludes_zero(cut.outcome, cut.design()))
                )
            yield from ([f"{design}, {days}, {name}", *cells] for name, cells in rows.items())


def pooled_coverage(cohorts: int, sizes: Sequence[int] = (4, 12)) -> Iterator[list[str]]:
    """Rows of coverage of pooled differences, by people, length and memory; the people's own differ."""
    for people, days, memory in product(sizes, LENGTHS, (0.3, 0.6)):
        rng = np.random.default_rng([12, people, days, int(10 * memory)])
        covered: list[list[bool]] = []
        for first in range(0, cohorts, TOGETHER):
            covered += _cohorts_covered(rng, min(TOGETHER, cohorts - first), people, days, memory)
        yield [f"{people}, {days}, {memory:g}", *(covered_by(one) for one in np.transpose(covered))]


def _cohorts_covered(rng: Any, cohorts: int, people: int, days: int, memory: float) -> list[list[bool]]:
    """Whether each cohort's pooled intervals of the difference, of stopping and of what stays hold the truth."""
    changes = np.tile(even(days, 3), (people * cohorts, 1))
    own = DIFFERENCE + BETWEEN * rng.standard_normal((people * cohorts, 1))
    scores = diaries(rng, people * cohorts, days, memory) + own * is_on(days, changes)
    cut = phases(scores, changes, left_out=0, same_length=False)
    found = [integrated(cut.outcome, cut.design(), LEVEL_CHANGE)]
    found += [integrated(cut.outcome, cut.design(stops=True), one) for one in (STOPPED, STAYED)]
    truths = (DIFFERENCE, -DIFFERENCE, 0.0)
    return np.transpose([_pooled_covers(*one, people) for one in zip(found, truths, strict=True)]).tolist()


def _pooled_covers(found: Any, truth: float, people: int) -> list[bool]:
    """Whether the pooled interval of each cohort of so many people holds the truth."""
    estimates, errors = (one.reshape(-1, people) for one in (found.estimate, found.std_error))
    means = [pooled(*one) for one in zip(estimates, errors, strict=True)]
    return [bool(one.conf_low < truth < one.conf_high) for one in means]


def lot_errors(cohorts: int) -> Iterator[list[str]]:
    """Rows of false findings of ten people together, over the lot from which their changes were drawn and over another."""
    near = np.array([[a, b, c] for a in (14, 16) for b in (34, 36) for c in (54, 56)])
    wide = np.array([[a, b, c] for a in range(8, 25, 2) for b in range(30, 43, 2) for c in range(48, 63, 2)])
    orders = _orders("ABAB", "BABA", "ABBA", "BAAB", "AABB", "BBAA")
    lots = {
        "days of three changes": (near, wide, (near[:, 0] - 8) // 2, 9),
        "orders of four blocks": (orders[:2], orders, np.arange(2), 6),
    }
    for name, (real, told, places, size) in lots.items():
        for memory in (0.3, 0.8):
            right, wrong, found = [], [], []
            for seed in range(cohorts):
                rng = np.random.default_rng([13, seed, int(10 * memory), size])
                # Everybody's days are eased, whatever is done, about as often as the programme is on.
                scores = diaries(rng, 10, 72, memory) - is_on(72, np.tile([15, 35, 55], (10, 1)))
                drawn = rng.integers(0, len(real), 40)
                right.append(_together(scores, real[drawn[:10]], real, seed))
                wrong.append(_together(scores, real[drawn[:10]], told, seed))
                found.append(chance_of_places(places[drawn], size) < 1e-4)
            cells = (np.array(right) < 0.05, np.array(wrong) < 0.05, found)
            yield [name, f"{memory:g}", *map(percent, cells)]


def _orders(*orders: str) -> Any:
    """Days of change of orders of blocks of 18 days from day 0."""
    rows = [[18 * at for at, one in enumerate(order) if one != ("A" + order)[at]] for order in orders]
    return np.array([[*row, *[np.nan] * (4 - len(row))] for row in rows], dtype=float)


def _together(scores: Any, took: Any, possible: Any, seed: int) -> float:
    """The p-value of all people together; the first day is that of a change in some orders and left out in all."""
    kept = np.where(np.arange(scores.shape[1]) > 0, scores, np.nan)
    return randomisation_test(kept, took, possible, seed=seed).together


def chosen_days(people: int) -> Iterator[list[str]]:
    """Rows of false differences where people take up on a bad day and stop on a good one, nothing ever changing."""
    for at, (memory, share) in enumerate(MEMORIES):
        scores = diaries(np.random.default_rng([14, at]), people, 84, memory, share)
        first = 14 + scores[:, 14:28].argmax(axis=1)
        second = _pick(-scores, first)
        for name, changes in (("ABA", [first, second]), ("ABAB", [first, second, _pick(scores, second)])):
            cut = phases(scores, np.stack(changes, axis=1), left_out=1, same_length=False)
            found = integrated(cut.outcome, cut.design(), LEVEL_CHANGE)
            error = found.estimate.std(ddof=1) / people**0.5
            mean = f"{found.estimate.mean():.2f} ({error:.2f})"
            yield [
                named(memory, share),
                name,
                percent(found.conf_high < 0),
                percent(found.conf_low > 0),
                mean,
            ]


def _pick(scores: Any, after: Any) -> Any:
    """The day with the highest score from one to three weeks after a day."""
    day = np.arange(scores.shape[1])[None, :]
    near = (day >= after[:, None] + 7) & (day <= after[:, None] + 21)
    return np.where(near, scores, -np.inf).argmax(axis=1)


def carried_over(people: int) -> Iterator[list[str]]:
    """Rows of mean estimates where what was taken up, 1 SD less, lasts some days beyond its stop, with and without days to settle."""
    changes = np.tile([28, 56], (people, 1))
    day = np.arange(84)[None, :]
    for lasts, settling in ((0, 0), (0, 7), (3, 0), (3, 3), (7, 0), (7, 7), (14, 0), (14, 7), (84, 0)):
        scores = diaries(np.random.default_rng([15]), people, 84, 0.4)
        scores = scores + DIFFERENCE * ((day > 28) & (day <= 56 + lasts))
        cut = phases(scores, changes, left_out=0, same_length=False, settling=settling)
        found = [integrated(cut.outcome, cut.design(), LEVEL_CHANGE)]
        found += [integrated(cut.outcome, cut.design(stops=True), one) for one in (TAKEN_UP, STOPPED, STAYED)]
        means = [f"{one.estimate.mean():.2f} ({one.estimate.std(ddof=1) / people**0.5:.2f})" for one in found]
        yield ["for good" if lasts == 84 else f"{lasts} days", f"{settling}", *means]


def other_priors(people: int) -> Iterator[list[str]]:
    """Rows of coverage and median width of one change in short diaries that wander, by the prior of how residuals hang together."""
    longer = np.append(MEMORY_GRID, 0.99)
    priors: dict[str, dict[str, Any]] = {
        "as it is": {"LEAN_TO_LONG": 1},
        "memory up to 0.99": {"MEMORIES": longer},
        "(1 - memory) to the power -1.5": {"LEAN_TO_LONG": 1.5},
        "memory up to 0.99, share to the eighth power": {"MEMORIES": longer, "LEAN_TO_LASTING": 8},
    }
    for days, memory in ((14, 0.6), (14, 0.96), (28, 0.6), (28, 0.96)):
        scores = diaries(np.random.default_rng([16, days, int(100 * memory)]), people, days, memory)
        cut = phases(scores, np.full(people, days // 2), left_out=0)
        for name, prior in priors.items():
            with patch.multiple("lowback.estimators.phases.fit", **prior):
                found = [
                    integrated(cut.outcome, cut.design(own_slopes=own), weights)
                    for own, weights in ((False, LEVEL_CHANGE), (True, SLOPE_CHANGE))
                ]
            cells = [
                (covered_by(covers(one, 0)), f"{np.median(one.conf_high - one.conf_low):.2f}")
                for one in found
            ]
            yield [name, f"{days}, {memory:g}", *cells[0], *cells[1]]


if __name__ == "__main__":
    main()
