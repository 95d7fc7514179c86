"""A mixed model from sums: of rows that come in chunks, or of several sites that keep their rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NoReturn

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.lmm.fit import Inside, LmmFit, Rows
from lowback.estimators.lmm.fitting import (
    check_remainder,
    check_rows,
    criterion_of,
    described,
    first_guess,
)
from lowback.estimators.lmm.group_sums import SUSPECT, GroupSums, check_independent
from lowback.estimators.lmm.named_model import Product
from lowback.estimators.lmm.pairs import Array, upper
from lowback.estimators.lmm.patterns import Patterns
from lowback.estimators.lmm.search import optimum
from lowback.estimators.lmm.streamed_sums import LmmSums, added, read_sums
from lowback.estimators.magnitudes import MOST, check_magnitudes

__all__ = ["LmmSums", "added", "fit_lmm_streamed", "fit_sums", "read_sums"]


class NoRows(Rows):
    """In place of the rows of a fit that never had them in hand: whatever is asked of it is refused."""

    def __init__(self) -> None:
        """Nothing is kept."""

    def __getattr__(self, name: str) -> NoReturn:
        """Refuse, in words, what needs rows."""
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotEstimable(
            "this model was fitted to sums and its rows were not kept: residuals, fitted values, effects of groups, CR "
            "standard errors and between-within degrees of freedom need them; use fit_lmm"
        )


def fit_lmm_streamed(
    chunks: Iterable[Any],
    *,
    outcome: str,
    groups: str,
    terms: Sequence[Product],
    random: Sequence[str] = (),
    intercept: bool = True,
    random_intercept: bool = True,
    method: Literal["REML", "ML"] = "REML",
) -> LmmFit:
    """`fit_lmm` of rows that come in chunks, each read once and then forgotten.

    A chunk holds columns by name (a dict of arrays, a frame, a table of Arrow). `outcome` and `groups` name the column
    to explain and whose row each is; `terms` are names of columns of numbers, `"week:arm"` or `("week", "arm")` for
    their product; `random` names the columns whose effects vary by group, besides the intercept. Arms and flags are
    columns of 0 and 1. Groups come in increasing order; one may go on in the next chunk.

    Coefficients, standard errors, variances, Satterthwaite's and Kenward-Roger's intervals are those of `fit_lmm`; what needs
    rows is refused. Memory grows with the different patterns of visits, not with rows. Numbers are read as they
    come, whole or floating-point, and columns that do not vary within groups (this is checked) by group only.

    Raises `NotEstimable` as `fit_lmm` and `read_sums` do.
    """
    sums = read_sums(
        chunks,
        outcome=outcome,
        groups=groups,
        terms=terms,
        random=random,
        intercept=intercept,
        random_intercept=random_intercept,
    )
    return fit_sums(sums, method=method)


def fit_sums(sums: LmmSums, *, method: Literal["REML", "ML"] = "REML") -> LmmFit:
    """The model of the rows that these sums are of, of one site or of several `added`."""
    if method not in ("REML", "ML"):
        raise NotEstimable(f"method {method!r} is not known; allowed: 'REML', 'ML'")
    names, labels, groups = sums.names, sums.random_names, int(sums.counts.sum())
    if groups < 2:
        raise NotEstimable(f"{groups} group; a mixed model needs two groups or more")
    if sums.rows <= len(names):
        raise NotEstimable(
            f"{sums.rows} rows for {len(names)} coefficients ({', '.join(names)}); more rows are needed"
        )
    _check_sizes(sums)
    _check_effects(sums)
    if not sums.total[-1, -1]:
        raise NotEstimable("the outcome is the same in every row; nothing varies that could be explained")
    _check_columns(sums.total[:-1, :-1], names)
    held, patterns = _uncorrelated(sums)
    check_rows(groups, sums.longest, patterns.gram, labels)
    criterion = criterion_of(patterns, None, held, sums.rows, method == "REML")
    guess = first_guess(criterion, patterns, None, sums.rows, labels)
    check_remainder(criterion, len(labels), names)
    best, proof = optimum(criterion, guess, quick=True)
    inside = Inside(held, patterns, None, criterion, best)
    return described(NoRows(), (sums.rows, groups, 0), inside, proof, names, labels, method)


def _uncorrelated(sums: LmmSums) -> tuple[GroupSums, Patterns]:
    """The sums in columns without correlation, which is the exact correction of centres that were only near."""
    q, width = len(sums.gram), len(sums.total)
    turn = np.eye(width)
    turn[:-1, :-1] = np.linalg.inv(np.linalg.cholesky(sums.total[:-1, :-1])).T
    pooled = (sums.gram * sums.counts).sum(axis=2)
    root = np.linalg.inv(np.linalg.cholesky(pooled / sums.rows))
    both = np.kron(root.T, turn)
    square = (both.T @ sums.products @ both).reshape(-1, q, width, q, width)
    products = [
        square[:, i, :, j] + (square[:, j, :, i] if i != j else 0.0) for i, j in zip(*upper(q), strict=True)
    ]
    gram = np.einsum("ac,cdi,bd->abi", root, sums.gram, root, optimize=True)
    total = turn.T @ sums.total @ turn
    none, shift = np.empty((q, width, 0)), np.zeros(width - 1)
    constant, one = sums.columns.constant, sums.effects.constant
    if constant is not None:
        shift[constant] = sums.centre / sums.columns.scales[constant]
    held = GroupSums(
        gram=gram,
        cross=none,
        total=total,
        back=sums.columns.back @ turn[:-1, :-1],
        shift=shift,
        effects_back=sums.effects.back @ root.T,
        effects_one=None if one is None else np.asarray(np.linalg.inv(root).T[:, one], dtype=float),
        log_weights=0.0,
    )
    kept = np.stack(products).reshape(len(products), len(sums.counts), width**2)
    return held, Patterns(gram, sums.counts, np.empty(0, dtype=np.intp), none, total, kept)


def _check_sizes(sums: LmmSums) -> None:
    """Refuse columns that turned out far larger than the rows their scales are from."""
    pooled = np.diagonal((sums.gram * sums.counts).sum(axis=2))
    for squares, scales, labels, what in (
        (np.diagonal(sums.total)[:-1], sums.columns.scales, sums.names, "column"),
        (np.diagonal(sums.total)[-1:], np.ones(1), [""], "the outcome"),
        (pooled, sums.effects.scales, sums.random_names, "random effect"),
    ):
        size = np.sqrt(np.maximum(squares, 0.0) / sums.rows) * scales
        check_magnitudes(np.where(size < MOST, 0.0, size), labels, what)


def _check_effects(sums: LmmSums) -> None:
    """Refuse a random effect that is the same in every row or that others explain."""
    pooled = sums.gram * sums.counts
    for k, name in enumerate(sums.random_names):
        if not pooled[k, k].any():
            raise NotEstimable(f"random effect {name} is zero or the same in every row, as the intercept is")
    check_independent(pooled, sums.random_names)


def _check_columns(total: Array, names: Sequence[str]) -> None:
    """Refuse a column that others explain, or so nearly that sums cannot tell."""
    size = np.sqrt(np.diagonal(total))
    if (size == 0).any():
        raise NotEstimable(
            f"column {names[int(np.argmin(size))]} is zero or the same in every row, as the intercept is"
        )
    scaled = total / np.outer(size, size)
    for j in range(1, len(names)):
        left = scaled[j, j] - scaled[j, :j] @ np.linalg.lstsq(scaled[:j, :j], scaled[:j, j], rcond=None)[0]
        if left < SUSPECT:
            raise NotEstimable(
                f"column {names[j]} is a combination of the columns before it, or too nearly so for sums of products"
            )
