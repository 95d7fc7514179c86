"""What does the programme do in those who keep to it? Told from arms that chance assigned, not from who kept to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.complier import offered_and_taken
from lowback.estimators.intervals import contrast, student_interval
from lowback.estimators.linear import least_squares
from lowback.outcomes import (
    Comparison,
    NotComparable,
    cannot_be_fitted,
    centred_columns,
    comparison,
    complete,
    left_out,
)
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.scores import Array, by_week
from lowback.result import Refusal, Result, estimates_frame
from lowback.study import Estimand, Study
from lowback.variables import Variable

ASKING = Asking(
    "complier",
    "effect in those who keep to it",
    "What is the difference in {label} at week {week:g} in those who keep to the programme?",
    "What does a programme do in those who keep to it?",
)
SOURCES = (
    "Angrist, Imbens & Rubin 1996, J Am Stat Assoc 91:444-455, doi:10.1080/01621459.1996.10476902 (the effect in those who take what they are offered)",
    "Fieller 1954, J R Stat Soc B 16:175-185 (interval of a ratio); MacKinnon & White 1985, J Econometrics 29:305-325 (HC3)",
    "Coronary Drug Project 1980, N Engl J Med 303:1038-1041 (those who keep to a placebo do better too)",
)
Row = tuple[dict[str, object], dict[str, object]]


def complier(cohort: Cohort, study: Study) -> Result | Refusal:
    """The difference in those who keep to their arm, from the difference between arms as assigned and how many keep to it.

    In the outcome's unit, arm minus comparator, at equal baseline and covariates; where higher is worse, negative means better off. Keeping to it is
    a mean of the estimand's `exposure` (such as the share of sessions done) over the visits after baseline of `threshold` or more. Beside it: the
    difference as assigned, how many more keep to it than in the comparator, the same for a whole unit of the exposure if its effect grows in a straight line,
    and, as a warning, those who kept to it against the comparator. People of the comparator without a record took nothing.

    Angrist, Imbens & Rubin 1996, J Am Stat Assoc 91:444-455.
    """
    return answered_of_people(cohort, study, ASKING, _answer)


@dataclass(frozen=True, eq=False)
class _Asked:
    """Who is compared, with how much each has done (NaN: not known), and what counts as keeping to it."""

    compared: Comparison
    exposure: Variable
    done: Array
    threshold: float

    @property
    def gaps(self) -> dict[str, NDArray[np.bool_]]:
        """Who lacks what this rests on."""
        return {**self.compared.gaps(), self.exposure.label: np.isnan(self.done)}

    @property
    def kept_to_it(self) -> Array:
        """1 where a person kept to it, else 0."""
        return np.asarray((self.done >= self.threshold).astype(float))


def _answer(people: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    compared = comparison(people, study, estimand)
    asked = _asked(people, compared, estimand)
    kept = complete(asked.gaps)
    counts = compared.people_in(kept)
    try:
        rows = [row for arm in compared.treated for row in _rows(asked, kept, arm)]
    except NotEstimable as refused:
        raise cannot_be_fitted(f"{compared.question_place} in those who keep to it", refused) from refused
    return Result(
        analysis="complier",
        estimand=estimand.name,
        question=question,
        estimates=estimates_frame([row for row, _ in rows]),
        keys=pd.DataFrame([key for _, key in rows]),
        method=_method(asked, counts),
        assumptions=_assumptions(asked),
        sources=SOURCES,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=compared.outcome.higher_is,
    )


def _asked(people: Cohort, compared: Comparison, estimand: Estimand) -> _Asked:
    name = str(estimand.exposure)
    variable = people.variables.get(name)
    visits, table = people.visits, people.participants
    if variable is None or visits is None or table is None or name not in visits or not variable.is_numeric:
        raise NotComparable(
            f"no column {name!r} with a number at the visits of this cohort",
            f"{name} at visits after baseline",
        )
    weeks, (taken,) = by_week(people, [name])
    after = [at for at, one in enumerate(weeks) if compared.baseline_week < one <= compared.week]
    here = table["arm"].isin(compared.arms).to_numpy()
    values = taken[here][:, after]
    known = ~np.isnan(values)
    mean = np.where(known, values, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    nothing = compared.arm == compared.arms.index(compared.comparator)
    done = np.where(known.any(axis=1), mean, np.where(nothing, 0.0, np.nan))
    return _Asked(compared, variable, done, float(estimand.threshold or 0))


def _rows(asked: _Asked, kept: NDArray[np.bool_], arm: str) -> Iterator[Row]:
    """An arm against the comparator: in those who keep to it, as assigned, how many do, per unit, and by who did."""
    compared = asked.compared
    pair = [compared.arms.index(one) for one in (compared.comparator, arm)]
    rows = kept & np.isin(compared.arm, pair)
    is_arm = (compared.arm[rows] == pair[1]).astype(float)
    if is_arm.all() or not is_arm.any():
        raise NotComparable(
            f"nobody to compare in {arm!r} and {compared.comparator!r}", "people in both arms"
        )
    design, names = _design(compared, rows, is_arm)
    weights = np.eye(len(names))[1]
    score, kept_to_it = compared.follow_up[rows], asked.kept_to_it[rows]
    assigned, more, of_those = offered_and_taken(score, kept_to_it, design, weights, names=names)
    _, _, of_all = offered_and_taken(score, asked.done[rows], design, weights, names=names)
    unit, share = compared.outcome.unit, f"{asked.exposure.label} of at least {asked.threshold:g}"
    versus = f"{arm} vs {compared.comparator}"
    for statistic, term, found, of in (
        ("in those who keep to it", f"{versus}: in those with a {share}", of_those, unit),
        ("as assigned", f"{versus}: as assigned", assigned, unit),
        ("more keep to it", f"{versus}: more have a {share}", more, "proportion"),
        ("whole programme", f"{versus}: {asked.exposure.label} of 1, in a straight line", of_all, unit),
    ):
        yield (
            {"term": term, "unit": of, "n_participants": int(rows.sum()), **found},
            _key(asked, arm, statistic),
        )
    naive = (is_arm == 0) | (kept_to_it == 1)
    fit = least_squares(score[naive], design[naive], names=names, variance="HC3")
    found = student_interval(*contrast(fit.coefficients, fit.covariance, weights), fit.df)
    term = f"{versus}: whoever had a {share} against everybody in the comparator"
    yield (
        {"term": term, "unit": unit, "n_participants": int(naive.sum()), **found},
        _key(asked, arm, "by who kept to it"),
    )


def _design(compared: Comparison, rows: NDArray[np.bool_], is_arm: Array) -> tuple[Array, list[str]]:
    """Intercept and arm, then centred baseline and covariates, with names."""
    values = {compared.baseline_place: compared.baseline, **compared.covariates}
    kept = {name: column[rows] for name, column in values.items()}
    columns, names, _ = centred_columns(kept, compared.variables, int(rows.sum()))
    return np.column_stack([np.ones(len(is_arm)), is_arm, columns]), ["intercept", "arm", *names]


def _key(asked: _Asked, arm: str, statistic: str) -> dict[str, object]:
    compared = asked.compared
    place = {**compared.named_outcome, "arm": arm, "comparator": compared.comparator, "weeks": compared.week}
    exposed = {"exposure": asked.exposure.name, "exposure_label": asked.exposure.label}
    return {**place, **exposed, "statistic": statistic, "threshold": asked.threshold}


def _method(asked: _Asked, counts: dict[str, int]) -> str:
    """The sentences that the report prints under "Method"."""
    compared = asked.compared
    parts = [
        f"Difference in mean {compared.question_place} between arms as assigned, divided by how many more keep to it ({asked.exposure.label}, mean over the "
        f"visits after baseline, of at least {asked.threshold:g}); both by least squares, at equal baseline and covariates, which is two-stage least squares with "
        "the arm as instrument",
        f"{sum(counts.values())} of {len(compared.arm)} people in the arms of the study are analysed",
        left_out(asked.gaps),
        f"people of {compared.comparator} without a record of it count as having done nothing",
        "errors hold under unequal variances (HC3), with Student's t; ratios have Fieller's intervals, which hold where few keep to it",
        "an analysis of the difference between arms that takes one variance for all of them, all arms at once, or every visit, gives the difference as "
        "assigned another interval, and another estimate where it reads other people or visits",
    ]
    return "; ".join(filter(None, parts)) + "."


def _assumptions(asked: _Asked) -> tuple[str, ...]:
    compared, label = asked.compared, asked.exposure.label
    return (
        "Arms were assigned by chance.",
        f"Being assigned to an arm changes {compared.outcome.label} only in those who keep to it: what people do who stay below {label} {asked.threshold:g}, "
        "attention and hope change nothing. (The row on the whole programme lets every part of it count alike in place of this.)",
        "Nobody keeps to it because of being assigned to the comparator.",
        f"Whether {compared.question_place} or {label} is missing does not depend on its value among people of one arm with the same baseline and covariates.",
        "“Whoever had” compares people who chose with everybody: the difference may be theirs, whatever they did.",
    )
