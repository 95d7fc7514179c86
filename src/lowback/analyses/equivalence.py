"""Is the difference between arms shown to be too small to matter? Two one-sided tests against a declared margin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pandas as pd

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.equivalence import MarginTest, Verdict, against_margin
from lowback.outcomes import Comparison, NotComparable, cannot_be_fitted
from lowback.outcomes.asking import Asking, answered
from lowback.outcomes.cell_means import cell_rows, framed
from lowback.outcomes.visit_model import VisitModel, visit_model
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study

ASKING = Asking(
    "equivalence",
    "mean difference",
    "Is the difference in {label} between arms at week {week:g} shown to be too small to matter?",
    "Is the difference between arms shown to be too small to matter?",
)


def equivalence(cohort: Cohort, study: Study) -> Result | Refusal:
    """Whether each arm's difference from the comparator lies within plus and minus the estimand's `smallest_worthwhile`.

    The difference is that of the mixed model for repeated measures at the estimand's week, arm minus comparator, in the
    outcome's unit. Of each arm there are the difference with its 95 % interval, the bounds of its 90 % interval, and
    the difference again with the p-value of equivalence and of non-inferiority; the last only where the data dictionary says
    whether higher is better or worse. The key `verdict` is "equivalent" by the 90 % interval, else "not inferior" or
    "inferior" by the 95 % interval, else "not shown". Refused without a margin, and for all that the model refuses.

    Schuirmann 1987, J Pharmacokinet Biopharm 15:657-680; Piaggio et al. 2012, JAMA 308:2594-2604.
    """
    return answered(cohort, study, ASKING, _verdicts, reads_auxiliary=True)


def _verdicts(compared: Comparison, study: Study, estimand: Estimand, question: str) -> Result:
    margin = estimand.smallest_worthwhile
    if margin is None:
        raise NotComparable(
            f"estimand {estimand.name!r} does not say which difference would be the smallest that matters, so there is no margin to hold one against",
            f"the smallest worthwhile difference in {compared.outcome.unit}, declared before the data are looked at (in the study file, `smallest_worthwhile`)",
        )
    model = visit_model(compared, study)
    estimates, keys = _rows(model, margin)
    return Result(
        analysis="equivalence",
        estimand=estimand.name,
        question=question,
        estimates=estimates,
        keys=keys,
        method=_method(model, margin),
        assumptions=(
            *model.assumptions(study),
            f"The margin of {margin:g} {compared.outcome.unit} was declared before the data were looked at.",
        ),
        sources=(
            "Schuirmann 1987, J Pharmacokinet Biopharm 15:657-680, doi:10.1007/BF01068419 (two one-sided tests)",
            "Piaggio et al. 2012, JAMA 308:2594-2604, doi:10.1001/jama.2012.87802 (verdicts on the interval)",
            *model.sources,
        ),
        causal=study.is_randomised,
        smallest_worthwhile=margin,
        higher_is=compared.outcome.higher_is,
    )


def _rows(model: VisitModel, margin: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of every arm that is compared at the estimand's week, and their keys."""
    compared = model.compared
    return framed(
        [
            (row, {**key, "statistic": statistic, "verdict": verdict})
            for difference, key in cell_rows(compared, model.read, model.read.cells, model.ladder.fit)
            if key["statistic"] == "difference" and key["weeks"] == compared.week
            for row, statistic, verdict in _rows_of_arm(compared, difference, margin)
        ]
    )


def _rows_of_arm(
    compared: Comparison, difference: dict[Any, Any], margin: float
) -> Iterator[tuple[dict[str, object], str, Verdict]]:
    """One arm's rows with statistic and verdict."""
    test, verdict = _tested(compared, difference, margin)
    term, unit = difference["term"], difference["unit"]
    named = {"unit": unit, "n_participants": difference["n_participants"]}
    yield difference, "difference", verdict
    for side, bound in (("lower", test.conf_low), ("upper", test.conf_high)):
        row = {**named, "term": f"{term}: {side} bound of the 90 % interval", "estimate": bound}
        yield row, f"{side} bound of the 90 % interval", verdict
    # The interval that goes with these tests stands in the rows before, so only the p-value differs here.
    again = {**named, **{name: difference[name] for name in ("estimate", "std_error", "df")}}
    within = {"term": f"{term}: equivalence within ±{margin:g} {unit}", "p_value": test.p_equivalence}
    yield {**again, **within}, "equivalence", verdict
    if compared.outcome.higher_is is not None:
        is_lower_better = compared.outcome.higher_is == "worse"
        beyond = f"{margin:g}" if is_lower_better else f"−{margin:g}"
        p_value = test.p_below if is_lower_better else test.p_above
        not_worse = {"term": f"{term}: non-inferiority, margin {beyond} {unit}", "p_value": p_value}
        yield {**again, **not_worse}, "non-inferiority", verdict


def _tested(compared: Comparison, difference: dict[Any, Any], margin: float) -> tuple[MarginTest, Verdict]:
    """The tests at 5 % each, and the verdict with non-inferiority at 2.5 %, as its one side of a 95 % interval."""
    better: Literal["lower", "higher"] = "higher" if compared.outcome.higher_is == "better" else "lower"
    numbers = (difference["estimate"], difference["std_error"], difference["df"], margin)
    try:
        test = against_margin(*numbers, better=better)
        strict = against_margin(*numbers, better=better, alpha=0.025)
    except NotEstimable as refused:
        raise cannot_be_fitted(compared.question_place, refused) from refused
    if test.verdict == "equivalent":
        return test, "equivalent"
    return test, strict.verdict if compared.outcome.higher_is is not None else "not shown"


def _method(model: VisitModel, margin: float) -> str:
    """The sentences that the report prints under "Method"."""
    compared = model.compared
    told = model.told
    parts = [
        f"Difference in mean {compared.question_place} (arm minus {compared.comparator}) against a margin of "
        f"{margin:g} {compared.outcome.unit} by two one-sided tests",
        f"the difference is that of a {told[0][0].lower()}{told[0][1:]}",
        *told[1:],
        *model.analysed,
        "it is shown to be too small to matter where its 90 % interval lies within the margin on both sides (each test at 5 %)",
        "otherwise not inferior (inferior) where its 95 % interval lies wholly on the better (worse) side of the margin for "
        "the worse (2.5 %)"
        if compared.outcome.higher_is is not None
        else "",
        "a p-value that is not small shows neither a difference nor that there is none",
        *model.lacking,
    ]
    return "; ".join(filter(None, parts)) + "."
