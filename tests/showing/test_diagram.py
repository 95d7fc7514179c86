"""Diagrams as drawings, words and tables."""

from __future__ import annotations

import base64
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.implications import implications
from lowback.cohort import Cohort
from lowback.diagram import diagram_of, diagrams, identified
from lowback.diagram.layout import layout
from lowback.figures import diagram_figures
from lowback.language.facts import facts_of
from lowback.language.numbers import unfounded
from lowback.result import DIAGRAM_MIME, Refusal, Result
from lowback.sentences import answer, identification
from lowback.simulate import simulate, simulated_study
from lowback.study import Study
from lowback.tables import implications_table


@pytest.fixture(scope="module")
def result() -> Result | Refusal:
    return implications(simulate("mechanism", 160, 7, 1).cohort(), simulated_study("mechanism"))


@pytest.mark.parametrize("diagram", diagrams(), ids=lambda one: one.name)
def test_causes_stand_left_of_effects_and_no_two_boxes_touch(diagram) -> None:
    placed = layout(diagram)
    for cause, effect in diagram.arrows:
        assert placed.places[cause][0] < placed.places[effect][0]
        assert placed.routes[cause, effect][0] == placed.places[cause]
        assert placed.routes[cause, effect][-1] == placed.places[effect]
    for one, other in combinations(placed.places.values(), 2):
        assert one[0] != other[0] or abs(one[1] - other[1]) > 0.99


def test_an_arrow_passes_no_box_on_its_way() -> None:
    for diagram in diagrams():
        placed = layout(diagram)
        for route in placed.routes.values():
            for point in route[1:-1]:
                near = [at for at in placed.places.values() if at[0] == point[0]]
                assert all(abs(at[1] - point[1]) > 0.7 for at in near)


def test_the_drawing_is_a_picture_whose_words_list_every_arrow() -> None:
    mechanism = diagrams()[0]
    (shown,) = diagram_figures([mechanism], {"arm", "pain_nrs"})
    assert base64.b64decode(shown.media["image/png"]).startswith(b"\x89PNG")
    alt = shown.metadata["image/png"]["alt"]
    assert alt.count(" to ") >= len(mechanism.arrows)
    assert "Hip extension to Pelvic tilt" in alt
    assert "Not measured in this cohort: Sitting" in alt
    assert "An unmeasured common cause: Age and Activity level" in alt


def test_one_of_ones_own_is_drawn_beside_all_that_ship_each_under_its_title(tmp_path) -> None:
    own = tmp_path / "own.yml"
    own.write_text("title: My own idea\narrows: [sitting_hours -> pain_nrs]\n", encoding="utf-8")
    drawn = diagram_figures(diagrams(own), {"pain_nrs"})
    names = [one.metadata["image/png"]["name"] for one in drawn]
    assert names == ["diagram-own", "diagram-mechanism", "diagram-guarding", "diagram-activity"]
    assert "My own idea. Arrows: Sitting to Back pain" in drawn[0].metadata["image/png"]["alt"]


def test_names_of_others_cannot_break_the_page() -> None:
    odd = diagram_of({"title": "<script>$x$</script>", "arrows": ["bmi -> pain_nrs"]}, "odd", "odd")
    (shown,) = diagram_figures([odd], set())
    assert "<script>" in shown.metadata["image/png"]["alt"]
    study = simulated_study()
    said = identification({"odd": identified(odd, study, {"pain_nrs"})}, [odd])
    assert "<script>" not in said.media["text/html"]
    assert DIAGRAM_MIME in said.media


def test_the_answer_says_contradicted_or_not_and_never_right(result) -> None:
    said = answer(result).media["text/plain"]
    assert "“Activity drives all” is contradicted by these data" in said
    assert "is not contradicted by these data" in said
    assert "does not show that it is right" in said
    assert "after Holm" in said


def test_the_table_shows_what_speaks_most_against_each_diagram(result) -> None:
    text = implications_table(result).media["text/plain"]
    assert "Hip extension and pelvic tilt" in text
    assert "pairs with larger p-values are not shown" in text


