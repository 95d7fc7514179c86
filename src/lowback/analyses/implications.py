"""Do the data contradict a causal diagram? Every pair that it says goes together in no way, put to the test."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lowback.cohort import Cohort
from lowback.diagram import Diagram, Independence, Node, diagrams, implied_independences
from lowback.estimators import NotEstimable
from lowback.estimators.multiplicity import holm
from lowback.estimators.partial_correlation import PartialCorrelation, partial_correlation
from lowback.outcomes.clusters import told_of_clusters
from lowback.outcomes.visit_columns import Measured, measured_at, visit_before
from lowback.result import Refusal, Result, estimates_frame
from lowback.screening import NobodyEligible, eligible
from lowback.study import Study

QUESTION = "Do these data contradict the causal diagrams?"
ESTIMAND = "implied independences"
LEVEL = 0.05
Row = tuple[dict[str, object], dict[str, object]]
SOURCES = (
    "Pearl 2009, Causality, 2nd edition, section 1.2 (d-separation); Richardson & Spirtes 2002, Ann Stat 30:962-1030 (unmeasured causes)",
    "Shah & Peters 2020, Ann Stat 48:1514-1538 (products of residuals)",
    "Fuller 1987, Measurement Error Models, section 2.2 (known error variance)",
    "Holm 1979, Scand J Stat 6:65-70",
)


def implications(cohort: Cohort, study: Study, asked: Sequence[Diagram] = ()) -> Result | Refusal:
    """For each diagram, whether pairs that it calls unrelated among people alike in others go together all the same.

    `asked` are the diagrams, those that ship if none are given. One row a pair: the partial correlation (-1 to 1) of each person's
    changes between the first visit and that of the study's first estimand of arms (the last, without one); of values at the visit where there is
    one visit only or the diagram has earlier visits. Errors of what is held fixed are allowed for up to a quarter more than second readings of these people show, else the data dictionary says. p-values are
    Holm's within a diagram, beside the plain ones in the key `p_holm`; a diagram is contradicted where one is below 5 %.
    Whatever people chose may share causes with everything, so in a study without randomisation nothing is asked of the arms.
    """
    try:
        people = eligible(cohort, study)
    except NobodyEligible as refused:
        return _refusal(str(refused), "eligible participants")
    weeks = [week for week in (study.weeks or people.weeks) if week in people.weeks]
    told = [one if study.is_randomised else one.without_chance() for one in asked or diagrams()]
    found = [_Tried.of(people, study, weeks, one) for one in told]
    if not any(one.tests for one in found):
        reason = f"none of the diagrams ({', '.join(one.diagram.name for one in found)}) says anything that these records could refute"
        return _refusal(reason, "three columns of a diagram or more, of 20 people or more")
    return told_of_clusters(_result(study, weeks, found), people, study)


@dataclass(frozen=True, eq=False)
class _Test:
    """One pair of columns of an implied independence, with its correlation."""

    implied: Independence
    names: tuple[str, str]
    people: int
    found: PartialCorrelation


@dataclass(frozen=True, eq=False)
class _Tried:
    """A diagram, what was tested of it, and which pairs could not be and why; `is_change` says whether changes were tested."""

    diagram: Diagram
    is_change: bool
    tests: list[_Test]
    untested: list[tuple[str, str]]

    @classmethod
    def of(cls, people: Cohort, study: Study, weeks: list[float], diagram: Diagram) -> _Tried:
        """Every test of the diagram that these people's records allow."""
        is_change = len(weeks) > 1 and not any(node.lag for node in diagram.nodes)
        values = {node: _values(people, study, weeks, node, is_change) for node in diagram.observable}
        known = {node: one for node, one in values.items() if one is not None}
        tests: list[_Test] = []
        untested: list[tuple[str, str]] = []
        for implied in implied_independences(diagram, list(known)):
            if _is_known(people, diagram, implied):
                continue
            try:
                tests += _tests(implied, known)
            except NotEstimable as refused:
                untested.append((_said(diagram, implied), str(refused)))
        return cls(diagram, is_change, tests, untested)

    @property
    def adjusted(self) -> list[float]:
        """Holm's p-values."""
        return holm([one.found.p_value for one in self.tests]).tolist() if self.tests else []

    @property
    def verdict(self) -> str:
        """Whether the data contradict the diagram."""
        if not self.tests:
            return "not tested"
        return "contradicted" if min(self.adjusted) < LEVEL else "not contradicted"


