"""Marginal means and what is made of them: by hand, R's emmeans, identities, simulated truth, refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marginal_cases import CONTROL, LINEAR, label_of, model_design, questions, reference, wald

from lowback.estimators import NotEstimable
from lowback.estimators.linear import least_squares
from lowback.estimators.lmm import fit_lmm
from lowback.estimators.marginal import Contrasts, differences, joint_tests, marginal_means, term_contrasts
from lowback.estimators.terms import constrained, design, spline

# Cell means of pain: control 6 and 4 (women, men), stretching 5 and 1; 3, 1, 1 and 2 people.
PEOPLE = pd.DataFrame(
    {
        "arm": ["control"] * 4 + ["stretching"] * 3,
        "sex": ["f", "f", "f", "m", "f", "m", "m"],
        "pain": [6.0, 5, 7, 4, 5, 0, 2],
    }
)
PEOPLE_MODEL = design(PEOPLE, ["arm", "sex", "arm:sex"])


def estimates(
    contrasts: Contrasts, outcome: str = "pain", rows: pd.DataFrame = PEOPLE, made=PEOPLE_MODEL
) -> list[float]:
    """What a least-squares fit gives for these contrasts."""
    coefficients = np.linalg.lstsq(made.matrix, rows[outcome], rcond=None)[0]
    return (contrasts.matrix @ coefficients).tolist()


def test_equal_weights_by_hand():
    means = marginal_means(PEOPLE_MODEL, "arm")
    assert means.labels == ("arm = control", "arm = stretching")
    assert estimates(means) == pytest.approx([5.0, 3.0])


@pytest.mark.parametrize("weights", ["observed", "sample"])
def test_observed_weights_by_hand(weights):
    # Four women and three men: (4 x 6 + 3 x 4) / 7 and (4 x 5 + 3 x 1) / 7.
    assert estimates(marginal_means(PEOPLE_MODEL, "arm", weights)) == pytest.approx([36 / 7, 23 / 7])


def test_cell_means_and_differences_by_hand():
    cells = marginal_means(PEOPLE_MODEL, ["arm", "sex"])
    assert cells.labels[1] == "arm = control, sex = m"
    assert estimates(cells) == pytest.approx([6, 4, 5, 1])
    by_arm = differences(cells, "arm", "control")
    assert by_arm.labels == ("arm: stretching - control, sex = f", "arm: stretching - control, sex = m")
    assert estimates(by_arm) == pytest.approx([-1, -3])
    both = differences(by_arm, "sex", "f")
    assert both.labels == ("arm: stretching - control, sex: m - f",)
    assert estimates(both) == pytest.approx([-2])
    assert estimates(differences(differences(cells, "sex", "f"), "arm", "control")) == pytest.approx([-2])


def test_a_level_can_be_held_and_a_row_chosen():
    assert estimates(marginal_means(PEOPLE_MODEL, "arm", at={"sex": "m"})) == pytest.approx([4, 1])
    assert estimates(
        marginal_means(PEOPLE_MODEL, ["arm", "sex"]).at(sex="m", arm="control")
    ) == pytest.approx([4])


def test_numbers_stand_at_their_mean_or_where_they_are_set():
    rows = PEOPLE.assign(age=[30.0, 40, 50, 60, 20, 30, 40])
    made = design(rows, ["arm", "age"])
    at_mean = marginal_means(made, "arm").matrix
    assert at_mean.tolist() == [[1, 0, pytest.approx(270 / 7)], [1, 1, pytest.approx(270 / 7)]]
    at_values = marginal_means(made, ["arm", "age"], at={"age": [30, 50]})
    assert at_values.labels[:2] == ("arm = control, age = 30", "arm = control, age = 50")
    assert at_values.matrix[:, 2].tolist() == [30, 50, 30, 50]
    assert marginal_means(made, "arm", at={"age": (30, 50)}).matrix[:, 2].tolist() == [40, 40]


def test_averaging_over_people_is_not_averaging_over_visits():
    # Two people, one with three visits: rows weigh 3 to 1, people 1 to 1.
    visits = pd.DataFrame({"arm": ["a", "a", "b", "b", "a", "b"], "site": ["x", "x", "x", "y", "y", "y"]})
    made = design(visits.loc[[0, 1, 2, 2, 3, 4, 5, 5]], ["arm", "site"])
    people = made.on(visits.loc[[0, 3]])
    assert marginal_means(people, "arm", "observed").matrix[0].tolist() == [1, 0, 0.5]
    assert marginal_means(made, "arm", "observed").matrix[0].tolist() == [1, 0, 0.5]
    uneven = made.on(visits.loc[[0, 1, 2, 3]])
    assert marginal_means(uneven, "arm", "sample").matrix[0].tolist() == [1, 0, 0.25]


def test_arms_share_the_mean_of_a_constrained_baseline():
    rows = pd.DataFrame({"arm": ["a", "a", "b", "b"] * 3, "week": [0, 4] * 6})
    made = design(rows, ["week", constrained("week", "arm", without={"week": 0})], {"week": [0, 4]})
    gaps = differences(marginal_means(made, ["arm", "week"]), "arm", "a")
    assert np.abs(gaps.at(week=0).matrix).max() == 0
    assert gaps.at(week=4).matrix.tolist() == [[0, 0, 1]]
    assert [len(matrix) for matrix in term_contrasts(made).values()] == [1, 1]


MODELS = (
    reference().query("quantity == 'coefficient'")[["data", "model"]].drop_duplicates().to_numpy().tolist()
)


@pytest.mark.parametrize(("data", "model"), MODELS)
def test_contrasts_of_rs_own_coefficients_give_rs_means_and_tests(data, model, request):
    # Apart from any fit of ours: only the contrast matrices are at trial.
    folder = Path() if data == "trial" else request.getfixturevalue("shared_data")
    made, _ = model_design(data, model, folder)
    rows = reference()
    rows = rows[(rows["data"] == data) & (rows["model"] == model)]
    coefficients, covariance = r_fit(rows)
    held = {(row.quantity, row.term): row.value for row in rows.itertuples()}
    compared = 0
    for kind, contrasts in questions(data, model, made):
        errors = np.sqrt(np.einsum("ij,jk,ik->i", contrasts.matrix, covariance, contrasts.matrix))
        for label, value, error in zip(
            contrasts.labels, contrasts.matrix @ coefficients, errors, strict=True
        ):
            assert value == pytest.approx(held[f"{kind} estimate", label_of(label)], rel=1e-9)
            assert error == pytest.approx(held[f"{kind} std_error", label_of(label)], rel=1e-9)
            compared += 1
    assert compared == sum(quantity.endswith("estimate") for quantity, _ in held)
    if "satterthwaite" in model:
        for term, matrix in term_contrasts(made).items():
            assert wald(coefficients, covariance, matrix) == pytest.approx(held["joint F", term], rel=1e-6)
            assert len(matrix) == held["joint df_num", term]


def r_fit(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """R's coefficients and their covariance."""
    coefficients = rows.loc[rows["quantity"] == "coefficient", "value"].to_numpy()
    covariance = np.empty((len(coefficients), len(coefficients)))
    for row in rows[rows["quantity"] == "covariance"].itertuples():
        i, j = (int(part) - 1 for part in row.term.split())
        covariance[i, j] = covariance[j, i] = row.value
    return coefficients, covariance


