"""What is recorded after baseline beside the outcome and may tell who leaves."""

from __future__ import annotations

from collections.abc import Mapping

from lowback.cohort import Cohort
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.scores import Array, by_week
from lowback.study import Estimand


def auxiliary_scores(cohort: Cohort, estimand: Estimand) -> Mapping[str, Array]:
    """For each auxiliary column a row a participant and a column a visit; refused where the visits have no such column."""
    for name in estimand.auxiliary:
        if cohort.visits is None or name not in cohort.visits:
            raise NotComparable(
                f"no column {name!r} at the visits of this cohort", f"{name} at visits after baseline"
            )
    if not estimand.auxiliary:
        return {}
    _, tables = by_week(cohort, estimand.auxiliary)
    return dict(zip(estimand.auxiliary, tables, strict=True))


def refuse_auxiliary(cohort: Cohort, estimand: Estimand) -> None:
    """Refuse an analysis that does not read what the estimand declares to tell who leaves."""
    if estimand.auxiliary:
        labels = ", ".join(
            cohort.variables[name].label if name in cohort.variables else name for name in estimand.auxiliary
        )
        raise NotComparable(
            f"estimand {estimand.name!r} says that {labels} may tell who leaves (auxiliary), and this analysis does not read it",
            "an analysis that reads it beside the outcome: mmrm, clda or equivalence",
        )
