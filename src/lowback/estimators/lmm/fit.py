"""A fitted linear mixed model and what can be asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lowback.estimators import NotEstimable
from lowback.estimators.inference import DfMethod, Inference, JointTest, infer
from lowback.estimators.lmm.contrasts import fewest, independent, joint_df, tested
from lowback.estimators.lmm.criterion import Criterion
from lowback.estimators.lmm.group_sums import GroupSums
from lowback.estimators.lmm.grouping import Grouping
from lowback.estimators.lmm.newton import Optimum
from lowback.estimators.lmm.pairs import Array
from lowback.estimators.lmm.patterns import Patterns
from lowback.estimators.lmm.prediction import effects_of_groups, fitted_values, predicted, simulated
from lowback.estimators.lmm.proof import Proof
from lowback.estimators.lmm.robust import Clusters, clusters_of, robust
from lowback.estimators.lmm.site_terms import Sites
from lowback.estimators.lmm.small_samples import KenwardRoger, Satterthwaite, kenward_roger, satterthwaite
from lowback.estimators.lmm.sources import Source


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows a model was fitted to, in the order that was given; weights are None where all are one."""

    outcome: Array
    columns: Source
    effects: Source
    weights: Array | None
    grouping: Grouping

    @property
    def design(self) -> Array:
        """The design matrix (rows by coefficients)."""
        return self.columns.matrix

    @property
    def random(self) -> Array:
        """The columns of the random effects (rows by random effects)."""
        return self.effects.matrix


@dataclass(frozen=True, eq=False)
class Inside:
    """The working parts of a fit: sums in uncorrelated columns, the criterion and its optimum."""

    sums: GroupSums
    patterns: Patterns
    sites: Sites | None
    criterion: Criterion
    best: Optimum