@pytest.mark.parametrize(("origin", "unit"), [(1, 1), (30, 1), (45_000, 1), (1_700_000_000, 604_800)])
def test_origin_and_unit_of_a_number_do_not_matter(origin, unit):
    made, rows = model_design("trial", "sloped")
    moved = rows.assign(base=rows["base"] * unit + origin)
    again = design(moved, LINEAR["sloped"], {"arm": made.levels["arm"]})
    assert fitted(marginal_means(again, "arm"), moved, again) == pytest.approx(
        fitted(marginal_means(made, "arm"), rows, made), rel=1e-9
    )
    for term, matrix in term_contrasts(again).items():
        assert joint(moved, again, matrix) == pytest.approx(
            joint(rows, made, term_contrasts(made)[term]), rel=1e-6
        )


def fitted(contrasts: Contrasts, rows: pd.DataFrame, made) -> np.ndarray:
    """Estimates from a least-squares fit that is proof against far origins."""
    return contrasts.matrix @ least_squares(rows["y"], made.matrix, names=made.names).coefficients


@settings(max_examples=25)
@given(seed=st.integers(0, 2**16))
def test_answers_do_not_depend_on_the_order_of_rows_levels_and_terms(seed):
    rng = np.random.default_rng(seed)
    made, rows = model_design("trial", "crossed")
    mixed = rows.iloc[rng.permutation(len(rows))]
    terms = [LINEAR["crossed"][at] for at in rng.permutation(len(LINEAR["crossed"]))]
    again = design(
        mixed, terms, {"arm": rng.permutation(made.levels["arm"]).tolist(), "sex": ["male", "female"]}
    )
    for weights in ("equal", "observed", "sample"):
        first, second = (marginal_means(one, ["arm", "sex"], weights) for one in (made, again))
        found = dict(zip(second.labels, estimates(second, "y", mixed, again), strict=True))
        assert [found[label] for label in first.labels] == pytest.approx(
            estimates(first, "y", rows, made), rel=1e-8
        )
    tests = {term: joint(mixed, again, matrix) for term, matrix in term_contrasts(again).items()}
    for term, matrix in term_contrasts(made).items():
        reversed_name = ":".join(reversed(term.split(":")))
        assert tests.get(term, tests.get(reversed_name)) == pytest.approx(joint(rows, made, matrix), rel=1e-7)


