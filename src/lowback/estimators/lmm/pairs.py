"""Stacks of small symmetric matrices: which entries are free, products over a stack, inverses in closed form.

A stack has its matrices along the last axis, (q, q, K), so that every step runs over K neighbouring numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@cache
def upper(q: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows a and columns b <= of the entries a <= b of a q by q matrix, row by row: the order of all variance ratios."""
    return np.triu_indices(q)


def times(left: Array, right: Array) -> Array:
    """The products of two stacks of matrices; either may be a single matrix with a last axis of one."""
    return (left[:, :, None] * right[None]).sum(axis=1)


def flipped(stack: Array) -> Array:
    """Each matrix of a stack transposed."""
    return stack.transpose(1, 0, 2)


def symmetric(entries: Array, q: int) -> Array:
    """Matrices (q, q, ...) from their entries a <= b (first axis)."""
    a, b = upper(q)
    out = np.empty((q, q, *entries.shape[1:]))
    out[a, b] = entries
    out[b, a] = entries
    return out


@dataclass(frozen=True, eq=False)
class Resolvent:
    """For a stack of A and one D: `whole` = (I + A D)^-1, `between` = D (I + A D)^-1 (q, q, K), log det(I + A D) (K)."""

    whole: Array
    between: Array
    logs: Array


def resolvent(gram: Array, root: Array) -> Resolvent:
    """The inverses of I + A D for a stack of A (`gram`) and D = R R' (`root` q by rank), by way of I + R'AR.

    That matrix is symmetric and not less than I, so nothing cancels in D (I + A D)^-1 = R (I + R'AR)^-1 R'.
    """
    q, rank = root.shape
    identity = np.eye(q)[:, :, None]
    if rank == 0:
        nothing = np.zeros_like(gram)
        return Resolvent(nothing + identity, nothing, np.zeros(gram.shape[2]))
    spread = root[:, :, None]
    middle = times(times(flipped(spread), gram), spread) + np.eye(rank)[:, :, None]
    inverse, logs = _inverted(middle)
    between = times(times(spread, inverse), flipped(spread))
    return Resolvent(identity - times(gram, between), between, logs)


def _inverted(stack: Array) -> tuple[Array, Array]:
    """Inverses and log determinants of symmetric matrices not less than I."""
    rank = len(stack)
    if rank == 1:
        return 1 / stack, np.log(stack[0, 0])
    if rank > 2:
        turned = stack.transpose(2, 0, 1)
        return np.asarray(np.linalg.inv(turned).transpose(1, 2, 0), dtype=float), np.linalg.slogdet(turned)[1]
    det = stack[0, 0] * stack[1, 1] - stack[0, 1] ** 2
    inverse = np.empty_like(stack)
    inverse[0, 0], inverse[1, 1] = stack[1, 1] / det, stack[0, 0] / det
    inverse[0, 1] = inverse[1, 0] = -stack[0, 1] / det
    return inverse, np.log(det)


def pair_sums(left: Array, right: Array) -> Array:
    """tr(E_r W E_s Y) summed over two stacks W and Y of symmetric matrices, for all pairs of directions r and s.

    The direction E_r of an entry a < b has ones at (a, b) and (b, a), that of an entry a = b a one there.
    """
    q, size = left.shape[0], left.shape[2]
    a, b = upper(q)
    half = np.where(a == b, 0.5, 1.0)
    moments = (left.reshape(q * q, size) @ right.reshape(q * q, size).T).reshape(q, q, q, q)
    r, s = np.ix_(range(len(a)), range(len(a)))
    total = moments[b[r], a[s], b[s], a[r]] + moments[b[r], b[s], a[s], a[r]]
    total = total + moments[a[r], a[s], b[s], b[r]] + moments[a[r], b[s], a[s], b[r]]
    return np.asarray(half[r] * half[s] * total)


@cache
def directions(q: int) -> Array:
    """The directions E_r as matrices (number of ratios, q, q)."""
    a, b = upper(q)
    out = np.zeros((len(a), q, q))
    out[np.arange(len(a)), a, b] = 1
    out[np.arange(len(a)), b, a] = 1
    return out
