"""For whom? Whether an arm's effect differs by something known of people before treatment, and what treating by it is worth."""

from __future__ import annotations

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.cell_means import framed
from lowback.outcomes.characteristic import ModifiedModel, item_scores, modified_model, value_by_value
from lowback.outcomes.joint_scores import missing_at_random
from lowback.outcomes.modified_rows import (
    FEWEST,
    effect_rows,
    interaction_rows,
    ratio_rows,
    reliability_rows,
    rule_rows,
    subgroup_rows,
)
from lowback.outcomes.refusals import cannot_be_fitted
from lowback.outcomes.run_in import with_run_in_lead
from lowback.outcomes.visit_model import MODEL, VisitModel
from lowback.outcomes.wording import assignment
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study

ASKING = Asking(
    "by_characteristic",
    "effect by characteristic",
    "Does the effect on {label} at week {week:g} differ by {modifier}?",
    "For whom does treatment do more?",
)


def by_characteristic(cohort: Cohort, study: Study) -> Result | Refusal:
    """How each arm's difference from the comparator changes with the estimand's `modifier`, in the outcome's unit.

    The first rows of an arm are differences in effect: for each unit of a number and from its lowest value (or quartile) to its
    highest, or of each level against the first; `smallest_worthwhile` is what matters there too. Then the effect at each value (or quartile); the same estimated in each subgroup by itself and drawn towards each other; means of
    the arm over those of the comparator and how this ratio changes, where means are above zero; and, for rules that treat everybody,
    nobody, or those from a value up (those of one level), what the rule changes in everybody's mean, and the same less
    `smallest_worthwhile` for each person treated; last the reliability of a score whose items are recorded. Positive benefit means better. The model is that of `mmrm` with a line over
    the modifier in each arm at each visit, with errors robust over people, since those with more of it may scatter more. The modifier `run_in_lead`, where nobody recorded it, is told from the check-ins before day 0. A
    refusal says what is missing.

    Kent et al. 2020, Ann Intern Med 172:35-45 (effect modification); VanderWeele & Knol 2014, Epidemiol Methods 3:33-72 (two
    scales); Pustejovsky & Tipton 2018, J Bus Econ Stat 36:672-683 (errors); Vickers, Kattan & Sargent 2007, Trials 8:14 (net benefit of treating by a score).
    """
    return answered_of_people(cohort, study, ASKING, _modified)


def _modified(people: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    told = with_run_in_lead(people, study, estimand)
    model = modified_model(told, study, estimand)
    one_by_one = value_by_value(model)
    try:
        rows = [
            row
            for arm in model.compared.treated
            for row in (
                *interaction_rows(model, arm),
                *effect_rows(model, arm),
                *(() if one_by_one is None else subgroup_rows(one_by_one, arm, _scale(model, estimand))),
                *ratio_rows(model, arm),
                *rule_rows(model, arm, estimand),
            )
        ]
        items = item_scores(told, study, model.characteristic.variable)
        rows += reliability_rows(model, items)
    except NotEstimable as refused:
        raise cannot_be_fitted(model.compared.question_place, refused) from refused
    estimates, keys = framed(rows)
    return Result(
        analysis="by_characteristic",
        estimand=estimand.name,
        question=question,
        estimates=estimates,
        keys=keys,
        method=_method(model, estimand, from_run_in=told is not people),
        assumptions=_assumptions(model, study),
        sources=(
            "Kent et al. 2020, Ann Intern Med 172:35-45, doi:10.7326/M18-3667 (effect modification)",
            "VanderWeele & Knol 2014, Epidemiol Methods 3:33-72, doi:10.1515/em-2013-0005 (additive and multiplicative scale)",
            "Jones et al. 2011, Clin Trials 8:129-143, doi:10.1177/1740774510396933 (shrunken subgroups)",
            "Vickers, Kattan & Sargent 2007, Trials 8:14, doi:10.1186/1745-6215-8-14 (net benefit of treating by a score)",
            MODEL,
            "Pustejovsky & Tipton 2018, J Bus Econ Stat 36:672-683, doi:10.1080/07350015.2016.1247004 (errors and degrees of freedom)",
        ),
        causal=study.is_randomised,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=model.compared.outcome.higher_is,
    )


def _scale(model: ModifiedModel, estimand: Estimand) -> float:
    """How much effects may plausibly differ between subgroups: by the smallest that matters, else a quarter SD of the scores."""
    if estimand.smallest_worthwhile is not None:
        return float(estimand.smallest_worthwhile)
    return float(model.read.score.std() / 4)


def _method(model: ModifiedModel, estimand: Estimand, *, from_run_in: bool) -> str:
    """The sentences that the report prints under "Method"."""
    compared, found, label = model.compared, model.characteristic, model.characteristic.variable.label
    base = VisitModel(compared, model.read, model.ladder)
    shape = "a straight line over" if found.is_measured else "a level for each"
    told, alone = base.told, "; ".join(_told_by_one(model))
    prior = f"{_scale(model, estimand):.3g} {compared.outcome.unit}"
    parts = [
        f"{told[0]}, with {shape} {label} in each arm at each visit",
        *told[1:],
        f"an effect is the arm's mean less that of {compared.comparator} at week {compared.week:g}, and a difference in effect is a "
        f"change in that effect with {label}",
        *base.analysed,
        f"subgroups of {FEWEST} people or more in either arm are estimated one by one, then drawn towards each other: true effects "
        f"normal around a common mean, with a half-normal prior (scale {prior}) of the SD between them; their intervals are Bayesian"
        if found.takes_few
        else "",
        "who led in each person was told by the check-ins before day 0 alone; error in that makes differences in effect look smaller"
        if from_run_in
        else "",
        "a ratio of means has its interval by the delta method on the logarithm",
        "a rule's gain is the change in everybody's mean if those it names were treated and nobody else, for people like those analysed",
        "95 % intervals and p-values with errors over people that hold however widely scores scatter (CR2, with Bell and McCaffrey's degrees of "
        "freedom)",
        f"where one person alone tells of an effect or nobody's scores scatter ({alone}), with Kenward and Roger's, which take one scatter for all"
        if alone
        else "",
        *base.lacking,
    ]
    return "; ".join(filter(None, parts)) + "."


def _told_by_one(model: ModifiedModel) -> list[str]:
    """The effects whose scatter the residuals do not tell, by arm and value."""
    found = model.characteristic
    return [
        f"{arm} at {found.named(point)}"
        for arm in model.compared.treated
        for point in found.points
        if model.errors([model.effect(arm, found.basis(point))]) != "CR2"
    ]


def _assumptions(model: ModifiedModel, study: Study) -> tuple[str, ...]:
    found, compared = model.characteristic, model.compared
    label = found.variable.label
    line = (
        f"The effect changes in a straight line with {label}; the estimates in each subgroup do not assume it.",
    )
    return (
        assignment(study),
        missing_at_random(compared, "baseline, covariates"),
        "How far a score foretells those of other visits is the same in everybody, which matters where visits are missing; how widely scores scatter "
        "need not be.",
        *(line if found.is_measured else ()),
        f"Rests on: {label} was known before treatment. That effects differ by it does not say that changing it would change the "
        "effect: something else that goes with it may be the reason.",
        "The characteristic was named beforehand; of several that are tried, one may show a difference by chance.",
    )
