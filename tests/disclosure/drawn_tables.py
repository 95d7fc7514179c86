"""Tables drawn by chance, as the analyses hand them to a release: counts by arm and level, shares and their differences."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lowback.estimators.proportions import newcombe
from lowback.result import Result, estimates_frame

ALL = "all"
Z = 1.96
Row = dict[str, object]


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


def result_of(world: World, *, compares: bool = True) -> Result:
    """The table as Table 1 has it, the share of the first level among those whose level is known, and its differences.

    Without `compares` no arm is set against the first.
    """
    made = [one for arm in [*range(len(world.counts)), ALL] for one in _of_arm(world, arm)]
    made += _differences(world) if compares else ()
    rows, keys = zip(*made, strict=True)
    frame = pd.DataFrame(list(keys)).fillna({"comparator": ""})
    return Result("table_one", "description", "Who?", estimates_frame(list(rows)), "Counted.", keys=frame)


def share_row(term: str, few: float, many: float) -> Row:
    """A share with Wald's interval, which everybody can work out again."""
    share = few / many
    spread = math.sqrt(share * (1 - share) / many)
    ends = {"conf_low": max(share - Z * spread, 0.0), "conf_high": min(share + Z * spread, 1.0)}
    return {**_row(term, share, "proportion", int(many)), "std_error": spread, **ends}


def difference_row(term: str, few: int, many: int, control: int, control_many: int) -> Row:
    """A difference of two shares with Newcombe's interval and a normal test, which everybody can work out again."""
    found = newcombe(few, many, control, control_many)
    p_value = math.erfc(abs(found.estimate) / found.std_error / math.sqrt(2)) if found.std_error else 1.0
    return {
        **_row(term, found.estimate, "proportion", many + control_many),
        **vars(found),
        "p_value": p_value,
    }


def _of_arm(world: World, arm: int | str) -> Iterator[tuple[Row, Row]]:
    """Counts and percentages of an arm, who is missing, and the share of the first level."""
    counts = world.counts.sum(axis=0) if arm == ALL else world.counts[arm]
    missing = int(world.missing.sum() if arm == ALL else world.missing[arm])
    people = int(counts.sum()) + missing
    name = ALL if arm == ALL else f"arm {arm}"
    for level, count in enumerate(counts):
        key: Row = {"variable": "v", "level": f"l{level}", "arm": name, "weeks": np.nan}
        yield _row(f"l{level}, {name}: count", count, "participants", people), {**key, "statistic": "count"}
        if people:
            row = _row(f"l{level}, {name}: percentage", 100 * count / people, "%", people)
            yield row, {**key, "statistic": "percentage"}
    key = {"variable": "v", "level": "", "arm": name, "weeks": np.nan, "statistic": "missing"}
    yield _row(f"{name}: missing", missing, "participants", people), key
    if people - missing > 1:
        yield share_row(f"{name}: share", counts[0], people - missing), _key(name, "observed share")


def _differences(world: World) -> Iterator[tuple[Row, Row]]:
    known = world.counts.sum(axis=1)
    for arm in range(1, len(known)):
        if known[0] > 1 and known[arm] > 1:
            numbers = (world.counts[arm, 0], known[arm], world.counts[0, 0], known[0])
            row = difference_row(f"arm {arm} vs arm 0", *map(int, numbers))
            yield row, {**_key(f"arm {arm}", "risk difference"), "comparator": "arm 0"}


def _key(arm: str, statistic: str) -> Row:
    return {"variable": "score", "level": "", "arm": arm, "weeks": 0.0, "statistic": statistic}


def _row(term: str, value: float, unit: str, people: int) -> Row:
    return {"term": term, "estimate": float(value), "unit": unit, "n_participants": people}
