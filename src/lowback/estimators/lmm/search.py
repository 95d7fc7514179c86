"""The optimum of the criterion, at the boundary or inside, from as many starts as it takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lowback.estimators.lmm.criterion import Criterion, Solved
from lowback.estimators.lmm.factor import Factor, factor_of
from lowback.estimators.lmm.newton import Optimum, newton
from lowback.estimators.lmm.pairs import Array, symmetric
from lowback.estimators.lmm.proof import SLACK, Proof, outward, proved

# Sizes of the variance ratios at which the search may begin.
SCALES = (0.05, 0.3, 2.0, 30.0)
# Ratios below this are tried as zero; a gain of this share of the criterion is more than rounding.
SMALL, ROUNDING = 1e-5, 1e-11
# The least variance ratio of a guess, as a share of its largest; the least share of the scale that a step may leave.
LEAST = 1e-3
# A search is taken to lead to a known optimum where its ratios differ from that by less than this share, and the criterion
# by less than this, a thousandth of what would be a change of any weight.
NEAR, NEAR_VALUE = 1e-2, 1e-3


@dataclass(frozen=True, eq=False)
class Guess:
    """Variance ratios at which the search may begin; `site` None: the model has no sites."""

    ratios: Array
    site: float | None


def scored(criterion: Criterion, point: Solved, information: Array, at: Guess) -> Guess:
    """Where one step of Fisher scoring from `at` leads: for balanced rows without a boundary, to the optimum by "REML" itself.

    The information is that on the scale of the whole covariance and on its ratios, as `expected_information` has it.

    Rao 1971, J Multivar Anal 1:445-456, doi:10.1016/0047-259X(71)90019-4 (MIVQUE).
    """
    step = -np.linalg.solve(information, np.append(0.0, criterion.gradient(point)))
    if 1 + step[0] <= LEAST:
        return at
    q = len(at.ratios)
    moved = step[1:] / (1 + step[0])
    values, vectors = np.linalg.eigh(at.ratios + symmetric(moved[: q * (q + 1) // 2], q))
    least = LEAST * max(float(values[-1]), 1.0)
    ratios = (vectors * np.maximum(values, least)) @ vectors.T
    return Guess(ratios, None if at.site is None else max(at.site + float(moved[-1]), least))


def optimum(criterion: Criterion, guess: Guess, quick: bool) -> tuple[Optimum, Proof]:
    """The global optimum as far as several starts can show, reduced to the boundary where it lies there.

    `quick` says that an evaluation is cheap enough to look for starts beside the `guess`.
    Raises `NotEstimable` where no residual variance remains or no optimum could be proven.
    """
    q, sites = len(guess.ratios), guess.site is not None
    first = factor_of(guess.ratios, q, guess.site)
    scales = [factor_of(scale * np.eye(q), q, 0.3 if sites else None) for scale in SCALES if quick]
    best = _settled(criterion, _least(criterion, [first, *scales]) if quick else first)
    starts, evaluations = 1, best.evaluations + (1 + len(scales) if quick else 0)
    if quick and (best.bumpy or _rank_lost(best, q, sites)):
        others = [factor_of(one, q, float(one[0, 0]) if sites else None) for one in _other_starts(q)]
        if best.factor.root.shape[1] > 1:
            others.append(factor_of(best.factor.ratios, 1, best.factor.site if sites else None))
        for one in others:
            other = _settled(criterion, one, best)
            starts, evaluations = starts + 1, evaluations + other.evaluations
            if other.value < best.value - ROUNDING * abs(best.value):
                best = other
    return best, proved(criterion, best, sites, evaluations, starts)


def _least(criterion: Criterion, factors: list[Factor]) -> Factor:
    """The factor at which the criterion is least."""
    values = [criterion.value(criterion.at(one.root, one.site)) for one in factors]
    return factors[int(np.argmin(values))]


def _other_starts(q: int) -> list[Array]:
    """Small and large variance ratios; with three random effects or more also unequal and correlated ones."""
    small, large = 0.02, 10.0
    starts = [small * np.eye(q), large * np.eye(q)]
    if q > 2:
        starts += [np.diag(np.where(np.arange(q) == k, large, small)) for k in range(q)]
        drawn = np.random.default_rng(q).standard_normal((2 * (q - 1), q, q))
        starts += [large * root @ root.T for root in drawn]
    return starts


def _settled(criterion: Criterion, start: Factor, known: Optimum | None = None) -> Optimum:
    """The optimum from one start: inside, then on the boundary if it leads there, and back if it does not hold.

    A search that comes into the immediate neighbourhood of a `known` optimum is not followed to its end.
    """
    q = len(start.root)
    if known is None:
        found = newton(criterion, start)
    else:
        found = newton(criterion, start, known=lambda factor, value: _leads_to(known, factor, value))
        if _leads_to(known, found.factor, found.value):
            return found
    for _ in range(4):
        reduced = _on_boundary(criterion, found)
        if reduced is None:
            break
        found = reduced
    for _ in range(3):
        away = _way_out(criterion, found, q, start.has_site)
        if away is None:
            break
        found = newton(criterion, away, found.evaluations)
    return found


def _leads_to(known: Optimum, factor: Factor, value: float) -> bool:
    """Whether ratios are in the immediate neighbourhood of a known optimum, and not below it."""
    gap, optimal = value - known.value, known.factor
    if not -ROUNDING * abs(known.value) <= gap <= NEAR_VALUE:
        return False
    apart = np.append(factor.ratios - optimal.ratios, factor.site - optimal.site)
    size = np.append(optimal.ratios, optimal.site)
    return float(np.linalg.norm(apart)) <= NEAR * (1e-2 + float(np.linalg.norm(size)))


def _on_boundary(criterion: Criterion, found: Optimum) -> Optimum | None:
    """The optimum with a small variance set to zero, if that is no worse."""
    factor = found.factor
    values = np.linalg.eigvalsh(factor.ratios)[::-1]
    rank = factor.root.shape[1]
    kept = int((values[:rank] > SMALL).sum())
    site = factor.site if factor.has_site and factor.site > SMALL else None
    if kept == rank and (site is not None) == factor.has_site:
        return None
    reduced = newton(criterion, factor_of(factor.ratios, kept, site), found.evaluations)
    if reduced.value <= found.value + ROUNDING * abs(found.value):
        return Optimum(reduced.factor, reduced.point, reduced.value, reduced.evaluations, found.bumpy)
    return None


def _way_out(criterion: Criterion, found: Optimum, q: int, sites: bool) -> Factor | None:
    """A start off the boundary where the criterion falls away from it; None where it does not."""
    least, direction, at_site = outward(criterion, found, sites)
    slack = -SLACK * (1 + abs(found.value))
    if direction is not None and least < slack:
        ratios = found.factor.ratios + 1e-3 * np.outer(direction, direction)
        return factor_of(ratios, q, max(found.factor.site, 1e-3) if sites else None)
    if at_site < slack:
        return factor_of(found.factor.ratios, found.factor.root.shape[1], 1e-3)
    return None


def _rank_lost(found: Optimum, q: int, sites: bool) -> bool:
    return found.factor.root.shape[1] < q or found.factor.has_site != sites
