"""Published sample sizes and powers, or the same integral by other means, for each closed form."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from lowback.estimators import NotEstimable, closed_forms
from lowback.estimators.closed_forms import Precision, assurance, power_beyond, power_of_difference

REFERENCE = Path(__file__).resolve().parents[1] / "reference" / "power.csv"


def test_two_groups_of_64_find_half_a_standard_deviation_in_80_of_100_trials():
    # Cohen 1988, table 2.4.1: d = 0.5 at alpha 0.05 needs 64 a group; G*Power gives 0.8015.
    power = power_of_difference(0.5, closed_forms.two_means(1, 64, 64))
    assert power == pytest.approx(0.8015, abs=0.0005)


def test_two_groups_of_17_find_one_standard_deviation():
    # Cohen 1988, table 2.4.1: d = 1 needs 17 a group; the power is 0.807 (R: power.t.test(17, 1)).
    assert power_of_difference(1, closed_forms.two_means(1, 17, 17)) == pytest.approx(0.8070, abs=0.0005)


def test_without_an_effect_power_is_the_level():
    assert power_of_difference(0, Precision(1, 20)) == 0.05


def test_adjusting_for_baseline_saves_the_squared_correlation():
    # Borm et al. 2007: a correlation of 0.5 needs 75 % of the people: 48 of 64.
    power = power_of_difference(0.5, closed_forms.adjusted_means(1, 0.5, 48, 48))
    assert power == pytest.approx(0.80, abs=0.005)


def test_an_uncorrelated_baseline_costs_a_degree_of_freedom_and_its_imbalance():
    plain, adjusted = closed_forms.two_means(2, 30, 30), closed_forms.adjusted_means(2, 0, 30, 30)
    assert adjusted.df == plain.df - 1
    assert adjusted.std_error == pytest.approx(plain.std_error * math.sqrt(1 + 1 / 56))


def test_other_arms_add_degrees_of_freedom():
    assert closed_forms.adjusted_means(1, 0.5, 20, 20, 40, 2).df == 80 - 4 - 1


def test_design_effect_by_hand():
    # Donner & Klar 2000: clusters of 100 and an ICC of 0.01 nearly double a variance.
    assert closed_forms.design_effect(100, 0.01) == pytest.approx(1.99)


def test_clusters_of_one_person_are_people():
    assert closed_forms.clustered_means(2, 0.3, 1, 30, 30) == closed_forms.two_means(2, 30, 30)


def test_clusters_by_hand():
    # sd 2, 10 clusters of 8, ICC 0.05: 4 (1 + 7 x 0.05) / 8 = 0.675 a cluster's mean, times 2 / 10.
    found = closed_forms.clustered_means(2, 0.05, 8, 10, 10)
    assert found == Precision(pytest.approx(math.sqrt(0.135)), 18)


@pytest.mark.parametrize(
    ("correlation", "variance", "published"),
    [(0.2, 100, 313), (0.2, 200, 625), (0.2, 300, 938), (0.5, 100, 196), (0.5, 200, 391), (0.5, 300, 586), (0.8, 100, 79), (0.8, 200, 157), (0.8, 300, 235)],
)  # fmt: skip
def test_slopes_need_the_people_that_diggle_tabulated(correlation, variance, published):
    """Diggle et al. 2002, ch. 2.4: three visits at 0, 2 and 5 years, 0.5 mmHg a year, one-sided 0.05, power 0.8."""

    def power(people: int) -> float:
        precision = closed_forms.two_slopes(math.sqrt(variance), correlation, (0, 2, 5), people, people)
        return power_beyond(0.5, Precision(precision.std_error, math.inf), alpha=0.05)

    # The book's quantiles are rounded (1.645 and 0.842), and so are its people.
    assert power(published + 2) >= 0.8
    assert power(published - 2) < 0.8


def test_peoples_own_slopes_add_to_the_variance_of_a_slope():
    # Weeks 0 and 2: squares about their mean 2; 4 (1 - 0.5) / 2 = 1, and 0.5^2 more; two arms of 10.
    found = closed_forms.two_slopes(2, 0.5, (0, 2), 10, 10, slope_sd=0.5)
    assert found == Precision(pytest.approx(math.sqrt(1.25 * 0.2)), 18)


def test_two_proportions_need_the_people_of_the_book():
    # Chow, Shao & Wang 2008, ch. 4.2: 85 % against 65 % at 0.05 and power 0.8 needs 70 a group.
    assert power_of_difference(0.2, closed_forms.two_proportions(0.85, 0.65, 70, 70)) == pytest.approx(
        0.8, abs=0.004
    )


def test_equivalence_with_a_known_error_by_hand():
    # Margin 3 errors, no effect: 2 Phi(3 - 1.645) - 1.
    power = closed_forms.power_of_equivalence(0, Precision(1, math.inf), 3)
    assert power == pytest.approx(2 * stats.norm.cdf(3 - stats.norm.ppf(0.95)) - 1)


def test_equivalence_agrees_with_many_draws():
    rng = np.random.default_rng(5)
    df, n = 20, 400_000
    error = np.sqrt(rng.chisquare(df, n) / df)
    estimate, half = 0.4 + rng.standard_normal(n), stats.t.ppf(0.95, df) * error
    drawn = ((estimate - half > -3) & (estimate + half < 3)).mean()
    assert closed_forms.power_of_equivalence(0.4, Precision(1, df), 3) == pytest.approx(drawn, abs=0.003)


def test_equivalence_is_never_shown_when_the_interval_is_wider_than_the_margins():
    assert closed_forms.power_of_equivalence(0, Precision(10, 200), 1) < 1e-6


def test_assurance_of_a_normal_prior_by_hand():
    # With a known error of 1 the estimate is normal around the prior's mean with variance 1 + 0.5^2.
    found = assurance(lambda effect: power_beyond(effect, Precision(1, math.inf)), 2.5, 0.5)
    assert found == pytest.approx(stats.norm.sf((stats.norm.ppf(0.975) - 2.5) / math.sqrt(1.25)), abs=1e-6)


def test_a_slope_within_persons_by_hand():
    # Residual SD 2, exposure SD 4, 100 deviations: 2 / (4 x 10).
    assert closed_forms.slope_within(2, 4, 100) == Precision(pytest.approx(0.05), 99)


@pytest.mark.parametrize(
    "asked",
    [
        lambda: closed_forms.two_slopes(1, 0.5, (3, 3), 10, 10),
        lambda: closed_forms.two_means(0, 10, 10),
        lambda: closed_forms.adjusted_means(1, 0.5, 2, 2),
        lambda: closed_forms.slope_within(1, 1, 0),
    ],
)
def test_what_has_no_standard_error_is_refused(asked):
    with pytest.raises(NotEstimable):
        asked()


def powers_by_r(design: str) -> list[dict[str, float]]:
    """What power.R wrote of one design."""
    with REFERENCE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["design"] == design]
    names = ("n", "effect", "sd", "extra", "power")
    return [{name: float(row[name].replace("NA", "nan")) for name in names} for row in rows]


def test_two_means_agree_with_r():
    for row in powers_by_r("two means"):
        found = power_of_difference(row["effect"], closed_forms.two_means(row["sd"], row["n"], row["n"]))
        assert found == pytest.approx(row["power"], abs=1e-9)


def test_clusters_agree_with_r():
    for row in powers_by_r("clusters of 8"):
        expected = closed_forms.clustered_means(row["sd"], row["extra"], 8, row["n"], row["n"])
        assert power_of_difference(row["effect"], expected) == pytest.approx(row["power"], abs=1e-9)


def test_equivalence_agrees_with_r():
    for row in powers_by_r("equivalence"):
        expected = closed_forms.two_means(row["sd"], row["n"], row["n"])
        found = closed_forms.power_of_equivalence(row["effect"], expected, row["extra"])
        assert found == pytest.approx(row["power"], abs=1e-7)


def test_two_proportions_agree_with_r():
    for row in powers_by_r("two proportions"):
        risk = row["extra"] + row["effect"]
        expected = closed_forms.two_proportions(risk, row["extra"], row["n"], row["n"])
        assert power_of_difference(row["effect"], expected) == pytest.approx(row["power"], abs=1e-9)
