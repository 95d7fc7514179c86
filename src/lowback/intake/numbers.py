"""Numbers as people and spreadsheets write them: which are plain, and what is wrong with the others."""

from __future__ import annotations

import re

import numpy as np

_PLAIN = {
    ".": re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"),
    ",": re.compile(r"[+-]?([0-9]+,?[0-9]*|,[0-9]+)([eE][+-]?[0-9]+)?"),
}
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}([.,' \u00a0\u202f][0-9]{3})+([.,][0-9]*)?")
_MONTH = r"(jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-zä]*"
_DATE = re.compile(
    rf"[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}.*|[0-9]{{1,2}}[./][0-9]{{1,2}}[./]([0-9]{{2,4}})?"
    rf"|[0-9]{{1,2}}[/-][0-9]{{1,2}}([/-][0-9]{{2,4}})?|[0-9]{{1,2}}\.? ?-? ?{_MONTH}\.?([ -][0-9]{{2,4}})?"
    rf"|{_MONTH}\.?[ -][0-9]{{1,4}}",
    re.IGNORECASE,
)
_WITH_UNIT = re.compile(r"[+-]?[0-9][0-9.,]*\s*[^\W\d_%°/]*[%°]?(\s*(/|per)\s*[^\W\d_]+)?", re.IGNORECASE)
_NOT_FINITE = re.compile(r"[+-]?(inf|infinity|1\.#inf)", re.IGNORECASE)
_LIKE_MISSING = {"nan", "na", "n/a", "n.a.", "#n/a", "null", "none", "nil", "missing", ".", "-", "--", "?"}
_SPREADSHEET_ERROR = re.compile(r"#(N/A|DIV/0!|REF!|VALUE!|NAME\?|NUM!|NULL!|WERT!|BEZUG!|NV)")


def plain_numbers(texts: np.ndarray, decimal: str) -> np.ndarray:
    """The number that each text plainly is, and NaN where it is not written as one."""
    pattern = _PLAIN[decimal]
    numbers = np.full(len(texts), np.nan)
    plain = np.array([bool(pattern.fullmatch(text)) for text in texts], dtype=bool)
    written = [text.replace(",", ".") for text in texts[plain]] if decimal == "," else list(texts[plain])
    numbers[plain] = np.array(written, dtype=object).astype(float)
    return numbers


def number_fault(text: str, decimal: str) -> str:
    """Why a text that is no plain finite number is refused, and what to do about it."""
    if spreadsheet_error(text):
        return (
            "an error value of a spreadsheet; correct it there, or declare it under missing with its reason"
        )
    if text.casefold() in _LIKE_MISSING:
        return LIKE_MISSING_RULE
    if _NOT_FINITE.fullmatch(text) or _PLAIN[decimal].fullmatch(text):
        return "not a finite number"
    if not text.isascii() and any((one.isnumeric() and not one.isascii()) or one in "−–" for one in text):
        return "digits or signs other than 0-9, - and +; write plain ones"
    if _THOUSANDS.fullmatch(text):
        return f"a thousands separator, or a decimal mark other than {decimal!r}; write plain digits or declare decimal"
    if _PLAIN[_other(decimal)].fullmatch(text):
        kind = "decimal comma" if decimal == "." else "decimal point"
        return f"a {kind} where decimal: {decimal!r} holds; declare decimal: {_other(decimal)!r}"
    if _DATE.fullmatch(text):
        return "a date where a number belongs; a spreadsheet has turned it into one, so the number is lost"
    if _WITH_UNIT.fullmatch(text):
        return "a unit is written in the cell; write plain numbers in one unit and declare it (mixed units?)"
    return "not a number"


LIKE_MISSING_RULE = "looks like a missing value; declare it under missing with its reason"


def spreadsheet_error(text: str) -> bool:
    """Whether the text is what a spreadsheet shows for a failed formula."""
    return bool(_SPREADSHEET_ERROR.fullmatch(text)) and text != "#N/A"


def like_missing(text: str) -> bool:
    """Whether a name or category is what software writes for a missing value."""
    return text.casefold() in {"nan", "na", "n/a", "#n/a", "null", "<na>", "nat"}


def _other(decimal: str) -> str:
    return "," if decimal == "." else "."
