"""Fitting a linear mixed model: refusals at the door, one reading of the rows, the optimum, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from lowback.estimators import NotEstimable
from lowback.estimators.designs import check_outcome
from lowback.estimators.lmm.criterion import Criterion
from lowback.estimators.lmm.expansion import Expansion, expanded
from lowback.estimators.lmm.fit import Inside, LmmFit, Rows
from lowback.estimators.lmm.group_sums import GroupSums, group_sums
from lowback.estimators.lmm.grouping import grouped
from lowback.estimators.lmm.newton import Optimum
from lowback.estimators.lmm.pairs import Array
from lowback.estimators.lmm.patterns import Patterns, merged
from lowback.estimators.lmm.proof import Proof
from lowback.estimators.lmm.search import Guess, optimum, scored
from lowback.estimators.lmm.site_terms import Sites, sites_of, with_sites
from lowback.estimators.lmm.small_samples import expected_information
from lowback.estimators.lmm.sources import source_of
from lowback.estimators.magnitudes import check_magnitudes
from lowback.estimators.terms import Design

# Information on the variances with less than this share of its own scale in some direction is none.
UNINFORMED = 1e-11
# A remainder below this share of what was to be explained is rounding.
EXPLAINED = 1e-13
# Groups looked at before all others for one with enough different values.
FEW = 64


def fit_lmm(
    outcome: ArrayLike,
    design: ArrayLike | Design,
    groups: ArrayLike,
    random: ArrayLike | Design | None = None,
    *,
    names: Sequence[str] | None = None,
    random_names: Sequence[str] | None = None,
    weights: ArrayLike | None = None,
    sites: ArrayLike | None = None,
    method: Literal["REML", "ML"] = "REML",
) -> LmmFit:
    """The model outcome = design @ coefficients + random @ effects of the group + effect of the site + residual.

    One value, row and label a row of data; `design` has a column a name (no intercept is added), `random` the columns whose
    effects vary between groups with an unrestricted covariance (None: an intercept), `sites` the site of each group's
    rows. Both may be a `Design`, which has names and of which no matrix is made, or a matrix. The residual variance of a
    row is divided by its weight. Rows may come in any order, columns in any unit and from any origin.

    Raises `NotEstimable`, naming the culprit: values that are missing, a weight that is not positive, dependent columns,
    fewer than two groups, a group in two sites, variances that these rows cannot tell apart, an outcome without
    variation, an optimum that cannot be proven.

    Bates et al. 2015, J Stat Softw 67(1), doi:10.18637/jss.v067.i01; Pinheiro & Bates 2000, ch. 2.
    """
    if method not in ("REML", "ML"):
        raise NotEstimable(f"method {method!r} is not known; allowed: 'REML', 'ML'")
    names = _names(names, design)
    labels = ("intercept",) if random is None else _names(random_names, random)
    rows = _rows(outcome, design, groups, random, weights, sites, names, labels)
    sums = group_sums(rows, names, labels)
    patterns = merged(sums)
    check_rows(len(rows.grouping.sizes), int(rows.grouping.sizes.max()), patterns.gram, labels)
    held = None
    if rows.grouping.site_of is not None:
        if sums.effects_one is None:
            raise NotEstimable(
                "sites need a random intercept of groups: a constant column among the random effects"
            )
        held = sites_of(patterns, rows.grouping.site_of, sums.effects_one)
    criterion = criterion_of(patterns, held, sums, len(rows.outcome), method == "REML")
    guess = first_guess(criterion, patterns, held, len(rows.outcome), labels)
    check_remainder(criterion, len(labels), names)
    best, proof = optimum(criterion, guess, quick=patterns.products is not None)
    kinds = rows.grouping.site_labels
    counts = (len(rows.outcome), len(rows.grouping.sizes), 0 if kinds is None else len(kinds))
    inside = Inside(sums, patterns, held, criterion, best)
    return described(rows, counts, inside, proof, names, labels, method)


def _rows(
    outcome: ArrayLike,
    design: ArrayLike | Design,
    groups: ArrayLike,
    random: ArrayLike | Design | None,
    weights: ArrayLike | None,
    sites: ArrayLike | None,
    names: Sequence[str],
    labels: Sequence[str],
) -> Rows:
    x, y = source_of(design, names, "column"), np.asarray(outcome, dtype=float)
    if x.rows <= len(names):
        raise NotEstimable(
            f"{x.rows} rows for {len(names)} coefficients ({', '.join(names)}); more rows are needed"
        )
    check_outcome(y, x.rows)
    check_magnitudes(max(float(y.max()), -float(y.min())), [""], "the outcome")
    z = source_of(np.ones((x.rows, 1)) if random is None else random, labels, "random effect")
    if z.rows != x.rows:
        raise NotEstimable(f"random effects have {z.rows} rows; allowed: a row for each of {x.rows} rows")
    return Rows(y, x, z, _weights(weights, x.rows), grouped(groups, sites, x.rows))


def _weights(weights: ArrayLike | None, rows: int) -> Array | None:
    if weights is None:
        return None
    found = np.asarray(weights, dtype=float)
    if found.shape != (rows,):
        raise NotEstimable(f"weights have shape {found.shape}; allowed: one weight for each of {rows} rows")
    bad = ~(np.isfinite(found) & (found > 0))
    if bad.any():
        raise NotEstimable(
            f"weight {found[bad][0]:g} in {int(bad.sum())} rows; allowed: finite and above zero"
        )
    check_magnitudes([found.min(), found.max()], ["", ""], "the weight")
    return found


def _names(names: Sequence[str] | None, given: ArrayLike | Design) -> tuple[str, ...]:
    """The names that were given, or those of a design, or the positions of columns."""
    if names is not None:
        return tuple(names)
    if isinstance(given, Design):
        return given.names
    return tuple(f"column {k + 1}" for k in range(np.shape(given)[1] if np.ndim(given) == 2 else 0))


def check_rows(groups: int, longest: int, gram: Array, labels: Sequence[str]) -> None:
    """Refuse groups that are too short for their random effects."""
    q = len(labels)
    if longest == 1:
        raise NotEstimable(
            f"each of {groups} groups has one row; two or more are needed to tell groups from residuals"
        )
    if q > 1:
        distinct = _most_distinct(gram[:, :, :FEW])
        if distinct < q and (distinct := _most_distinct(gram)) < q:
            raise NotEstimable(
                f"no group has more than {distinct} different values of the random effects ({', '.join(labels)}); "
                f"{q} random effects need {q} or more"
            )


def _most_distinct(gram: Array) -> int:
    """The largest rank of Z'Z in any group."""
    values = np.linalg.eigvalsh(gram.transpose(2, 0, 1))
    return int((values > 1e-10 * np.maximum(values[:, -1:], 1e-300)).sum(axis=1).max())


