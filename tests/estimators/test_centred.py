"""Clustered and centred least squares: two people by hand, clubSandwich and geepack, and coverage where moderators answer to treatment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from lowback.estimators import NotEstimable
from lowback.estimators.centred import centred_effects, estimated_chance, known_chance
from lowback.estimators.clustered import ClusteredFit, clustered_least_squares
from lowback.estimators.random_intercept import random_intercept

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
ROWS = pd.read_csv(REFERENCE / "centred_data.csv")
BY_R = pd.read_csv(REFERENCE / "centred.csv").set_index(["model", "term"])
ONES = np.ones(len(ROWS))


def differing(fit: ClusteredFit, model: str, terms: tuple[str, ...]) -> list[str]:
    """What a fit does not have as R's model has it."""
    found = fit.contrast(np.eye(len(fit.names))[: len(terms)])
    r = BY_R.loc[[(model, term) for term in terms]]
    alike = {
        "estimate": found.estimate == pytest.approx(r["estimate"].to_numpy(float), rel=1e-7),
        "standard error": found.std_error == pytest.approx(r["se"].to_numpy(float), rel=1e-6),
    }
    df = r["df"].to_numpy(float)
    if np.isfinite(df).all():
        alike["df"] = found.df == pytest.approx(df, rel=1e-6)
    return [name for name, is_alike in alike.items() if not is_alike]


def test_two_people_by_hand() -> None:
    # Chance 1/2: the slope on a - 1/2 is the mean with less the mean without, 3 - 6; residuals are about these means.
    # The level is their sum's half.
    y, a, person = [2, 5, 7, 4, 6], [1, 0, 0, 1, 0], [1, 1, 1, 2, 2]
    fit = centred_effects(
        y, a, person, known_chance([0.5] * 5),
        controls=np.ones((5, 1)), moderators=np.ones((5, 1)), names=["effect"], control_names=["level"],
    )  # fmt: skip
    assert fit.coefficients == pytest.approx([-3, 4.5])


def test_the_error_of_a_mean_of_two_people_by_hand() -> None:
    # X is 1 in four rows, a person has two: X'X = 4, the residual maker of a person is I - J/4, whose root on the ones
    # is (1 - 1/2)^1/2. Sums of residuals -4 and 4: variance (16 + 16) / (1/2) / 16 = 4, so the error is 2 with 1 df.
    fit = clustered_least_squares([1, 1, 5, 5], np.ones((4, 1)), [1, 1, 2, 2], names=["mean"])
    found = fit.contrast([1.0])
    assert (found.estimate[0], found.std_error[0], found.df[0]) == pytest.approx((3, 2, 1))


def test_the_wider_errors_are_what_leaving_out_each_person_changes() -> None:
    design, person = np.column_stack([ONES, ROWS["a"], ROWS["before"]]), ROWS["person"].to_numpy()
    y = ROWS["y"].to_numpy()
    fit = clustered_least_squares(y, design, person, names=["one", "a", "before"], correction="CR3")
    without = [np.linalg.lstsq(design[person != one], y[person != one])[0] for one in np.unique(person)]
    changes = np.array(without) - fit.coefficients
    assert fit.covariance == pytest.approx(changes.T @ changes, rel=1e-8)
    # By hand, two people whose means are 1 and 5: leaving out either moves the mean of 3 by 2, and 4 + 4 is 8.
    two = clustered_least_squares(
        [1, 1, 5, 5], np.ones((4, 1)), [1, 1, 2, 2], names=["mean"], correction="CR3"
    )
    assert two.covariance[0, 0] == pytest.approx(8)


def test_known_chances_agree_with_clubsandwich() -> None:
    reactive = ROWS["reactive"].to_numpy() - 5
    fit = centred_effects(
        ROWS["y"], ROWS["a"], ROWS["person"], known_chance(ROWS["chance"]),
        controls=np.column_stack([ONES, ROWS["before"]]), moderators=np.column_stack([ONES, reactive]),
        names=["effect", "per point"], control_names=["level", "before"],
    )  # fmt: skip
    assert not differing(fit, "known chance", ("c", "cm"))


