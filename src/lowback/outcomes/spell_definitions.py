"""Definitions of calm and flare: those published, and any in words."""

from __future__ import annotations

from lowback.study import Spells


def published_spells(
    has_flag: bool, important_change: float | None, lowest: float | None, what: str = "pain"
) -> tuple[Spells, ...]:
    """The definitions that are tried where a study names none; only those that the records allow. `what` is had or is not had.

    By the person's own account (Costa 2019, J Pain 20:1267); a rise by the minimal important change over more than a day (Stanton 2009,
    Spine 34:E316); pain for more than 24 h after a month free of it (de Vet 2002, Spine 27:2409; the minimum of the Delphi
    consensus, Stanton 2011, Eur Spine J 20:744).
    """
    found = [Spells(name="flare by own account", flag="flare")] if has_flag else []
    if important_change is not None:
        name = f"rise of {important_change:g} for more than a day"
        found.append(Spells(name=name, rise=important_change, lasting_days=1))
    if lowest is not None:
        name = f"{what} for more than a day after a month free of it"
        found.append(Spells(name=name, at_least=lowest + 1, at_most=lowest, lasting_days=1, calm_days=30))
    return tuple(found)


def definition_in_words(one: Spells) -> str:
    """What counts as a flare, as calm and as settled."""
    if one.flag is not None:
        flare, calm = f"{one.flag} said to be so", "no"
    else:
        flare = (
            f"{one.at_least:g} or more"
            if one.rise is None
            else f"{one.rise:g} or more above the median of the four weeks before"
        )
        calm = "less" if one.at_most is None else f"{one.at_most:g} or less"
    lasting = f" over {_days(one.lasting_days)} or more" if one.lasting_days else ""
    settled = f"settled after {_days(one.calm_days)} of calm" if one.calm_days else "settled when calm"
    return f"flare: {flare}{lasting}; calm: {calm}; {settled}"


def _days(days: float) -> str:
    return f"{days:g} {'day' if days == 1 else 'days'}"
