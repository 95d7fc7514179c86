"""Rows read in chunks, or summed by site, have the fit of all rows in one place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lmm_cases import columns

from lowback.estimators import NotEstimable
from lowback.estimators.lmm import LmmFit, fit_lmm
from lowback.estimators.lmm.streaming import added, fit_lmm_streamed, fit_sums, read_sums
from lowback.estimators.terms import design

Columns = dict[str, np.ndarray]

MODEL = {"outcome": "pain", "groups": "id", "terms": ["arm", "week", "arm:week"], "random": ["week"]}
SEEDS = st.integers(0, 100_000)


def rows(seed: int, people: int = 40, origin: float = 0.0) -> Columns:
    """Two arms with random intercepts and slopes, three to six visits each, persons numbered in order."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), rng.integers(3, 7, people))
    week = rng.choice([0.0, 2.0, 4.0, 8.0, 12.0], len(person)) + rng.choice([0.0, 0.5], len(person))
    arm = (person % 2).astype(float)
    effects = rng.normal(0, 1, (people, 2)) * [1.2, 0.2]
    y = 5 - 0.1 * week - 0.05 * arm * week + effects[person, 0] + effects[person, 1] * week
    y = y + rng.normal(0, 1, len(y))
    return {"id": person, "week": week + origin, "pain": y, "arm": arm}


def part(chunk: Columns, keep: np.ndarray | slice) -> Columns:
    return {name: column[keep] for name, column in chunk.items()}


def pieces(chunk: Columns, cuts: list[int]) -> Iterator[Columns]:
    """The rows cut at some places, in the middle of persons or not."""
    length = len(chunk["id"])
    at = [0, *sorted(cut % length for cut in cuts), length]
    return (part(chunk, slice(start, end)) for start, end in pairwise(at))


def whole(chunk: Columns, method: str = "REML", terms: Sequence[str] = MODEL["terms"]) -> LmmFit:
    products = [np.prod([chunk[name].astype(float) for name in term.split(":")], axis=0) for term in terms]
    return fit_lmm(
        chunk["pain"].astype(float),
        columns(1, *products),
        chunk["id"],
        columns(1, chunk["week"].astype(float)),
        names=["intercept", *terms],
        random_names=["intercept", "week"],
        method=method,
    )


def differing(ours: LmmFit, theirs: LmmFit, rtol: float = 1e-9) -> list[str]:
    """What two fits do not have in common: the optimum, and the intervals by every method that needs no rows."""
    size = np.sqrt(np.outer(*[np.diagonal(theirs.random_covariance)] * 2))
    random = (ours.random_covariance - theirs.random_covariance) / size
    alike = {
        "rows": ours.n_rows == theirs.n_rows,
        "groups": ours.n_groups == theirs.n_groups,
        "objective": ours.objective == pytest.approx(theirs.objective, rel=rtol),
        "residual": ours.variance_residual == pytest.approx(theirs.variance_residual, rel=100 * rtol),
        "random effects": (np.abs(random) < 1000 * rtol).all(),
    }
    for method in ["satterthwaite", *(["kenward-roger"] if theirs.method == "REML" else [])]:
        one, other = (fit.contrast(np.eye(len(ours.names)), method) for fit in (ours, theirs))
        alike |= {
            f"estimate, {method}": (
                np.abs(one.estimate - other.estimate) < 100 * rtol * other.std_error
            ).all(),
            f"standard error, {method}": one.std_error == pytest.approx(other.std_error, rel=100 * rtol),
            f"df, {method}": one.df == pytest.approx(other.df, rel=1000 * rtol),
        }
    return [name for name, is_alike in alike.items() if not is_alike]


