"""An effect split into direct and indirect parts, corrected for measurement error, with resampled intervals and sensitivity."""

from lowback.estimators.mediation.effects import (
    Effects,
    EffectsByArm,
    Roles,
    along_paths,
    decomposed,
    decomposed_by_arm,
)
from lowback.estimators.mediation.errors import ErrorVariance, pair_sums
from lowback.estimators.mediation.intervals import Percentiles, Share
from lowback.estimators.mediation.moments import Moments, NormalFit, normal_fit
from lowback.estimators.mediation.resampling import resampled_means
from lowback.estimators.mediation.sensitivity import (
    e_value,
    e_value_of_interval,
    indirect_at,
    rho_at_zero,
)
from lowback.estimators.mediation.within import Visits, slope_within

__all__ = [
    "Effects",
    "EffectsByArm",
    "ErrorVariance",
    "Moments",
    "NormalFit",
    "Percentiles",
    "Roles",
    "Share",
    "Visits",
    "along_paths",
    "decomposed",
    "decomposed_by_arm",
    "e_value",
    "e_value_of_interval",
    "indirect_at",
    "normal_fit",
    "pair_sums",
    "resampled_means",
    "rho_at_zero",
    "slope_within",
]
