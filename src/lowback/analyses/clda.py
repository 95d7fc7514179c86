"""Did pain fall more in one arm? Constrained longitudinal analysis: baseline is an outcome, with one mean for all arms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.estimators.mmrm import LadderFit
from lowback.outcomes import Comparison, NotComparable, assignment, left_out
from lowback.outcomes.asking import Asking, answered
from lowback.outcomes.cell_means import Cells, cell_columns, cell_rows, framed
from lowback.outcomes.joint_scores import SOURCES_BESIDE, missing_at_random, read_beside
from lowback.outcomes.repeated import Repeated, all_scores
from lowback.outcomes.visit_model import attended, fitted_over_visits
from lowback.outcomes.wording import at_weeks
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study

ASKING = Asking(
    "clda",
    "mean difference",
    "Did {label} differ between arms at week {week:g}, with baseline as one of the visits?",
    "Did scores differ between arms at each visit?",
)


def clda(cohort: Cohort, study: Study) -> Result | Refusal:
    """Difference between arms at each visit, arm minus comparator, from all visits and with equal means at baseline.

    Estimates are in the outcome's unit; where higher is worse, negative means the arm is better off. The estimand's
    week comes first, then the other visits, then the adjusted means. Everybody with every covariate and one score or
    more takes part, also without a baseline score. That arms are equal at baseline is true of a randomised trial only; any
    other design is refused, as are visits, arms or columns that are missing.

    Liang & Zeger 2000, Sankhya B 62:134-148; Kenward & Roger 1997, Biometrics 53:983-997.
    """
    return answered(cohort, study, ASKING, _differences, reads_auxiliary=True)


def _differences(compared: Comparison, study: Study, estimand: Estimand, question: str) -> Result:
    if not study.is_randomised:
        reason = f"arms are not equal at baseline by design in a {study.design}"
        raise NotComparable(reason, "arms assigned at random")
    read = all_scores(compared, study)
    design, names = _design(read)
    ladder = fitted_over_visits(compared, read, design, names)
    estimates, keys = framed(cell_rows(compared, read, _later(read), ladder.fit))
    return Result(
        analysis="clda",
        estimand=estimand.name,
        question=question,
        estimates=estimates,
        keys=keys,
        method=_method(compared, read, ladder),
        assumptions=(
            assignment(study),
            missing_at_random(compared, "covariates"),
            "All arms have the same mean at baseline, which randomisation gives.",
            "Scores vary normally around their mean, with the same covariance over visits in every arm.",
        ),
        sources=(
            "Liang & Zeger 2000, Sankhya B 62:134-148 (the model)",
            "Kenward & Roger 1997, Biometrics 53:983-997, doi:10.2307/2533558 (standard errors and degrees of freedom)",
            *(SOURCES_BESIDE if compared.auxiliary else ()),
        ),
        causal=study.is_randomised,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=compared.outcome.higher_is,
    )


def _later(read: Repeated) -> Cells:
    """The cells after baseline."""
    return tuple((arm, week) for arm, week in read.cells if week > 0)


def _design(read: Repeated) -> tuple[NDArray[np.float64], list[str]]:
    """The cells of arm and visit after baseline, the baseline mean of all arms, and centred covariates."""
    means, names = cell_columns(read, _later(read))
    common = (read.week == 0).astype(float)
    return np.column_stack([means, common, read.covariates]), [*names, "baseline", *read.adjusted_for]


def _method(compared: Comparison, read: Repeated, ladder: LadderFit) -> str:
    """The sentences that the report prints under "Method"."""
    label = compared.outcome.label
    used = [compared.label(name) for name in compared.covariates if name not in read.constant]
    weeks = at_weeks(read.weeks)
    parts = [
        f"Constrained longitudinal analysis of {label} at {weeks} on arm by visit with one baseline mean for all arms"
        + "".join(f", {one}" for one in used)
        + ", by restricted maximum likelihood",
        f"residuals correlate over visits: {ladder.told}",
        read_beside(compared),
        f"a difference is the arm's mean less that of {compared.comparator} at the visit",
        f"{ladder.fit.n_groups} of {read.everybody} people in the arms of the study are analysed ({attended(read)})",
        left_out(read.gaps),
        "people with some visits missing take part with the others",
        "95 % intervals and p-values with Kenward and Roger's standard errors and degrees of freedom",
    ]
    if read.empty:
        parts.append(f"no estimate for {', '.join(read.empty)}: nobody has a score there")
    if read.constant:
        same = ", ".join(map(compared.label, read.constant))
        parts.append(f"not adjusted for {same}: the same in everybody")
    return "; ".join(filter(None, parts)) + "."
