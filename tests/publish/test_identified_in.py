"""Which estimands the diagrams on a page let a report speak of as identified: by what its analyses adjust for, and no other way."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from lowback.diagram import Identified, Node
from lowback.publish.said import identified_in
from lowback.result import DIAGRAM_MIME

X = Node("x")


def shown(**answers: Identified) -> dict[str, object]:
    content = {name: [{**asdict(one), "sets": [], "through": []}] for name, one in answers.items()}
    return {
        "cell_type": "code",
        "outputs": [{"output_type": "display_data", "data": {DIAGRAM_MIME: content}}],
    }


@pytest.mark.parametrize(
    ("found", "is_said"),
    [
        (Identified("slope", "x", "y", "by chance", ((),), covariates_suffice=True), True),
        (Identified("slope", "x", "y", "by adjustment", ((X,),), covariates_suffice=True), True),
        (Identified("slope", "x", "y", "by adjustment", ((X,),), covariates_suffice=False), False),
        (Identified("slope", "x", "y", "by the front door", through=(X,)), False),
        (Identified("slope", "x", "y", "by an instrument", through=(X,)), False),
        (Identified("slope", "x", "y", "not identified"), False),
    ],
)
def test_only_what_the_analysis_adjusts_for_counts(found: Identified, is_said: bool) -> None:
    assert ("slope" in identified_in([shown(one=found)])) == is_said


def test_one_diagram_that_does_not_identify_is_enough() -> None:
    by_chance = Identified("slope", "x", "y", "by chance", ((),), covariates_suffice=True)
    cell = shown(one=by_chance, other=Identified("slope", "x", "y", "not identified"))
    assert identified_in([cell]) == frozenset()
