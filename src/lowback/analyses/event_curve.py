"""What is felt around the moments of an exposure, hour by hour before and after, with and without what went before held equal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.clustered import ClusteredFit, clustered_least_squares
from lowback.estimators.multiplicity import simultaneous_level
from lowback.outcomes import NotComparable
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.cell_means import framed
from lowback.outcomes.moments import Moments, moments
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study

ASKING = Asking(
    "event_curve",
    "proximal effect",
    "How does {label} run before and after “{exposure}”?",
    "How does what is felt run before and after something done?",
)
# Check-ins around the moment of the exposure.
STEPS = (-4, -3, -2, -1, 0, 1, 2, 3, 4)
HELD_EQUAL = -1
SOURCES = (
    "Maclure 1991, Am J Epidemiol 133:144-153 (each person as their own comparison)",
    "Lipsitch, Tchetgen Tchetgen & Cohen 2010, Epidemiology 21:383-388 (an outcome that cannot be affected as a check)",
    "Dunn 1961, J Am Stat Assoc 56:52-64 (intervals that hold together)",
    "Bell & McCaffrey 2002, Survey Methodology 28:169-181 (errors with few people)",
)


def event_curve(cohort: Cohort, study: Study) -> Result | Refusal:
    """The outcome at check-ins before and after an exposure, per unit of it or with it less without it, within persons.

    Estimates are in the outcome's unit (per `per` of a measured exposure), at so many hours from the check-in that records the exposure.
    "adjusted" is at equal outcome and exposure one check-in before; before that check-in it is a check, which differs from 0
    only where what is held equal does not suffice. "unadjusted" shows what a look at the record would: also whether people whose
    pain is up already do more or less of it. Later hours show the whole of what follows, carry-over and later exposure included.
    """
    return answered_of_people(cohort, study, ASKING, _curve)


@dataclass(frozen=True, eq=False)
class _Around:
    """The moments of an exposure and the outcome around them, per so many units of the exposure."""

    read: Moments
    per: float

    def fit(self, steps: int, *, is_adjusted: bool) -> ClusteredFit:
        """The outcome so many check-ins away on the exposure; raises `NotEstimable`."""
        read, diary = self.read, self.read.diary
        score = diary.later(diary.values(read.outcome.name), steps)[read.at]
        columns, names = [read.exposures / self.per], ["exposure"]
        kept = ~np.isnan(score)
        if is_adjusted:
            history, history_names = read.history()
            columns, names = [*columns, *history.T], [*names, *history_names]
        rows = np.column_stack(columns)
        if kept.sum() <= len(names) + 1:
            raise NotEstimable(f"{kept.sum()} moments")
        return clustered_least_squares(
            score[kept], rows[kept], read.person[kept], names=names, own_levels=True
        )


def _curve(people: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    read = moments(people, study, estimand)
    if read.diary.occasion == "visit":
        raise NotComparable(
            f"{read.exposure.label} is recorded at visits only, weeks apart",
            f"{read.exposure.label} at check-ins",
        )
    around = _Around(read, 1.0 if read.is_flag else float(estimand.per or 1.0))
    found = dict(_fits(around, estimand))
    first = (estimand.checkins_later, "adjusted")
    if first not in found:
        raise NotComparable(
            f"too few moments of {read.exposure.label} with {read.outcome.label} before and after them",
            "more check-ins that follow each other",
        )
    order = [first, *(one for one in found if one != first)]
    estimates, keys = framed([_row(around, found, *place) for place in order])
    return Result(
        analysis="event_curve",
        estimand=estimand.name,
        question=question,
        estimates=estimates,
        keys=keys,
        method=_method(around, found),
        assumptions=(
            *read.rests_on,
            "What is done at later check-ins is part of what follows: the curve is not that of a single moment with all else as it was.",
        ),
        sources=SOURCES,
        causal=False,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=read.outcome.higher_is,
    )


def _fits(around: _Around, estimand: Estimand) -> Iterator[tuple[tuple[int, str], ClusteredFit]]:
    """The fits by step and adjustment; those that cannot be made are left out."""
    for adjustment in ("adjusted", "unadjusted"):
        for steps in STEPS:
            is_adjusted = adjustment == "adjusted"
            if is_adjusted and steps == HELD_EQUAL and estimand.before is None:
                continue
            try:
                yield (steps, adjustment), around.fit(steps, is_adjusted=is_adjusted)
            except NotEstimable:
                continue


def _row(
    around: _Around, found: dict[tuple[int, str], ClusteredFit], steps: int, adjustment: str
) -> tuple[dict[str, object], dict[str, object]]:
    """One point of the curve with the interval of its own and, as keys, that of the whole curve."""
    read, fit = around.read, found[steps, adjustment]
    hours = 24 * read.diary.step * steps
    together = fit.contrast(
        np.eye(len(fit.names))[0], level=simultaneous_level(sum(one == adjustment for _, one in found))
    )
    per = "" if read.is_flag else f" per {around.per:g} {read.exposure.unit}"
    row = {
        "term": f"{hours:+g} hours, {adjustment}",
        "unit": f"{read.outcome.unit or 'proportion'}{per}",
        "n_participants": fit.n_people,
        **fit.interval([1.0]),
    }
    key = {
        **read.named,
        "hours": hours,
        "adjustment": adjustment,
        "level": f"{hours:+g} hours" if adjustment == "adjusted" else f"{hours:+g} hours, unadjusted",
        "statistic": "check" if steps < 0 and adjustment == "adjusted" else "effect",
        "band_low": float(together.conf_low[0]),
        "band_high": float(together.conf_high[0]),
        "per": around.per,
    }
    return row, key


def _method(around: _Around, found: dict[tuple[int, str], ClusteredFit]) -> str:
    """The sentences that the report prints under "Method"."""
    read = around.read
    counts = [fit.n_rows for (_, adjustment), fit in found.items() if adjustment == "adjusted"]
    points = len(counts)
    parts = [
        f"Least squares within persons (each with a level of their own) of {read.outcome.label} at each of {points} check-ins around the one "
        f"that records {read.exposure.label}, {min(counts)} to {max(counts)} moments of {len(np.unique(read.person))} people",
        f"adjusted: at equal {read.held_equal}, time of day and weeks since baseline",
        "before the check-in whose outcome is held equal the adjusted curve must lie at 0 if what is held equal suffices",
        f"check-ins are {24 * read.diary.step:g} hours apart",
        "errors hold however the moments of a person hang together; 95 % intervals from Student's t with Satterthwaite's degrees of freedom, "
        f"and, for the curve as a whole, Bonferroni's over {points} points",
    ]
    return "; ".join(parts) + "."
