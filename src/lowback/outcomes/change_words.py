"""What is said of how a person's change was found, and of what has to hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lowback.outcomes.change import CHOOSING_DAYS, WORST, Changes
from lowback.outcomes.phase_plans import FEWEST_DAYS, MOST_DRAWS

BY_DIRECTION = {
    "taken up": "change in level of {label} when it was taken up",
    "stopped": "change in level of {label} when it was stopped",
    "stayed": "level of {label} after it was stopped, less that before it was taken up",
}
"""What the rows of a reversal are called."""


@dataclass(frozen=True)
class LevelWords:
    """What the rows of a change in level are called."""

    level: str
    another: str
    scatter: str
    people: dict[str, str]
    of_person: str
    days_off: str
    days_on: str


OF_LEVEL = {
    False: LevelWords(
        level="change in level of {label}",
        another="change in level in another person like these",
        scatter="SD of the change between people",
        people={
            "fell": "people whose level fell",
            "rose": "people whose level rose",
            "did not show a change": "people whose level did not show a change",
        },
        of_person="change in level",
        days_off="days before that count",
        days_on="days after that count",
    ),
    True: LevelWords(
        level="level of {label} on the programme less off it",
        another="level on the programme less off it in another person like these",
        scatter="SD of that difference between people",
        people={
            "fell": "people whose level was lower on the programme",
            "rose": "people whose level was higher on the programme",
            "did not show a change": "people whose level did not show a difference",
        },
        of_person="on the programme less off it",
        days_off="days off the programme that count",
        days_on="days on the programme that count",
    ),
}
"""Of one change (False), and of what was taken up, stopped and perhaps taken up again (True)."""


def change_method(found: Changes) -> str:
    """The sentences that the report prints under "Method"."""
    clauses = [
        *_model_told(found),
        _days_told(found),
        "residuals hang together from day to day (a first-order autoregression, and ups and downs that last one day); intervals are over "
        "all memories that the person's days allow, leaning to long ones, and so are wider than those of one estimated memory",
        _worst_told(found),
        "" if found.reverses else "the level just after the change is told apart from that just before it; a change that comes slowly shows in the slope",
        _lot_told(found),
        "people are pooled as people who differ, by restricted maximum likelihood, with errors that hold though the weights are estimates (sandwich)" if len(found.start) > 1 else "",
        f"{_people(found.without_day)} left out who have no day of change" if found.without_day else "",
        f"{_people(found.too_short)} left out who have fewer than {FEWEST_DAYS} days that count {'in one of the phases' if found.reverses else 'before or after'}" if found.too_short else "",
    ]  # fmt: skip
    return "; ".join(one for one in clauses if one) + "."


def _model_told(found: Changes) -> list[str]:
    label, people = found.outcome.label, _people(len(found.start))
    if not found.reverses:
        return [
            f"Daily {label} of {people} before and after each person's day of change, as two lines of one slope with a step "
            "between them (change in level), and with slopes of their own (change in slope)"
        ]
    return [
        f"Daily {label} of {people} in phases off and on the programme, as lines of one slope: the level of the days on less that of the days "
        "off, as if it were as much at every change",
        "the step when it was taken up, that when it was stopped, and what the two leave are told apart in a second model of the same days",
    ]


def _lot_told(found: Changes) -> str:
    """What the randomisation test can say at all, where there is more than one change."""
    if found.lot is None or not found.reverses:
        return ""
    draws = int(np.prod(found.lot.sizes))
    if found.lot.possible is None:
        return f"the lot allows {draws:,} draws, more than the {MOST_DRAWS:,} that are tried, so there is no randomisation test"
    return f"the lot allows {draws:,} draws, so that the smallest p-value that one person's randomisation test can have is 1 in {draws:,}"


def change_assumptions(found: Changes) -> tuple[str, ...]:
    """What has to hold for a step to be the change's doing."""
    if found.is_drawn:
        first = "Rests on: chance alone decided on which day a person took up the change; what else changed on that very day comes with it."
        if found.reverses:
            first = "Rests on: chance alone decided on which days a person was on the programme; what else changed on the very days of change comes with it."
    elif found.reverses:
        first = (
            "Rests on: no common cause of taking something up or stopping it on those days and of a course that steps there, other than bad "
            "and good spells that come and go evenly; what else changed on those days comes with it."
        )
    else:
        first = (
            "Rests on: no common cause of taking something up on that day and of a course that steps there, other than a bad spell that "
            "comes and goes evenly; what else changed on that day comes with it."
        )
    return (
        first,
        "Without the change the course would have gone on along its line, but for ups and downs that fade.",
        *_carried_over(found),
        "Whether a check-in is answered does not depend on that day's score.",
        *(("People are independent of each other.",) if len(found.start) > 1 else ()),
    )


def _carried_over(found: Changes) -> tuple[str, ...]:
    """When a change works, and whether it lasts beyond its end."""
    if not found.reverses:
        return ("The change works from the day after it on, and all at once (level) or evenly (slope).",)
    days = f"{found.settling} days"
    beyond, works = f" beyond {days}", f"in full {days} after it, and is over {days} after it is stopped"
    if not found.settling:
        beyond, works = (
            "",
            "from the day after it on, all at once, and is over from the day after it is stopped",
        )
    return (
        f"Nothing is carried over{beyond}: what is taken up works {works}. "
        "What lasts longer makes days off better or worse than they would be, and the difference too small; it shows in the row of what was left "
        "after it was stopped.",
    )


def _days_told(found: Changes) -> str:
    before, after = (int(np.median(one)) for one in (found.cut.days_off, found.cut.days_on))
    word = "a median of " if len(found.start) > 1 else ""
    if found.reverses:
        settle = (
            f", and {found.settling} days after each change, in which it settles" if found.settling else ""
        )
        return f"{_reversals_told(found)}{settle} ({word}{before} days off and {after} on)"
    if found.lot is not None:
        ((first, last),) = found.lot.days
        how = f"the start was drawn by lot from days {first:g} to {last:g}, so that all days count but that of the change"
    else:
        how = (
            f"the day of the change and {CHOOSING_DAYS} at each side are left out, and both phases are cut to one length, so that "
            "a bad day that made people take up something new is not followed by relief that would have come anyway"
        )
    return f"{how} ({word}{before} days before and {after} after)"


def _reversals_told(found: Changes) -> str:
    """How the days of several changes were chosen, and which are left out."""
    if found.lot is None:
        return (
            f"the day of each change and {CHOOSING_DAYS} at each side are left out, so that a bad day that made people take up something new, or a "
            "good one on which they stopped, counts for neither"
        )
    if not found.lot.days:
        return f"one of {found.lot.sizes[0]} orders of blocks off and on was drawn by lot, so that all days count but the first of each change"
    days = ", ".join(f"{first:g} to {last:g}" for first, last in found.lot.days)
    return f"each change was drawn by lot from its own days ({days}), so that all days count but those of the changes"


def _worst_told(found: Changes) -> str:
    """How many took up the change on one of their worst days, where that matters."""
    bad = int(found.chosen_for_being_bad.sum())
    if found.is_drawn or not bad:
        return ""
    expected = (1 - WORST) * int(np.isfinite(found.rank).sum())
    return (
        f"{_people(bad)} took up the change on one of the worst tenth of their days (chance alone: {expected:.1f}), after which most get "
        "better anyway"
    )


def _people(count: int) -> str:
    return f"{count} {'person' if count == 1 else 'people'}"
