"""The fitted model of mediated effects, with its estimates for people drawn again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.mediation import (
    Effects,
    EffectsByArm,
    ErrorVariance,
    Moments,
    NormalFit,
    Percentiles,
    decomposed,
    decomposed_by_arm,
    normal_fit,
    resampled_means,
)
from lowback.estimators.mediation.errors import corrected, unexplained
from lowback.estimators.mediation.moments import block
from lowback.outcomes.mediated_arms import arm_fit
from lowback.outcomes.mediation_table import MediationTable
from lowback.outcomes.scores import Array

REPLICATES, SEED = 2000, 20261122
Errors = Mapping[str, ErrorVariance]
# Of these people, and of people drawn again.
Twice = tuple[Array, Array]


@dataclass(frozen=True, eq=False)
class Estimated:
    """What is estimated of these people, and of people drawn again (a leading axis of replicates)."""

    here: Effects
    drawn: Effects


@dataclass(frozen=True, eq=False)
class EstimatedByArm:
    """The same where mediators may act otherwise in each arm."""

    here: EffectsByArm
    drawn: EffectsByArm


@dataclass(frozen=True, eq=False)
class MediatedModel:
    """Moments of everybody compared, of these people and of people drawn again, before any correction.

    `arm_fits` are those of each arm by itself; None for an arm with too few people.
    """

    table: MediationTable
    fit: NormalFit
    arm_fits: tuple[NormalFit | None, ...]
    drawn_means: Array

    @cached_property
    def percentiles(self) -> Percentiles:
        """How intervals are read from draws: by people, and by coefficients of the outcome's model."""
        table = self.table
        parts = (table.arm_columns, table.covariates, table.confounders, table.mediators)
        return Percentiles(table.people, 1 + sum(map(len, parts)))

    @cached_property
    def moments(self) -> Moments:
        """Of these people."""
        return self.fit.moments

    @cached_property
    def drawn(self) -> Moments:
        """Of people drawn again."""
        return self.fit.moments_of(self.drawn_means[:, self._blocks[0]])

    @property
    def known_errors(self) -> Errors:
        """Those of the mediators, and of confounders where they are known."""
        return {**self.table.errors, **self.table.confounder_errors}

    @property
    def largest_errors(self) -> Errors:
        """The same with the largest error that other confounders can have."""
        return {**self.known_errors, **self.table.largest_errors}

    def estimated(self, arm: str, errors: Errors, instead: Mapping[str, Twice] | None = None) -> Estimated:
        """One arm's effect with these errors taken off, or the error variances `instead` of those of the same name.

        Raises `NotEstimable` where the error variance of a column reaches what the others leave unexplained of it.
        """
        roles = self.table.roles(arm)
        here, again = self._without(errors, instead or {})
        found = Estimated(decomposed(here, roles), decomposed(again, roles))
        if np.isnan(found.here.indirect):
            raise NotEstimable("error is all by which the mediator varies within persons")
        return found

    def by_arm(self, arm: str) -> EstimatedByArm | None:
        """The same where mediators may act otherwise in each arm; None with too few people or a mediator that does not vary in one, or slopes within persons."""
        table = self.table
        if table.visits is not None:
            return None
        positions = (0, table.arms.index(arm))
        fits = [self.arm_fits[at] for at in positions]
        own = list(table.mediators)
        if any(one is None or (one.moments.covariance[own, own] == 0).any() for one in fits):
            return None
        errors = [(one.columns, *self._in_arm(one)) for one in self.known_errors.values()]
        here, drawn = [], []
        for at in positions:
            fit, block = self.arm_fits[at], self._blocks[self._first_arm + at]
            if fit is not None:
                here.append(self._corrected(fit.moments, [(c, v) for c, v, _ in errors]))
                again = fit.moments_of(self.drawn_means[:, block])
                drawn.append(self._corrected(again, [(c, v) for c, _, v in errors]))
        if any(np.isnan(one.covariance).all() for one in here):
            return None
        people = [float((table.arm == at).sum()) for at in positions]
        shares, roles = [one / sum(people) for one in people], table.roles(arm)
        return EstimatedByArm(decomposed_by_arm(here, roles, shares), decomposed_by_arm(drawn, roles, shares))

    @property
    def has_gaps(self) -> bool:
        """Whether any value is missing that is modelled; columns that only help are there where one is."""
        return bool(np.isnan(self.table.values).any())

    def reliability(self, mediator: str) -> tuple[Array, Array] | None:
        """The share of a mediator's variance within arms that is no error, of these people and of people drawn again.

        None where nothing is known of its error.
        """
        error = self.table.errors.get(mediator)
        if error is None:
            return None
        column = error.columns[0]
        here, drawn = self.variance(error)
        return 1 - here / self.within(column), 1 - drawn / self.within_drawn(column)

    def within(self, column: int) -> Array:
        """A column's variance within arms."""
        return within_arms(self.moments.covariance, column, self.table.arm_columns)

    def within_drawn(self, column: int) -> Array:
        """The same of people drawn again."""
        return within_arms(self.drawn.covariance, column, self.table.arm_columns)

    def with_error(self, mediator: str) -> Errors:
        """The known errors, and one of the mediator's columns even where nothing is known of it."""
        if mediator in self.known_errors:
            return self.known_errors
        return {**self.known_errors, mediator: self.table.unknown_error(mediator)}

    def variance(self, error: ErrorVariance) -> tuple[Array, Array]:
        """The error variance of these people's columns, and of people drawn again."""
        pairs = None
        if error.pairs is not None:
            at = next(place for place, one in enumerate(self.table.paired_errors) if one is error)
            pairs = self.drawn_means[:, self._blocks[1 + at]]
        return error.of(self.moments.covariance), error.of(self.drawn.covariance, pairs)

    def _in_arm(self, error: ErrorVariance) -> Twice:
        """The same of an arm's own columns; one that does not vary there has no error."""
        here, drawn = self.variance(error)
        return here / error.people, drawn / error.people

    def _without(self, errors: Errors, instead: Mapping[str, Twice]) -> tuple[Array, Array]:
        """The covariances of these people and of people drawn again without these errors."""
        taken = []
        for name, error in errors.items():
            here, drawn = instead[name] if name in instead else self.variance(error)
            taken.append((error.columns, here, drawn))
        left = corrected(self.moments.covariance, [(one, here) for one, here, _ in taken], self._used)
        if np.isnan(left).all():
            raise NotEstimable(self._why_impossible([(columns, float(here)) for columns, here, _ in taken]))
        again = corrected(self.drawn.covariance, [(one, drawn) for one, _, drawn in taken], self._used)
        return left, again

    def _corrected(self, moments: Moments, errors: list[tuple[tuple[int, ...], Array]]) -> Moments:
        """The moments of one arm, whose own column does not vary in it."""
        used = [one for one in self._used if one not in self.table.arm_columns]
        return Moments(moments.mean, corrected(moments.covariance, errors, used))

    @property
    def _used(self) -> list[int]:
        table = self.table
        return [
            *table.arm_columns,
            *table.covariates,
            *table.confounders,
            # Of single visits nothing need be left where the slope is that within persons.
            *(table.mediators if table.visits is None else ()),
            table.outcome,
        ]

    @property
    def _first_arm(self) -> int:
        return 1 + len(self.table.paired_errors)

    @cached_property
    def _blocks(self) -> list[slice]:
        """Which of the drawn means belong to the fit, to each error with pairs, and to each arm's fit."""
        widths = [self.fit.shares.shape[1], *(3 for _ in self.table.paired_errors)]
        widths += [0 if one is None else one.shares.shape[1] for one in self.arm_fits]
        ends = np.cumsum(widths).tolist()
        return [slice(end - width, end) for end, width in zip(ends, widths, strict=True)]

    def _why_impossible(self, taken: list[tuple[tuple[int, ...], float]]) -> str:
        covariance, all_of_them = self.moments.covariance, self._used[:-1]
        worst, text = -np.inf, ""
        for columns, variance in taken:
            for column in columns:
                if column in all_of_them:
                    spare = unexplained(covariance, column, [one for one in all_of_them if one != column])
                    if variance / spare > worst:
                        worst = variance / spare
                        text = (
                            f"the error variance of {self.table.names[column]} is {variance:.3g}, and all else leaves "
                            f"{spare:.3g} of its variance unexplained: with the other errors nothing true is left of it"
                        )
        return text or "nothing is left of a variance after its error variance is taken off"


def mediated_model(table: MediationTable) -> MediatedModel:
    """The model of everybody compared, with 2,000 groups of people drawn again within arms.

    Raises `NotEstimable` where columns depend on each other or people are too few.
    """
    fit = normal_fit(table.values, table.names)
    arm_fits = tuple(arm_fit(table, table.arm == at) for at in range(len(table.arms)))
    shares = [fit.shares, *(one.pairs for one in table.paired_errors if one.pairs is not None)]
    for arm, one in enumerate(arm_fits):
        here = table.arm == arm
        padded = np.zeros((table.people, 0 if one is None else one.shares.shape[1]))
        if one is not None:
            padded[here] = one.shares * (table.people / here.sum())
        shares.append(padded)
    drawn = resampled_means(np.column_stack(shares), table.arm, REPLICATES, SEED)
    return MediatedModel(table, fit, arm_fits, drawn)


def within_arms(covariance: Array, column: int, flags: Sequence[int]) -> Array:
    """A column's variance within arms, which `flags` tell apart."""
    across = covariance[..., list(flags), column]
    slopes = np.linalg.solve(block(covariance, flags, flags), across[..., None])[..., 0]
    return np.asarray(covariance[..., column, column] - (slopes * across).sum(axis=-1))
