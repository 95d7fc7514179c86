"""What cannot be estimated is refused with the culprit's name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lowback.estimators import NotEstimable
from lowback.estimators.lmm import fit_lmm, likelihood_ratio_test


def trial() -> dict[str, Any]:
    """Thirty persons at four visits, as arguments of `fit_lmm`."""
    rng = np.random.default_rng(11)
    person = np.repeat(np.arange(30), 4)
    week = np.tile([0.0, 4.0, 8.0, 12.0], 30)
    y = 5 - 0.1 * week + rng.normal(0, 1, 30)[person] + rng.normal(0, 1, 120)
    design = np.column_stack([np.ones(120), week])
    return {"outcome": y, "design": design, "groups": person, "random": design, "names": ["intercept", "week"],
            "random_names": ["intercept", "week"]}  # fmt: skip


def changed(**values: Any) -> dict[str, Any]:
    """The trial with some arguments replaced."""
    return trial() | values


def with_column(name: str, values: Any) -> dict[str, Any]:
    """The trial with one column more in the design."""
    plain = trial()
    return plain | {
        "design": np.column_stack([plain["design"], np.broadcast_to(values, 120)]),
        "names": ["intercept", "week", name],
    }


def with_row(key: str, row: int, value: float) -> dict[str, Any]:
    """The trial with one value of an argument replaced."""
    plain = trial()
    values = np.array(plain[key], dtype=float)
    values[row] = value
    return plain | {key: values}


WEEK = np.tile([0.0, 4.0, 8.0, 12.0], 30)
PERSON = np.repeat(np.arange(30), 4)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (with_column("months", WEEK / 4 + 2), "column months is a combination"),
        (with_column("one", 7.3), "column one is constant, as the intercept is"),
        (with_column("nothing", 0.0), "column nothing is zero in every row"),
        (with_column("age", np.where(PERSON == 3, np.nan, 40.0)), "column age has missing or infinite values"),
        (with_row("outcome", 5, np.inf), "outcome is missing or infinite in 1 rows"),
        (changed(outcome=np.full(120, 3.0)), "outcome is 3 in every row"),
        (changed(groups=np.zeros(120)), r"1 group \(0.0\); a mixed model needs two"),
        (changed(groups=np.arange(120)), "each of 120 groups has one row"),
        (changed(groups=PERSON[:7]), r"groups have shape \(7,\)"),
        (changed(groups=np.where(PERSON == 2, np.nan, PERSON)), "group is missing in 4 rows"),
        (changed(groups=[None if p == 2 else f"p{p}" for p in PERSON]), "group is missing in 4 rows"),
        (changed(weights=np.where(PERSON == 1, 0.0, 1.0)), "weight 0 in 4 rows; allowed: finite and above zero"),
        (changed(weights=np.ones(3)), r"weights have shape \(3,\)"),
        (changed(sites=np.arange(120) % 7), "group 0 is in site 0 and in site 1"),
        (changed(sites=np.zeros(120)), "1 site"),
        (changed(sites=PERSON), "each of 30 sites has one group"),
        (changed(sites=PERSON % 5, random=WEEK[:, None], random_names=["week"]), "sites need a random intercept"),
        (changed(method="reml"), "allowed: 'REML', 'ML'"),
        (changed(random=np.column_stack([np.ones(120), WEEK, 2 * WEEK]), random_names=["i", "week", "twice"]),
         "random effect twice is a combination"),
        (changed(random=np.column_stack([np.ones(120), np.full(120, 2.0)])), "random effect week is constant"),
        (changed(random=np.column_stack([np.ones(120), np.repeat(np.arange(30.0), 4)])),
         "no group has more than 1 different values of the random effects"),
        (changed(outcome=np.repeat(np.arange(30.0), 4)), "no residual variance is left"),
        (changed(design=(PERSON[:, None] == np.arange(30)).astype(float), random=None, random_names=None,
                 names=[f"person {k}" for k in range(30)]), "cannot tell the variances of the random effects"),
    ],
)  # fmt: skip
def test_the_culprit_is_named(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(NotEstimable, match=sentence):
        fit_lmm(**arguments)


def test_two_visits_cannot_carry_a_random_slope() -> None:
    plain = trial()
    kept = plain["design"][:, 1] <= 4
    with pytest.raises(NotEstimable, match="cannot tell the variances of the random effects"):
        fit_lmm(
            plain["outcome"][kept],
            plain["design"][kept],
            plain["groups"][kept],
            plain["design"][kept],
            names=["intercept", "week"],
        )


def test_kenward_roger_needs_reml() -> None:
    fit = fit_lmm(**changed(method="ML"))
    with pytest.raises(NotEstimable, match='needs a fit by "REML"'):
        fit.contrast([0, 1], "kenward-roger")


def test_contrasts_of_the_wrong_length_or_of_nothing_are_refused() -> None:
    fit = fit_lmm(**trial())
    with pytest.raises(NotEstimable, match="finite weights for 2 coefficients"):
        fit.contrast([1, 0, 0])
    with pytest.raises(NotEstimable, match="nothing is tested"):
        fit.joint_test([[0, 0]])


def test_models_that_are_not_nested_or_not_comparable_are_refused() -> None:
    plain = fit_lmm(**trial())
    short = fit_lmm(**changed(design=np.ones((120, 1)), names=["intercept"]))
    with pytest.raises(NotEstimable, match='fit both by method="ML"'):
        likelihood_ratio_test(short, plain)
    with pytest.raises(NotEstimable, match="is not nested in"):
        likelihood_ratio_test(plain, short)
    with pytest.raises(NotEstimable, match="one fit is by ML, the other by REML"):
        likelihood_ratio_test(fit_lmm(**changed(method="ML")), plain)
    with pytest.raises(NotEstimable, match="not of the same rows"):
        likelihood_ratio_test(fit_lmm(**with_row("outcome", 0, 9.0)), plain)


def test_more_contrasts_than_sites_can_carry_are_not_tested_by_robust_errors() -> None:
    plain = trial()
    dummies = (PERSON[:, None] % 6 == np.arange(1, 6)).astype(float)
    fit = fit_lmm(
        plain["outcome"],
        np.column_stack([plain["design"], dummies]),
        PERSON,
        names=["intercept", "week", *[f"sixth {k}" for k in range(1, 6)]],
        sites=PERSON // 10,
    )
    with pytest.raises(NotEstimable, match="too few groups or sites to test them jointly"):
        fit.joint_test(np.eye(7)[2:], "CR0")
