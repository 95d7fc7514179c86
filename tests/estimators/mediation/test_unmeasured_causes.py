"""Sensitivity to what is not measured: against lavaan and the published formula written out in R, by simulation, and by hand."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from mediation_cases import BOTH, PLACE, REFERENCE, TILT, from_r, table

from lowback.estimators import NotEstimable
from lowback.estimators.mediation import (
    Roles,
    decomposed,
    e_value,
    e_value_of_interval,
    indirect_at,
    rho_at_zero,
)
from lowback.estimators.mediation.errors import corrected


def test_one_mediator_has_the_formula_of_imai_keele_and_yamamoto():
    found, r = decomposed(np.cov(table().T, bias=True), TILT), from_r("rho")
    for rho in ("-0.5", "0.3", "0.6"):
        assert indirect_at(found, np.array([float(rho)])) == pytest.approx(r[rho], rel=1e-9)
    assert rho_at_zero(found, 0) == pytest.approx(r["nil"], rel=1e-9)
    assert indirect_at(found, np.array([0.0])) == pytest.approx(float(found.indirect))


def by_lavaan(what: str) -> dict[tuple[float, ...], float]:
    """The indirect effect by the correlations held (sensitivity.R, versions beside)."""
    with (REFERENCE / "sensitivity.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["what"] == what]
    named = [[row[name] for name in ("rho", "rho_second") if row[name] != "NA"] for row in rows]
    return {tuple(map(float, rho)): float(row["estimate"]) for rho, row in zip(named, rows, strict=True)}


def test_correlations_of_errors_that_lavaan_holds_give_its_indirect_effect():
    found, expected = decomposed(np.cov(table().T, bias=True), TILT), by_lavaan("lavaan_one")
    assert len(expected) == 4
    for rho, indirect in expected.items():
        assert indirect_at(found, np.array(rho)) == pytest.approx(indirect, rel=1e-6)


def test_two_mediators_with_error_and_correlated_errors_agree_with_lavaan():
    errors = [
        ((PLACE["tilt"], PLACE["tilt0"]), np.array(1.0)),
        ((PLACE["hip"], PLACE["hip0"]), np.array(2.0)),
    ]
    naive = np.cov(table().T, bias=True)
    found, expected = decomposed(corrected(naive, errors, BOTH.used), BOTH), by_lavaan("lavaan_two")
    assert len(expected) == 5
    for rho, indirect in expected.items():
        assert indirect_at(found, np.array(rho)) == pytest.approx(indirect, rel=1e-6)
        # As measured, and with the correlations of the one mediator taken for those of the other, lavaan is not met.
        assert indirect_at(decomposed(naive, BOTH), np.array(rho)) != pytest.approx(indirect, rel=0.05)
        if rho[0] != rho[1]:
            assert indirect_at(found, np.array(rho[::-1])) != pytest.approx(indirect, rel=0.05)


def test_with_two_mediators_the_true_correlations_give_back_the_true_effect():
    # Errors of hip and pain correlate by 0.3, of tilt and pain by -0.4; hip 2, tilt 1 - 0.5 hip, pain 0.5 hip + tilt.
    rng, n = np.random.default_rng(1), 400_000
    cov = np.array([[1, 0, 0.3], [0, 1, -0.4], [0.3, -0.4, 1]])
    u, v, e = rng.multivariate_normal(np.zeros(3), cov, n).T
    arm = np.tile([0.0, 1.0], n // 2)
    hip = 2 * arm + u
    tilt = arm - 0.5 * hip + v
    pain = 0.5 * hip + tilt + arm + e
    found = decomposed(np.cov(np.column_stack([arm, hip, tilt, pain]).T), Roles(0, (), (), (1, 2), 3))
    true = 0.5 * 2 + (1 - 0.5 * 2) * 1
    assert indirect_at(found, np.array([0.3, -0.4])) == pytest.approx(true, abs=0.02)
    assert abs(float(found.indirect) - true) > 0.1


def test_the_correlation_at_which_nothing_is_left_leaves_nothing():
    found = decomposed(np.cov(table().T, bias=True), BOTH)
    for at in (0, 1):
        rho = np.zeros(2)
        rho[at] = rho_at_zero(found, at)
        assert indirect_at(found, rho) == pytest.approx(0, abs=1e-9)


def test_correlations_that_no_errors_can_have_are_refused():
    found = decomposed(np.cov(table().T, bias=True), BOTH)
    with pytest.raises(NotEstimable, match="less than 1"):
        indirect_at(found, np.array([0.8, 0.7]))


def test_e_values_by_hand():
    # VanderWeele & Ding 2017, Ann Intern Med 167:268-274: a risk ratio of 3.9 has the E-value 7.26.
    assert e_value(np.log(3.9) / 0.91, 1.0) == pytest.approx(7.26, abs=0.005)
    assert e_value(0.0, 2.0) == 1.0
    assert e_value_of_interval(-1.0, 0.2, 1.0) == 1.0
    assert e_value_of_interval(-1.0, -0.4, 1.0) == e_value(0.4, 1.0)
    with pytest.raises(NotEstimable, match="standard deviation 0"):
        e_value(1.0, 0.0)
