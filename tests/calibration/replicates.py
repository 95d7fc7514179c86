"""A block of simulated trials of one scenario, each analysed; the same numbers whoever computes them."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from optima import shortfall
from scenarios import EFFECT, Array, Scenario

from lowback.estimators import NotEstimable
from lowback.estimators.lmm import LmmFit, fit_lmm
from lowback.estimators.mmrm import MmrmFit, fit_ladder

BLOCK = 250
# Trials of the first block whose optimum is sought again from other starts.
CHECKED = 10
# What is kept of a trial; all but `lost` are missing where the analysis refused.
COLUMNS = ("error", "se", "df", "se_kr", "df_kr", "rung", "shortfall", "lost")


@dataclass(frozen=True)
class Task:
    """A block of trials; its random numbers depend on nothing but the seed and these."""

    seed: int
    index: int
    scenario: Scenario
    is_null: bool
    block: int

    @property
    def rng(self) -> np.random.Generator:
        """The block's own stream."""
        key = (self.index, int(self.is_null), self.block)
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))

    @property
    def file(self) -> str:
        """What the block is called where blocks are kept."""
        return f"{self.seed}-{self.index}-{'null' if self.is_null else 'effect'}-{self.block}.npy"


def tasks(scenarios: Iterable[Scenario], replicates: int, seed: int) -> list[Task]:
    """All blocks, the first of every scenario before the second of any."""
    listed = list(enumerate(scenarios))
    return [
        Task(seed, index, scenario, is_null, block)
        for block in range(-(-replicates // BLOCK))
        for index, scenario in listed
        for is_null in (False, True)
    ]


def computed(
    wanted: list[Task], replicates: int, workers: int, keep: Path | None = None
) -> dict[tuple[int, bool], Array]:
    """The trials of each scenario (by its index, and whether there is no effect), a row a trial, as in `COLUMNS`."""
    if workers == 1:
        blocks = [block_of(task, replicates, keep) for task in wanted]
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            many = len(wanted)
            blocks = list(pool.map(block_of, wanted, [replicates] * many, [keep] * many))
    found: dict[tuple[int, bool], list[Array]] = {}
    for task, block in zip(wanted, blocks, strict=True):
        found.setdefault((task.index, task.is_null), []).append(block)
    return {key: np.concatenate(parts) for key, parts in found.items()}


def block_of(task: Task, replicates: int, keep: Path | None) -> Array:
    """The trials of a block, read where they were kept before."""
    many = min(BLOCK, replicates - task.block * BLOCK)
    if keep is not None and (keep / task.file).exists():
        kept = np.load(keep / task.file)
        if len(kept) >= many:
            return np.asarray(kept[:many])
    rng, checks = task.rng, task.rng.spawn(1)[0]
    effect = 0.0 if task.is_null else EFFECT
    rows = np.array(
        [
            trial(task.scenario, effect, rng, checks if task.block == 0 and at < CHECKED else None)
            for at in range(many)
        ]
    )
    if keep is not None:
        np.save(keep / task.file, rows)
    return rows


def trial(
    scenario: Scenario, effect: float, rng: np.random.Generator, checks: np.random.Generator | None
) -> list[float]:
    """One trial: the error of its estimate, standard errors with degrees of freedom, the rung, the optimum's shortfall."""
    scores, seen = scenario.draw(effect, rng)
    lost = float(1 - seen[:, -1].mean())
    try:
        if scenario.analysis == "least squares, people ignored":
            return [*_pooled(scenario, scores[seen], seen, effect), 1.0, np.nan, lost]
        fit, rung = _fitted(scenario, scores[seen], seen)
        model_based, adjusted = (
            fit.contrast(scenario.contrast, "satterthwaite"),
            fit.contrast(scenario.contrast, "kenward-roger"),
        )
    except NotEstimable:
        return [np.nan] * (len(COLUMNS) - 1) + [lost]
    short = np.nan if checks is None else shortfall(fit, checks)
    answers = (model_based.std_error, model_based.df, adjusted.std_error, adjusted.df)
    return [
        float(model_based.estimate[0]) - effect,
        *(float(one[0]) for one in answers),
        float(rung),
        short,
        lost,
    ]


def _fitted(scenario: Scenario, outcome: Array, seen: NDArray[np.bool_]) -> tuple[MmrmFit | LmmFit, int]:
    person, visit = np.nonzero(seen)
    design = scenario.design[seen.ravel()]
    if scenario.analysis in ("random intercept", "random slope"):
        columns = (
            np.column_stack([np.ones(len(visit)), visit]) if scenario.analysis == "random slope" else None
        )
        return fit_lmm(outcome, design, person, columns, names=scenario.names), 1
    ladder = fit_ladder(outcome, design, person, visit, names=scenario.names)
    return ladder.fit, ladder.rung


def _pooled(scenario: Scenario, outcome: Array, seen: NDArray[np.bool_], effect: float) -> list[float]:
    """Least squares that takes every score for another person's: a wrong analysis, which must be seen to be wrong."""
    design = scenario.design[seen.ravel()]
    coefficients, rest = np.linalg.lstsq(design, outcome)[:2]
    df = len(outcome) - design.shape[1]
    spread = scenario.contrast @ np.linalg.inv(design.T @ design) @ scenario.contrast
    se = float(np.sqrt(rest[0] / df * spread))
    return [float(scenario.contrast @ coefficients) - effect, se, float(df), se, float(df)]
