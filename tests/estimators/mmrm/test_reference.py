"""Against SAS PROC MIXED's printed digits, R's nlme (fits), clubSandwich (robust standard errors) and lmerTest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lowback.estimators.inference import DfMethod

from .trials import REFERENCE, Rows, antidepressant, back_pain, r_trial

QUANTITIES = pd.read_csv(REFERENCE / "mmrm.csv", keep_default_na=False).query("set != 'versions'")
GLS = QUANTITIES[QUANTITIES["covariance"] != "random intercept"]
FITS = list(GLS[["set", "covariance", "method"]].drop_duplicates().itertuples(index=False, name=None))

SMALL_SAMPLES: tuple[DfMethod, ...] = ("satterthwaite", "kenward-roger")

# SAS PROC MIXED, results_SAS.pdf of rbmi: least-squares means, differences, standard errors, df and p by visit.
SAS_MEANS = {
    4: (-1.6051, 0.4865, -1.6969, 0.4747),
    5: (-4.2200, 0.6579, -2.8168, 0.6428),
    6: (-6.3663, 0.7101, -4.1416, 0.6967),
    7: (-7.6239, 0.7914, -4.8221, 0.7785),
}
SAS_DIFFERENCES = {
    4: (0.09181, 0.6826, 169, 0.8932),
    5: (-1.4032, 0.9244, 165, 0.1309),
    6: (-2.2247, 1.0008, 162, 0.0276),
    7: (-2.8018, 1.1163, 150, 0.0131),
}
SAS_COVARIANCE = [
    [19.6845],
    [16.5157, 34.2105],
    [15.3879, 25.4250, 38.4363],
    [16.3599, 26.1843, 33.8949, 45.2587],
]


def test_agrees_with_every_digit_that_sas_prints_for_the_likelihood(shared_data: Path) -> None:
    fit = antidepressant(shared_data).fit()
    # SAS's optimum and nlme's are printed to 3494.20285.
    assert round(fit.objective, 5) == 3494.20285
    assert fit.visit_covariances is not None
    for at, row in enumerate(SAS_COVARIANCE):
        # SAS stopped a little earlier: 5e-5 is half of its last digit, 1e-4 one unit of it.
        assert fit.visit_covariances[0][at, : at + 1] == pytest.approx(row, abs=1.0e-4)


@pytest.mark.parametrize("visit", [4, 5, 6, 7])
def test_agrees_with_the_differences_that_sas_prints(visit: int, shared_data: Path) -> None:
    rows = antidepressant(shared_data)
    answer = rows.fit().contrast(np.array(rows.names) == f"drug {visit}", "kenward-roger")
    estimate, std_error, df, p_value = SAS_DIFFERENCES[visit]
    assert answer.estimate[0] == pytest.approx(estimate, abs=5.1e-5)
    assert answer.std_error[0] == pytest.approx(std_error, abs=5.1e-5)
    assert round(answer.df[0]) == df
    assert round(answer.p_value[0], 4) == p_value


@pytest.mark.parametrize("visit", [4, 5, 6, 7])
def test_agrees_with_the_least_squares_means_that_sas_prints(visit: int, shared_data: Path) -> None:
    rows = antidepressant(shared_data)
    # SAS averages the baseline over all rows that it used.
    baseline = rows.design[:, [name.startswith("baseline") for name in rows.names]].sum(axis=1).mean()
    values = {f"visit {visit}": 1.0, f"baseline {visit}": baseline}
    placebo = np.array([values.get(name, 0.0) for name in rows.names])
    drug = placebo + (np.array(rows.names) == f"drug {visit}")
    answer = rows.fit().contrast(np.stack([drug, placebo]), "kenward-roger")
    printed = SAS_MEANS[visit]
    assert answer.estimate == pytest.approx(printed[::2], abs=6e-5)
    assert answer.std_error == pytest.approx(printed[1::2], abs=6e-5)


def test_without_kenward_roger_the_standard_error_is_that_of_gls(shared_data: Path) -> None:
    rows = antidepressant(shared_data)
    answer = rows.fit().contrast(np.array(rows.names) == "drug 7", "normal")
    # The README of the data: R nlme gls gives 1.114 where SAS gives 1.1163.
    assert round(answer.std_error[0], 3) == 1.114


@pytest.mark.parametrize(("name", "covariance", "method"), FITS)
def test_agrees_with_nlme(name: str, covariance: str, method: str, request: pytest.FixtureRequest) -> None:
    rows, expected = _rows(name, covariance, request), _expected(name, covariance, method)
    fit = rows.fit(covariance=covariance, method=method, **_times(rows, covariance))
    objective = float(expected["objective"][""])
    assert fit.objective == pytest.approx(objective, rel=1e-8)
    assert fit.objective <= objective + 1e-5
    errors = np.sqrt(np.diagonal(fit.covariance))
    for at, column in enumerate(rows.names):
        assert fit.coefficients[at] == pytest.approx(expected["estimate"][column], rel=1e-6, abs=1e-7)
        assert errors[at] == pytest.approx(expected["std_error"][column], rel=1e-5)
    assert fit.proof.proven


@pytest.mark.parametrize("kind", ["CR0", "CR2", "CR3"])
@pytest.mark.parametrize(("name", "covariance", "method"), [fit for fit in FITS if fit[2] == "REML"])
def test_robust_standard_errors_and_their_df_agree_with_clubsandwich(
    name: str, covariance: str, method: str, kind: Any, request: pytest.FixtureRequest
) -> None:
    rows, expected = _rows(name, covariance, request), _expected(name, covariance, method)
    fit = rows.fit(covariance=covariance, **_times(rows, covariance))
    answer = fit.contrast(np.eye(len(rows.names)), kind)
    # clubSandwich works at nlme's end, which is not exactly the optimum.
    for at, column in enumerate(rows.names):
        assert answer.std_error[at] == pytest.approx(expected[f"{kind} std_error"][column], rel=1e-4)
        assert answer.df[at] == pytest.approx(expected[f"{kind} df"][column], rel=1e-3)


@pytest.mark.parametrize("name", ["constant", "small", "dropout"])
def test_small_samples_of_compound_symmetry_agree_with_lmertest_and_pbkrtest(name: str) -> None:
    rows = r_trial(name, "compound symmetry")
    expected = _expected(name, "random intercept", "REML")
    fit = rows.fit(covariance="compound symmetry")
    plain, adjusted = (fit.contrast(np.eye(len(rows.names)), df) for df in SMALL_SAMPLES)
    for at, column in enumerate(rows.names):
        assert plain.std_error[at] == pytest.approx(expected["std_error"][column], rel=1e-6)
        assert plain.df[at] == pytest.approx(expected["Satterthwaite df"][column], rel=1e-6)
        # pbkrtest weighs by the expected curvature, SAS and this engine by the observed one.
        assert adjusted.std_error[at] == pytest.approx(expected["Kenward-Roger std_error"][column], rel=1e-4)


def test_published_figures_of_the_back_pain_trial_come_out(shared_data: Path) -> None:
    rows = back_pain(shared_data)
    fit = rows.fit()
    # The README of the data, computed with nlme: -2 RLL and the four interactions with their standard errors.
    assert round(fit.objective, 3) == 1378.225
    answer = fit.contrast(np.eye(len(rows.names)), "normal")
    found = {
        name: (round(answer.estimate[at], 4), round(answer.std_error[at], 4))
        for at, name in enumerate(rows.names)
        if ":" in name
    }
    assert found == {
        "armplacebo:visit_factor2": (1.7007, 0.2856),
        "armusual_care:visit_factor2": (2.3117, 0.2817),
        "armplacebo:visit_factor3": (1.4176, 0.4404),
        "armusual_care:visit_factor3": (1.0306, 0.4456),
    }


def _rows(name: str, covariance: str, request: pytest.FixtureRequest) -> Rows:
    if name == "prt":
        return back_pain(request.getfixturevalue("shared_data"))
    return r_trial(name, covariance)


def _times(rows: Rows, covariance: str) -> dict[str, Any]:
    return {"times": rows.times} if covariance == "spatial exponential" else {}


def _expected(name: str, covariance: str, method: str) -> dict[str, dict[str, float]]:
    chosen = QUANTITIES[
        (QUANTITIES["set"] == name)
        & (QUANTITIES["covariance"] == covariance)
        & (QUANTITIES["method"] == method)
    ]
    values = chosen.assign(value=chosen["value"].astype(float))
    return {
        quantity: dict(zip(part["name"], part["value"], strict=True))
        for quantity, part in values.groupby("quantity")
    }
