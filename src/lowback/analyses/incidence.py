"""How much likelier, or more frequent, is something that happens to people, by an exposure they brought along?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.intervals import contrast, student_interval
from lowback.estimators.rates import log_linear_rates
from lowback.estimators.standardised import StandardisedRisks, moved_risks
from lowback.outcomes import cannot_be_fitted
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.events import Known, known_events
from lowback.outcomes.refusals import refuse_other_strategies
from lowback.outcomes.scores import Array
from lowback.outcomes.two_groups import is_plain, two_group_rows
from lowback.result import Refusal, Result, estimates_frame
from lowback.study import Estimand, Study

ASKING = Asking(
    "incidence",
    "incidence",
    "Does more {exposure} go with more of this: {label}?",
    "Does something happen more often with more of an exposure?",
)
SOURCES = (
    "Ge et al. 2011, Drug Inf J 45:481-493; Mancl & DeRouen 2001, Biometrics 57:126-134 (standardised risks)",
    "Horowitz & Manski 2000, J Am Stat Assoc 95:77-84, doi:10.1080/01621459.2000.10473902 (bounds for outcomes not seen)",
    "Gourieroux, Monfort & Trognon 1984, Econometrica 52:701-720, doi:10.2307/1913472 (rates)",
)
# Of the events of those who notice least, this share of what others notice may have been noticed.
NOTICED = 0.5
Row = tuple[dict[str, object], dict[str, object]]


def incidence(cohort: Cohort, study: Study) -> Result | Refusal:
    """How much the risk of a yes/no rises per `per` (default 1) of the exposure at baseline, or the ratio of the rates of a count.

    A risk difference is standardised over everybody, as a proportion, positive where the event is likelier with more of the
    exposure; `smallest_worthwhile` is the margin within which it is too small to matter. Where the outcome was not looked for in
    everybody, a second row holds whatever the others may have had: its interval spans the two extremes. Counts give a rate ratio, and
    a second row in which people with more exposure notice up to twice, or half, as many of their events. A yes/no exposure has the
    share of those with and of those without it, and the difference; of what people recall themselves (`..._reported`) a further row
    lets any part of what either group recalls be not so. Never causal: nobody is assigned an exposure.

    Sources: `SOURCES`.
    """
    return answered_of_people(cohort, study, ASKING, _answer)


def _answer(people: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    refuse_other_strategies(estimand)
    known = known_events(people, study, estimand)
    try:
        rows = _rows(known)
    except NotEstimable as refused:
        raise cannot_be_fitted(f"{known.variable.label} by {known.exposure.label}", refused) from refused
    measures = {"outcome": known.variable.name, "outcome_label": known.variable.label}
    measures |= {"exposure": known.exposure.name, "exposure_label": known.exposure.label}
    if known.of_two:
        measures["exposure_kind"] = known.exposure.kind
        question = f"Is it likelier where {known.exposure.label}: {known.variable.label}?"
    return Result(
        analysis="incidence",
        estimand=estimand.name,
        question=question,
        estimates=estimates_frame([row for _, row in rows]),
        keys=pd.DataFrame([{**measures, **key} for key, _ in rows]),
        method=_method(known),
        assumptions=_assumptions(known),
        sources=SOURCES,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is="worse",
    )


def _rows(known: Known) -> list[Row]:
    if known.variable.kind != "flag":
        return _rates(known)
    return two_group_rows(known) if known.of_two else _risks(known)


def _risks(known: Known) -> list[Row]:
    """The mean risk, its change with more exposure, and that change whatever those had who were not looked at."""
    seen = known.seen
    found = _moved(known, known.outcome, seen)
    n, people = float(seen.sum()), {"n_participants": int(seen.sum())}
    base = student_interval(float(found.risks[0]), float(found.covariance[0, 0]) ** 0.5, n - 1)
    change = _change(known, found)
    rows: list[Row] = [
        (
            {"statistic": "risk"},
            {"term": "risk as people are", "unit": "proportion", **people, **base, "p_value": np.nan},
        ),
        (
            {"statistic": "risk difference"},
            {"term": f"risk difference {known.by}", "unit": "proportion", **people, **change},
        ),
    ]
    if not seen.all():
        high = known.exposures > np.median(known.exposures[~seen])
        extremes = [
            np.where(seen, known.outcome, worst.astype(float))
            for worst in (high, ~high, np.zeros_like(high), np.ones_like(high))
        ]
        found_at = [_change(known, _moved(known, one, np.ones_like(seen))) for one in extremes]
        low, top = min(one["conf_low"] for one in found_at), max(one["conf_high"] for one in found_at)
        ends = {
            "estimate": change["estimate"],
            "conf_low": min(low, change["conf_low"]),
            "conf_high": max(top, change["conf_high"]),
        }
        term = f"risk difference {known.by}, whatever {int((~seen).sum())} not asked had"
        rows.append(
            (
                {"statistic": "risk difference, bounds"},
                {"term": term, "unit": "proportion", "n_participants": len(seen), **ends},
            )
        )
    return rows


def _moved(known: Known, outcome: Array, used: NDArray[np.bool_]) -> StandardisedRisks:
    return moved_risks(
        outcome[used],
        known.exposures[used],
        known.covariates[used],
        known.per,
        names=[known.exposure.name, *known.names],
    )


def _change(known: Known, found: StandardisedRisks) -> dict[str, float]:
    return student_interval(
        *contrast(found.risks, found.covariance, [-1, 1]), found.n_rows - len(known.names) - 2.0
    )


def _rates(known: Known) -> list[Row]:
    """The rate ratio, and its range where those with more exposure notice more or less of what happens to them."""
    seen = known.seen
    design = np.column_stack([np.ones(seen.sum()), known.exposures[seen], known.covariates[seen]])
    fit = log_linear_rates(known.outcome[seen], design, names=["constant", known.exposure.name, *known.names])
    found = student_interval(
        known.per * float(fit.coefficients[1]), known.per * float(fit.covariance[1, 1]) ** 0.5, fit.df
    )
    ends = {name: float(np.exp(found[name])) for name in ("estimate", "conf_low", "conf_high")}
    named: dict[str, object] = {"unit": f"rate ratio {known.by}", "n_participants": int(seen.sum())}
    row = {**named, **found, **ends, "std_error": ends["estimate"] * found["std_error"]}
    bounds = {
        "estimate": ends["estimate"],
        "conf_low": NOTICED * ends["conf_low"],
        "conf_high": ends["conf_high"] / NOTICED,
    }
    term = f"rate ratio {known.by}, were up to {1 / NOTICED:g} times as many noticed"
    return [
        ({"statistic": "rate ratio"}, {"term": f"rate ratio {known.by}, as recorded", **row}),
        ({"statistic": "rate ratio, bounds"}, {"term": term, **named, **bounds}),
    ]


def _method(known: Known) -> str:
    """The sentences that the report prints under "Method"."""
    plain = known.of_two and is_plain(known, known.outcome, known.seen)
    adjusted = f", adjusted for {', '.join(known.adjusted_for)}" if known.adjusted_for and not plain else ""
    seen = int(known.seen.sum())
    start = f"{known.variable.label.capitalize()} by {known.exposure.label} at baseline in {seen} of {len(known.seen)} people in whom it was looked for{adjusted}"
    if known.of_two:
        how = (
            "the difference of the shares with Newcombe's interval, adjusted for nothing, as all or none of a group had it"
            if plain
            else "the difference of mean predicted risks with everybody in either group, from a logistic regression with robust errors"
        )
        return f"{start}; shares with Wilson's interval, and {how}.{_bounds(known)}"
    if known.variable.kind == "flag":
        return (
            f"{start}; mean predicted risk from a logistic regression with everybody {known.per:g} {known.exposure.unit} higher less that as people "
            "are, with robust errors. Bounds give those in whom it was not looked for whatever moves the difference most, by exposure."
        )
    return (
        f"{start}; log-linear regression of the counts with robust errors (HC3). Bounds let people with {known.per:g} {known.exposure.unit} more notice "
        f"between {NOTICED:g} and {1 / NOTICED:g} times as many of their events: how much more they do notice is not in these data."
    )


def _bounds(known: Known) -> str:
    recalled = (
        " People recalled it themselves and know of their exposure: the bounds let any part of what either group recalls be not so. How much is "
        "not so is not in these data; an examination by somebody who does not know of the exposure would tell."
    )
    unseen = " Bounds give those in whom it was not looked for whatever moves the difference most."
    return (recalled if known.is_recalled else "") + ("" if known.seen.all() else unseen)


def _assumptions(known: Known) -> tuple[str, ...]:
    beside = ", ".join(known.adjusted_for) or "nothing"
    return (
        f"Rests on: no common cause of {known.exposure.label} and of {known.variable.label} other than {beside}; the exposure was observed, "
        "not assigned, so the difference describes an association.",
        "Without the bounds: whether it was looked for, and noticed, does not depend on exposure and event together.",
        "Error in the exposure makes the difference look smaller.",
    )
