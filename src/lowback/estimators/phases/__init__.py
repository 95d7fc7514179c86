"""One person's days before and after a change: levels and slopes when residuals hang together from day to day."""

from lowback.estimators.phases.change import (
    LEVEL_CHANGE,
    SLOPE_CHANGE,
    Phases,
    phases,
    rank_at_start,
)
from lowback.estimators.phases.fit import Integrated, SeriesFit, integrated, reml_series, smallest_seen
from lowback.estimators.phases.randomisation import Randomised, randomisation_test

__all__ = [
    "LEVEL_CHANGE",
    "SLOPE_CHANGE",
    "Integrated",
    "Phases",
    "Randomised",
    "SeriesFit",
    "integrated",
    "phases",
    "randomisation_test",
    "rank_at_start",
    "reml_series",
    "smallest_seen",
]
