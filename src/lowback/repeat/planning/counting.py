"""What becomes of simulated trials: how many show what they were made to show, how precisely, and how many answer at all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.batched import Found
from lowback.repeat.planning.designs import Design
from lowback.repeat.planning.estimating import Analysis, by_analysis, by_arrays
from lowback.repeat.planning.expecting import better_side, effect_for, side
from lowback.repeat.planning.question import Planning
from lowback.repeat.replicates import Progress
from lowback.simulate.planned import draw

ALPHA: Mapping[str, float] = {"difference": 0.05, "equivalence": 0.05, "non-inferiority": 0.025}
"""How often a trial may show by chance what is not there: a two-sided test, two one-sided tests, a one-sided test."""
BLOCK, BLOCK_OF_COHORTS = 200, 10
PRIOR = 1
"""The child stream that draws effects from their prior, apart from people."""


@dataclass(frozen=True)
class Counted:
    """Sums over simulated trials of one design; widths and estimates over those that answered.

    `assured` counts successes with effects drawn from the prior and `false` those with an effect that should not succeed; they are
    missing (NaN) where the plan has no prior or no such effect exists.
    """

    trials: float = 0.0
    answered: float = 0.0
    successes: float = 0.0
    assured: float = 0.0
    false: float = 0.0
    width: float = 0.0
    width_squared: float = 0.0
    estimate: float = 0.0
    estimate_squared: float = 0.0

    def __add__(self, other: Counted) -> Counted:
        """Both together."""
        return Counted(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    @property
    def values(self) -> list[float]:
        """The sums as plain values, in the order of the fields."""
        return [float(getattr(self, one.name)) for one in fields(self)]


@dataclass(frozen=True, eq=False)
class Block:
    """The task of one block of simulated trials, for every design; the block's seed says which of all trials it holds."""

    planning: Planning
    designs: tuple[Design, ...]
    replicates: int
    analysis: Analysis | None = None

    @property
    def size(self) -> int:
        """How many trials of a design one block holds."""
        return BLOCK if self.analysis is None else BLOCK_OF_COHORTS

    @property
    def blocks(self) -> int:
        """How many blocks the replicates make; the last may be smaller."""
        return -(-self.replicates // self.size)

    def told(self, progress: Progress) -> Progress:
        """What is told of blocks, in trials of a design."""
        return lambda done, _: progress(min(done * self.size, self.replicates), self.replicates)

    def __call__(self, seed: np.random.SeedSequence) -> list[list[float]]:
        """The sums of each design over the trials of this block."""
        trials = min(self.size, self.replicates - seed.spawn_key[-1] * self.size)
        return [self.counted(one, trials, seed).values for one in self.designs]

    def counted(self, design: Design, trials: int, seed: np.random.SeedSequence) -> Counted:
        """The sums of one design: the same people with the effect planned for, effects of the prior, and none that counts."""
        effect = self.planning.plan.assumptions.effect
        found = self._found(design, np.full(trials, float(effect.value)), seed)
        assured = false = math.nan
        if effect.prior_sd > 0:
            prior = np.random.default_rng(
                np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, PRIOR))
            )
            effects = prior.normal(effect.value, effect.prior_sd, trials)
            assured = float(succeeded(self.planning, self._found(design, effects, seed)).sum())
        empty = null_effect(self.planning, design)
        if empty is not None:
            nothing = self._found(design, np.full(trials, empty), seed)
            false = float(succeeded(self.planning, nothing, either_side=True).sum())
        width = (found.conf_high - found.conf_low)[np.isfinite(found.estimate)]
        estimate = found.estimate[np.isfinite(found.estimate)]
        return Counted(
            trials=trials,
            answered=len(estimate),
            successes=float(succeeded(self.planning, found).sum()),
            assured=assured,
            false=false,
            width=float(width.sum()),
            width_squared=float((width**2).sum()),
            estimate=float(estimate.sum()),
            estimate_squared=float((estimate**2).sum()),
        )

    def _found(self, design: Design, effects: NDArray[np.float64], seed: np.random.SeedSequence) -> Found:
        planning = self.planning
        per = float(planning.estimand.per or 1.0)
        rng = np.random.default_rng(seed)
        draws = draw(planning.plan.assumptions, design.layout, effects, rng, per=per, end=planning.end)
        if self.analysis is None:
            return by_arrays(planning, draws)
        return by_analysis(planning, draws, self.analysis)


def succeeded(planning: Planning, found: Found, *, either_side: bool = False) -> NDArray[np.bool_]:
    """Which trials show what the plan wants shown; one without an answer does not.

    A difference is shown by a 95 % interval that excludes 0 on the side planned for (on `either_side` where none is),
    equivalence by a 90 % interval within the margins, non-inferiority by a 95 % interval on the better side of the margin.
    """
    margin = float(planning.margin or 0.0)
    if planning.plan.success == "equivalence":
        half = found.half_width(ALPHA["equivalence"])
        return (found.estimate - half > -margin) & (found.estimate + half < margin)
    if planning.plan.success == "non-inferiority":
        return found.conf_low > -margin if better_side(planning) > 0 else found.conf_high < margin
    above, below = found.conf_low > 0, found.conf_high < 0
    if either_side:
        return above | below
    return above if side(planning) > 0 else below


def null_effect(planning: Planning, design: Design) -> float | None:
    """The effect with which a success is an error: none, or one at the margin on the worse side; None where there is no such."""
    if planning.plan.success == "difference":
        return 0.0
    return effect_for(planning, design.layout, -better_side(planning) * float(planning.margin or 0.0))
