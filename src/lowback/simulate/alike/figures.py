"""What can be seen of a cohort: means, spreads, correlations, gaps, ends of scales, and what people and sites share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.screening import baseline_week
from lowback.simulate.alike.clusters import fitted_components
from lowback.simulate.alike.leaving import fit_leaving
from lowback.simulate.alike.people import People, people_of
from lowback.simulate.alike.slopes import alike_slopes
from lowback.study import Estimand, Study
from lowback.variables import Variable

Array = NDArray[np.float64]
Place = tuple[str, str, str]
Figures = Mapping[Place, float]
"""A figure's value by its name, its arm ("" for everybody) and its visit ("" where it belongs to none)."""


def figures_of_trial(cohort: Cohort, study: Study, estimand: Estimand) -> Figures:
    """The figures of an outcome at the study's visits, in its unit, by arm and visit; shares and correlations are proportions."""
    people = people_of(cohort, study)
    start = baseline_week(cohort, study)
    weeks = [one for one in (study.weeks or cohort.weeks) if one in cohort.weeks]
    scores = people.by_week(estimand.outcome, np.array(weeks, float))
    later = [at for at, one in enumerate(weeks) if one != start]
    left = _within_arms(scores, people)
    found = dict(_by_visit(scores, people, weeks))
    found |= dict(_ends(scores, cohort.variables[estimand.outcome], weeks))
    found |= {
        ("correlation", "", f"weeks {weeks[one]:g} and {weeks[other]:g}"): _correlation(
            left[:, one], left[:, other]
        )
        for one in range(len(weeks))
        for other in range(one)
    }
    person = np.repeat(np.arange(len(left)), len(later))
    found["share of the variance between people", "", ""] = shared(left[:, later].ravel(), person)
    first = scores[:, weeks.index(start)] if start in weeks else np.full(len(scores), np.nan)
    if not np.isfinite(scores[:, later]).all():
        leaving = fit_leaving(first, scores[:, later], people.arm, len(people.arms))
        found["log odds of leaving per SD of the score last seen", "", ""] = leaving.per_score
    return found | dict(_of_groups(scores, people, weeks))


def figures_of_slopes(cohort: Cohort, study: Study, estimand: Estimand) -> Figures:
    """The figures of an outcome and an exposure that were recorded together, in their units; shares and correlations are proportions."""
    world = alike_slopes(cohort, study, estimand)
    records, found = world.records, {}
    same = records.person[1:] == records.person[:-1]
    order = np.lexsort((records.moment, records.person))
    for variable, values in (
        (world.outcome, records.outcome),
        (cohort.variables[world.exposure], records.exposure),
    ):
        found["mean", "", variable.label] = float(values.mean())
        found["SD", "", variable.label] = float(values.std())
        found["share of the variance between people", "", variable.label] = shared(values, records.person)
        ordered = values[order]
        found["correlation of successive records", "", variable.label] = _correlation(
            ordered[:-1][same], ordered[1:][same]
        )
        for grouping in world.people.groupings:
            name = f"share of the variance between {_plural(grouping.name)}"
            found[name, "", variable.label] = shared(values, grouping.of[records.person])
    counts = np.bincount(records.person, minlength=len(world.people.ids))
    found["records a person, mean", "", ""] = float(counts.mean())
    found["records a person, SD", "", ""] = float(counts.std())
    found["correlation of outcome and exposure", "", ""] = _correlation(records.outcome, records.exposure)
    return found


def _by_visit(scores: Array, people: People, weeks: list[float]) -> Iterator[tuple[Place, float]]:
    for at, arm in enumerate(people.arms):
        for visit, week in enumerate(weeks):
            here = scores[people.arm == at, visit]
            known = here[np.isfinite(here)]
            when = f"week {week:g}"
            yield ("mean", arm, when), float(known.mean()) if len(known) else np.nan
            yield ("SD", arm, when), float(known.std(ddof=1)) if len(known) > 1 else np.nan
            yield ("share missing", arm, when), 1 - len(known) / len(here)


def _ends(scores: Array, variable: Variable, weeks: list[float]) -> Iterator[tuple[Place, float]]:
    for end, name in ((variable.low, "lowest"), (variable.high, "highest")):
        for visit, week in enumerate(weeks):
            known = scores[np.isfinite(scores[:, visit]), visit]
            if end is not None and len(known):
                yield (f"share at the {name} score", "", f"week {week:g}"), float((known == end).mean())


def _of_groups(scores: Array, people: People, weeks: list[float]) -> Iterator[tuple[Place, float]]:
    """What people of a site or therapist share of scores within arms, and of being missing."""
    arms = np.eye(len(people.arms))[people.arm]
    for grouping in people.groupings:
        groups = _plural(grouping.name)
        for visit, week in enumerate(weeks):
            when, known = f"week {week:g}", np.isfinite(scores[:, visit])
            for name, values in (
                ("the variance", scores[:, visit]),
                ("being missing", (~known).astype(float)),
            ):
                found = fitted_components([grouping], arms, values[:, None])
                between, within = float(found.between[0][0, 0]), float(found.within[0, 0])
                share = between / (between + within) if between + within > 0 else np.nan
                yield (f"share of {name} between {groups}", "", when), share


def _plural(name: str) -> str:
    return {"site_id": "sites", "cluster_id": "therapists or classes"}[name]


def _within_arms(scores: Array, people: People) -> Array:
    """Scores less the mean of their arm at each visit."""
    left = scores.copy()
    for at in range(len(people.arms)):
        rows = people.arm == at
        known = np.isfinite(scores[rows])
        means = np.where(known, scores[rows], 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        left[rows] -= means
    return left


def shared(values: Array, of: NDArray[np.intp]) -> float:
    """The share of the variance that lies between groups of any sizes (-1: in none); below zero where groups are more alike than chance.

    The intraclass correlation of one measurement, from the analysis of variance: Donner 1986, Int Stat Rev 54:67-82.
    """
    known = np.isfinite(values) & (of >= 0)
    values, of = values[known], np.unique(of[known], return_inverse=True)[1]
    groups, n = int(of.max(initial=-1)) + 1, len(values)
    if groups < 2 or n <= groups:
        return float("nan")
    counts = np.bincount(of)
    means = np.bincount(of, values) / counts
    between = float(counts @ (means - values.mean()) ** 2) / (groups - 1)
    within = float(((values - means[of]) ** 2).sum()) / (n - groups)
    size = (n - float(counts @ counts) / n) / (groups - 1)
    share = (between - within) / size
    return share / (share + within) if share + within > 0 else float("nan")


def _correlation(one: Array, other: Array) -> float:
    known = np.isfinite(one) & np.isfinite(other)
    if known.sum() < 3 or one[known].std() == 0 or other[known].std() == 0:
        return float("nan")
    return float(np.corrcoef(one[known], other[known])[0, 1])
