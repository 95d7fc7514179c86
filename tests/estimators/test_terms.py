"""Designs from named terms: by hand, invariances, splines against their definition, and what is refused."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marginal_cases import reference

from lowback.estimators import NotEstimable
from lowback.estimators.splines import natural_spline
from lowback.estimators.terms import constrained, design, spline

SIX = {
    "arm": ["control", "stretching", "control", "stretching", "control", "stretching"],
    "week": [4, 4, 12, 12, 4, 12],
    "age_years": [30.0, 41.0, 52.0, 38.0, 60.0, 45.0],
    "smoker": [True, False, False, True, True, False],
}
FRAMES = {
    "a mapping of lists": SIX,
    "a pandas frame": pd.DataFrame(SIX),
    "a categorical column": pd.DataFrame(SIX).astype({"arm": "category"}),
    "nullable columns": pd.DataFrame(SIX).convert_dtypes(),
    "a structured array": np.array(
        list(zip(*SIX.values(), strict=True)), dtype=[("arm", "U10"), ("week", int), ("age_years", float), ("smoker", bool)]
    ),
}  # fmt: skip


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES.keys())
def test_every_kind_of_frame_gives_the_design_worked_out_by_hand(frame):
    made = design(frame, ["arm", "week", "age_years", "smoker", "arm:week"], {"week": [4, 12]})
    assert made.names == (
        "intercept", "arm[stretching]", "week[12]", "age_years", "smoker[True]", "arm[stretching]:week[12]",
    )  # fmt: skip
    expected = [[1, 0, 0, 30, 1, 0], [1, 1, 0, 41, 0, 0], [1, 0, 1, 52, 0, 0],
                [1, 1, 1, 38, 1, 1], [1, 0, 0, 60, 1, 0], [1, 1, 1, 45, 0, 1]]  # fmt: skip
    np.testing.assert_array_equal(made.matrix, expected)
    assert made.terms == ("intercept", "arm", "week", "age_years", "smoker", "arm:week")
    assert made.levels == {"arm": ("control", "stretching"), "week": (4, 12), "smoker": (False, True)}
    assert made.means == {"age_years": pytest.approx(266 / 6)}


def test_the_first_declared_level_is_the_reference():
    made = design(SIX, ["arm"], {"arm": ["stretching", "control"]})
    np.testing.assert_array_equal(made.matrix[:, 1], [1, 0, 1, 0, 1, 0])


def test_pyarrow_like_frames_tell_their_columns_by_name():
    table = pytest.importorskip("pyarrow").table(SIX)
    np.testing.assert_array_equal(
        design(table, ["arm", "age_years"]).matrix, design(SIX, ["arm", "age_years"]).matrix
    )


def test_a_number_is_a_slope_unless_its_levels_are_declared():
    assert design(SIX, ["week"]).names == ("intercept", "week")
    assert design(SIX, ["week"], {"week": [12, 4]}).names == ("intercept", "week[4]")


def test_an_interaction_without_its_margin_has_a_column_for_each_level():
    # R: model.matrix(~ week + week:arm) compares arms at each week.
    made = design(SIX, ["week", ("week", "arm")], {"week": [4, 12]})
    assert made.names[2:] == ("week[4]:arm[stretching]", "week[12]:arm[stretching]")


def test_without_an_intercept_the_first_category_has_a_column_for_each_level():
    made = design(SIX, ["arm", "smoker"], intercept=False)
    assert made.names == ("arm[control]", "arm[stretching]", "smoker[True]")


def test_a_constrained_baseline_has_no_arm_effect_at_that_week():
    made = design(SIX, ["week", constrained("week", "arm", without={"week": 4})], {"week": [4, 12]})
    assert made.names == ("intercept", "week[12]", "week[12]:arm[stretching]")
    at_baseline = np.array(SIX["week"]) == 4
    assert np.ptp(made.matrix[at_baseline], axis=0).max() == 0


def test_the_same_design_is_built_on_other_data():
    made = design(SIX, ["arm", "week", spline("age_years", 2), "arm:week"], {"week": [4, 12]})
    one = made.on({"arm": ["stretching"], "week": [12], "age_years": [38.0], "smoker": [True]})
    np.testing.assert_array_equal(one.matrix[0], made.matrix[3])


def test_names_are_data_and_never_run():
    evil = "__import__('os').system('exit 1')"
    frame = {evil: ["a", "b", "a"], "its:name": [1.0, 2.0, 4.0], "I(x)": ["<script>", "é, '", '"']}
    before = set(sys.modules)
    made = design(frame, [evil, ("its:name",), "I(x)"])
    assert made.names == ("intercept", f"{evil}[b]", "its:name", "I(x)[<script>]", "I(x)[é, ']")
    assert set(sys.modules) == before


def test_a_column_whose_name_holds_a_colon_is_found_before_an_interaction():
    assert design({"a:b": [1.0, 2.0, 4.0]}, ["a:b"]).names == ("intercept", "a:b")
    with pytest.raises(
        NotEstimable, match=r"'a:b' is a column and an interaction; write \('a:b',\) or \('a', 'b'\)"
    ):
        design({"a:b": [1.0, 2.0], "a": [1.0, 2.0], "b": [1.0, 2.0]}, ["a:b"])


@pytest.mark.parametrize(
    ("change", "terms", "levels", "sentence"),
    [
        ({}, ["arms"], None, "no column 'arms'; did you mean 'arm'?"),
        ({}, ["arm*week"], None, "no column 'arm*week'"),
        ({}, ["arm:wek"], None, "no column 'wek'; did you mean 'week'?"),
        ({}, ["arm"], {"arms": ["control"]}, "levels are declared for 'arms', which is no column; did you mean 'arm'?"),
        ({}, ["arm"], {"arm": ["control", "stretching", "both"]}, "no row has arm = 'both'"),
        ({}, ["arm"], {"arm": ["control", "stretchin"]}, "arm = 'stretching' in 3 rows is no level; did you mean 'stretchin'?"),
        ({}, ["arm"], {"arm": "control"}, "the levels of 'arm' are the text 'control'"),
        ({}, ["arm"], {"arm": ["control", "control"]}, "the levels of 'arm' name one twice"),
        ({"week": [4, 4, 12, 4, 4, 4]}, ["arm:week"], {"week": [4, 12]}, "no row has arm = 'stretching' and week = 12; 'arm:week'"),
        ({"age_years": [1, None, 3, float("nan"), 5, 6]}, ["age_years"], None, "column 'age_years' is missing in 2 of 6 rows"),
        ({"arm": ["a", None, "b", "a", "b", "a"]}, ["arm"], None, "column 'arm' is missing in 1 of 6 rows"),
        ({"arm": pd.array(["a", None, "b", "a", "b", "a"], dtype="category")}, ["arm"], None, "column 'arm' is missing in 1 of 6"),
        ({"age_years": [1, np.inf, 3, 4, 5, 6]}, ["age_years"], None, "column 'age_years' is infinite in 1 of 6 rows"),
        ({"arm": ["x"] * 6}, ["arm"], None, "'arm' is 'x' in every row; a category needs two levels or more"),
        ({"arm": ["1", 1, "1", 1, 1, 1]}, ["arm"], None, "column 'arm' mixes kinds of values; declare its levels"),
        ({"week": np.array(["2026-01-01"] * 6, dtype="M8[D]")}, ["week"], None, "column 'week' holds datetime64[D]; allowed: text"),
        ({name: [] for name in SIX}, ["arm"], None, "the frame has no rows"),
        ({"week": [4, 12]}, ["arm", "week"], None, "column 'week' has 2 rows where the frame has 6"),
        ({"arm": [["a"], ["b"]] * 3}, ["arm"], None, "column 'arm' "),
        ({"arm": [1j, 2j] * 3}, ["arm"], None, "column 'arm' holds values that are neither text nor numbers"),
        ({}, "arm", None, "the terms are the text 'arm'; allowed: a list of terms"),
        ({"week": np.ones((6, 2))}, ["week"], None, "column 'week' has 2 dimensions; allowed: one value a row"),
        ({}, ["arm:arm"], None, "the term 'arm:arm'; allowed: one or more different columns"),
        ({}, [()], None, "the term ''; allowed: one or more different columns"),
        ({}, [spline("arm", 2)], None, "column 'arm' holds categories; a spline needs numbers"),
        ({}, [spline("age_years", 0)], None, "a spline of 'age_years' with 0 columns; allowed: 1 or more"),
        ({}, [spline("week", 4)], None, "too few distinct values for as many; use fewer columns"),
        ({}, [constrained("week", "arm", without={"week": 0})], {"week": [4, 12]}, "no level week = 0"),
        ({}, [constrained("week", "arm", without={"age_years": 0})], {"week": [4, 12]}, "constrained at 'age_years'"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_design_is_refused_with_its_name(change, terms, levels, sentence):
    with pytest.raises(NotEstimable) as refused:
        design({**SIX, **change}, terms, levels)
    assert sentence in str(refused.value)


def test_a_level_that_the_fit_did_not_know_is_refused_on_other_data():
    made = design(SIX, ["arm", "age_years"])
    with pytest.raises(NotEstimable, match="arm = 'surgery' in 1 rows is no level"):
        made.on({"arm": ["surgery"], "age_years": [40.0]})
    with pytest.raises(NotEstimable, match="'age_years' holds categories; in this design it is a number"):
        made.on({"arm": ["control"], "age_years": ["old"]})


def test_splines_equal_those_of_r():
    # splines::ns by tests/reference/marginal/marginal.R; the agreement page walks the same rows.
    from marginal_cases import ours

    rows = reference()[reference()["quantity"] == "spline basis"]
    assert len(rows) == 7 * (1 + 2 + 3 + 4 + 5)
    for model, part in rows.groupby("model"):
        found = ours("trial", str(model))
        for row in part.itertuples():
            assert found[row.quantity, row.term] == pytest.approx(row.value, rel=1e-10, abs=1e-14)


@settings(max_examples=40)
@given(
    df=st.integers(1, 5), shift=st.sampled_from([0.0, 45_000.0, -1e6]), scale=st.sampled_from([1.0, 1e-3, 7 * 86_400.0])
)  # fmt: skip
def test_a_spline_does_not_depend_on_origin_and_unit(df, shift, scale):
    age = np.random.default_rng(5).gamma(9, 5, 40)
    plain = natural_spline(age, df, "age").basis(age)
    moved = natural_spline(age * scale + shift, df, "age").basis(age * scale + shift)
    np.testing.assert_allclose(moved, plain, atol=1e-6 if scale < 1 and shift else 1e-8)


def test_a_natural_spline_is_a_straight_line_beyond_the_data_and_bends_within():
    age = np.random.default_rng(5).gamma(9, 5, 40)
    curve = natural_spline(age, 4, "age")
    outside, inside = np.linspace(age.max(), 300, 7), np.linspace(age.min(), age.max(), 7)
    assert np.abs(np.diff(curve.basis(outside), 2, axis=0)).max() < 1e-12
    assert np.abs(np.diff(curve.basis(inside), 2, axis=0)).max() > 0.01


def test_a_straight_line_lies_in_every_natural_spline():
    age = np.random.default_rng(6).gamma(9, 5, 40)
    basis = np.column_stack([np.ones(40), natural_spline(age, 3, "age").basis(age)])
    left = age - basis @ np.linalg.lstsq(basis, age, rcond=None)[0]
    assert np.abs(left).max() < 1e-10 * age.max()


@settings(max_examples=30)
@given(seed=st.integers(0, 2**16))
def test_the_columns_span_the_same_space_however_rows_levels_and_terms_are_ordered(seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(SIX).loc[np.repeat(range(6), 4)].reset_index(drop=True)
    frame["age_years"] += rng.normal(size=len(frame))
    first = design(frame, ["arm", "week", "arm:week", "age_years"], {"week": [4, 12]})
    order = rng.permutation(len(frame))
    terms = ["arm:week", "age_years", "week", "arm"]
    second = design(frame.iloc[order], terms, {"week": [12, 4], "arm": ["stretching", "control"]})
    np.testing.assert_allclose(projection(second.matrix), projection(first.matrix[order]), atol=1e-10)


def test_a_missing_margin_would_span_less():
    # Negative control of the test above: without the interaction the space is another one.
    frame = pd.DataFrame(SIX)
    less, more = (
        design(frame, ["arm", "week"], {"week": [4, 12]}),
        design(frame, ["arm", "week", "arm:week"], {"week": [4, 12]}),
    )
    assert np.abs(projection(less.matrix) - projection(more.matrix)).max() > 0.1


def projection(matrix: np.ndarray) -> np.ndarray:
    """The projection onto the space of the columns."""
    q = np.linalg.qr(matrix)[0]
    return np.asarray(q @ q.T)


def test_nothing_that_builds_a_design_evaluates_text():
    room = Path(__file__).resolve().parents[2] / "src" / "lowback" / "estimators"
    for name in ("columns", "splines", "layouts", "observed", "terms", "marginal"):
        text = (room / f"{name}.py").read_text(encoding="utf-8")
        assert not any(word in text for word in ("eval(", "exec(", ".query(", "patsy", "import pandas"))
