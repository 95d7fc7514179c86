"""What people of one site, therapist or class share, fitted to a cohort and drawn for cohorts like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.simulate.alike.components import Components, components, positive
from lowback.simulate.alike.groups import Grouping, Positions
from lowback.simulate.alike.regression import root, shrunk

Array = NDArray[np.float64]

# So many groups are enough to tell what people of one share; of more these come first, and memory stays bounded.
MOST_GROUPS = 400
# Of the variance at a visit at least so much is people's own.
LEAST_OWN = 0.05


@dataclass(frozen=True, eq=False)
class Clustering:
    """The groupings of a cohort's people with the covariance over visits of what a group shares, (visits, visits) each.

    `together` is the chance that a person's place is taken by one of the group drawn for theirs, by the grouping at `seated`, which
    makes people of a group as alike before treatment as they are in the cohort; anybody may take the others' places.
    """

    groupings: tuple[Grouping, ...] = ()
    shared: tuple[Array, ...] = ()
    seated: int = 0
    together: float = 0.0

    def donors(self, rng: np.random.Generator, anybody: Positions, pools: Positions) -> Positions:
        """Who takes the place of each person, given whom of all people chance would put there."""
        others = self.groupings[self.seated].others(rng, pools)
        with_theirs = rng.random(len(anybody)) < self.together
        return np.where(with_theirs & (others >= 0), others, anybody)

    def draw(self, rng: np.random.Generator, groups: Sequence[Positions]) -> Array | float:
        """What people share, (people, visits), given their groups; whoever is in none (-1) has a share of their own."""
        drawn: Array | float = 0.0
        for grouping, covariance, of in zip(self.groupings, self.shared, groups, strict=True):
            alone = of < 0
            number = np.where(alone, grouping.groups + np.cumsum(alone) - 1, of)
            noise = rng.standard_normal((grouping.groups + int(alone.sum()), len(covariance)))
            drawn = drawn + (noise @ root(covariance).T)[number]
        return drawn


def fit_clustering(
    groupings: tuple[Grouping, ...], design: Array, before: Array, first: Array, scores: Array, total: Array
) -> tuple[Clustering, Array]:
    """What groups share after baseline, and the covariance over visits with all that they share in it.

    `design` and `total` are the regression of `scores` (people, visits) and the covariance of its residuals, which shows less
    of the groups than there is; `first` are the scores before treatment and `before` what they are compared within (people, columns).
    """
    if not groupings:
        return Clustering(), total
    found = fitted_components(groupings, design, scores)
    shared = tuple(
        positive(shrunk(positive(between), one.groups - 1))
        for between, one in zip(found.between, groupings, strict=True)
    )
    hidden = sum((1 - np.clip(shown, 0, 1)) * one for shown, one in zip(found.shown, shared, strict=True))
    # What is people's own stays what the regression found, so that people in all vary as they do.
    own = positive(total + hidden - sum(shared), LEAST_OWN * float(np.diag(total).mean()))
    seated, together = _together(groupings, before, first)
    return Clustering(groupings, shared, seated, together), np.asarray(own + sum(shared))


def fitted_components(groupings: Sequence[Grouping], design: Array, scores: Array) -> Components:
    """What groups share and what is people's own, from the people of enough groups."""
    rows = np.ones(len(scores), dtype=bool)
    for one in groupings:
        rows &= one.of < MOST_GROUPS
    return components(design[rows], scores[rows], [one.columns(rows) for one in groupings])


def _together(groupings: tuple[Grouping, ...], before: Array, first: Array) -> tuple[int, float]:
    """The grouping whose people are most alike before treatment, and the chance that makes them so again.

    Two people of a group drawn whole would be as alike as the means of groups vary, which chance adds to; with that chance squared as
    the ratio of the variance that groups share to that of their means, they are as alike as those of the cohort.
    """
    found = fitted_components(groupings, before, first[:, None])
    own = [max(float(one[0, 0]), 0.0) for one in found.between]
    # People of a therapist also share what their site shares.
    between = [
        sum(share for share, wide in zip(own, groupings, strict=True) if one.lies_within(wide))
        for one in groupings
    ]
    at = int(np.argmax(between))
    means = _variance_of_means(groupings[at], before, first)
    return at, min(1.0, float(np.sqrt(between[at] / means))) if means > 0 else 0.0


def _variance_of_means(grouping: Grouping, before: Array, first: Array) -> float:
    """The variance of groups' mean scores, each group counted by its size."""
    seen = np.isfinite(first) & (grouping.of >= 0)
    values, of = first[seen], grouping.of[seen]
    left = values - before[seen] @ np.linalg.lstsq(before[seen], values)[0]
    counts = np.bincount(of, minlength=grouping.groups)
    means = np.bincount(of, left, minlength=grouping.groups) / np.maximum(counts, 1)
    return float(counts @ means**2 / max(counts.sum(), 1))
