"""Least squares over moments that hang together within people, with errors that hold however they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lowback.estimators import NotEstimable
from lowback.estimators.designs import Array, check_outcome, conditioned
from lowback.estimators.inference import Inference, infer
from lowback.estimators.intervals import student_interval

# How residuals are corrected for having been fitted, and the power of (I - X_i'X_i) that does it.
Correction = Literal["CR2", "CR3"]
POWERS: dict[Correction, float] = {"CR2": -0.5, "CR3": -1.0}
# A person who leaves less than this share of a coefficient to the others decides it alone.
LEFT_TO_OTHERS = 1e-8


@dataclass(frozen=True, eq=False)
class ClusteredFit:
    """Coefficients in the order of `names`, with what each person adds to them.

    In the turned (orthonormal) columns: `grams` are X_i'X_i, `roots` the power of I - X_i'X_i of the correction (people, p, p) and `scores` roots
    times X_i'r_i with the residuals r_i (people, p); `back` turns them into coefficients.
    """

    names: tuple[str, ...]
    coefficients: Array
    back: Array
    grams: Array
    roots: Array
    scores: Array
    n_people: int
    n_rows: int

    @cached_property
    def covariance(self) -> Array:
        """The sandwich with the correction of the fit.

        Bell & McCaffrey 2002, Survey Methodology 28:169-181.
        """
        return np.asarray(self.back @ (self.scores.T @ self.scores) @ self.back.T)

    def contrast(self, matrix: ArrayLike, level: float = 0.95) -> Inference:
        """Estimates of `matrix @ coefficients` (one row a contrast) with Student's t, tested against zero."""
        weights = np.atleast_2d(np.asarray(matrix, dtype=float))
        error = np.sqrt(np.einsum("ci,ij,cj->c", weights, self.covariance, weights))
        return infer(weights @ self.coefficients, error, self.df(weights), level)

    def interval(self, weights: ArrayLike) -> dict[str, float]:
        """One weighted sum of the first coefficients with its t interval and p-value against 0."""
        given = np.asarray(weights, dtype=float)
        found = self.contrast(np.append(given, np.zeros(len(self.names) - len(given))))
        return student_interval(float(found.estimate[0]), float(found.std_error[0]), float(found.df[0]))

    def df(self, contrasts: Array) -> Array:
        """Satterthwaite's degrees of freedom of each contrast's variance if rows were independent and alike.

        Few where few people decide the contrast, however many there are.
        Pustejovsky & Tipton 2018, J Bus Econ Stat 36:672-683, doi:10.1080/07350015.2016.1247004.
        """
        return np.array([self._df(self.back.T @ one) for one in contrasts])

    def _df(self, turned: Array) -> float:
        # The size of a contrast changes nothing, but its fourth power may be no number.
        own = self.roots @ (turned / (np.abs(turned).max(initial=0.0) or 1.0))
        arms = np.einsum("kij,kj->ki", self.grams, own)
        spread = np.einsum("ki,ki->k", own, arms)
        square = np.einsum("ki,ki->k", arms, arms)
        crossed = arms.T @ arms
        trace = float((spread - square).sum())
        squares = float((spread**2 - 2 * spread * square).sum() + np.trace(crossed @ crossed))
        return trace**2 / squares


def clustered_least_squares(
    outcome: ArrayLike,
    design: ArrayLike,
    person: ArrayLike,
    *,
    names: Sequence[str],
    weights: ArrayLike | None = None,
    own_levels: bool = False,
    correction: Correction = "CR2",
) -> ClusteredFit:
    """The model outcome = design @ coefficients + residual, by (weighted) least squares, persons independent of each other.

    One row a moment, a column a name (no intercept is added). With `own_levels` every person has an intercept, which is not
    given: values are taken about the person's (weighted) mean. Residuals of a person may hang together and vary in any way. CR2 makes the
    sandwich unbiased where rows are independent and alike; CR3 sums the squares of what leaving out each person in turn changes, which is too wide
    there, and safer where those who decide a coefficient scatter more than others.

    Raises `NotEstimable` for missing values, dependent columns, and a coefficient that one person decides alone.

    Liang & Zeger 1986, Biometrika 73:13-22 (the sandwich); Bell & McCaffrey 2002, Survey Methodology 28:169-181 (CR2); MacKinnon, Nielsen & Webb
    2023, J Econometrics 232:272-299 (CR3).
    """
    y, x = np.asarray(outcome, dtype=float), np.asarray(design, dtype=float)
    check_outcome(y, len(x))
    codes = np.unique(np.asarray(person), return_inverse=True)[1]
    w = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    if own_levels:
        y, x = _about_own_means(np.column_stack([y, x]), codes, w)
    root = np.sqrt(w)
    well = conditioned(x * root[:, None], names)
    turned = well.columns.T @ (y * root)
    residuals = y * root - well.columns @ turned
    grams = _summed(well.columns[:, :, None] * well.columns[:, None, :], codes)
    scores = _summed(well.columns * residuals[:, None], codes)
    if len(grams) < 2:
        raise NotEstimable("one person only; two or more are needed")
    roots = _corrections(grams, POWERS[correction])
    return ClusteredFit(
        names=tuple(names),
        coefficients=well.back @ turned,
        back=well.back,
        grams=grams,
        roots=roots,
        scores=np.asarray(np.einsum("kij,kj->ki", roots, scores)),
        n_people=len(grams),
        n_rows=len(y),
    )


def _about_own_means(rows: Array, codes: NDArray[np.intp], weights: Array) -> tuple[Array, Array]:
    """Outcome and design about each person's weighted means; what does not vary within anybody becomes exactly zero."""
    sums = _summed(rows * weights[:, None], codes) / np.bincount(codes, weights)[:, None]
    inside = rows - sums[codes]
    inside[np.abs(inside) <= 1e-12 * np.abs(rows).max(axis=0)] = 0.0
    return inside[:, 0], inside[:, 1:]


def _summed(rows: Array, codes: NDArray[np.intp]) -> Array:
    """The sums of each person's rows."""
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(codes.max() + 1))
    return np.asarray(np.add.reduceat(rows[order], starts, axis=0))


def _corrections(grams: Array, power: float) -> Array:
    """(I - X_i'X_i) to a power, of each person."""
    values, vectors = np.linalg.eigh(grams)
    if (values[:, -1] > 1 - LEFT_TO_OTHERS).any():
        raise NotEstimable("a coefficient rests on one person alone; more people are needed")
    return np.asarray(np.einsum("kij,kj,klj->kil", vectors, (1 - values) ** power, vectors))
