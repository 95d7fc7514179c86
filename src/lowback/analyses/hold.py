"""Must it be held so long? From which value on an occasion counts, told from what came after it in the same person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.intervals import student_interval
from lowback.estimators.thresholds import LEVEL, Thresholds, counted_by_threshold
from lowback.outcomes import NotComparable, cannot_be_fitted
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.refusals import refuse_other_strategies
from lowback.outcomes.responsiveness import responsiveness_rows
from lowback.outcomes.scores import Array, Positions, positions
from lowback.result import Refusal, Result, estimates_frame
from lowback.study import Estimand, Study
from lowback.variables import Variable

ASKING = Asking(
    "hold",
    "threshold",
    "From which value on does “{exposure}” count for {label}?",
    "From which value on does what is done count?",
)
SOURCES = (
    "Boruvka et al. 2018, J Am Stat Assoc 113:1112-1121, doi:10.1080/01621459.2017.1305274 (centring what was done)",
    "Hansen 1996, Econometrica 64:413-430, doi:10.2307/2171789; Hansen 2000, Econometrica 68:575-603, doi:10.1111/1468-0262.00124",
    "Liang, Fossel & Larson 1990, Med Care 28:632-642; Beckerman et al. 2001, Qual Life Res 10:571-578 (responsiveness)",
)
SEED = 20261122
# Candidates lie where this share of occasions is on either side; the stretch's own cue of progress.
EDGE, CANDIDATES, PROGRESS = 0.05, 17, "knee_height_cm"
Row = tuple[dict[str, object], dict[str, object]]


def hold(cohort: Cohort, study: Study) -> Result | Refusal:
    """What an occasion that reaches the rule's threshold does to the outcome, and at which threshold the data put it.

    In the outcome's unit per `per` occasions (default 1) that reach the threshold, against as many that do not; negative means less pain. A
    person's occasions are compared with each other, beyond what was to be expected of the person at that time: whoever holds
    longer in general, and gets better for other reasons, tells nothing. The interval of the threshold is a set of values that a test
    does not refuse; where no effect at any threshold is shown, it is the whole range: not identified. "Before" is a negative
    control: the outcome at the occasion itself, which it cannot have changed, at equal counts of occasions before it. Beside it: how
    often the rule is kept, and whether the height of the knee shows change.

    Sources: `SOURCES`.
    """
    return answered_of_people(cohort, study, ASKING, _answer)


@dataclass(frozen=True, eq=False)
class _Diary:
    """Check-ins with the outcome, of people who did it; `done` is NaN where nothing was done."""

    outcome: Variable
    exposure: Variable
    person: Positions
    day: Array
    score: Array
    done: Array
    is_in: NDArray[np.bool_]

    @property
    def occasions(self) -> Array:
        """The value of each occasion."""
        return np.asarray(self.done[np.isfinite(self.done)])


def _answer(people: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    refuse_other_strategies(estimand)
    diary = _diary(people, estimand)
    rule, per = float(estimand.threshold or 0), float(estimand.per or 1)
    grid = _candidates(diary, rule)
    try:
        found = counted_by_threshold(diary.person, diary.day, diary.score, diary.done, grid)
    except NotEstimable as refused:
        raise cannot_be_fitted(f"{diary.outcome.label} by {diary.exposure.label}", refused) from refused
    rows = [*_at_rule(diary, found, rule, per), *_threshold(diary, found, per), *_occasions(diary, rule)]
    if study.weeks and people.visits is not None:
        weeks = tuple(one for one in study.weeks if one in people.weeks)
        rows += responsiveness_rows(people, PROGRESS, weeks, diary.is_in, _never(people, diary))
    measures = {"outcome": diary.outcome.name, "outcome_label": diary.outcome.label}
    measures |= {"exposure": diary.exposure.name, "exposure_label": diary.exposure.label}
    return Result(
        analysis="hold",
        estimand=estimand.name,
        question=question,
        estimates=estimates_frame([row for _, row in rows]),
        keys=pd.DataFrame([{**measures, "rule": f"{rule:g}", **key} for key, _ in rows]),
        method=_method(diary, found, rule),
        assumptions=_assumptions(diary),
        sources=SOURCES,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=diary.outcome.higher_is,
    )


def _diary(people: Cohort, estimand: Estimand) -> _Diary:
    """The check-ins of people in the arms asked for, or else of all who ever did it."""
    name, exposure = estimand.outcome, str(estimand.exposure)
    table = people.checkins
    absent = [one for one in (name, exposure) if table is None or one not in table]
    if absent or table is None:
        raise NotComparable(
            f"no column {absent[0]!r} at the check-ins of this cohort", f"{name} and {exposure} at check-ins"
        )
    variables = [people.variables[one] for one in (name, exposure)]
    for one in variables:
        if not one.is_numeric or one.unit is None:
            raise NotComparable(f"{one.name} has no unit", "measures with a unit in the data dictionary")
    person = positions(people, table)
    score, done = (table[one].to_numpy(float, na_value=np.nan) for one in (name, exposure))
    is_in = np.bincount(person, np.isfinite(done), len(people.participant_ids)) > 0
    if estimand.arms and people.participants is not None and "arm" in people.participants:
        is_in &= people.participants["arm"].isin(estimand.arms).to_numpy()
    kept = np.isfinite(score) & is_in[person]
    if not np.isfinite(done[kept]).any():
        raise NotComparable(
            f"nobody's {variables[1].label} is recorded with {variables[0].label}",
            "check-ins on days with a session",
        )
    day = table["days"].to_numpy(float)
    return _Diary(variables[0], variables[1], person[kept], day[kept], score[kept], done[kept], is_in)


def _candidates(diary: _Diary, rule: float) -> Array:
    """Values that some occasions reach and some do not, the rule's among them."""
    values = diary.occasions
    low, high = np.quantile(values, [EDGE, 1 - EDGE])
    if not low < rule <= high:
        raise NotComparable(
            f"{diary.exposure.label} lies between {low:g} and {high:g} {diary.exposure.unit} in nine of ten occasions, so nearly all are on "
            f"one side of {rule:g}",
            f"occasions shorter and longer than {rule:g} {diary.exposure.unit}",
        )
    # Quantiles come out a hair beside the values they are, which then would not reach them.
    inner = np.round(np.quantile(values, np.linspace(EDGE, 1 - EDGE, CANDIDATES)), 9)
    named = {_named(one): float(one) for one in (*inner[inner > values.min()], rule)}
    return np.unique(list(named.values()))


