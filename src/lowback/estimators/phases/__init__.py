"""One person's days before and after a change: levels and slopes when residuals hang together from day to day."""

from lowback.estimators.phases.change import (
    LEVEL_CHANGE,
    SLOPE_CHANGE,
    STAYED,
    STOPPED,
    TAKEN_UP,
    Phases,
    phases,
    rank_at_start,
)
from lowback.estimators.phases.fit import Integrated, SeriesFit, integrated, reml_series, smallest_seen
from lowback.estimators.phases.lots import chance_of_places
from lowback.estimators.phases.randomisation import Randomised, randomisation_test

__all__ = [
    "LEVEL_CHANGE",
    "SLOPE_CHANGE",
    "STAYED",
    "STOPPED",
    "TAKEN_UP",
    "Integrated",
    "Phases",
    "Randomised",
    "SeriesFit",
    "chance_of_places",
    "integrated",
    "phases",
    "randomisation_test",
    "rank_at_start",
    "reml_series",
    "smallest_seen",
]