@dataclass(frozen=True, eq=False)
class LmmFit:
    """A fitted model outcome = design @ coefficients + random @ effects of the group + effect of the site + residual.

    `coefficients` and `covariance` are in the order of `names` and the units of the columns given,
    `random_covariance` (in the order of `random_names`), `variance_site` and `variance_residual` in squared outcome units; the
    residual variance is that of a row of weight one. `objective` is minus twice `log_likelihood` (restricted for
    "REML"), on the scale of lme4. `at_boundary`: a variance, or a combination of random effects, is zero.
    """

    names: tuple[str, ...]
    coefficients: Array
    covariance: Array
    random_names: tuple[str, ...]
    random_covariance: Array
    variance_site: float
    variance_residual: float
    log_likelihood: float
    objective: float
    method: str
    n_rows: int
    n_groups: int
    n_sites: int
    at_boundary: bool
    proof: Proof
    rows: Rows
    inside: Inside

    def contrast(self, matrix: ArrayLike, df: DfMethod = "satterthwaite", level: float = 0.95) -> Inference:
        """Estimates of `matrix @ coefficients` (one row a contrast), tested against zero, with intervals at `level`.

        "satterthwaite" and "kenward-roger" are exact ("kenward-roger-linear" is the same here: the covariance is linear in
        its parameters); "between-within" counts groups for columns constant within groups and rows for others;
        "residual" is rows less coefficients; "CR0", "CR2" and "CR3" are robust to a wrong covariance, over
        groups or, with sites, over sites. Raises `NotEstimable` for Kenward-Roger after "ML".
        """
        rows = self._contrasts(matrix)
        inner = rows @ self.inside.sums.back
        error, freedom = self._error_and_df(rows, inner, df)
        return infer(rows @ self.coefficients, error, freedom, level)

    def joint_test(self, matrix: ArrayLike, df: DfMethod = "satterthwaite") -> JointTest:
        """The F test that all `matrix @ coefficients` are zero; rows that depend on others count once.

        Satterthwaite's denominator is that of Fai and Cornelius 1996, J Stat Comput Simul 54:363-378, as in lmerTest;
        with a robust covariance the smallest degrees of freedom among the contrasts are used.
        """
        rows = independent(self._contrasts(matrix))
        inner = rows @ self.inside.sums.back
        covariance, scale, freedom = self.covariance, 1.0, float("inf")
        if df in ("kenward-roger", "kenward-roger-linear"):
            freedom, scale = self._kenward_roger.df(inner)
            back = self.inside.sums.back
            covariance = self.variance_residual * back @ self._kenward_roger.adjusted @ back.T
        elif df in ("CR0", "CR2", "CR3"):
            covariance = robust(self._clusters, df).covariance
            back = self.inside.sums.back
            covariance = back @ covariance @ back.T
            freedom = float(np.min(self._error_and_df(rows, inner, df)[1]))
        elif df == "satterthwaite":
            freedom = joint_df(inner, self._satterthwaite)
        else:
            freedom = float(np.min(self._error_and_df(rows, inner, df)[1]))
        return tested(rows @ self.coefficients, rows @ covariance @ rows.T, freedom, scale)

    def random_effects(self) -> tuple[NDArray[np.generic], Array]:
        """The labels of the groups and their predicted effects (groups, q), in the order of `random_names`."""
        return self.rows.grouping.labels, effects_of_groups(self)[0]

    def site_effects(self) -> tuple[NDArray[np.generic], Array]:
        """The labels of the sites and their predicted effects; empty without sites."""
        labels = self.rows.grouping.site_labels
        return np.zeros(0) if labels is None else labels, effects_of_groups(self)[1]

    def predict(
        self,
        design: ArrayLike,
        groups: ArrayLike | None = None,
        random: ArrayLike | None = None,
        sites: ArrayLike | None = None,
    ) -> Array:
        """The outcome expected in new rows: for anybody (without `groups`), or for these groups and sites.

        `random` are the random-effect columns of the new rows (None: an intercept). A group that was not in the data
        has an effect of zero; a known group brings its site's effect unless `sites` are given.
        """
        return predicted(self, design, groups, random, sites)

    def fitted_values(self, conditional: bool = True) -> Array:
        """The fitted outcome of each row as given, with the effects of its group and site, or without."""
        return fitted_values(self, conditional)

    def residuals(self, conditional: bool = True) -> Array:
        """The outcome less its fitted value, row by row as given."""
        return self.rows.outcome - fitted_values(self, conditional)

    def simulate(self, seed: int) -> Array:
        """New outcomes of the same rows, with new group and site effects and new residuals."""
        return simulated(self, seed)

    @property
    def n_parameters(self) -> int:
        """Coefficients, variances and covariances, those at zero included, as lme4 counts them."""
        q = len(self.random_names)
        return len(self.names) + q * (q + 1) // 2 + int(self.n_sites > 0) + 1

    @property
    def aic(self) -> float:
        """Akaike's criterion; compare fits of the same method, and by "REML" of the same design."""
        return self.objective + 2 * self.n_parameters

    @property
    def bic(self) -> float:
        """The Bayesian (Schwarz) criterion with the number of rows, as lme4 has it."""
        return self.objective + np.log(self.n_rows) * self.n_parameters

    def _contrasts(self, matrix: ArrayLike) -> Array:
        rows = np.atleast_2d(np.asarray(matrix, dtype=float))
        if rows.ndim != 2 or rows.shape[1] != len(self.names) or not np.isfinite(rows).all():
            raise NotEstimable(
                f"contrasts have shape {np.shape(matrix)}; allowed: finite weights for {len(self.names)} coefficients"
            )
        return rows

    def _error_and_df(self, rows: Array, inner: Array, df: DfMethod) -> tuple[Array, Array]:
        plain = np.sqrt(np.einsum("ci,ij,cj->c", rows, self.covariance, rows))
        if df == "satterthwaite":
            return plain, np.array([self._satterthwaite.df(one) for one in inner])
        if df in ("kenward-roger", "kenward-roger-linear"):
            found = self._kenward_roger
            variance = np.einsum("ci,ij,cj->c", inner, found.adjusted, inner)
            return np.sqrt(self.variance_residual * variance), found.df_alone(inner)
        if df in ("CR0", "CR2", "CR3"):
            adjusted = robust(self._clusters, df)
            variance = np.einsum("ci,ij,cj->c", inner, adjusted.covariance, inner)
            return np.sqrt(variance), adjusted.df(inner)
        if df == "between-within":
            return plain, fewest(rows, self._between_within)
        if df == "residual":
            return plain, np.full(len(rows), float(self.n_rows - len(self.names)))
        if df == "normal":
            return plain, np.full(len(rows), np.inf)
        raise NotEstimable(f"degrees of freedom {df!r} are not known")

    @cached_property
    def _satterthwaite(self) -> Satterthwaite:
        return satterthwaite(self.inside.criterion, self.inside.best)

    @cached_property
    def _kenward_roger(self) -> KenwardRoger:
        if self.method != "REML":
            raise NotEstimable('Kenward-Roger needs a fit by "REML"; this one is by "ML"')
        return kenward_roger(self.inside.best.point, self.n_rows)

    @cached_property
    def _clusters(self) -> Clusters:
        return clusters_of(self)

    @cached_property
    def _between_within(self) -> Array:
        """Degrees of freedom of each coefficient: groups less columns constant in groups, or rows less groups less others."""
        grouping, design = self.rows.grouping, self.rows.design
        constant = np.array([_is_constant(design[:, j], grouping) for j in range(design.shape[1])])
        outer = self.n_groups - int(constant.sum())
        inner = self.n_rows - self.n_groups - int((~constant).sum())
        return np.where(constant, outer, inner).astype(float)


def _is_constant(column: Array, grouping: Grouping) -> bool:
    ordered = grouping.in_runs(column)
    return bool((ordered == np.repeat(ordered[grouping.starts], grouping.sizes)).all())
