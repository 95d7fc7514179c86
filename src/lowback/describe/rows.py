"""Rows of a descriptive result: a statistic of one group of people, with its keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from lowback.result import Refusal, Result, estimates_frame
from lowback.variables import Variable

ESTIMAND = "description"
EVERYBODY = ("", "all")


@dataclass(frozen=True)
class Row:
    """One statistic: how it reads, its value and unit, the people it rests on, and what it is in key columns.

    `interval` holds `std_error`, `df`, `conf_low` and `conf_high` where the statistic has them.
    """

    term: str
    estimate: float
    unit: str
    n_participants: int
    keys: Mapping[str, object]
    interval: Mapping[str, float] | None = None


def described(
    analysis: str,
    question: str,
    rows: Sequence[Row],
    method: str,
    sources: tuple[str, ...] = (),
    variables: Mapping[str, Variable] | None = None,
) -> Result:
    """The rows as a `Result`; nothing in it is tested, so no row has a p-value.

    Keys that name one of the `variables` get its label beside it.
    """
    estimates = [
        {
            "term": term,
            "estimate": row.estimate,
            "unit": row.unit,
            "n_participants": row.n_participants,
            **(row.interval or {}),
        }
        for term, row in zip(_told_apart([row.term for row in rows]), rows, strict=True)
    ]
    return Result(
        analysis=analysis,
        estimand=ESTIMAND,
        question=question,
        estimates=estimates_frame(estimates),
        method=method,
        sources=sources,
        keys=pd.DataFrame([_labelled(row.keys, variables or {}) for row in rows]),
        arms=_arms(rows),
    )


def _arms(rows: Sequence[Row]) -> tuple[str, ...]:
    """The arms that are described, which are those of the study in its order."""
    named = (str(row.keys.get("arm", "")) for row in rows)
    return tuple(dict.fromkeys(arm for arm in named if arm not in EVERYBODY))


def _labelled(keys: Mapping[str, object], variables: Mapping[str, Variable]) -> dict[str, object]:
    known = variables.get(str(keys.get("variable")))
    return {**keys, **({} if known is None else {"variable_label": known.label})}


def refused(analysis: str, question: str, reason: str, *needs: str) -> Refusal:
    """A description that these data do not allow."""
    return Refusal(analysis=analysis, estimand=ESTIMAND, question=question, reason=reason, needs=needs)


def week_text(week: float) -> str:
    """A visit in words."""
    return f"week {week:g}"


def _told_apart(terms: list[str]) -> list[str]:
    """The terms, numbered where names with commas made two of them read alike."""
    seen: Counter[str] = Counter()
    unique = []
    taken = set(terms)
    for term in terms:
        seen[term] += 1
        number, spelled = seen[term], term
        while number > 1 and (spelled := f"{term} ({number})") in taken:
            number += 1
        taken.add(spelled)
        unique.append(spelled)
    return unique
