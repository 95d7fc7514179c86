"""The page on days and waves: that it is made, and that the page that ships was."""

from __future__ import annotations

from days_and_waves_page import PAGE, PANEL_HEADS, coverage_of_steps, panel_coverage, percent, table


def test_a_share_stands_beside_its_error() -> None:
    # By hand: 3 of 4, and the root of 0.75 x 0.25 / 4.
    assert percent([True, True, True, False]) == "75.0 (21.7)"


def test_the_tables_are_made_of_every_length_and_number_of_people() -> None:
    rows = list(coverage_of_steps(8))
    assert [row[0] for row in rows[::3]] == ["14", "28", "56", "84"]
    assert table(["a", "b"], iter([["1", "2"]])) == "| a | b |\n|---|---|\n| 1 | 2 |\n"
    rows = list(panel_coverage(2, sizes=(60, 210)))
    assert [row[0] for row in rows] == ["60", "60", "210", "210"]
    assert all(len(row) == len(PANEL_HEADS) for row in rows)
    # Many people have the sandwich's intervals, so that both columns count the same.
    assert rows[2][2:4] == rows[2][4:6]


def test_the_page_that_ships_names_its_command() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert "python tests/in_time/days_and_waves_page.py --replicates" in text
    assert text.count("| 14 |") == 1