def test_estimated_chances_agree_with_the_stacked_equations_in_r() -> None:
    history = np.column_stack([ONES, ROWS["before"], ROWS["reactive"]])
    chance = estimated_chance(ROWS["a"], history, ROWS["person"], names=["one", "before", "reactive"])
    fit = centred_effects(
        ROWS["y"], ROWS["a"], ROWS["person"], chance,
        controls=np.column_stack([ONES, ROWS["before"]]), moderators=ONES[:, None],
        names=["effect"], control_names=["level", "before"],
    )  # fmt: skip
    assert not differing(fit, "estimated chance", ("c",))


def test_own_levels_agree_with_dummies_in_clubsandwich() -> None:
    design = np.column_stack([ROWS["a"], ROWS["a"] * ROWS["trait"], ROWS["before"]])
    fit = clustered_least_squares(
        ROWS["y"], design, ROWS["person"], names=["a", "a by trait", "before"], own_levels=True
    )
    assert not differing(fit, "own levels", ("a", "I(a * trait)"))


@settings(max_examples=15)
@given(level=st.floats(-1e4, 1e4), scale=st.floats(0.01, 100), seed=st.integers(0, 99))
def test_units_and_the_order_of_rows_do_not_matter(level: float, scale: float, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(ROWS))
    moved = ROWS.iloc[order]
    whole, other = (
        clustered_least_squares(
            y, np.column_stack([rows["a"], rows["before"]]), rows["person"], names=["a", "before"], own_levels=True
        ).contrast([1.0, 0.0])
        for rows, y in ((ROWS, ROWS["y"]), (moved, level + scale * moved["y"]))
    )  # fmt: skip
    assert other.estimate == pytest.approx(scale * whole.estimate, rel=1e-6)
    assert other.conf_low == pytest.approx(scale * whole.conf_low, rel=1e-6)


