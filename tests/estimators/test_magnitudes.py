"""Numbers too large or too small to be squared are refused by name, without a warning on the way."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from lowback.estimators import NotEstimable
from lowback.estimators.lmm import fit_lmm
from lowback.estimators.lmm.streaming import fit_lmm_streamed
from lowback.estimators.mmrm import fit_mmrm

PERSONS, VISITS = 30, 4
Columns = dict[str, Any]


@pytest.fixture(autouse=True)
def warnings_are_errors() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def trial(**sizes: float) -> Columns:
    random = np.random.default_rng(1)
    person, week = np.repeat(np.arange(PERSONS), VISITS), np.tile(np.arange(float(VISITS)), PERSONS)
    age, own = random.normal(size=PERSONS)[person], random.normal(size=(PERSONS, 2))[person]
    pain = 1 + age + own[:, 0] + own[:, 1] * week + random.normal(size=len(week))
    columns = {"person": person, "week": week, "age": age, "pain": pain}
    return columns | {name: columns[name] * size for name, size in sizes.items()}


def whole(rows: Columns) -> Any:
    effects = np.column_stack([np.ones(len(rows["week"])), rows["week"]])
    design = np.column_stack([effects, rows["age"]])
    names, labels = ["one", "week", "age"], ["one", "week"]
    return fit_lmm(rows["pain"], design, rows["person"], effects, names=names, random_names=labels)


def streamed(rows: Columns) -> Any:
    chunks = [{name: column[at] for name, column in rows.items()} for at in (slice(60), slice(60, None))]
    return fit_lmm_streamed(chunks, outcome="pain", groups="person", terms=["week", "age"], random=["week"])


def repeated(rows: Columns) -> Any:
    design = np.column_stack([np.ones(len(rows["week"])), rows["week"], rows["age"]])
    visits = np.tile(np.arange(VISITS), PERSONS)
    return fit_mmrm(rows["pain"], design, rows["person"], visits, names=["one", "week", "age"])


FITS = (whole, streamed, repeated)


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("size", [1e300, 1e150, 1e40, 1e-40, 1e-200])
@pytest.mark.parametrize("column", ["pain", "week", "age"])
def test_a_column_of_another_size_is_named_with_it(fit: Any, size: float, column: str) -> None:
    rows = trial(**{column: size})
    spelled = f"size {np.abs(rows[column]).max():.3g}".replace("+", "[+]")
    with pytest.raises(
        NotEstimable, match=f"(outcome|{column}) has values of {spelled}; allowed: 1e-30 to 1e[+]30"
    ):
        fit(rows)


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("column", ["pain", "week", "age"])
def test_one_value_that_is_far_too_large_is_seen(fit: Any, column: str) -> None:
    rows = trial()
    rows[column][-VISITS:] = 1e160
    with pytest.raises(NotEstimable, match=f"(outcome|{column}) has values of size 1e[+]160"):
        fit(rows)


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize(("pain", "others"), [(2.0**90, 2.0**-90), (2.0**-90, 2.0**90), (2.0**90, 2.0**90)])
def test_sizes_that_are_allowed_change_no_test(fit: Any, pain: float, others: float) -> None:
    plain, moved = fit(trial()), fit(trial(pain=pain, week=others, age=others))
    for df in ("satterthwaite", "kenward-roger"):
        one, other = plain.contrast(np.eye(3), df), moved.contrast(np.eye(3), df)
        np.testing.assert_allclose(other.statistic, one.statistic, rtol=1e-6)
        np.testing.assert_allclose(other.df, one.df, rtol=1e-6)
        joint, same = plain.joint_test(np.eye(3)[1:], df), moved.joint_test(np.eye(3)[1:], df)
        assert same.statistic == pytest.approx(joint.statistic, rel=1e-6)
