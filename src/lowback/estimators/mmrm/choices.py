"""Which covariances there are, and which of them the visits can carry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.mmrm.correlations import Autoregressive, Banded, Chain, Constant, Exponential, lags
from lowback.estimators.mmrm.records import Records
from lowback.estimators.mmrm.structures import (
    Array,
    Heterogeneous,
    Homogeneous,
    Structure,
    compound_symmetry,
    toeplitz,
    unstructured,
)
from lowback.estimators.mmrm.sums import Stratum

Covariance = Literal[
    "unstructured",
    "heterogeneous toeplitz",
    "toeplitz",
    "ante-dependence",
    "heterogeneous autoregressive",
    "autoregressive",
    "heterogeneous compound symmetry",
    "compound symmetry",
    "spatial exponential",
]
COVARIANCES: tuple[Covariance, ...] = get_args(Covariance)

WITHOUT_ORDER = ("unstructured", "compound symmetry", "heterogeneous compound symmetry")
# Numbers of one array of derivatives beyond which a fit would not fit into memory (8 bytes each).
MOST_DERIVATIVES = 5e7


def check_name(covariance: str) -> None:
    """Refuse a covariance that there is not."""
    if covariance not in COVARIANCES:
        raise NotEstimable(f"covariance {covariance!r} is not known; allowed: {', '.join(COVARIANCES)}")


def structure_of(covariance: Covariance, stratum: Stratum, visits: tuple[str, ...]) -> Structure:
    """The map of that name over the visits of a stratum; with a single visit every one is a variance."""
    m = stratum.visits
    if m == 1:
        return unstructured(visits[:1])
    maps: dict[str, Callable[[], Structure]] = {
        "unstructured": lambda: unstructured(visits),
        "heterogeneous toeplitz": lambda: Heterogeneous(visits, Banded(m)),
        "toeplitz": lambda: toeplitz(m),
        "ante-dependence": lambda: Heterogeneous(visits, Chain(m)),
        "heterogeneous autoregressive": lambda: Heterogeneous(visits, Autoregressive(m)),
        "autoregressive": lambda: Homogeneous(Autoregressive(m)),
        "heterogeneous compound symmetry": lambda: Heterogeneous(visits, Constant(m)),
        "compound symmetry": lambda: compound_symmetry(m),
        "spatial exponential": lambda: Homogeneous(Exponential(np.asarray(stratum.distances))),
    }
    return maps[covariance]()


def check_size(covariance: Covariance, records: Records, coefficients: int) -> None:
    """Refuse a covariance that has more parameters than persons or rows can carry, or needs an order there is not."""
    visits, persons = records.visits, len(records.persons)
    if covariance not in WITHOUT_ORDER and len(visits) > 1 and not records.ordered:
        raise NotEstimable(
            f"{covariance} covariance needs the order of the visits, and {', '.join(visits[:3])} have none; give "
            f"numbers, or times"
        )
    _check_count(covariance, records, coefficients)
    if len(visits) * persons > MOST_DERIVATIVES:
        raise NotEstimable(
            f"{len(visits)} different visits of {persons} persons are too many; visits are occasions that persons "
            f"share, and only spatial exponential covariance has times of their own"
        )


def check_shared(covariance: Covariance, records: Records, strata: tuple[Stratum, ...]) -> None:
    """Refuse a covariance that these visits cannot tell; the pairs of visits that nobody shares are named."""
    for name, stratum in zip(records.groups, strata, strict=True):
        where = "" if len(records.groups) == 1 else f" in group {name}"
        _check_pairs(covariance, records.visits, stratum, where)


def parameter_count(covariance: Covariance, visits: int) -> int:
    """How many numbers a covariance has over that many visits."""
    if visits == 1:
        return 1
    counts = {
        "unstructured": visits * (visits + 1) // 2,
        "heterogeneous toeplitz": 2 * visits - 1,
        "toeplitz": visits,
        "ante-dependence": 2 * visits - 1,
        "heterogeneous autoregressive": visits + 1,
        "heterogeneous compound symmetry": visits + 1,
    }
    return counts.get(covariance, 2)


def shared_pairs(stratum: Stratum) -> Array:
    """How many persons have both visits of each pair."""
    return np.tensordot(stratum.counts, stratum.seen, axes=1)


def _check_count(covariance: Covariance, records: Records, coefficients: int) -> None:
    visits, rows = len(records.visits), len(records.person)
    number = parameter_count(covariance, visits) * len(records.groups)
    sizes = np.bincount(records.group)
    if covariance == "unstructured" and sizes.min() <= visits:
        small = int(np.argmin(sizes))
        where = "" if len(records.groups) == 1 else f" in group {records.groups[small]}"
        raise NotEstimable(
            f"unstructured covariance over {visits} visits has {number} parameters, too many for {sizes[small]} "
            f"persons{where}; more persons than visits are needed"
        )
    if number >= rows - coefficients:
        raise NotEstimable(
            f"{covariance} covariance over {visits} visits has {number} parameters, too many for {rows} rows and "
            f"{coefficients} coefficients"
        )


def _check_pairs(covariance: Covariance, visits: tuple[str, ...], stratum: Stratum, where: str) -> None:
    if len(visits) == 1:
        return
    pairs = shared_pairs(stratum)
    number = parameter_count(covariance, len(visits))
    size = number * stratum.seen.size
    if covariance.startswith("heterogeneous") or covariance == "ante-dependence":
        size = max(size, number**2 * len(visits) ** 2)
    if size > MOST_DERIVATIVES:
        raise NotEstimable(
            f"{covariance} covariance over {len(visits)} visits has {number} parameters{where}, too many to be fitted"
        )
    if not (np.triu(pairs, 1) > 0).any():
        raise NotEstimable(f"no person{where} has two visits; a covariance between visits cannot be told")
    if covariance == "unstructured":
        _refuse_unshared(visits, pairs, where)
    if "toeplitz" in covariance:
        apart = lags(len(visits))
        lost = [str(lag) for lag in range(1, len(visits)) if not pairs[apart == lag].any()]
        if lost:
            raise NotEstimable(
                f"no person{where} has two visits that are {', '.join(lost)} visits apart; {covariance} covariance "
                f"needs every lag"
            )


def _refuse_unshared(visits: tuple[str, ...], pairs: Array, where: str) -> None:
    lost = [(visits[a], visits[b]) for a, b in zip(*np.nonzero(np.triu(pairs == 0, 1)), strict=True)]
    if lost:
        named = "; ".join(f"{a} and {b}" for a, b in lost[:5])
        raise NotEstimable(
            f"no person{where} has both visits {named} (pairs that nobody shares: {len(lost)}); unstructured "
            f"covariance needs every pair"
        )
