from __future__ import annotations

import base64
import copy
import struct
import zlib

import pytest

from lowback.publish.harvest import harvest
from lowback.result import ANSWER_MIME, COLUMNS, RESULT_MIME, Refusal, Result, estimates_frame, to_payload

THIRD = 1 / 3


def result(estimate=THIRD, question="Did pain fall?"):
    row = {
        "term": 'stretching, "both" vs =usual care',
        "estimate": estimate,
        "conf_low": estimate - 1,
        "conf_high": estimate + 1,
        "df": float("inf"),
        "unit": "NRS points",
        "n_participants": 9,
    }
    return Result("ancova", "pain at week 12", question, estimates_frame([row]), "A method.")


def display(data, metadata=None):
    return {"output_type": "display_data", "data": data, "metadata": metadata or {}}


def cells(*outputs):
    return [{"cell_type": "code", "metadata": {}, "source": "show()", "outputs": list(outputs)}]


def shown(one):
    return display({RESULT_MIME: to_payload(one)})


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width=300, height=150, dots_per_metre=0):
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    resolution = (
        chunk(b"pHYs", struct.pack(">IIB", dots_per_metre, dots_per_metre, 1)) if dots_per_metre else b""
    )
    return start + resolution + chunk(b"IEND", b"")


def picture(content, **metadata):
    return display({"image/png": base64.b64encode(content).decode()}, {"image/png": metadata})


def test_every_row_is_collected_unrounded_with_its_analysis_and_estimand():
    found = harvest([("effect", cells(shown(result()), shown(result(2.0, "And over time?"))))])
    rows = found.estimates()
    assert list(rows.columns) == ["analysis", "estimand", *COLUMNS]
    assert rows["estimate"].tolist() == [THIRD, 2.0]
    assert set(rows["estimand"]) == {"pain at week 12"}


def test_a_result_shown_again_counts_once():
    found = harvest([("effect", cells(shown(result()), shown(result()))), ("again", cells(shown(result())))])
    assert found.failures == ()
    assert len(found.estimates()) == 1


def test_a_result_that_differs_in_its_last_digit_is_a_failure():
    found = harvest([("effect", cells(shown(result()))), ("again", cells(shown(result(THIRD + 1e-15))))])
    (failure,) = found.failures
    assert str(failure).startswith("notebook 'again', cell 1: ancova for the estimand 'pain at week 12'")
    assert "stands twice with different numbers" in str(failure)


def test_a_number_and_a_refusal_of_the_same_question_contradict_each_other():
    refusal = Refusal("ancova", "pain at week 12", "Did pain fall?", "no visit at week 12")
    assert "stands twice" in str(harvest([("effect", cells(shown(result()), shown(refusal)))]).failures[0])


def test_no_result_gives_an_empty_table_with_its_columns():
    assert list(harvest([("lesson", cells())]).estimates().columns) == ["analysis", "estimand", *COLUMNS]


def test_answers_come_in_the_order_shown_and_two_for_one_question_are_a_failure():
    said = {
        "analysis": "ancova",
        "estimand": "e",
        "question": "Fell?",
        "answer": "Yes.",
        "basis": "9",
        "refused": False,
    }
    other = {**said, "question": "More?", "answer": "No."}
    found = harvest([("effect", cells(display({ANSWER_MIME: said}), display({ANSWER_MIME: other})))])
    assert [one.answer for one in found.answers] == ["Yes.", "No."]
    twice = cells(display({ANSWER_MIME: said}), display({ANSWER_MIME: {**said, "answer": "No."}}))
    assert "has two answers" in str(harvest([("effect", twice)]).failures[0])


def test_figures_are_named_after_the_notebook_and_measured_in_css_pixels():
    at_200_dpi = round(200 / 0.0254)
    outputs = [picture(png(600, 300, at_200_dpi), alt="A", name="Pain: all arms")]
    outputs += [picture(png(), alt="B", name="Pain: all arms"), picture(png(), alt="C")]
    figures = list(harvest([("effect", cells(*outputs))]).figures.values())
    assert [one.name for one in figures] == [
        "effect-pain-all-arms",
        "effect-pain-all-arms-2",
        "effect-figure",
    ]
    assert (figures[0].width, figures[0].height) == (288, 144)
    assert (figures[1].width, figures[1].height) == (300, 150)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (picture(png()), "without alternative text"),
        (picture(png(), alt="  "), "without alternative text"),
        (picture(b"GIF89a", alt="A"), "no PNG image"),
        (display({"image/png": "%%%"}, {"image/png": {"alt": "A"}}), "no base64 text"),
        (display({RESULT_MIME: {"kind": "result"}}), "a payload without"),
        (display({RESULT_MIME: [1]}), "sequence item"),
        (display({ANSWER_MIME: {"question": "Fell?"}}), "a payload without 'analysis'"),
    ],
)
def test_a_display_that_cannot_be_used_is_a_failure_with_notebook_and_cell(output, message):
    (failure,) = harvest([("effect", cells(copy.deepcopy(output)))]).failures
    assert str(failure).startswith("notebook 'effect', cell 1: ")
    assert message in failure.error


def test_a_result_that_tells_of_too_few_people_is_a_failure():
    row = {"term": "red flag", "estimate": 3, "unit": "participants", "n_participants": 160}
    few = Result("flow", "description", "Who is in it?", estimates_frame([row]), "Counted.")
    assert harvest([("cohort", cells(shown(few)))], 3).failures == ()
    [failure] = harvest([("cohort", cells(shown(few)))], 5).failures
    assert "flow for the estimand 'description' tells of fewer than 5 people" in str(failure)
