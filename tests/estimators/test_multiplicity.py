"""Several tests at once: by hand, R's p.adjust, the chance of a false claim in simulated trials, and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marginal_cases import ours, reference
from scipy import stats

from lowback.estimators import NotEstimable
from lowback.estimators.multiplicity import fixed_sequence, gatekeeping, holm, simultaneous_level

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=8)


def test_holm_by_hand():
    # 0.01 x 3, then 0.03 x 2 = 0.06, then 0.04 x 1, which may not be below the one before it.
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])


def test_holm_agrees_with_r():
    found = ours("by hand", "holm")
    for row in reference()[reference()["model"] == "holm"].itertuples():
        assert found[row.quantity, row.term] == pytest.approx(row.value, rel=1e-12)


def test_a_fixed_sequence_by_hand():
    assert fixed_sequence([0.01, 0.04, 0.002, 0.2, 0.001]).tolist() == [0.01, 0.04, 0.04, 0.2, 0.2]


def test_gates_by_hand():
    first, second, third = gatekeeping([[0.01], [0.02, 0.03], [0.0001]])
    assert first == pytest.approx([0.01])
    assert second == pytest.approx([0.04, 0.04])
    assert third == pytest.approx([0.04])


@given(P_VALUES)
def test_families_of_one_are_a_fixed_sequence_and_one_family_is_holm(p):
    assert np.concatenate(gatekeeping([[one] for one in p])).tolist() == fixed_sequence(p).tolist()
    assert gatekeeping([p])[0].tolist() == holm(p).tolist()


@given(P_VALUES, st.randoms())
def test_holm_does_not_depend_on_the_order_and_never_lowers_a_p_value(p, random):
    order = random.sample(range(len(p)), len(p))
    np.testing.assert_array_equal(holm([p[at] for at in order]), holm(p)[order])
    assert (holm(p) >= np.array(p)).all()
    assert (holm(p) <= np.minimum(1, np.array(p) * len(p)) + 1e-15).all()


def simulated_p_values(effects: list[float], trials: int = 4000) -> np.ndarray:
    """Two-sided p-values of correlated normal tests (correlation 0.5, as arms that share a comparator have)."""
    rng = np.random.default_rng(71)
    shared, own = rng.standard_normal((trials, 1)), rng.standard_normal((trials, len(effects)))
    return np.asarray(2 * stats.norm.sf(np.abs(np.array(effects) + (shared + own) / 2**0.5)))


def test_a_false_claim_is_made_in_at_most_five_percent_of_trials():
    # 4,000 trials: 5 % + 2.6 standard errors is 5.9 %. The last two of three effects are none.
    p = simulated_p_values([3.0, 0.0, 0.0])
    for adjust in (holm, fixed_sequence, lambda one: np.concatenate(gatekeeping([one[:1], one[1:]]))):
        assert np.mean([(adjust(one)[1:] < 0.05).any() for one in p]) < 0.059
    # Negative control: without adjustment there are more.
    assert ((p[:, 1:] < 0.05).any(axis=1)).mean() > 0.07


def test_simultaneous_intervals_cover_together():
    z = stats.norm.ppf(0.5 + simultaneous_level(3) / 2)
    estimates = stats.norm.isf(simulated_p_values([0.0, 0.0, 0.0]) / 2)
    assert (np.abs(estimates) < z).all(axis=1).mean() > 0.95 - 0.009
    assert (np.abs(estimates) < stats.norm.ppf(0.975)).all(axis=1).mean() < 0.92
    assert simultaneous_level(1) == pytest.approx(0.95)


@pytest.mark.parametrize(
    ("p_values", "sentence"),
    [
        ([0.1, float("nan")], "p-value nan at position 2; allowed 0 to 1"),
        ([1.1], "p-value 1.1 at position 1"),
        ([-0.1, 0.2], "p-value -0.1 at position 1"),
        ([], "allowed: a list of one or more"),
        ([[0.1]], "allowed: a list of one or more"),
    ],
)
def test_what_is_no_p_value_is_refused(p_values, sentence):
    for adjust in (holm, fixed_sequence, lambda given: gatekeeping([given])):
        with pytest.raises(NotEstimable, match=sentence):
            adjust(p_values)


def test_a_level_needs_an_interval():
    with pytest.raises(NotEstimable, match="0 intervals at level 0.95"):
        simultaneous_level(0)
