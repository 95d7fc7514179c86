"""Tables: rounding, labels, escaping, and the rows that travel with them."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lowback import tables
from lowback.exhibit.numbers import degrees_of_freedom, number, p_value, rounded, unit_of
from lowback.result import RESULT_MIME, from_payload, to_payload
from showing import results

TABLES = {
    "estimates_table": results.effects,
    "flow_table": results.flow,
    "attendance_table": results.attendance,
    "characteristics_table": results.table_one,
    "missingness_table": results.missingness,
    "means_table": results.outcome_means,
    "responders_table": results.responders,
    "slopes_table": lambda _arms: results.slopes(),
    "method_note": results.mixed,
}


def row(**more: object) -> SimpleNamespace:
    given = {"estimate": 0.0, "std_error": math.nan, "conf_low": math.nan, "conf_high": math.nan}
    return SimpleNamespace(**{**given, "unit": "NRS points", "n_participants": 50, **more})


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (
            {"estimate": -0.8123, "std_error": 0.331, "conf_low": -1.461, "conf_high": -0.1634},
            "−0.81 (−1.46 to −0.16)",
        ),
        ({"estimate": 12.34, "std_error": 3.2, "conf_low": 6.07, "conf_high": 18.6}, "12.3 (6.1 to 18.6)"),
        (
            {"estimate": 1234.5, "std_error": 45.0, "conf_low": 1146.3, "conf_high": 1322.7},
            "1234 (1146 to 1323)",
        ),
        ({"estimate": 0.5, "std_error": 0.0996, "conf_low": 0.3, "conf_high": 0.7}, "0.50 (0.30 to 0.70)"),
        (
            {"estimate": -1.0, "std_error": 0.51, "conf_low": -2.0, "conf_high": -0.004},
            "−1.000 (−2.000 to −0.004)",
        ),
        ({"estimate": 0.253, "unit": "proportion", "n_participants": 99}, "25"),
        ({"estimate": 0.253, "unit": "proportion", "n_participants": 100}, "25.3"),
        (
            {
                "estimate": 0.0869,
                "std_error": 0.024,
                "conf_low": 0.05,
                "conf_high": 0.15,
                "unit": "proportion of bouts",
            },
            "8.7 (5.0 to 15.0)",
        ),
        ({"estimate": 0.4312, "unit": "proportion of the cloud"}, "43.1"),
        ({"estimate": 17, "unit": "participants"}, "17"),
        ({"estimate": 2, "unit": "rows"}, "2"),
    ],
)
def test_estimates_are_rounded_by_their_precision(numbers, expected):
    assert rounded(row(**numbers)).with_bounds == expected


def test_a_bound_near_zero_costs_a_risk_no_decimals_but_a_difference_may_not_touch_zero():
    near_zero = {"estimate": 0.127, "conf_low": 0.0004, "conf_high": 0.254, "unit": "proportion"}
    assert rounded(row(**near_zero, statistic="standardised risk")).with_bounds == "13 (0 to 25)"
    assert rounded(row(**near_zero, statistic="risk difference")).with_bounds == "12.70 (0.04 to 25.40)"


def test_small_printed_numbers():
    assert [p_value(value) for value in (0.0004, 0.004, 0.0449, 0.5, 0.999, math.nan)] == [
        "<0.001",
        "0.004",
        "0.045",
        "0.50",
        ">0.99",
        "–",
    ]
    assert [degrees_of_freedom(value) for value in (math.inf, 97, 96.53, math.nan)] == [
        "normal",
        "97",
        "96.5",
        "–",
    ]
    assert [number(value, 1) for value in (-0.04, -0.06, math.nan)] == ["0.0", "−0.1", "–"]


@settings(max_examples=200)
@given(st.floats(-1e12, 1e12), st.floats(1e-9, 1e6))
def test_a_rounded_estimate_lies_within_its_own_standard_error(estimate, std_error):
    shown = rounded(row(estimate=estimate, std_error=std_error)).estimate
    assert abs(float(shown.replace("−", "-")) - estimate) <= max(0.5 * std_error + 0.5, 0.006 * abs(estimate))
    assert "-" not in shown


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("count", [1, 2, 8])
def test_every_table_has_a_caption_heads_and_the_rows_it_came_from(name, count):
    if name in ("estimates_table", "method_note") and count == 1:
        count = 2
    result = TABLES[name](results.ARMS[:count])
    bundle, _ = getattr(tables, name)(result)._repr_mimebundle_()
    if name != "method_note":
        for part in ('<table class="estimates">', "<caption>", '<th scope="col">', '<th scope="row">'):
            assert part in bundle["text/html"]
    assert bundle["text/plain"]
    travelled = json.loads(json.dumps(bundle[RESULT_MIME]))
    assert to_payload(from_payload(travelled)) == to_payload(result)


@pytest.mark.parametrize("name", TABLES)
def test_words_of_others_are_escaped(name):
    html = getattr(tables, name)(TABLES[name]((*results.NASTY, "control"))).media["text/html"]
    assert "<script" not in html
    assert "<b>" not in html


@pytest.mark.parametrize("name", TABLES)
def test_a_refusal_stands_where_the_table_would(name):
    html = getattr(tables, name)(results.REFUSAL).media["text/html"]
    assert "This cannot be answered:" in html
    assert "no visit at week &lt;8&gt;." in html
    assert "a visit at week 8" in html


def lines(exhibit) -> list[list[str]]:
    return [line.split("  ") for line in exhibit.media["text/plain"].splitlines()]


def test_characteristics_are_means_and_percentages_with_differences():
    text = tables.characteristics_table(results.table_one(results.ARMS[:2])).media["text/plain"]
    assert "Age, years" in text
    assert "41.2 (12.3)" in text
    assert "30 (60\N{NO-BREAK SPACE}%)" in text
    assert "−0.12" in text
    assert "usual care, n=50" in text


def measure(arm: str, mean: float, median: float) -> list[dict[str, object]]:
    """The rows of one measure in one arm, with quartiles two either side of the median."""
    key = {"variable": "pain_duration_weeks", "level": "", "arm": arm, "unit": "weeks"}
    numbers = {"mean": mean, "SD": 10.0, "median": median, "lower quartile": median - 2}
    rows = [{**key, "statistic": name, "estimate": value} for name, value in numbers.items()]
    return [*rows, {**key, "statistic": "upper quartile", "estimate": median + 2}]


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("correlation", "0.154 (95 % CI 0.129 to 0.180)"),
        ("hazard ratio per 10 degrees", "hazard ratio 0.154 per 10 degrees (95 % CI 0.129 to 0.180)"),
        ("NRS points per 1 NRS points", "0.154 NRS points per NRS point (95 % CI 0.129 to 0.180)"),
        ("%", "0.2 % (95 % CI 0.1 to 0.2)"),
    ],
)
def test_a_number_and_its_unit_are_said_as_people_say_them(unit, said):
    row = SimpleNamespace(
        estimate=0.154, std_error=0.013, conf_low=0.129, conf_high=0.180, unit=unit, n_participants=90
    )
    assert rounded(row).in_words == said


def test_means_of_a_measure_have_as_many_decimals_in_all_arms():
    spreads = {"a": (1.118, 1.31), "b": (0.692, 0.664), "all": (0.9, 1.04)}
    rows = [
        {"variable": "comorbidity_count", "level": "", "arm": arm, "unit": "conditions", "statistic": name, "estimate": value}
        for arm, numbers in spreads.items()
        for name, value in zip(("mean", "SD"), numbers, strict=True)
    ]  # fmt: skip
    text = tables.characteristics_table(results.result(rows, "table_one")).media["text/plain"]
    assert [one for one in ("1.1 (1.3)", "0.7 (0.7)", "0.9 (1.0)") if one not in text] == []
    by_visit = [{**row, "weeks": 4.0} for row in rows]
    means = tables.means_table(results.result(by_visit, "outcome_means")).media["text/plain"]
    assert "0.7 (0.7), n=50" in means


def test_medians_of_counts_have_no_decimals_that_say_nothing():
    counts = results.result(measure("all", 8, 2.0), "table_one")
    assert "2 [0 to 4]" in tables.characteristics_table(counts).media["text/plain"]


def test_a_sign_in_the_name_of_a_row_is_a_minus():
    rows = [{"term": "-24 hours, T-shaped (5-10)", "estimate": -1.0, "unit": "NRS points"}]
    text = tables.estimates_table(results.result(rows, "event_curve")).media["text/plain"]
    assert "−24 hours, T-shaped (5-10)" in text


def test_a_skewed_measure_is_shown_by_its_median_in_every_arm():
    skewed = results.result([*measure("a", 5, 4.9), *measure("all", 8, 5.5)], "table_one")
    text = tables.characteristics_table(skewed).media["text/plain"]
    assert "Duration of back pain, weeks: median  4.9 [2.9 to 6.9]" in text
    assert "5.5 [3.5 to 7.5]" in text
    level = results.result([*measure("a", 5, 4), *measure("all", 5, 4)], "table_one")
    assert (
        "Duration of back pain, weeks  5.0 (10.0)" in tables.characteristics_table(level).media["text/plain"]
    )


def test_percentages_of_table_one_have_the_same_decimals_whatever_the_people():
    key = {"variable": "sex", "level": "male", "statistic": "percentage", "unit": "%"}
    rows = [
        {**key, "arm": "a", "estimate": 45.6, "n_participants": 50},
        {**key, "arm": "all", "estimate": 45.6, "n_participants": 500},
    ]
    shown = tables.characteristics_table(results.result(rows, "table_one")).media["text/plain"]
    assert shown.count("46\N{NO-BREAK SPACE}%") == 2


def test_what_a_number_needed_to_harm_means_is_said_under_the_table():
    harm = results.responders(results.ARMS[:2])
    assert "To harm" not in tables.responders_table(harm).media["text/plain"]
    keys = harm.keys.assign(
        statistic=harm.keys["statistic"].replace("number needed to treat", "number needed to harm")
    )
    text = tables.responders_table(replace(harm, keys=keys)).media["text/plain"]
    assert "to harm: 3.9 (2.5 to 9.6)" in text
    assert "one fewer who gets better than with usual care" in text


def test_means_show_spread_and_people():
    assert (
        "4.2 (1.3), n=50" in tables.means_table(results.outcome_means(results.ARMS[:2])).media["text/plain"]
    )


def test_responders_show_counts_risks_differences_and_number_needed():
    text = tables.responders_table(results.responders(results.ARMS[:2])).media["text/plain"]
    for part in (
        "11/50",
        "22\N{NO-BREAK SPACE}%",
        "20\N{NO-BREAK SPACE}% (10 to 35)",
        "25 (10 to 40)",
        "3.9 (2.5 to 9.6)",
        "from usual care",
    ):
        assert part in text


def test_columns_follow_the_arms_with_everybody_last():
    html = tables.flow_table(results.flow(("b", "a"))).media["text/html"]
    assert html.index(">b<") < html.index(">a<") < html.index(">All<")


def test_missing_values_stand_beside_those_expected_and_complete_variables_in_a_note():
    text = tables.missingness_table(results.missingness(("a", "b"))).media["text/plain"]
    assert "6/50" in text
    rows = [
        {"variable": name, "arm": "all", "weeks": None, "reason": "any reason", "estimate": count}
        for name, count in (("age_years", 0), ("sex", 3))
    ]
    assert (
        "Complete: age." in tables.missingness_table(results.result(rows, "missingness")).media["text/plain"]
    )


def test_a_result_in_the_wrong_table_is_refused_by_name():
    with pytest.raises(ValueError, match=r"'ancova' has no key 'stage', 'reason'"):
        tables.flow_table(results.effects(("a", "b")))


def test_numbers_of_one_unit_have_as_many_decimals_down_a_column():
    rows = [
        {"term": "a", "estimate": -2.345, "std_error": 0.55, "conf_low": -3.45, "conf_high": -1.24, "unit": "NRS points"},
        {"term": "b", "estimate": -2.345, "std_error": 0.45, "conf_low": -3.24, "conf_high": -1.45, "unit": "NRS points"},
        {"term": "c", "estimate": -5.61, "std_error": 1.9, "conf_low": -9.4, "conf_high": -1.8, "unit": "NRS points"},
        {"term": "lower bound", "estimate": -2.96, "unit": "NRS points"},
        {"term": "d", "estimate": 0.0002, "std_error": 0.002, "conf_low": -0.0034, "conf_high": 0.0041, "unit": "NRS points"},
        {"term": "returns", "estimate": 156.0, "unit": "returns"},
        {"term": "returns a person", "estimate": 2.054, "std_error": 0.11, "conf_low": 1.8, "conf_high": 2.3, "unit": "returns"},
        {"term": "e", "estimate": 12.0, "std_error": 4.0, "conf_low": 4.0, "conf_high": 20.0, "unit": "degrees"},
    ]  # fmt: skip
    text = tables.estimates_table(results.result(rows, "ancova")).media["text/plain"]
    shown = ("−5.61 (−9.40 to −1.80)", "−2.96 ", "12.0 (4.0 to 20.0)", "0.000 (−0.003 to 0.004)")
    assert [one for one in shown if one not in text] == []
    assert "156 " in text
    assert "2.05 (1.80 to 2.30)" in text


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("proportion of bouts", "% of bouts"),
        ("proportion of bouts per 10 min", "percentage points of bouts per 10 min"),
        ("proportion of the cloud", "% of the cloud"),
        ("proportion", "%"),
        ("NRS points", "NRS points"),
    ],
)
def test_shares_of_anything_are_in_percent_and_their_differences_in_points(unit, said):
    assert unit_of(unit) == said
