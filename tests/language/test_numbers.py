"""Whole numbers stand only as what they are said to count; the facts and the sentences by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from lowback.language.facts import facts_of
from lowback.language.numbers import unfounded
from lowback.result import Result, estimates_frame
from lowback.study import Study

STUDY = Study.model_validate(
    {
        "title": "Stretching",
        "design": "randomised trial",
        "weeks": [0, 12],
        "arms": ["stretching", "strengthening", "usual care"],
        "control_arm": "usual care",
        "estimands": [{"name": "pain", "summary": "mean difference", "outcome": "pain_nrs", "week": 12, "smallest_worthwhile": 2}],
    }
)  # fmt: skip
ROW = {"term": "stretching vs usual care", "estimate": -1.24, "std_error": 0.3, "df": 95.0, "conf_low": -1.8, "conf_high": -0.6,
       "p_value": 0.01, "unit": "NRS points", "n_participants": 160}  # fmt: skip
SHARE = {**ROW, "term": "better", "estimate": 0.41, "conf_low": 0.3, "conf_high": 0.52, "unit": "proportion"}
RESULT = Result(
    "ancova", "pain", "Did pain fall more?", estimates_frame([ROW, SHARE]), "From 160 people with 527 visits."
)
FACTS = facts_of([RESULT], STUDY)


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        ("of 164 people", ["164"]),
        ("12 people were asked", ["12"]),
        ("of the 164 randomised older adults", ["164"]),
        ("57 to 60 participants", ["57", "60"]),
        ("164 of the people", ["164"]),
        ("at week 8", ["8"]),
        ("after 160 weeks", ["160"]),
        ("2 of 4 arms", ["4"]),
        ("12 % got better", ["12"]),
        ("a fall of 4 points", ["4"]),
        ("from 160 visits", ["160"]),
        ("In all 163 of 164 came back", ["163", "164"]),
    ],
)
def test_a_whole_number_that_counts_something_else_is_strange(text, strange):
    assert unfounded(text, FACTS) == strange


@pytest.mark.parametrize(
    "text",
    [
        "of 160 people",
        "all of the 160 people who came",
        "at weeks 0 and 12",
        "after 12 weeks",
        "a 12-week visit",
        "2 of 3 arms",
        "41 % got better (95 % CI 30 to 52)",
        "by 1.2 points (95 % CI −1.8 to −0.6)",
        "a margin of 2 points",
        "527 visits",
        "it may lie from −2 to 52",
        "at moments of 12 and 1.2 points",
        "160 of 160",
    ],
)
def test_a_number_stands_as_what_the_result_or_the_study_says_it_counts(text):
    assert unfounded(text, FACTS) == []


def test_of_an_authors_numbers_those_are_held_that_tell_what_they_count():
    text = "The 3 clinics of page 14 asked 164 people."
    assert unfounded(text, FACTS, told=True) == ["164"]


def test_a_p_value_printed_as_beyond_an_end_stands_where_one_lies_beyond_it() -> None:
    def strange(text: str, p_value: float, p_holm: float) -> list[str]:
        row = {"term": "x", "estimate": 3.0, "p_value": p_value, "unit": "NRS points", "n_participants": 20}
        keys = pd.DataFrame({"p_holm": [p_holm]})
        result = Result("implications", "e", "Does it?", estimates_frame([row]), "Method.", keys=keys)
        return unfounded(text, facts_of([result], STUDY))

    assert strange("it is so (p <0.001)", 1e-9, 0.4) == []
    assert strange("it is so (p <0.001 after Holm)", 0.3, 1e-9) == []
    assert strange("it is not (p >0.99)", 0.9999, 0.4) == []
    assert strange("it is so (p <0.001)", 0.02, 0.4) == ["0.001"]
    assert strange("it is so (p >0.99)", 0.02, 0.4) == ["0.99"]


@pytest.mark.parametrize("unit", ["mm VAS", "min/week", "N", "steps", "kg/m2"])
def test_what_is_too_uncertain_for_decimals_stands_in_any_unit(unit: str) -> None:
    # With a standard error of 12.6 numbers are printed whole: -5.3 as -5, and the ends of 95 % and of 90 %.
    row = {
        "term": "a vs b",
        "estimate": -5.3,
        "std_error": 12.6,
        "conf_low": -35.8,
        "conf_high": 26.7,
        "unit": unit,
        "n_participants": 10,
    }
    side = {
        "term": "a vs b: lower bound of the 90 % interval",
        "estimate": -29.8,
        "unit": unit,
        "n_participants": 10,
    }
    facts = facts_of([Result("ancova", "e", "Does it?", estimates_frame([row, side]), "Method.")], STUDY)
    said = f"a difference: −5 {unit} (95 % CI −36 to 27); or −5 {unit} (90 % CI −30 to 27)"
    assert unfounded(said, facts) == []
    assert unfounded("as measured it is −5 (−36 to 27)", facts) == []
    assert unfounded(f"a difference: −6 {unit}", facts) == ["−6"]
    assert unfounded(f"a difference: 47 {unit}", facts) == ["47"]
    assert unfounded("of 36 people", facts) == ["36"]


def test_a_small_measured_value_with_decimals_is_not_rounded_away() -> None:
    row = {
        "term": "a vs b",
        "estimate": -5.3,
        "std_error": 1.2,
        "conf_low": -7.7,
        "conf_high": -2.9,
        "unit": "mm VAS",
        "n_participants": 10,
    }
    facts = facts_of([Result("ancova", "e", "Does it?", estimates_frame([row]), "Method.")], STUDY)
    assert unfounded("a difference of −5 mm", facts) == ["−5"]
