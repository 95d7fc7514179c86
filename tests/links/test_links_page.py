"""The page on links: what its samples are, and that it says what is meant to be."""

from __future__ import annotations

import numpy as np
from links_page import PAGE, WORLDS, covered


def test_a_world_has_the_reliability_that_its_name_says():
    rng, world = np.random.default_rng(1), WORLDS[0]
    of = world.drawn(rng)
    codes = np.unique(of["group"], return_inverse=True)[1]
    apart = of["first"] - (np.bincount(codes, of["first"]) / np.bincount(codes))[codes]
    freedom = len(apart) - len(np.unique(codes))
    assert abs((apart**2).sum() / freedom - (world.within**2 + world.error**2)) < 0.6
    assert abs((of["second"] - of["first"]).var() / 2 - world.error**2) < 0.3


def test_each_method_has_a_row_for_each_slope():
    rows = list(covered(WORLDS[3], 3, 1))
    assert len(rows) == 8
    assert all(row.count("|") == 8 for row in rows)


def test_the_page_that_ships_has_every_world():
    text = PAGE.read_text(encoding="utf-8")
    for world in WORLDS:
        assert world.name in text
