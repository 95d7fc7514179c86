"""Who took part: the flow of participants with reasons, and who came to each visit."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from lowback.cohort import Cohort
from lowback.describe.gaps import came_to, reasons_missing, recorded_values
from lowback.describe.groups import EVERYBODY, arm_names, arm_of, groups, label, study_weeks
from lowback.describe.rows import Row, described, refused, week_text
from lowback.result import Refusal, Result
from lowback.screening import NobodyEligible, baseline_week, exclusions
from lowback.study import Study

QUESTION = "Who is in it?"
ATTENDANCE_QUESTION = "Who came to the visits?"
VISIT = "visit"


def flow(cohort: Cohort, study: Study) -> Result:
    """How many people reached each stage, and why the others did not.

    Everybody of the cohort is either not eligible for one reason, or eligible; who is eligible is in one arm of the study
    or set apart for one reason; and in each arm everybody either has the outcome at a visit or lacks it for one reason.

    Stages: CONSORT 2010 flow diagram (Schulz et al. 2010, BMJ 340:c332); STROBE item 13 (von Elm et al. 2007, Lancet
    370:1453-1457).
    """
    rows = [
        *_set_aside(cohort),
        _count("in the cohort", len(cohort.participant_ids)),
        *_screened(cohort, study),
        *_allocated(cohort, study),
        *_followed(cohort, study),
    ]
    return described(
        "flow",
        QUESTION,
        rows,
        "Flow of participants from the source to the last visit, everybody in exactly one branch. Who fails several rules is counted "
        "at the first; an unrecorded value is not eligible. At each visit that a question is asked of, the people of each arm are "
        "counted with and without the outcome; someone who withdrew by then stands under the reason for withdrawal.",
        (
            "Schulz et al. 2010, BMJ 340:c332 (CONSORT)",
            "von Elm et al. 2007, Lancet 370:1453-1457 (STROBE)",
        ),
    )


def attendance(cohort: Cohort, study: Study) -> Result | Refusal:
    """How many people, and which share of each arm, came to each visit of the study and have its outcomes.

    Shares are percentages of everybody described in the arm (`n_participants`). The key `variable` is "visit" for coming, else the
    outcome recorded.
    """
    if cohort.visits is None:
        return refused("attendance", ATTENDANCE_QUESTION, "this cohort has no visits", "a visits table")
    try:
        people = groups(cohort, study)
    except NobodyEligible as error:
        return refused("attendance", ATTENDANCE_QUESTION, str(error), "eligible participants")
    rows = [
        row
        for week in study_weeks(cohort, study)
        for variable in (VISIT, *_outcomes_at_visits(cohort, study))
        for arm, ids in people.items()
        for row in _share_rows(_present(cohort, variable, week).reindex(ids), variable, week, arm)
    ]
    return described(
        "attendance",
        ATTENDANCE_QUESTION,
        rows,
        "People with a row for the visit, and with the outcome recorded at it, among everybody described in the arm.",
        variables=cohort.variables,
    )


def _set_aside(cohort: Cohort) -> Iterator[Row]:
    """What intake left out, in rows of the source and in the people whom they belong to, who may have other rows."""
    sums = cohort.set_aside.groupby("reason", sort=False)[["participants", "rows"]].sum()
    for reason, participants, rows in sums.itertuples():
        yield _count("with rows set aside at intake", participants, reason=reason)
        if rows != participants:
            yield _count("rows set aside at intake", rows, reason=reason, unit="rows", n=participants)


def _screened(cohort: Cohort, study: Study) -> Iterator[Row]:
    """The people whom each rule leaves out, a rule that leaves out nobody included, and the eligible."""
    excluded = exclusions(cohort, study)["reason"]
    declared = dict.fromkeys((rule.reason for rule in study.eligibility), 0)
    for reason, count in {**declared, **excluded.value_counts(sort=False)}.items():
        yield _count("not eligible", count, reason=str(reason))
    yield _count("eligible", len(cohort.participant_ids) - len(excluded))


def _allocated(cohort: Cohort, study: Study) -> Iterator[Row]:
    arms = arm_of(cohort, study)
    names = arm_names(arms, study)
    if not names:
        return
    apart = arms.map(lambda arm: f"arm {arm} is not in the study", na_action="ignore")
    apart = apart.fillna("no arm recorded")[~arms.isin(names)]
    for reason, count in apart.value_counts(sort=False).items():
        yield _count("in no arm of the study", count, reason=str(reason))
    # Only chance allocates: people of a cohort are in the arm that they or their carers chose.
    stage = "allocated" if study.is_randomised else "included"
    yield from (_count(stage, (arms == name).sum(), arm=label(name)) for name in names)
    yield _count(stage, arms.isin(names).sum())


def _followed(cohort: Cohort, study: Study) -> Iterator[Row]:
    """The people of each arm with each outcome, and the reasons of the others, at every visit that is asked for."""
    try:
        people = groups(cohort, study)
    except NobodyEligible:
        return
    for variable in _outcomes_at_visits(cohort, study):
        for week in _weeks_of_interest(cohort, study, variable):
            reasons = _reasons_lost(cohort, study, variable, week)
            stage = f"{_readable(cohort, study, variable)} at {week_text(week)}"
            counts = {arm: reasons.reindex(ids).value_counts() for arm, ids in people.items()}
            for arm in people:
                yield _count(f"{stage} recorded", counts[arm].get("", 0), arm=arm)
            for reason in sorted(set(reasons.reindex(people[EVERYBODY])) - {""}):
                for arm in people:
                    yield _count(f"{stage} not recorded", counts[arm].get(reason, 0), arm=arm, reason=reason)


def _readable(cohort: Cohort, study: Study, variable: str) -> str:
    """The outcome's label, with its column where two outcomes share one."""
    labels = [cohort.variables[name].label for name in _outcomes_at_visits(cohort, study)]
    label = cohort.variables[variable].label
    return label if labels.count(label) == 1 else f"{label} ({variable})"


