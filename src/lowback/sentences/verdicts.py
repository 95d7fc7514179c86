"""What an interval allows one to say, given the smallest difference that matters."""

from __future__ import annotations

import math
from enum import StrEnum


class Verdict(StrEnum):
    """What the data say of one difference, as a summary counts it."""

    WORTHWHILE = "found a difference that matters"
    UNCLEAR_SIZE = "found a difference that may or may not matter"
    SHOWN = "found a difference"
    TOO_SMALL = "found too little to matter"
    CANNOT_TELL = "could not tell"
    NOT_SHOWN = "did not show a difference"
    NO_INTERVAL = "had no interval"


def verdict(low: float, high: float, smallest_worthwhile: float | None) -> Verdict:
    """The verdict from a 95 % interval against 0 and against plus and minus the smallest worthwhile difference.

    Wholly beyond the smallest worthwhile difference: it matters. Excluding 0 but reaching below it: it may or may not
    matter. Wholly between the two smallest worthwhile differences: too small to matter, even where 0 is excluded.
    Including 0 and a worthwhile difference: the data cannot tell. Where no smallest worthwhile difference is
    declared, an interval that includes 0 shows no difference and rules none of its values out. p-values take no part. An interval
    without width is none: scores that few people happen to give without any scatter are no proof.

    Source: Man-Son-Hing et al. 2002, J Gen Intern Med 17:469-476 (definite, probable, possible importance);
    Altman & Bland 1995, BMJ 311:485 (absence of evidence is not evidence of absence).
    """
    if math.isnan(low) or math.isnan(high) or _has_no_width(low, high):
        return Verdict.NO_INTERVAL
    includes_zero = low <= 0 <= high
    if smallest_worthwhile is None:
        return Verdict.NOT_SHOWN if includes_zero else Verdict.SHOWN
    if -smallest_worthwhile < low and high < smallest_worthwhile:
        return Verdict.TOO_SMALL
    if includes_zero:
        return Verdict.CANNOT_TELL
    is_beyond = high <= -smallest_worthwhile or low >= smallest_worthwhile
    return Verdict.WORTHWHILE if is_beyond else Verdict.UNCLEAR_SIZE


def _has_no_width(low: float, high: float) -> bool:
    return high - low <= 1e-12 * max(abs(low), abs(high))


def claim_by(found: Verdict, claim: str, shown: str, by: str = "an amount") -> str | None:
    """A claim with the numbers that show it and whether it matters; None where the data do not show it.

    `by` is what it may matter by: an amount, or a factor for a ratio.
    """
    match found:
        case Verdict.WORTHWHILE:
            return f"{claim}, by {by} that matters: {shown}"
        case Verdict.UNCLEAR_SIZE:
            return f"{claim}, by {by} that may or may not matter: {shown}"
        case Verdict.SHOWN:
            return f"{claim}: {shown}"
        case _:
            return None