def test_a_refusal_is_shown_as_one() -> None:
    none = Refusal("implications", "", "Do these data contradict the causal diagrams?", "nothing to test")
    assert "nothing to test" in implications_table(none).media["text/plain"]
    assert "cannot tell" in answer(none).media["text/plain"]


def test_what_is_identified_is_said_for_each_diagram() -> None:
    study = simulated_study()
    columns = simulate("literature", 20, 1, 1).cohort().columns
    told = {one.name: identified(one, study, columns) for one in diagrams()}
    text = identification(told, diagrams()).media["text/plain"]
    assert "since chance assigns it" in text
    assert "by adjusting for hip extension, or for activity level, age, arm and expected benefit" in text
    assert "the study's covariates are not enough" in text
    assert "pelvic tilt does nothing to back pain" in text


BOTH = "sitting_hours <-> pain_nrs"


def said_of(*arrows: str, columns: str) -> str:
    """What one diagram says of the slope of back pain on sitting."""
    estimand = {
        "name": "slope",
        "summary": "slope",
        "outcome": "pain_nrs",
        "exposure": "sitting_hours",
        "per": 1,
    }
    study = Study.model_validate({"title": "S", "design": "cohort", "weeks": [0, 4], "estimands": [estimand]})
    one = diagram_of({"title": "One", "arrows": list(arrows)}, "one", "one")
    found = identification({"one": identified(one, study, columns.split())}, [one])
    return found.media["text/plain"]


def test_other_ways_are_said_with_whom_to_compare() -> None:
    records = "sitting_hours pain_nrs hip_extension_deg bmi age_years"
    door = ("sitting_hours -> hip_extension_deg -> pain_nrs", "hip_extension_deg <- bmi -> pain_nrs", BOTH)
    assert "by way of hip extension (front door) among people alike in body mass index" in said_of(
        *door, columns=records
    )
    assert "it would need" in said_of(*door, columns="sitting_hours pain_nrs bmi")
    tool = ("bmi -> sitting_hours -> pain_nrs", "bmi <- age_years -> pain_nrs", BOTH)
    assert "body mass index is an instrument among people alike in age: a linear" in said_of(
        *tool, columns=records
    )
    chain = (
        "sitting_hours -> hip_extension_deg -> bmi -> pain_nrs",
        "sitting_hours <-> bmi",
        "hip_extension_deg <-> pain_nrs",
    )
    assert "by a formula of its own" in said_of(*chain, columns=records)
    assert "cannot be told from any record" in said_of("sitting_hours -> pain_nrs", BOTH, columns=records)


@pytest.mark.parametrize(
    ("slope", "said"),
    [
        (0.5, "p <0.001 after Holm); it says this of no other pair."),
        (0.0, "the one correlation that it says is zero is not shown to be otherwise, which"),
    ],
)
def test_a_diagram_that_says_one_thing_says_it_in_the_singular(slope: float, said: str) -> None:
    rng = np.random.default_rng(3)
    hours = rng.uniform(4, 12, 200)
    people = pd.DataFrame(
        {"participant_id": [f"{at}" for at in range(200)], "age_years": 40.0 + rng.normal(0, 9, 200)}
    )
    visits = pd.DataFrame({"participant_id": people["participant_id"], "weeks": 0.0, "sitting_hours": hours})
    visits["pain_nrs"] = (2 + slope * (people["age_years"] - 40) / 9 * 2 + rng.normal(0, 1, 200)).clip(0, 10)
    estimand = {
        "name": "slope",
        "summary": "slope",
        "outcome": "pain_nrs",
        "exposure": "sitting_hours",
        "per": 1,
    }
    study = Study.model_validate(
        {"title": "S", "design": "cross-sectional", "weeks": [0], "estimands": [estimand]}
    )
    arrows = ["age_years -> sitting_hours", "sitting_hours -> pain_nrs"]
    one = diagram_of({"title": "One", "arrows": arrows}, "one", "one")
    found = implications(Cohort("one", participants=people, visits=visits), study, (one,))
    text = answer(found).media["text/plain"]
    assert said in text
    assert isinstance(found, Result)
    assert unfounded(text, facts_of([found], study)) == []
