"""The page on schedules is what its command writes today."""

from __future__ import annotations

from scheduling_page import PAGE, page


def test_the_page_that_ships_is_the_one_that_its_command_writes():
    assert PAGE.read_text(encoding="utf-8") == page()
