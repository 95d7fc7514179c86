"""What does more of an exposure, kept up from visit to visit, do to the outcome? Within persons with a lag, and by the g-formula."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.clustered import ClusteredFit, clustered_least_squares
from lowback.estimators.regimes import regime_means
from lowback.outcomes import NotComparable, cannot_be_fitted
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.doses import Doses, doses
from lowback.outcomes.scores import Array
from lowback.result import Refusal, Result, estimates_frame
from lowback.study import Estimand, Study

ASKING = Asking(
    "sustained",
    "sustained effect",
    "What would more of “{exposure}”, kept up, do to {label} by week {week:g}?",
    "What would more of an exposure, kept up, do?",
)
FEWEST_VISITS = 3
WITHIN, G_FORMULA = "within persons", "g-formula"
SOURCES = (
    "Robins 1986, Math Model 7:1393-1512, doi:10.1016/0270-0255(86)90088-6; Bang & Robins 2005, Biometrics 61:962-973 (g-formula)",
    "Gunasekara et al. 2014, Int J Epidemiol 43:264-269, doi:10.1093/ije/dyt204 (comparisons within persons, and what they rest on)",
    "Lipsitch, Tchetgen Tchetgen & Cohen 2010, Epidemiology 21:383-388, doi:10.1097/EDE.0b013e3181d61eeb (negative control)",
    "Bell & McCaffrey 2002, Survey Methodology 28:169-181; Pustejovsky & Tipton 2018, J Bus Econ Stat 36:672-683 (errors with few people)",
)
Row = tuple[dict[str, object], dict[str, object]]


def sustained(cohort: Cohort, study: Study) -> Result | Refusal:
    """The change in the outcome if everybody had `per` more of the exposure at every visit, from visits with what was done before each.

    In the outcome's unit, two ways that rest on different things. Within persons: the outcome at a visit on the exposure before it and one interval
    earlier, each person with a level of their own; the two together are `per` more kept up for two intervals. By the g-formula: from baseline to
    each visit up to the estimand's week, at equal scores before, exposure at baseline and covariates. "Later exposure" is a negative control: it can have
    done nothing yet. Never causal: exposures were not assigned. Needs three visits with both.

    Sources: `SOURCES`.
    """
    return answered_of_people(cohort, study, ASKING, _answer)


@dataclass(frozen=True, eq=False)
class _Asked:
    """The scores and exposures, and how much more is asked about."""

    read: Doses
    per: float

    @property
    def more(self) -> str:
        """How much more, in words: "2 h/day more"."""
        return f"{self.per:g} {self.read.unit} more"

    @property
    def exposures(self) -> Array:
        """The exposure before each visit from baseline on, in `per` (person, visit)."""
        return np.column_stack([self.read.at_start, self.read.taken]) / self.per


def _answer(people: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    asked = _Asked(doses(people, study, estimand), float(estimand.per or 1.0))
    if len(asked.read.weeks) < FEWEST_VISITS:
        raise NotComparable(
            f"{len(asked.read.weeks)} visits up to week {asked.read.weeks[-1]:g}; allowed: {FEWEST_VISITS} or more",
            "three visits or more that record exposure and outcome",
        )
    try:
        rows = [*_within(asked), *_by_regime(asked), *_negative_control(asked)]
    except NotEstimable as refused:
        label = f"{asked.read.outcome.label} by {asked.read.exposure.label}"
        raise cannot_be_fitted(label, refused) from refused
    named = {
        "outcome": asked.read.outcome.name,
        "outcome_label": asked.read.outcome.label,
        "exposure": asked.read.exposure.name,
        "exposure_label": asked.read.exposure.label,
        "more": asked.more,
    }
    return Result(
        analysis="sustained",
        estimand=estimand.name,
        question=question,
        estimates=estimates_frame([{"unit": asked.read.outcome.unit, **row} for row, _ in rows]),
        keys=pd.DataFrame([{**named, **key} for _, key in rows]),
        method=_method(asked),
        assumptions=_assumptions(asked),
        sources=SOURCES,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=asked.read.outcome.higher_is,
    )


def _within(asked: _Asked) -> Iterator[Row]:
    """What `per` more does that is kept up for two intervals, then of the interval before the visit and of the one before that."""
    exposures = asked.exposures
    fit, people = _fitted(asked, exposures[:, 1:], exposures[:, :-1], names=["now", "before"])
    for statistic, weights, words in (
        ("sustained", [1, 1], f"{asked.more} for two intervals"),
        ("now", [1, 0], f"{asked.more} in the interval before the visit"),
        ("before", [0, 1], f"{asked.more} one interval earlier"),
    ):
        row = {"term": f"{words}, {WITHIN}", "n_participants": people, **fit.interval(weights)}
        yield row, {"statistic": statistic, "approach": WITHIN, "weeks": np.nan}


def _by_regime(asked: _Asked) -> Iterator[Row]:
    """The mean outcome with `per` more at every visit from the first after baseline on less that without, the last visit first."""
    read = asked.read
    names = [*read.names, "exposure at baseline"]
    beside = np.column_stack([read.beside, read.at_start])
    for visit in range(len(read.weeks) - 1, 0, -1):
        found = regime_means(
            read.scores[:, : visit + 1],
            read.taken[:, :visit],
            beside,
            [np.zeros(visit), np.full(visit, asked.per)],
            _line,
            names=names,
        )
        week = read.weeks[visit]
        term = f"{asked.more} from week {read.weeks[0]:g} to {week:g}, {G_FORMULA}"
        row = {"term": term, "n_participants": found.people, **found.contrast([-1, 1])}
        yield row, {"statistic": "sustained", "approach": G_FORMULA, "weeks": week}


def _line(total: Array) -> Array:
    """The exposure so far as it is: effects add up in a straight line."""
    return np.asarray(total, dtype=float)[:, None]


def _negative_control(asked: _Asked) -> Iterator[Row]:
    """What `per` more in the interval after a visit goes with at that visit, within persons, beside what came before it."""
    exposures = asked.exposures
    try:
        fit, people = _fitted(
            asked,
            exposures[:, 2:],
            exposures[:, 1:-1],
            exposures[:, :-2],
            names=["later", "now", "before"],
            visits=slice(1, -1),
        )
        row = {"term": f"{asked.more} in the interval after the visit, {WITHIN}", **fit.interval([1.0])}
    except NotEstimable:
        return
    yield (
        {**row, "n_participants": people},
        {"statistic": "later exposure", "approach": WITHIN, "weeks": np.nan},
    )


def _fitted(
    asked: _Asked, *columns: Array, names: list[str], visits: slice = slice(1, None)
) -> tuple[ClusteredFit, int]:
    """The scores at these visits on these columns, at equal visit and arm, each person with a level; and whom that rests on."""
    scores = asked.read.scores[:, visits]
    person, visit = (one.ravel() for one in np.indices(scores.shape))
    arm = asked.read.arm[person]
    levels = [
        ((visit == one) & (arm == which)).astype(float)
        for one in range(1, scores.shape[1])
        for which in np.unique(arm)
    ]
    rows = np.column_stack([scores.ravel(), *(one.ravel() for one in columns), *levels])
    kept = np.isfinite(rows).all(axis=1)
    several = np.bincount(person[kept], minlength=len(scores))[person] > 1
    kept &= several
    fit = clustered_least_squares(
        rows[kept, 0],
        rows[kept, 1:],
        person[kept],
        names=[*names, *(f"visit and arm {one}" for one in range(1, len(levels) + 1))],
        own_levels=True,
    )
    return fit, len(np.unique(person[kept]))


def _method(asked: _Asked) -> str:
    """The sentences that the report prints under "Method"."""
    read = asked.read
    weeks = ", ".join(f"{one:g}" for one in read.weeks)
    arms = " and arm" if len(read.arms) > 1 else ""
    adjusted = "".join(f", {one}" for one in read.adjusted_for)
    return (
        f"Visits at weeks {weeks} of {len(read.scores)} people; {read.exposure.label} recorded at a visit is taken for that of the interval before it. "
        f"Within persons: least squares of {read.outcome.label} on {read.exposure.label} before the visit and one interval earlier, each person with a "
        f"level of their own, each visit{arms} with its own; errors hold however the visits of a person hang together (CR2), with Student's t and Satterthwaite's "
        f"degrees of freedom. G-formula: iterated least-squares regressions on {read.exposure.label} at each visit, all scores before, {read.exposure.label} at "
        f"baseline{adjusted}, in straight lines; Student's t with errors over persons (HC3)."
    )


def _assumptions(asked: _Asked) -> tuple[str, ...]:
    read = asked.read
    pair = f"{read.exposure.label} and {read.outcome.label}"
    beside = ", ".join(("the scores before", f"{read.exposure.label} before", *read.adjusted_for))
    return (
        f"Rests on (within persons): no common cause of {pair} that changes within a person, no effect that outlasts two intervals, and "
        f"{read.exposure.label} that does not answer to {read.outcome.label} before; “later exposure” should be near nothing.",
        f"Rests on (g-formula): no common cause of {read.exposure.label} and {read.outcome.label} later other than {beside}; lasting differences between "
        "people that these do not tell pass for an effect.",
        f"{read.exposure.label[:1].upper()}{read.exposure.label[1:]} is recorded without error: error in it makes effects look smaller than they are.",
        "Effects add up in straight lines, alike in everybody.",
        "Whether a visit or a record is missing does not depend on its value, given the past that is adjusted for.",
    )
