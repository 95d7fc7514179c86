"""The differences that a result speaks of, each in the words that its design allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from lowback.exhibit import each, in_order, keyed_rows
from lowback.exhibit.numbers import PROPORTIONS, label_of, rounded, week
from lowback.result import Result
from lowback.sentences.verdicts import Verdict, claim_by, verdict
from lowback.variables import dictionary

# What these estimate is a difference in the change since baseline.
FROM_BASELINE = ("mixed",)
AMOUNTS = ("h", "min", "s", "days", "weeks", "steps", "sessions")
PRONOUNS = ("all", "any", "both", "either", "neither", "none", "other")


@dataclass(frozen=True)
class Contrast:
    """One estimated difference in words: whose it is, what a fall and a rise would be called, and the difference itself.

    `lead` names comparator and visit before a claim, `between` both arms after a difference, `where` the visit; all three
    stay away where words before have said them.
    """

    row: Any
    subject: str
    if_lower: str
    if_higher: str
    difference: str
    smallest_worthwhile: float | None
    where: str = ""
    lead: str = ""
    between: str = ""
    as_measured: bool = False

    @property
    def verdict(self) -> Verdict:
        """What the interval allows one to say; of a slope `as_measured`, which error draws towards zero, never that it is too small."""
        low, high = self.row.conf_low, self.row.conf_high
        found = verdict(low, high, self.smallest_worthwhile)
        if self.as_measured and found is Verdict.TOO_SMALL:
            return Verdict.NOT_SHOWN if low <= 0 <= high else Verdict.UNCLEAR_SIZE
        return found

    def alone(self) -> str:
        """The difference in one clause that needs no other."""
        claim = self.if_lower if self.row.estimate < 0 else self.if_higher
        return self._said(f"{self.lead}{claim}", f"{self.difference}{self.where}{self.between}")

    def after_lead(self) -> str:
        """The difference in one clause after words that named the comparator and the visit."""
        claim = self.if_lower if self.row.estimate < 0 else self.if_higher
        speaks = self.verdict in (Verdict.WORTHWHILE, Verdict.UNCLEAR_SIZE, Verdict.SHOWN)
        return f"{'' if speaks else f'for {self.subject}, '}{self._said(claim, self.difference)}"

    def _said(self, claim: str, difference: str) -> str:
        shown = rounded(self.row, difference=True)
        shows = claim_by(self.verdict, claim, shown.in_words)
        if shows is not None:
            return shows
        match self.verdict:
            case Verdict.TOO_SMALL:
                return f"the {difference} is too small to matter: {shown.in_words}, all of it within ±{self._margin()}"
            case Verdict.CANNOT_TELL:
                return (
                    f"these data cannot tell whether there is a {difference} that matters: {shown.in_words}"
                )
            case Verdict.NOT_SHOWN:
                estimate = f"{shown.estimate} {shown.unit}".strip()
                reach = f"{shown.low} to {shown.high} {shown.unit}".strip()
                return f"these data do not show a {difference} ({estimate}); they are compatible with {reach} (95 % CI)"
            case _:
                why = "whose interval has no width" if shown.low else "without an interval"
                return f"these data cannot tell how sure the {difference} is: {shown.in_words}, {why}"

    def _margin(self) -> str:
        value = (self.smallest_worthwhile or 0) * (100 if self.row.unit in PROPORTIONS else 1)
        return f"{value:.4g} {rounded(self.row, difference=True).unit}"


def contrasts(result: Result) -> list[Contrast]:
    """The differences that answer the result's question: of means, of the first definition's responders, or slopes.

    Raises ValueError for a result without differences, which has a table but no verdict.
    """
    columns = set() if result.keys is None else set(result.keys.columns)
    if "exposure" in columns:
        return _slopes(result)
    if "statistic" in columns and "arm" in columns and "comparator" in columns:
        if "definition" in columns:
            return _risk_differences(result)
        return _differences_in_slopes(result) or _mean_differences(result)
    raise ValueError(f"a result of {result.analysis!r} holds no differences to put into a sentence")


def named(arm: str) -> str:
    """An arm's name; said to be one, and in quotes, where it would be read as part of the sentence."""
    is_plain = all(mark.isalnum() or mark in " -'/&+()" for mark in arm)
    return arm if is_plain and arm.lower() not in PRONOUNS else f"the arm “{arm}”"


def outcome_of(rows: pd.DataFrame) -> str:
    """What the outcome is called, from the data dictionary."""
    names = [name for name in in_order(rows["outcome"]) if name] if "outcome" in rows.columns else []
    return label_of(names[0]) if names else "the outcome"


def amounts(outcome: str, higher_is: str | None) -> tuple[str, str]:
    """What a lower and a higher value are called: less and more pain, or the outcome's name with its direction."""
    if "pain" in outcome and "interference" not in outcome:
        less, more = f"less {outcome}", f"more {outcome}"
        # A scale on which higher is better measures freedom from pain.
        return (more, less) if higher_is == "better" else (less, more)
    opposite = {"better": "worse", "worse": "better"}
    if higher_is not in opposite:
        return f"a lower value of {outcome}", f"a higher value of {outcome}"
    return f"a lower ({opposite[higher_is]}) value of {outcome}", f"a higher ({higher_is}) value of {outcome}"


