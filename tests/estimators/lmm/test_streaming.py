"""Rows read in chunks, or summed by site, have the fit of all rows in one place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lmm_cases import columns

from lowback.estimators import NotEstimable
from lowback.estimators.lmm import LmmFit, fit_lmm
from lowback.estimators.lmm.streaming import Chunk, added, fit_lmm_streamed, fit_sums, read_sums

NAMES = {"names": ["one", "arm", "week", "arm:week"], "random_names": ["one", "week"]}
SEEDS = st.integers(0, 100_000)


def rows(seed: int, people: int = 40, origin: float = 0.0) -> Chunk:
    """Two arms with random intercepts and slopes, three to six visits each, persons numbered in order."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), rng.integers(3, 7, people))
    week = rng.choice([0.0, 2.0, 4.0, 8.0, 12.0], len(person)) + rng.choice([0.0, 0.5], len(person))
    arm = (person % 2).astype(float)
    effects = rng.normal(0, 1, (people, 2)) * [1.2, 0.2]
    y = 5 - 0.1 * week - 0.05 * arm * week + effects[person, 0] + effects[person, 1] * week
    week = week + origin
    y = y + rng.normal(0, 1, len(y))
    return Chunk(y, columns(1, arm, week, arm * week), person, columns(1, week))


def part(chunk: Chunk, keep: np.ndarray | slice) -> Chunk:
    return Chunk(chunk.outcome[keep], chunk.design[keep], chunk.groups[keep], chunk.random[keep])


def pieces(chunk: Chunk, cuts: list[int]) -> Iterator[Chunk]:
    """The rows cut at some places, in the middle of persons or not."""
    at = [0, *sorted(cut % len(chunk.outcome) for cut in cuts), len(chunk.outcome)]
    return (part(chunk, slice(start, end)) for start, end in pairwise(at))


def whole(chunk: Chunk, method: str = "REML") -> LmmFit:
    return fit_lmm(chunk.outcome, chunk.design, chunk.groups, chunk.random, **NAMES, method=method)


def assert_same_fit(ours: LmmFit, theirs: LmmFit, rtol: float = 1e-9) -> None:
    """The same optimum, and the same intervals by every method that needs no rows."""
    assert (ours.n_rows, ours.n_groups) == (theirs.n_rows, theirs.n_groups)
    assert ours.objective == pytest.approx(theirs.objective, rel=rtol)
    assert ours.variance_residual == pytest.approx(theirs.variance_residual, rel=100 * rtol)
    size = np.sqrt(np.outer(*[np.diagonal(theirs.random_covariance)] * 2))
    np.testing.assert_allclose(
        ours.random_covariance / size, theirs.random_covariance / size, atol=1000 * rtol
    )
    methods = ["satterthwaite", *(["kenward-roger"] if theirs.method == "REML" else [])]
    for method in methods:
        one, other = (fit.contrast(np.eye(4), method) for fit in (ours, theirs))
        np.testing.assert_allclose(one.std_error, other.std_error, rtol=100 * rtol)
        assert (np.abs(one.estimate - other.estimate) < 100 * rtol * other.std_error).all()
        np.testing.assert_allclose(one.df, other.df, rtol=1000 * rtol)


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, cuts=st.lists(st.integers(0, 10_000), max_size=12), first=st.integers(20, 400))
def test_chunks_have_the_fit_of_all_rows(seed: int, cuts: list[int], first: int) -> None:
    chunk = rows(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lowback.estimators.lmm.chunks.SAMPLE", first)
        assert_same_fit(fit_lmm_streamed(pieces(chunk, cuts), **NAMES), whole(chunk))


def test_a_chunk_a_row_has_the_fit_of_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lowback.estimators.lmm.chunks.SAMPLE", 50)
    chunk = rows(2)
    singles = pieces(chunk, list(range(len(chunk.outcome))))
    assert_same_fit(fit_lmm_streamed(singles, **NAMES, method="ML"), whole(chunk, "ML"))


def test_days_since_1900_have_the_fit_of_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lowback.estimators.lmm.chunks.SAMPLE", 50)
    near, far = rows(3), rows(3, origin=45_000.0)
    moved = fit_lmm_streamed(pieces(far, [31, 80, 117]), **NAMES)
    assert_same_fit(moved, whole(far), 1e-8)
    ours, theirs = (fit.contrast(np.eye(4)[2:], "kenward-roger") for fit in (moved, whole(near)))
    np.testing.assert_allclose(ours.estimate, theirs.estimate, rtol=1e-6)
    np.testing.assert_allclose(ours.std_error, theirs.std_error, rtol=1e-6)
    np.testing.assert_allclose(ours.df, theirs.df, rtol=1e-5)


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS, border=st.integers(5, 35), origin=st.sampled_from([0.0, 45_000.0]))
def test_sites_that_send_sums_have_the_fit_of_pooled_rows(seed: int, border: int, origin: float) -> None:
    chunk = rows(seed, origin=origin)
    here = chunk.groups < border
    sites = [read_sums([part(chunk, at)], **NAMES) for at in (here, ~here)]
    assert_same_fit(fit_sums(added(*sites)), whole(chunk), 1e-9 if origin == 0 else 1e-8)
    assert_same_fit(fit_sums(added(*sites[::-1])), whole(chunk), 1e-9 if origin == 0 else 1e-8)


