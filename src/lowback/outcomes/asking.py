"""The way from a cohort and a study to the answer of one analysis of arms, or to the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from lowback.cohort import Cohort
from lowback.outcomes.clusters import told_of_clusters
from lowback.outcomes.comparison import Comparison, comparison
from lowback.outcomes.refusals import NotComparable
from lowback.result import Refusal, Result
from lowback.screening import NobodyEligible, eligible
from lowback.study import Estimand, Study, SummaryMeasure

Answer = Callable[[Comparison, Study, Estimand, str], Result]
AnswerOfPeople = Callable[[Cohort, Study, Estimand, str], Result]


@dataclass(frozen=True)
class Asking:
    """What an analysis is called, which estimands it answers, and its question.

    `question` has places for `label`, `week`, `exposure` and `modifier`; `question_of_none` is asked where the study declares no such estimand.
    `by_modifier` where estimands that name a modifier come before others.
    """

    analysis: str
    summary: SummaryMeasure
    question: str
    question_of_none: str
    by_modifier: bool = False

    def first(self, study: Study) -> Estimand | None:
        """The first estimand of the study that it answers."""
        of_its_kind = [one for one in study.estimands if one.summary == self.summary]
        if self.by_modifier:
            of_its_kind.sort(key=lambda one: one.modifier is None)
        return next(iter(of_its_kind), None)

    def of(self, cohort: Cohort, estimand: Estimand) -> str:
        """The question about this estimand, with the outcome's label."""
        columns = {"label": estimand.outcome, "exposure": estimand.exposure, "modifier": estimand.modifier}
        known = {
            name: f"the {name}" if column is None else _label(cohort, column)
            for name, column in columns.items()
        }
        return self.question.format(**known, week=estimand.week)


def estimand_on(summary: SummaryMeasure) -> str:
    """What a study file lacks that has no such estimand, in words and as its key."""
    return f"an estimand whose summary measure is “{summary}” (in the study file, `summary: {summary}`)"


def _label(cohort: Cohort, column: str) -> str:
    return cohort.variables[column].label if column in cohort.variables else column


def answered(
    cohort: Cohort,
    study: Study,
    asking: Asking,
    answer: Answer,
    *,
    may_cluster: bool = False,
    reads_auxiliary: bool = False,
) -> Result | Refusal:
    """What `answer` says of the eligible people of the arms that the study's first such estimand compares.

    `may_cluster` where it accounts for people who were allocated or treated together, `reads_auxiliary` where it reads what may tell who
    leaves.
    """

    def of_arms(people: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
        compared = comparison(
            people, study, estimand, may_cluster=may_cluster, reads_auxiliary=reads_auxiliary
        )
        return answer(compared, study, estimand, question)

    return answered_of_people(cohort, study, asking, of_arms, may_cluster=may_cluster)


def answered_of_people(
    cohort: Cohort, study: Study, asking: Asking, answer: AnswerOfPeople, *, may_cluster: bool = False
) -> Result | Refusal:
    """What `answer` says of all eligible people by the study's first such estimand, or why it says nothing.

    `may_cluster` where it accounts for people who were allocated or treated together.
    """
    estimand = asking.first(study)
    if estimand is None:
        reason = f"the study “{study.title}” declares no estimand whose summary measure is “{asking.summary}”{study.narrowed_to}"
        needs = (estimand_on(asking.summary),)
        return Refusal(asking.analysis, "", asking.question_of_none, reason, needs)
    question = asking.of(cohort, estimand)
    try:
        found = replace(answer(eligible(cohort, study), study, estimand, question), arms=study.arms)
        return found if may_cluster else told_of_clusters(found, cohort, study)
    except NotComparable as refused:
        return Refusal(asking.analysis, estimand.name, question, str(refused), refused.needs)
    except NobodyEligible as refused:
        return Refusal(asking.analysis, estimand.name, question, str(refused), ("eligible participants",))
