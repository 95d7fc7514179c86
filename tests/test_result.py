from __future__ import annotations

import json
import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lowback.result import COLUMNS, Refusal, Result, estimates_frame, from_payload, to_payload

ROW = {"term": "a vs b", "estimate": -0.8, "std_error": 0.3, "df": math.inf, "conf_low": -1.4, "conf_high": -0.2,
       "p_value": 0.008, "unit": "NRS points", "n_participants": 90}  # fmt: skip


def result(*rows: dict[str, object], **changes: object) -> Result:
    frame = estimates_frame(list(rows) or [ROW])
    return Result("ancova", "pain", "Did pain fall more?", **{"estimates": frame, "method": "m", **changes})


def test_columns_are_the_fixed_ones_and_what_a_row_has_not_is_missing():
    frame = result(
        {"term": "randomised", "estimate": 4, "unit": "participants", "n_participants": 4}
    ).estimates
    assert tuple(frame.columns) == COLUMNS
    assert frame[["std_error", "df", "conf_low", "conf_high", "p_value"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"estimate": math.nan}, "estimate of 'a vs b' = nan: allowed are finite numbers"),
        ({"conf_low": -0.5}, "'a vs b' = -0.8 lies outside -0.5 to -0.2"),
        ({"std_error": -1.0}, "standard error -1.0"),
        ({"p_value": 1.2}, "p-value 1.2"),
        ({"n_participants": -1}, "n_participants -1"),
        ({"unit": ""}, "unit ''"),
    ],
)
def test_a_row_that_cannot_be_is_refused(change, named):
    with pytest.raises(ValueError, match="ancova") as refusal:
        result({**ROW, **change})
    assert named in str(refusal.value)


def test_no_rows_repeated_terms_other_columns_and_other_keys_are_refused():
    with pytest.raises(ValueError, match="returns a Refusal"):
        result(estimates=estimates_frame([]))
    with pytest.raises(ValueError, match="'a vs b' stands twice"):
        result(ROW, ROW)
    with pytest.raises(ValueError, match="estimates have columns"):
        result(estimates=pd.DataFrame([ROW]).drop(columns="df"))
    with pytest.raises(ValueError, match="2 keys for 1 estimates"):
        result(keys=pd.DataFrame({"arm": ["a", "b"]}))


numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(
    numbers,
    st.one_of(st.just(math.inf), st.floats(1, 1e6)),
    st.text(min_size=1),
    st.one_of(st.none(), st.floats(0, 5)),
)
def test_a_result_survives_the_journey_through_a_notebook(estimate, df, term, margin):
    row = {"term": term, "estimate": estimate, "df": df, "unit": "%", "n_participants": 3}
    before = result(row, keys=pd.DataFrame({"arm": [term], "weeks": [4.0]}), smallest_worthwhile=margin)
    after = from_payload(json.loads(json.dumps(to_payload(before))))
    pd.testing.assert_frame_equal(after.estimates, before.estimates)
    assert after.keys.to_dict() == before.keys.to_dict()
    assert (after.smallest_worthwhile, after.causal, after.sources) == (margin, False, ())


def test_a_refusal_survives_the_journey_through_a_notebook():
    refusal = Refusal("ancova", "pain", "Did pain fall more?", "no visit at week 8", ("a visit at week 8",))
    assert from_payload(json.loads(json.dumps(to_payload(refusal)))) == refusal
