"""What stands over, under and behind tables and figures is read for strong words like any other sentence."""

from __future__ import annotations

import pytest
from small_notebooks import code

from lowback.certificate import Certificate
from lowback.publish.overstated import overstated_in
from lowback.result import DIAGRAM_MIME, RESULT_MIME, Result, estimates_frame, to_payload
from lowback.study import Study

CLAIM = "Sitting reduces hip extension"
FINE = "Hip extension by hours of sitting"
ESTIMAND = {
    "name": "pain and sitting",
    "summary": "slope",
    "outcome": "pain_nrs",
    "exposure": "sitting_hours",
    "per": 1,
}


def payload(*, question=FINE, estimand="pain and sitting", method="A slope."):
    row = {"term": "slope", "estimate": 0.1, "unit": "NRS points per hour", "n_participants": 40}
    return to_payload(Result("slopes", estimand, question, estimates_frame([row]), method))


def shown(data, **metadata):
    output = {"output_type": "display_data", "data": data, "metadata": metadata}
    return [{**code("show()"), "outputs": [output]}]


def kinds(cells, name="pain and sitting"):
    """What each refusal is about, in a cohort."""
    content = {
        "title": "Sitting",
        "design": "cohort",
        "weeks": [0, 12],
        "estimands": [{**ESTIMAND, "name": name}],
    }
    found = overstated_in([], [("notes", cells)], Study.model_validate(content), Certificate())
    return [one.error.partition(":")[0] for one in found]


def table(caption=FINE, note=FINE, heading=FINE):
    return f'<h3>{heading}</h3><table><caption class="c">{caption}</caption></table><p class="table-note">{note}.</p>'


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (shown({RESULT_MIME: payload(), "text/html": table()}), []),
        (shown({RESULT_MIME: payload(), "text/html": table(caption=CLAIM)}), ["caption"]),
        (shown({RESULT_MIME: payload(), "text/html": table(caption="Sitting &nbsp;<b>reduces</b> pain")}), ["caption"]),
        (shown({RESULT_MIME: payload(), "text/html": table(note=CLAIM)}), ["note"]),
        (shown({RESULT_MIME: payload(), "text/html": table(heading=CLAIM)}), ["caption"]),
        (shown({DIAGRAM_MIME: {}, "text/html": table(caption=CLAIM)}), ["caption"]),
        (shown({RESULT_MIME: payload(question=CLAIM), "image/png": ""}), ["question"]),
        (shown({RESULT_MIME: payload(question="Does sitting reduce hip extension?")}), []),
        (shown({RESULT_MIME: payload(), "image/png": ""}, **{"image/png": {"alt": f"Dots. {CLAIM}.", "name": "x"}}), ["description"]),
        (shown({"image/png": ""}, **{"image/png": {"alt": f"{CLAIM}.", "name": "x"}}), ["description"]),
        (shown({RESULT_MIME: payload(method=f"{CLAIM}.")}), ["method"]),
    ],
)  # fmt: skip
def test_a_strong_word_in_a_caption_a_note_a_question_or_a_description_is_refused(cells, found):
    assert kinds(cells) == found


def test_the_name_of_an_estimand_is_read_since_captions_hold_it():
    cells = shown({RESULT_MIME: payload(estimand="sitting causes pain")})
    assert kinds(cells, "sitting causes pain") == ["name of the estimand"]