def test_a_site_alone_is_not_the_pooled_fit() -> None:  # negative control
    chunk = rows(4)
    alone = fit_sums(read_sums([part(chunk, chunk.groups < 20)], **NAMES))
    assert alone.coefficients[2] != pytest.approx(whole(chunk).coefficients[2], rel=1e-3)


def test_a_person_who_comes_back_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lowback.estimators.lmm.chunks.SAMPLE", 10)
    chunk = rows(5)
    first, second, third = pieces(chunk, [60, 120])
    with pytest.raises(NotEstimable, match=rf"group {first.groups[0]} comes after group {second.groups[-1]}"):
        fit_lmm_streamed([second, first, third], **NAMES)


def test_what_needs_rows_is_refused() -> None:
    fit = fit_lmm_streamed([rows(6)], **NAMES)
    for asked in (
        fit.residuals,
        fit.fitted_values,
        fit.random_effects,
        lambda: fit.contrast(np.eye(4), "CR2"),
    ):
        with pytest.raises(NotEstimable, match="its rows were not kept"):
            asked()


def test_an_intercept_of_the_first_rows_only_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lowback.estimators.lmm.chunks.SAMPLE", 20)
    chunk = rows(7)
    arm = (chunk.groups < 20).astype(float)
    cells = Chunk(chunk.outcome, columns(arm, 1 - arm), chunk.groups, chunk.random)
    with pytest.raises(NotEstimable, match="column early is 1 in the first rows and not later"):
        fit_lmm_streamed(pieces(cells, [40]), names=["early", "late"], random_names=["one", "week"])


def test_sums_of_other_columns_and_dependent_columns_are_refused() -> None:
    chunk = rows(8)
    sums = read_sums([chunk], **NAMES)
    other = read_sums([chunk], names=["one", "arm", "day", "arm:day"], random_names=["one", "day"])
    with pytest.raises(NotEstimable, match="the columns must agree"):
        added(sums, other)
    double = Chunk(
        chunk.outcome, columns(1, chunk.design[:, 1], 2 * chunk.design[:, 1]), chunk.groups, chunk.random
    )
    with pytest.raises(NotEstimable, match="column twice is a combination"):
        fit_lmm_streamed([double], names=["one", "arm", "twice"], random_names=["one", "week"])


def test_times_of_their_own_beyond_the_room_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lowback.estimators.lmm.streamed_sums.ROOM", 10_000)
    with pytest.raises(NotEstimable, match="times in whole weeks"):
        fit_lmm_streamed([rows(9)], **NAMES)


def test_labels_may_be_words_and_each_row_needs_one() -> None:
    chunk = rows(10)
    words = np.array([f"{person:03d}, «ß»" for person in chunk.groups])
    named = Chunk(chunk.outcome, chunk.design, words, chunk.random)
    assert_same_fit(fit_lmm_streamed(pieces(named, [50]), **NAMES), whole(chunk))
    short = Chunk(chunk.outcome, chunk.design, words[:-1], chunk.random)
    with pytest.raises(NotEstimable, match=f"{len(words) - 1} groups"):
        fit_lmm_streamed([short], **NAMES)


def test_missing_values_are_refused_by_column_and_group() -> None:
    chunk = rows(11)
    outcome, design = chunk.outcome.copy(), chunk.design.copy()
    outcome[chunk.groups == 7] = np.nan
    design[5, 1] = np.inf
    with pytest.raises(NotEstimable, match="outcome is missing or infinite for group 7"):
        fit_lmm_streamed([Chunk(outcome, chunk.design, chunk.groups, chunk.random)], **NAMES)
    with pytest.raises(NotEstimable, match="column arm has missing or infinite values"):
        fit_lmm_streamed([Chunk(chunk.outcome, design, chunk.groups, chunk.random)], **NAMES)


def test_few_groups_held_at_a_time_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lowback.estimators.lmm.streamed_sums.GROUPS", 3)
    monkeypatch.setattr("lowback.estimators.lmm.chunks.SAMPLE", 30)
    assert_same_fit(fit_lmm_streamed(pieces(rows(12), list(range(0, 180, 7))), **NAMES), whole(rows(12)))
