"""The page on what is taken up, stopped and taken up again: that it is made, and that the page that ships was."""

from __future__ import annotations

import numpy as np
from on_and_off_page import (
    PAGE,
    _pick,
    carried_over,
    chosen_days,
    coverage,
    even,
    is_on,
    lot_errors,
    other_priors,
    pooled_coverage,
)


def test_phases_of_one_length_cut_the_diary() -> None:
    # By hand: changes on days 7, 14 and 21 of 28.
    assert even(28, 3).tolist() == [7, 14, 21]
    assert is_on(9, [[2, 5]]).tolist() == [[0, 0, 0, 1, 1, 1, 0, 0, 0]]


def test_the_worst_day_is_looked_for_one_to_three_weeks_later() -> None:
    scores = np.zeros((1, 40))
    scores[0, [8, 15, 33]] = 5.0, 3.0, 9.0
    assert _pick(scores, np.array([3])).tolist() == [15]


def test_every_table_has_its_rows() -> None:
    assert [row[0] for row in coverage(6)][:4] == ["ABA, 28, on less off", "ABA, 28, stopped", "ABA, 28, least squares", "ABA, 56, on less off"]  # fmt: skip
    assert [len(row) for row in pooled_coverage(4, sizes=(4,))] == [4] * 6
    assert [row[:2] for row in lot_errors(2)][::2] == [["days of three changes", "0.3"], ["orders of four blocks", "0.3"]]  # fmt: skip
    assert len(list(chosen_days(6))) == 12
    assert next(row[0] for row in carried_over(6)) == "0 days"
    # A prior is put back after its rows: the first and the fifth are of other days and of one prior.
    rows = list(other_priors(6))
    assert [row[0] for row in rows[::4]] == ["as it is"] * 4
    assert float(rows[0][3]) < float(rows[3][3])


def test_the_page_that_ships_names_its_command() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert "python tests/in_time/on_and_off_page.py --replicates" in text
    assert text.count("| ABAB, 84, stopped |") == 1