def _reasons_lost(cohort: Cohort, study: Study, variable: str, week: float) -> pd.Series:
    """Why each person lacks the outcome, withdrawal by then first; empty text where it is recorded."""
    reasons = reasons_missing(cohort, variable, week)
    people = cohort.participants
    if people is None or "withdrawal_reason" not in people:
        return reasons
    people = people.set_index("participant_id")
    start = baseline_week(cohort, study) or 0.0
    # Without a date of withdrawal, all that is known is that it came after baseline.
    left = people.get("withdrew_week", pd.Series(float("nan"), index=people.index))
    gone = left.le(week).where(left.notna(), week > start).astype(bool) & people["withdrawal_reason"].notna()
    withdrawn = "withdrew: " + people.loc[gone, "withdrawal_reason"].astype(str)
    withdrawn = withdrawn.reindex(reasons.index)
    return reasons.mask((reasons != "") & withdrawn.notna(), withdrawn)


def _weeks_of_interest(cohort: Cohort, study: Study, variable: str) -> list[float]:
    """Baseline, the visits at which an estimand compares this outcome, and the last visit."""
    planned = study_weeks(cohort, study)
    asked = [one.week for one in study.estimands if one.outcome == variable and one.week is not None]
    return sorted({*planned[:1], *asked, *planned[-1:]})


def _outcomes_at_visits(cohort: Cohort, study: Study) -> list[str]:
    declared = dict.fromkeys(one.outcome for one in study.estimands)
    return [name for name in declared if cohort.visits is not None and name in cohort.visits]


def _present(cohort: Cohort, variable: str, week: float) -> pd.Series:
    """Whether each person came to the visit, or has the variable recorded there."""
    return came_to(cohort, week) if variable == VISIT else recorded_values(cohort, variable, week).notna()


def _share_rows(present: pd.Series, variable: str, week: float, arm: str) -> Iterator[Row]:
    """How many are present, and which percentage of the arm; an arm of nobody has no percentage."""
    keys = {"arm": arm, "weeks": week, "variable": variable}
    name = f"{'came' if variable == VISIT else f'{variable} recorded'} at {week_text(week)}, {arm}"
    count, expected = float(present.sum()), len(present)
    yield Row(f"{name}: count", count, "participants", expected, {**keys, "statistic": "count"})
    if expected:
        share = 100 * count / expected
        yield Row(f"{name}: percentage", share, "%", expected, {**keys, "statistic": "percentage"})


def _count(
    stage: str,
    count: int,
    *,
    arm: str = EVERYBODY,
    reason: str = "",
    unit: str = "participants",
    n: int | None = None,
) -> Row:
    """One branch of the flow; `n` is the people behind a count of something else."""
    term = stage + (f", {arm}" if arm != EVERYBODY else "") + (f": {reason}" if reason else "")
    keys = {"stage": stage, "arm": arm, "reason": reason}
    return Row(term, float(count), unit, int(count if n is None else n), keys)
