"""What must not leave with a published report: counts so small that they point at people, and identifiers in its text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from lowback.result import COLUMNS, NUMBERS, Refusal, Result

COUNT_UNITS = ("participants", "rows")
SHARE_UNITS = {"proportion": 1.0, "%": 100.0, "percent": 100.0}
ADDITIVE_KEYS = ("arm", "level", "reason")
_KNOWN = ("analysis", "estimand", *COLUMNS)
SHORTEST_IDENTIFIER = 4


def suppress_small_counts(rows: pd.DataFrame, smallest: int = 5) -> pd.DataFrame:
    """The rows with every number about 1 to `smallest` - 1 people taken out, and what would give it back.

    `rows` are those of estimates.csv: `analysis`, `estimand`, the columns of a `Result`; key columns (arm, level, ...)
    beside them say which counts add up to a total. Numbers taken out are missing and the unit says why:
    "fewer than 5", or "suppressed" where the number itself is large enough but would give another one away. Taken out are

    - counts (unit "participants" or "rows") of 1 to `smallest` - 1; a 0 stays, since it points at nobody;
    - anything that rests on 1 to `smallest` - 1 people, whose `n_participants` is missing as well;
    - where one count alone of a line of counts is out (rows alike in all keys but the arm, level or reason; without keys, all
      counts of the analysis that rest on equally many people), the next smallest, since the total less the others would
      give the first back;
    - percentages and proportions that are such a count over `n_participants`, and differences of two such shares of
      which one is.

    Not guarded: a count close to its total (49 of 50), and what two stages of a flow give by subtraction. A request that must
    protect these leaves those notebooks out.

    Primary and secondary suppression with zeros kept: the rule of NHS Digital for hospital statistics until 2018
    (there 1 to 5), digital.nhs.uk, "Disclosure control methodology for HES and ECDS"; 1 to 4 is `smallest` = 5.
    Raises ValueError when `smallest` is below 1 or a column is absent.
    """
    _check(rows, smallest)
    index, rows = rows.index, rows.reset_index(drop=True)
    units, people = rows["unit"], rows["n_participants"].astype(float)
    values = rows["estimate"].astype(float)
    counts = units.isin(COUNT_UNITS) & values.notna()
    few_people = people.between(1, smallest - 1)
    small = counts & values.between(1, smallest - 1) | few_people
    hidden = _with_complements(rows, counts, small)
    small = small | _shares_of(rows, small & counts)
    hidden = hidden | small | _shares_of(rows, hidden & counts)
    hidden |= _differences_of(rows, hidden & counts)
    kept = rows.copy()
    kept[list(NUMBERS)] = kept[list(NUMBERS)].astype(float).mask(hidden)
    kept["n_participants"] = people.mask(few_people).astype("Int64")
    kept["unit"] = units.mask(hidden, "suppressed").mask(small, f"fewer than {smallest}")
    return kept.set_axis(index)


def disclosed(result: Result | Refusal, smallest: int = 0) -> Result | Refusal:
    """The result without the rows that `suppress_small_counts` takes out; `smallest` 0 or 1 keeps every row.

    The method says how many rows were left out. A result of which nothing remains becomes a refusal.
    """
    if isinstance(result, Refusal) or smallest <= 1:
        return result
    rows = result.estimates.assign(analysis=result.analysis, estimand=result.estimand)
    if result.keys is not None:
        rows = rows.join(result.keys[[name for name in result.keys if name not in rows]])
    kept = suppress_small_counts(rows, smallest)["estimate"].notna()
    if not kept.any():
        reason = f"every number would tell of fewer than {smallest} people"
        return Refusal(result.analysis, result.estimand, result.question, reason, ("more participants",))
    if kept.all():
        return result
    return replace(
        result,
        estimates=result.estimates[kept],
        keys=None if result.keys is None else result.keys[kept],
        method=f"{result.method} Left out, since they would tell of fewer than {smallest} people: {(~kept).sum()} rows.",
    )


def identifiers_in(text: str, identifiers: Iterable[str]) -> list[str]:
    """The identifiers that stand in the text as whole words, in the order given, each once.

    Case matters not. Identifiers shorter than four characters or made of digits alone are skipped: in a report full
    of numbers they cannot be told from them, so a cohort with such identifiers needs another guard.
    """
    found = []
    words = text.casefold()
    known = set(re.findall(r"\w+", words))
    for identifier in dict.fromkeys(str(one).strip() for one in identifiers):
        if len(identifier) < SHORTEST_IDENTIFIER or re.fullmatch(r"[\d\s.,+-]+", identifier):
            continue
        folded = identifier.casefold()
        # The text is searched for identifiers alone of which it has every word: a cohort may have many thousands.
        if known.issuperset(re.findall(r"\w+", folded)) and re.search(
            rf"(?<!\w){re.escape(folded)}(?!\w)", words
        ):
            found.append(identifier)
    return found


def _check(rows: pd.DataFrame, smallest: int) -> None:
    if smallest < 1:
        raise ValueError(f"smallest = {smallest}: allowed 1 or more")
    absent = [name for name in _KNOWN if name not in rows.columns]
    if absent:
        raise ValueError(f"rows lack the columns {absent}")


def _with_complements(rows: pd.DataFrame, counts: pd.Series, small: pd.Series) -> pd.Series:
    """Which rows to take out so that no line of counts has exactly one gap."""
    hidden = small.copy()
    lines = _lines(rows[counts])
    is_settled = False
    while not is_settled:
        is_settled = True
        for line in lines:
            gaps = hidden[line]
            if gaps.sum() == 1 and len(line) > 1:
                others = rows.loc[line[~gaps.to_numpy()], "estimate"].astype(float)
                above_zero = others[others > 0]
                hidden[(above_zero if len(above_zero) else others).idxmin()] = True
                is_settled = False
    return hidden


def _lines(counts: pd.DataFrame) -> list[pd.Index]:
    """The sets of counts of which any one may be the total of the others: alike in every key but an additive one."""
    keys = [name for name in counts.columns if name not in _KNOWN]
    whose = ["analysis", "estimand"]
    if not keys:
        return [pd.Index(part) for part in _groups(counts, [*whose, "n_participants"])]
    return [
        pd.Index(part)
        for free in ADDITIVE_KEYS
        if free in keys
        for part in _groups(counts, [*whose, *(name for name in keys if name != free)])
    ]


def _groups(counts: pd.DataFrame, by: list[str]) -> list[pd.Index]:
    return [part.index for _, part in counts.groupby(by, sort=False, dropna=False)]


def _shares_of(rows: pd.DataFrame, hidden: pd.Series) -> pd.Series:
    """Which percentages and proportions are one of the hidden counts over the people that they rest on."""
    whole = rows["unit"].map(SHARE_UNITS).astype(float)
    implied = rows["estimate"].astype(float) / whole * rows["n_participants"].astype(float)
    is_count = (implied - implied.round()).abs() < 1e-6
    known = {
        (row.analysis, row.estimand, row.n_participants, round(float(row.estimate)))
        for row in rows[hidden].itertuples(index=False)
    }
    keyed = zip(rows["analysis"], rows["estimand"], rows["n_participants"], implied.round(), strict=True)
    return pd.Series([key in known for key in keyed], index=rows.index) & is_count


def _differences_of(rows: pd.DataFrame, hidden: pd.Series) -> pd.Series:
    """Which differences of shares compare an arm, or are compared with one, of which a count of the same thing is hidden."""
    keys = [
        name for name in ("analysis", "estimand", "variable", "level", "definition", "weeks") if name in rows
    ]
    if not {"arm", "comparator"} <= set(rows):
        return pd.Series(False, index=rows.index)
    gone = set(rows.loc[hidden, [*keys, "arm"]].itertuples(index=False, name=None))
    ends = [rows[[*keys, end]].itertuples(index=False, name=None) for end in ("arm", "comparator")]
    touched = [one in gone or other in gone for one, other in zip(*ends, strict=True)]
    return (
        pd.Series(touched, index=rows.index)
        & rows["unit"].isin(list(SHARE_UNITS))
        & rows["comparator"].fillna("").ne("")
    )
