"""Do two measurements of the same thing agree? Reliability, error of measurement, limits of agreement; kappa of judgements."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.reliability import (
    Bounded,
    components,
    error_of_measurement,
    intraclass_correlations,
    kappa,
    limits_of_agreement,
    smallest_change,
)
from lowback.outcomes import NotComparable
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.cell_means import Row, framed
from lowback.outcomes.replicates import Replicates, replicates
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study

ASKING = Asking(
    "agreement",
    "agreement",
    "Do repeated measurements agree: {label}?",
    "Do two measurements of the same thing agree?",
)
# Fifths of fewer people than this would say nothing of how the difference goes with the size.
FEWEST_A_FIFTH = 8
OF_ANGLES = (
    "Shrout & Fleiss 1979, Psychol Bull 86:420-428; McGraw & Wong 1996, Psychol Methods 1:30-46 (intraclass correlations)",
    "de Vet et al. 2006, J Clin Epidemiol 59:1033-1039 (standard error of measurement, smallest detectable change)",
    "Bland & Altman 1999, Stat Methods Med Res 8:135-160; Carkeet 2015, Optom Vis Sci 92:e71-e80 (limits of agreement)",
)
OF_JUDGEMENTS = (
    "Cohen 1960, Educ Psychol Meas 20:37-46 (kappa)",
    "Feinstein & Cicchetti 1990, J Clin Epidemiol 43:543-549 (raw agreement is high where a finding is common, whatever raters do)",
)


def agreement(cohort: Cohort, study: Study) -> Result | Refusal:
    """How well a variable agrees with its second measurement (`pelvic_tilt_second_deg`, `trigger_point_second_rater`, `..._second`).

    A number has intraclass correlations (1: all variance is between people), the standard error of measurement and the smallest detectable change in
    the variable's unit, the bias (second less first) and the limits of agreement; a yes or no and a category have kappa. Each person counts
    once, with the first pair. Both readings of one moment share what differs from day to day, so between sessions agreement is lower.
    """
    return answered_of_people(cohort, study, ASKING, _agreement)


def _agreement(cohort: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    pairs = replicates(cohort, estimand.outcome, study.weeks).one_a_person
    is_number = pairs.variable.is_numeric and pairs.variable.unit is not None
    try:
        estimates, keys = framed(list(_of_numbers(pairs) if is_number else _of_judgements(pairs)))
    except NotEstimable as refused:
        raise NotComparable(
            f"agreement of {pairs.variable.label} cannot be told: {refused}",
            "more people measured twice, who differ",
        ) from refused
    return Result(
        analysis="agreement",
        estimand=estimand.name,
        question=question,
        estimates=estimates,
        keys=keys,
        method=_method(pairs, is_number),
        assumptions=_assumptions(is_number),
        sources=OF_ANGLES if is_number else OF_JUDGEMENTS,
        smallest_worthwhile=estimand.smallest_worthwhile,
    )


def _of_numbers(pairs: Replicates) -> Iterator[Row]:
    both = np.column_stack([pairs.first, pairs.second])
    found, unit = components(both), str(pairs.variable.unit)
    coefficients = intraclass_correlations(found)
    model = _model(pairs)
    yield _row(pairs, f"one reading, {model}", "reliability", "ICC", coefficients[f"ICC({model[4]},1)"])
    yield _row(pairs, "one reading, ICC(3,1)", "consistency", "ICC", coefficients["ICC(3,1)"])
    of_both = coefficients[f"ICC({model[4]},k)"]
    if np.isfinite(of_both.estimate):
        yield _row(pairs, "mean of two readings", "reliability of the mean", "ICC", of_both)
    error = error_of_measurement(found)
    yield _row(pairs, "standard error of measurement", "standard error of measurement", unit, error)
    yield _row(
        pairs, "smallest detectable change", "smallest detectable change", unit, smallest_change(error)
    )
    for name, bounded in limits_of_agreement(pairs.first, pairs.second).items():
        yield _row(
            pairs,
            "second reading less first" if name == "bias" else f"{name} of agreement",
            name,
            unit,
            bounded,
        )
    yield from _by_size(pairs, unit)


def _by_size(pairs: Replicates, unit: str) -> Iterator[Row]:
    """The mean difference in fifths of people by size: a bias that grows with the size shows there."""
    size = (pairs.first + pairs.second) / 2
    fifths = np.array_split(np.argsort(size, kind="stable"), 5)
    if len(fifths[-1]) < FEWEST_A_FIFTH:
        return
    for number, fifth in enumerate(fifths, 1):
        apart = limits_of_agreement(pairs.first[fifth], pairs.second[fifth])["bias"]
        term = f"second reading less first, fifth {number} of 5 by size"
        row, key = _row(pairs, term, "bias in a fifth", unit, apart)
        yield {**row, "n_participants": len(fifth)}, {**key, "size": float(size[fifth].mean())}


def _of_judgements(pairs: Replicates) -> Iterator[Row]:
    found = kappa(pairs.first.tolist(), pairs.second.tolist())
    row, key = _row(pairs, "kappa", "kappa", "kappa", found.kappa)
    yield {**row, "std_error": found.std_error}, key
    shared = found.observed
    observed = Bounded(shared.estimate, shared.conf_low, shared.conf_high)
    yield _row(pairs, "both say the same", "observed agreement", "proportion", observed)
    for number, share in (
        ("the same by chance alone", found.by_chance),
        *_found_by(found.categories, found.shares),
    ):
        statistic = "agreement by chance" if "chance" in number else "share found"
        row, key = _row(pairs, number, statistic, "proportion", Bounded(share, np.nan, np.nan))
        yield row, key


def _found_by(categories: tuple[object, ...], shares: np.ndarray) -> Iterator[tuple[str, float]]:
    """How often each rater finds what there are but two of."""
    if len(categories) == 2:
        for rater, share in zip(("first", "second"), shares[:, 1], strict=True):
            found = "found" if categories[1] is True else f"{categories[1]!s}"
            yield f"{found} by the {rater} rater", float(share)


def _row(pairs: Replicates, term: str, statistic: str, unit: str, found: Bounded) -> Row:
    numbers = {
        "estimate": found.estimate,
        "df": found.df,
        "conf_low": found.conf_low,
        "conf_high": found.conf_high,
    }
    row = {"term": term, "unit": unit, "n_participants": len(np.unique(pairs.person)), **numbers}
    key = {
        "outcome": pairs.variable.name,
        "outcome_label": pairs.variable.label,
        "statistic": statistic,
        "size": np.nan,
    }
    return row, key


def _model(pairs: Replicates) -> str:
    """Raters who differ from person to person make a one-way model; the same two readings for everybody a two-way one."""
    return "ICC(1,1)" if pairs.raters > 1 else "ICC(2,1)"


def _method(pairs: Replicates, is_number: bool) -> str:
    label, people = pairs.variable.label, len(pairs.person)
    at = {"visit": "the first visit that has both", "day": "the first check-in that has both"}.get(pairs.kind)
    sentences = [
        f"{label[:1].upper()}{label[1:]} of {people} people, measured or judged twice{f' at {at}' if at else ''}",
        _who(pairs),
    ]
    if is_number:
        sentences += [
            "One reading's reliability is the share of its variance that is between people "
            f"({_model(pairs)}, absolute agreement; ICC(3,1) leaves out what the second reading adds in everybody)",
            "The smallest detectable change is 1.96 times the root of 2 times the standard error of measurement: what error alone exceeds in one "
            "pair of twenty",
            "Intervals are exact under normal errors of one size, save that of ICC(2,1) (Satterthwaite)",
            "Two readings at one moment share the day: from one session to another people differ from themselves by more",
        ]
    else:
        sentences += [
            "Kappa is the agreement beyond chance, as a share of what chance leaves: 1 where both always say the same, 0 where they agree as "
            "often as two who do not look",
            "Its interval has the quantiles of kappa under a Dirichlet distribution of the cells, which holds for few people and for findings "
            "that are rare or common",
        ]
    return ". ".join(filter(None, sentences)) + "."


def _who(pairs: Replicates) -> str:
    if not pairs.raters:
        return ""
    raters = "one rater" if pairs.raters == 1 else f"{pairs.raters} raters"
    whose = ", the second always another rater's" if pairs.are_others else ""
    return f"First readings are of {raters}{whose}"


def _assumptions(is_number: bool) -> tuple[str, ...]:
    blind = "The second was taken without knowledge of the first, and nothing changed between them."
    if not is_number:
        return (blind, "People were judged independently of each other.")
    return (
        blind,
        "Errors are normal, of one size whatever the size measured (the differences in fifths of people show whether a bias grows with it), and independent "
        "from person to person; a rater who reads high in all of their people breaks that.",
    )
