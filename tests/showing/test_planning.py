"""A plan's numbers as table, figures and sentences, with any words in them."""

from __future__ import annotations

import base64
import math

import pandas as pd
import pytest

from lowback.figures import cost_figure, power_figure
from lowback.result import ANSWER_MIME, RESULT_MIME, Refusal, Result, estimates_frame, from_payload
from lowback.sentences import answer
from lowback.tables import plan_table

PNG = "image/png"
REFUSAL = Refusal("planning", "pain", "Which design?", "nothing <fits>")
NASTY = 'EUR <script>alert("1")</script> $x_1$'


def designed(
    *designs: dict[str, object], target: str = "power", goal: float = 0.8, currency: str = "EUR"
) -> Result:
    """A plan's result with these designs: sizes, power, and what else is said of each."""
    sizes = ("participants", "visits", "raters", "readings")
    unit = "NRS points" if target == "interval width" else "proportion"
    rows = [{"term": "target", "estimate": goal, "unit": unit, "n_participants": 0}]
    keys = [{"design": "", **dict.fromkeys(sizes, ""), "statistic": "target", "reaches": "", "note": target}]
    for number, one in enumerate(designs, 1):
        given = {
            "participants": 60,
            "visits": 2,
            "raters": 1,
            "readings": 1,
            "width": 1.5,
            "cost": None,
            **one,
        }
        place = {"design": number, **{size: given[size] for size in sizes}}
        shares = {
            "power": given["power"],
            "power, closed form": given["power"],
            "false positives": 0.05,
            "unanswered": 0,
        }
        for statistic, value in shares.items():
            note = given.get("note", "") if statistic == "power" else "analysis of covariance"
            rows.append(
                {"term": f"{number} {statistic}", "estimate": value, "conf_low": value - 0.01, "conf_high": value + 0.01,
                 "std_error": 0.005, "unit": "proportion", "n_participants": given["participants"]}
            )  # fmt: skip
            keys.append({**place, "statistic": statistic, "reaches": given["reaches"], "note": note})
        others = [("interval width", given["width"], "NRS points"), ("cost", given["cost"], currency)]
        for statistic, value, unit in others:
            if value is not None:
                rows.append(
                    {"term": f"{number} {statistic}", "estimate": value, "conf_low": value, "conf_high": value,
                     "unit": unit, "n_participants": given["participants"]}
                )  # fmt: skip
                keys.append({**place, "statistic": statistic, "reaches": "", "note": ""})
    return Result(
        analysis="planning", estimand="pain at week 12", question="Which design?", estimates=estimates_frame(rows),
        keys=pd.DataFrame(keys), method="2000 simulated trials of each design; more words.",
    )  # fmt: skip


ONE_RATER = {"participants": 80, "raters": 1, "power": 0.83, "reaches": "yes", "cost": 9000.0}
TWO_RATERS = {
    "participants": 60,
    "raters": 2,
    "power": 0.86,
    "reaches": "yes",
    "cost": 8000.0,
    "note": "cheapest",
}
TOO_SMALL = {"participants": 60, "raters": 1, "power": 0.702, "reaches": "no", "cost": 7000.0}
PLAN = designed(
    TOO_SMALL, TWO_RATERS, ONE_RATER, {**TWO_RATERS, "participants": 80, "note": "", "cost": 9900.0}
)


def test_the_answer_names_the_cheapest_design_and_what_one_rater_would_cost():
    said = answer(PLAN).media[ANSWER_MIME]
    assert said["answer"] == (
        "Of 4 designs the cheapest that is shown to have a power of 80 % or more has 60 participants, 2 raters and costs 8000 EUR "
        "(power 86.0 %, 95 % CI 85.0 to 87.0). With 1 rater in place of 2 it takes 80 participants and 9000 EUR, 1000 more."
    )
    assert said["basis"] == "2000 simulated trials of each design."


def test_a_cheaper_design_that_trials_cannot_tell_from_the_target_is_named():
    near = {**ONE_RATER, "power": 0.801, "reaches": "cannot tell", "cost": 7500.0}
    said = answer(designed(TOO_SMALL, near, TWO_RATERS)).media[ANSWER_MIME]["answer"]
    assert (
        "More trials would tell whether it can be cheaper: one of 80 participants, 1 rater for 7500 EUR (power 80.1 %"
        in said
    )
    dearer = {**near, "cost": 9500.0}
    assert "More trials" not in answer(designed(dearer, TWO_RATERS)).media[ANSWER_MIME]["answer"]


