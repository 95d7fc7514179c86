"""Stacks of small symmetric matrices: which entries are free, products over a stack, inverses in closed form.

A stack has its matrices along the last axis, (q, q, K), so that every step runs over K neighbouring numbers.
"""

from __future__ import annotations

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


def resolvent(gram: Array, ratios: Array) -> tuple[Array, Array]:
    """The inverses of I + A D and the log determinants, for a stack of A (`gram`) and one D (`ratios`).

    For two effects det(I + A D) = 1 + tr(A D) + det(A) det(D), a sum without cancellation.
    """
    q = len(ratios)
    whole = times(gram, ratios[:, :, None]) + np.eye(q)[:, :, None]
    if q == 1:
        return 1 / whole, np.log(whole[0, 0])
    if q > 2:
        stacked = whole.transpose(2, 0, 1)
        inverse = np.asarray(np.linalg.inv(stacked).transpose(1, 2, 0), dtype=float)
        return inverse, np.linalg.slogdet(stacked)[1]
    trace = whole[0, 0] + whole[1, 1] - 1
    det_gram = np.maximum(gram[0, 0] * gram[1, 1] - gram[0, 1] ** 2, 0.0)
    det_ratios = max(float(ratios[0, 0] * ratios[1, 1] - ratios[0, 1] ** 2), 0.0)
    det = trace + det_gram * det_ratios
    inverse = np.empty_like(whole)
    inverse[0, 0], inverse[1, 1] = whole[1, 1] / det, whole[0, 0] / det
    inverse[0, 1], inverse[1, 0] = -whole[0, 1] / det, -whole[1, 0] / det
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
