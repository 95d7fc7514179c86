"""The outcome's scores with auxiliary ones of the same people as further responses of one model.

A score that is missing is foretold by all that correlates with it. Where people leave because they do not keep to a programme, and those get
better less, scores of pain alone do not tell what theirs would have been; how much of it they did, up to when they left, does. Each auxiliary
score has means, baseline and covariates of its own and correlates freely with all others; no difference is read from it.

Collins, Schafer & Kam 2001, Psychol Methods 6:330-351; Graham 2003, Struct Equ Modeling 10:80-100 (saturated correlates).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lowback.estimators.mmrm import LadderFit, fit_ladder
from lowback.outcomes.comparison import Comparison
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.repeated import Repeated
from lowback.outcomes.scores import Array, Positions
from lowback.outcomes.wording import complete

SOURCES_BESIDE = (
    "Collins, Schafer & Kam 2001, Psychol Methods 6:330-351, doi:10.1037/1082-989X.6.4.330 (auxiliary variables)",
    "Graham 2003, Struct Equ Modeling 10:80-100, doi:10.1207/S15328007SEM1001_4 (as correlated further outcomes)",
)


@dataclass(frozen=True, eq=False)
class JointScores:
    """One row a person and response; `slot` is the place of the response: the outcome's visits first, then auxiliary scores."""

    score: Array
    design: Array
    person: Positions
    slot: Positions
    names: tuple[str, ...]

    def fitted(self) -> LadderFit:
        """The fit with every response freely correlated with every other: no order of visits holds among them."""
        return fit_ladder(
            self.score,
            self.design,
            self.person,
            self.slot,
            names=self.names,
            covariances=("unstructured",),
        )


@dataclass(frozen=True, eq=False)
class _Response:
    """One auxiliary score at one visit: who has it, their scores in the outcome's spread, their design and its names."""

    person: Positions
    score: Array
    design: Array
    names: list[str]


def with_auxiliary(compared: Comparison, read: Repeated, design: Array, names: list[str]) -> JointScores:
    """The rows of the outcome, then those of each auxiliary score at visits after baseline and before the last.

    An arm in which a score is the same in everybody, or is not recorded, has no part in it. Raises `NotComparable` where an auxiliary
    column does not vary in any arm at any such visit.
    """
    responses = [
        one for name, scores in compared.auxiliary.items() for one in _responses(compared, read, name, scores)
    ]
    width = design.shape[1] + sum(one.design.shape[1] for one in responses)
    rows = [np.pad(design, ((0, 0), (0, width - design.shape[1])))]
    filled = design.shape[1]
    for one in responses:
        after = width - filled - one.design.shape[1]
        rows.append(np.pad(one.design, ((0, 0), (filled, after))))
        filled += one.design.shape[1]
    slots = [read.week, *(np.full(len(one.score), len(read.weeks) + at) for at, one in enumerate(responses))]
    return JointScores(
        score=np.concatenate([read.score, *(one.score for one in responses)]),
        design=np.vstack(rows),
        person=np.concatenate([read.person, *(one.person for one in responses)]),
        slot=np.concatenate(slots),
        names=(*names, *(name for one in responses for name in one.names)),
    )


def read_beside(compared: Comparison) -> str:
    """What is read beside the outcome, as a clause of a method; empty where nothing is."""
    if not compared.auxiliary:
        return ""
    return (
        f"{_labels(compared)} at visits before the last is read beside it, as what may tell who leaves: a further outcome, correlated "
        "freely with the scores, in arms where it varies"
    )


def missing_at_random(compared: Comparison, given: str) -> str:
    """What has to hold of scores that are missing, as an assumption."""
    beside = (
        f", and the same {_labels(compared)}, which goes with it alike in every arm"
        if compared.auxiliary
        else ""
    )
    return (
        f"Whether {compared.outcome.label} is missing at a visit does not depend on its value among people of one "
        f"arm with the same {given} and scores at the other visits{beside} (missing at random)."
    )


def _labels(compared: Comparison) -> str:
    return ", ".join(map(compared.label, compared.auxiliary))


def _responses(compared: Comparison, read: Repeated, name: str, scores: Array) -> Iterator[_Response]:
    """An auxiliary column's scores at each visit at which they vary."""
    kept = complete(read.gaps)
    arm = read.arm[_first_rows(read)]
    found = 0
    for week in read.weeks[:-1]:
        each = scores[kept, compared.weeks.index(week)]
        varied = [at for at in range(len(read.arms)) if len(np.unique(_known(each[arm == at]))) > 1]
        has = np.isfinite(each) & np.isin(arm, varied)
        if week > compared.baseline_week and has.any():
            found += 1
            yield _response(read, np.flatnonzero(has), each, varied, f"{name} at week {week:g}")
    if not found:
        raise NotComparable(
            f"{compared.label(name)} ({name}) varies in no arm at a visit after baseline and before week {read.weeks[-1]:g}, so it tells "
            "nothing of who leaves",
            f"{name} at visits between",
        )


def _response(read: Repeated, people: Positions, each: Array, arms: list[int], place: str) -> _Response:
    first = _first_rows(read)[people]
    cells = (read.arm[first][:, None] == np.array(arms)).astype(float)
    columns = [cells, read.covariates[first]]
    names = [
        *(f"{place} in {read.arms[at]}" for at in arms),
        *(f"{place}: {one}" for one in read.adjusted_for),
    ]
    if len(read.baseline) and np.ptp(read.baseline):
        columns.append(read.baseline[first][:, None])
        names.append(f"{place}: baseline")
    scores = each[people]
    # Of the outcome's spread, so that no covariance is of another order of magnitude; no estimate of the outcome hangs on it.
    scaled = (scores - scores.mean()) * (read.score.std() / scores.std())
    return _Response(people, scaled, np.column_stack(columns), names)


def _first_rows(read: Repeated) -> Positions:
    """A row of each person."""
    return np.unique(read.person, return_index=True)[1]


def _known(values: Array) -> Array:
    return values[np.isfinite(values)]
