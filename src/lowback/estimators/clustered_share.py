"""The share of events that are of a kind, where a person may have several."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, stdtrit

from lowback.estimators import NotEstimable
from lowback.estimators.proportions import Proportion


def clustered_share(counts: ArrayLike, of: ArrayLike, level: float = 0.95) -> Proportion:
    """The share `counts.sum() / of.sum()` with Korn and Graubard's interval; one row a person, people without events play no part.

    Events of a person may resemble each other: the interval is the exact binomial one for so many independent events as
    would give the standard error found between people, corrected for the number of people, and never for more events than
    there are. Where all events are of one kind, or none is, nothing differs between people: each then counts as one event.

    Raises `NotEstimable` for fewer than 2 people with events.

    Korn & Graubard 1998, Survey Methodology 24:193-201; Clopper & Pearson 1934, Biometrika 26:404-413.
    """
    some, every = np.asarray(counts, dtype=float), np.asarray(of, dtype=float)
    some, every = some[every > 0], every[every > 0]
    people = len(every)
    if people < 2:
        raise NotEstimable(f"{people} people with any; allowed: 2 people or more")
    events, share = float(every.sum()), float(some.sum() / every.sum())
    scores = some - share * every
    variance = people / (people - 1) * float(scores @ scores) / events**2
    tail = (1 - level) / 2
    if variance > 0:
        few = float(stdtrit(events - 1, tail) / stdtrit(people - 1, tail)) ** 2
        independent = min(events, share * (1 - share) / variance * few)
    else:
        independent = float(people) if share in (0.0, 1.0) else events
    low, high = _exact(share * independent, independent, tail)
    return Proportion(share, variance**0.5, min(low, share), max(high, share))


def _exact(count: float, of: float, tail: float) -> tuple[float, float]:
    """Clopper and Pearson's interval; counts need not be whole."""
    low = 0.0 if count <= 0 else float(betaincinv(count, of - count + 1, tail))
    high = 1.0 if count >= of else float(betaincinv(count + 1, of - count, 1 - tail))
    return low, high