def _named(threshold: float) -> str:
    """A candidate as rows name it; of several of one name the rule's, which comes last, counts."""
    return f"{threshold:.4g}"


def _at_rule(diary: _Diary, found: Thresholds, rule: float, per: float) -> list[Row]:
    place = int(np.searchsorted(found.thresholds, rule))
    unit, people = f"{diary.outcome.unit} per {per:g} occasions", {"n_participants": found.people}
    held = f"of {rule:g} {diary.exposure.unit} or more"
    before = f"{diary.outcome.unit}"
    return [
        (
            {"statistic": "effect at the rule"},
            {"term": f"occasions {held}", "unit": unit, **people, **_times(found.effect(place), per)},
        ),
        (
            {"statistic": "before"},
            {"term": f"before occasions {held}", "unit": before, **people, **found.at_once(place)},
        ),
    ]


def _threshold(diary: _Diary, found: Thresholds, per: float) -> list[Row]:
    """Where the data put the threshold, and what an occasion does by each candidate."""
    none = found.none_at_all(SEED)
    low, high = found.interval(SEED)
    best = float(found.thresholds[found.best])
    unit, people = diary.exposure.unit or "", {"n_participants": found.people}
    row = {"estimate": best, "conf_low": low, "conf_high": high, "p_value": none}
    identified = "yes" if none < LEVEL else "no"
    rows: list[Row] = [
        (
            {"statistic": "threshold", "identified": identified},
            {"term": "threshold that fits best", "unit": unit, **people, **row},
        )
    ]
    for place, one in enumerate(found.thresholds):
        key: dict[str, object] = {"statistic": "effect by threshold", "threshold": float(one)}
        term = f"occasions of {_named(one)} {unit} or more (candidate)"
        of_unit = f"{diary.outcome.unit} per {per:g} occasions"
        rows.append((key, {"term": term, "unit": of_unit, **people, **_times(found.effect(place), per)}))
    return rows


