"""Cells of one column, each different text once: its value, why it is missing, or why it is refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np
import pandas as pd

from lowback.checked_yaml import unknown_name
from lowback.cohort import out_of_range
from lowback.intake.mapping import Scale
from lowback.intake.numbers import (
    LIKE_MISSING_RULE,
    like_missing,
    number_fault,
    plain_numbers,
    spreadsheet_error,
)
from lowback.variables import Variable

_FLAGS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_ISO_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?)?")
_WITH_ZONE = re.compile(_ISO_DATE.pattern + r" ?(Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})", re.IGNORECASE)
_SHORTENED_ID = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]+")
_TOTAL = re.compile(
    r"((grand|sub)[ -]?)?totals?|sum|mean|average|median|(gesamt)?summe|insgesamt|gesamt|mittelwert|durchschnitt"
    r"|somme|moyenne|total général|promedio|media",
    re.IGNORECASE,
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
EMPTY = ""


@dataclass(frozen=True)
class CellRules:
    """How the text of one column is read: codes first, then numbers, then scale and unit.

    `factor` turns the source's unit and sign into the variable's own; `missing` maps codes to reasons.
    """

    variable: Variable
    decimal: str = "."
    missing: Mapping[str, str] = field(default_factory=dict)
    recode: Mapping[str, str] = field(default_factory=dict)
    scale: Scale | None = None
    factor: float = 1.0
    date_format: str | None = None


@dataclass(frozen=True)
class Cells:
    """What each different text means: a value, else a reason for its absence (`""`: an empty cell), else a fault."""

    parsed: pd.Series
    reasons: np.ndarray
    faults: np.ndarray
    trimmed: np.ndarray


def read_cells(texts: np.ndarray, rules: CellRules) -> Cells:
    """The meaning of each text under the rules; a text with a fault or a reason has a missing value."""
    bare = np.array([text.strip() for text in texts], dtype=object)
    reasons = np.array([EMPTY if text == EMPTY else rules.missing.get(text) for text in bare], dtype=object)
    faults = np.full(len(texts), None, dtype=object)
    words = bare.copy()
    for place in np.flatnonzero([one is None for one in reasons]) if rules.recode else ():
        words[place] = rules.recode.get(bare[place], EMPTY)
        if bare[place] not in rules.recode:
            faults[place] = f"no recode for {bare[place]!r}; {unknown_name(bare[place], list(rules.recode))}"
    open_ = np.array([r is None and f is None for r, f in zip(reasons, faults, strict=True)], dtype=bool)
    values = _valued(words, open_, rules, reasons, faults)
    absent = np.array(
        [r is not None or f is not None for r, f in zip(reasons, faults, strict=True)], dtype=bool
    )
    return Cells(values.mask(absent), reasons, faults, bare != texts)


def _valued(
    words: np.ndarray, open_: np.ndarray, rules: CellRules, reasons: np.ndarray, faults: np.ndarray
) -> pd.Series:
    """Values of the open cells by the variable's kind; fills in `reasons` and `faults` as they are found."""
    if rules.variable.is_numeric:
        return _numbers(words, open_, rules, reasons, faults)
    if rules.variable.kind == "flag":
        return _flags(words, open_, faults)
    if rules.variable.kind == "date":
        return _dates(words, open_, rules, faults)
    return _names(words, open_, rules.variable, faults)


def _numbers(
    words: np.ndarray, open_: np.ndarray, rules: CellRules, reasons: np.ndarray, faults: np.ndarray
) -> pd.Series:
    decimal = "." if rules.recode else rules.decimal
    raw = plain_numbers(np.where(open_, words, EMPTY), decimal)
    codes = {} if rules.recode else _numeric_codes(rules.missing)
    for place in np.flatnonzero(open_ & np.isin(raw, list(codes))) if codes else ():
        reasons[place] = codes[raw[place]]
    open_ = open_ & np.array([one is None for one in reasons], dtype=bool)
    for place in np.flatnonzero(open_ & ~np.isfinite(raw)):
        faults[place] = number_fault(str(words[place]), decimal)
    if rules.scale is not None:
        low, high = rules.scale.source
        for place in np.flatnonzero(open_ & ((raw < low) | (raw > high))):
            faults[place] = f"allowed {low:g} to {high:g} on the source's scale"
        start, end = rules.scale.target
        raw = start + (raw - low) * (end - start) / (high - low)
    # Adding zero turns the -0.0 of a changed sign into 0.
    values = pd.Series(raw * rules.factor + 0.0)
    for place in np.flatnonzero(open_ & np.isfinite(raw) & out_of_range(values, rules.variable).to_numpy()):
        if faults[place] is None:
            faults[place] = _range_fault(float(values[place]), rules)
    return values