def higher_of(exposure: str) -> str:
    """What a higher value of an exposure is called: more of a time or a count, else higher."""
    known = dictionary().get(exposure)
    amount = known is not None and (known.unit or "").partition("/")[0] in AMOUNTS
    return f"{'more' if amount else 'higher'} {label_of(exposure)}"


def _mean_differences(result: Result) -> list[Contrast]:
    rows = keyed_rows(result, "arm", "comparator", "statistic")
    rows = rows[rows["statistic"] == "difference"]
    rows = _first_week(rows)
    outcome = outcome_of(rows)
    less, more = amounts(outcome, result.higher_is)
    difference = f"difference in {outcome}"
    if result.analysis in FROM_BASELINE:
        less, more, difference = (f"{words} relative to baseline" for words in (less, more, difference))
    return [_between_arms(row, result, (less, more), difference) for row in each(rows)]


def _differences_in_slopes(result: Result) -> list[Contrast]:
    """How much faster the outcome changed in one arm; whether to fall faster or to rise slower is said by the arms' slopes."""
    rows = keyed_rows(result, "arm", "comparator", "statistic")
    asked = rows[rows["statistic"] == "difference in slopes"].drop(columns="weeks", errors="ignore")
    slopes = rows[rows["statistic"] == "slope"].set_index("arm")["estimate"]
    outcome = outcome_of(rows)
    return [
        _between_arms(
            row,
            result,
            _speeds(outcome, slopes.get(row.arm), slopes.get(row.comparator)),
            f"difference in the weekly change of {outcome}",
        )
        for row in each(asked)
    ]


def _speeds(outcome: str, one: float | None, other: float | None) -> tuple[str, str]:
    """What a lower and a higher slope are called in words that fit both arms."""
    if one is not None and other is not None and max(one, other) < 0:
        return f"a faster fall in {outcome}", f"a slower fall in {outcome}"
    if one is not None and other is not None and min(one, other) > 0:
        return f"a slower rise in {outcome}", f"a faster rise in {outcome}"
    return f"more of a fall in {outcome} over time", f"more of a rise in {outcome} over time"


def _risk_differences(result: Result) -> list[Contrast]:
    rows = keyed_rows(result, "arm", "comparator", "definition", "statistic")
    rows = _first_week(rows[rows["statistic"] == "risk difference"])
    definition = in_order(rows["definition"])[0] if len(rows) else ""
    better = f"people getting better ({definition})" if definition else "people getting better"
    return [
        _between_arms(
            row, result, (f"fewer {better}", f"more {better}"), f"difference in the share of {better}"
        )
        for row in each(rows[rows["definition"] == definition])
    ]


def _slopes(result: Result) -> list[Contrast]:
    rows = keyed_rows(result, "exposure", "level", "adjustment")
    rows = rows[rows["exposure"] == in_order(rows["exposure"])[0]]
    rows = rows[rows["level"].isin(["within", "between"])]
    if (rows["adjustment"] == "adjusted").any():
        rows = rows[rows["adjustment"] == "adjusted"]
    lower, higher = amounts(outcome_of(rows), result.higher_is)
    found = []
    for row in each(rows.sort_values("level", ascending=False, kind="stable")):
        exposure = label_of(row.exposure)
        went = f"{row.level} people, {higher_of(row.exposure)} went with"
        difference = f"difference in {outcome_of(rows)} {row.level} people that goes with {exposure}"
        found.append(
            Contrast(
                row,
                "",
                f"{went} {lower}",
                f"{went} {higher}",
                difference,
                result.smallest_worthwhile,
                as_measured=True,
            )
        )
    return found


def _between_arms(row: Any, result: Result, amount: tuple[str, str], difference: str) -> Contrast:
    """A contrast of two arms; causal verbs only where the design and the estimand support them."""
    verb = "led to" if result.causal else "went with"
    arm, comparator = named(row.arm), named(row.comparator)
    visit = week(getattr(row, "weeks", float("nan")))
    return Contrast(
        row,
        subject=arm,
        if_lower=f"{arm} {verb} {amount[0]}",
        if_higher=f"{arm} {verb} {amount[1]}",
        difference=difference,
        smallest_worthwhile=result.smallest_worthwhile,
        where=f" at {visit}" if visit else "",
        lead=f"compared with {comparator}{f' at {visit}' if visit else ''}, ",
        between=f" between {arm} and {comparator}",
    )


def _first_week(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the estimand's own visit, which comes first."""
    if rows.empty or "weeks" not in rows.columns or rows["weeks"].isna().all():
        return rows
    return rows[rows["weeks"] == rows["weeks"].iloc[0]]
