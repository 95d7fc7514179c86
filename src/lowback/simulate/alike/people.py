"""The people of a cohort as donors: drawn whole, with new names, for cohorts like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.extensions import ExtensionArray

from lowback.cohort import Cohort
from lowback.screening import baseline_values, exclusions
from lowback.simulate.alike.groups import Grouping, groupings_of
from lowback.simulate.alike.unlike import NotAlikeError
from lowback.study import Study

Array = NDArray[np.float64]
Positions = NDArray[np.intp]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class People:
    """Everybody in an arm of the study, or everybody where it names none.

    `arm` is the position of each person's in `arms`, `eligible` says who meets the study's rules; `covariates` are the
    study's as standardised numbers without gaps, a row a person; `groupings` are their sites and therapists,
    `stratum` the position of each person's randomisation stratum (0 where there are none).
    """

    cohort: Cohort
    participants: pd.DataFrame
    ids: NDArray[np.object_]
    arms: tuple[str, ...]
    arm: Positions
    eligible: Flags
    covariates: Array
    is_randomised: bool
    groupings: tuple[Grouping, ...]
    stratum: Positions

    def drawn(self, rng: np.random.Generator, size: int | None = None) -> tuple[Positions, Positions]:
        """Donors with replacement, and the arm of each: dealt out by stratum where it was randomised, else the donor's own.

        Without `size` as many as there are, with as many in each arm as there are.
        """
        if self.is_randomised:
            count = size or len(self.arm)
            donors = rng.integers(len(self.arm), size=count)
            arm = rng.permutation(np.resize(self.arm, count))
            return donors, dealt(rng, arm, self.stratum[donors]) if self.stratum.any() else arm
        if size is not None:
            donors = rng.integers(len(self.arm), size=size)
            return donors, self.arm[donors]
        own = [np.flatnonzero(self.arm == at) for at in range(len(self.arms))]
        donors = np.concatenate([rng.choice(one, len(one)) for one in own if len(one)])
        return donors, self.arm[donors]

    def by_week(self, variable: str, weeks: Array) -> Array:
        """A variable of the visits, a row a person and a column a week, NaN where it was not recorded."""
        visits = self.cohort.visits
        if visits is None:
            return np.full((len(self.ids), len(weeks)), np.nan)
        wide = visits.pivot(index="participant_id", columns="weeks", values=variable)
        wide = wide.set_axis(wide.columns.astype(float), axis=1).reindex(index=self.ids, columns=weeks)
        return wide.to_numpy(float, na_value=np.nan)

    def named(self, donors: Positions, arm: Positions, groups: Sequence[Positions] = ()) -> pd.DataFrame:
        """The participants' table of people drawn, under new names, in these groups of each grouping."""
        table = self.participants.take(donors).reset_index(drop=True)
        table["participant_id"] = new_ids(len(donors))
        if "arm" in table:
            table["arm"] = np.array(self.arms, dtype=object)[arm]
        for grouping, of in zip(self.groupings, groups, strict=False):
            table[grouping.name] = grouping.named(of)
        return table


def dealt(rng: np.random.Generator, arm: Positions, stratum: Positions) -> Positions:
    """The same arms, as many of each, dealt out such that each stratum has as even a share of every arm as can be."""
    counts = np.bincount(arm)
    order = np.argsort(arm, kind="stable")
    rank = np.arange(len(arm)) - np.repeat(np.cumsum(counts) - counts, counts)
    place = (rank + rng.random(len(counts))[arm[order]]) / counts[arm[order]]
    made = np.empty_like(arm)
    made[np.lexsort((rng.random(len(arm)), stratum))] = arm[order][np.argsort(place, kind="stable")]
    return made


def _strata(participants: pd.DataFrame) -> Positions:
    if "stratum" not in participants:
        return np.zeros(len(participants), dtype=np.intp)
    return np.unique(pd.factorize(participants["stratum"])[0], return_inverse=True)[1].astype(np.intp)


@lru_cache(maxsize=8)
def new_ids(count: int) -> ExtensionArray:
    """Names that belong to nobody, in order."""
    return pd.array([f"S{at:06d}" for at in range(count)], dtype="str")


def people_of(cohort: Cohort, study: Study) -> People:
    """The people of the study's arms; refused where there are none."""
    ids = cohort.participant_ids
    table = cohort.participants
    if table is None:
        table = pd.DataFrame({"participant_id": ids})
    has_arms = bool(study.arms) and "arm" in table
    if has_arms:
        table = table[table["arm"].isin(study.arms)]
    if table.empty:
        raise NotAlikeError(f"nobody in {cohort.name!r} is in an arm of {study.title!r}")
    table = table.reset_index(drop=True)
    arms = tuple(one for one in study.arms if has_arms and (table["arm"] == one).any()) or ("",)
    names = table["arm"].astype(object).to_numpy() if has_arms else np.full(len(table), "", dtype=object)
    arm = np.array([arms.index(one) for one in names], dtype=np.intp)
    excluded = exclusions(cohort, study)["participant_id"]
    own_ids = table["participant_id"].to_numpy(object)
    return People(
        # A plain dictionary can travel to other processes.
        cohort=replace(cohort, variables=dict(cohort.variables)),
        participants=table,
        ids=own_ids,
        arms=arms,
        arm=arm,
        eligible=~np.isin(own_ids, excluded.to_numpy(object)),
        covariates=_covariates(cohort, study, own_ids),
        is_randomised=study.is_randomised and has_arms,
        groupings=groupings_of(table),
        stratum=_strata(table),
    )


def characteristic_of(people: People, study: Study, name: str) -> Array:
    """A number or a yes or no (1 or 0) that was known of each donor before treatment, NaN where it is missing.

    Raises `NotAlikeError` where it is recorded of nobody, or is neither.
    """
    variable = people.cohort.variables.get(name)
    if variable is None or name not in people.cohort.columns:
        raise NotAlikeError(f"{name!r} is recorded of nobody before treatment")
    if not (variable.is_numeric or variable.kind == "flag"):
        raise NotAlikeError(f"{name!r} is neither a number nor a yes or no")
    values = baseline_values(people.cohort, study, name).reindex(people.ids)
    return pd.to_numeric(values, errors="coerce").astype("Float64").to_numpy(float, na_value=np.nan)


def _covariates(cohort: Cohort, study: Study, ids: NDArray[np.object_]) -> Array:
    """The study's covariates as standardised columns; what is missing counts as average, what does not vary is left out."""
    columns = []
    for name in study.covariates:
        values = baseline_values(cohort, study, name).reindex(ids)
        variable = cohort.variables.get(name)
        if variable is not None and variable.is_numeric:
            columns.append(pd.to_numeric(values, errors="coerce").to_numpy(float, na_value=np.nan))
            continue
        levels = sorted(values.dropna().unique(), key=str)
        columns += [np.where(values.isna(), np.nan, values == level).astype(float) for level in levels[1:]]
    made = [_standardised(one) for one in columns if np.isfinite(one).any()]
    return np.column_stack([np.empty((len(ids), 0)), *(one for one in made if one.std() > 0)])


def _standardised(values: Array) -> Array:
    known = values[np.isfinite(values)]
    return np.where(np.isfinite(values), (values - known.mean()) / (known.std() or 1.0), 0.0)
