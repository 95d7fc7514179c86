"""How well a measurement agrees with itself: intraclass correlations, errors of measurement, limits of agreement, kappa."""

from lowback.estimators.reliability.bounds import Bounded
from lowback.estimators.reliability.categories import Agreement, kappa
from lowback.estimators.reliability.components import Components, components
from lowback.estimators.reliability.errors import error_of_measurement, limits_of_agreement, smallest_change
from lowback.estimators.reliability.intraclass import intraclass_correlations
from lowback.estimators.reliability.repeats import error_of_repeats

__all__ = [
    "Agreement",
    "Bounded",
    "Components",
    "components",
    "error_of_measurement",
    "error_of_repeats",
    "intraclass_correlations",
    "kappa",
    "limits_of_agreement",
    "smallest_change",
]
