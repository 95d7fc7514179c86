"""What differs between the numbers of two reports, statistic by statistic."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from lowback.archive.reading import NUMBERS, Key, Report, Statistic
from lowback.publish.moved import levels_in, lines_of, margins_of

State = Literal["same", "changed", "new", "gone"]
STATES: tuple[State, ...] = ("same", "changed", "new", "gone")
MIRRORED: Mapping[State, State] = {"same": "same", "changed": "changed", "new": "gone", "gone": "new"}


@dataclass(frozen=True)
class Turn:
    """What an interval came to say that it did not before: `began` or ceased to exclude no effect, or to lie within the margin."""

    what: str
    began: bool

    def __str__(self) -> str:
        """The turn in words."""
        return f"interval {'now' if self.began else 'no longer'} {self.what}"


EXCLUDES, WITHIN, BEYOND = (
    "excludes no effect",
    "lies within the margin",
    "lies beyond the margin",
)


@dataclass(frozen=True)
class Difference:
    """One statistic of two reports; `change` is later minus earlier in its unit, `in_errors` the same in standard errors.

    The standard error is the root mean square of the two, so that the earlier report compared with the later gives the same
    number with the other sign. Both are missing where there is nothing to subtract, or the unit is another.
    """

    key: Key
    state: State
    before: Statistic | None
    after: Statistic | None
    change: float | None = None
    in_errors: float | None = None
    turns: tuple[Turn, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def shown(self) -> Statistic:
        """The statistic as the later report has it, or the earlier where it is gone."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a difference of nothing")
        return found

    def mirrored(self) -> Difference:
        """The same with the later report taken for the earlier."""
        return replace(
            self,
            state=MIRRORED[self.state],
            before=self.after,
            after=self.before,
            change=_opposite(self.change),
            in_errors=_opposite(self.in_errors),
            turns=tuple(Turn(one.what, not one.began) for one in self.turns),
            notes=(),
        )


def differences(before: Report, after: Report) -> list[Difference]:
    """Every statistic of either report: those of the later in its order, then those that are gone."""
    margins = margins_of(before.manifest["study"]), margins_of(after.manifest["study"])
    levels = levels_in(before.manifest) | levels_in(after.manifest)
    keys = [*after.statistics, *(key for key in before.statistics if key not in after.statistics)]
    found = [
        compared(
            before.statistics.get(key), after.statistics.get(key), margins[0].get(key[1]), margins[1].get(key[1])
        )
        for key in keys
    ]  # fmt: skip
    return [replace(one, turns=()) if one.turns and one.key[:3] in levels else one for one in found]


def compared(
    before: Statistic | None, after: Statistic | None, margin_before: float | None, margin_after: float | None
) -> Difference:
    """One statistic of the earlier and the later report; either may lack it."""
    if before is None or after is None:
        found = before or after
        if found is None:
            raise ValueError("a difference of nothing")
        return Difference(found.key, "new" if before is None else "gone", before, after)
    turns = _turns(before, after, margin_before, margin_after)
    if _same_numbers(before, after) and before.unit == after.unit:
        return Difference(after.key, "same", before, after, turns=turns)
    if before.unit != after.unit:
        note = f"the unit was {before.unit}"
        return Difference(after.key, "changed", before, after, notes=(note,))
    change = after.estimate - before.estimate
    known = not math.isnan(change)
    return Difference(
        after.key,
        "changed",
        before,
        after,
        change if known else None,
        _in_errors(change, before, after) if known else None,
        turns,
        _notes(before, after, change),
    )


def moved_numbers(before: Statistic, after: Statistic) -> list[str]:
    """The columns whose numbers are not the same to the last bit."""
    return [
        name for name in NUMBERS if not _same_bits(before.number(name), after.number(name))
    ]  # fmt: skip


def largest(found: Sequence[Difference]) -> Difference | None:
    """The change that is largest in standard errors."""
    measured = [one for one in found if one.in_errors is not None]
    return max(measured, key=lambda one: abs(one.in_errors or 0.0), default=None)


def _same_numbers(before: Statistic, after: Statistic) -> bool:
    """Whether all numbers that both have are the same to the last bit; an earlier run of a history has fewer."""
    shared = before.numbers.keys() & after.numbers.keys()
    missing = (before.numbers.keys() ^ after.numbers.keys()) & {"estimate", "conf_low", "conf_high"}
    return not missing and all(_same_bits(before.numbers[one], after.numbers[one]) for one in shared)


def _same_bits(one: float, other: float) -> bool:
    return struct.pack("<d", one) == struct.pack("<d", other) or (math.isnan(one) and math.isnan(other))


def _in_errors(change: float, before: Statistic, after: Statistic) -> float | None:
    errors = [
        error for one in (before, after) if not math.isnan(error := one.number("std_error")) and error > 0
    ]
    typical = math.hypot(*errors) / math.sqrt(len(errors)) if errors else 0.0
    found = change / typical if typical > 0 else math.inf
    return found if math.isfinite(found) else None


def _notes(before: Statistic, after: Statistic, change: float) -> tuple[str, ...]:
    """What moved where the estimate itself did not, and how many people came or went."""
    notes = []
    people = before.number("n_participants"), after.number("n_participants")
    if not any(map(math.isnan, people)) and people[0] != people[1]:
        notes.append(f"{people[1]:.0f} people, before {people[0]:.0f}")
    others = [one for one in moved_numbers(before, after) if one not in ("estimate", "n_participants")]
    both = before.numbers.keys() & after.numbers.keys()
    if change == 0 and any(one in both for one in others):
        notes.append("moved: " + ", ".join(one for one in others if one in both))
    return tuple(notes)


def _turns(
    before: Statistic, after: Statistic, margin_before: float | None, margin_after: float | None
) -> tuple[Turn, ...]:
    """What the interval says now and did not say before, or said before and does not say now."""
    if not (before.has_interval and after.has_interval) or before.unit != after.unit:
        return ()
    said = _said(before, margin_before), _said(after, margin_after)
    return tuple(
        Turn(what, what in said[1])
        for what in (EXCLUDES, WITHIN, BEYOND)
        if (what in said[0]) != (what in said[1])
    )


def _said(one: Statistic, margin: float | None) -> set[str]:
    """What an interval says: whether it excludes no effect, and whether it lies within or beyond the smallest effect that matters."""
    lines = lines_of(one.unit, margin)
    nothing = next(value for kind, value in lines if kind == "no effect")
    margins = sorted(value for kind, value in lines if kind == "margin")
    low, high = one.number("conf_low"), one.number("conf_high")
    found = {EXCLUDES} if low > nothing or high < nothing else set()
    if margins and margins[0] < low and high < margins[-1]:
        found.add(WITHIN)
    if margins and (high < margins[0] or low > margins[-1]):
        found.add(BEYOND)
    return found


def _opposite(value: float | None) -> float | None:
    return None if value is None else -value
