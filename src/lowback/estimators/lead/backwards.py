"""How each person's log-likelihood changes with each figure: the filter's steps gone through backwards, once for all figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.lead.diaries import Diaries
from lowback.estimators.lead.filtering import (
    Filtered,
    Latent,
    Step,
    Told,
    at_step,
    blocks,
    steps,
    summed,
)

Array = NDArray[np.float64]
# The process, and how many more days a night counts, at points (size, P).
Story = Callable[[Array], tuple[Latent, Array]]
# The log-likelihood of what the filter found, and minus twice its derivative by the products: (P, N) and (P, N, columns, columns).
Likely = Callable[[Filtered, Diaries], tuple[Array, Array]]
# Moves of a figure by which the process's own figures, which are smooth and cheap, are differentiated.
STEP = 1e-5
# Columns times processes times people at once: their steps are kept until they have been gone back over.
AT_ONCE = 5_000
# Points times figures times distinct gaps at once.
GAPS = 300_000


def scored(
    series: Diaries, story: Story, points: Array, free: NDArray[np.intp], likely: Likely
) -> tuple[Array, Array]:
    """Log-likelihoods of people at points (P, N), and their derivatives in the free figures (P, N, free)."""
    n = len(series.people)
    values, scores = np.empty((points.shape[1], n)), np.empty((points.shape[1], n, len(free)))
    # Derivatives at every distinct gap must find room too, of which irregular moments have many.
    at_once = min(AT_ONCE // series.columns.shape[1], n * max(1, GAPS // (len(free) * len(series.gaps))))
    for some, cut, block in blocks(series, points.shape[1], at_once):
        here = points[:, some]
        passed = list(steps(block, *story(here)))
        found = summed(passed)
        flat = Filtered(found.log_variances[:, 0], found.products[:, 0])
        values[some, cut], seeds = likely(flat, block)
        scores[some, cut] = _gone_back(block, passed, seeds, _moves(block, story, here, free))
    return values, scores


@dataclass(frozen=True, eq=False)
class Moves:
    """Derivatives of a process's figures in those of the search, of which there are J: of what is `handed` on (to, from, J, P, gaps), of the
    states' `spread` (states, states, J, P, 1) and of the `errors`' variances (2, J, P, 1)."""

    handed: Array
    spread: Array
    errors: Array


def _moves(series: Diaries, story: Story, points: Array, free: NDArray[np.intp]) -> Moves:
    """By central differences."""
    unit = np.zeros((len(points), len(free), 1))
    unit[free, np.arange(len(free))] = STEP
    moved = np.stack([points[:, None] + unit, points[:, None] - unit], axis=1)
    process, night = story(moved.reshape(len(points), -1))

    def slope(figures: Array) -> Array:
        ahead, behind = np.moveaxis(figures.reshape(*figures.shape[:-2], *moved.shape[1:], -1), -4, 0)
        return np.asarray((ahead - behind) / (2 * STEP))

    handed = process.handed(series.gaps + night * series.nights)
    return Moves(slope(handed), slope(process.spread), slope(process.error**2))


def _gone_back(series: Diaries, passed: list[Step], seeds: Array, moves: Moves) -> Array:
    """Derivatives in the figures of the search (P, N, J)."""
    back = Backwards(np.ascontiguousarray(np.moveaxis(seeds, (2, 3), (0, 1))), passed[-1])
    scores = np.zeros((moves.errors.shape[1], *seeds.shape[:2]))
    for t in reversed(range(len(passed))):
        for told in reversed(passed[t].told):
            back.before_told(told)
        if t:
            by_handed = back.before_gap(passed[t])
            scores += np.einsum("ikjpn,ikpn->jpn", at_step(moves.handed, series, t), by_handed)
    scores += np.einsum("sjpo,spn->jpn", moves.errors, back.errors)
    scores += np.einsum("ikjpo,ikpn->jpn", moves.spread, back.spread)
    return np.moveaxis(scores, 0, 2)


class Backwards:
    """What the log-likelihood changes by with the states' means and covariances before a step, taken from the last step to the first.

    Reverse accumulation: Griewank & Walther 2008, Evaluating Derivatives, ch. 3.
    """

    def __init__(self, seeds: Array, last: Step) -> None:
        """`seeds` (columns, columns, P, N): minus twice the derivative by the weighted products."""
        self.seeds, self.means, self.away = seeds, np.zeros_like(last.means), np.zeros_like(last.away)
        self.spread, self.errors = np.zeros_like(last.away), np.zeros((2, *seeds.shape[2:]))

    def before_told(self, told: Told) -> None:
        """Goes back over what one series told."""
        at, w, v, gains = told.series, told.weight, told.innovation, told.gains
        z = np.einsum("cdpn,dpn->cpn", self.seeds, v)
        by_gains = np.einsum("icpn,cpn->ipn", self.means, v) - np.einsum("ijpn,jpn->ipn", self.away, gains)
        by_weight = np.einsum("ipn,ipn->pn", gains, by_gains) - np.einsum("cpn,cpn->pn", v, z) / 2
        by_gains -= np.einsum("ijpn,jpn->ipn", self.away, gains)
        by_gains *= w
        by_variance = -w * (0.5 + w * by_weight)
        by_gains[at] += by_variance
        self.errors[at] += by_variance
        self.spread[at] += by_gains
        self.means[at] += w * (z - np.einsum("icpn,ipn->cpn", self.means, gains))
        by_gains /= 2
        self.away[at] += by_gains
        self.away[:, at] += by_gains

    def before_gap(self, step: Step) -> Array:
        """Goes back over a gap; what the log-likelihood changes by with what is handed on over it (to, from, P, N)."""
        half = np.einsum("ijpn,jkpn->ikpn", self.away, step.left)
        by_handed = 2 * np.einsum("ijpn,jkpn->ikpn", half, step.away)
        by_handed += np.einsum("icpn,jcpn->ijpn", self.means, step.means)
        self.means = np.einsum("jipn,jcpn->icpn", step.left, self.means)
        self.away = np.einsum("jipn,jkpn->ikpn", step.left, half)
        return by_handed
