"""Front doors, instruments and other formulas: textbook diagrams, linear worlds, and what a world of yes and no lets be known."""

from __future__ import annotations

import numpy as np
import pytest
from drawing_lots import LinearWorld, small_diagrams
from hypothesis import given, settings
from hypothesis import strategies as st
from test_adjustment import drawn
from yes_no_world import YesNoWorld

from lowback.diagram import Diagram, Node
from lowback.diagram.any_formula import follows
from lowback.diagram.identification import effect
from lowback.diagram.other_ways import front_door, instrument

X, Y = Node("x"), Node("y")


def told(diagram: Diagram, lacking: str = "") -> tuple[str, str, str]:
    """How the effect of x on y is identified, by way of what, and what is held fixed beside."""
    measured = [node for node in diagram.observable if node.variable not in lacking.split()]
    found = effect(diagram, X, Y, measured)
    return (
        found.how,
        " ".join(map(str, found.through)),
        " ".join(str(node) for one in found.sets for node in one),
    )


def test_a_front_door_may_need_a_covariate() -> None:
    # Pearl 2009, Causality, section 3.3.2, with a cause of mediator and outcome (and of all three) that was recorded.
    for covariate in (("c>m", "c>y"), ("c>x", "c>m"), ("c>x", "c>m", "c>y")):
        assert told(drawn("x>m", "m>y", "x-y", *covariate)) == ("by the front door", "m", "c")
        assert told(drawn("x>m", "m>y", "x-y", *covariate), "c")[0] == "not identified"


def test_what_the_exposure_changes_is_not_held_fixed_at_a_front_door() -> None:
    assert told(drawn("x>m", "m>y", "x-y", "x>c", "c>m", "c-y"))[0] == "not identified"


def test_an_instrument_need_not_be_by_chance_and_may_need_a_covariate() -> None:
    # Brito & Pearl 2002, UAI 85-93, figure 1: z alone, and z among people alike in w.
    base = ("z>x", "x>y", "x-y")
    assert told(drawn(*base)) == ("by an instrument", "z", "")
    assert told(drawn(*base, "w>z", "w>y")) == ("by an instrument", "z", "w")
    assert told(drawn(*base, "w>z", "w>y"), "w")[0] == "not identified"
    assert told(drawn(*base, "z>y"))[0] == "not identified"
    assert told(drawn(*base, "z-y"))[0] == "not identified"
    assert told(drawn("z-x", "x>y", "x-y"))[0] == "by an instrument"
    # What the exposure moves is none.
    assert told(drawn("x>z", "x>y", "x-y"))[0] == "not identified"


def test_what_chance_decides_is_the_first_instrument() -> None:
    known = drawn("a>x", "z>x", "x>y", "x-y")
    by_chance = Diagram("d", "D", "", known.arrows, known.shared, {}, ("z",))
    assert told(known)[1] == "a"
    assert told(by_chance)[1] == "z"


def test_the_napkin_is_known_and_so_is_a_chain_of_which_each_step_is_confounded_by_the_next() -> None:
    # Pearl & Mackenzie 2018, The Book of Why, figure 7.5; for straight lines it has an instrument too.
    napkin = drawn("w>z", "z>x", "x>y", "w-x", "w-y")
    assert told(napkin) == ("by an instrument", "z", "w")
    assert follows(napkin, X, Y, napkin.observable)
    assert told(drawn("w>x", "x>y", "w-x", "w-y"))[0] == "not identified"
    assert told(drawn("x>z", "z>w", "w>y", "x-w", "z-y"))[0] == "by another formula"


@pytest.mark.parametrize(
    ("arrows", "is_known"),
    [
        # Pearl 2009, figures 3.8 and 3.9, those without adjustment: the bow, a bow at the first step, two front doors in a row, ...
        (("x>y", "x-y"), False),
        (("x>z", "z>y", "x-z"), False),
        (("x>z", "z>y", "x-y"), True),
        (("x>z", "z>y", "x-y", "z-y"), False),
        (("x>z", "z>w", "w>y", "x-y", "x-w"), True),
        (("x>z", "z>w", "w>y", "x-w", "z-y"), True),
        (("x>z", "z>y", "x>y", "x-y"), False),
    ],
)  # fmt: skip
def test_textbook_diagrams(arrows: tuple[str, ...], is_known: bool) -> None:
    known = drawn(*arrows)
    assert follows(known, X, Y, known.observable) == is_known
    assert YesNoWorld(known, np.random.default_rng(1)).settles(X, Y) == is_known


def test_what_would_open_a_front_door_is_named() -> None:
    door = drawn("x>m", "m>y", "x-y", "q>y")
    assert effect(door, X, Y, [X, Y]).needs == ("m",)
    assert effect(drawn("z>x", "x>y", "x-y"), X, Y, [X, Y]).needs == ("z",)
    assert effect(drawn("x>y", "x-y", "q>y"), X, Y, [X, Y]).needs == ()


@settings(max_examples=60, derandomize=True, deadline=None)
@given(small_diagrams(), st.integers(0, 10**6))
def test_ways_give_the_total_effect_in_linear_worlds(diagram: Diagram, seed: int) -> None:
    world = LinearWorld(diagram, seed)
    for x in diagram.observable:
        for y in diagram.observable:
            if x == y or world.total(x, y) == pytest.approx(0, abs=1e-12):
                continue
            door = front_door(diagram, x, y, diagram.observable)
            if door is not None:
                through, fixed = door
                steps = [
                    world.slope(x, one, fixed)
                    * world.slope(one, y, (x, *(other for other in through if other != one), *fixed))
                    for one in through
                ]
                assert sum(steps) == pytest.approx(world.total(x, y), abs=1e-8)
                assert follows(diagram, x, y, diagram.observable)
            tool = instrument(diagram, x, y, diagram.observable)
            if tool is not None:
                (one,), fixed = tool
                ratio = world.partial_covariance(one, y, fixed) / world.partial_covariance(one, x, fixed)
                assert ratio == pytest.approx(world.total(x, y), abs=1e-6)


@settings(max_examples=15, derandomize=True, deadline=None)
@given(small_diagrams(4), st.integers(0, 10**6))
def test_a_formula_exists_where_the_records_of_a_yes_no_world_settle_the_effect(
    diagram: Diagram, seed: int
) -> None:
    world = YesNoWorld(diagram, np.random.default_rng(seed))
    for x in diagram.observable:
        for y in diagram.observable:
            if x != y:
                assert follows(diagram, x, y, diagram.observable) == world.settles(x, y)
