"""Did pain fall more in one arm? A mixed model for repeated measures: every visit after baseline, freely correlated."""

from __future__ import annotations

from lowback.cohort import Cohort
from lowback.outcomes import Comparison
from lowback.outcomes.asking import Asking, answered
from lowback.outcomes.cell_means import cell_rows, framed
from lowback.outcomes.visit_model import VisitModel, visit_model
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study

ASKING = Asking(
    "mmrm",
    "mean difference",
    "Did {label} differ between arms at week {week:g}, given baseline and every later visit?",
    "Did scores differ between arms at each visit?",
)


def mmrm(cohort: Cohort, study: Study) -> Result | Refusal:
    """Baseline-adjusted difference between arms at each visit, arm minus comparator, from all visits after baseline.

    Estimates are in the outcome's unit; where higher is worse, negative means the arm is better off. The estimand's
    week comes first, then the other visits, then the adjusted means. Everybody with a baseline score, every covariate
    and one later score or more takes part. Covariances are tried in a declared order, from unstructured down; the method
    says which one the estimates stand on. A refusal says which visit, arm or column is missing.

    Mallinckrodt et al. 2008, Drug Inf J 42:303-319; Kenward & Roger 1997, Biometrics 53:983-997.
    """
    return answered(cohort, study, ASKING, _differences, reads_auxiliary=True)


def _differences(compared: Comparison, study: Study, estimand: Estimand, question: str) -> Result:
    model = visit_model(compared, study)
    estimates, keys = framed(cell_rows(compared, model.read, model.read.cells, model.ladder.fit))
    return Result(
        analysis="mmrm",
        estimand=estimand.name,
        question=question,
        estimates=estimates,
        keys=keys,
        method=_method(model),
        assumptions=model.assumptions(study),
        sources=model.sources,
        causal=study.is_randomised,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=compared.outcome.higher_is,
    )


def _method(model: VisitModel) -> str:
    """The sentences that the report prints under "Method"."""
    parts = [
        *model.told,
        f"a difference is the arm's mean less that of {model.compared.comparator} at the visit",
        *model.analysed,
        "95 % intervals and p-values with Kenward and Roger's standard errors and degrees of freedom",
        *model.lacking,
    ]
    return "; ".join(filter(None, parts)) + "."
