"""What the engine will not fit, and that it names the culprit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from lowback.estimators import NotEstimable
from lowback.estimators.mmrm import COVARIANCES, fit_mmrm

from .trials import simulated

TRIAL = simulated(30, 4, seed=1)


def fitted(**changes: Any) -> None:
    """The trial fitted, but for what is changed."""
    arguments: dict[str, Any] = {
        "outcome": TRIAL.outcome, "design": TRIAL.design, "subjects": TRIAL.subjects, "visits": TRIAL.visits,
        "names": TRIAL.names,
    } | changes  # fmt: skip
    fit_mmrm(**arguments)


def test_a_person_with_the_same_visit_twice_is_named() -> None:
    visits = TRIAL.visits.copy()
    visits[1] = visits[0]
    subjects = np.array([f"P{person:03}" for person in TRIAL.subjects])
    with pytest.raises(NotEstimable, match="person P000 has visit 0 2 times; .* repeated: 1"):
        fitted(visits=visits, subjects=subjects)


def test_dependent_columns_are_named() -> None:
    double = np.column_stack([TRIAL.design, TRIAL.design[:, 1] * 2 - 3])
    with pytest.raises(NotEstimable, match="column baseline again is a combination"):
        fitted(design=double, names=(*TRIAL.names, "baseline again"))


def test_an_arm_that_vanishes_after_a_visit_is_named_by_its_column() -> None:
    there = ~((TRIAL.arm == 1) & (TRIAL.visits == 3))
    with pytest.raises(NotEstimable, match="column arm at visit 3 is zero in every row"):
        fitted(outcome=TRIAL.outcome[there], design=TRIAL.design[there], subjects=TRIAL.subjects[there], visits=TRIAL.visits[there])  # fmt: skip


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_values_that_are_not_finite_are_counted(value: float) -> None:
    outcome, design = TRIAL.outcome.copy(), TRIAL.design.copy()
    outcome[3], design[3, 1] = value, value
    with pytest.raises(NotEstimable, match="outcome is missing or infinite in 1 rows"):
        fitted(outcome=outcome)
    with pytest.raises(NotEstimable, match="column baseline has missing or infinite values"):
        fitted(design=design)


def test_a_constant_outcome_is_refused() -> None:
    with pytest.raises(NotEstimable, match="the outcome is 5 in every row"):
        fitted(outcome=np.full(len(TRIAL.outcome), 5.0))


def test_an_outcome_that_the_design_explains_is_refused() -> None:
    with pytest.raises(NotEstimable, match="explains the outcome without remainder"):
        fitted(outcome=TRIAL.design @ np.arange(1.0, len(TRIAL.names) + 1))


def test_one_person_is_named() -> None:
    with pytest.raises(NotEstimable, match="1 person \\(7\\); two or more are needed"):
        fitted(subjects=np.full(len(TRIAL.outcome), 7))


def test_labels_must_be_there_and_fit_the_rows() -> None:
    with pytest.raises(NotEstimable, match="subjects have shape \\(3,\\)"):
        fitted(subjects=[1, 2, 3])
    missing = [None, *TRIAL.subjects[1:].tolist()]
    with pytest.raises(NotEstimable, match="subjects have missing labels"):
        fitted(subjects=missing)
    with pytest.raises(NotEstimable, match="visits have missing labels"):
        fitted(visits=np.where(TRIAL.visits == 2, np.nan, TRIAL.visits))
    with pytest.raises(NotEstimable, match="times have shape"):
        fitted(times=np.full(len(TRIAL.outcome), np.nan), covariance="spatial exponential")


def test_a_person_in_two_groups_is_named() -> None:
    arm = TRIAL.arm.copy()
    arm[np.flatnonzero(TRIAL.subjects == 5)[-1]] = 0
    with pytest.raises(NotEstimable, match="person 5 is in more than one group"):
        fitted(by=arm)


def test_pairs_of_visits_that_nobody_shares_are_named() -> None:
    # Half of the persons are seen at visits 0 and 1, the others at 0, 2 and 3.
    half = TRIAL.subjects % 4 < 2
    there = np.where(half, TRIAL.visits < 2, TRIAL.visits != 1)
    few = {
        "outcome": TRIAL.outcome[there], "design": TRIAL.design[there][:, [0, 1, 2, 3, 4]],
        "names": TRIAL.names[:5], "subjects": TRIAL.subjects[there], "visits": TRIAL.visits[there],
    }  # fmt: skip
    with pytest.raises(
        NotEstimable, match="no person has both visits 1 and 2; 1 and 3 \\(pairs that nobody shares: 2\\)"
    ):
        fitted(**few)
    # Covariances that borrow from other pairs can be fitted.
    assert fit_mmrm(**few, covariance="autoregressive").proof.proven
    assert fit_mmrm(**few, covariance="compound symmetry").proof.proven


def test_a_lag_that_nobody_shares_is_named_for_toeplitz() -> None:
    there = ~((TRIAL.visits == 3) & np.isin(TRIAL.subjects, TRIAL.subjects[TRIAL.visits == 0]))
    assert not (TRIAL.visits[there] == 3).any()
    first = TRIAL.subjects % 2 == 0
    there = np.where(first, TRIAL.visits <= 1, (TRIAL.visits == 3) | (TRIAL.visits == 2))
    with pytest.raises(NotEstimable, match="no person has two visits that are 2, 3 visits apart"):
        fitted(outcome=TRIAL.outcome[there], design=TRIAL.design[there][:, :5], names=TRIAL.names[:5], subjects=TRIAL.subjects[there], visits=TRIAL.visits[there], covariance="toeplitz")  # fmt: skip


def test_two_hundred_visits_are_too_many_for_an_unstructured_covariance() -> None:
    random = np.random.default_rng(1)
    person, visit = np.divmod(np.arange(50 * 200), 200)
    many: dict[str, Any] = {
        "outcome": random.normal(size=10_000) + random.normal(size=50)[person],
        "design": np.column_stack([np.ones(10_000), visit]), "names": ("intercept", "visit"),
        "subjects": person, "visits": visit,
    }  # fmt: skip
    with pytest.raises(NotEstimable, match="200 visits has 20100 parameters, too many for 50 persons"):
        fitted(**many)
    assert fit_mmrm(**many, covariance="compound symmetry").proof.proven


def test_covariances_too_large_for_memory_are_counted_however_many_the_persons() -> None:
    person, visit = np.divmod(np.arange(210 * 200), 200)
    many: dict[str, Any] = {
        "outcome": np.random.default_rng(2).normal(size=42_000), "design": np.ones((42_000, 1)),
        "names": ("intercept",), "subjects": person, "visits": visit,
    }  # fmt: skip
    with pytest.raises(
        NotEstimable,
        match="unstructured covariance over 200 visits has 20100 parameters, too many to be fitted",
    ):
        fitted(**many)
    with pytest.raises(NotEstimable, match="ante-dependence covariance over 200 visits has 399"):
        fitted(**many, covariance="ante-dependence")


def test_fewer_persons_than_visits_are_counted() -> None:
    few = np.isin(TRIAL.subjects, [0, 1, 2, 3])
    keep = [0, 1]
    with pytest.raises(NotEstimable, match="10 parameters, too many for 4 persons; more persons than visits"):
        fitted(outcome=TRIAL.outcome[few], design=TRIAL.design[few][:, keep], names=("intercept", "baseline"), subjects=TRIAL.subjects[few], visits=TRIAL.visits[few])  # fmt: skip


def test_persons_with_one_visit_each_tell_no_covariance() -> None:
    random = np.random.default_rng(2)
    for covariance in COVARIANCES:
        with pytest.raises(NotEstimable, match="no person has two visits"):
            fitted(outcome=random.normal(size=30), design=np.ones((30, 1)), names=("intercept",), subjects=np.arange(30), visits=np.arange(30) % 3, covariance=covariance)  # fmt: skip


def test_visits_in_words_have_no_order_unless_times_give_it() -> None:
    words = np.array(["start", "early", "middle", "end"])[TRIAL.visits]
    with pytest.raises(NotEstimable, match="autoregressive covariance needs the order of the visits"):
        fitted(visits=words, covariance="autoregressive")
    timed = fit_mmrm(
        TRIAL.outcome, TRIAL.design, TRIAL.subjects, words, names=TRIAL.names, covariance="autoregressive",
        times=TRIAL.times,
    )  # fmt: skip
    assert timed.visits == ("start", "early", "middle", "end")
    assert timed.objective == pytest.approx(TRIAL.fit(covariance="autoregressive").objective, rel=1e-12)
    with pytest.raises(NotEstimable, match="needs times; visits such as early are none"):
        fitted(visits=words, covariance="spatial exponential")


def test_a_person_seen_twice_at_one_time_is_named() -> None:
    times = TRIAL.times.copy()
    times[1] = times[0]
    with pytest.raises(NotEstimable, match="person 0 has two rows at time 4"):
        fitted(times=times, covariance="spatial exponential")


def test_a_covariance_without_an_optimum_is_not_called_converged() -> None:
    # Two visits that are the same number twice: the likelihood rises without end as their correlation goes to 1.
    person, visit = np.divmod(np.arange(40), 2)
    outcome = np.random.default_rng(3).normal(size=20)[person]
    with pytest.raises(
        NotEstimable,
        match=r"unstructured covariance has no proven fit: the likelihood rises until the covariance is singular \(visits 0, 1 ",
    ):
        fitted(outcome=outcome, design=np.ones((40, 1)), names=("intercept",), subjects=person, visits=visit)  # fmt: skip


def test_unrelated_visits_have_no_range() -> None:
    person, visit = np.divmod(np.arange(200), 5)
    # Alternating signs: neighbours are negatively correlated, which no positive range can be.
    noise = np.random.default_rng(4).normal(size=(40, 6))
    outcome = (noise[:, 1:] - noise[:, :-1]).ravel()
    with pytest.raises(
        NotEstimable, match="spatial exponential covariance has no proven fit: the likelihood does not bend"
    ):
        fitted(outcome=outcome, design=np.ones((200, 1)), names=("intercept",), subjects=person, visits=visit, covariance="spatial exponential")  # fmt: skip


def test_words_that_are_not_known_are_answered_with_those_that_are() -> None:
    with pytest.raises(
        NotEstimable, match="covariance 'ar1' is not known; allowed: unstructured, heterogeneous toeplitz"
    ):
        fitted(covariance="ar1")
    with pytest.raises(NotEstimable, match="method 'reml' is not known; allowed: REML, ML"):
        fitted(method="reml")
    fit, ml = TRIAL.fit(), TRIAL.fit(method="ML")
    with pytest.raises(NotEstimable, match="Kenward-Roger rests on REML"):
        ml.contrast(np.eye(len(TRIAL.names)), "kenward-roger")
    with pytest.raises(NotEstimable, match="degrees of freedom 'kr' are not known"):
        fit.contrast(np.eye(len(TRIAL.names)), "kr")  # type: ignore[arg-type]
    with pytest.raises(NotEstimable, match="rows of 9 finite weights"):
        fit.contrast(np.ones(3))
    with pytest.raises(NotEstimable, match="depend on one another"):
        fit.joint_test(np.ones((2, len(TRIAL.names))))


def test_visits_that_are_times_of_their_own_are_for_spatial_exponential_only() -> None:
    random = np.random.default_rng(6)
    person = np.repeat(np.arange(9000), 2)
    times = random.uniform(0, 50, 18_000)
    rows: dict[str, Any] = {
        "outcome": random.normal(size=18_000) + random.normal(size=9000)[person], "design": np.ones((18_000, 1)),
        "names": ("intercept",), "subjects": person, "visits": times,
    }  # fmt: skip
    with pytest.raises(NotEstimable, match="18000 different visits of 9000 persons are too many"):
        fitted(**rows, covariance="compound symmetry")
    again = np.append(times[:-1], times[0])
    with pytest.raises(NotEstimable, match="person 0 has visit .* 2 times"):
        fitted(**rows | {"visits": again, "subjects": np.append(person[:-1], 0)})


def test_a_missing_label_of_any_kind_is_refused() -> None:
    for missing in (None, float("nan"), pd.NA, pd.NaT):
        with pytest.raises(NotEstimable, match="subjects have missing labels"):
            fitted(subjects=["a", missing, *TRIAL.subjects[2:].astype(str)])
