"""Slopes and curves on an exposure that is measured with error, with and without correction."""

from lowback.estimators.measurement_error.corrected import CorrectedSlopes, corrected_slopes
from lowback.estimators.measurement_error.curves import Curve, curve
from lowback.estimators.measurement_error.error_variance import ErrorVariance, error_from_pairs
from lowback.estimators.measurement_error.model import TIMES_MODIFIER
from lowback.estimators.measurement_error.simex import LEAST_RELIABILITY, extrapolated_slopes

__all__ = [
    "LEAST_RELIABILITY",
    "TIMES_MODIFIER",
    "CorrectedSlopes",
    "Curve",
    "ErrorVariance",
    "corrected_slopes",
    "curve",
    "error_from_pairs",
    "extrapolated_slopes",
]
