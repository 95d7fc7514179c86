"""What does the outcome do on the days around flares of the exposure, beyond what days that hang together would show?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.onsets import Curve, OnsetStudy, Window, onset_study, window_interval
from lowback.outcomes import NotComparable
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.days import Days, daily
from lowback.outcomes.refusals import refuse_other_strategies
from lowback.result import Refusal, Result, estimates_frame
from lowback.study import Estimand, Study

ASKING = Asking(
    "onsets",
    "lead",
    "What does {label} do on the days around flares of what may lead it?",
    "What does one series do around flares of another?",
)
SOURCES = (
    "Yule 1926, J R Stat Soc 89:1-63 (slow series look related)",
    "Theiler et al. 1992, Physica D 58:77-94; Ebisuzaki 1997, J Climate 10:2147-2153 (series moved or rebuilt as what to expect)",
    "Rogosa 1980, Psychol Bull 88:245-258 (unequal reliability makes the better measured series seem to lead)",
)
SEED = 20261122
REACH, WINDOW, QUIET = 7, 3, 3
DEFAULT_RISE = 2.0
Row = tuple[dict[str, object], dict[str, object]]


def onsets(cohort: Cohort, study: Study) -> Result | Refusal:
    """The outcome on the seven days before and after onsets of the exposure, from check-ins by day, in the outcome's unit.

    An onset is a day on which the exposure lies `estimand.rise` (2) or more above the person's median, after three days on
    which it did not; days of which half the check-ins or more are missing are no onsets and tell no news. "Level" is the outcome around
    each person's line; "news" is what its own day before did not foretell. Both stand against onsets moved round in time, with a band for all lags at once. Never causal, and alone no proof of who leads: see the assumptions.

    Yule 1926, J R Stat Soc 89:1-63; Ebisuzaki 1997, J Climate 10:2147-2153.
    """
    return answered_of_people(cohort, study, ASKING, _onsets)


def _onsets(people: Cohort, _: Study, estimand: Estimand, _question: str) -> Result:
    refuse_other_strategies(estimand)
    exposure, outcome = daily(people, str(estimand.exposure), estimand.outcome)
    if exposure.variable.higher_is == "better":
        raise NotComparable(
            f"of {exposure.variable.label} a higher score is better, and a flare is read from scores that are high",
            "an exposure of which a higher score is worse",
        )
    rise = estimand.rise or DEFAULT_RISE
    try:
        found = onset_study(
            exposure.values, outcome.values, rise=rise, whole=(exposure.whole, outcome.whole),
            reach=REACH, window=WINDOW, quiet=QUIET, seed=SEED,
        )  # fmt: skip
    except NotEstimable as refused:
        raise NotComparable(
            f"{outcome.variable.label} around onsets of {exposure.variable.label} cannot be followed: {refused}",
            f"several people with check-ins on most days and rises of {rise:g} {exposure.variable.unit} or more",
        ) from refused
    rows = [*_window_rows(found, outcome), *_curve_rows(found, outcome)]
    return Result(
        analysis="onsets",
        estimand=estimand.name,
        question=f"What does {outcome.variable.label} do on the days around flares of {exposure.variable.label}?",
        estimates=estimates_frame([row for row, _ in rows]),
        keys=pd.DataFrame([{"lag": np.nan, **_named(exposure, outcome), **key} for _, key in rows]),
        method=_method(found, exposure, outcome, rise),
        assumptions=_assumptions(exposure, outcome),
        sources=SOURCES,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=outcome.variable.higher_is,
    )  # fmt: skip


def _named(exposure: Days, outcome: Days) -> dict[str, object]:
    """Names and labels of both series, as keys."""
    one, other = outcome.variable, exposure.variable
    return {
        "outcome": one.name,
        "outcome_label": one.label,
        "exposure": other.name,
        "exposure_label": other.label,
    }


def _window_rows(found: OnsetStudy, outcome: Days) -> list[Row]:
    """News after, on and before the day of the onset, beyond what moved onsets give."""
    label, unit = outcome.variable.label, str(outcome.variable.unit)
    windows: dict[str, tuple[Window, str]] = {
        "after": (found.after, f"on the {WINDOW} days after an onset"),
        "same day": (found.same_day, "on the day of an onset"),
        "before": (found.before, f"on the {WINDOW} days before an onset"),
    }
    rows: list[Row] = []
    for name, (window, when) in windows.items():
        low, high = window_interval(window)
        row: dict[str, object] = {
            "term": f"news of {label} {when}",
            "unit": unit,
            "n_participants": found.people,
        }
        row |= {"estimate": window.estimate, "std_error": window.std_error, "df": window.df}
        row |= {"conf_low": low, "conf_high": high, "p_value": window.p_value}
        rows.append((row, {"statistic": "window", "window": name, "series": "news"}))
    count = {
        "term": "onsets",
        "unit": "onsets",
        "n_participants": found.people,
        "estimate": float(found.onsets),
    }
    rows.append((count, {"statistic": "onsets", "window": "", "series": ""}))
    test = {
        "term": "news at any lag: largest departure from moved onsets",
        "unit": unit,
        "n_participants": found.people,
    }
    far = np.abs(found.news.estimate - found.news.null)
    largest = float(far.max())
    rows.append(
        (
            {**test, "estimate": largest, "p_value": found.news.p_value},
            {"statistic": "any lag", "window": "", "series": "news"},
        )
    )
    return rows  # fmt: skip


def _curve_rows(found: OnsetStudy, outcome: Days) -> list[Row]:
    """Level and news at each lag with t intervals over people, each followed by what moved onsets give with its band."""
    unit, half = str(outcome.variable.unit), float(abs(found.after.df))
    rows: list[Row] = []
    for series, curve in (("level", found.level), ("news", found.news)):
        for at, lag in enumerate(curve.lags.tolist()):
            place = {"lag": float(lag), "series": series, "window": ""}
            named: dict[str, object] = {"unit": unit, "n_participants": found.people}
            low, high = _interval(curve, at, half)
            seen = {
                "estimate": float(curve.estimate[at]),
                "std_error": float(curve.std_error[at]),
                "df": half,
                "conf_low": low,
                "conf_high": high,
            }
            rows.append(
                ({"term": f"{series}, day {lag:+d}", **named, **seen}, {"statistic": "curve", **place})
            )
            band = {
                "estimate": float(curve.null[at]),
                "conf_low": float(curve.band_low[at]),
                "conf_high": float(curve.band_high[at]),
            }
            rows.append(
                (
                    {"term": f"{series}, day {lag:+d}, onsets moved", **named, **band},
                    {"statistic": "moved onsets", **place},
                )
            )
    return rows  # fmt: skip


def _interval(curve: Curve, at: int, df: float) -> tuple[float, float]:
    one = Window(float(curve.estimate[at]), float(curve.std_error[at]), df, np.nan)
    return window_interval(one)


def _method(found: OnsetStudy, exposure: Days, outcome: Days, rise: float) -> str:
    unit = exposure.variable.unit
    return (
        f"Mean {outcome.variable.label} by day from {found.onsets} onsets of {exposure.variable.label} in {found.people} people who have any; "
        f"an onset is a day at {rise:g} {unit} or more above the person's median, after {QUIET} days (at least one with a score) below that"
        f"{_whole(exposure, outcome)}; level is around each person's straight line, news around what that line and the day before foretell (memory {found.memory:.2f} from day to "
        "day over all people); what to expect by chance is from onsets moved round in time by another "
        "number of days in each person, which keeps their distances and the course of both series; the band holds for all lags at once in 95 of "
        "100 cohorts; intervals are t over people; news on several days is the mean of these days' means less that of moved onsets."
    )


def _whole(exposure: Days, outcome: Days) -> str:
    """Which days count, where a day has several check-ins."""
    fewest = (exposure.fewest_of_whole, outcome.fewest_of_whole)
    if max(fewest) == 1:
        return ""
    return (
        f"; days of fewer than {fewest[0]} check-ins with {exposure.variable.label} are no onsets, those of fewer than "
        f"{fewest[1]} with {outcome.variable.label} tell no news"
    )


def _assumptions(exposure: Days, outcome: Days) -> tuple[str, ...]:
    one, other = exposure.variable.label, outcome.variable.label
    return (
        f"Rests on: no common cause of {one} and {other} that comes and goes within days; such a cause moves both on the same day, and "
        "whichever is recorded with less error seems to come first.",
        f"News after an onset is not proof that {one} leads: where {other} is recorded with more error, what both share shows in it late. "
        "The analysis in continuous time (`lead`) takes errors apart.",
        "By the definition of an onset the days before it are quiet ones, so that what goes with the exposure is low before it.",
        "Each person's course wanders around a straight line with a memory of one day; diaries are long beside their memory.",
        "Whether a check-in is answered has nothing to do with both series at once.",
    )
