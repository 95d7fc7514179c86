"""Linear mixed models with random effects of groups, at their proven optimum and with small-sample inference."""

from lowback.estimators.lmm.comparison import LikelihoodRatio, likelihood_ratio_test
from lowback.estimators.lmm.fit import LmmFit
from lowback.estimators.lmm.fitting import fit_lmm

__all__ = ["LikelihoodRatio", "LmmFit", "fit_lmm", "likelihood_ratio_test"]
