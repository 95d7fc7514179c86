"""Which rows belong to which group, and which groups to which site."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lowback.estimators import NotEstimable

Codes = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Grouping:
    """Rows put in runs, one run a group: run `i` has `sizes[i]` rows from `starts[i]` on and the label `labels[i]`.

    `order` takes the rows as given to their runs; None where they are in runs already. `site_of` is the position in
    `site_labels` of each group's site; None without sites.
    """

    order: Codes | None
    starts: Codes
    sizes: Codes
    labels: NDArray[np.generic]
    site_of: Codes | None = None
    site_labels: NDArray[np.generic] | None = None

    def in_runs(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values of the rows (first axis) in the order of the runs."""
        return values if self.order is None else values[self.order]

    def of_rows(self) -> Codes:
        """The position in `labels` of each row's group, rows in the order that was given."""
        runs = np.repeat(np.arange(len(self.sizes)), self.sizes)
        if self.order is None:
            return runs
        codes = np.empty(len(runs), dtype=np.intp)
        codes[self.order] = runs
        return codes


def grouped(groups: ArrayLike, sites: ArrayLike | None, rows: int) -> Grouping:
    """The runs of each group; rows of a group that lie together already are not sorted.

    Raises `NotEstimable` for labels that are missing or of the wrong number, fewer than two groups or sites, and a
    group that is in two sites.
    """
    labels = _labels(groups, "group", rows)
    order, starts = None, _runs(labels)
    of_groups = labels[starts]
    if _repeated(of_groups):
        order = np.argsort(labels, kind="stable")
        ordered = labels[order]
        starts = _runs(ordered)
        of_groups = ordered[starts]
    if len(starts) < 2:
        raise NotEstimable(f"{len(starts)} group ({labels[0]}); a mixed model needs two groups or more")
    sizes = np.diff(starts, append=rows)
    plain = Grouping(order, starts, sizes, of_groups)
    return plain if sites is None else _in_sites(plain, _labels(sites, "site", rows))


def _runs(labels: NDArray[np.generic]) -> Codes:
    """Where each run of equal labels starts."""
    return np.concatenate([[0], np.flatnonzero(labels[1:] != labels[:-1]) + 1])


def _in_sites(plain: Grouping, sites: NDArray[np.generic]) -> Grouping:
    ordered = sites if plain.order is None else sites[plain.order]
    first = ordered[plain.starts]
    strays = ordered != np.repeat(first, plain.sizes)
    if strays.any():
        row = int(np.flatnonzero(strays)[0])
        group = int(np.searchsorted(plain.starts, row, side="right")) - 1
        raise NotEstimable(
            f"group {plain.labels[group]} is in site {first[group]} and in site {ordered[row]}; a group has one site"
        )
    kinds = _unique(first, "site")
    if len(kinds) < 2:
        raise NotEstimable(f"{len(kinds)} site ({kinds[0]}); a site intercept needs two sites or more")
    if len(kinds) == len(first):
        raise NotEstimable(f"each of {len(kinds)} sites has one group; the two cannot be told apart")
    codes = np.searchsorted(kinds, first).astype(np.intp)
    return Grouping(plain.order, plain.starts, plain.sizes, plain.labels, codes, kinds)


def _labels(values: ArrayLike, what: str, rows: int) -> NDArray[np.generic]:
    labels = np.asarray(values)
    if labels.shape != (rows,):
        raise NotEstimable(f"{what}s have shape {labels.shape}; allowed: one {what} for each of {rows} rows")
    if labels.dtype.kind in "biuSU":
        return labels
    missing = labels != labels
    if labels.dtype == object:
        missing = missing.astype(bool) | np.array([label is None for label in labels])
    if np.any(missing):
        raise NotEstimable(f"the {what} is missing in {int(np.sum(missing))} rows; every row needs one")
    return labels


def _repeated(runs: NDArray[np.generic]) -> bool:
    """Whether a label has more than one run."""
    try:
        if np.all(np.greater(runs[1:], runs[:-1])):
            return False
    except TypeError:
        pass
    ordered = np.sort(runs) if runs.dtype != object else _unique(runs, "group")
    return len(ordered) < len(runs) or bool((ordered[1:] == ordered[:-1]).any())


def _unique(labels: NDArray[np.generic], what: str) -> NDArray[np.generic]:
    try:
        return np.unique(labels)
    except TypeError:
        kinds = sorted({type(label).__name__ for label in labels})
        raise NotEstimable(f"{what} labels mix {' and '.join(kinds)}; allowed: one kind of label") from None
