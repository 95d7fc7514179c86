"""Hazards and curves of events that come again, against R's survival (tests/reference/recurrence/recurrence.R made the numbers)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.estimators.recurrence.counting import AtRisk, at_risk
from lowback.estimators.recurrence.curves import Curve, event_free, mean_events, share_in_state
from lowback.estimators.recurrence.hazard import HazardFit, recurrent_hazard
from lowback.estimators.recurrence.proportional import constant_ratio_test

REFERENCE = Path(__file__).resolve().parents[2] / "reference" / "recurrence"
ROWS = pd.read_csv(REFERENCE / "recurrent.csv")
STATES = pd.read_csv(REFERENCE / "states.csv")
DESIGN = ROWS[["x", "z"]].to_numpy()
MODELS = ("Andersen-Gill", "PWP gap time")


def intervals(model: str) -> AtRisk:
    if model == "Andersen-Gill":
        return at_risk(ROWS["start"], ROWS["stop"], ROWS["event"], ROWS["id"])
    return at_risk(ROWS["gap_start"], ROWS["gap"], ROWS["event"], ROWS["id"], ROWS["number"])


def fitted(model: str) -> HazardFit:
    return recurrent_hazard(intervals(model), DESIGN, names=["x", "z"], errors="CR0")


def reference(file: str, **key: str) -> pd.DataFrame:
    rows = pd.read_csv(REFERENCE / file)
    for column, value in key.items():
        rows = rows[rows[column] == value]
    return rows


@pytest.mark.parametrize("model", MODELS)
def test_hazard_ratios_and_robust_errors_are_those_of_coxph(model: str) -> None:
    fit, expected = fitted(model), reference("hazard.csv", model=model)
    assert fit.coefficients == pytest.approx(expected["estimate"].to_numpy(), rel=1e-8)
    assert np.sqrt(fit.covariance.diagonal()) == pytest.approx(expected["robust_se"].to_numpy(), rel=1e-8)
    assert np.sqrt(fit.model_covariance.diagonal()) == pytest.approx(
        expected["model_se"].to_numpy(), rel=1e-8
    )
    assert fit.log_likelihood == pytest.approx(expected["log_likelihood"].iloc[0], rel=1e-10)


@pytest.mark.parametrize("model", MODELS)
def test_the_test_of_a_constant_ratio_is_that_of_cox_zph(model: str) -> None:
    statistic, p = constant_ratio_test(fitted(model), intervals(model), DESIGN)
    expected = reference("zph.csv", model=model)
    assert statistic == pytest.approx(expected["chisq"].to_numpy(), rel=1e-6)
    assert p == pytest.approx(expected["p"].to_numpy(), rel=1e-6)


def differing(curve: Curve, name: str, *columns: str) -> list[str]:
    """Columns of a curve that are not as survfit has them."""
    expected = reference("curves.csv", curve=name)
    found = curve.at(expected["time"])
    return [
        column
        for column in ("value", "std_error", *columns)
        if found[column] != pytest.approx(expected[column].to_numpy(float), rel=1e-6, nan_ok=True)
    ]


def test_the_share_without_the_event_is_that_of_survfit() -> None:
    assert not differing(event_free(intervals("PWP gap time")), "event free", "conf_low", "conf_high")


def test_the_mean_number_of_events_is_that_of_survfit() -> None:
    assert not differing(mean_events(intervals("Andersen-Gill")), "mean events")


def test_the_share_in_a_state_is_that_of_survfit() -> None:
    states = at_risk(STATES["start"], STATES["stop"], STATES["change"], STATES["id"])
    assert not differing(share_in_state(states, STATES["flare"]), "share in state")
