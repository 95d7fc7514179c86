"""Studies that nobody has run yet: drawn from what a plan assumes of the people, many at once as arrays, or as cohorts.

For person i and visit j, t weeks after baseline, in the outcome's unit::

    score[i,j] = mean + change t/T + effect follows[i] t/T + slope (exposure[i,j] - exposure mean)
                 + cluster + person[i,j] + error[i,j]

T is the week of the estimand (or of the last visit), `follows` is 1 for the share that adheres, and the cluster shifts its people's
scores at every visit after baseline. `person` is normal: any two scores of one reading correlate as assumed, and people's
own slopes add to it. `error` is that of measurement, less the more raters and readings its scores average.
"""

from lowback.simulate.planned.assumptions import (
    Assumptions,
    Clusters,
    Effect,
    Measure,
    Scale,
)
from lowback.simulate.planned.cohorts import planned_cohorts
from lowback.simulate.planned.draws import Draws, draw
from lowback.simulate.planned.layout import Layout

__all__ = [
    "Assumptions",
    "Clusters",
    "Draws",
    "Effect",
    "Layout",
    "Measure",
    "Scale",
    "draw",
    "planned_cohorts",
]
