"""Does more add up, do later sessions do more than earlier ones, and is little and often better than much at once?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.intervals import student_interval
from lowback.estimators.linear import least_squares
from lowback.outcomes import NotComparable
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.dose_curve import COLUMNS, DoseCurve, dose_curve, most_columns
from lowback.outcomes.doses import doses
from lowback.outcomes.wording import told_apart
from lowback.result import Refusal, Result, estimates_frame
from lowback.study import Estimand, Study

ASKING = Asking(
    "dose",
    "dose response",
    "What would more of “{exposure}” do to {label} by week {week:g}, and does the order matter?",
    "What would a larger dose do?",
)
SOURCES = (
    "Robins 1986, Math Model 7:1393-1512, doi:10.1016/0270-0255(86)90088-6 (g-formula)",
    "Bang & Robins 2005, Biometrics 61:962-973, doi:10.1111/j.1541-0420.2005.00377.x (iterated regressions)",
    "MacKinnon & White 1985, J Econometrics 29:305-325, doi:10.1016/0304-4076(85)90158-7 (HC3)",
    "Lipsitch, Tchetgen Tchetgen & Cohen 2010, Epidemiology 21:383-388, doi:10.1097/EDE.0b013e3181d61eeb (negative control)",
)
# The curve's points; how densely the first half is filled.
POINTS = 9
EARLY, LATE = 1.5, 0.5
Row = tuple[dict[str, object], dict[str, object]]


def dose(cohort: Cohort, study: Study) -> Result | Refusal:
    """The mean outcome under regimes of doses: the curve over the total, its bend, and spread against bunched at an equal total.

    In the outcome's unit. "More" is the mean effect of `per` more (default 1), evenly spread, over the range that eight of ten people took;
    "bend" is what the upper half of that range does less what the lower half does: negative where later doses take off more, so a test of
    convexity and not of slope. "Spread less bunched" compares an even regime with one that has three quarters of the same total in
    the first or last half. People are compared at the same visit, so that what time does cannot pass for the dose. "Later doses" is a
    negative control: what a dose taken after a visit goes with at that visit, where it can do nothing. Never causal: doses are chosen.

    Robins 1986, Math Model 7:1393-1512; Bang & Robins 2005, Biometrics 61:962-973.
    """
    return answered_of_people(cohort, study, ASKING, _answer)


def _answer(people: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    """With as many columns as people allow, or the most below that with which the curve can be fitted."""
    found = doses(people, study, estimand)
    per = float(estimand.per or 1)
    for columns in range(most_columns(found), COLUMNS, -1):
        try:
            return _told(dose_curve(found, per, columns), estimand, question)
        except NotComparable:
            continue
    return _told(dose_curve(found, per, COLUMNS), estimand, question)


def _told(asked: DoseCurve, estimand: Estimand, question: str) -> Result:
    found = asked.doses
    rows = [*_more(asked), *_order(asked), *_negative_control(asked), *_curve(asked), *_courses(asked)]
    exposed = {"exposure": found.exposure.name, "exposure_label": found.exposure.label}
    keys = [
        {"outcome": found.outcome.name, "outcome_label": found.outcome.label, **exposed, **key}
        for key, _ in rows
    ]
    return Result(
        analysis="dose",
        estimand=estimand.name,
        question=question,
        estimates=estimates_frame([{"unit": found.outcome.unit, **row} for _, row in rows]),
        keys=pd.DataFrame(keys),
        method=_method(asked),
        assumptions=_assumptions(asked),
        sources=SOURCES,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=found.outcome.higher_is,
    )


def _more(asked: DoseCurve) -> list[Row]:
    """What `per` more does on average, and how much more the upper half of the range does than the lower."""
    found = asked.means([asked.doses.evenly(one) for one in (asked.low, asked.middle, asked.high)])
    share = asked.per / (asked.high - asked.low)
    unit, people = asked.doses.unit, {"n_participants": found.people}
    more = found.contrast([-share, 0, share])
    bend = found.contrast([1, -2, 1])
    named = told_apart((asked.low, asked.high), 3)
    span = f"{named[asked.low]} to {named[asked.high]} {unit}"
    return [
        ({"statistic": "more"}, {"term": f"{asked.per:g} {unit} more, mean over {span}", **people, **more}),
        ({"statistic": "bend"}, {"term": f"bend: upper less lower half of {span}", **people, **bend}),
    ]


def _order(asked: DoseCurve) -> list[Row]:
    """An even regime less one that is bunched early or late, at the same total."""
    if len(asked.doses.weeks) < 3:
        return []
    found = asked.means([asked.doses.evenly(asked.middle, early) for early in (1.0, EARLY, LATE)])
    rows: list[Row] = []
    for name, weights in (("early", [1, -1, 0]), ("late", [1, 0, -1])):
        term = f"spread less bunched {name}, {asked.middle:.3g} {asked.doses.unit} in all"
        rows.append(
            (
                {"statistic": f"spread less bunched {name}"},
                {"term": term, "n_participants": found.people, **found.contrast(weights)},
            )
        )
    return rows


def _negative_control(asked: DoseCurve) -> list[Row]:
    """What `per` more doses after the visit before the last go with at that visit, at equal doses and scores until then."""
    one, last = asked.doses, len(asked.doses.weeks) - 2
    if last < 1:
        return []
    so_far = np.cumsum(one.taken[:, :last], axis=1)
    basis = [asked.basis.basis(so_far[:, at]) for at in range(last)]
    design = np.column_stack(
        [one.taken[:, last] / asked.per, np.ones(len(so_far)), one.beside, one.scores[:, :last], *basis]
    )
    outcome = one.scores[:, last]
    used = np.isfinite(design).all(axis=1) & np.isfinite(outcome)
    names = [
        "later doses",
        "constant",
        *one.names,
        *(f"column {n}" for n in range(design.shape[1] - 2 - len(one.names))),
    ]
    try:
        fit = least_squares(outcome[used], design[used], names=names, variance="HC3")
    except NotEstimable:
        return []
    interval = student_interval(float(fit.coefficients[0]), float(fit.covariance[0, 0]) ** 0.5, fit.df)
    term = (
        f"{asked.per:g} {one.unit} more after week {one.weeks[last]:g}, outcome at week {one.weeks[last]:g}"
    )
    return [({"statistic": "later doses"}, {"term": term, "n_participants": int(used.sum()), **interval})]


def _curve(asked: DoseCurve) -> list[Row]:
    """The mean outcome at the last visit by total, evenly spread."""
    totals = np.linspace(asked.low, asked.high, POINTS)
    found, named = asked.means([asked.doses.evenly(one) for one in totals]), told_apart(totals, 3)
    rows: list[Row] = []
    for at, total in enumerate(totals):
        key: dict[str, object] = {"statistic": "mean by total", "dose": float(total)}
        term = f"mean with {named[float(total)]} {asked.doses.unit}"
        interval = asked.doses.level(found.contrast(np.eye(POINTS)[at]))
        rows.append((key, {"term": term, "n_participants": found.people, **interval}))
    return rows


def _courses(asked: DoseCurve) -> list[Row]:
    """The mean outcome at each visit under three regimes of one total."""
    rows: list[Row] = []
    regimes = {"spread": 1.0, "bunched early": EARLY, "bunched late": LATE}
    plans = [asked.doses.evenly(asked.middle, early) for early in regimes.values()]
    for visit, week in enumerate(asked.doses.weeks[1:], 1):
        found = asked.means(plans, visit)
        for at, name in enumerate(regimes):
            key: dict[str, object] = {"statistic": "mean under regime", "regime": name, "weeks": week}
            interval = asked.doses.level(found.contrast(np.eye(len(plans))[at]))
            rows.append(
                (key, {"term": f"mean at week {week:g}, {name}", "n_participants": found.people, **interval})
            )
    return rows


def _method(asked: DoseCurve) -> str:
    """The sentences that the report prints under "Method"."""
    one = asked.doses
    complete = np.isfinite(one.totals).sum()
    arms = f" in {', '.join(one.arms)}" if one.arms else ""
    adjusted = f" and {', '.join(one.adjusted_for)}" if one.adjusted_for else ""
    return (
        f"G-formula by iterated least-squares regressions of {one.outcome.label} at each visit in {len(one.scores)} people{arms}, on natural cubic "
        f"splines ({asked.basis.df} columns) of {one.exposure.label} added up to each visit, all scores before{adjusted}. {complete} people have every count. "
        f"Regimes: {asked.low:.3g} to {asked.high:.3g} {one.unit} in all, which eight of ten people took, spread evenly over the weeks, or "
        f"three quarters of them in one half. 95 % intervals and p-values from Student's t with errors over persons (HC3); those of means end where the scale does."
    )


def _assumptions(asked: DoseCurve) -> tuple[str, ...]:
    one, is_plain = asked.doses, asked.basis.df == COLUMNS
    beside = ", ".join(("the scores before", "the doses before", *one.adjusted_for))
    return (
        f"Rests on: no common cause of {one.exposure.label} and of {one.outcome.label} later other than {beside}; doses were chosen, so a "
        "difference describes an association. “Later doses” should be near nothing; where they are not, people who take more differ in "
        "something else, or take more because of the score.",
        f"{one.outcome.label[:1].upper()}{one.outcome.label[1:]} follows the total in a smooth curve{' with one bend' if is_plain else ''}; a "
        f"{'threshold' if is_plain else 'jump at one total'} is smoothed, and the size of its bend may come out wrong.",
        "What time does is the same in all who are compared; they are compared at the same visit, so it does not pass for the dose.",
        "Whether a visit or a count is missing does not depend on its value, given the past that is adjusted for.",
        "Regimes are averages of what people did, so little is said of doses or orders that hardly anybody took.",
    )
