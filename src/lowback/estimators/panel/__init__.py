"""Two series over evenly spaced waves: does one foretell the other within persons (random-intercept cross-lagged panel)?"""

from lowback.estimators.panel.fit import Errors, PanelFit, compared, fit_panel, lag_test
from lowback.estimators.panel.measures import FitMeasures, fit_measures

__all__ = ["Errors", "FitMeasures", "PanelFit", "compared", "fit_measures", "fit_panel", "lag_test"]
