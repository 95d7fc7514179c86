"""What rows say of more of an exposure, of a change, of two components, of a burden, of three in a row, and of a slope at values of a modifier."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Key = Mapping[object, object]
Said = tuple[str, ...]
IN_A_ROW = ("difference", "there", "back", "left over", "check")


def _of_sustained(key: Key) -> Said:
    """More kept up, now or before within persons, by the g-formula to a week, and the negative control."""
    if key["approach"] == "g-formula":
        return ("sustained by week", f"{key['weeks']:g}")
    return ("within persons", str(key["statistic"]))


def _of_dose(key: Key) -> Said | None:
    """What more does, how the halves of the range differ, what the order does, and the negative control."""
    is_mean = str(key["statistic"]).startswith("mean")
    return None if is_mean else ("dose", str(key["statistic"]))


def _of_factorial(key: Key) -> Said | None:
    """What a component does, over both settings of the other and at each, and whether they add up; means are no effects."""
    known = ("component", "interaction", "alone", "beside the other")
    return ("factorial", str(key["statistic"]), str(key["component"])) if key["statistic"] in known else None


def _of_efficiency(key: Key) -> Said | None:
    """The difference between arms in the outcome and in what they ask of people; shares of a cloud are no estimates."""
    known = ("difference", "difference in burden")
    if key["statistic"] not in known:
        return None
    return (str(key["statistic"]), str(key["arm"]), str(key["comparator"]))


def _of_three(key: Key) -> Said | None:
    """What something done at the middle of three moments changes there and afterwards, and what was there before; means are no effects."""
    return ("in a row", str(key["statistic"])) if key["statistic"] in IN_A_ROW else None


def _of_hold(key: Key) -> Said | None:
    """What an occasion by the rule does, what it cannot have done, and where the threshold lies."""
    known = ("effect at the rule", "before", "threshold")
    return ("hold", str(key["statistic"])) if key["statistic"] in known else None


def _of_change(key: Key) -> Said | None:
    """How level and slope of everybody changed."""
    known = ("pooled level change", "pooled slope change")
    return (str(key["statistic"]),) if key["statistic"] in known else None


def _of_modified_slope(key: Key) -> Said | None:
    """The slope on the exposure without its error, at a low and a high value of the modifier, and its rise for each unit."""
    is_slope = key["statistic"] == "slope" and key["adjustment"] == "corrected"
    known = is_slope and key["at"] in ("low", "high", "for each unit")
    return ("slope by modifier", str(key["level"]), str(key["at"])) if known else None


def _of_slope_by_moment(key: Key) -> Said | None:
    """The same on the usual exposure, moment by moment."""
    known = key["statistic"] == "slope" and key["at"] in ("low", "high", "for each unit")
    return ("slope by moment", str(key["at"])) if known else None


OF_MORE: Mapping[str, Callable[[Key], Said | None]] = {
    "dose": _of_dose,
    "efficiency": _of_efficiency,
    "factorial": _of_factorial,
    "hold": _of_hold,
    "one_person": _of_change,
    "slope_by_modifier": _of_modified_slope,
    "slope_by_moment": _of_slope_by_moment,
    "sustained": _of_sustained,
    "three_in_a_row": _of_three,
}
"""Of these analyses."""
