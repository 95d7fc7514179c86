"""Which of two measures comes first, in words no surer than the verdict's rule."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import each, sentence
from lowback.exhibit.leads import lead_rows
from lowback.exhibit.numbers import capital, number, rounded, spoken
from lowback.result import Result

MODEST = "What comes first need not bring about what follows: both may answer to something else, one of them sooner."


def lead_sentences(result: Result) -> list[str]:
    """The verdict on the cohort with both cross-effects, how many people share it, and what would settle it where it is open."""
    rows = lead_rows(result, "statistic", "source", "days", "conclusion")
    lead = _one(rows, "lead")
    said = [_verdict(rows, lead), _people(rows)]
    if lead.conclusion == "cannot tell":
        said.append(_needed(rows))
    if lead.conclusion in ("cannot tell", "together"):
        said.append(_story(rows, lead))
    else:
        said.append(MODEST)
    return [capital(one) for one in said if one]


def tipping_sentences(result: Result) -> list[str]:
    """Whether any reliability that is assumed gives another verdict, and whether the data speak against it."""
    rows = lead_rows(result, "statistic", "source", "conclusion")
    x, y = (spoken(str(rows[f"{one}_label"].iloc[0])) for one in ("exposure", "outcome"))
    found = {_of(str(one), x, y) for one in rows["conclusion"]}
    reach = f"with reliabilities of {x} or of {y} from {rows['reliability'].min():g} to {rows['reliability'].max():g}"
    lead = (
        f"the lead of {x} lies between {_plain(rows['estimate'].min())} and {_plain(rows['estimate'].max())}"
    )
    if len(found) == 1:
        return [capital(sentence(f"{reach}, {lead}, and the answer stays the same: {found.pop()}"))]
    names = ", at others ".join(sorted(found, key=lambda one: one.startswith("the data")))
    return [
        capital(sentence(f"{reach}, {lead}; the answer depends on which is assumed: at some {names}")),
        "Where the open marks stand, the data themselves speak against the reliability assumed.",
    ]


def _verdict(rows: pd.DataFrame, lead: Any) -> str:
    x, y = spoken(lead.exposure_label), spoken(lead.outcome_label)
    there, back = (_effect(rows, source, lead.days) for source in (lead.exposure, lead.outcome))
    ways = _ways(lead, there, back, x, y)
    if lead.conclusion == "together":
        together = _bare(_one(rows, "correlation within persons"))
        return sentence(
            f"{x} and {y} come and go together and neither is ahead. Freed of error they correlate by {together} within persons, and the "
            f"lead of {x} is {_bare(lead)}, shown to lie within {lead.margin:.2g} of 0. Beside what both share, {ways}"
        )
    if lead.conclusion == "cannot tell":
        return sentence(f"these data cannot tell whether {x} or {y} comes first: {ways}")
    first, second = (x, y) if lead.conclusion == "exposure leads" else (y, x)
    return sentence(f"{first} comes first and {second} follows: {ways}")


def _ways(lead: Any, there: Any, back: Any, x: str, y: str) -> str:
    """What more of either goes with in the other so much later, at equal other before."""
    in_weeks = lead.days >= 14 and lead.days % 7 == 0
    later = f"{lead.days / 7:g} weeks" if in_weeks else "a day" if lead.days == 1 else f"{lead.days:g} days"
    return (
        f"{y} {later} later differs with {x} by {rounded(there).in_words}, at equal {y} before, "
        f"and the other way round by {rounded(back).in_words}"
    )


def _bare(row: Any) -> str:
    """A correlation or a difference of correlations with its interval; it has no unit."""
    shown = rounded(row)
    return f"{shown.estimate} ({shown.interval})"


STORIES = {
    "handed on": "The records fit series that hand on to each other better than one cause that moves both at the same moment.",
    "common cause": "The records fit one cause that moves both at the same moment better than series that hand on to each other.",
    "cannot tell": "Whether one hands on to the other, or one cause moves both at the same moment, these data cannot tell.",
}
# Series that hand on may hand on nothing: what strikes both at once and then fades in each alone fits them too.
NOTHING_SHOWN = (
    "That either hands on to the other is not shown: neither difference excludes 0. The records fit what strikes both at the same moment and "
    "then fades in each by itself better than one lasting cause of both."
)


def _story(rows: pd.DataFrame, lead: Any) -> str:
    """Which story of the cross-effects the records fit; without the comparison nobody can tell."""
    told = rows.loc[rows["statistic"] == "handing on", "conclusion"]
    story = str(told.iloc[0]) if len(told) else "cannot tell"
    ways = [_effect(rows, source, lead.days) for source in (lead.exposure, lead.outcome)]
    if story == "handed on" and all(one.conf_low <= 0 <= one.conf_high for one in ways):
        return NOTHING_SHOWN
    return STORIES[story]


def _people(rows: pd.DataFrame) -> str:
    of = rows[rows["statistic"] == "people"]
    if of.empty:
        return ""
    x, y = spoken(of["exposure_label"].iloc[0]), spoken(of["outcome_label"].iloc[0])
    counts = {row.conclusion: int(row.estimate) for row in each(of)}
    parts = [
        f"{_of(one, x, y)} in {count}" for one, count in counts.items() if count and one != "cannot tell"
    ]
    everybody = int(of["n_participants"].max())
    rest = counts.get("cannot tell")
    if not parts and rest == everybody:
        return f"In none of the {everybody} people can it be told from their own records."
    # A report for the public leaves small counts out: what is not there is not nobody.
    said = [", ".join(parts)] if parts else []
    said += [f"of {rest} it cannot be told"] if rest or (parts and rest is not None) else []
    return sentence(f"of {everybody} people taken by themselves, {'; '.join(said)}") if said else ""


def _needed(rows: pd.DataFrame) -> str:
    """How many records of each person would settle it, where that is a number somebody could collect."""
    of = rows[rows["statistic"] == "needed for the cohort"]
    if of.empty:
        return ""
    row = of.iloc[0]
    return sentence(
        f"about {number(float(row['estimate']), 0)} {row['unit']} of each of these people would show a lead of {row['margin']:.2g} in four cohorts of five, "
        "if the ups and downs stay as they are"
    )


def _of(conclusion: str, x: str, y: str) -> str:
    named = {"exposure leads": f"{x} leads", "outcome leads": f"{y} leads", "together": "both come together"}
    return named.get(conclusion, "the data cannot tell")


def _one(rows: pd.DataFrame, statistic: str) -> Any:
    return next(each(rows[rows["statistic"] == statistic]))


def _effect(rows: pd.DataFrame, source: str, days: float) -> Any:
    of = rows[(rows["statistic"] == "effect") & (rows["source"] == source) & (rows["days"] == days)]
    return next(each(of))


def _plain(value: float) -> str:
    return number(float(value), 2)