def test_without_costs_the_smallest_is_named():
    said = answer(designed({**TWO_RATERS, "cost": None})).media[ANSWER_MIME]["answer"]
    assert "the smallest that is shown to have" in said
    assert "EUR" not in said


def test_where_nothing_will_do_the_best_is_named():
    said = answer(designed(TOO_SMALL)).media[ANSWER_MIME]["answer"]
    assert said.startswith(
        "None of 1 design is shown to have a power of 80 % or more; the one with the highest power has 60 participants"
    )


def test_a_design_without_answers_has_nothing_to_say_of_its_width():
    silent = designed({**TOO_SMALL, "width": None, "power": 0.0}, target="interval width", goal=1.0)
    assert "(none of its trials gave an answer)" in answer(silent).media[ANSWER_MIME]["answer"]


def test_a_power_that_is_overstated_is_named():
    said = answer(designed({**TOO_SMALL, "note": "overstated", "power": 0.95})).media[ANSWER_MIME]["answer"]
    assert "power of 1 design is overstated" in said


def test_a_target_width_is_in_its_unit():
    widths = designed({**TWO_RATERS}, target="interval width", goal=1.6)
    said = answer(widths).media[ANSWER_MIME]["answer"]
    assert "an interval width of at most 1.6 NRS points" in said
    assert "(interval width 1.50 NRS points, 95 % CI 1.50 to 1.50)" in said


def test_the_table_shows_every_design_with_its_monte_carlo_error():
    text = plan_table(PLAN).media["text/plain"]
    assert "86.0 (0.5)" in text
    assert "yes (cheapest)" in text
    assert "Target: power of at least 80 %" in text
    assert "Closed form: analysis of covariance." in text
    assert text.count("\n60 ") + text.count("\n80 ") == 4


@pytest.mark.parametrize("over", ["participants", "raters"])
def test_curves_say_every_point_in_words(over):
    shown = power_figure(PLAN, over)
    alt = shown.metadata[PNG]["alt"]
    assert alt.startswith(f"Power over {over}")
    assert (
        "80 participants, 1 rater: 83.0 (82.0 to 84.0)" in alt
        or "1 rater, 80 participants: 83.0 (82.0 to 84.0)" in alt
    )
    assert base64.b64decode(shown.media[PNG]).startswith(b"\x89PNG")


def test_a_size_that_does_not_vary_has_no_curve():
    assert "one number of visits only" in power_figure(PLAN, "visits").media["text/plain"]
    assert (
        "Assurance is not part of this plan" in power_figure(PLAN, statistic="assurance").media["text/plain"]
    )


def test_of_many_curves_as_many_are_shown_as_can_be_told_apart():
    sizes = range(40, 140, 10)
    many = [{**TOO_SMALL, "participants": size, "raters": raters} for size in sizes for raters in (1, 2)]
    alt = power_figure(designed(*many), "raters").metadata[PNG]["alt"]
    assert alt.startswith("Power over raters, with 6 of 10 numbers of participants")
    assert "1 rater, 40 participants" in alt
    assert "1 rater, 130 participants" in alt


def test_widths_are_drawn_in_their_unit():
    alt = power_figure(PLAN, statistic="interval width").metadata[PNG]["alt"]
    assert "(NRS points)" in alt
    assert "1.5 (1.5 to 1.5)" in alt


def test_costs_are_weighed_and_the_cheapest_named():
    alt = cost_figure(PLAN).metadata[PNG]["alt"]
    assert "8000 EUR (60 participants, 2 visits, 2 raters, 1 reading): 86.0 %, cheapest that will do" in alt
    assert "gives no costs" in cost_figure(designed({**TOO_SMALL, "cost": None})).media["text/plain"]


@pytest.mark.parametrize("show", [plan_table, power_figure, cost_figure, answer])
def test_words_of_others_are_escaped_and_rows_travel_along(show):
    plan = designed(TOO_SMALL, {**TWO_RATERS, "raters": 3}, {**ONE_RATER, "cost": 1e5}, currency=NASTY)
    media = show(plan).media
    assert "<script>" not in media.get("text/html", "")
    back = from_payload(media[RESULT_MIME])
    assert isinstance(back, Result)
    pd.testing.assert_frame_equal(back.estimates, plan.estimates)


@pytest.mark.parametrize("show", [plan_table, power_figure, cost_figure, answer])
def test_a_refusal_is_shown_as_one(show):
    assert "nothing &lt;fits&gt;" in show(REFUSAL).media["text/html"]


def test_a_closed_form_has_no_monte_carlo_error():
    assert math.isnan(PLAN.estimates["std_error"].iloc[0])
