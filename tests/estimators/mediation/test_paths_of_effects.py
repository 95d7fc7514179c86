"""An effect and its paths: by hand, and against R's lm and lavaan (tests/reference/mediation, versions beside)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels
from hypothesis import given
from hypothesis import strategies as st
from mediation_cases import BOTH, BOTH_AND_STEPS, PLACE, TILT, from_r, table

from lowback.estimators.mediation import (
    Moments,
    Roles,
    decomposed,
    decomposed_by_arm,
    normal_fit,
)
from lowback.estimators.mediation.errors import corrected


def covariance(values: np.ndarray) -> np.ndarray:
    return np.cov(values.T, bias=True)


def test_a_noiseless_path_is_recovered_by_hand():
    # tilt = 2 arm + c + u, pain = 3 tilt - arm + e; with u and e orthogonal to all: a = 2, b = 3, a b = 6, total 5.
    arm = np.array([0, 0, 0, 0, 1, 1, 1, 1.0])
    c = np.array([-1, 1, -1, 1, -1, 1, -1, 1.0])
    u = np.array([1, 1, -1, -1, 1, 1, -1, -1.0])
    tilt = 2 * arm + c + u
    found = decomposed(
        covariance(np.column_stack([arm, c, tilt, 3 * tilt - arm])), Roles(0, (1,), (), (2,), 3)
    )
    assert (found.total, found.direct, found.indirect) == pytest.approx((5, -1, 6))
    assert found.shifts == pytest.approx([2])
    assert found.slopes == pytest.approx([3])
    assert found.outcome_sd == pytest.approx(0, abs=1e-6)


def test_what_only_an_arm_does_is_part_of_both_effects_and_no_cause_that_confounds_by_hand():
    # done = arm times 1 or 3, nothing without the arm; tilt = 2 arm + done + u, pain = 3 tilt - arm + 4 done, u orthogonal to all.
    # Interventional effects (VanderWeele, Vansteelandt & Robins 2014): the arm moves tilt by 2 + 2 = 4, which is 3 x 4 = 12 of pain;
    # the rest, -1 + 4 x 2 = 7, runs beside it, by way of what is done too.
    arm = np.array([0, 0, 0, 0, 1, 1, 1, 1.0])
    done = arm * np.array([1, 3, 1, 3, 1, 3, 1, 3.0])
    u = np.array([1, 1, -1, -1, 1, 1, -1, -1.0])
    tilt = 2 * arm + done + u
    of_these = covariance(np.column_stack([arm, done, tilt, 3 * tilt - arm + 4 * done]))
    found = decomposed(of_these, Roles(0, (), (1,), (2,), 3))
    assert (found.total, found.direct, found.indirect) == pytest.approx((19, 7, 12))
    # Without it, within arms, tilt varies by u (1) and by done (1 in half of the people): 0.5 of 1.5 is done, of which 4 points go
    # with a unit: a slope of 3 + 4 / 3, and 4 x 4 / 3 of the direct effect passes for an indirect one.
    off = decomposed(of_these, Roles(0, (), (), (2,), 3))
    assert (off.total, off.direct, off.indirect) == pytest.approx((19, 7 - 16 / 3, 12 + 16 / 3))


def test_a_replicate_of_which_nothing_is_left_changes_no_other():
    arms = []
    for number in (0, 1):
        values = table()[table()[:, 0] == number]
        of_these = Moments(values.mean(axis=0), covariance(values))
        lost = np.stack([of_these.covariance, np.full_like(of_these.covariance, np.nan)])
        arms.append((of_these, Moments(np.stack([of_these.mean] * 2), lost)))
    alone, beside = (decomposed_by_arm([one[at] for one in arms], TILT, (0.5, 0.5)) for at in (0, 1))
    assert beside.indirect[0] == pytest.approx(float(alone.indirect), rel=1e-12)
    assert beside.direct[0] == pytest.approx(float(alone.direct), rel=1e-12)
    assert np.isnan(beside.indirect[1])


def test_one_mediator_gives_exactly_a_times_b():
    found, r = decomposed(covariance(table()), TILT), from_r("single")
    assert found.indirect == pytest.approx(r["a_times_b"], rel=1e-9)
    assert found.direct == pytest.approx(r["direct"], rel=1e-9)
    assert found.total == pytest.approx(r["total"], rel=1e-9)


def test_paths_in_sequence_with_a_confounder_that_the_arm_changes_agree_with_lm():
    found, r = decomposed(covariance(table()), BOTH_AND_STEPS), from_r("sequence")
    assert found.total == pytest.approx(r["total"], rel=1e-9)
    assert found.indirect == pytest.approx(r["indirect"], rel=1e-9)
    assert found.paths == pytest.approx([r["hip"], r["tilt"], r["hip_tilt"]], rel=1e-9)


def test_fixed_error_variances_agree_with_lavaan():
    errors = [
        ((PLACE["tilt"], PLACE["tilt0"]), np.array(1.0)),
        ((PLACE["hip"], PLACE["hip0"]), np.array(2.0)),
    ]
    found = decomposed(corrected(covariance(table()), errors, BOTH.used), BOTH)
    r = from_r("lavaan_errors")
    assert found.paths == pytest.approx([r["hip_alone"], r["tilt_alone"], r["hip_tilt"]], rel=1e-5)
    assert (found.direct, found.indirect, found.total) == pytest.approx(
        (r["direct"], r["indirect"], r["total"]), rel=1e-5
    )


def test_without_the_correction_lavaan_would_not_be_met():
    assert decomposed(covariance(table()), BOTH).indirect != pytest.approx(
        from_r("lavaan_errors")["indirect"], rel=0.05
    )


@given(seed=st.integers(0, 10**6), mediators=st.integers(1, 3), confounders=st.integers(0, 2))
def test_total_is_direct_plus_every_path_exactly(seed, mediators, confounders):
    rng = np.random.default_rng(seed)
    width = 3 + confounders + mediators
    values = rng.normal(size=(60, width)) @ (np.eye(width) + 0.4 * rng.normal(size=(width, width)))
    places = list(range(2, width - 1))
    parts = Roles(0, (1,), tuple(places[:confounders]), tuple(places[confounders:]), width - 1)
    found = decomposed(covariance(values), parts)
    assert found.direct + found.paths.sum() == pytest.approx(float(found.total), abs=1e-9)
    assert found.paths.sum() == pytest.approx(float(found.indirect), abs=1e-9)
    assert found.paths.shape == (2**mediators - 1,)


def test_the_confounder_that_the_arm_changes_counts_as_direct_where_it_bypasses_the_mediator():
    # By hand, from the equations: steps move by 1 and pain by 2 a step, tilt by 1 and pain by 3 a degree, beside -1 of the arm.
    rng = np.random.default_rng(5)
    arm = np.repeat([0.0, 1.0], 40_000)
    steps = arm + rng.normal(size=80_000)
    tilt = arm + 0.5 * steps + rng.normal(size=80_000)
    pain = 2 * steps + 3 * tilt - arm + rng.normal(size=80_000)
    found = decomposed(covariance(np.column_stack([arm, steps, tilt, pain])), Roles(0, (), (1,), (2,), 3))
    assert found.indirect == pytest.approx(
        4.5, abs=0.08
    )  # 1.5 degrees times 3, those by way of steps included
    assert found.direct == pytest.approx(1.0, abs=0.08)  # 2 beside the tilt, less 1


def test_slopes_by_arm_are_the_g_formula_written_out():
    # Against the definition: draw mediators of each arm at each person's covariate, and average the fitted outcomes.
    rng = np.random.default_rng(6)
    n = 400
    arm = np.repeat([0, 1], n // 2)
    c = rng.normal(size=n)
    step = 0.5 * arm + 0.3 * c + rng.normal(size=n)
    tilt = arm * (1 + 0.3 * c) + 0.5 * step + rng.normal(size=n)
    pain = (1 + arm) * tilt + 0.4 * step + c * (1 - 0.5 * arm) - arm + rng.normal(size=n)
    values = np.column_stack([arm, c, step, tilt, pain])
    expected = written_out(values)
    moments = [Moments(values[arm == one].mean(axis=0), covariance(values[arm == one])) for one in (0, 1)]
    found = decomposed_by_arm(moments, Roles(0, (1,), (2,), (3,), 4), (0.5, 0.5))
    assert (found.direct, found.indirect) == pytest.approx(
        (expected[1, 0] - expected[0, 0], expected[1, 1] - expected[1, 0]), abs=1e-9
    )
    assert found.total == pytest.approx(float(found.direct + found.indirect))
    assert found.interaction == pytest.approx(
        expected[1, 1] - expected[1, 0] - expected[0, 1] + expected[0, 0], abs=1e-9
    )


def written_out(values: np.ndarray) -> np.ndarray:
    """Mean outcome under arm a with mediators of arm b, by regressions and means over people."""
    arm, c, step, tilt, pain = values.T
    ones = np.ones(len(arm))

    def fit(y, *x, of):
        design = np.column_stack([ones, *x])
        return np.linalg.lstsq(design[arm == of], y[arm == of], rcond=None)[0]

    means = np.empty((2, 2))
    for a in (0, 1):
        outcome = fit(pain, c, step, tilt, of=a)
        steps = np.column_stack([ones, c]) @ fit(step, c, of=a)
        for b in (0, 1):
            tilts = np.column_stack([ones, c]) @ fit(tilt, c, of=b)
            means[a, b] = (np.column_stack([ones, c, steps, tilts]) @ outcome).mean()
    return means


def test_full_information_with_gaps_agrees_with_lavaan():
    values = table()
    values[values[:, PLACE["pain0"]] > 6, PLACE["tilt"]] = np.nan
    values[values[:, PLACE["steps"]] < 6, PLACE["pain"]] = np.nan
    found, r = decomposed(normal_fit(values, list(PLACE)).moments.covariance, BOTH), from_r("fiml")
    assert found.slopes == pytest.approx([r["b1"], r["b2"]], rel=2e-4)
    assert found.direct == pytest.approx(r["direct"], rel=2e-3)


def test_the_framing_experiment_is_split_nearly_as_in_the_vignette_of_r_mediation():
    # The vignette's model of the outcome is a probit, ours a line: as printed by mediate() with 100 simulations, ACME 0.0805 (0.035 to 0.130),
    # ADE 0.0145 (-0.109 to 0.136), total 0.0949 (Tingley et al. 2014, J Stat Softw 59(5), section 3). The data come with statsmodels.
    file = Path(statsmodels.__file__).parent / "stats" / "tests" / "results" / "framing.csv"
    if not file.is_file():
        pytest.skip(f"no {file}")
    data = pd.read_csv(file)
    education = pd.get_dummies(data["educ"]).iloc[:, 1:].to_numpy(float)
    male = (data["gender"] == "male").to_numpy(float)
    columns = [data["treat"], data["age"], education, male, data["income"], data["emo"], data["cong_mesg"]]
    values = np.column_stack(columns).astype(float)
    width = values.shape[1]
    parts = Roles(0, tuple(range(1, width - 2)), (), (width - 2,), width - 1)
    found = decomposed(covariance(values), parts)
    assert found.indirect == pytest.approx(0.0805, abs=0.01)
    assert found.direct == pytest.approx(0.0145, abs=0.01)
    assert found.total == pytest.approx(0.0949, abs=0.015)