def _is_known(people: Cohort, diagram: Diagram, implied: Independence) -> bool:
    """Whether it says no more than that chance made arms alike in what was so before, which needs no test.

    Senn 1994, Stat Med 13:1715-1726.
    """
    pair = [implied.first.variable, implied.second.variable]
    others = [name for name in pair if name not in diagram.by_chance]
    return len(others) < 2 and all(people.variables[name].tables == ("participants",) for name in others)


def _values(people: Cohort, study: Study, weeks: list[float], node: Node, is_change: bool) -> Measured | None:
    if not weeks:
        return measured_at(people, node.variable, 0.0)
    estimand = study.estimand("mean difference")
    week = estimand.week if estimand is not None and estimand.week in weeks[1:] else weeks[-1]
    at = visit_before(weeks, float(week or 0), node.lag)
    since = weeks[0] if is_change else None
    return None if at is None else measured_at(people, node.variable, at, since, study.control_arm)


def _tests(implied: Independence, known: dict[Node, Measured]) -> Iterator[_Test]:
    """The correlations of every column of the one with every column of the other, among people who have all."""
    first, second = known[implied.first], known[implied.second]
    given = [known[node] for node in implied.given]
    fixed = np.column_stack([np.empty((len(first.columns), 0)), *(one.columns for one in given)])
    errors = np.array([one.error_variance for one in given for _ in one.names])
    whole = ~np.isnan(np.column_stack([first.columns, second.columns, fixed])).any(axis=1)
    varies = np.ptp(fixed[whole], axis=0) > 0 if whole.any() else np.zeros(0, dtype=bool)
    for at, one in enumerate(first.names):
        for to, other in enumerate(second.names):
            found = partial_correlation(
                first.columns[whole, at], second.columns[whole, to], fixed[whole][:, varies], errors[varies]
            )
            yield _Test(implied, (one, other), int(whole.sum()), found)


def _result(study: Study, weeks: list[float], found: list[_Tried]) -> Result:
    rows = [row for tried in found for row in (*_counts(tried), *_correlations(tried))]
    return Result(
        analysis="implications",
        estimand=ESTIMAND,
        question=QUESTION,
        estimates=estimates_frame([row for row, _ in rows]),
        keys=pd.DataFrame([key for _, key in rows]),
        method=_method(study, weeks, found),
        assumptions=_assumptions(found),
        sources=SOURCES,
    )


def _counts(tried: _Tried) -> Iterator[Row]:
    """How many correlations were tested, how many of them are not zero, and how many pairs could not be tested."""
    people = max((one.people for one in tried.tests), default=0)
    beyond = sum(one < LEVEL for one in tried.adjusted)
    counts = {"tested": len(tried.tests), "not zero": beyond, "not tested": len(tried.untested)}
    for statistic, count in counts.items():
        term = f"{tried.diagram.name}: {statistic}"
        row = {"term": term, "estimate": count, "unit": "independences", "n_participants": people}
        yield row, {**_place(tried, statistic), "p_holm": math.nan}


