"""Who got better by one definition, and each arm's risk of it at equal baseline and covariates."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lowback.estimators import NotEstimable
from lowback.estimators.intervals import contrast, student_interval
from lowback.estimators.standardised import StandardisedRisks, standardised_risks
from lowback.outcomes.comparison import Comparison
from lowback.outcomes.covariates import centred_columns
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.scores import Positions, responded, response_label
from lowback.outcomes.wording import Gaps, complete
from lowback.study import Estimand, Responder


@dataclass(frozen=True, eq=False)
class Response:
    """One meaning of getting better: who did among the people counted (a row each), and the risks at equal covariates.

    `arm` is the position in `arms` of each person's; `among` names the people ("randomised", "analysed"), `gaps` what they lack for the standardised risks; where no
    such risks exist `not_adjusted` says why. `constant` names the covariates that are the same in everybody counted.
    """

    label: str
    better: NDArray[np.bool_]
    among: str
    gaps: Gaps
    arm: Positions
    arms: tuple[str, ...]
    risks: StandardisedRisks | None = None
    not_adjusted: str = ""
    constant: tuple[str, ...] = ()

    def count(self, arm: str) -> tuple[int, int]:
        """Responders of an arm, and the people they are counted among."""
        of_arm = self.better[self.arm == self.arms.index(arm)]
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
        people = int((complete(self.gaps) & (weights != 0)[self.arm]).sum())
        return {**found, **bounds, "unit": "proportion", "n_participants": people}


def response(compared: Comparison, estimand: Estimand, rule: Responder) -> Response:
    """Who got better by one rule, and the standardised risks where the data allow them."""
    outcome = compared.outcome
    if rule.minimal_important_change and outcome.minimal_important_change is None:
        raise NotComparable(
            f"{outcome.name} has no minimal important change in the data dictionary",
            "a definition by a fall in percent, a fall in points or a score that is reached (in the study file, `fall_percent`, `fall_points` or `at_most`)",
        )
    better = responded(compared.baseline, compared.follow_up, rule, outcome)
    counts_all = estimand.missing_outcome == "not responded"
    counted = np.full(len(better), True) if counts_all else ~np.isnan(better)
    arms = tuple(compared.people_in(counted))
    place = np.array([arms.index(arm) if arm in arms else -1 for arm in compared.arms])
    gaps = {compared.baseline_place: np.isnan(compared.baseline), **compared.covariate_gaps()}
    plain = Response(
        label=response_label(rule, outcome),
        better=better[counted] == 1,
        among="randomised" if counts_all and estimand.population == "all randomised" else "analysed",
        gaps={name: flags[counted] for name, flags in gaps.items()},
        arm=place[compared.arm[counted]],
        arms=arms,
    )
    try:
        risks, constant = _standardised(compared, plain, counted)
        return replace(plain, risks=risks, constant=constant)
    except NotEstimable as refused:
        return replace(plain, not_adjusted=str(refused))


def _standardised(
    compared: Comparison, found: Response, counted: NDArray[np.bool_]
) -> tuple[StandardisedRisks, tuple[str, ...]]:
    """Risks at equal baseline and covariates, from people who lack none of them; covariates that do not vary."""
    kept = complete(found.gaps)
    people = np.flatnonzero(counted)[kept]
    values = {compared.baseline_place: compared.baseline, **compared.covariates}
    values = {name: column[people] for name, column in values.items()}
    columns, names, constant = centred_columns(values, compared.variables, len(people))
    arm = found.arm[kept]
    for position, name in enumerate(found.arms):
        if not (arm == position).any():
            raise NotEstimable(f"nobody in arm {name} has baseline and every covariate")
    better = found.better[kept].astype(float)
    return standardised_risks(better, arm, columns, arm_names=found.arms, names=names), constant
