"""Numbers as they are printed: rounded as their precision deserves, with unit, interval and a true minus sign."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lowback.variables import dictionary

ABSENT = "–"
COUNTS = ("participants", "rows", "people", "persons", "visits", "answers")
PROPORTIONS = ("proportion", "probability", "risk")
# Of bouts, of which one person has many, or of replicates; `per` so much of an exposure it is a difference.
SHARE_OF = re.compile(r"proportion of (?P<what>[a-z ]+?)(?P<per> per .+)?$")
NAMES = ("kappa", "hazard ratio")
UNITLESS = "correlation"
RISKS = ("observed risk", "standardised risk")
ONE_POINT = re.compile(r"\bper 1 (\w+ point)s\b")
PERCENTAGES = ("%", "percent", "per cent", "percentage points")


@dataclass(frozen=True)
class Rounded:
    """One estimate as text: the number, the ends of its interval (empty where it has none) and its unit."""

    estimate: str
    low: str
    high: str
    unit: str

    @property
    def interval(self) -> str:
        """The interval with its level."""
        return f"95 % CI {self.low} to {self.high}" if self.low else ""

    @property
    def with_bounds(self) -> str:
        """The estimate and the ends of its interval, for a column whose head names the level."""
        return f"{self.estimate} ({self.low} to {self.high})" if self.low else self.estimate

    @property
    def in_words(self) -> str:
        """The estimate with unit and interval, as a sentence has it; the name of a number stands before it, and a correlation has no unit."""
        unit = "" if self.unit == UNITLESS else self.unit
        name = next((one for one in NAMES if re.match(rf"{one}\b", unit)), "")
        number = f"{name} {self.estimate} {unit.removeprefix(name).strip()}".strip()
        return f"{number} ({self.interval})" if self.low else number


def rounded(row: Any, *, difference: bool = False, places: int | None = None) -> Rounded:
    """A row of estimates as text.

    Decimals follow two significant digits of the standard error (a rule in Cole 2015, Arch Dis Child 100:608-609,
    doi:10.1136/archdischild-2014-307149); proportions become percentages, without decimals below 100 people and with
    one from there on; counts are whole. A bound that is not 0 is not rounded to 0, except of a risk.
    A `difference` between proportions is in percentage points. `places` are decimals in place of the row's own.
    """
    factor = _factor(row.unit)
    places = _places(row) if places is None else places
    bounds = [row.conf_low * factor, row.conf_high * factor]
    # A risk is not held against 0, so its bounds may be printed as 0.
    for _ in range(0 if getattr(row, "statistic", "") in RISKS else 2):
        places += any(
            math.isfinite(bound) and abs(bound) > 1e-9 and round(bound, places) == 0 for bound in bounds
        )
    has_interval = not any(math.isnan(bound) for bound in bounds)
    low, high = (number(bound, places) if has_interval else "" for bound in bounds)
    # What is left of a difference of equal numbers is none.
    is_none = abs(row.estimate) < 1e-9 * row.std_error
    found = number(0.0 if is_none else row.estimate * factor, places)
    return Rounded(found, low, high, unit_of(row.unit, difference=difference))


def places_down(rows: Sequence[Any]) -> list[int]:
    """The decimals of each row of a column, which is read downwards: of a unit those that most of its rows deserve, the more of two as frequent.

    A count, which is whole and has neither error nor interval, stays whole.
    """
    counted: dict[str, Counter[int]] = {}
    for row in rows:
        if not _is_count(row):
            counted.setdefault(row.unit, Counter())[_places(row)] += 1
    alike = {unit: max(found, key=lambda one: (found[one], one)) for unit, found in counted.items()}
    return [0 if _is_count(row) else alike[row.unit] for row in rows]


def _is_count(row: Any) -> bool:
    has_spread = row.std_error > 0 or row.conf_high > row.conf_low
    return not has_spread and bool(row.estimate == round(row.estimate))


def number(value: float, places: int) -> str:
    """The value with so many decimals, a true minus sign, and no negative zero."""
    if value is None or math.isnan(value):
        return ABSENT
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    large, small = abs(value) >= 1e9, 0 < abs(value) < 1e-6
    text = f"{value:.2e}" if large or small else f"{value:.{places}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", "−")


def p_value(value: float) -> str:
    """A p-value with two or three decimals, never 0 and never 1."""
    if math.isnan(value):
        return ABSENT
    if value < 0.001:
        return "<0.001"
    if value > 0.99:
        return ">0.99"
    return f"{value:.3f}" if value < 0.095 else f"{value:.2f}"


def degrees_of_freedom(value: float) -> str:
    """Degrees of freedom; infinite ones mean an interval from the normal distribution."""
    if math.isnan(value):
        return ABSENT
    if math.isinf(value):
        return "normal"
    return f"{value:.0f}" if value == round(value) else f"{value:.1f}"


def places_for_spread(spread: float) -> int:
    """Decimals for a mean and its standard deviation: one, fewer for large and more for small spreads."""
    if not math.isfinite(spread) or spread == 0:
        return 1
    if spread >= 1:
        return 0 if spread >= 100 else 1
    return min(6, 1 - math.floor(math.log10(float(f"{spread:.1e}"))))


def week(weeks: float) -> str:
    """A visit in words."""
    if math.isnan(weeks):
        return ""
    return "baseline" if weeks == 0 else f"week {weeks:g}"


def unit_of(unit: str, *, difference: bool = False) -> str:
    """The unit as printed; proportions are shown as percentages, their differences as percentage points; one point is no points."""
    if unit in PROPORTIONS or unit in PERCENTAGES:
        return "percentage points" if difference or unit == "percentage points" else "%"
    share = SHARE_OF.match(unit)
    if share:
        is_difference = difference or share["per"]
        unit = f"{'percentage points' if is_difference else '%'} of {share['what']}{share['per'] or ''}"
    return ONE_POINT.sub(r"per \1", unit)


def label_of(name: str) -> str:
    """What a column measures, in words, or its own name when the data dictionary does not know it."""
    known = dictionary().get(name)
    return name if known is None else spoken(known.label)


def spoken(label: str) -> str:
    """A label of the data dictionary as a sentence has it: the instrument in brackets after what it measures."""
    title, comma, instrument = label.partition(", ")
    return f"{title} ({instrument})" if comma else title


def in_words(phrase: str) -> str:
    """The phrase with the column name that it begins with replaced by what the column measures."""
    name, space, rest = phrase.partition(" ")
    return f"{label_of(name)}{space}{rest}"


def capital(words: str) -> str:
    """The words with a capital at their start."""
    return words[:1].upper() + words[1:]


def _factor(unit: str) -> float:
    """By what a number in this unit is multiplied as it is printed: proportions are printed in percent."""
    return 100.0 if unit in PROPORTIONS or SHARE_OF.match(unit) else 1.0


def _places(row: Any) -> int:
    if row.unit in COUNTS:
        return 0 if row.estimate == round(row.estimate) else 1
    if row.unit in PROPORTIONS or row.unit in PERCENTAGES:
        return 0 if row.n_participants < 100 else 1
    if row.unit == "returns" and math.isnan(row.std_error):
        # Counted, not averaged over people.
        return 0
    factor = _factor(row.unit)
    spread = row.std_error * factor
    if not spread > 0:
        spread = (row.conf_high - row.conf_low) * factor / 4
    if not (spread > 0 and math.isfinite(spread)):
        return places_for_spread(abs(row.estimate * factor))
    return min(8, max(0, 1 - math.floor(math.log10(float(f"{spread:.1e}")))))


def sign_of(name: str) -> str:
    """Which direction of an angle is positive, as a clause after its unit; nothing where the dictionary names none."""
    known = dictionary().get(name)
    clause = "" if known is None else re.split(r"[(;]", known.sign)[0].strip()
    return f"; {clause}" if clause.startswith("positive is") else ""