def diaries(
    rng: np.random.Generator, people: int, moments: int, effect: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Exposure by coin, the next outcome, and a state before it that earlier exposure moves and the person's level hangs on."""
    level = rng.normal(0, 1, people)
    state, error = rng.normal(0, 1, people), rng.normal(0, 1, people)
    a, y, s = np.empty((3, people, moments))
    usual = 0.0
    for t in range(moments):
        usual = 0.5 * usual + (0.8 * 0.4 if t else 0)
        state = 0.5 * state + (0.8 * a[:, t - 1] if t else 0) + level + rng.normal(0, 1, people)
        error = 0.7 * error + 0.7 * rng.normal(0, 1, people)
        a[:, t] = rng.random(people) < 0.4
        # The effect differs by the state; its mean over people's states is what is asked for.
        y[:, t] = 2 * level + 0.5 * state + a[:, t] * (effect - 0.4 * (state - usual)) + error
        s[:, t] = state
    return a, y, s, np.repeat(np.arange(people), moments).reshape(people, moments)


@pytest.mark.parametrize(("people", "moments"), [(20, 25), (120, 12)])
def test_intervals_cover_with_few_and_many_people_serial_errors_and_a_moderator_moved_by_exposure(
    people: int, moments: int
) -> None:
    rng = np.random.default_rng(people)
    covered = []
    for _ in range(400):
        a, y, s, person = diaries(rng, people, moments, -0.5)
        rows = a.size
        fit = centred_effects(
            y.ravel(), a.ravel(), person.ravel(), known_chance(np.full(rows, 0.4)),
            controls=np.column_stack([np.ones(rows), s.ravel()]), moderators=np.ones((rows, 1)),
            names=["effect"], control_names=["level", "state"],
        ).contrast([1.0, 0.0, 0.0])  # fmt: skip
        covered.append(bool(fit.conf_low[0] <= -0.5 <= fit.conf_high[0]))
    # 400 trials of an interval that covers in 95 %: 369 to 391 with a probability of 99 %.
    assert 368 <= sum(covered) <= 392


def test_a_moderator_that_is_wrongly_shaped_biases_the_plain_regression_and_not_the_centred_one() -> None:
    """Exposure is likelier at high states, whose pull on the outcome is no line: centred effects hold, plain ones do not."""
    rng = np.random.default_rng(5)
    plain, centred = [], []
    for _ in range(60):
        state = rng.normal(size=(60, 20)).ravel()
        chance = np.where(np.abs(state) > 1, 0.8, 0.2)
        a = (rng.random(1200) < chance).astype(float)
        y = state**2 - 0.5 * a + rng.normal(size=1200)
        person = np.repeat(np.arange(60), 20)
        controls = np.column_stack([np.ones(1200), state])
        plain.append(
            clustered_least_squares(y, np.column_stack([a, controls]), person, names=["a", "1", "s"])
        )
        centred.append(
            centred_effects(
                y, a, person, known_chance(chance), controls=controls, moderators=np.ones((1200, 1)),
                names=["effect"], control_names=["level", "state"],
            )
        )  # fmt: skip
    means = [np.mean([fit.coefficients[0] for fit in fits]) for fits in (plain, centred)]
    assert means[0] > 0.2
    assert means[1] == pytest.approx(-0.5, abs=0.06)


def chosen(
    rng: np.random.Generator, people: int, moments: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Something done where the last outcome is above the person's usual, which does nothing; the outcome drifts and returns."""
    level = rng.normal(0, 2, people)
    slow, last = rng.normal(size=people), level + rng.normal(0, 1.5, people)
    a, y, before = np.empty((3, people, moments))
    for t in range(moments):
        before[:, t] = last
        a[:, t] = rng.random(people) < expit(1.5 * (last - level))
        slow = 0.6 * slow + 0.8 * rng.normal(size=people)
        last = y[:, t] = level + slow + rng.normal(size=people)
    return a.ravel(), y.ravel(), before.ravel(), np.repeat(np.arange(people), moments)


def test_own_levels_hold_where_the_mixed_model_and_the_marginal_one_claim_relief() -> None:
    rng = np.random.default_rng(1)
    own, mixed, marginal, covered = [], [], [], []
    for _ in range(60):
        a, y, before, person = chosen(rng, 80, 8)
        design = np.column_stack([np.ones(len(a)), a, before])
        names = ["level", "a", "before"]
        mixed.append(random_intercept(y, design, person, names=names).contrast([0.0, 1.0, 0.0]).estimate[0])
        marginal.append(clustered_least_squares(y, design, person, names=names).coefficients[1])
        found = clustered_least_squares(
            y,
            np.column_stack([a, before, before**2]),
            person,
            names=["a", "before", "squared"],
            own_levels=True,
        ).interval([1.0])
        own.append(found["estimate"])
        covered.append(found["conf_low"] <= 0 <= found["conf_high"])
    assert np.mean(mixed) < -0.4
    assert np.mean(marginal) < -0.8
    assert abs(np.mean(own)) < 0.06
    assert sum(covered) >= 53


@pytest.mark.parametrize(
    ("exposure", "chance", "reason"),
    [
        ([1, 0, 1, 0], [0.5, 0.5, 0.5, 1.0], "chance 1 at 1 moments; allowed between 0 and 1"),
        ([1, 0, 2, 0], [0.5, 0.5, 0.5, 0.5], "the exposure of a moment is 0 or 1"),
    ],
)
def test_refusals_name_the_value(exposure: list[float], chance: list[float], reason: str) -> None:
    with pytest.raises(NotEstimable, match=reason):
        centred_effects(
            [1, 2, 3, 5], exposure, [1, 1, 2, 2], known_chance(chance),
            controls=np.ones((4, 1)), moderators=np.ones((4, 1)), names=["effect"], control_names=["level"],
        )  # fmt: skip


def test_one_person_and_a_coefficient_of_one_person_are_refused() -> None:
    with pytest.raises(NotEstimable, match="one person only"):
        clustered_least_squares([1, 2, 4], np.ones((3, 1)), [7, 7, 7], names=["mean"])
    alone = np.column_stack([np.ones(6), [1, 0, 0, 0, 0, 0]])
    with pytest.raises(NotEstimable, match="rests on one person alone"):
        clustered_least_squares([1, 2, 4, 3, 2, 5], alone, [1, 1, 2, 2, 3, 3], names=["mean", "one"])