def joint(rows: pd.DataFrame, made, matrix: np.ndarray) -> float:
    """F of a least-squares fit."""
    fit = least_squares(rows["y"], made.matrix, names=made.names)
    return wald(fit.coefficients, fit.covariance, matrix)


def test_relabelled_arms_have_the_same_means():
    renamed = {"control": "z, 'usual' <care>", "stretching": "étirement"}
    rows = PEOPLE.assign(arm=PEOPLE["arm"].map(renamed))
    made = design(rows, ["arm", "sex", "arm:sex"])
    found = dict(zip(*pair(marginal_means(made, "arm"), rows, made), strict=True))
    assert found["arm = z, 'usual' <care>"] == pytest.approx(5)
    assert found["arm = étirement"] == pytest.approx(3)


def pair(contrasts: Contrasts, rows: pd.DataFrame, made) -> tuple[tuple[str, ...], list[float]]:
    return contrasts.labels, estimates(contrasts, "pain", rows, made)


def test_joint_tests_go_by_the_name_of_their_term():
    made, rows = model_design("trial", "lmer visits kenward-roger")
    fit = fit_lmm(rows["y"], made.matrix, rows["id"], names=made.names)
    tests = joint_tests(fit, made)
    held = reference().query(
        "model == 'lmer visits kenward-roger' and data == 'trial' and quantity == 'joint F'"
    )
    assert {term: test.statistic for term, test in tests.items()} == pytest.approx(
        dict(zip(held["term"], held["value"], strict=True)), rel=1e-6
    )


def test_a_spline_is_tested_with_as_many_contrasts_as_it_has_columns():
    rng = np.random.default_rng(3)
    rows = pd.DataFrame({"age": rng.gamma(9, 5, 80), "arm": np.tile(["a", "b"], 40)})
    rows["y"] = np.sin(rows["age"] / 9) + rng.normal(size=80)
    made = design(rows, ["arm", spline("age", 4)])
    matrix = term_contrasts(made)["spline(age, 4)"]
    assert np.linalg.matrix_rank(matrix) == len(matrix) == 4
    # The same F as comparing the two residual sums of squares.
    smaller = design(rows, ["arm"])
    rss = [
        float(((rows["y"] - x @ np.linalg.lstsq(x, rows["y"], rcond=None)[0]) ** 2).sum())
        for x in (smaller.matrix, made.matrix)
    ]
    assert joint(rows, made, matrix) == pytest.approx((rss[0] - rss[1]) / 4 / (rss[1] / (80 - 6)), rel=1e-8)


