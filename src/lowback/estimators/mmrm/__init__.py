"""The mixed model for repeated measures: correlated visits of the same persons, at a proven optimum."""

from lowback.estimators.mmrm.choices import COVARIANCES, Covariance
from lowback.estimators.mmrm.fit import MmrmFit
from lowback.estimators.mmrm.fitting import fit_mmrm
from lowback.estimators.mmrm.ladder import LADDER, LadderFit, Rung, fit_ladder
from lowback.estimators.mmrm.prediction import (
    Expected,
    expected_outcomes,
    fitted_values,
    likelihood_ratio_test,
    residuals,
    simulate,
)
from lowback.estimators.mmrm.search import Proof

__all__ = [
    "COVARIANCES",
    "LADDER",
    "Covariance",
    "Expected",
    "LadderFit",
    "MmrmFit",
    "Proof",
    "Rung",
    "expected_outcomes",
    "fit_ladder",
    "fit_mmrm",
    "fitted_values",
    "likelihood_ratio_test",
    "residuals",
    "simulate",
]
