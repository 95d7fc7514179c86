"""The optimum of the criterion by Newton steps, at the boundary or inside, and the proof that it is one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.lmm.criterion import Criterion, Solved
from lowback.estimators.lmm.factor import Factor, factor_of
from lowback.estimators.lmm.pairs import Array, upper

STEPS = 100
# Sizes of the variance ratios at which the search may begin.
SCALES = (0.05, 0.3, 2.0, 30.0)
# Negative curvature after this many steps may mean a second optimum.
UNDER_WAY = 3
# Newton has arrived when the next step is expected to gain less than this share of the criterion.
ARRIVED = 1e-15
# Gains below this share of the criterion may be hidden by its rounding.
CLOSE = 1e-9
# Ratios below this are tried as zero; a gain of this share of the criterion is more than rounding.
SMALL, ROUNDING = 1e-5, 1e-11
# Residual variance below this share of the random effects' is taken for none at all.
LARGEST_RATIO = 1e11
# The proof asks for a gradient this short, this much curvature, and no steeper fall away from the boundary.
FLAT, CURVED, SLACK = 1e-6, 1e-9, 1e-7


@dataclass(frozen=True)
class Proof:
    """What shows that the fit is an optimum.

    `gradient` is the length of the gradient in units of the curvature, relative to the root of the criterion (half its
    square is the share of the criterion that another step could gain); `curvature` is the smallest eigenvalue of the
    curvature scaled to a unit diagonal; at the boundary `outward` is the least slope of the
    criterion away from it (relative; not negative, infinite inside).
    """

    evaluations: int
    starts: int
    gradient: float
    curvature: float
    outward: float
    proven: bool


@dataclass(frozen=True, eq=False)
class Optimum:
    """The best point found, its factor, and whether the curvature was negative on the way late on the way (`bumpy`)."""

    factor: Factor
    point: Solved
    value: float
    evaluations: int
    bumpy: bool


def optimum(criterion: Criterion, q: int, sites: bool, quick: bool) -> tuple[Optimum, Proof]:
    """The global optimum as far as several starts can show, reduced to the boundary where it lies there.

    `quick` says that an evaluation is cheap enough to look for a start at several scales.
    Raises `NotEstimable` where no residual variance remains or no optimum could be proven.
    """
    first = _nearest_scale(criterion, q, sites) if quick else np.eye(q) / 2
    best = _settled(criterion, factor_of(first, q, 0.3 if sites else None))
    starts, evaluations = 1, best.evaluations + (len(SCALES) if quick else 0)
    if quick and (best.bumpy or _rank_lost(best, q, sites)):
        others = [factor_of(one, q, float(one[0, 0]) if sites else None) for one in _other_starts(q)]
        if best.factor.root.shape[1] > 1:
            others.append(factor_of(best.factor.ratios, 1, best.factor.site if sites else None))
        for other in (_settled(criterion, one) for one in others):
            starts, evaluations = starts + 1, evaluations + other.evaluations
            if other.value < best.value - ROUNDING * abs(best.value):
                best = other
    return best, _proof(criterion, best, sites, evaluations, starts)


def _nearest_scale(criterion: Criterion, q: int, sites: bool) -> Array:
    """The multiple of the identity, among a few, at which the criterion is least."""
    values = [
        criterion.value(criterion.at(np.eye(q) * np.sqrt(scale), 0.3 if sites else 0.0)) for scale in SCALES
    ]
    return np.eye(q) * SCALES[int(np.argmin(values))]


def _other_starts(q: int) -> list[Array]:
    """Small, large, unequal and correlated variance ratios."""
    small, large = 0.02, 10.0
    starts = [np.full(q, small), np.full(q, large)]
    if q > 1:
        starts += [np.where(np.arange(q) == k, large, small) for k in range(q)]
    drawn = np.random.default_rng(q).standard_normal((2 * (q - 1), q, q))
    return [np.diag(one) for one in starts] + [large * root @ root.T for root in drawn]


def _settled(criterion: Criterion, start: Factor) -> Optimum:
    """The optimum from one start: inside, then on the boundary if it leads there, and back if it does not hold."""
    q = len(start.root)
    found = newton(criterion, start)
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


def newton(criterion: Criterion, start: Factor, evaluations: int = 0) -> Optimum:
    """Newton steps from a start, each shortened until the criterion falls; negative curvature is turned round."""
    factor, bumpy, before = start, False, np.inf
    point = criterion.at(factor.root, factor.site)
    value = criterion.value(point)
    evaluations += 1
    for count in range(STEPS):
        gradient, hessian = derivatives(criterion, factor, point)
        if not gradient.size:
            break
        step, negative = _step(gradient, hessian, factor.coordinates)
        bumpy = bumpy or (negative and count >= UNDER_WAY)
        gain, close = -float(gradient @ step), CLOSE * (1 + abs(value))
        for _ in range(40):
            ahead = factor.moved(factor.coordinates + step)
            reached = criterion.at(ahead.root, ahead.site)
            found = criterion.value(reached)
            evaluations += 1
            # Close to the optimum the criterion's own rounding hides the gain, and Newton steps need no guard.
            if found <= value - 1e-4 * gain or (gain < close and found <= value + close):
                break
            step, gain = step / 2, gain / 2
        else:
            break
        factor, point, value = ahead, reached, found
        if gain <= ARRIVED * (1 + abs(value)) or (gain < close and gain >= before / 4):
            break
        before = gain
        if float(np.trace(factor.ratios)) + factor.site > LARGEST_RATIO:
            raise NotEstimable("the groups explain the outcome fully; no residual variance is left")
    return Optimum(factor, point, value, evaluations, bumpy)


def derivatives(criterion: Criterion, factor: Factor, point: Solved) -> tuple[Array, Array]:
    """Gradient and curvature of the criterion in the coordinates of the factor."""
    slope = criterion.gradient(point)
    turn = factor.jacobian(len(slope))
    return turn.T @ slope, turn.T @ criterion.hessian(point) @ turn + factor.bend(slope)


def _step(gradient: Array, hessian: Array, at: Array) -> tuple[Array, bool]:
    """The Newton step with every curvature made positive, not longer than twice the distance from zero plus one."""
    values, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
    largest = float(np.abs(values).max())
    size = np.maximum(np.abs(values), 1e-9 * largest + 1e-300)
    step = -vectors @ ((vectors.T @ gradient) / size)
    longest = 1 + 2 * float(np.abs(at).max())
    length = float(np.abs(step).max())
    return step * min(1.0, longest / max(length, 1e-300)), bool(values[0] < -1e-6 * largest)


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


def outward(criterion: Criterion, found: Optimum, sites: bool) -> tuple[float, Array | None, float]:
    """The least slope away from the boundary: over combinations of random effects that do not vary, and the site's.

    Returns the least slope of the first kind, its direction, and the slope of the second kind; infinite where inside.
    """
    slope = criterion.gradient(found.point)
    q, rank = found.factor.root.shape
    least, direction = float("inf"), None
    if rank < q:
        a, b = upper(q)
        matrix = np.zeros((q, q))
        np.add.at(matrix, (a, b), slope[: len(a)] / 2)
        matrix = matrix + matrix.T
        outside = np.linalg.svd(found.factor.root, full_matrices=True)[0][:, rank:]
        values, vectors = np.linalg.eigh(outside.T @ matrix @ outside)
        least, direction = float(values[0]), outside @ vectors[:, 0]
    at_site = float(slope[-1]) if sites and not found.factor.has_site else float("inf")
    return least, direction, at_site


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


def _proof(criterion: Criterion, best: Optimum, sites: bool, evaluations: int, starts: int) -> Proof:
    gradient, hessian = derivatives(criterion, best.factor, best.point)
    scale = 1 + abs(best.value)
    steepest, curvature = _shape(gradient, hessian)
    steepest = steepest / float(np.sqrt(scale))
    least, _, at_site = outward(criterion, best, sites)
    away = min(least, at_site) / scale
    proven = steepest <= FLAT and curvature >= CURVED and away >= -SLACK
    proof = Proof(evaluations, starts, steepest, curvature, away, bool(proven))
    if not proven:
        raise NotEstimable(
            f"no optimum of the likelihood could be proven after {evaluations} evaluations from {starts} starts "
            f"(relative gradient {steepest:.1e}, smallest curvature {curvature:.1e}, slope at the boundary {away:.1e})"
        )
    return proof


def _shape(gradient: Array, hessian: Array) -> tuple[float, float]:
    """The length of the gradient in units of the curvature, and the least scaled curvature (0 where none is proven)."""
    if not gradient.size:
        return 0.0, 1.0
    size = np.sqrt(np.maximum(np.diagonal(hessian), 0.0))
    if (size == 0).any():
        return float("inf"), 0.0
    values, vectors = np.linalg.eigh(hessian / np.outer(size, size))
    if values[0] <= 0:
        return float("inf"), float(values[0])
    return float(np.linalg.norm((vectors.T @ (gradient / size)) / np.sqrt(values))), float(values[0])
