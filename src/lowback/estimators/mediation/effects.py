"""An effect split into paths through mediators, from means and covariances alone.

Everything is linear, so the g-formula has a closed form: no mediator need be drawn at random (VanderWeele, Vansteelandt & Robins
2014, Epidemiology 25:300-306, section on linear models).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from lowback.estimators.mediation.moments import Array, Moments, block
from lowback.estimators.mediation.within import Visits, slope_within

Path = tuple[int, ...]


@dataclass(frozen=True)
class Roles:
    """Which columns play which part; positions in the moments' columns.

    `covariates` precede the arm; `confounders` follow it, may be changed by it, and move mediators and outcome; `mediators` are in
    their sequence. With `visits` the slope of the one mediator is that within persons over them. Columns without a part only help with gaps.
    """

    arm: int
    covariates: tuple[int, ...]
    confounders: tuple[int, ...]
    mediators: tuple[int, ...]
    outcome: int
    visits: Visits | None = None

    @property
    def before(self) -> list[int]:
        """Arm and covariates."""
        return [self.arm, *self.covariates]

    @property
    def used(self) -> list[int]:
        """Every column that has a part."""
        return [*self.before, *self.confounders, *self.mediators, self.outcome]

    @property
    def paths(self) -> list[Path]:
        """The ways through the mediators, as positions among them: each alone, then each sequence of several."""
        places = range(len(self.mediators))
        return [path for size in range(1, len(places) + 1) for path in combinations(places, size)]


@dataclass(frozen=True, eq=False)
class Effects:
    """An effect and its parts in the outcome's unit; leading axes count replicates, where a part cannot be had it is NaN.

    `shifts` are the arm's effects on the mediators, `slopes` those of the mediators on the outcome, `links[..., j, i]` that of
    mediator i on a later mediator j, `paths` the effects along `Roles.paths`. `own_shifts` are the arm's effects on each mediator
    beside earlier ones, `mediator_sd` and `outcome_sd` the residual standard deviations of mediators and outcome.
    """

    total: Array
    direct: Array
    indirect: Array
    shifts: Array
    own_shifts: Array
    slopes: Array
    links: Array
    paths: Array
    mediator_sd: Array
    outcome_sd: Array


def decomposed(covariance: Array, roles: Roles) -> Effects:
    """Total, direct and indirect effect where mediators act alike in both arms.

    The indirect effect is the interventional one: what the outcome would change if everybody had mediators as drawn from the arm's people
    with the same covariates in place of the comparator's, all else kept (the same under either arm, with one slope for both). It has a part by way of each path in the mediators'
    sequence; total = direct + indirect, and the indirect effect is the sum of its paths, exactly.

    VanderWeele, Vansteelandt & Robins 2014, Epidemiology 25:300-306; Vansteelandt & Daniel 2017, Epidemiology 28:258-265;
    Lin & VanderWeele 2017, J Causal Inference 5:20150027 (paths in sequence).
    """
    mediators = list(roles.mediators)
    after = [*roles.before, *roles.confounders]
    shifts = np.stack([_slopes(covariance, roles.before, one)[..., 0] for one in mediators], axis=-1)
    total = _slopes(covariance, roles.before, roles.outcome)[..., 0]
    by_mediator = _by_mediator(covariance, roles)
    links = _links(covariance, after, mediators)
    own = shifts - np.einsum("...ji,...i->...j", links, shifts)
    indirect = (shifts * by_mediator).sum(axis=-1)
    return Effects(
        total=total,
        direct=total - indirect,
        indirect=indirect,
        shifts=shifts,
        own_shifts=own,
        slopes=by_mediator,
        links=links,
        paths=along_paths(own, links, by_mediator, roles.paths),
        mediator_sd=np.stack(
            [
                _residual_sd(covariance, [*after, *mediators[:at]], one)
                for at, one in enumerate(mediators)
            ],
            axis=-1,
        ),
        outcome_sd=_residual_sd(covariance, [*after, *mediators], roles.outcome),
    )  # fmt: skip


def _by_mediator(covariance: Array, roles: Roles) -> Array:
    """The slopes of the outcome on the mediators: those at its visit, or the one within persons over several."""
    if roles.visits is not None:
        return slope_within(covariance, roles.visits)[..., None]
    on = [*roles.before, *roles.confounders, *roles.mediators]
    return _slopes(covariance, on, roles.outcome)[..., -len(roles.mediators) :]


def along_paths(own_shifts: Array, links: Array, slopes: Array, paths: Sequence[Path]) -> Array:
    """The effect along each path: the arm's own shift of its first mediator, the links between, and the last one's slope."""
    found = []
    for path in paths:
        effect = own_shifts[..., path[0]] * slopes[..., path[-1]]
        for earlier, later in pairwise(path):
            effect = effect * links[..., later, earlier]
        found.append(effect)
    return np.stack(found, axis=-1)


@dataclass(frozen=True, eq=False)
class EffectsByArm:
    """The same split where mediators may act otherwise in each arm; leading axes count replicates.

    `direct` holds the mediators as the comparator's people have them, `indirect` moves them under the arm, `through` gives it
    by mediator, and `interaction` is how much more the same move does under the arm than under the comparator.
    """

    total: Array
    direct: Array
    indirect: Array
    through: Array
    interaction: Array


def decomposed_by_arm(arms: Sequence[Moments], roles: Roles, shares: Sequence[float]) -> EffectsByArm:
    """Total, direct and indirect effect with an interaction of arm and mediators.

    `arms` are the moments of the comparator and of the arm, `shares` their shares of people: effects are at the covariates of both
    together. A column that does not vary in an arm plays no part there.

    VanderWeele, Vansteelandt & Robins 2014, Epidemiology 25:300-306; VanderWeele 2014, Epidemiology 25:749-761 (mediated interaction).
    """
    covariates = list(roles.covariates)
    centre = sum(share * one.mean[..., covariates] for share, one in zip(shares, arms, strict=True))
    read = [_ArmRead(one, roles, np.asarray(centre)) for one in arms]
    comparator, arm = read
    moved = arm.mediators - comparator.mediators
    under = [one.outcome_at(comparator.mediators) for one in read]
    through = arm.slopes * moved
    indirect = through.sum(axis=-1)
    direct = under[1] - under[0]
    return EffectsByArm(
        total=direct + indirect,
        direct=direct,
        indirect=indirect,
        through=through,
        interaction=((arm.slopes - comparator.slopes) * moved).sum(axis=-1),
    )


class _ArmRead:
    """One arm's regressions, read at given covariates."""

    def __init__(self, moments: Moments, roles: Roles, centre: Array) -> None:
        cov, self._mean = moments.covariance, moments.mean
        covariates, confounders = _varying(cov, roles.covariates), _varying(cov, roles.confounders)
        self._mediators = list(roles.mediators)
        all_of_them = [*covariates, *confounders, *self._mediators]
        self._slopes = _slopes(cov, all_of_them, roles.outcome)
        self.slopes = self._slopes[..., -len(self._mediators) :]
        places = [roles.covariates.index(one) for one in covariates]
        self._off = centre[..., places] - self._mean[..., covariates]
        self.mediators = self._at_centre(cov, covariates, self._mediators)
        self._start = self._mean[..., roles.outcome] + (self._slopes[..., : len(covariates)] * self._off).sum(
            axis=-1
        )
        if confounders:
            apart = self._at_centre(cov, covariates, confounders) - self._mean[..., confounders]
            middle = self._slopes[..., len(covariates) : len(covariates) + len(confounders)]
            self._start = self._start + (middle * apart).sum(axis=-1)

    def outcome_at(self, mediators: Array) -> Array:
        """The mean outcome with these mean mediators, confounders as the arm has them."""
        away = mediators - self._mean[..., self._mediators]
        return np.asarray(self._start + (self.slopes * away).sum(axis=-1))

    def _at_centre(self, cov: Array, covariates: list[int], columns: list[int]) -> Array:
        at = [
            self._mean[..., one] + (_slopes(cov, covariates, one) * self._off).sum(axis=-1) for one in columns
        ]
        return np.stack(at, axis=-1)


def _varying(covariance: Array, columns: Sequence[int]) -> list[int]:
    # A replicate of which nothing is left is NaN and says nothing of the column.
    return [one for one in columns if (covariance[..., one, one] > 0).any()]


def _links(covariance: Array, after: list[int], mediators: list[int]) -> Array:
    """Slopes of each mediator on those before it, at equal arm, covariates and confounders."""
    links = np.zeros((*covariance.shape[:-2], len(mediators), len(mediators)))
    for at in range(1, len(mediators)):
        links[..., at, :at] = _slopes(covariance, [*after, *mediators[:at]], mediators[at])[..., -at:]
    return links


def _slopes(covariance: Array, on: Sequence[int], of: int) -> Array:
    """Least-squares slopes of one column on others."""
    inside = block(covariance, on, on)
    across = covariance[..., list(on), of]
    return np.asarray(np.linalg.solve(inside, across[..., None])[..., 0])


def _residual_sd(covariance: Array, on: Sequence[int], of: int) -> Array:
    explained = (_slopes(covariance, on, of) * covariance[..., list(on), of]).sum(axis=-1)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.sqrt(covariance[..., of, of] - explained))
