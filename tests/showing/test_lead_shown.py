"""Who leads, worded and drawn, from rows made by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import pytest

from lowback.figures import lead_figure, lead_people_figure, lead_tipping_figure
from lowback.result import Refusal, Result, estimates_frame
from lowback.sentences import answer

MEASURES = {
    "exposure": "hip_pain_nrs",
    "exposure_label": "pain at the front of the hip",
    "outcome": "pain_nrs",
    "outcome_label": "back pain",
}
BLANK = {"source": "", "target": "", "days": math.nan, "conclusion": "", "margin": 0.1}


def result_of(conclusion, analysis="lead"):
    number = {"std_error": 0.05, "df": 29.0, "p_value": 0.01, "n_participants": 30}
    rows, keys = [], []

    def add(term, estimate, unit, **key):
        row = {"term": term, "estimate": estimate, "unit": unit, **number}
        rows.append({**row, "conf_low": estimate - 0.1, "conf_high": estimate + 0.1})
        keys.append({**MEASURES, **BLANK, **key})

    add("lead", 0.25, "correlation", statistic="lead", days=1.0, conclusion=conclusion)
    add("at one moment", 0.6, "correlation", statistic="correlation within persons", days=1.0)
    for source, size in (("hip_pain_nrs", 0.4), ("pain_nrs", 0.02)):
        for days in (1.0, 2.0):
            unit = "NRS points per NRS point"
            add(f"{source} {days}", size / days, unit, statistic="effect", source=source, days=days)
            add(
                f"{source} {days} standardised",
                size / days,
                "SD per SD",
                statistic="standardised effect",
                source=source,
                days=days,
            )
    for verdict, count in (("exposure leads", 4), ("outcome leads", 0), ("together", 1), ("cannot tell", 25)):
        rows.append({"term": verdict, "estimate": count, "unit": "participants", "n_participants": 30})
        keys.append({**MEASURES, **BLANK, "statistic": "people", "conclusion": verdict})
    rows.append({"term": "needed", "estimate": 210.0, "unit": "check-ins a person", "n_participants": 30})
    keys.append({**MEASURES, **BLANK, "statistic": "needed for the cohort"})
    return Result(
        analysis,
        "who leads",
        "Which comes first?",
        estimates_frame(rows),
        "By hand.",
        keys=pd.DataFrame(keys),
    )


@pytest.mark.parametrize(
    ("there", "said", "not_said"),
    [
        (0.4, "The records fit series that hand on to each other better", "is not shown"),
        (0.05, "That either hands on to the other is not shown: neither difference excludes 0", "fit series that hand on"),
    ],
)  # fmt: skip
def test_series_are_said_to_hand_on_only_where_a_difference_excludes_nil(there, said, not_said):
    found = result_of("together")
    row = {"term": "handing on", "estimate": 3.0, "unit": "standard errors", "n_participants": 30}
    key = {**MEASURES, **BLANK, "statistic": "handing on", "conclusion": "handed on"}
    estimates = pd.concat([found.estimates, estimates_frame([row])], ignore_index=True)
    keys = pd.concat([found.keys, pd.DataFrame([key])], ignore_index=True)
    at = (keys["statistic"] == "effect") & (keys["source"] == "hip_pain_nrs") & (keys["days"] == 1.0)
    estimates.loc[at, ["estimate", "conf_low", "conf_high"]] = [there, there - 0.1, there + 0.1]
    words = answer(replace(found, estimates=estimates, keys=keys)).media["text/plain"]
    assert said in words
    assert not_said not in words


def tipping_of(conclusions):
    rows = [
        {"term": f"r {at} {one}", "estimate": 0.1 * at, "unit": "correlation", "n_participants": 30}
        for at, one in enumerate(conclusions)
    ]
    keys = [
        {
            **MEASURES,
            **BLANK,
            "statistic": "lead",
            "source": source,
            "reliability": 0.4,
            "conclusion": one,
            "fall": 3.0,
        }
        for source, one in zip(("hip_pain_nrs", "pain_nrs"), conclusions, strict=True)
    ]
    return Result(
        "lead_by_reliability",
        "who leads",
        "Which?",
        estimates_frame(rows),
        "By hand.",
        keys=pd.DataFrame(keys),
    )


@pytest.mark.parametrize(
    ("conclusion", "said"),
    [
        ("exposure leads", "Pain at the front of the hip comes first and back pain follows"),
        ("outcome leads", "Back pain comes first and pain at the front of the hip follows"),
        ("together", "come and go together"),
        (
            "cannot tell",
            "These data cannot tell whether pain at the front of the hip or back pain comes first",
        ),
    ],
)
def test_each_verdict_has_a_sentence_of_its_own(conclusion, said):
    text = answer(result_of(conclusion)).media["text/plain"]
    assert said in text
    assert (
        "Of 30 people taken by themselves, pain at the front of the hip leads in 4, both come together in 1"
        in text
    )
    assert ("210 check-ins a person" in text) == (conclusion == "cannot tell")
    assert ("need not bring about" in text) == conclusion.endswith("leads")


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ({"cannot tell": 25}, "Of 30 people taken by themselves, of 25 it cannot be told"),
        ({"cannot tell": 30}, "In none of the 30 people can it be told"),
        ({"together": 12}, "Of 30 people taken by themselves, both come together in 12."),
        ({}, ""),
    ],
)
def test_verdicts_whose_counts_are_left_out_are_not_taken_for_nobodys(shown, said):
    whole = result_of("exposure leads")
    numbers = whole.keys["conclusion"].map(shown)
    kept = (whole.keys["statistic"] != "people") | numbers.notna()
    rows = whole.estimates.assign(
        estimate=whole.estimates["estimate"].where(whole.keys["statistic"] != "people", numbers)
    )
    text = answer(replace(whole, estimates=rows[kept], keys=whole.keys[kept])).media["text/plain"]
    assert said in text
    assert said or "people" not in text.split(";")[0]
    assert "of 0" not in text.casefold()


def test_figures_tell_their_numbers_in_words():
    result = result_of("exposure leads")
    alt = lead_figure(result).metadata["image/png"]["alt"]
    assert "pain at the front of the hip, then back pain, 2 days later: 0.2" in alt
    people = lead_people_figure(result).metadata["image/png"]["alt"]
    assert "Pain at the front of the hip leads: 4" in people
    tipping = lead_tipping_figure(tipping_of(["together", "cannot tell"])).metadata["image/png"]["alt"]
    assert "back pain 0.4: 0.1" in tipping


def test_an_answer_that_hangs_on_reliability_is_said_to():
    same = answer(tipping_of(["together", "together"])).media["text/plain"]
    assert "the answer stays the same: both come together" in same
    other = answer(tipping_of(["together", "exposure leads"])).media["text/plain"]
    assert "the answer depends on which is assumed: at some " in other


def test_a_refusal_is_shown_as_a_sentence():
    refusal = Refusal(
        "lead", "who leads", "Which?", "nobody has 4 values of each series", ("more check-ins",)
    )
    for figure in (lead_figure, lead_people_figure, lead_tipping_figure):
        assert "nobody has 4 values" in figure(refusal).media["text/plain"]