@settings(max_examples=25)
@given(seed=SEEDS, cuts=st.lists(st.integers(0, 10_000), max_size=12), first=st.integers(20, 400))
def test_chunks_have_the_fit_of_all_rows(seed: int, cuts: list[int], first: int) -> None:
    chunk = rows(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lowback.estimators.lmm.chunks.SAMPLE", first)
        assert not differing(fit_lmm_streamed(pieces(chunk, cuts), **MODEL), whole(chunk))


def test_a_chunk_a_row_has_the_fit_of_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lowback.estimators.lmm.chunks.SAMPLE", 50)
    chunk = rows(2)
    singles = pieces(chunk, list(range(len(chunk["id"]))))
    assert not differing(fit_lmm_streamed(singles, **MODEL, method="ML"), whole(chunk, "ML"))


def test_days_since_1900_have_the_fit_of_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lowback.estimators.lmm.chunks.SAMPLE", 50)
    near, far = rows(3), rows(3, origin=45_000.0)
    moved = fit_lmm_streamed(pieces(far, [31, 80, 117]), **MODEL)
    assert not differing(moved, whole(far), 1e-8)
    ours, theirs = (fit.contrast(np.eye(4)[2:], "kenward-roger") for fit in (moved, whole(near)))
    np.testing.assert_allclose(ours.estimate, theirs.estimate, rtol=1e-6)
    np.testing.assert_allclose(ours.std_error, theirs.std_error, rtol=1e-6)
    np.testing.assert_allclose(ours.df, theirs.df, rtol=1e-5)


@settings(max_examples=10)
@given(seed=SEEDS, border=st.integers(5, 35), origin=st.sampled_from([0.0, 45_000.0]))
def test_sites_that_send_sums_have_the_fit_of_pooled_rows(seed: int, border: int, origin: float) -> None:
    chunk = rows(seed, origin=origin)
    here = chunk["id"] < border
    sites = [read_sums([part(chunk, at)], **MODEL) for at in (here, ~here)]
    assert not differing(fit_sums(added(*sites)), whole(chunk), 1e-9 if origin == 0 else 1e-8)
    assert not differing(fit_sums(added(*sites[::-1])), whole(chunk), 1e-9 if origin == 0 else 1e-8)


def test_a_site_alone_is_not_the_pooled_fit() -> None:  # negative control
    chunk = rows(4)
    alone = fit_sums(read_sums([part(chunk, chunk["id"] < 20)], **MODEL))
    assert alone.coefficients[2] != pytest.approx(whole(chunk).coefficients[2], rel=1e-3)


def test_a_person_who_comes_back_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lowback.estimators.lmm.chunks.SAMPLE", 10)
    chunk = rows(5)
    first, second, third = pieces(chunk, [60, 120])
    returned, last = first["id"][0], second["id"][-1]
    with pytest.raises(NotEstimable, match=f"group {returned} comes after group {last}"):
        fit_lmm_streamed([second, first, third], **MODEL)


def test_what_needs_rows_is_refused() -> None:
    fit = fit_lmm_streamed([rows(6)], **MODEL)
    for asked in (
        fit.residuals,
        fit.fitted_values,
        fit.random_effects,
        lambda: fit.contrast(np.eye(4), "CR2"),
    ):
        with pytest.raises(NotEstimable, match="its rows were not kept"):
            asked()


def test_columns_of_cells_need_no_intercept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lowback.estimators.lmm.chunks.SAMPLE", 20)
    chunk = rows(7)
    early = (chunk["id"] < 20).astype(float)
    cells = chunk | {"early": early, "late": 1 - early}
    given = fit_lmm_streamed(pieces(cells, [40]), **MODEL | {"terms": ["early", "late"]}, intercept=False)
    same = fit_lmm_streamed([cells], **MODEL | {"terms": ["late"]})
    assert given.objective == pytest.approx(same.objective, rel=1e-9)
    np.testing.assert_allclose(given.coefficients, [same.coefficients[0], same.coefficients.sum()], rtol=1e-7)


def test_sums_of_other_columns_and_dependent_columns_are_refused() -> None:
    chunk = rows(8) | {"twice": 2 * rows(8)["arm"], "day": rows(8)["week"]}
    other = read_sums([chunk], **MODEL | {"terms": ["arm", "day", "arm:day"], "random": ["day"]})
    with pytest.raises(NotEstimable, match="the columns must agree"):
        added(read_sums([chunk], **MODEL), other)
    with pytest.raises(NotEstimable, match="column twice is a combination"):
        fit_lmm_streamed([chunk], **MODEL | {"terms": ["arm", "twice"]})


def test_times_of_their_own_beyond_the_room_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lowback.estimators.lmm.streamed_patterns.ROOM", 10_000)
    with pytest.raises(NotEstimable, match="times in whole weeks"):
        fit_lmm_streamed([rows(9)], **MODEL)


def test_labels_may_be_words_and_each_row_needs_one() -> None:
    chunk = rows(10)
    words = np.array([f"{person:03d}, «ß»" for person in chunk["id"]])
    assert not differing(fit_lmm_streamed(pieces(chunk | {"id": words}, [50]), **MODEL), whole(chunk))
    with pytest.raises(NotEstimable, match=rf"id of shape \({len(words) - 1},\)"):
        fit_lmm_streamed([chunk | {"id": words[:-1]}], **MODEL)


def test_missing_values_are_refused_by_column_and_group() -> None:
    for column, at, value in (("pain", 3, np.nan), ("arm", 5, np.inf), ("week", 1, np.nan)):
        chunk = rows(11)
        chunk[column] = np.where(np.arange(len(chunk["id"])) == at, value, chunk[column])
        with pytest.raises(
            NotEstimable, match=f"{column} is missing or infinite for group {chunk['id'][at]}"
        ):
            fit_lmm_streamed([chunk], **MODEL)


def test_an_infinite_value_in_all_rows_of_a_person_is_refused() -> None:
    chunk = rows(13)
    chunk["arm"] = np.where(chunk["id"] == 8, np.inf, chunk["arm"])
    with pytest.raises(NotEstimable, match="arm is missing or infinite for group 8"):
        fit_lmm_streamed([chunk], **MODEL)


def test_an_outcome_that_is_always_the_same_is_refused() -> None:
    same = rows(22) | {"pain": np.full(len(rows(22)["id"]), 3)}
    with pytest.raises(NotEstimable, match="the outcome is the same in every row"):
        fit_lmm_streamed(pieces(same, [50]), **MODEL)


def test_labels_that_have_no_order_are_refused() -> None:
    chunk = rows(23)
    labels = chunk["id"].astype(object)
    labels[chunk["id"] == 5] = None
    with pytest.raises(NotEstimable, match="labels of groups are missing or of several kinds"):
        fit_lmm_streamed([chunk | {"id": labels}], **MODEL)


def test_few_groups_held_at_a_time_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lowback.estimators.lmm.group_reader.GROUPS", 3)
    monkeypatch.setattr("lowback.estimators.lmm.group_reader.KINDS", 2)
    monkeypatch.setattr("lowback.estimators.lmm.chunks.ROWS", 7)
    monkeypatch.setattr("lowback.estimators.lmm.chunks.SAMPLE", 30)
    assert not differing(fit_lmm_streamed(pieces(rows(12), list(range(0, 180, 7))), **MODEL), whole(rows(12)))


def daily(seed: int) -> Columns:
    """Rows with a mood of each day, an age of each person, and an arm that some persons change in the later half."""
    chunk = rows(seed)
    rng = np.random.default_rng(seed)
    chunk["mood"] = rng.normal(3, 1, len(chunk["id"]))
    chunk["age"] = rng.integers(20, 60, 40)[chunk["id"]]
    changed = (chunk["id"] > 25) & (chunk["id"] % 3 == 0) & (chunk["week"] > 4)
    chunk["arm"] = np.where(changed, 1 - chunk["arm"], chunk["arm"])
    return chunk


@settings(max_examples=10)
@given(seed=SEEDS)
def test_columns_that_vary_within_persons_have_the_fit_of_all_rows(seed: int) -> None:
    terms = ["arm", "week", "mood", "age", "arm:week", "week:age", "week:mood", "age:arm", "week:age:arm"]
    chunk = daily(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lowback.estimators.lmm.chunks.SAMPLE", 40)
        patch.setattr("lowback.estimators.lmm.chunks.ROWS", 30)
        ours = fit_lmm_streamed(pieces(chunk, [60]), **MODEL | {"terms": terms})
    assert not differing(ours, whole(chunk, terms=sorted(terms, key=lambda term: term.count(":"))), 1e-8)


@pytest.mark.parametrize("week", ["int8", "uint16", "int64", "float32", "float64"])
@pytest.mark.parametrize("arm", ["bool", "int8", "float32"])
def test_columns_of_any_kind_of_number_have_the_same_fit(week: str, arm: str) -> None:
    chunk = rows(14)
    chunk |= {"week": np.floor(chunk["week"]), "pain": np.round(2 * chunk["pain"]) / 2}
    kinds = {"week": chunk["week"].astype(week), "arm": chunk["arm"].astype(arm)}
    kinds["pain"] = chunk["pain"].astype("float32")
    assert not differing(fit_lmm_streamed(pieces(chunk | kinds, [50]), **MODEL), whole(chunk))


def test_days_in_one_byte_do_not_run_over() -> None:
    chunk = rows(15)
    chunk["week"] = (9 * chunk["week"]).astype("int8")
    chunk["age"] = (90 + chunk["id"] % 30).astype("int8")
    terms = ["arm", "week", "age", "arm:age", "week:age"]
    assert not differing(
        fit_lmm_streamed([chunk], **MODEL | {"terms": terms}), whole(chunk, terms=terms), 1e-8
    )


def test_frames_and_tables_are_chunks_too() -> None:
    chunk = rows(16)
    cut = [pd.DataFrame(one) for one in pieces(chunk, [44, 90])]
    assert not differing(fit_lmm_streamed(cut, **MODEL), whole(chunk))
    assert not differing(fit_lmm_streamed(map(pa.Table.from_pandas, cut), **MODEL), whole(chunk))


def test_a_random_slope_alone_has_the_fit_of_all_rows() -> None:
    chunk = rows(17)
    ours = fit_lmm_streamed(pieces(chunk, [33]), **MODEL, random_intercept=False)
    design = columns(1, chunk["arm"], chunk["week"], chunk["arm"] * chunk["week"])
    theirs = fit_lmm(
        chunk["pain"],
        design,
        chunk["id"],
        chunk["week"][:, None],
        names=["intercept", *MODEL["terms"]],
        random_names=["week"],
    )
    assert not differing(ours, theirs)


def test_names_come_in_the_order_of_a_design() -> None:
    chunk = rows(18)
    given = fit_lmm_streamed([chunk], **MODEL | {"terms": ["arm:week", "arm", ("week",)]})
    assert given.names == design(pd.DataFrame(chunk), ["arm:week", "arm", "week"]).names


def test_a_colon_in_a_name_is_no_interaction() -> None:
    chunk = rows(19)
    chunk["<b>arm: usual</b>"] = chunk.pop("arm")
    fit = fit_lmm_streamed([chunk], **MODEL | {"terms": ["week", "<b>arm: usual</b>"]})
    assert fit.names == ("intercept", "week", "<b>arm: usual</b>")
    assert fit.coefficients[2] == pytest.approx(
        whole(rows(19), terms=["week", "arm"]).coefficients[2], rel=1e-7
    )


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"terms": ["arm", "wekk"]}, "no column 'wekk'; did you mean 'week'"),
        ({"terms": "arm"}, "terms are the text 'arm'; allowed: a list"),
        ({"terms": ["arm", "arm"]}, "the term 'arm' is there 2 times"),
        ({"terms": ["arm:arm"]}, "the term 'arm:arm'; allowed: one or more different columns"),
        ({"terms": ["arm:usual"]}, "'arm:usual' is a column and an interaction"),
        ({"terms": ["visit"]}, "column 'visit' holds <U4; allowed: numbers"),
        ({"random": ["arm", "arm"]}, "the random effect 'arm' is there 2 times"),
        ({"random": [], "random_intercept": False}, "needs a coefficient and a random effect"),
        ({"random": ["same"]}, "random effect same is zero or the same in every row"),
        ({"outcome": "paim"}, "no column 'paim'"),
    ],
)
def test_a_model_that_cannot_be_read_is_refused_by_name(changed: dict[str, object], told: str) -> None:
    chunk = rows(20)
    other = np.full(len(chunk["id"]), "week")
    chunk |= {"arm:usual": chunk["arm"], "usual": chunk["arm"], "visit": other, "same": np.ones(len(other))}
    with pytest.raises(NotEstimable, match=re.escape(told)):
        fit_lmm_streamed([chunk], **MODEL | changed)


def test_a_chunk_without_a_column_or_names_is_refused() -> None:
    first, second = pieces(rows(21), [60])
    second.pop("arm")
    with pytest.raises(NotEstimable, match="a chunk has no column 'arm', which others have"):
        fit_lmm_streamed([first, second], **MODEL)
    with pytest.raises(NotEstimable, match="a chunk is a list; allowed: columns by name"):
        fit_lmm_streamed([[1.0, 2.0]], **MODEL)
    with pytest.raises(NotEstimable, match="there are no rows"):
        fit_lmm_streamed([part(rows(21), slice(0))], **MODEL)
