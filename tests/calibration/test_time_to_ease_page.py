"""The page on the time to ease: when intervals stray, and that the page that ships was made by its script."""

from __future__ import annotations

from time_to_ease import PAGE, strays

from made_with import monte_carlo_error


def test_the_error_of_a_coverage_is_that_of_a_share() -> None:
    # By hand: 95 x 5 / 475 is 1, of which the root is 1.
    assert monte_carlo_error(475) == 1


def test_intervals_stray_by_more_than_twice_the_error() -> None:
    # Of 475 intervals 451.25 ought to hold the truth; twice the error of 1 point is 9.5 of them.
    holds, misses = (0.0, -1.0, 1.0), (2.0, 1.0, 3.0)
    assert [strays(0.0, [holds] * n + [misses] * (475 - n)) for n in (441, 442, 460, 461)] == [
        True,
        False,
        False,
        True,
    ]


def test_rows_that_stray_are_drawn_again_on_the_page_that_ships() -> None:
    rows = [line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if ": ours |" in line]
    assert len(rows) == 6
    error = monte_carlo_error(300)
    straying = [one[0] for one in rows if abs(float(one[4]) - 95) > 2 * error]
    text = PAGE.read_text(encoding="utf-8")
    assert all(f"{one}, 3,000 other replicates |" in text for one in straying)
