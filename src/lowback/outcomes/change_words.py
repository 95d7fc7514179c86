"""What is said of how a person's change was found, and of what has to hold."""

from __future__ import annotations

import numpy as np

from lowback.outcomes.change import CHOOSING_DAYS, FEWEST_DAYS, WORST, Changes


def change_method(found: Changes) -> str:
    """The sentences that the report prints under "Method"."""
    label = found.outcome.label
    clauses = [
        f"Daily {label} of {_people(len(found.start))} before and after each person's day of change, as two lines of one slope with a step "
        "between them (change in level), and with slopes of their own (change in slope)",
        _days_told(found),
        "residuals hang together from day to day (a first-order autoregression, and ups and downs that last one day); intervals are over "
        "all memories that the person's days allow, leaning to long ones, and so are wider than those of one estimated memory",
        _worst_told(found),
        "the level just after the change is told apart from that just before it; a change that comes slowly shows in the slope",
        "people are pooled as people who differ, by restricted maximum likelihood, with errors that hold though the weights are estimates (sandwich)" if len(found.start) > 1 else "",
        f"{_people(found.without_day)} left out who have no day of change" if found.without_day else "",
        f"{_people(found.too_short)} left out who have fewer than {FEWEST_DAYS} days that count before or after" if found.too_short else "",
    ]  # fmt: skip
    return "; ".join(one for one in clauses if one) + "."


def change_assumptions(found: Changes) -> tuple[str, ...]:
    """What has to hold for a step to be the change's doing."""
    if found.is_drawn:
        first = "Rests on: chance alone decided on which day a person took up the change; what else changed on that very day comes with it."
    else:
        first = (
            "Rests on: no common cause of taking something up on that day and of a course that steps there, other than a bad spell that "
            "comes and goes evenly; what else changed on that day comes with it."
        )
    return (
        first,
        "Without the change the course would have gone on along its line, but for ups and downs that fade.",
        "The change works from the day after it on, and all at once (level) or evenly (slope).",
        "Whether a check-in is answered does not depend on that day's score.",
        *(("People are independent of each other.",) if len(found.start) > 1 else ()),
    )


def _days_told(found: Changes) -> str:
    before, after = (int(np.median(one)) for one in (found.cut.before, found.cut.after))
    word = "a median of " if len(found.start) > 1 else ""
    if found.is_drawn and found.drawn_from is not None:
        first, last = found.drawn_from
        how = f"the start was drawn by lot from days {first:g} to {last:g}, so that all days count but that of the change"
    else:
        how = (
            f"the day of the change and {CHOOSING_DAYS} at each side are left out, and both phases are cut to one length, so that "
            "a bad day that made people take up something new is not followed by relief that would have come anyway"
        )
    return f"{how} ({word}{before} days before and {after} after)"


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
