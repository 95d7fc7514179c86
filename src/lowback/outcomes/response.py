"""Who got better by one definition, and each arm's risk of it at equal baseline and covariates."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.estimators import NotEstimable
from lowback.estimators.intervals import contrast, student_interval
from lowback.estimators.standardised import StandardisedRisks, standardised_risks
from lowback.outcomes.comparison import Comparison, NotComparable
from lowback.outcomes.covariates import centred_columns
from lowback.outcomes.scores import responded, response_label
from lowback.study import Estimand, Responder


@dataclass(frozen=True, eq=False)
class Response:
    """One meaning of getting better: who did among the people counted, and the risks at equal covariates.

    `among` names the people ("randomised", "analysed"), `gaps` what they lack for the standardised risks; where no
    such risks exist `not_adjusted` says why. `constant` names the covariates that are the same in everybody counted.
    """

    label: str
    better: pd.Series
    among: str
    gaps: pd.DataFrame
    arm: pd.Series
    arms: tuple[str, ...]
    risks: StandardisedRisks | None = None
    not_adjusted: str = ""
    constant: tuple[str, ...] = ()

    def count(self, arm: str) -> tuple[int, int]:
        """Responders of an arm, and the people they are counted among."""
        of_arm = self.better[self.arm == arm]
        return int(of_arm.sum()), len(of_arm)

    def is_arm(self, arm: str) -> NDArray[np.float64]:
        """Weights on the risks of all arms that pick out one."""
        return np.array([float(one == arm) for one in self.arms])

    def standardised(self, weights: NDArray[np.float64], lowest: float) -> dict[str, object]:
        """A weighted sum of the standardised risks with its normal interval, kept between `lowest` and 1."""
        if self.risks is None:
            raise NotEstimable(self.not_adjusted)
        found = student_interval(*contrast(self.risks.risks, self.risks.covariance, weights))
        bounds = {"conf_low": max(lowest, found["conf_low"]), "conf_high": min(1.0, found["conf_high"])}
        complete = ~self.gaps.any(axis=1)
        people = int(
            (complete & self.arm.isin([a for a, w in zip(self.arms, weights, strict=True) if w])).sum()
        )
        return {**found, **bounds, "unit": "proportion", "n_participants": people}


def response(compared: Comparison, estimand: Estimand, rule: Responder) -> Response:
    """Who got better by one rule, and the standardised risks where the data allow them."""
    outcome = compared.outcome
    if rule.minimal_important_change and outcome.minimal_important_change is None:
        raise NotComparable(
            f"{outcome.name} has no minimal important change in the data dictionary",
            "a definition by `fall_percent`, `fall_points` or `at_most`",
        )
    better = responded(compared.scores[compared.baseline_week], compared.scores[compared.week], rule, outcome)
    better = better.fillna(False) if estimand.missing_outcome == "not responded" else better.dropna()
    arm = compared.arm[better.index]
    everybody = estimand.missing_outcome == "not responded" and estimand.population == "all randomised"
    plain = Response(
        label=response_label(rule, outcome),
        better=better.astype(bool),
        among="randomised" if everybody else "analysed",
        gaps=pd.DataFrame(compared.gaps()).drop(columns=compared.question_place).loc[better.index],
        arm=arm,
        arms=tuple(compared.people_in(pd.Series(compared.arm.index.isin(better.index), compared.arm.index))),
    )
    try:
        risks, constant = _standardised(compared, plain)
        return replace(plain, risks=risks, constant=constant)
    except NotEstimable as refused:
        return replace(plain, not_adjusted=str(refused))


def _standardised(compared: Comparison, found: Response) -> tuple[StandardisedRisks, tuple[str, ...]]:
    """Risks at equal baseline and covariates, from people who lack none of them; covariates that do not vary."""
    kept = found.gaps.index[~found.gaps.any(axis=1)]
    values = compared.covariates.loc[kept]
    values.insert(0, compared.baseline_place, compared.scores.loc[kept, compared.baseline_week])
    columns, names, constant = centred_columns(values, compared.variables)
    code = np.array([found.arms.index(arm) for arm in found.arm[kept]], dtype=int)
    for position, arm in enumerate(found.arms):
        if not (code == position).any():
            raise NotEstimable(f"nobody in arm {arm} has baseline and every covariate")
    better = found.better[kept].to_numpy(float)
    risks = standardised_risks(better, code, columns, arm_names=found.arms, names=names)
    return risks, constant
