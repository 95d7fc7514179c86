"""One person's days before and after a change: levels and slopes when residuals hang together from day to day."""

from lowback.estimators.phases.fit import Integrated, SeriesFit, integrated, reml_series

__all__ = ["Integrated", "SeriesFit", "integrated", "reml_series"]
