"""Two components, alone and together: what does each do, and are both more or less than the two added up?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.outcomes import Comparison, NotComparable, cannot_be_fitted
from lowback.outcomes.asking import Asking, answered
from lowback.outcomes.cell_means import framed
from lowback.outcomes.visit_model import VisitModel, visit_model
from lowback.result import NUMBERS, Refusal, Result
from lowback.study import Estimand, Study

ASKING = Asking(
    "factorial",
    "mean difference",
    "What does each of two components do to {label} by week {week:g}, and do they add up?",
    "What does each of two components do, and do they add up?",
)
SOURCES = (
    "Piantadosi 2017, Clinical Trials, 3rd ed., ch. 22 (factorial designs)",
    "Kahan 2013, BMC Med Res Methodol 13:5, doi:10.1186/1471-2288-13-5 (bias of main effects under interaction)",
    "Brookes et al. 2004, J Clin Epidemiol 57:229-236 (an interaction as large as an effect takes four times the people)",
)
# Of the means with neither, with the one, with the other and with both; a statistic, and which component it is about.
CONTRASTS: Mapping[tuple[str, str], tuple[float, float, float, float]] = {
    ("component", "one"): (-0.5, 0.5, -0.5, 0.5),
    ("component", "other"): (-0.5, -0.5, 0.5, 0.5),
    ("interaction", ""): (1.0, -1.0, -1.0, 1.0),
    ("alone", "one"): (-1.0, 1.0, 0.0, 0.0),
    ("beside the other", "one"): (0.0, 0.0, -1.0, 1.0),
    ("alone", "other"): (-1.0, 0.0, 1.0, 0.0),
    ("beside the other", "other"): (0.0, -1.0, 0.0, 1.0),
    ("if both added up", ""): (-1.0, 1.0, 1.0, 0.0),
}
Row = tuple[dict[str, object], dict[str, object]]


def factorial(cohort: Cohort, study: Study) -> Result | Refusal:
    """The effect of each of two components at the estimand's week, over both settings of the other, and their interaction.

    In the outcome's unit; where higher is worse, negative means better with the component. The four means are those of the
    mixed model for repeated measures of all visits (as in `mmrm`). The interaction is what both are beyond the two effects alone
    added up: where it is not 0, the effect over both settings is that of neither. Beside it each component alone and beside the other, and the
    means. Which arm has which, the estimand's `factorial` says.

    Piantadosi 2017, Clinical Trials, ch. 22; Kahan 2013, BMC Med Res Methodol 13:5.
    """
    crossed = tuple(one for one in study.estimands if one.factorial)
    if not crossed:
        reason = f"the study “{study.title}” declares no estimand that says which arms have one of two components, the other, and both"
        needs = (
            "arms with neither of two components, with one, with the other and with both (in the study file, `factorial: [one, other, both]` "
            "of a mean difference)",
        )
        return Refusal("factorial", "", ASKING.question_of_none, reason, needs)
    asked = study.model_copy(update={"estimands": crossed})
    return answered(cohort, asked, ASKING, _effects, reads_auxiliary=True)


def _effects(compared: Comparison, study: Study, estimand: Estimand, question: str) -> Result:
    absent = [arm for arm in estimand.factorial if arm not in compared.arms]
    if absent:
        raise NotComparable(f"nobody in arm {absent[0]!r}", "people in all four arms of two components")
    model = visit_model(compared, study)
    estimates, keys = framed([*_rows(model, estimand)])
    return Result(
        analysis="factorial",
        estimand=estimand.name,
        question=question,
        estimates=estimates,
        keys=keys,
        method=_method(model),
        assumptions=(
            *model.assumptions(study),
            "An effect over both settings of the other component describes each setting only where the two do not change each other.",
        ),
        sources=(*SOURCES, *model.sources),
        causal=study.is_randomised,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=compared.outcome.higher_is,
    )


def _rows(model: VisitModel, estimand: Estimand) -> Iterator[Row]:
    """Both effects and their interaction, then each alone and beside the other, then the four means."""
    compared, read = model.compared, model.read
    arms = (compared.comparator, *estimand.factorial)
    week = read.weeks.index(compared.week)
    places = [(read.arms.index(arm) if arm in read.arms else -1, week) for arm in arms]
    for arm, cell in zip(arms, places, strict=True):
        if cell not in read.cells:
            raise NotComparable(
                f"nobody in arm {arm!r} has {compared.question_place}",
                f"scores at week {compared.week:g} in all four arms",
            )
    people = [read.people(at) for at, _ in places]
    one, other, both = estimand.factorial
    named = {"one": one, "other": other}
    weights, keys, terms = [], [], []
    for (statistic, which), weighted in CONTRASTS.items():
        weights.append(weighted)
        terms.append(_term(statistic, named.get(which, ""), one, other))
        keys.append(
            {
                "statistic": statistic,
                "component": named.get(which, ""),
                "arm": "",
                "with_one": np.nan,
                "with_other": np.nan,
            }
        )
    for at, arm in enumerate(arms):
        weights.append(tuple(np.eye(4)[at]))
        terms.append(f"{arm}: adjusted mean")
        keys.append(
            {
                "statistic": "adjusted mean",
                "component": "",
                "arm": arm,
                "with_one": float(at in (1, 3)),
                "with_other": float(at in (2, 3)),
            }
        )
    rest = {**compared.named_outcome, "one": one, "other": other, "both": both, "weeks": compared.week}
    for term, key, weighted, numbers in zip(
        terms, keys, weights, _numbers(model, places, weights), strict=True
    ):
        counted = int(sum(count for count, weight in zip(people, weighted, strict=True) if weight))
        if key["statistic"] in ("adjusted mean", "if both added up"):
            numbers = {**numbers, "p_value": np.nan}
        yield (
            {"term": term, "unit": str(compared.outcome.unit), "n_participants": counted, **numbers},
            {**rest, **key},
        )


def _numbers(
    model: VisitModel, places: list[tuple[int, int]], weights: Sequence[tuple[float, ...]]
) -> Iterator[dict[str, float]]:
    """Weighted sums of the four means with Kenward and Roger's intervals."""
    fit = model.ladder.fit
    matrix = np.zeros((len(weights), len(fit.names)))
    for column, cell in enumerate(places):
        matrix[:, model.read.cells.index(cell)] = [one[column] for one in weights]
    try:
        found = fit.contrast(matrix, "kenward-roger")
    except NotEstimable as refused:
        raise cannot_be_fitted(f"{model.compared.outcome.label} over visits", refused) from refused
    for at in range(len(weights)):
        yield {name: float(getattr(found, name)[at]) for name in NUMBERS}


def _term(statistic: str, component: str, one: str, other: str) -> str:
    beside = other if component == one else one
    return {
        "component": f"{component}, with and without {beside}",
        "interaction": "both, beyond the two alone added up",
        "alone": f"{component} without {beside}",
        "beside the other": f"{component} with {beside}",
        "if both added up": "both, were they the two alone added up",
    }[statistic]


def _method(model: VisitModel) -> str:
    """The sentences that the report prints under "Method"."""
    compared = model.compared
    parts = [
        *model.told,
        f"the effect of a component at week {compared.week:g} is the mean of both arms with it less that of both arms without it",
        "the interaction is the mean with both less those with one, more that with neither",
        *model.analysed,
        "95 % intervals and p-values with Kenward and Roger's standard errors and degrees of freedom, none of them adjusted for the others",
        "with arms of one size an interaction has twice the standard error of an effect, so that a trial large enough for effects is too small for it",
        *model.lacking,
    ]
    return "; ".join(filter(None, parts)) + "."
