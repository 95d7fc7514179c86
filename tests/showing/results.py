"""Results written by hand, with the key columns that each analysis promises, for the tests of the showing wing."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from lowback.result import COLUMNS, Refusal, Result, estimates_frame

ARMS = ("usual care", "stretching", "strengthening", "both", "diary", "walking", "yoga", "massage & heat")
NASTY = (
    "<script>alert(1)</script>",
    'Übung, „lang“ & "breit" $x_1$ — 股関節のストレッチ with a very long name indeed',
)
REFUSAL = Refusal("ancova", "pain", "Did pain fall?", "no visit at week <8>", ("a visit at week 8",))


def result(rows: list[dict[str, Any]], analysis: str, **more: Any) -> Result:
    """A result from rows that hold estimate columns and keys together."""
    filled = [{"unit": "participants", "n_participants": 50, **row} for row in rows]
    for place, row in enumerate(filled):
        row.setdefault("term", f"term {place}")
    names = [name for name in dict.fromkeys(key for row in filled for key in row) if name not in COLUMNS]
    keys = pd.DataFrame([{name: row.get(name) for name in names} for row in filled], columns=names)
    estimates = estimates_frame([{name: row[name] for name in COLUMNS if name in row} for row in filled])
    given = {
        "estimand": "pain at week 12",
        "question": "Did pain fall more?",
        "method": "Analysis of covariance, adjusted for baseline. Intervals are exact.",
        "assumptions": ("Missing at random.",),
        "sources": ("Vickers & Altman 2001",),
        "higher_is": "worse",
    }
    return Result(analysis=analysis, estimates=estimates, keys=keys, **{**given, **more})


def interval(estimate: float, low: float, high: float) -> dict[str, float]:
    """The columns of an estimate with a normal interval."""
    return {
        "estimate": estimate,
        "conf_low": low,
        "conf_high": high,
        "std_error": (high - low) / 3.92,
        "df": math.inf,
        "p_value": 0.04,
    }


def differences(
    *rows: tuple[str, float, float, float],
    comparator: str = "usual care",
    unit: str = "NRS points",
    analysis: str = "ancova",
    outcome: str = "pain_nrs",
    outcome_label: str = "",
    **more: Any,
) -> Result:
    """Mean differences from the comparator: arm, estimate and interval each."""
    common = {
        "comparator": comparator,
        "weeks": 12.0,
        "statistic": "difference",
        "unit": unit,
        "outcome": outcome,
        "outcome_label": outcome_label,
    }
    return result(
        [
            {"term": f"{arm} vs {comparator}", "arm": arm, **common, **interval(estimate, low, high)}
            for arm, estimate, low, high in rows
        ],
        analysis,
        **more,
    )


def effects(arms: tuple[str, ...], **more: Any) -> Result:
    """A difference of every other arm from the first, around -0.8."""
    return differences(
        *[
            (arm, -0.8 + 0.2 * place, -1.4 + 0.2 * place, -0.2 + 0.2 * place)
            for place, arm in enumerate(arms[1:])
        ],
        comparator=arms[0],
        **more,
    )


def mixed(arms: tuple[str, ...]) -> Result:
    """Differences and adjusted means at three visits."""
    rows = []
    for week in (12.0, 6.0):
        for place, arm in enumerate(arms[1:]):
            key = {"arm": arm, "comparator": arms[0], "weeks": week, "statistic": "difference"}
            middle = -0.1 * week + 0.2 * place
            rows.append(
                {
                    **key,
                    **interval(middle, middle - 0.5, middle + 0.5),
                    "unit": "NRS points",
                    "outcome": "pain_nrs",
                }
            )
    for place, arm in enumerate(arms):
        for week in (0.0, 6.0, 12.0):
            key = {"arm": arm, "comparator": "", "weeks": week, "statistic": "adjusted mean"}
            middle = 6 - 0.1 * week - 0.2 * place
            rows.append(
                {
                    **key,
                    **interval(middle, middle - 0.4, middle + 0.4),
                    "unit": "NRS points",
                    "outcome": "pain_nrs",
                }
            )
    return result(rows, "mixed", smallest_worthwhile=1.0)


def responders(
    arms: tuple[str, ...], definitions: tuple[str, ...] = ("fall of 30 %", "fall of 50 %")
) -> Result:
    """Counts, risks and differences for each definition and arm."""
    rows = []
    for definition in definitions:
        for place, arm in enumerate(arms):
            key = {"arm": arm, "comparator": "", "weeks": 12.0, "definition": definition}
            rows += [
                {**key, "statistic": "responders", "estimate": 10 + place},
                {**key, "statistic": "randomised", "estimate": 50},
                {**key, "statistic": "observed risk", "unit": "proportion", "estimate": (10 + place) / 50},
                {**key, "statistic": "standardised risk", "unit": "proportion", **interval(0.2, 0.1, 0.35)},
            ]
            if place:
                apart = {**key, "comparator": arms[0]}
                rows.append(
                    {
                        **apart,
                        "statistic": "risk difference",
                        "unit": "proportion",
                        **interval(0.254, 0.104, 0.404),
                    }
                )
                rows.append(
                    {
                        **apart,
                        "statistic": "number needed to treat",
                        "estimate": 3.94,
                        "conf_low": 2.5,
                        "conf_high": 9.6,
                    }
                )
    return result(rows, "responders", higher_is="better")


def slopes(*, within: tuple[float, float, float] = (0.3, 0.1, 0.5), **more: Any) -> Result:
    """Within and between slopes of pain on tilt, adjusted and unadjusted."""
    rows = [
        {"exposure": "pelvic_tilt_deg", "level": level, "adjustment": adjustment, **interval(*numbers)}
        for level, numbers in (
            ("within", within),
            ("between", (0.1, -0.2, 0.4)),
            ("between minus within", (-0.2, -0.6, 0.2)),
        )
        for adjustment in ("adjusted", "unadjusted")
    ]
    unit = {"unit": "NRS points per 5 degrees", "outcome": "pain_nrs"}
    return result([{**row, **unit} for row in rows], "within_between", **more)


def flow(arms: tuple[str, ...]) -> Result:
    """Randomised, lost with reasons, analysed."""
    rows = [
        {
            "stage": "randomised",
            "arm": "all",
            "reason": "",
            "estimate": 50 * len(arms),
            "n_participants": 50 * len(arms),
        }
    ]
    rows += [{"stage": "randomised", "arm": arm, "reason": "", "estimate": 50} for arm in arms]
    for reason, count in (("moved away", 3), ("no reason given", 2)):
        rows += [{"stage": "lost", "arm": arm, "reason": reason, "estimate": count} for arm in arms]
    rows += [{"stage": "analysed at week 12", "arm": arm, "reason": "", "estimate": 45} for arm in arms]
    return result(rows, "flow", question="Who is in it?", estimand="flow")


def attendance(arms: tuple[str, ...]) -> Result:
    """Visits attended."""
    rows = [{"arm": arm, "weeks": week, "estimate": 50 - week} for week in (0.0, 6.0, 12.0) for arm in arms]
    return result(rows, "attendance", question="Who came?", estimand="attendance")


def table_one(arms: tuple[str, ...]) -> Result:
    """Age, sex and missing values by arm, with standardised differences."""
    rows: list[dict[str, Any]] = []
    for arm in (*arms, "all"):
        age = {"variable": "age_years", "level": "", "arm": arm}
        rows += [
            {**age, "statistic": "mean", "unit": "years", "estimate": 41.23},
            {**age, "statistic": "SD", "unit": "years", "estimate": 12.34},
            {**age, "statistic": "missing", "estimate": 2},
        ]
        for level, count in (("female", 30), ("male", 20)):
            sex = {"variable": "sex", "level": level, "arm": arm}
            rows.append({**sex, "statistic": "count", "estimate": count})
            rows.append({**sex, "statistic": "percentage", "unit": "%", "estimate": count * 2})
    for arm in arms[1:]:
        apart = {"arm": arm, "comparator": arms[0], "statistic": "standardised difference", "unit": "SD"}
        rows.append({"variable": "age_years", "level": "", **apart, "estimate": -0.123})
        rows.append({"variable": "sex", "level": "female", **apart, "estimate": 0.204})
    return result(rows, "table_one", question="Who are they?", estimand="table one")


def missingness(
    arms: tuple[str, ...], variables: tuple[str, ...] = ("pain_nrs", "own <b>column</b>")
) -> Result:
    """Missing values by variable, visit and arm, with their share."""
    rows = [
        {"variable": name, "arm": arm, "weeks": week, "reason": "", "estimate": week / 2}
        for name in variables
        for week in (0.0, 6.0, 12.0)
        for arm in arms
    ]
    return result(rows, "missingness", question="What is missing?", estimand="missingness")


def outcome_means(arms: tuple[str, ...], scale: float = 1.0) -> Result:
    """Means with intervals and SDs by visit and arm."""
    rows = []
    for place, arm in enumerate(arms):
        for week in (0.0, 4.0, 12.0):
            key = {"variable": "pain_nrs", "arm": arm, "weeks": week, "unit": "NRS points"}
            middle = (6 - 0.15 * week - 0.3 * place) * scale
            rows.append(
                {**key, "statistic": "mean", **interval(middle, middle - 0.4 * scale, middle + 0.4 * scale)}
            )
            rows.append({**key, "statistic": "SD", "estimate": 1.34 * scale})
    return result(rows, "outcome_means", question="How did pain go?", estimand="means")
