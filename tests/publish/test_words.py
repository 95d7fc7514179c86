"""What a report may say and what it ought to tell, from the request to the published folder."""

from __future__ import annotations

import pandas as pd
import pytest
from small_notebooks import FULL, PARAMETERS, SHOW_RESULT, STUDY, code, markdown

from lowback.checked_yaml import ConfigurationError
from lowback.publish import publish_report, read_request

COHORT = """\
title: Sitting and pain
design: cohort
weeks: [0, 12]
estimands:
  - {name: pain at week 12, summary: slope, outcome: pain_nrs, exposure: sitting_hours, per: 1}
"""
STRONG = "# Notes\n\nPain was recorded. Sitting reduces hip extension.\n\nDoes it ease pain?"


def publish(path):
    return publish_report(read_request(path), inputs=[path.parent / "visits.csv"])


def test_a_cohort_whose_notebook_says_reduces_is_not_published(write_request, desk):
    (desk / "study.yml").write_text(COHORT, encoding="utf-8")
    printing = "print('In this cohort, daily stretching lowers pain scores.')"
    said = publish(
        write_request(markdown(STRONG), code(PARAMETERS, "parameters"), code(SHOW_RESULT), code(printing))
    )
    assert not (desk / "trial").exists()
    assert [str(one) for one in said.failures[:2]] == [
        "notebook 'notes', cell 1: prose: “Sitting reduces hip extension.”: “reduces” is strong causal language; allowed here is weak "
        "(the design is a cohort). Write instead: “goes with less”",
        "notebook 'notes', cell 4: output: “In this cohort, daily stretching lowers pain scores.”: “lowers” is strong causal language; "
        "allowed here is weak (the design is a cohort). Write instead: “goes with less”",
    ]


def test_titles_are_read_and_questions_are_fine(write_request, desk):
    (desk / "study.yml").write_text(
        COHORT.replace("Sitting and pain", "Sitting causes back pain"), encoding="utf-8"
    )
    path = write_request(
        markdown("# Does sitting cause pain?"), code(PARAMETERS, "parameters"), code(SHOW_RESULT)
    )
    found = publish(path).failures
    assert "report: title of the study: “Sitting causes back pain”" in str(found[0])
    assert not any("title of the request" in str(one) or "Does sitting" in str(one) for one in found)


def test_an_answer_with_a_number_that_no_row_gives_is_not_published(write_request):
    wrong = SHOW_RESULT.replace('answer=f"By {effect} points."', 'answer="By 3.7 points."')
    found = publish(write_request(markdown("# Notes"), code(PARAMETERS, "parameters"), code(wrong))).failures
    assert "the answer to 'Did pain fall more?' says 3.7, which no row of its result gives" in str(found[0])


def test_prose_with_a_number_of_people_that_no_result_gives_is_not_published(write_request):
    wrong = (
        "# Notes\n\nPain was asked of 96 people. It fell in 3 clinics. Others asked 240 people (Smith 2019)."
    )
    found = publish(
        write_request(markdown(wrong), code(PARAMETERS, "parameters"), code(SHOW_RESULT))
    ).failures
    assert [str(one) for one in found[:-1]] == [
        "notebook 'notes', cell 1: prose: “Pain was asked of 96 people.” says 96, which no result of its notebook gives and nothing "
        "declares; leave the number to a result, or cite its source in the sentence"
    ]
    right = wrong.replace("96 people", "98 people")
    assert (
        publish(write_request(markdown(right), code(PARAMETERS, "parameters"), code(SHOW_RESULT))).failures
        == ()
    )


def test_a_trial_is_published_with_its_checklists_and_answers_are_text(write_request, desk):
    lines = "notebooks: [notes.ipynb]\nchecklist:\n  consort: {2: 'NCT1 <script>alert(1)</script>'}"
    path = write_request(*FULL, lines=lines)
    assert publish(path).failures == ()
    rows = pd.read_csv(desk / "trial" / "checklists.csv").set_index(["checklist", "item"])
    assert rows.loc[("CONSORT 2025", "2"), "status"] == "answered"
    assert rows.loc[("CONSORT 2025", "26"), "value"].endswith(
        "(stretching vs usual care: −1.00 NRS points (95 % CI −1.60 to −0.40), 98 people)"
    )
    assert rows.loc[("CONSORT 2025", "26"), "place"] == "report.html#notes"
    page = (desk / "trial" / "report.html").read_text(encoding="utf-8")
    assert '<section id="checklists"' in page
    assert "<script>" not in page
    assert "CONSORT 2025</strong>, for randomised trials:" in page


def test_a_misspelt_item_is_refused_before_anything_runs(write_request):
    lines = "notebooks: [notes.ipynb]\nchecklist:\n  consort: {5c: nobody}"
    with pytest.raises(ConfigurationError, match="consort: no item '5c'; allowed: .*did you mean '5b'|'5a'"):
        read_request(write_request(*FULL, lines=lines))


def test_a_misspelt_list_in_the_study_is_refused(write_request, desk):
    (desk / "study.yml").write_text(f"{STUDY}checklist: {{strob: {{22: x}}}}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="did you mean 'strobe'"):
        publish(write_request(*FULL))
