"""The simulated trials whose intervals are counted: what is true in each, and one draw of its scores."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Analysis = Literal[
    "MMRM", "constrained baseline", "random intercept", "random slope", "least squares, people ignored"
]

# Pain of 0 to 10 points: mean at the first visit, fall a visit, and the effect (arm minus comparator) where there is one.
FIRST_MEAN, FALL, EFFECT = 6.0, 0.4, -1.5
VARIANCE = 4.0
# People leave the more readily the more pain they last had: probits a standard deviation.
PULL = 0.8
REFERENCE_PEOPLE = 40_000


@dataclass(frozen=True)
class Scenario:
    """Two arms of `per_arm` people, their true covariance over visits, who drops out, and how they are analysed.

    `correlation` is the intra-class correlation, or None for a random intercept and slope; `spread` multiplies the
    standard deviation at the last visit (in equal steps from 1 at the first); `dropout` is the share of people
    without a last score.
    """

    analysis: Analysis
    per_arm: int
    visits: int
    correlation: float | None
    dropout: float
    spread: float = 1.0

    @property
    def truth(self) -> str:
        """The true covariance, in words."""
        if self.correlation is None:
            return "random intercept and slope"
        if self.correlation == 0:
            return "no variance between people"
        wider = f", SD x {self.spread:g} at the end" if self.spread != 1 else ""
        return f"intra-class correlation {self.correlation:g}{wider}"

    @cached_property
    def covariance(self) -> Array:
        """The true covariance over visits."""
        visit = np.arange(self.visits)
        if self.correlation is None:
            return (
                0.5 * VARIANCE
                + 0.1 * np.add.outer(visit, visit)
                + 0.3 * np.outer(visit, visit)
                + 2 * np.eye(self.visits)
            )
        deviations = np.sqrt(VARIANCE) * np.linspace(1, self.spread, self.visits)
        same = np.full((self.visits, self.visits), self.correlation) + (1 - self.correlation) * np.eye(
            self.visits
        )
        return same * np.outer(deviations, deviations)

    @cached_property
    def means(self) -> Array:
        """Expected scores at the visits without the treatment."""
        return FIRST_MEAN - FALL * np.arange(self.visits)

    @cached_property
    def arm(self) -> Array:
        """0 for the comparator and 1 for the arm, by person."""
        return np.repeat([0.0, 1.0], self.per_arm)

    @cached_property
    def treated(self) -> Array:
        """Where the treatment can show, (people, visits): with a shared baseline not at the first visit."""
        after = np.arange(self.visits) >= (1 if self.analysis == "constrained baseline" else 0)
        return np.outer(self.arm, after)

    @cached_property
    def design(self) -> Array:
        """The columns of the analysis for all people and visits, a row each."""
        people, visit = 2 * self.per_arm, np.arange(self.visits)
        if self.analysis == "least squares, people ignored":
            return np.column_stack([np.tile(np.eye(self.visits), (people, 1)), self.treated.ravel()])
        if self.analysis == "random slope":
            time, arm = np.tile(visit, people).astype(float), np.repeat(self.arm, self.visits)
            return np.column_stack([np.ones(len(time)), time, arm, arm * time])
        each = np.tile(np.eye(self.visits), (people, 1))
        differences = each * self.treated.reshape(-1, 1)
        return np.hstack([each, differences[:, differences.any(axis=0)]])

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What the columns are called."""
        return tuple(f"column {at + 1}" for at in range(self.design.shape[1]))

    @cached_property
    def contrast(self) -> Array:
        """Weights of the coefficients that make the difference between the arms at the last visit."""
        weights = np.zeros(self.design.shape[1])
        weights[-1] = 1.0
        if self.analysis == "random slope":
            weights[-2:] = 1.0, self.visits - 1
        return weights

    @cached_property
    def threshold(self) -> float:
        """The pull below which a person leaves, such that without an effect `dropout` of them lack the last score."""
        if not self.dropout:
            return -np.inf
        rng = np.random.default_rng(len(self.means))
        scores = self.means + rng.standard_normal((REFERENCE_PEOPLE, self.visits)) @ self._root.T
        return float(np.quantile(self._pull(scores, rng).min(axis=1), self.dropout))

    def draw(self, effect: float, rng: np.random.Generator) -> tuple[Array, NDArray[np.bool_]]:
        """Scores of a trial and which of them were seen, (people, visits); who left does not return."""
        noise = rng.standard_normal((2 * self.per_arm, self.visits)) @ self._root.T
        scores = self.means + effect * self.treated + noise
        stays = self._pull(scores, rng) >= self.threshold
        seen = np.ones(scores.shape, dtype=bool)
        seen[:, 1:] = np.logical_and.accumulate(stays, axis=1)
        return scores, seen

    @cached_property
    def _root(self) -> Array:
        return np.linalg.cholesky(self.covariance)

    def _pull(self, scores: Array, rng: np.random.Generator) -> Array:
        """What keeps a person after each visit but the last: chance, less the pain last seen."""
        standardised = ((scores - self.means) / np.sqrt(np.diagonal(self.covariance)))[:, :-1]
        return rng.standard_normal(standardised.shape) - PULL * standardised


SCENARIOS: tuple[Scenario, ...] = (
    Scenario("MMRM", 8, 3, 0.2, 0.0),
    Scenario("MMRM", 8, 4, 0.7, 0.0),
    Scenario("MMRM", 8, 3, 0.2, 0.2),
    Scenario("MMRM", 8, 3, 0.7, 0.4),
    Scenario("MMRM", 8, 5, 0.2, 0.4),
    Scenario("MMRM", 12, 5, 0.2, 0.0),
    Scenario("MMRM", 12, 4, 0.7, 0.2),
    Scenario("MMRM", 12, 3, 0.2, 0.4),
    Scenario("MMRM", 20, 3, 0.7, 0.0),
    Scenario("MMRM", 20, 4, 0.2, 0.2),
    Scenario("MMRM", 20, 4, 0.7, 0.4),
    Scenario("MMRM", 40, 5, 0.2, 0.4),
    Scenario("MMRM", 40, 3, 0.7, 0.2),
    Scenario("MMRM", 100, 4, 0.2, 0.2),
    Scenario("MMRM", 100, 5, 0.7, 0.4),
    Scenario("MMRM", 12, 4, 0.5, 0.2, spread=2.0),
    Scenario("MMRM", 20, 3, 0.5, 0.4, spread=2.0),
    Scenario("constrained baseline", 12, 4, 0.7, 0.2),
    Scenario("random intercept", 8, 3, 0.2, 0.0),
    Scenario("random intercept", 8, 4, 0.7, 0.2),
    Scenario("random intercept", 12, 4, 0.2, 0.4),
    Scenario("random intercept", 20, 3, 0.7, 0.2),
    Scenario("random intercept", 40, 3, 0.2, 0.4),
    Scenario("random intercept", 100, 5, 0.7, 0.4),
    Scenario("random intercept", 8, 3, 0.0, 0.0),
    Scenario("random intercept", 20, 4, 0.0, 0.2),
    Scenario("random slope", 12, 4, None, 0.0),
    Scenario("random slope", 20, 5, None, 0.2),
)
