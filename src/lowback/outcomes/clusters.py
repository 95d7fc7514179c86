"""Who was allocated or treated together: people of one clinic, class or therapist are no independent witnesses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from lowback.cohort import Cohort
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.scores import Positions
from lowback.result import Result
from lowback.study import Study

NOBODY_TOGETHER = "participant_id"
GROUPS = ("cluster_id", "site_id")
# So seldom would chance that allots each person alone leave every group with one arm.
BY_CHANCE = 1e-3


def clusters_of(cohort: Cohort, study: Study, arm: Positions) -> Positions | None:
    """Each person's group by the study's `clusters`, None where people are independent; `arm` is -1 for people who take no part.

    Somebody without a group is one alone. A randomised trial that declares no groups but has arms of whole sites, therapists or classes is
    refused as `NotComparable`: taken for independent, its people would make every interval too short.

    Campbell et al. 2012, BMJ 345:e5661 (CONSORT for cluster trials).
    """
    if study.clusters == NOBODY_TOGETHER or cohort.participants is None:
        return None
    if study.clusters is None:
        for name in GROUPS:
            if study.is_randomised and name in cohort.participants:
                _refuse_whole_groups(cohort, name, arm)
        return None
    if study.clusters not in cohort.participants:
        raise NotComparable(
            f"no column {study.clusters!r} among what is recorded once a person",
            f"{study.clusters} of each participant",
        )
    return _groups(cohort.participants[study.clusters])


def refuse_clusters(cohort: Cohort, study: Study, clusters: Positions | None) -> None:
    """Refuse an analysis that takes people for independent where the study says that they are not."""
    if clusters is not None:
        raise NotComparable(
            f"people of one {cohort.variables[str(study.clusters)].label} were allocated or treated together, and this analysis takes people for independent of each other",
            "an analysis that accounts for clusters: ancova",
        )


def told_of_clusters(result: Result, cohort: Cohort, study: Study) -> Result:
    """The same, told that it takes people for independent where the study says that they are not."""
    if study.clusters in (None, NOBODY_TOGETHER):
        return result
    name = str(study.clusters)
    label = cohort.variables[name].label if name in cohort.variables else name
    said = (
        f" People of one {label} are taken for independent of each other, though the study says that they were allocated or treated together: "
        "intervals over people may be too narrow."
    )
    return replace(result, method=result.method + said)


def _refuse_whole_groups(cohort: Cohort, name: str, arm: Positions) -> None:
    assert cohort.participants is not None
    is_in = arm >= 0
    counts = pd.crosstab(_groups(cohort.participants[name])[is_in], arm[is_in]).to_numpy()
    shares = counts.sum(axis=0) / max(counts.sum(), 1)
    chance = float(np.prod((shares ** counts.sum(axis=1)[:, None]).sum(axis=1)))
    if ((counts > 0).sum(axis=1) == 1).all() and chance < BY_CHANCE:
        label = cohort.variables[name].label
        raise NotComparable(
            f"each {label} ({name}) has people of one arm only, so they were allocated or treated together and do not tell independently of each other",
            f"`clusters: {name}` in the study, or `clusters: {NOBODY_TOGETHER}` if chance allotted each person alone",
        )


def _groups(values: pd.Series) -> Positions:
    """A number for each value, and one of its own for each person without."""
    codes = pd.factorize(values)[0]
    alone = codes < 0
    codes[alone] = codes.max(initial=-1) + 1 + np.arange(alone.sum())
    return codes.astype(np.intp)
