"""What a fitted mixed model says of groups and rows: effects, predictions, residuals, new outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lowback.estimators import NotEstimable
from lowback.estimators.lmm.pairs import Array, resolvent, times

if TYPE_CHECKING:
    from lowback.estimators.lmm.fit import LmmFit


def effects_of_groups(fit: LmmFit) -> tuple[Array, Array]:
    """The best linear unbiased predictions: of each group (groups, q), and of each site (sites; empty without).

    b_i = D (F_i u - W_i a s) with u = (-coefficients, 1), s the effect of the group's site and Z a = 1.

    Robinson 1991, Statistical Science 6:15-32, doi:10.1214/ss/1177011926.
    """
    inside = fit.inside
    factor, weights = inside.best.factor, inside.best.point.weights
    of = inside.patterns.pattern_of
    inverse = resolvent(inside.patterns.gram, factor.root).whole
    inner = times(inverse, inside.patterns.gram)
    remainder = np.einsum("qpi,p->qi", inside.patterns.cross, weights)
    pulled = np.einsum("abi,bi->ai", inverse[:, :, of], remainder)
    by_site = np.zeros(0)
    one, site_of = inside.sums.effects_one, fit.rows.grouping.site_of
    if site_of is not None and one is not None:
        reach = np.einsum("abk,b->ak", inner, one)[:, of]
        total = np.bincount(site_of, one @ pulled)
        share = factor.site / (1 + factor.site * np.bincount(site_of, one @ reach))
        by_site = np.asarray(share * total, dtype=float)
        pulled = pulled - reach * by_site[site_of]
    return (inside.sums.effects_back @ factor.ratios @ pulled).T, by_site


def fitted_values(fit: LmmFit, conditional: bool) -> Array:
    """The fitted outcome of each row, with the effects of its group and site or (not `conditional`) without."""
    mean = fit.rows.design @ fit.coefficients
    if not conditional:
        return mean
    by_group, by_site = effects_of_groups(fit)
    of = fit.rows.grouping.of_rows()
    mean = mean + (fit.rows.random * by_group[of]).sum(axis=1)
    site_of = fit.rows.grouping.site_of
    return mean if site_of is None else mean + by_site[site_of][of]


def predicted(
    fit: LmmFit,
    design: ArrayLike,
    groups: ArrayLike | None,
    random: ArrayLike | None,
    sites: ArrayLike | None,
) -> Array:
    """The outcome expected in new rows; a group or site that the fit has not seen has an effect of zero."""
    x = np.atleast_2d(np.asarray(design, dtype=float))
    if x.shape[1] != len(fit.names):
        raise NotEstimable(
            f"the design has {x.shape[1]} columns; the model has {len(fit.names)} coefficients"
        )
    mean = x @ fit.coefficients
    if groups is None and sites is None:
        return mean
    by_group, by_site = effects_of_groups(fit)
    grouping = fit.rows.grouping
    if groups is not None:
        z = np.ones((len(x), 1)) if random is None else np.atleast_2d(np.asarray(random, dtype=float))
        if z.shape != (len(x), len(fit.random_names)):
            wanted = ", ".join(fit.random_names)
            raise NotEstimable(f"random effects have shape {z.shape}; allowed: {len(x)} rows of {wanted}")
        at = _positions(groups, grouping.labels)
        mean = mean + np.where(at >= 0, (z * by_group[at]).sum(axis=1), 0.0)
        if sites is None and grouping.site_of is not None:
            mean = mean + np.where(at >= 0, by_site[grouping.site_of[at]], 0.0)
    if sites is not None and grouping.site_labels is not None:
        at = _positions(sites, grouping.site_labels)
        mean = mean + np.where(at >= 0, by_site[at], 0.0)
    return mean


def _positions(labels: ArrayLike, known: NDArray[np.generic]) -> NDArray[np.intp]:
    place = {label: at for at, label in enumerate(known.tolist())}
    return np.array(
        [place.get(label, -1) for label in np.atleast_1d(np.asarray(labels)).tolist()], dtype=np.intp
    )


def simulated(fit: LmmFit, seed: int) -> Array:
    """New outcomes of the same rows, drawn from the fitted model with new groups and sites."""
    rng = np.random.default_rng(seed)
    grouping = fit.rows.grouping
    values, vectors = np.linalg.eigh(fit.random_covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    by_group = rng.standard_normal((fit.n_groups, len(root))) @ root.T
    by_site = rng.standard_normal(fit.n_sites) * np.sqrt(fit.variance_site)
    noise = rng.standard_normal(fit.n_rows) * np.sqrt(fit.variance_residual)
    noise = noise if fit.rows.weights is None else noise / np.sqrt(fit.rows.weights)
    of = grouping.of_rows()
    mean = fitted_values(fit, conditional=False) + (fit.rows.random * by_group[of]).sum(axis=1)
    return mean + noise + (0.0 if grouping.site_of is None else by_site[grouping.site_of][of])
