"""Check-ins beside something lasting in a person: a modifier at each, the outcome at the next, and the person's usual exposure."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lowback.cohort import Cohort
from lowback.estimators.designs import ROUNDING
from lowback.estimators.usual_level import UsualLevels, usual_levels
from lowback.outcomes.covariates import centred_columns
from lowback.outcomes.diary import diary
from lowback.outcomes.low_and_high import low_and_high
from lowback.outcomes.measured_error import KnownError, known_error
from lowback.outcomes.moments import Moments
from lowback.outcomes.refusals import NotComparable, refuse_other_strategies
from lowback.outcomes.scores import Array
from lowback.outcomes.study_covariates import lacking_any, study_covariates, with_arm, words_of
from lowback.study import Estimand, Study
from lowback.variables import Variable


@dataclass(frozen=True, eq=False)
class Lasting:
    """The check-ins that have all; `usual` is the exposure of the check-in's person, in its unit, about `usual_mean`.

    `moments.modifier` is the modifier at the check-in, `moments.scores` the outcome at the next. `beside` are further columns, by name.
    """

    moments: Moments
    exposure: Variable
    modifier: Variable
    found: UsualLevels
    known: KnownError
    usual: Array
    usual_mean: float
    beside: Array
    names: tuple[str, ...]
    adjusted_for: tuple[str, ...]

    @property
    def modifiers(self) -> Array:
        """The modifier at each check-in."""
        values = self.moments.modifier
        return np.empty(0) if values is None else values

    @property
    def ends(self) -> tuple[float, float]:
        """A low and a high value of the modifier over check-ins."""
        return low_and_high(self.modifiers, is_flag=self.modifier.kind == "flag")

    @property
    def usual_ends(self) -> tuple[float, float]:
        """A low and a high usual exposure over people, about their mean."""
        return low_and_high(self.usual[np.unique(self.moments.person, return_index=True)[1]])


def lasting(people: Cohort, study: Study, estimand: Estimand) -> Lasting:
    """The check-ins of everybody with an exposure at visits; raises `NotComparable` where something is not recorded or does not vary."""
    refuse_other_strategies(estimand)
    exposure = _exposure(people, estimand)
    outcome, modifier = (_at_checkins(people, one) for one in (estimand.outcome, estimand.modifier))
    known = _readings(people, study, exposure.name)
    readings = known.readings
    found = diary(replace(people, visits=None), study, estimand)
    ids = people.participant_ids.get_indexer(found.cohort.participant_ids)
    usual_of, arms = _usual_of_visits(people, study, readings)
    visits = int(np.isfinite(readings).any(axis=0).sum())
    levels = usual_levels(
        readings,
        usual_of,
        spent=arms * max(visits - 1, 0),
        groups=arms,
        error=known.variance if known.is_known else None,
    )
    usual = levels.levels[ids][found.person]
    now, scores = found.values(modifier.name), found.values(outcome.name)
    after = found.later(scores, 1)
    columns, names, words, has = _covariates(people, study, {outcome.name, exposure.name, modifier.name})
    has_all = has[ids][found.person] & np.isfinite(usual) & np.isfinite(now) & np.isfinite(after)
    at = np.flatnonzero(has_all)
    if not at.size or np.ptp(now[at]) == 0:
        raise NotComparable(
            f"no two check-ins with {outcome.label} after them differ in {modifier.label}",
            f"{modifier.name} at each check-in and {outcome.name} at the next",
        )
    moments = Moments(
        diary=found,
        outcome=outcome,
        exposure=exposure,
        before_label="",
        at=at,
        scores=after[at],
        exposures=usual[at],
        before=scores[at],
        exposure_before=None,
        modifier=now[at],
        modifier_variable=modifier,
        never=(),
        incomplete=int((~has_all).sum()),
    )
    first = np.unique(moments.person, return_index=True)[1]
    mean = float(usual[at][first].mean())
    _refuse_rounding(exposure, usual[at])
    beside = columns[np.maximum(ids, 0)][moments.person]
    return Lasting(moments, exposure, modifier, levels, known, usual[at] - mean, mean, beside, names, words)


def _refuse_rounding(exposure: Variable, usual: Array) -> None:
    """Refuse usual exposures that differ between people by no more than numbers of their size are rounded by."""
    low, high = float(usual.min()), float(usual.max())
    if high - low <= ROUNDING * max(abs(low), abs(high)):
        raise NotComparable(
            f"the usual {exposure.label} of everybody lies between {low:.17g} and {high:.17g} {exposure.unit}, which differ by rounding only",
            f"people who differ in {exposure.name}",
        )


def _exposure(people: Cohort, estimand: Estimand) -> Variable:
    name = str(estimand.exposure)
    variable = people.variables.get(name)
    if people.visits is None or variable is None or name not in people.visits:
        raise NotComparable(
            f"no column {name!r} at the visits of this cohort", f"{name} at two visits or more"
        )
    if not variable.is_numeric or variable.unit is None:
        raise NotComparable(f"{name!r} has no unit, so no slope on it can be told", "a measured exposure")
    return variable


def _at_checkins(people: Cohort, name: str | None) -> Variable:
    if name is None:
        raise NotComparable(
            "the estimand names no modifier",
            "a column that the slope may differ by (in the study file, `modifier`)",
        )
    variable = people.variables.get(name)
    if people.checkins is None or variable is None or name not in people.checkins:
        raise NotComparable(f"no column {name!r} at the check-ins of this cohort", f"{name} at each check-in")
    if variable.kind != "flag" and not (variable.is_numeric and variable.unit):
        raise NotComparable(
            f"{name!r} is neither a number with a unit nor a yes or no", "a measure or a flag"
        )
    return variable


def _readings(people: Cohort, study: Study, name: str) -> KnownError:
    """The exposure of everybody (person, visit) at the study's visits, and what is known of its error."""
    return known_error(people, name, [one for one in people.weeks if not study.weeks or one in study.weeks])


def _usual_of_visits(people: Cohort, study: Study, readings: Array) -> tuple[Array, int]:
    """The mean of each visit in each arm of the study (person, visit), and of how many arms: what an arm or time does to all is no chance."""
    arms = with_arm({}, people, study).get("arm")
    of = np.zeros(len(readings), dtype=int)
    if arms is not None:
        of = np.unique(np.asarray(arms, dtype=str), return_inverse=True)[1]
    found = np.full(readings.shape, np.nan)
    for arm in np.unique(of):
        here, seen = of == arm, np.isfinite(readings[of == arm])
        count = np.maximum(seen.sum(axis=0), 1)
        found[here] = np.where(seen.any(axis=0), np.nansum(readings[here], axis=0) / count, np.nan)
    return found, len(np.unique(of))


def _covariates(
    people: Cohort, study: Study, asked: set[str]
) -> tuple[Array, tuple[str, ...], tuple[str, ...], np.ndarray]:
    """The study's covariates and the arm of everybody as centred columns, their names and words, and who has all of them."""
    values = with_arm(study_covariates(people, study, asked), people, study)
    has = ~lacking_any(values.values(), len(people.participant_ids))
    inside, names, constant = centred_columns(
        {name: one[has] for name, one in values.items()}, people.variables, int(has.sum())
    )
    columns = np.zeros((len(has), inside.shape[1]))
    columns[has] = inside
    return columns, names, words_of(values, constant, people.variables), has
