"""Linear mixed models with random effects of groups, at their proven optimum and with small-sample inference."""

from lowback.estimators.lmm.fit import LmmFit
from lowback.estimators.lmm.fitting import fit_lmm

__all__ = ["LmmFit", "fit_lmm"]
