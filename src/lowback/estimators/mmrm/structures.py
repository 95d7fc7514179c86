"""Covariances over visits as maps from parameters to matrices, with analytic first and second derivatives.

Parameters are those of SAS PROC MIXED: variances and covariances where the matrix is linear in them (unstructured,
Toeplitz, compound symmetry), otherwise variances with correlations. The second-derivative term of Kenward and Roger
depends on this choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lowback.estimators.mmrm.correlations import Array, Correlation, lags


class Structure(Protocol):
    """A map from parameters theta (H of them) to covariances, (patterns or 1, visits, visits)."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """What each parameter is, in words."""
        ...

    @property
    def units(self) -> tuple[str, ...]:
        """For each parameter `variance` (squared outcome), `correlation` (none) or `time`."""
        ...

    def covariance(self, theta: Array) -> Array | None:
        """The covariances, or None where theta means none."""
        ...

    def first(self, theta: Array) -> Array:
        """Derivatives by each parameter, (H, patterns or 1, visits, visits)."""
        ...

    def second(self, theta: Array) -> Array | None:
        """Second derivatives, (H, H, patterns or 1, visits, visits); None if the map is linear."""
        ...

    def starts(self, moments: Array, pairs: Array) -> list[Array]:
        """Parameters to start from, given moments of residuals and how many persons share each pair of visits."""
        ...


@dataclass(frozen=True, eq=False)
class Linear:
    """Sums of fixed matrices, each weighted by one parameter; `basis` is (H, visits, visits)."""

    parameters: tuple[str, ...]
    basis: Array

    @property
    def units(self) -> tuple[str, ...]:
        """All are variances or covariances."""
        return ("variance",) * len(self.parameters)

    def covariance(self, theta: Array) -> Array | None:
        """The weighted sum."""
        return np.tensordot(theta, self.basis, axes=1)[None]

    def first(self, theta: Array) -> Array:  # noqa: ARG002 (constant, because the map is linear)
        """The basis."""
        return self.basis[:, None]

    def second(self, theta: Array) -> Array | None:  # noqa: ARG002
        """None: linear."""
        return None

    def starts(self, moments: Array, pairs: Array) -> list[Array]:
        """The least-squares fit to the moments, weighted by pairs, and that shrunk towards its diagonal."""
        shrunk = [
            np.where(np.eye(len(moments)) > 0, moments, share * moments) for share in (1.0, 0.7, 0.3, 0.0)
        ]
        flat, weights = self.basis.reshape(len(self.basis), -1), pairs.ravel()
        normal = (flat * weights) @ flat.T
        return [
            np.asarray(np.linalg.lstsq(normal, (flat * weights) @ one.ravel())[0], float) for one in shrunk
        ]


@dataclass(frozen=True, eq=False)
class Homogeneous:
    """One variance for every visit times a correlation matrix; theta is (variance, correlations)."""

    correlation: Correlation

    @property
    def parameters(self) -> tuple[str, ...]:
        """The variance first."""
        return ("variance", *self.correlation.parameters)

    @property
    def units(self) -> tuple[str, ...]:
        """One variance, then correlations or a range in time."""
        return ("variance", *(_unit(name) for name in self.correlation.parameters))

    def covariance(self, theta: Array) -> Array | None:
        """Variance times correlation."""
        if theta[0] <= 0 or not self.correlation.inside(theta[1:]):
            return None
        return theta[0] * self.correlation.at(theta[1:])[0]

    def first(self, theta: Array) -> Array:
        """The correlation matrix, then the variance times its derivatives."""
        matrix, slope, _ = self.correlation.at(theta[1:])
        return np.concatenate([matrix[None], theta[0] * slope])

    def second(self, theta: Array) -> Array | None:
        """Zero in the variance twice."""
        matrix, slope, bend = self.correlation.at(theta[1:])
        result = np.zeros((len(theta), len(theta), *matrix.shape))
        result[0, 1:], result[1:, 0], result[1:, 1:] = slope, slope, theta[0] * bend
        return result

    def starts(self, moments: Array, pairs: Array) -> list[Array]:
        """The mean variance with each of the correlations to start from."""
        variances, seen = np.diagonal(moments), np.diagonal(pairs)
        variance = float(variances @ seen / seen.sum())
        return [np.append(variance, rho) for rho in self.correlation.starts(_correlated(moments), pairs)]


@dataclass(frozen=True, eq=False)
class Heterogeneous:
    """A variance for each visit with a correlation matrix; theta is (variances, correlations)."""

    visits: tuple[str, ...]
    correlation: Correlation

    @property
    def parameters(self) -> tuple[str, ...]:
        """The variances first."""
        return (*(f"variance at {visit}" for visit in self.visits), *self.correlation.parameters)

    @property
    def units(self) -> tuple[str, ...]:
        """As many variances as visits, then correlations."""
        return ("variance",) * len(self.visits) + ("correlation",) * len(self.correlation.parameters)

    def covariance(self, theta: Array) -> Array | None:
        """Correlations times both standard deviations."""
        variances, rho = self._split(theta)
        if (variances <= 0).any() or not self.correlation.inside(rho):
            return None
        return _outer_root(variances) * self.correlation.at(rho)[0]

    def first(self, theta: Array) -> Array:
        """A variance moves its row and column in proportion; a correlation moves its own entries."""
        variances, rho = self._split(theta)
        matrix, slope, _ = self.correlation.at(rho)
        deviations = _outer_root(variances)
        return np.concatenate([_touch(variances) * (deviations * matrix), deviations * slope])

    def second(self, theta: Array) -> Array | None:
        """Products of those proportions, less the bend of the square root on the diagonal."""
        variances, rho = self._split(theta)
        matrix, slope, bend = self.correlation.at(rho)
        deviations, touch, m = _outer_root(variances), _touch(variances), len(variances)
        result = np.empty((len(theta), len(theta), *matrix.shape))
        twice = touch[:, None] * touch[None]
        twice[np.arange(m), np.arange(m)] -= touch / variances[:, None, None, None]
        result[:m, :m] = twice * (deviations * matrix)
        mixed = touch[:, None] * (deviations * slope)[None]
        result[:m, m:], result[m:, :m] = mixed, mixed.swapaxes(0, 1)
        result[m:, m:] = deviations * bend
        return result

    def starts(self, moments: Array, pairs: Array) -> list[Array]:
        """The observed variances with each of the correlations to start from."""
        rhos = self.correlation.starts(_correlated(moments), pairs)
        return [np.append(np.diagonal(moments), rho) for rho in rhos]

    def _split(self, theta: Array) -> tuple[Array, Array]:
        return theta[: len(self.visits)], theta[len(self.visits) :]


def unstructured(visits: tuple[str, ...]) -> Linear:
    """A variance for each visit and a covariance for each pair of visits."""
    rows, columns = np.tril_indices(len(visits))
    basis = np.zeros((len(rows), len(visits), len(visits)))
    basis[np.arange(len(rows)), rows, columns] = 1
    basis[np.arange(len(rows)), columns, rows] = 1
    names = tuple(
        f"variance at {visits[a]}" if a == b else f"covariance of {visits[b]} and {visits[a]}"
        for a, b in zip(rows, columns, strict=True)
    )
    return Linear(names, basis)


def toeplitz(visits: int) -> Linear:
    """One variance and one covariance for each lag."""
    names = ("variance", *(f"covariance at lag {lag}" for lag in range(1, visits)))
    return Linear(names, (lags(visits)[None] == np.arange(visits)[:, None, None]).astype(float))


def compound_symmetry(visits: int) -> Linear:
    """One covariance for all pairs and a residual variance on top of it: a random intercept that may be negative."""
    return Linear(("covariance", "residual variance"), np.stack([np.ones((visits, visits)), np.eye(visits)]))


def _unit(name: str) -> str:
    return "time" if name == "range" else "correlation"


def _outer_root(variances: Array) -> Array:
    deviations = np.sqrt(variances)
    return deviations[:, None] * deviations


def _touch(variances: Array) -> Array:
    """How many of an entry's two visits are visit i, over twice its variance; (visits, 1, visits, visits)."""
    one = np.eye(len(variances))
    return ((one[:, :, None] + one[:, None, :]) / (2 * variances[:, None, None]))[:, None]


def _correlated(moments: Array) -> Array:
    # A visit that the design explains has no variance, and is correlated with none.
    deviations = _outer_root(np.diagonal(moments))
    return np.divide(moments, deviations, out=np.eye(len(moments)), where=deviations > 0)