def _correlations(tried: _Tried) -> Iterator[Row]:
    for one, adjusted in zip(tried.tests, tried.adjusted, strict=True):
        pair = zip((one.implied.first, one.implied.second), one.names, strict=True)
        first, second = (_words(tried.diagram, node, column) for node, column in pair)
        given = ", ".join(tried.diagram.label(node) for node in one.implied.given)
        facts = {key: value for key, value in vars(one.found).items() if key != "share"}
        term = f"{tried.diagram.name}: {first} and {second}{f' given {given}' if given else ''}"
        row = {"term": term, "unit": "correlation", "n_participants": one.people, **facts}
        key = _place(tried, "partial correlation")
        yield row, {**key, "first": first, "second": second, "given": given, "p_holm": adjusted}


def _place(tried: _Tried, statistic: str) -> dict[str, object]:
    place = {"diagram": tried.diagram.name, "title": tried.diagram.title, "diagram_verdict": tried.verdict}
    return {**place, "first": "", "second": "", "given": "", "statistic": statistic}


def _words(diagram: Diagram, node: Node, column: str) -> str:
    """What a column is called: the node's label, with the level of a category."""
    level = column.partition(" (")[2]
    return f"{diagram.label(node)} ({level}" if level else diagram.label(node)


def _said(diagram: Diagram, implied: Independence) -> str:
    return f"{diagram.label(implied.first)} and {diagram.label(implied.second)}"


def _method(study: Study, weeks: list[float], found: list[_Tried]) -> str:
    """The sentences that the report prints under "Method"."""
    parts = [
        "Each diagram says of some pairs of measures that they go together in no way among people alike in certain others; each such pair "
        "that was recorded is tested by a partial correlation, one row a person, and Holm's p-values below 5 % within a diagram contradict it"
    ]
    if any(one.is_change for one in found):
        parts.append(
            f"what visits recorded enters as each person's change between the visits, the first being week {weeks[0]:g}, so that what differs "
            "between people for good takes no part"
        )
    if any(not one.is_change for one in found):
        parts.append(
            "values at a visit enter as they are, so that lasting differences between people take part"
        )
    parts.append(
        "what is held fixed is known with error, which leaves a correlation where there is none; any error between none and a quarter more than "
        "second readings of these people show, or else the data dictionary gives, is allowed for, and the correlation nearest to none is shown"
    )
    if not study.is_randomised:
        parts.append("nothing is asked of the arms, which chance did not assign")
    parts += [f"“{one.diagram.title}”, not tested: {_untested(one)}" for one in found if one.untested]
    return ". ".join(part[0].upper() + part[1:] for part in parts) + "."


def _untested(tried: _Tried) -> str:
    """The pairs that could not be tested, each reason once."""
    pairs: dict[str, list[str]] = {}
    for pair, reason in tried.untested:
        pairs.setdefault(reason, []).append(pair)
    return "; ".join(f"{', '.join(those)} ({reason})" for reason, those in pairs.items())


def _assumptions(found: list[_Tried]) -> tuple[str, ...]:
    return (
        *(f"Rests on the diagram “{one.diagram.title}”: {_arrows(one.diagram)}." for one in found),
        "Effects of what is held fixed are straight lines and do not depend on each other.",
        "Errors of measurement are independent of all else, and at most a quarter larger than second readings show or the data dictionary says.",
        "Who was seen does not depend on what was seen, given what is held fixed.",
        "People are independent of each other.",
        "A diagram that is not contradicted is not shown to be right: others imply the same, and small cohorts contradict little.",
    )


def _arrows(diagram: Diagram) -> str:
    """What leads to what, a cause once with all that it leads to; then the pairs with an unmeasured cause in common."""
    leads: dict[Node, list[str]] = {}
    for cause, effect in diagram.arrows:
        leads.setdefault(cause, []).append(diagram.label(effect))
    said = [f"{diagram.label(cause)} → {', '.join(effects)}" for cause, effects in leads.items()]
    return "; ".join(
        [*said, *(f"{diagram.label(one)} ↔ {diagram.label(other)}" for one, other in diagram.shared)]
    )


def _refusal(reason: str, *needs: str) -> Refusal:
    return Refusal("implications", ESTIMAND, QUESTION, reason, needs)
