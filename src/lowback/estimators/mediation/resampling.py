"""People drawn again with replacement within their arms, as weighted means of what each person adds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.mediation.moments import Array

MOST_WEIGHTS = 4_000_000


def resampled_means(shares: Array, arm: NDArray[np.intp], replicates: int, seed: int) -> Array:
    """The mean of each column over people drawn again, stratified by arm (replicate, column).

    `shares` has a row a person and `arm` the person's stratum; every replicate has as many people of each arm as there are.

    Efron & Tibshirani 1993, An Introduction to the Bootstrap, ch. 8.
    """
    rng = np.random.default_rng(seed)
    found = [weights @ shares for weights in _weights(rng, arm, replicates)]
    return np.concatenate(found) / len(arm)


def _weights(rng: np.random.Generator, arm: NDArray[np.intp], replicates: int) -> Iterator[Array]:
    """How often each person is drawn, some replicates at a time (replicate, person)."""
    at_once = max(1, MOST_WEIGHTS // len(arm))
    members = [np.flatnonzero(arm == one) for one in np.unique(arm)]
    for start in range(0, replicates, at_once):
        rows = min(at_once, replicates - start)
        counts = np.zeros((rows, len(arm)))
        for people in members:
            drawn = rng.integers(len(people), size=(rows, len(people)))
            flat = (drawn + len(people) * np.arange(rows)[:, None]).ravel()
            counts[:, people] = np.bincount(flat, minlength=rows * len(people)).reshape(rows, -1)
        yield counts
