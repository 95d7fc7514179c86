"""What an analysis hands over: estimates with the method sentence they rest on, or a refusal that says what is missing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

COLUMNS = (
    "term",
    "estimate",
    "std_error",
    "df",
    "conf_low",
    "conf_high",
    "p_value",
    "unit",
    "n_participants",
)
LISTS = ("assumptions", "sources", "arms")
NUMBERS = ("estimate", "std_error", "df", "conf_low", "conf_high", "p_value")

RESULT_MIME = "application/vnd.lowback.result+json"
ANSWER_MIME = "application/vnd.lowback.answer+json"
# What is no result of one analysis: the verdicts on all claims, and what causal diagrams say about a study.
LEDGER_MIME = "application/vnd.lowback.ledger+json"
DIAGRAM_MIME = "application/vnd.lowback.diagram+json"
OWN_MIMES = (RESULT_MIME, ANSWER_MIME, LEDGER_MIME, DIAGRAM_MIME)


@dataclass(frozen=True, eq=False)
class Result:
    """Estimates of one estimand by one analysis.

    `estimates` has one row a term and the columns `COLUMNS`, unrounded; `n_participants` counts people, `df` is
    infinite where the interval is normal, and what a row has not (the standard error of a count) is missing.
    `keys` describes the same rows, in the same order, in columns of the analysis's own (arm, weeks, statistic, ...).
    `causal` says whether the design and the estimand support causal words; `smallest_worthwhile` is the smallest
    difference that matters, in the estimate's unit; `higher_is` says whether a higher outcome is better or worse;
    `arms` are all arms of the study in its order, whichever of them the rows are about.
    """

    analysis: str
    estimand: str
    question: str
    estimates: pd.DataFrame
    method: str
    assumptions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    keys: pd.DataFrame | None = None
    causal: bool = False
    smallest_worthwhile: float | None = None
    higher_is: str | None = None
    arms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse to exist with other columns, no rows, a repeated term or an interval that excludes its estimate."""
        frame = self.estimates
        if tuple(frame.columns) != COLUMNS:
            raise ValueError(f"estimates have columns {list(frame.columns)}; allowed: {list(COLUMNS)}")
        if frame.empty:
            raise ValueError(
                f"{self.analysis}: no estimates; an analysis that cannot answer returns a Refusal"
            )
        for problem in _row_problems(frame):
            raise ValueError(f"{self.analysis}: {problem}")
        if self.keys is not None and len(self.keys) != len(frame):
            raise ValueError(f"{self.analysis}: {len(self.keys)} keys for {len(frame)} estimates")
        object.__setattr__(self, "estimates", frame.reset_index(drop=True))
        if self.keys is not None:
            object.__setattr__(self, "keys", self.keys.reset_index(drop=True))


@dataclass(frozen=True)
class Refusal:
    """An analysis that cannot answer: why, and what it would need."""

    analysis: str
    estimand: str
    question: str
    reason: str
    needs: tuple[str, ...] = ()


def estimates_frame(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Rows as the `estimates` of a `Result`; a number that a row leaves out is missing."""
    columns = {name: [row.get(name, math.nan) for row in rows] for name in COLUMNS}
    kinds = {"term": str, "unit": str, "n_participants": int}
    return pd.DataFrame({name: pd.array(columns[name], dtype=kinds.get(name, float)) for name in COLUMNS})


def to_payload(result: Result | Refusal) -> dict[str, Any]:
    """The result as JSON-ready data, for travel inside an executed notebook."""
    if isinstance(result, Refusal):
        return {"kind": "refusal", **vars(result), "needs": list(result.needs)}
    content = dict(vars(result))
    content["estimates"] = _records(result.estimates)
    content["keys"] = None if result.keys is None else _records(result.keys)
    content |= {name: list(getattr(result, name)) for name in LISTS}
    return {"kind": "result", **content}


def from_payload(payload: Mapping[str, Any]) -> Result | Refusal:
    """The result that `to_payload` wrote."""
    content = {name: value for name, value in payload.items() if name != "kind"}
    if payload["kind"] == "refusal":
        return Refusal(**{**content, "needs": tuple(content["needs"])})
    rows = [
        {name: _number(value) if name in NUMBERS else value for name, value in row.items()}
        for row in content["estimates"]
    ]
    keys = None if content["keys"] is None else pd.DataFrame(content["keys"])
    lists = {name: tuple(content.get(name, ())) for name in LISTS}
    return Result(**{**content, **lists, "estimates": estimates_frame(rows), "keys": keys})


def _row_problems(frame: pd.DataFrame) -> list[str]:
    terms = frame["term"].tolist()
    problems = [f"term {term!r} stands twice" for at, term in enumerate(terms) if term in terms[:at]]
    rows = zip(*(frame[name].tolist() for name in COLUMNS), strict=True)
    for term, estimate, std_error, _, conf_low, conf_high, p_value, unit, people in rows:
        if not math.isfinite(estimate):
            problems.append(f"estimate of {term!r} = {estimate}: allowed are finite numbers")
        if conf_low > estimate or conf_high < estimate:
            problems.append(f"{term!r} = {estimate} lies outside {conf_low} to {conf_high}")
        if std_error < 0 or p_value < 0 or p_value > 1:
            problems.append(f"{term!r} has standard error {std_error} and p-value {p_value}")
        if people < 0 or not unit:
            problems.append(f"{term!r} has unit {unit!r} and n_participants {people}")
    return problems


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table, each by the names of its columns."""
    names = [str(name) for name in frame.columns]
    rows = zip(*(frame[name].tolist() for name in frame.columns), strict=True)
    return [_plain(dict(zip(names, row, strict=True))) for row in rows]


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row without numpy types; JSON has no infinity and no missing number, so both travel as text or null."""
    plain: dict[str, Any] = {}
    for name, value in row.items():
        value = value.item() if hasattr(value, "item") else value
        if isinstance(value, float) and not math.isfinite(value):
            value = None if math.isnan(value) else ("inf" if value > 0 else "-inf")
        plain[str(name)] = value
    return plain


def _number(value: object) -> float:
    return math.nan if value is None else float(str(value))
