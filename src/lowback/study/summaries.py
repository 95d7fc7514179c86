"""What an estimand may sum up, and which keys each summary measure needs and allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

SummaryMeasure = Literal[
    "mean difference",
    "risk difference",
    "slope",
    "mediated effect",
    "effect by characteristic",
    "lead",
    "proximal effect",
    "value of a rule",
    "recurrence",
    "dose response",
    "threshold",
    "incidence",
    "change in one person",
    "agreement",
    "transitions",
    "screening rule",
    "time to ease",
    "sustained effect",
    "effect in those who keep to it",
]
# The keys that each summary measure must have, and those that it may have beside what every estimand may.
NEEDED: Mapping[SummaryMeasure, tuple[str, ...]] = {
    "mean difference": ("week",),
    "risk difference": ("week", "responders"),
    "slope": ("exposure", "per"),
    "mediated effect": ("week", "mediators"),
    "effect by characteristic": ("week", "modifier"),
    "lead": ("exposure",),
    "proximal effect": ("exposure",),
    "value of a rule": ("exposure", "modifier"),
    "recurrence": (),
    "dose response": ("exposure", "week"),
    "threshold": ("exposure", "threshold"),
    "incidence": ("exposure",),
    "change in one person": (),
    "agreement": (),
    "transitions": (),
    "screening rule": (),
    "time to ease": ("exposure", "responders"),
    "sustained effect": ("exposure", "per", "week"),
    "effect in those who keep to it": ("exposure", "threshold", "week"),
}
ALLOWED: Mapping[SummaryMeasure, tuple[str, ...]] = {
    "mean difference": ("arms", "compared_with", "auxiliary", "factorial", "burden"),
    "risk difference": ("arms", "compared_with"),
    "slope": ("modifier",),
    "mediated effect": ("arms", "compared_with", "mediators_week", "mediator_slope", "confounders", "doses"),
    "effect by characteristic": ("arms", "compared_with"),
    "lead": ("rise",),
    "proximal effect": ("per", "modifier", "before", "checkins_later", "randomised_with", "arms"),
    "value of a rule": ("before", "checkins_later", "randomised_with", "arms", "threshold"),
    "recurrence": ("exposure", "per", "spells"),
    "dose response": ("per", "arms"),
    "threshold": ("per", "arms"),
    "incidence": ("per",),
    "change in one person": ("exposure", "start_drawn_from", "then", "blocks", "days_to_settle"),
    "agreement": (),
    "transitions": ("threshold",),
    "screening rule": ("threshold",),
    "time to ease": ("per", "threshold", "arms"),
    "sustained effect": ("arms",),
    "effect in those who keep to it": ("arms", "compared_with"),
}
OF_ARMS: tuple[SummaryMeasure, ...] = (
    "mean difference",
    "risk difference",
    "mediated effect",
    "effect by characteristic",
    "effect in those who keep to it",
)
