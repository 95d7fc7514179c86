"""The mixed model for repeated measures: correlated visits of the same persons, at a proven optimum."""

from lowback.estimators.mmrm.choices import COVARIANCES, Covariance
from lowback.estimators.mmrm.fit import MmrmFit
from lowback.estimators.mmrm.fitting import fit_mmrm
from lowback.estimators.mmrm.search import Proof

__all__ = ["COVARIANCES", "Covariance", "MmrmFit", "Proof", "fit_mmrm"]