def _numeric_codes(missing: Mapping[str, str]) -> dict[float, str]:
    """Missing codes that are numbers, so that -99.0 means what -99 was declared to mean."""
    numbers = plain_numbers(np.array(list(missing), dtype=object), ".")
    return {
        float(number): reason
        for number, reason in zip(numbers, missing.values(), strict=True)
        if np.isfinite(number)
    }


def _range_fault(value: float, rules: CellRules) -> str:
    converted = f" ({value:g} {rules.variable.unit})" if rules.scale or rules.factor != 1 else ""
    hint = ""
    if rules.variable.high == 10 and 10 < value <= 100 and not rules.scale:
        hint = "; a 0-100 scale needs scale: {from: [0, 100], to: [0, 10]}"
    return f"out of range{converted}: allowed {rules.variable.allowed}{hint}"


def _flags(words: np.ndarray, open_: np.ndarray, faults: np.ndarray) -> pd.Series:
    values = [_FLAGS.get(str(word).casefold()) for word in words]
    for place in np.flatnonzero(open_):
        if values[place] is None:
            faults[place] = (
                _name_fault(words[place]) or "allowed yes, no, true, false, 1, 0; recode other words"
            )
    return pd.Series(values, dtype="boolean")


def _dates(words: np.ndarray, open_: np.ndarray, rules: CellRules, faults: np.ndarray) -> pd.Series:
    values: list[datetime | None] = [None] * len(words)
    for place in np.flatnonzero(open_):
        found = _date(str(words[place]), rules.date_format)
        values[place] = found if isinstance(found, datetime) else None
        faults[place] = None if isinstance(found, datetime) else found
    return pd.Series(values, dtype="datetime64[us]")


def _date(text: str, form: str | None) -> datetime | str:
    """The moment that the text names, or why it names none."""
    try:
        iso = _ISO_DATE.fullmatch(text)
        if form is None and not iso:
            return _date_fault(text)
        moment = datetime.strptime(text, form) if form else datetime.fromisoformat(text)
    except ValueError as error:
        return f"no such date under {form or 'ISO 8601, year-month-day'} ({error})"
    if not 1900 <= moment.year <= date.today().year + 10:
        return f"the year {moment.year} is implausible; allowed 1900 to ten years from now"
    return moment


def _date_fault(text: str) -> str:
    if re.fullmatch(r"[0-9]{4,6}([.,][0-9]+)?", text):
        return "a spreadsheet's serial number in place of a date; export dates as text, year-month-day"
    if _WITH_ZONE.fullmatch(text):
        return "a time with its zone, which may be another day where the person lives; write local time without a zone (2024-05-31 08:00)"
    return _name_fault(text) or "not an ISO date (2024-05-31); declare date_format, such as '%d.%m.%Y'"


def _names(words: np.ndarray, open_: np.ndarray, variable: Variable, faults: np.ndarray) -> pd.Series:
    values = pd.Series(words, dtype="str")
    if variable.kind == "text":
        return values
    for place in np.flatnonzero(open_):
        word = str(words[place])
        faults[place] = _name_fault(word)
        if variable.kind == "identifier" and _SHORTENED_ID.fullmatch(word):
            faults[place] = "an identifier that a spreadsheet has shortened (1.23E+11); its digits are lost"
        elif variable.name == "participant_id" and _TOTAL.fullmatch(word.rstrip(":. ")):
            faults[place] = (
                f"a line of totals, no person; leave it out by a rule under rows: equals: {word!r}, reason: total"
            )
        elif variable.levels and word not in variable.levels:
            faults[place] = f"{unknown_name(word, list(variable.levels))}; recode other words"
    if variable.kind == "category" and not variable.levels:
        _refuse_spellings(words, open_, faults)
    return values


def _name_fault(word: str) -> str | None:
    if spreadsheet_error(word):
        return (
            "an error value of a spreadsheet; correct it there, or declare it under missing with its reason"
        )
    return LIKE_MISSING_RULE if like_missing(word) else None


def _refuse_spellings(words: np.ndarray, open_: np.ndarray, faults: np.ndarray) -> None:
    spellings: dict[str, set[str]] = {}
    for word in words[open_]:
        spellings.setdefault(plain_spelling(str(word)), set()).add(str(word))
    for place in np.flatnonzero(open_):
        alike = spellings[plain_spelling(str(words[place]))]
        if len(alike) > 1 and faults[place] is None:
            faults[place] = (
                f"spellings that differ only in case, blanks or invisible characters: {told_apart(alike)}; "
                "recode them to one"
            )


def plain_spelling(text: str) -> str:
    """The text without what a reader does not see: case, repeated blanks, composed letters, invisible characters."""
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold().split())


def told_apart(texts: Iterable[str]) -> str:
    """Texts in quotes, spelt out where they would look the same."""
    listed = sorted(texts)
    looks = {unicodedata.normalize("NFC", _INVISIBLE.sub("", one)) for one in listed}
    return ", ".join(repr(one) if len(looks) == len(listed) else ascii(one) for one in listed)
