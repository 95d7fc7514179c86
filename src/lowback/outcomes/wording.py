"""What every comparison of arms has to say in words: how arms were assigned, and who was left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lowback.study import Study

# What is lacking, in words, and which people lack it.
Gaps = Mapping[str, NDArray[np.bool_]]


def assignment(study: Study) -> str:
    """What the design allows to be said of a difference between arms, as an assumption."""
    if study.is_randomised:
        return "Arms were assigned at random; whatever happened afterwards counts as part of the arm (treatment policy)."
    return "Arms were not assigned at random: a difference is an association, and may come from who was in which arm."


def complete(gaps: Gaps) -> NDArray[np.bool_]:
    """Who lacks nothing."""
    return ~np.logical_or.reduce(list(gaps.values()))


def lacking(gaps: Gaps) -> str:
    """What people lack and how many, in words; empty where nobody lacks anything."""
    counts = {name: int(flags.sum()) for name, flags in gaps.items()}
    return "; ".join(f"{name}: {count}" for name, count in counts.items() if count)


def left_out(gaps: Gaps) -> str:
    """How many people lack something, and what they lack, in words; empty where nobody does."""
    people = int((~complete(gaps)).sum())
    several = ", a person may lack several" if sum(flags.sum() for flags in gaps.values()) > people else ""
    return f"{people} left out because a value is missing ({lacking(gaps)}{several})" if people else ""


def told_apart(values: Iterable[float], digits: int) -> dict[float, str]:
    """Each value with so many digits, or as many more as tell how far they lie apart: those far from 0 lie close together."""
    numbers = np.unique(np.asarray(list(values), dtype=float))
    nearest = np.diff(numbers).min(initial=np.inf)
    for enough in range(digits, 18):
        named = {float(one): f"{one:.{enough}g}" for one in numbers}
        # Rounded by less than a quarter of what lies between them, they stay apart and in order.
        if all(abs(float(told) - one) < nearest / 4 for one, told in named.items()):
            break
    return named


def at_weeks(weeks: Sequence[float]) -> str:
    """The visits in words: week 4; weeks 0 and 4; weeks 0, 4 and 8."""
    named = [f"{week:g}" for week in weeks]
    if len(named) == 1:
        return f"week {named[0]}"
    return f"weeks {', '.join(named[:-1])} and {named[-1]}"
