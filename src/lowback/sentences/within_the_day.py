"""What may be said of something done at a moment, of the hours around it, and of a rule for when to do it."""

from __future__ import annotations

from typing import Any

from lowback.exhibit import each, keyed_rows, sentence
from lowback.exhibit.numbers import capital, rounded
from lowback.result import Result
from lowback.sentences.contrasts import Contrast, amounts


def proximal_sentences(result: Result) -> list[str]:
    """The effect, by its modifier where there is one, then how far the outcome moved with the exposure and without it."""
    rows = keyed_rows(result, "level", "statistic", "exposure_label", "outcome_label", "per")
    effects = rows[rows["statistic"] == "effect"]
    said = [_contrast(row, result).alone() for row in each(effects)]
    changes = rows[rows["statistic"] == "mean change"]
    found = [capital(sentence("; ".join(said)))]
    if len(changes) == 2:
        moved = " and ".join(
            f"{rounded(row, difference=True).in_words} {row.level} it" for row in each(changes)
        )
        label = rows["outcome_label"].iloc[0]
        found.append(
            capital(sentence(f"from before to after, {label} moved by {moved}, whatever else went on"))
        )
    return found


def curve_sentences(result: Result) -> list[str]:
    """The point at the exposure's own check-in, how long the difference lasts, and whether the check holds."""
    rows = keyed_rows(result, "hours", "adjustment", "statistic", "band_low", "band_high", "before_label")
    adjusted = rows[rows["adjustment"] == "adjusted"]
    found = [capital(sentence(_contrast(adjusted.iloc[0], result).alone()))]
    later = [row for row in each(adjusted) if float(row.hours) > 0]
    if later:
        found.append(_lasting(later))
    checks = [row for row in each(adjusted) if row.statistic == "check"]
    if checks:
        found.append(_check(checks, result.smallest_worthwhile))
    return found


def rule_sentences(result: Result) -> list[str]:
    """The effect where the rule bids it, and what the rule is worth a moment against never and always."""
    rows = keyed_rows(result, "level", "statistic", "exposure_label", "outcome_label", "modifier_label")
    rule = rows["level"].iloc[0]
    of_rule = {row.statistic: row for row in each(rows[rows["level"] == rule])}
    found = [capital(sentence(_contrast(of_rule["effect where it bids"], result).alone()))]
    worth = " and ".join(
        f"from that under {other} by {rounded(of_rule[name], difference=True).in_words}"
        for other, name in (("never", "difference from never"), ("always", "difference from always"))
        if name in of_rule
    )
    label = rows["outcome_label"].iloc[0]
    found.append(f"Over all moments mean {label} under the rule ({rule}) differs {worth}.")
    return found


def _contrast(row: Any, result: Result) -> Contrast:
    """One effect in words: causal ones only where chance decided."""
    less, more = amounts(row.outcome_label, result.higher_is)
    what = (
        f"{_exposure_unit(row.unit)} more of {row.exposure_label}"
        if " per " in row.unit
        else f"“{row.exposure_label}”"
    )
    if row.level and "hours" not in str(row.level):
        what += f" ({row.level})"
    brought = (
        f"{what} brought {one}" if result.causal else f"{one} went with {what}" for one in (less, more)
    )
    lower, higher = brought
    return Contrast(
        row,
        subject="",
        if_lower=lower,
        if_higher=higher,
        difference=f"difference in {row.outcome_label} with {what}",
        smallest_worthwhile=result.smallest_worthwhile,
    )


def _exposure_unit(unit: str) -> str:
    """So many units of the exposure, from the unit of an effect per so many of it."""
    return unit.split(" per ", 1)[1]


def _lasting(later: list[Any]) -> str:
    seen = [row for row in later if float(row.band_low) > 0 or float(row.band_high) < 0]
    if not seen:
        return f"At no later check-in, up to {float(later[-1].hours):g} hours, is a difference shown once the whole curve is looked at."
    last = seen[-1]
    size = rounded(last, difference=True).in_words
    return (
        f"Over the whole curve a difference is shown up to {float(last.hours):g} hours later: {size} there."
    )


def _check(checks: list[Any], margin: float | None) -> str:
    """Whether what cannot have been moved stands still at equal history."""
    off = [row for row in checks if float(row.band_low) > 0 or float(row.band_high) < 0]
    held = f"equal {checks[0].before_label}"
    if not off:
        return f"As a check, the outcome further back, which nothing can move any more, shows no difference at {held}."
    worst = max(off, key=lambda row: abs(row.estimate))
    small = (
        margin is not None
        and max(abs(float(row.band_low)) for row in off) < margin
        and max(abs(float(row.band_high)) for row in off) < margin
    )
    size = rounded(worst, difference=True).in_words
    means = (
        "too small to matter, but a difference of that size would be no finding"
        if small
        else ("so what is held equal does not suffice, and the curve may be due to what went before")
    )
    return f"As a check, the outcome further back, which nothing can move any more, differs at {held} by {size}: {means}."
