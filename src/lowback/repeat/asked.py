"""What each row of an analysis says, without its wording, so that it can be held against a true value."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lowback.repeat.asked_of_more import OF_MORE
from lowback.repeat.happened_asked import OF_HAPPENED, RATIOS
from lowback.repeat.leads_asked import OF_LEADS
from lowback.result import Result
from lowback.study import Estimand

Asked = tuple[str, ...]
"""What a row says: ("difference", arm, comparator), ("risk difference", arm, comparator, "0"), ("slope", "within"), ..."""
Key = Mapping[object, object]
SPLIT = ("total", "indirect", "direct")
OF_RULE = ("difference from never", "difference from always", "effect where it bids")

OF_READINGS = (
    "standard error of measurement",
    "smallest detectable change",
    "bias",
    "reliability",
    "consistency",
    "reliability of the mean",
)


def asked_of(result: Result, estimand: Estimand) -> dict[str, Asked]:
    """What each row of a result says of the estimand, by term; rows that say something else are left out."""
    if result.keys is None:
        return {}
    keys = result.keys.astype(object)
    definitions = list(dict.fromkeys(keys["definition"])) if "definition" in keys else []
    adjusted = "adjustment" in keys and (keys["adjustment"] == "adjusted").any()
    found = {}
    for term, key in zip(result.estimates["term"], keys.to_dict("records"), strict=True):
        special = OF_ANALYSIS.get(result.analysis)
        said = special(dict(key)) if special else _asked(dict(key), estimand, definitions, adjusted)
        if said is not None:
            found[str(term)] = said
    return found


def nothing(said: Asked) -> float:
    """What a row says where there is nothing to be found: of a ratio 1, else 0."""
    return 1.0 if said[0] in RATIOS else 0.0


def _asked(
    key: Mapping[object, object], estimand: Estimand, definitions: list[object], adjusted: bool
) -> Asked | None:
    statistic = key.get("statistic")
    arms = (str(key.get("arm")), str(key.get("comparator")))
    if statistic == "risk difference":
        return ("risk difference", *arms, str(definitions.index(key["definition"])))
    if statistic in ("difference", "difference in change"):
        week = key.get("weeks", estimand.week)
        return ("difference", *arms) if week == estimand.week or statistic != "difference" else None
    if statistic == "observed change":
        return ("change",)
    if key.get("level") in ("within", "between"):
        wanted = "adjusted" if adjusted else "unadjusted"
        return ("slope", str(key["level"])) if key.get("adjustment") == wanted else None
    return None


def _of_agreement(key: Key) -> Asked | None:
    """The errors and the reliabilities of a reading; limits of agreement are the ends of an interval of their own."""
    return (str(key["statistic"]),) if key["statistic"] in OF_READINGS else None


def _of_mediation(key: Key) -> Asked | None:
    """Total, indirect and direct effect, the last two corrected for error in the mediators."""
    if (
        key["statistic"] not in SPLIT
        or key["model"] != "one slope"
        or key["correction"] not in ("", "corrected")
    ):
        return None
    return (str(key["statistic"]), str(key["arm"]), str(key["comparator"]))


def _of_corrected_slopes(key: Key) -> Asked | None:
    """The slopes within and between persons on the exposure without its error."""
    is_slope = key["level"] in ("within", "between") and key["adjustment"] == "corrected"
    return ("slope on the true exposure", str(key["level"])) if is_slope else None


def _of_characteristic(key: Key) -> Asked | None:
    """How an effect differs for a unit of a number or between no and yes, and the effect at each value."""
    pair = (str(key.get("arm")), str(key.get("comparator")))
    between_flags = key["statistic"] == "difference in effect" and (key["level"], key["against"]) == (
        "yes",
        "no",
    )
    if key["statistic"] == "difference per unit" or between_flags:
        return ("rise of the effect", *pair)
    if key["statistic"] == "effect":
        return ("effect at", f"{key['value']:g}", *pair)
    return None


def _of_moments(key: Key) -> Asked | None:
    """The effect of what was done at a moment, of everybody or of those with or without a trait."""
    return ("effect at a moment", str(key["level"])) if key["statistic"] == "effect" else None


def _of_curve(key: Key) -> Asked | None:
    """The adjusted effect at the moment itself, of everybody; of other hours no truth is known."""
    is_now = key["adjustment"] == "adjusted" and key["hours"] == 0
    return ("effect at a moment", "") if is_now else None


def _of_rule(key: Key) -> Asked | None:
    """What a rule changes, against never, against always and where it bids."""
    return (str(key["statistic"]), str(key["level"])) if key["statistic"] in OF_RULE else None


OF_ANALYSIS: Mapping[str, Callable[[Key], Asked | None]] = {
    "agreement": _of_agreement,
    "by_characteristic": _of_characteristic,
    "corrected_slopes": _of_corrected_slopes,
    "event_curve": _of_curve,
    "mediation": _of_mediation,
    "proximal_effect": _of_moments,
    "rule_value": _of_rule,
    **OF_HAPPENED,
    **OF_LEADS,
    **OF_MORE,
}
"""Of analyses whose rows need reading of their own."""
