"""A declared ladder of covariances: the first that has a proven fit is the one the analysis stands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from numpy.typing import ArrayLike

from lowback.estimators import NotEstimable
from lowback.estimators.mmrm.choices import Covariance, check_name
from lowback.estimators.mmrm.fit import MmrmFit
from lowback.estimators.mmrm.fitting import Method, Trial

LADDER: tuple[Covariance, ...] = (
    "unstructured",
    "heterogeneous toeplitz",
    "ante-dependence",
    "heterogeneous autoregressive",
    "heterogeneous compound symmetry",
    "compound symmetry",
)


@dataclass(frozen=True, eq=False)
class Rung:
    """What one declared covariance gave: a proven `fit`, or the `reason` why there is none."""

    covariance: Covariance
    fit: MmrmFit | None
    reason: str


@dataclass(frozen=True, eq=False)
class LadderFit:
    """The fit on the first rung that holds, and every rung down to it; `declared` are all that were allowed."""

    fit: MmrmFit
    rungs: tuple[Rung, ...]
    declared: tuple[Covariance, ...]

    @property
    def rung(self) -> int:
        """Where the fit stands: 1 is the first declared covariance."""
        return len(self.rungs)

    @property
    def covariance(self) -> Covariance:
        """The covariance of the rung that the fit stands on."""
        return self.rungs[-1].covariance

    @property
    def told(self) -> str:
        """Which covariance the fit has and why none before it, as a sentence."""
        stands = f"{self.covariance} covariance, number {self.rung} of {len(self.declared)} declared"
        before = "; ".join(rung.reason for rung in self.rungs[:-1])
        return f"{stands} ({before})" if before else stands


def fit_ladder(
    outcome: ArrayLike,
    design: ArrayLike,
    subjects: ArrayLike,
    visits: ArrayLike,
    *,
    names: Sequence[str],
    covariances: Sequence[Covariance] = LADDER,
    by: ArrayLike | None = None,
    times: ArrayLike | None = None,
    method: Method = "REML",
) -> LadderFit:
    """The fit of `fit_mmrm` with the first of `covariances` that has a proven one; the order is the caller's.

    Raises `NotEstimable` for rows that no covariance could be fitted to, for an unknown covariance, and if no rung
    holds, with the reason of each.
    """
    if not covariances:
        raise NotEstimable("no covariance is declared; allowed: one or more, in the order they are tried")
    for covariance in covariances:
        check_name(covariance)
    trial = Trial.read(outcome, design, subjects, visits, names, by, times)
    rungs: list[Rung] = []
    for covariance in covariances:
        rung = _tried(trial, covariance, method)
        rungs.append(rung)
        if rung.fit is not None:
            return LadderFit(rung.fit, tuple(rungs), tuple(covariances))
    raise NotEstimable("no declared covariance has a proven fit: " + "; ".join(rung.reason for rung in rungs))


def _tried(trial: Trial, covariance: Covariance, method: Method) -> Rung:
    try:
        return Rung(covariance, trial.fitted(covariance, method), "")
    except NotEstimable as refusal:
        return Rung(covariance, None, str(refusal))
