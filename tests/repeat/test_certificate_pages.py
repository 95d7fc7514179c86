"""What the pages of certificates in simulated worlds say: whose intervals hold the truth as often as they should, and of which every reader is warned."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from lowback.every_analysis import every_analysis
from lowback.repeat.verdicts import BAND, SURE

PAGES = sorted((Path(__file__).resolve().parents[2] / "docs").glob("certificates*.md"))
# Those that the worlds do not suit, or whose estimate (of a reliability at its end) leans, which their pages explain.
KNOWN_TO_FAIL = {
    ("certificates.md", "mixed"),
    ("certificates-components.md", "mixed"),
    ("certificates-events.md", "complier"),
    ("certificates-leads.md", "panel"),
    ("certificates-leads.md", "lead"),
}
# No world has sides, or people compared with nobody, and what a diagram implies has no one truth: their coverage is in their own tests (docs/proofs.md).
ELSEWHERE = {"both_sides", "expected_change", "implications"}
FIGURE = re.compile(r"([\d.]+) ± ([\d.]+)")


class Row(NamedTuple):
    """One row of a page: coverage of intervals of 95 % with its Monte Carlo standard error, in percent."""

    page: str
    analysis: str
    said: str
    coverage: float
    error: float
    verdict: str


def rows_of(page: Path) -> Iterator[Row]:
    """The rows with a coverage."""
    for line in page.read_text(encoding="utf-8").splitlines():
        cells = [one.strip() for one in line.strip("| \n").split("|")]
        found = FIGURE.fullmatch(cells[6]) if len(cells) == 11 else None
        if found:
            yield Row(page.name, cells[0], cells[1], float(found[1]), float(found[2]), cells[-1].strip("*"))


EVERY = [row for page in PAGES for row in rows_of(page)]


def test_pages_have_rows() -> None:
    assert {row.page for row in EVERY} == {page.name for page in PAGES}
    assert len(EVERY) > 300


def below_the_band(rows: list[Row]) -> set[tuple[str, str]]:
    """Page and analysis of the rows whose coverage lies below the band beyond chance."""
    return {(row.page, row.analysis) for row in rows if 100 * BAND[0] - row.coverage > SURE * row.error}


def test_intervals_hold_the_truth_as_often_as_the_band_asks_but_where_a_page_explains_why() -> None:
    assert below_the_band(EVERY) <= KNOWN_TO_FAIL - {("certificates-leads.md", "lead")}


def test_verdicts_of_failure_are_those_explained_and_no_others() -> None:
    failed = {(row.page, row.analysis) for row in EVERY if row.verdict == "fails"}
    assert failed == KNOWN_TO_FAIL


@pytest.mark.parametrize(("page", "analysis"), sorted(KNOWN_TO_FAIL))
def test_a_page_explains_what_fails(page: str, analysis: str) -> None:
    text = next(one for one in PAGES if one.name == page).read_text(encoding="utf-8")
    explained = text.split("## What fails, and why", 1)[1].split("\n## ", 1)[0]
    assert f"`{analysis}` *fails*" in explained


def test_a_row_that_covers_too_seldom_is_found_and_one_within_chance_is_not() -> None:
    rows = [
        EVERY[0]._replace(analysis=name, coverage=cover, error=0.7)
        for name, cover in (("far", 90.0), ("near", 92.5))
    ]
    assert below_the_band(rows) == {(EVERY[0].page, "far")}


def test_every_analysis_has_a_certificate_or_is_covered_elsewhere() -> None:
    assert set(every_analysis()) - {row.analysis for row in EVERY} == ELSEWHERE
