"""What a public release keeps of a result: by hand, row by row, and across releases."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lowback.disclosure import Rules, disclosed, memory_of, released, told_too_much, write_rules
from lowback.result import COLUMNS, Refusal, Result, estimates_frame

RULES = Rules(key="secret")


def result(*rows: dict, analysis: str = "flow", method: str = "Counted.") -> Result:
    """A result of these rows; what is no column of estimates is a key."""
    filled = [
        {"term": f"t{n}", "unit": "participants", "n_participants": 100, **row} for n, row in enumerate(rows)
    ]
    keys = pd.DataFrame([{key: value for key, value in row.items() if key not in COLUMNS} for row in filled])
    estimates = estimates_frame([{key: row[key] for key in row if key in COLUMNS} for row in filled])
    return Result(
        analysis, "description", "Who?", estimates, method, keys=keys if len(keys.columns) else None
    )


def levels(**counts: int) -> Result:
    """Counts by level of one variable, of everybody."""
    people = sum(counts.values())
    return result(
        *(
            {"term": name, "estimate": count, "n_participants": people, "variable": "v", "level": name,
             "arm": "all", "statistic": "count"}
            for name, count in counts.items()
        ),
        analysis="table_one",
    )  # fmt: skip


def shown(found: Result | Refusal) -> dict[str, float]:
    """The numbers that a release shows, by term."""
    return (
        {}
        if isinstance(found, Refusal)
        else dict(zip(found.estimates["term"], found.estimates["estimate"], strict=True))
    )


def test_counts_are_rounded_to_five_and_add_up():
    found = shown(released(levels(a=31, b=42, c=27), RULES))
    assert sum(found.values()) == 100
    assert all(value % 5 == 0 for value in found.values())
    assert all(abs(found[name] - count) < 5 for name, count in {"a": 31, "b": 42, "c": 27}.items())


def test_a_count_under_ten_takes_the_next_smallest_with_it():
    assert set(shown(released(levels(a=9, b=42, c=27), RULES))) == {"b"}


def test_nobody_counts_as_few():
    assert set(shown(released(levels(a=0, b=42, c=27), RULES))) == {"b"}


def test_what_is_left_out_holds_ten_people_together():
    assert set(shown(released(levels(a=3, b=4, c=27, d=50), RULES))) == {"d"}
    assert set(shown(released(levels(a=6, b=7, c=27, d=50), RULES))) == {"c", "d"}


def test_a_small_cell_in_one_arm_leaves_only_everybody():
    cells = {
        ("x", "a"): 9,
        ("x", "b"): 30,
        ("y", "a"): 21,
        ("y", "b"): 40,
        ("all", "a"): 30,
        ("all", "b"): 70,
    }
    people = {"x": 39, "y": 61, "all": 100}
    rows = [
        {"term": f"{level}, {arm}", "estimate": count, "n_participants": people[arm], "variable": "v", "arm": arm,
         "level": level, "statistic": "count"}
        for (arm, level), count in cells.items()
    ]  # fmt: skip
    assert shown(released(result(*rows, analysis="table_one"), RULES)) == {"a, all": 30, "b, all": 70}


def test_percentages_are_those_of_the_numbers_shown():
    rows = [
        {
            "term": kind,
            "estimate": value,
            "unit": unit,
            "n_participants": 83,
            "arm": "all",
            "weeks": 4.0,
            "statistic": kind,
        }
        for kind, value, unit in (("count", 61, "participants"), ("percentage", 100 * 61 / 83, "%"))
    ]
    found = released(result(*rows, analysis="attendance"), RULES).estimates
    count, people = found["estimate"].iloc[0], found["n_participants"].iloc[0]
    assert found["estimate"].iloc[1] == round(100 * count / people)


def test_standard_errors_and_degrees_of_freedom_are_withheld():
    row = {"estimate": -1.2345, "std_error": 0.3, "df": 77.0, "conf_low": -1.83, "conf_high": -0.64, "unit": "NRS points",
           "n_participants": 80, "p_value": 0.00123}  # fmt: skip
    found = released(result(row), RULES).estimates.iloc[0]
    assert math.isnan(found["std_error"])
    assert math.isnan(found["df"])
    # A fifth of 0.3 is 0.06, the next of 1, 2, 5 is 0.1.
    assert (found["estimate"], found["conf_low"], found["conf_high"]) == (-1.2, -1.9, -0.6)
    assert found["p_value"] == 0.001


@pytest.mark.parametrize(
    "row",
    [
        {"estimate": 1.2, "std_error": 0.4, "df": 9.0, "unit": "NRS points"},
        {"estimate": 1.2, "std_error": 0.4, "df": 90.0, "unit": "NRS points", "n_participants": 9},
        {"estimate": 3.0, "std_error": 0.0, "unit": "NRS points"},
        {"estimate": 0.05, "std_error": 0.02, "unit": "proportion", "n_participants": 100},
        {"estimate": 12.0, "unit": "degrees", "statistic": "minimum"},
        {"estimate": 12.0, "unit": "degrees", "statistic": "lower quartile", "n_participants": 39},
        {"estimate": 91.0, "unit": "years", "variable": "age_years", "statistic": "mean"},
    ],
)
def test_what_tells_of_few_people_is_refused_in_a_sentence(row):
    found = released(result(row), RULES)
    assert isinstance(found, Refusal)
    assert (
        found.reason
        == "every number would tell of few people, or tell too much of them, for a public release"
    )


def test_a_comparison_with_an_arm_that_is_left_out_goes_too():
    rows = [
        {"term": term, "estimate": 1.0, "std_error": 0.4, "unit": "NRS points", "n_participants": people, "arm": arm,
         "comparator": comparator, "statistic": kind, "weeks": 12.0}
        for term, people, arm, comparator, kind in (
            ("x", 8, "x", "", "adjusted mean"), ("y", 40, "y", "", "adjusted mean"), ("z", 50, "z", "", "adjusted mean"),
            ("x vs z", 58, "x", "z", "difference"), ("y vs z", 90, "y", "z", "difference"),
        )
    ]  # fmt: skip
    assert set(shown(released(result(*rows, analysis="ancova"), RULES))) == {"y", "z", "y vs z"}


def test_a_number_stays_until_the_count_has_clearly_moved():
    before = memory_of((released(levels(a=100, b=40), RULES),), {})
    grown = released(levels(a=109, b=52), Rules(key="next", earlier=before))
    assert shown(grown) == {"a": 100, "b": 40}
    moved = released(levels(a=125, b=40), Rules(key="next", earlier=before))
    assert shown(moved) == {"a": 125, "b": 40}


def test_a_mean_stays_while_its_people_do_unless_it_moves_by_more_than_three_steps():
    def mean(value: float, people: int) -> Result:
        ends = {"conf_low": value - 0.55, "conf_high": value + 0.55}
        return result(
            {"estimate": value, "std_error": 0.3, "unit": "NRS points", "n_participants": people, **ends}
        )

    before = memory_of((released(mean(3.0, 100), RULES),), {})
    for value, people, told in ((3.2, 104, 3.0), (3.2, 120, 3.2), (3.5, 100, 3.5)):
        found = released(mean(value, people), Rules(key="next", earlier=before)).estimates.iloc[0]
        assert found["estimate"] == told
        assert found["conf_low"] == pytest.approx(told - 0.6)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=8), st.text(min_size=1, max_size=8))
def test_a_released_result_passes_the_last_look_and_counts_below_ten_never_do(counts, key):
    table = levels(**{f"l{n}": one for n, one in enumerate(counts)})
    found = released(table, Rules(key=key))
    assert told_too_much(found) == ""
    if not isinstance(found, Refusal):
        assert (found.estimates["estimate"] >= 10).all()
    if any(count % 5 or count < 10 for count in counts):
        assert told_too_much(table) != ""


def test_the_rules_travel_as_a_file_that_others_cannot_read(tmp_path):
    write_rules(tmp_path / "release.json", RULES)
    assert (tmp_path / "release.json").stat().st_mode & 0o077 == 0
    found = disclosed(levels(a=31, b=42), 0, str(tmp_path / "release.json"))
    assert shown(found) == shown(released(levels(a=31, b=42), RULES))


@pytest.mark.parametrize(
    "reason",
    [
        "only 7 returns are known with hip extension at settling, too few for a hazard ratio",
        "nobody in arm 'yoga' has back pain at week 12",
        "none of the women had a flare after settling",
        "smoking is the same in everybody analysed, so no effect can differ by it",
        "arm 'yoga' has 1 cluster; 2 are needed",
    ],
)
def test_a_reason_that_tells_of_few_or_of_all_is_not_told(reason):
    found = released(Refusal("ancova", "pain", "Did pain fall?", reason, ("more visits",)), RULES)
    assert found.reason == "the data of this public release do not allow it"


@pytest.mark.parametrize(
    "reason",
    ["no visit at week 8; this cohort has weeks [0, 6, 12]", "no column 'hip_extension_deg' in this cohort"],
)
def test_a_reason_that_tells_of_no_people_is_told(reason):
    assert released(Refusal("ancova", "pain", "Did pain fall?", reason, ()), RULES).reason == reason
