"""Diaries made by known processes: one process behind both series, or one that leads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.lead.diaries import Diaries, diaries

Array = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """People with one moment a day (or `a_day`) for so many days, of which some are missing, each series by itself.

    Each day the ups and downs keep `memory` of themselves. With `common`, both series record one process; else each has its own, with shocks
    that correlate by 0.3, and the second takes over `lead` of the first a day later. Scores are of SD 1 within a person before `reliability`.
    """

    memory: float = 0.6
    reliability: tuple[float, float] = (0.9, 0.6)
    common: bool = True
    lead: float = 0.0
    people: int = 120
    days: int = 56
    a_day: int = 1
    missing: float = 0.4

    def rows(self, seed: int) -> tuple[Array, Array, Array, Array]:
        """Person, day, and both series."""
        rng = np.random.default_rng(seed)
        steps = self.days * self.a_day
        x = self._common(rng, steps) if self.common else self._own(rng, steps)
        errors = rng.standard_normal(x.shape)
        share = np.array(self.reliability)[:, None, None]
        scores = (
            np.sqrt(share) * x + np.sqrt(1 - share) * errors + 2 * rng.standard_normal((2, self.people, 1))
        )
        scores[rng.random(scores.shape) < self.missing] = np.nan
        person, step = np.meshgrid(np.arange(self.people), np.arange(steps), indexing="ij")
        return person.ravel().astype(float), step.ravel() / self.a_day, scores[0].ravel(), scores[1].ravel()

    def diaries(self, seed: int) -> Diaries:
        """The same, packed."""
        person, moment, first, second = self.rows(seed)
        return diaries(person, moment, first, second)

    def _common(self, rng: np.random.Generator, steps: int) -> Array:
        memory = self.memory ** (1 / self.a_day)
        one = np.empty((self.people, steps))
        one[:, 0] = rng.standard_normal(self.people)
        for t in range(1, steps):
            fresh = rng.standard_normal(self.people)
            one[:, t] = memory * one[:, t - 1] + np.sqrt(1 - memory**2) * fresh
        return np.stack([one, one])

    def _own(self, rng: np.random.Generator, steps: int) -> Array:
        """The process in days, its steps between check-ins those of the same process in continuous time."""
        memory = self.memory ** (1 / self.a_day)
        # The power 1 / a_day of [[m, 0], [lead, m]].
        carried = np.array([[memory, 0.0], [self.lead * memory / (self.a_day * self.memory), memory]])
        shocks = np.linalg.cholesky(np.array([[1, 0.3], [0.3, 1]]) * (1 - memory**2))
        x = np.zeros((2, self.people))
        kept = np.empty((2, self.people, steps))
        for t in range(-100 * self.a_day, steps):
            x = carried @ x + shocks @ rng.standard_normal((2, self.people))
            if t >= 0:
                kept[:, :, t] = x
        return kept / self._spread(carried, shocks)[:, None, None]

    @staticmethod
    def _spread(carried: Array, shocks: Array) -> Array:
        variance = shocks @ shocks.T
        total = variance.copy()
        for _ in range(400):
            total = carried @ total @ carried.T + variance
        return np.sqrt(np.diag(total))
