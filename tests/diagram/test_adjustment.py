"""Adjustment sets: published examples, and the truth of random linear worlds for every subset."""

from __future__ import annotations

import pytest
from drawing_lots import LinearWorld, minimal, small_diagrams, subsets
from hypothesis import given, settings
from hypothesis import strategies as st

from lowback.diagram import Diagram, Node, direct_effect_sets, total_effect_sets
from lowback.diagram.adjustment import is_valid_for_total


def drawn(*arrows: str, latent: str = "") -> Diagram:
    """A diagram from arrows such as `a>b` and `a-b` (an unmeasured common cause)."""
    pairs = {
        joint: [tuple(Node(name) for name in one.split(joint)) for one in arrows if joint in one]
        for joint in ">-"
    }
    return Diagram(
        "by hand",
        "By hand",
        "",
        tuple(pairs[">"]),
        tuple(pairs["-"]),
        dict.fromkeys(latent.split(), "hidden"),
    )  # type: ignore[arg-type]


def named(sets: tuple[tuple[Node, ...], ...]) -> set[str]:
    return {" ".join(str(node) for node in one) for one in sets}


# Shrier & Platt 2008, BMC Med Res Methodol 8:70, figure 2a.
WARM_UP = drawn(
    "coach>motivation", "coach>fitness", "fitness>pre_game", "fitness>fatigue", "genetics>fitness", "genetics>fatigue",
    "genetics>tissue_disorder", "tissue_disorder>fatigue", "tissue_disorder>weakness", "motivation>warm_up",
    "motivation>previous_injury", "pre_game>warm_up", "contact_sport>previous_injury", "contact_sport>intra_game",
    "fatigue>intra_game", "fatigue>injury", "weakness>injury", "warm_up>intra_game", "intra_game>injury",
)  # fmt: skip
X, Y = Node("warm_up"), Node("injury")


def test_warming_up_has_the_minimal_sets_that_daggity_lists() -> None:
    # The example "Shrier & Platt, 2008" of dagitty.net, total effect of warm-up exercises on injury.
    assert named(total_effect_sets(WARM_UP, X, Y)) == {
        "coach fitness",
        "coach pre_game",
        "fatigue tissue_disorder",
        "fatigue weakness",
        "fitness genetics",
        "fitness motivation",
        "motivation pre_game",
    }


def test_previous_injury_spoils_a_set_that_was_enough() -> None:
    # The paper's figures 2 and 5: neuromuscular fatigue and tissue weakness will do; previous injury beside them will not.
    enough = (Node("fatigue"), Node("weakness"))
    assert is_valid_for_total(WARM_UP, X, Y, enough)
    assert not is_valid_for_total(WARM_UP, X, Y, (*enough, Node("previous_injury")))


def test_m_bias_needs_nothing_and_the_collider_spoils_it() -> None:
    # Greenland, Pearl & Robins 1999, Epidemiology 10:37-48.
    m = drawn("u1>x", "u1>m", "u2>m", "u2>y", "x>y", latent="u1 u2")
    assert total_effect_sets(m, Node("x"), Node("y")) == ((),)
    assert not is_valid_for_total(m, Node("x"), Node("y"), [Node("m")])


def test_a_mediator_is_no_part_of_a_total_effect_and_all_of_a_direct_one() -> None:
    chain = drawn("x>m", "m>y", "x>y", "c>m", "c>y")
    assert total_effect_sets(chain, Node("x"), Node("y")) == ((),)
    assert named(direct_effect_sets(chain, Node("x"), Node("y"))) == {"c m"}


def test_a_latent_confounder_leaves_no_set_and_an_unmeasured_one_neither() -> None:
    assert total_effect_sets(drawn("x>y", "x-y"), Node("x"), Node("y")) == ()
    known = drawn("x>y", "c>x", "c>y")
    assert named(total_effect_sets(known, Node("x"), Node("y"))) == {"c"}
    assert total_effect_sets(known, Node("x"), Node("y"), measured=[Node("x"), Node("y")]) == ()


@settings(max_examples=40, derandomize=True)
@given(small_diagrams(), st.integers(0, 10**6))
def test_a_set_is_listed_where_adjusting_for_it_gives_the_total_effect(diagram: Diagram, seed: int) -> None:
    world = LinearWorld(diagram, seed)
    for x in diagram.observable:
        for y in diagram.observable:
            if x == y:
                continue
            rest = [node for node in diagram.observable if node not in (x, y)]
            good = [
                z for z in subsets(rest) if world.slope(x, y, z) == pytest.approx(world.total(x, y), abs=1e-9)
            ]
            assert set(total_effect_sets(diagram, x, y)) == minimal(good)
            assert all(is_valid_for_total(diagram, x, y, z) == (z in good) for z in subsets(rest))


@settings(max_examples=40, derandomize=True)
@given(small_diagrams(), st.integers(0, 10**6))
def test_a_set_is_listed_where_adjusting_for_it_gives_the_direct_effect(diagram: Diagram, seed: int) -> None:
    world = LinearWorld(diagram, seed)
    for x, y in diagram.arrows:
        if {x, y} <= set(diagram.observable):
            rest = [node for node in diagram.observable if node not in (x, y)]
            good = [
                z
                for z in subsets(rest)
                if world.slope(x, y, z) == pytest.approx(world.direct(x, y), abs=1e-9)
            ]
            assert set(direct_effect_sets(diagram, x, y)) == minimal(good)
