"""Did the right and the left side gain more in one arm? The baseline-adjusted difference over both sides of a person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.lmm import LmmFit, fit_lmm
from lowback.outcomes import Comparison, NotComparable, assignment, cannot_be_fitted, centred_columns
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.comparison import comparison
from lowback.outcomes.scores import Array, Positions
from lowback.result import Refusal, Result, estimates_frame
from lowback.study import Estimand, Study

ASKING = Asking(
    "both_sides",
    "mean difference",
    "Does {label} differ between arms by week {week:g}?",
    "Do both sides differ between arms?",
)
SIDES = ("right", "left")


def both_sides(cohort: Cohort, study: Study) -> Result | Refusal:
    """Difference in mean score of both sides at the estimand's week, arm minus comparator, at equal baseline of the same side.

    The estimand names the column of one side, as `hip_flexion_right_deg`; the other is found by its name. The two sides of a
    person are no two people: a random intercept for each person, restricted maximum likelihood, Kenward-Roger errors and degrees of
    freedom. A side without baseline or follow-up is left out, the other stays. In the outcome's unit.

    Kenward & Roger 1997, Biometrics 53:983-997; Bland & Altman 1994, BMJ 308:896 (correlated observations).
    """
    return answered_of_people(cohort, study, ASKING, _answer)


@dataclass(frozen=True, eq=False)
class _Sides:
    """One row a side with baseline and follow-up: its person and arm (positions), scores, and the columns of covariates."""

    compared: Comparison
    person: Positions
    arm: Positions
    baseline: Array
    follow_up: Array
    covariates: Array
    names: tuple[str, ...]

    @property
    def label(self) -> str:
        """What is measured on both sides, without the name of one."""
        words = self.compared.outcome.label
        for side in SIDES:
            words = words.replace(f", {side}", "").replace(f" {side}", "")
        return words

    def people_in(self, arm: int) -> int:
        """How many people of an arm have a side."""
        return len(np.unique(self.person[self.arm == arm]))


def _answer(people: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    sides = _sides(people, study, estimand)
    compared = sides.compared
    arms = [at for at in range(len(compared.arms)) if sides.people_in(at)]
    for arm in (compared.comparator, *compared.treated):
        if compared.arms.index(arm) not in arms:
            raise NotComparable(
                f"no side in arm {arm!r} has baseline and follow-up",
                f"people in arm {arm!r} with complete records",
            )
    dummies = [(sides.arm == at).astype(float) for at in arms if at != 0]
    baseline = sides.baseline - sides.baseline.mean()
    design = np.column_stack([np.ones(len(baseline)), *dummies, baseline, sides.covariates])
    names = ["intercept", *(f"arm {compared.arms[at]}" for at in arms if at != 0), "baseline", *sides.names]
    try:
        fit = fit_lmm(sides.follow_up, design, sides.person, names=names)
        rows, keys = _rows(sides, fit, arms)
    except NotEstimable as refused:
        raise cannot_be_fitted(f"both sides of {compared.question_place}", refused) from refused
    return Result(
        analysis="both_sides",
        estimand=estimand.name,
        question=question.replace(compared.outcome.label, f"{sides.label} of both sides"),
        estimates=estimates_frame(rows),
        keys=pd.DataFrame(keys),
        method=_method(sides, fit),
        assumptions=(
            assignment(study),
            "Whether a side's score is missing does not depend on its value, given arm, baseline and covariates.",
            "The two sides of a person hang together by one level of that person; the arm does the same to both.",
        ),
        sources=(
            "Kenward & Roger 1997, Biometrics 53:983-997, doi:10.2307/2533558",
            "Bland & Altman 1994, BMJ 308:896, doi:10.1136/bmj.308.6933.896 (several observations of a person)",
        ),
        causal=study.is_randomised,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=compared.outcome.higher_is,
    )


def _sides(people: Cohort, study: Study, estimand: Estimand) -> _Sides:
    """Both sides of everybody with an arm, one under another."""
    parts = estimand.outcome.split("_")
    named = [side for side in SIDES if side in parts]
    if len(named) != 1:
        raise NotComparable(
            f"{estimand.outcome!r} names no side",
            "an outcome such as hip_flexion_right_deg, and the same of the left side",
        )
    swapped = {SIDES[0]: SIDES[1], SIDES[1]: SIDES[0]}
    other = "_".join(swapped.get(part, part) for part in parts)
    # The other side is a score of its own, not a covariate.
    alone = study.model_copy(update={"covariates": tuple(one for one in study.covariates if one != other)})
    found = [
        comparison(people, alone, estimand.model_copy(update={"outcome": name}))
        for name in (estimand.outcome, other)
    ]
    first = found[0]
    lacking = np.zeros(len(first.arm), dtype=bool)
    for flags in first.covariate_gaps().values():
        lacking |= flags
    kept_values = {name: values[~lacking] for name, values in first.covariates.items()}
    inside, names, _ = centred_columns(kept_values, first.variables, int((~lacking).sum()))
    columns = np.full((len(first.arm), len(names)), np.nan)
    columns[~lacking] = inside
    person = np.tile(np.arange(len(first.arm)), 2)
    baseline, follow_up = (
        np.concatenate([getattr(one, when) for one in found]) for when in ("baseline", "follow_up")
    )
    kept: NDArray[np.bool_] = np.isfinite(baseline) & np.isfinite(follow_up) & ~lacking[person]
    if not kept.any():
        raise NotComparable(
            f"no side has {first.question_place} and a baseline", "people with complete records of a side"
        )
    person = person[kept].astype(np.intp)
    return _Sides(first, person, first.arm[person], baseline[kept], follow_up[kept], columns[person], names)


def _rows(
    sides: _Sides, fit: LmmFit, arms: list[int]
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Differences first, then each arm's adjusted mean, with their keys."""
    compared = sides.compared
    weights = {}
    for place, at in enumerate(arms):
        weights[at] = np.zeros(len(fit.names))
        weights[at][[0, place]] = 1.0
    rows: list[dict[str, object]] = []
    keys: list[dict[str, object]] = []
    comparator = compared.arms.index(compared.comparator)
    contrasts = [
        (arm, compared.arms.index(arm), compared.comparator, "difference") for arm in compared.treated
    ]
    contrasts += [(compared.arms[at], at, "", "adjusted mean") for at in arms]
    for arm, at, against, statistic in contrasts:
        is_difference = statistic == "difference"
        found = fit.contrast(weights[at] - (weights[comparator] if is_difference else 0), "kenward-roger")
        term = f"{arm} vs {against}" if is_difference else f"{arm}: adjusted mean"
        numbers = {
            name: float(getattr(found, name)[0])
            for name in ("estimate", "std_error", "df", "conf_low", "conf_high", "p_value")
        }
        if not is_difference:
            numbers["p_value"] = float("nan")
        n = sides.people_in(at) + (sides.people_in(comparator) if is_difference else 0)
        rows.append({"term": term, "unit": compared.outcome.unit, "n_participants": n, **numbers})
        key = {"arm": arm, "comparator": against, "weeks": compared.week, "statistic": statistic}
        keys.append({"outcome": compared.outcome.name, "outcome_label": sides.label, **key})
    return rows, keys


def _method(sides: _Sides, fit: LmmFit) -> str:
    """The sentences that the report prints under "Method"."""
    compared = sides.compared
    covariates = ", ".join(["its own baseline", *map(compared.label, compared.covariates)])
    alike = fit.random_covariance[0, 0] / (fit.random_covariance[0, 0] + fit.variance_residual)
    return (
        f"Difference in mean {sides.label} of both sides at week {compared.week:g} (arm minus {compared.comparator}) by a linear mixed model of "
        f"{fit.n_rows} sides of {fit.n_groups} people with a random intercept for each person, adjusted for {covariates}; the two sides of a "
        f"person correlate by {alike:.2f} beyond that, so they count for less than two people; restricted maximum likelihood, "
        "Kenward-Roger errors and degrees of freedom."
    )