def _occasions(diary: _Diary, rule: float) -> list[Row]:
    """How many occasions reach the rule, and how they are spread."""
    is_done = np.isfinite(diary.done)
    code = np.unique(diary.person[is_done], return_inverse=True)[1]
    reached, all_of = (np.bincount(code, one) for one in (diary.occasions >= rule, np.ones(len(code))))
    share = float(reached.sum() / all_of.sum())
    moves = (reached - share * all_of) / all_of.sum()
    people = len(all_of)
    error = float(np.sqrt((moves**2).sum() * people / max(people - 1, 1)))
    named: dict[str, object] = {"unit": "proportion", "n_participants": people}
    interval = {**student_interval(share, error, max(people - 1.0, 1.0)), "p_value": np.nan}
    rows: list[Row] = [
        ({"statistic": "keeps to the rule"}, {"term": "occasions that reach the rule", **named, **interval})
    ]
    edges = np.linspace(0, 2 * rule, 13)
    counts = np.histogram(np.minimum(diary.occasions, edges[-1]), edges)[0]
    for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True):
        beyond = " or more" if high == edges[-1] else f" to {high:g}"
        key: dict[str, object] = {"statistic": "share of occasions", "from": float(low), "to": float(high)}
        term = f"occasions of {low:g}{beyond} {diary.exposure.unit}"
        rows.append((key, {"term": term, **named, "estimate": float(count / counts.sum())}))
    return rows


def _never(people: Cohort, diary: _Diary) -> NDArray[np.bool_]:
    """Who never did it, whatever the arm."""
    table = people.checkins
    if table is None:
        return np.zeros_like(diary.is_in)
    done = table[diary.exposure.name].notna().to_numpy()
    return np.asarray(np.bincount(positions(people, table), done, len(people.participant_ids)) == 0)


def _times(interval: dict[str, float], factor: float) -> dict[str, float]:
    scaled = ("estimate", "std_error", "conf_low", "conf_high")
    return {name: value * factor if name in scaled else value for name, value in interval.items()}


def _method(diary: _Diary, found: Thresholds, rule: float) -> str:
    """The sentences that the report prints under "Method"."""
    unit = diary.exposure.unit
    return (
        f"{diary.outcome.label.capitalize()} at {len(diary.score)} check-ins regressed on how many of {len(diary.occasions)} occasions before them reached a "
        f"threshold, beyond a line over each person's occasions, in {found.people} people with enough of both. Of each check-in the mean of its "
        f"moment and each person's level and line over time are taken off; what was there before an occasion is compared at equal counts of "
        f"occasions until then; 95 % intervals by leaving out each person (jackknife, Student's t). The rule asks for {rule:g} {unit}; {len(found.thresholds)} candidates from {found.thresholds[0]:.3g} to "
        f"{found.thresholds[-1]:.3g} {unit} are compared; tests over all of them give each person's share a random sign (999 draws, a fixed seed)."
    )


def _assumptions(diary: _Diary) -> tuple[str, ...]:
    held, label = diary.exposure.label, diary.outcome.label
    return (
        f"Rests on: no common cause of {held} on an occasion and of {label} after it other than the person, a line over time, and what everybody "
        "has at that moment; “before” should be near nothing.",
        "An occasion counts fully at and above the threshold and not at all below it, for good, and each as much as another.",
        "Whether a check-in is missing does not depend on how long was held.",
    )