def criterion_of(
    patterns: Patterns, held: Sites | None, sums: GroupSums, rows: int, restricted: bool
) -> Criterion:
    """The criterion of sums, restricted ("REML") or not."""

    def expand(root: Array, site: float) -> Expansion:
        plain, stacks = expanded(patterns, root)
        return plain if held is None else with_sites(plain, stacks, held, site)

    coefficients = len(sums.back)
    # Rows of design @ back are what the sums are of: its determinant belongs to that of the information.
    constant = -sums.log_weights - (2 * float(np.linalg.slogdet(sums.back)[1]) if restricted else 0.0)
    return Criterion(expand, rows - coefficients if restricted else rows, restricted, constant)


def first_guess(
    criterion: Criterion, patterns: Patterns, held: Sites | None, rows: int, labels: Sequence[str]
) -> Guess:
    """Variance ratios near the best ones; rows whose expected information on them is singular are refused, whatever the outcome."""
    site = 1.0 if held is not None else None
    point = criterion.at(np.eye(len(labels)), site or 0.0)
    information = expected_information(point, rows)
    size = np.sqrt(np.maximum(np.diagonal(information), 0.0))
    poor = (size <= 1e-6 * np.sqrt(rows)).any()
    if poor or np.linalg.eigvalsh(information / np.outer(size, size))[0] < UNINFORMED:
        what = " and ".join([f"the random effects ({', '.join(labels)})", *(["the site"] if held else [])])
        raise NotEstimable(
            f"{rows} rows in {int(patterns.counts.sum())} groups cannot tell the variances of {what} from the "
            f"residual variance; fewer random effects, fewer coefficients or more rows are needed"
        )
    return scored(criterion, point, information, Guess(np.eye(len(labels)), site))


def check_remainder(criterion: Criterion, q: int, names: Sequence[str]) -> None:
    """Refuse an outcome that the columns explain fully."""
    alone = criterion.at(np.zeros((q, 0)), 0.0)
    if alone.remainder <= EXPLAINED * float(alone.expansion.cross[-1, -1]):
        raise NotEstimable(
            f"the columns {', '.join(names)} explain the outcome fully; no residual variance is left"
        )


def described(
    rows: Rows,
    counts: tuple[int, int, int],
    inside: Inside,
    proof: Proof,
    names: Sequence[str],
    labels: Sequence[str],
    method: str,
) -> LmmFit:
    """The fit in the units of the columns given; `counts` are those of rows, groups and sites."""
    best, sums = inside.best, inside.sums
    residual = best.point.remainder / inside.criterion.left
    turned = sums.effects_back @ best.factor.root
    return LmmFit(
        names=tuple(names),
        coefficients=sums.back @ -best.point.weights[:-1] + sums.shift,
        covariance=residual * sums.back @ best.point.inverse @ sums.back.T,
        random_names=tuple(labels),
        random_covariance=residual * turned @ turned.T,
        variance_site=residual * best.factor.site,
        variance_residual=residual,
        log_likelihood=-best.value / 2,
        objective=best.value,
        method=method,
        n_rows=counts[0],
        n_groups=counts[1],
        n_sites=counts[2],
        at_boundary=_at_boundary(best, len(labels), inside.sites is not None),
        proof=proof,
        rows=rows,
        inside=inside,
    )


def _at_boundary(best: Optimum, q: int, has_sites: bool) -> bool:
    return best.factor.root.shape[1] < q or best.factor.has_site != has_sites
