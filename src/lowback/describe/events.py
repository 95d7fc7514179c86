"""What came between and what else was done after baseline, by arm: intercurrent events and co-treatment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from lowback.cohort import Cohort
from lowback.describe.baseline import comparator_of
from lowback.describe.groups import EVERYBODY, groups, study_weeks
from lowback.describe.rows import Row, described, refused
from lowback.estimators.proportions import Proportion, newcombe, wilson
from lowback.result import Refusal, Result
from lowback.screening import NobodyEligible, baseline_week
from lowback.study import Study

QUESTION = "What came between, and what else was done?"
STOPPED, WITHDREW = "stopped_intervention", "withdrawal_reason"
# Of care, from this step on: opioids and surgery.
STEP, HIGH_STEP = "care_step", 2


@dataclass(frozen=True, eq=False)
class Event:
    """Whether something happened to each person with a record of it (index `participant_id`); `level` says what counts."""

    variable: str
    level: str
    happened: pd.Series


def events_by_arm(cohort: Cohort, study: Study) -> Result | Refusal:
    """How many people of each arm left, stopped, or had another treatment after baseline, and how far arms lie apart.

    A person counts once, if it is recorded at any visit or check-in after baseline; shares (percent) are of the people of the arm who have a record
    of it after baseline, with Wilson's interval. A difference is an arm less the comparator, in percentage points, with Newcombe's; no row is
    a test. Such events come after the allocation: an arm may have brought them about.

    Wilson 1927, J Am Stat Assoc 22:209-212; Newcombe 1998, Stat Med 17:873-890; ICH E9(R1) 2019.
    """
    try:
        people = groups(cohort, study)
    except NobodyEligible as error:
        return refused("events_by_arm", QUESTION, str(error), "eligible participants")
    comparator = comparator_of(study, people)
    rows = [row for event in _events(cohort, study) for row in _rows(event, people, comparator)]
    if not rows:
        needs = "withdrawals, stopped_intervention, or columns of co-treatment after baseline"
        return refused("events_by_arm", QUESTION, "this cohort records nothing that came between", needs)
    return described(
        "events_by_arm",
        QUESTION,
        rows,
        _method(study, comparator),
        (
            "ICH E9(R1) 2019 (intercurrent events)",
            "Wilson 1927, J Am Stat Assoc 22:209-212 (shares)",
            "Newcombe 1998, Stat Med 17:873-890, method 10 (differences of shares)",
        ),
        cohort.variables,
    )


def _events(cohort: Cohort, study: Study) -> Iterator[Event]:
    """Withdrawal, stopping, then each co-treatment, as far as they are recorded after baseline."""
    people = cohort.participants
    if people is not None and WITHDREW in people:
        left = people.set_index("participant_id")[WITHDREW].notna()
        yield Event(WITHDREW, "any", left)
    start = baseline_week(cohort, study) or 0.0
    after = [week for week in study_weeks(cohort, study) if week > start]
    for table, moment in ((cohort.visits, "weeks"), (cohort.checkins, "days")):
        if table is None:
            continue
        is_later = table[moment].isin(after) if moment == "weeks" else table[moment] > 7 * start
        for name in map(str, table):
            if name == STOPPED or cohort.variables[name].block == "co-treatment":
                yield from _recorded(table[is_later], cohort, name)


def _recorded(table: pd.DataFrame, cohort: Cohort, name: str) -> Iterator[Event]:
    """Who has it in any of these rows, of those with a value in one; categories have no yes or no."""
    variable = cohort.variables[name]
    known = table[table[name].notna()]
    if known.empty or not (variable.is_numeric or variable.kind == "flag"):
        return
    least = HIGH_STEP if name == STEP else 0
    has = known[name].astype(float) >= least if least else known[name].astype(float) > 0
    yield Event(name, f"{least} or more" if least else "any", has.groupby(known["participant_id"]).any())


def _rows(event: Event, people: Mapping[str, pd.Index], comparator: str | None) -> Iterator[Row]:
    """Count and share of each arm, then each arm less the comparator."""
    of_arm = {arm: event.happened[event.happened.index.isin(ids)] for arm, ids in people.items()}
    known = {arm: one for arm, one in of_arm.items() if len(one)}
    place = {"variable": event.variable, "level": event.level}
    name = event.variable if event.level == "any" else f"{event.variable} of {event.level}"
    for arm, one in known.items():
        count, n = int(one.sum()), len(one)
        keys = {**place, "arm": arm, "comparator": ""}
        yield Row(f"{name}, {arm}: count", float(count), "participants", n, {**keys, "statistic": "count"})
        share = wilson(count, n)
        term = f"{name}, {arm}: percentage"
        yield Row(term, 100 * share.estimate, "%", n, {**keys, "statistic": "percentage"}, _interval(share))
    if comparator not in known:
        return
    base = known[comparator]
    for arm, one in known.items():
        if arm not in (comparator, EVERYBODY):
            apart = newcombe(int(one.sum()), len(one), int(base.sum()), len(base))
            keys = {**place, "arm": arm, "comparator": comparator, "statistic": "difference"}
            term = f"{name}, {arm} vs {comparator}: difference"
            n = len(one) + len(base)
            yield Row(term, 100 * apart.estimate, "%", n, keys, _interval(apart))


def _interval(found: Proportion) -> dict[str, float]:
    ends = {"std_error": found.std_error, "conf_low": found.conf_low, "conf_high": found.conf_high}
    return {name: 100 * value for name, value in ends.items()}


def _method(study: Study, comparator: str | None) -> str:
    declared = {
        f"{event}: {strategy}"
        for one in study.estimands
        for event, strategy in one.intercurrent_events.items()
    }
    sentences = [
        "People to whom it happened at any visit or check-in after baseline, of those of the arm with a record of it after baseline; "
        "moments without a record count as none, so that who left early has had less time for it. Shares have Wilson's 95 % intervals",
        f"differences from {comparator} have Newcombe's" if comparator else "",
        "they came after the allocation and are not tested",
        f"the study declares: {', '.join(sorted(declared))}" if declared else "",
    ]
    return "; ".join(filter(None, sentences)) + "."
