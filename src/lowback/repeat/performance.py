"""How an analysis did over replicates whose truth is known, each figure with its Monte Carlo standard error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ALPHA = 0.05
ANSWER = ("estimate", "std_error", "conf_low", "conf_high", "p_value")
"""What is kept of one row of an analysis in one replicate; a replicate without an answer is None."""


@dataclass(frozen=True)
class Figure:
    """A figure and its Monte Carlo standard error; both NaN where there is none."""

    value: float
    error: float


@dataclass(frozen=True)
class Performance:
    """One row of an analysis in one world.

    `truth` is the value to be found, `replicates` how many cohorts were drawn, `refused` the share without an answer.
    `bias` is the mean of the estimates less the truth, `empirical_se` their standard deviation, `model_se` the root mean
    square of the reported standard errors, `se_ratio` model over empirical; `coverage` is the share of intervals that hold
    the truth, `type_one` of those tests that reject the true value, `power` of those that reject zero (of a ratio: one). All but
    `refused` are over the replicates that were answered.

    Morris, White & Crowther 2019, Stat Med 38:2074-2102, table 6.
    """

    truth: float
    replicates: int
    refused: Figure
    bias: Figure
    empirical_se: Figure
    model_se: Figure
    se_ratio: Figure
    coverage: Figure
    type_one: Figure
    power: Figure

    def figures(self) -> dict[str, float | None]:
        """Every figure by name, with `_error` behind the name of its Monte Carlo standard error."""
        found: dict[str, float | None] = {"truth": self.truth, "replicates": float(self.replicates)}
        for name, value in vars(self).items():
            if isinstance(value, Figure):
                found[name] = value.value if np.isfinite(value.value) else None
                found[f"{name}_error"] = value.error if np.isfinite(value.error) else None
        return found


NONE = Figure(float("nan"), float("nan"))


def performance(
    answers: Sequence[Sequence[float | None] | None], truth: float, nothing: float = 0.0
) -> Performance:
    """The figures of one row over all replicates; `answers` holds for each the numbers named in `ANSWER`, or None.

    `nothing` is what p-values test: 0, of a ratio 1.
    """
    given = [one for one in answers if one is not None and one[0] is not None]
    rows = np.array(given, dtype=float).reshape(-1, len(ANSWER))
    refused = share(len(answers) - len(rows), len(answers))
    if len(rows) < 2:
        return Performance(truth, len(answers), refused, *([NONE] * 7))
    estimate, std_error, low, high, p_value = rows.T
    holds = (low <= truth) & (truth <= high)
    # Where what a p-value tests is not the truth, the interval tests the true value.
    tested = np.isfinite(p_value) & (truth == nothing)
    wrongly = np.where(tested, p_value < ALPHA, ~holds)
    rejects_nothing = np.where(np.isfinite(p_value), p_value < ALPHA, (low > nothing) | (high < nothing))
    empirical, model, ratio = _standard_errors(estimate, std_error)
    return Performance(
        truth=truth,
        replicates=len(answers),
        refused=refused,
        bias=Figure(float(estimate.mean() - truth), float(estimate.std(ddof=1) / sqrt(len(rows)))),
        empirical_se=empirical,
        model_se=model,
        se_ratio=ratio,
        coverage=share(int(holds.sum()), len(rows)),
        type_one=share(int(wrongly.sum()), len(rows)),
        power=share(int(rejects_nothing.sum()), len(rows)) if truth != nothing else NONE,
    )


def share(count: int, of: int) -> Figure:
    """A share and its binomial standard error."""
    if of == 0:
        return NONE
    value = count / of
    return Figure(value, sqrt(value * (1 - value) / of))


def _standard_errors(estimate: Array, std_error: Array) -> tuple[Figure, Figure, Figure]:
    """Empirical and model standard error and the ratio of model to empirical."""
    n = len(estimate)
    empirical = float(estimate.std(ddof=1))
    spread = Figure(empirical, empirical / sqrt(2 * (n - 1)))
    squares = std_error[np.isfinite(std_error)] ** 2
    if len(squares) < 2 or not squares.mean() > 0:
        return spread, NONE, NONE
    model = sqrt(float(squares.mean()))
    uncertain = float(squares.var(ddof=1)) / (4 * len(squares) * model**4)
    if empirical <= 0:
        return spread, Figure(model, model * sqrt(uncertain)), NONE
    ratio = model / empirical
    error = ratio * sqrt(uncertain + 1 / (2 * (n - 1)))
    return spread, Figure(model, model * sqrt(uncertain)), Figure(ratio, error)