def test_the_interval_of_a_marginal_mean_covers_the_truth():
    # 200 trials of 24 people with 3 visits: 95 % +- 2.6 standard errors is 182 to 198. The naive mean of the rows of an
    # arm, the negative control, has the wrong centre, as arms differ in sex.
    covered = naive = 0
    for seed in range(200):
        rows, truth = small_trial(seed)
        made = design(rows, ["arm", "week", "sex", "arm:week"], {"week": [4, 8, 12]})
        fit = fit_lmm(rows["y"], made.matrix, rows["id"], names=made.names)
        means = marginal_means(made, ["arm", "week"]).at(arm="b", week=12)
        found = fit.contrast(means.matrix, "kenward-roger")
        covered += bool(found.conf_low[0] <= truth <= found.conf_high[0])
        seen = rows.loc[(rows["arm"] == "b") & (rows["week"] == 12), "y"]
        naive += abs(seen.mean() - truth) < 2.2 * seen.std() / len(seen) ** 0.5
    assert 182 <= covered <= 198
    assert naive < 170


def small_trial(seed: int) -> tuple[pd.DataFrame, float]:
    """Visits of 24 people; in arm b three quarters are women, whose pain is 3 points higher; the mean in b at week 12."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(24), 3)
    arm, week = np.where(person < 12, "a", "b"), np.tile([4, 8, 12], 24)
    woman = np.where(arm == "a", person % 4 == 0, person % 4 != 0)
    pain = 4 + 3.0 * woman - 0.1 * week * (arm == "b") + rng.normal(0, 1, 24)[person] + rng.normal(0, 1, 72)
    rows = pd.DataFrame({"id": person, "arm": arm, "week": week, "sex": np.where(woman, "f", "m"), "y": pain})
    return rows, 4 + 1.5 - 1.2


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda: marginal_means(PEOPLE_MODEL, "arms"), "the model has no 'arms'; did you mean 'arm'?"),
        (lambda: marginal_means(PEOPLE_MODEL, "arm", at={"age": 3}), "the model has no 'age'"),
        (lambda: marginal_means(PEOPLE_MODEL, "arm", at={"sex": "x"}), "no level sex = 'x'; known: 'f', 'm'"),
        (lambda: marginal_means(design(PEOPLE, ["arm", "pain"]), "arm", at={"pain": "bad"}), "'pain' = 'bad'; allowed: finite numbers"),
        (lambda: marginal_means(PEOPLE_MODEL, "arm", "sample", at={"sex": ("f", "m")}), "'sex' is set to several values"),
        (lambda: differences(marginal_means(PEOPLE_MODEL, "arm"), "sex", "f"), "the means are not by 'sex'"),
        (lambda: differences(marginal_means(PEOPLE_MODEL, "arm"), "arm", "Control"), "no mean has arm = 'Control'; did you mean 'control'?"),
        (lambda: marginal_means(PEOPLE_MODEL, "arm").at(arm="x"), "no row is at arm = 'x'; known: arm = control; arm = stretching"),
    ],
)  # fmt: skip
def test_questions_without_an_answer_are_refused(ask, sentence):
    with pytest.raises(NotEstimable) as refused:
        ask()
    assert sentence in str(refused.value)


def test_differences_by_visit_are_taken_within_each_visit():
    made, _ = model_design("trial", "gls")
    gaps = differences(marginal_means(made, ["arm", "week"]), "arm", CONTROL)
    assert gaps.at(week=12).labels == tuple(
        f"arm: {arm} - usual care, week = 12" for arm in made.levels["arm"][1:]
    )
    changes = differences(gaps, "week", 4)
    np.testing.assert_allclose(changes.at(week=12).matrix, gaps.at(week=12).matrix - gaps.at(week=4).matrix)
