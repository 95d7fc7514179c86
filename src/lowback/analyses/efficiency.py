"""Less pain in how much time? The differences between arms in an outcome and in what a programme asks of people, told together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.two_differences import TwoDifferences, two_differences
from lowback.outcomes import Comparison, NotComparable, assignment, cannot_be_fitted, centred_columns
from lowback.outcomes.asking import Asking, answered
from lowback.outcomes.cell_means import framed
from lowback.outcomes.scores import Array
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study

ASKING = Asking(
    "efficiency",
    "mean difference",
    "How does {label} at week {week:g} differ between arms, and what do they ask of people?",
    "How do scores differ between arms, and what do these ask of people?",
)
SOURCES = (
    "Hotelling 1931, Ann Math Stat 2:360-378 (both differences in one region)",
    "Bell & McCaffrey 2002, Survey Methodology 28:169-181 (errors under unequal spreads)",
    "Black 1990, Med Decis Making 10:212-214 (the plane of effects and costs)",
)
SHARE = "proportion of the cloud"
SIDES = {-1: "less", 1: "more"}
Row = tuple[dict[str, object], dict[str, object]]


def efficiency(cohort: Cohort, study: Study) -> Result | Refusal:
    """Each arm's difference from the comparator in the outcome at the estimand's week and in its `burden`, with their joint uncertainty.

    Arm minus comparator, each in its own unit. The burden, such as minutes of sessions a week, is each person's mean over the visits
    after baseline up to that week. Both are by least squares on the same people of both arms, adjusted for the outcome's baseline and the study's
    covariates, with errors that hold whatever the spreads; the region of both is Hotelling's ellipse, and the shares of the cloud say how
    much of what the data are compatible with lies on which sides of none.

    Sources: `SOURCES`.
    """
    weighed = tuple(
        one.model_copy(update={"auxiliary": (one.burden,)})
        for one in study.estimands
        if one.burden and not one.auxiliary
    )
    if not weighed:
        reason = f"{study.title!r} declares no mean difference with what the arms ask of people beside it"
        needs = (
            "a mean difference that names what arms ask of people, such as minutes of sessions a week (in the study file, `burden: "
            "session_min_per_week`), and no auxiliary scores",
        )
        return Refusal("efficiency", "", ASKING.question_of_none, reason, needs)
    asked = study.model_copy(update={"estimands": weighed})
    return answered(cohort, asked, ASKING, _answer, reads_auxiliary=True)


def _answer(compared: Comparison, study: Study, estimand: Estimand, question: str) -> Result:
    burden = _burden(compared, str(estimand.burden))
    estimates, keys = framed(
        [row for arm in compared.treated for row in _of_arm(compared, burden, arm, str(estimand.burden))]
    )
    return Result(
        analysis="efficiency",
        estimand=estimand.name,
        question=question,
        estimates=estimates,
        keys=keys,
        method=_method(compared, burden, str(estimand.burden)),
        assumptions=(
            assignment(study),
            "Whether a score or the burden is missing does not depend on its value among people of one arm with the same baseline and covariates.",
            f"What is recorded as {compared.label(str(estimand.burden))} is what people spent.",
            "People are independent of each other.",
        ),
        sources=SOURCES,
        causal=study.is_randomised,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=compared.outcome.higher_is,
    )


def _burden(compared: Comparison, name: str) -> Array:
    """Each person's mean burden over the visits after baseline up to the estimand's week; missing where none is recorded."""
    if not compared.variables[name].is_numeric or compared.variables[name].unit is None:
        raise NotComparable(
            f"{name} has no unit, so it is no burden", "a burden with a unit, such as session_min_per_week"
        )
    during = [compared.baseline_week < week <= compared.week for week in compared.weeks]
    scores = compared.auxiliary[name][:, during]
    known = ~np.isnan(scores)
    count = known.sum(axis=1)
    return np.asarray(np.where(count > 0, np.nansum(scores, axis=1) / np.maximum(count, 1), np.nan))


def _kept(compared: Comparison, burden: Array, arms: tuple[str, ...]) -> NDArray[np.bool_]:
    """Who of these arms has everything."""
    lacking = np.isnan(burden)
    for flags in compared.gaps().values():
        lacking = lacking | flags
    return np.asarray(~lacking & np.isin(compared.arm, [compared.arms.index(one) for one in arms]))


def _of_arm(compared: Comparison, burden: Array, arm: str, name: str) -> Iterator[Row]:
    """Both differences of one arm, how they hang together, and the shares of the cloud."""
    kept = _kept(compared, burden, (arm, compared.comparator))
    found = _fitted(compared, burden, arm, kept)
    people = int(kept.sum())
    versus = f"{arm} vs {compared.comparator}"
    key = {
        **compared.named_outcome, "burden": name, "burden_label": compared.label(name), "arm": arm, "comparator": compared.comparator,
        "weeks": compared.week, "correlation": found.correlation, "reach": found.reach(), "reach_of_half": found.reach(0.5),
        "outcome_side": "", "burden_side": "",
    }  # fmt: skip
    units = (str(compared.outcome.unit), str(compared.variables[name].unit))
    labels = (compared.outcome.label, compared.label(name))
    for at, statistic in enumerate(("difference", "difference in burden")):
        row = {"term": f"{labels[at]}, {versus}", "unit": units[at], "n_participants": people}
        yield {**row, **found.interval(at)}, {**key, "statistic": statistic}
    row = {
        "term": f"correlation of both differences, {versus}",
        "unit": "correlation",
        "n_participants": people,
    }
    yield {**row, "estimate": found.correlation}, {**key, "statistic": "correlation"}
    for (side, other), share in found.quadrants().items():
        term = f"{SIDES[side]} {labels[0]} with {SIDES[other]} {labels[1]}, {versus}"
        row = {"term": term, "unit": SHARE, "n_participants": people, "estimate": min(max(share, 0.0), 1.0)}
        yield row, {**key, "statistic": "quadrant", "outcome_side": SIDES[side], "burden_side": SIDES[other]}


def _fitted(compared: Comparison, burden: Array, arm: str, kept: NDArray[np.bool_]) -> TwoDifferences:
    values = {compared.baseline_place: compared.baseline, **compared.covariates}
    values = {name: column[kept] for name, column in values.items()}
    covariates, names, _ = centred_columns(values, compared.variables, int(kept.sum()))
    is_in = (compared.arm[kept] == compared.arms.index(arm)).astype(float)
    if not 0 < is_in.sum() < len(is_in):
        raise NotComparable(
            f"nobody in arm {arm if not is_in.any() else compared.comparator!r} has both measures",
            "people of both arms with both",
        )
    design = np.column_stack([np.ones(len(is_in)), is_in, covariates])
    both = np.column_stack([compared.follow_up[kept], burden[kept]])
    try:
        return two_differences(both, design, ["intercept", f"arm {arm}", *names], 1)
    except NotEstimable as refused:
        raise cannot_be_fitted(f"{compared.question_place} and what it takes", refused) from refused


def _method(compared: Comparison, burden: Array, name: str) -> str:
    """The sentences that the report prints under "Method"."""
    arms = (compared.comparator, *compared.treated)
    everybody = int(np.isin(compared.arm, [compared.arms.index(one) for one in arms]).sum())
    kept = int(_kept(compared, burden, arms).sum())
    adjusted = ", ".join(map(compared.label, (compared.baseline_place, *compared.covariates)))
    return (
        f"Differences (arm minus {compared.comparator}) in mean {compared.question_place} and in {compared.label(name)}, the mean of each person's visits after "
        f"baseline up to then, by least squares of both on the same columns, adjusted for {adjusted}; {kept} of {everybody} people of these arms have "
        "everything; 95 % intervals from Student's t with errors that hold under unequal spreads (HC2, Bell and McCaffrey's degrees of freedom); the "
        "ellipse holds both true differences at once in 95 of 100 trials (Hotelling); shares of the cloud are those of the normal distribution around "
        "both estimates."
    )
