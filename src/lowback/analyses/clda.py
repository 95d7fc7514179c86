"""Did pain fall more in one arm? Constrained longitudinal analysis: baseline is an outcome, with one mean for all arms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.mmrm import LadderFit, fit_ladder
from lowback.outcomes import Comparison, NotComparable, assignment, comparison, left_out
from lowback.outcomes.cell_means import cell_estimates, cells
from lowback.outcomes.repeated import Repeated, all_scores
from lowback.result import Refusal, Result
from lowback.screening import NobodyEligible, baseline_values, baseline_week, eligible
from lowback.study import Estimand, Study

QUESTION = "Did {label} differ between arms at week {week:g}, with baseline as one of the visits?"


def clda(cohort: Cohort, study: Study) -> Result | Refusal:
    """Difference between arms at each visit, arm minus comparator, from all visits and with equal means at baseline.

    Estimates are in the outcome's unit; where higher is worse, negative means the arm is better off. The estimand's
    week comes first, then the other visits, then the adjusted means. Everybody with every covariate and one score or
    more takes part, also without a baseline score. That arms are equal at baseline is true of a randomised trial only; any
    other design is refused, as are visits, arms or columns that are missing.

    Liang & Zeger 2000, Sankhya B 62:134-148; Kenward & Roger 1997, Biometrics 53:983-997.
    """
    estimand = study.estimand("mean difference")
    if estimand is None:
        return Refusal(
            "clda",
            "",
            "Did scores differ between arms at each visit?",
            f"{study.title!r} declares no estimand with the summary 'mean difference'",
            ("an estimand with `summary: mean difference`",),
        )
    question = _question(cohort, estimand)
    if not study.is_randomised:
        reason = f"arms are not equal at baseline by design in a {study.design}"
        return Refusal("clda", estimand.name, question, reason, ("arms assigned at random",))
    try:
        people = eligible(cohort, study)
        covariates = {name: baseline_values(people, study, name) for name in study.covariates}
        compared = comparison(people, study, estimand, baseline_week(people, study), covariates)
        return _differences(compared, study, estimand, question)
    except NotComparable as refused:
        return Refusal("clda", estimand.name, question, str(refused), refused.needs)
    except (NobodyEligible, NotEstimable) as refused:
        needs = ("more people with scores after baseline in each arm",)
        return Refusal("clda", estimand.name, question, str(refused), needs)


def _differences(compared: Comparison, study: Study, estimand: Estimand, question: str) -> Result:
    read = all_scores(compared, study)
    design, names = _design(read)
    weeks = np.array(read.weeks)[read.week]
    ladder = fit_ladder(read.score, design, read.person, weeks, names=names)
    estimates, keys = cell_estimates(compared, read, read.weeks[1:], ladder.fit)
    return Result(
        analysis="clda",
        estimand=estimand.name,
        question=question,
        estimates=estimates,
        keys=keys,
        method=_method(compared, read, ladder),
        assumptions=(
            assignment(study),
            f"Whether {compared.outcome.label} is missing at a visit does not depend on its value among people of one arm "
            "with the same covariates and scores at the other visits (missing at random).",
            "All arms have the same mean at baseline, which randomisation gives.",
            "Scores vary normally around their mean, with the same covariance over visits in every arm.",
        ),
        sources=(
            "Liang & Zeger 2000, Sankhya B 62:134-148 (the model)",
            "Kenward & Roger 1997, Biometrics 53:983-997, doi:10.2307/2533558 (standard errors and degrees of freedom)",
        ),
        causal=study.is_randomised,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=compared.outcome.higher_is,
    )


def _design(read: Repeated) -> tuple[NDArray[np.float64], list[str]]:
    """The cells of arm and visit after baseline, the baseline mean of all arms, and centred covariates."""
    means, names = cells(read, read.weeks[1:])
    common = (read.week == 0).astype(float)
    return np.column_stack([means, common, read.covariates]), [*names, "baseline", *read.adjusted_for]


def _method(compared: Comparison, read: Repeated, ladder: LadderFit) -> str:
    """The sentences that the report prints under "Method"."""
    label = compared.outcome.label
    used = [compared.label(name) for name in compared.covariates if name not in read.constant]
    weeks = ", ".join(f"{week:g}" for week in read.weeks)
    attended = ", ".join(
        f"{count} at week {week:g}"
        for count, week in zip(ladder.fit.persons_by_visit, read.weeks, strict=True)
    )
    parts = [
        f"Constrained longitudinal analysis of {label} at weeks {weeks} on arm by visit with one baseline mean for all arms"
        + "".join(f", {one}" for one in used)
        + ", by restricted maximum likelihood",
        f"residuals correlate over visits: {ladder.told}",
        f"a difference is the arm's mean less that of {compared.comparator} at the visit",
        f"{ladder.fit.n_groups} of {len(read.gaps)} people with an arm are analysed ({attended})",
        left_out(read.gaps),
        "people with some visits missing take part with the others",
        "95 % intervals and p-values with Kenward and Roger's standard errors and degrees of freedom",
    ]
    if read.constant:
        same = ", ".join(map(compared.label, read.constant))
        parts.append(f"not adjusted for {same}: the same in everybody")
    return "; ".join(filter(None, parts)) + "."


def _question(cohort: Cohort, estimand: Estimand) -> str:
    known = cohort.variables.get(estimand.outcome)
    return QUESTION.format(label=known.label if known else estimand.outcome, week=estimand.week)
