"""The standard analyses of many trials of one layout at once: arrays with a row a trial in, a number a trial out."""

from lowback.estimators.batched.clusters import clustered_difference
from lowback.estimators.batched.differences import adjusted_difference
from lowback.estimators.batched.found import Found
from lowback.estimators.batched.rates import difference_in_rates
from lowback.estimators.batched.risks import standardised_difference
from lowback.estimators.batched.within import slope_within_persons

__all__ = [
    "Found",
    "adjusted_difference",
    "clustered_difference",
    "difference_in_rates",
    "slope_within_persons",
    "standardised_difference",
]
