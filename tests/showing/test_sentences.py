"""Wording: what an interval, a margin and a design allow one to say."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lowback.exhibit.numbers import rounded
from lowback.result import ANSWER_MIME, Refusal
from lowback.sentences import Verdict, answer, cohort_sentence, verdict
from showing import results

CAUSAL_WORDS = (
    "led to",
    "reduced",
    "reduces",
    "caused",
    "causes",
    "because of",
    "effect of",
    "thanks to",
    "improved",
)
ALWAYS_FORBIDDEN = ("no effect", "significant", "proves", "no difference", "ineffective")


def said(result: object) -> str:
    return answer(result).media[ANSWER_MIME]["answer"]


@pytest.mark.parametrize(
    ("low", "high", "margin", "expected"),
    [
        (-2.0, -1.2, 1.0, Verdict.WORTHWHILE),
        (1.0, 1.8, 1.0, Verdict.WORTHWHILE),
        (-1.4, -0.1, 1.0, Verdict.UNCLEAR_SIZE),
        (-0.9, -0.1, 1.0, Verdict.TOO_SMALL),
        (-0.9, 0.9, 1.0, Verdict.TOO_SMALL),
        (-1.0, 0.5, 1.0, Verdict.CANNOT_TELL),
        (-0.5, 3.0, 1.0, Verdict.CANNOT_TELL),
        (0.0, 3.0, 1.0, Verdict.CANNOT_TELL),
        (-0.4, 0.2, None, Verdict.NOT_SHOWN),
        (-0.4, -0.2, None, Verdict.SHOWN),
        (float("nan"), float("nan"), 1.0, Verdict.NO_INTERVAL),
        (-2.0, -2.0, 1.0, Verdict.NO_INTERVAL),
        (-2.0, -2.0 + 1e-15, None, Verdict.NO_INTERVAL),
        (0.0, 0.0, 1.0, Verdict.NO_INTERVAL),
    ],
)
def test_the_verdict_follows_from_the_interval_alone(low, high, margin, expected):
    assert verdict(low, high, margin) is expected


@pytest.mark.parametrize(
    ("numbers", "more", "contains", "lacks"),
    [
        ((-1.6, -2.0, -1.2), {"smallest_worthwhile": 1.0, "causal": True}, ["led to less back pain", "amount that matters"], ["more back pain"]),
        ((-1.6, -2.0, -1.2), {"smallest_worthwhile": 1.0}, ["went with less back pain"], ["led to"]),
        ((1.6, 1.2, 2.0), {"smallest_worthwhile": 1.0, "causal": True}, ["led to more back pain"], ["less back pain"]),
        ((-0.8, -1.4, -0.1), {"smallest_worthwhile": 1.0}, ["less back pain", "may or may not matter"], ["too small"]),
        ((-0.5, -0.9, -0.1), {"smallest_worthwhile": 1.0}, ["too small to matter", "within ±1 NRS points"], ["less back pain"]),
        ((-0.4, -1.4, 0.6), {"smallest_worthwhile": 1.0}, ["cannot tell"], ["too small", "less back pain"]),
        ((-0.4, -1.4, 0.6), {}, ["do not show a difference", "compatible with −1.40 to 0.60 NRS points"], ["too small"]),
        ((-0.4, -0.6, -0.2), {}, ["less back pain"], ["too small", "that matters"]),
        ((2.0, 1.0, 3.0), {"outcome": "physical_function_promis_t", "unit": "T score", "higher_is": "better"}, ["a higher (better) value of physical function (PROMIS)"], ["pain"]),
        ((2.0, 1.0, 3.0), {"outcome": "unheard_of"}, ["a higher (worse) value of unheard_of"], []),
    ],
)  # fmt: skip
def test_words_match_the_interval_and_the_design(numbers, more, contains, lacks):
    text = said(results.differences(("stretching", *numbers), **more))
    for words in contains:
        assert words in text
    for words in (*lacks, *ALWAYS_FORBIDDEN):
        assert words not in text


finite = st.floats(-50, 50, allow_nan=False).map(lambda value: round(value, 3))


@settings(max_examples=80)
@given(
    ends=st.lists(finite, min_size=3, max_size=3).map(sorted),
    margin=st.none() | st.floats(0.05, 20).map(lambda value: round(value, 2)),
    higher_is=st.sampled_from(["better", "worse", None]),
)
def test_never_more_certain_than_interval_and_design(ends, margin, higher_is):
    low, estimate, high = ends
    result = results.differences(("a", estimate, low, high), smallest_worthwhile=margin, higher_is=higher_is)
    text = said(result)
    assert not any(word in text for word in (*CAUSAL_WORDS, *ALWAYS_FORBIDDEN))
    if "too small to matter" in text:
        assert margin is not None
        assert -margin < low <= high < margin
    if "less back pain" in text or "more back pain" in text:
        assert not low <= 0 <= high
    row = next(result.estimates.itertuples(index=False))
    assert rounded(row).estimate in text
    assert f"{rounded(row).low} to {rounded(row).high}" in text


def test_a_pain_scale_on_which_higher_is_better_is_read_the_other_way():
    assert "more back pain" in said(results.differences(("a", -2, -3, -1), higher_is="better"))


def test_risk_differences_are_worded_in_percentage_points():
    text = said(results.responders(results.ARMS[:2]))
    assert "at week 12, stretching went with more people getting better (fall of 30 %)" in text
    assert "25 percentage points (95 % CI 10 to 40)" in text
    assert "fall of 50 %" not in text


def test_slopes_are_associations_with_the_within_slope_first_even_in_a_trial():
    text = said(results.slopes(causal=True))
    assert text.startswith(
        "Within people, higher pelvic tilt went with more back pain: 0.30 NRS points per 5 degrees"
    )
    assert "between people" in text
    assert "minus" not in text
    assert not any(word in text for word in CAUSAL_WORDS)


@pytest.mark.parametrize("count", [2, 4, 8])
def test_several_arms_take_three_sentences_at_most_and_mention_chance(count):
    text = said(results.effects(results.ARMS[:count], smallest_worthwhile=1.0))
    assert text.startswith("Compared with usual care at week 12, stretching went with less back pain")
    assert len(re.findall(r"[.!?](?:\s|$)", text)) <= 3
    assert ("by chance alone" in text) == (count > 2)
    assert all(arm.lower() in text.lower() for arm in results.ARMS[1:count])


def test_an_arm_that_reads_as_a_pronoun_or_has_commas_is_quoted():
    text = said(results.differences(("both", -0.1, -0.5, 0.3), ("heat, daily", -0.1, -0.5, 0.3)))
    assert "for the arm “both”, these data do not show a difference in back pain" in text
    assert "for the arm “heat, daily”, " in text


@pytest.mark.parametrize("arm", ["both", "mTx", "PRT", "physiotherapy"])
def test_no_answer_begins_with_an_arm_or_changes_its_name(arm):
    text = said(results.differences((arm, -2, -3, -1)))
    assert text.startswith("Compared with usual care at week 12, ")
    assert f"{arm}” went with" in text or f", {arm} went with" in text


def test_a_measure_of_the_cohorts_own_goes_by_its_label():
    text = said(
        results.differences(("a", -2, -3, -1), outcome="throat_q1", outcome_label="throat pain, first item")
    )
    assert "less throat pain (first item)" in text
    assert "throat_q1" not in text


def test_a_model_of_changes_speaks_of_a_difference_relative_to_baseline():
    text = said(results.differences(("a", -2, -3, -1), analysis="mixed"))
    assert "a went with less back pain relative to baseline: " in text


def test_a_mixed_model_is_answered_at_the_visit_of_its_estimand():
    text = said(results.mixed(results.ARMS[:2]))
    assert "at week 12" in text
    assert "week 6" not in text


def test_a_refusal_says_what_cannot_be_told_and_what_is_needed():
    content = answer(results.REFUSAL).media[ANSWER_MIME]
    assert content["refused"] is True
    assert content["answer"] == "These data cannot tell: no visit at week <8>."
    assert "a visit at week 8" in content["basis"]


def test_the_basis_names_people_method_and_design():
    basis = answer(results.effects(results.ARMS[:2])).media[ANSWER_MIME]["basis"]
    assert basis.startswith("50 participants; Analysis of covariance, adjusted for baseline;")
    assert "association" in basis
    assert (
        "association"
        not in answer(results.effects(results.ARMS[:2], causal=True)).media[ANSWER_MIME]["basis"]
    )


def test_the_cohort_sentence_counts_people_and_arms():
    text = cohort_sentence(results.flow(results.ARMS[:3])).media[ANSWER_MIME]["answer"]
    assert text.startswith("150 people in 3 arms")
    assert "45" in text
    assert "50 people in 2 arms" in said(results.table_one(results.ARMS[:2]))


def test_the_cohort_sentence_follows_the_outcome_that_is_asked_of_first():
    stages = {
        "eligible": 60,
        "pain_nrs at week 0 recorded": 60,
        "pain_nrs at week 12 recorded": 52,
        "lordosis_deg at week 12 recorded": 40,
    }
    rows = [
        {"stage": one, "arm": "all", "reason": "", "estimate": n, "n_participants": n}
        for one, n in stages.items()
    ]
    flow = results.result(rows, "flow", question="Who is in it?", estimand="flow")
    text = cohort_sentence(flow).media[ANSWER_MIME]["answer"]
    assert text == "60 eligible people; back pain at week 12 was recorded for 52 of them."


def test_a_result_without_differences_has_no_verdict():
    with pytest.raises(ValueError, match="holds no differences"):
        answer(results.attendance(results.ARMS[:2]))


@pytest.mark.parametrize(
    "content", [results.effects((*results.NASTY, "x")), Refusal("a", "b", "<script>?", "<script>no")]
)
def test_html_of_answers_is_escaped(content):
    html = answer(content).media["text/html"]
    assert "<script" not in html
    assert "&lt;script" in html


def test_the_basis_ends_at_no_semicolon_within_brackets():
    result = replace(
        results.effects(results.ARMS[:2]), method="By a formula (theirs; one at a time); more words."
    )
    assert (
        "By a formula (theirs; one at a time); an association" in answer(result).media[ANSWER_MIME]["basis"]
    )
