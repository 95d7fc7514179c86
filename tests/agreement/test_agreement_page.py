"""All numbers are within their tolerances of other programs', and docs/agreement.md says so truthfully."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import agreement_page as agreement
from comparison import Comparison


@cache
def found() -> tuple[Comparison, ...]:
    return tuple(agreement.comparisons(agreement.shared_folder()))


@cache
def committed() -> dict[tuple[str, ...], list[str]]:
    """The lines of the page: the cells that follow heading, quantity and term."""
    rows, heading = {}, ""
    for line in agreement.PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        elif heading and line.startswith("| ") and not line.startswith("| quantity"):
            quantity, term, *cells = (cell.strip() for cell in line.strip("|").split(" | "))
            rows[heading, quantity, term] = cells
    return rows


def test_every_number_is_within_its_tolerance():
    assert [one for one in found() if not one.within] == []


def test_no_number_is_counted_twice():
    keys = [one.key for one in found()]
    assert len(set(keys)) == len(keys)


def test_every_number_stands_on_the_page_as_it_is_today():
    wrong = []
    for one in found():
        cells = committed()[f"{one.data}: {one.model}", one.quantity, one.term]
        ours, theirs, program, _, within = cells
        # The last digits of ours differ between machines; those of a reference do not.
        is_same = abs(float(ours) - one.ours) <= max(one.tolerance, 1e-6 * abs(one.ours))
        if not is_same or (theirs, program, within) != (f"{one.theirs:.10g}", one.program, "yes"):
            wrong.append((one.key, cells))
    assert wrong == []


def test_the_page_has_no_other_numbers_and_at_least_500():
    if agreement.shared_folder() is None:
        pytest.skip("without the shared data only a part of the page can be made")
    assert len(committed()) == len(found()) >= 500
    assert f"{len(found())} quantities, {len(found())} of them" in agreement.PAGE.read_text(encoding="utf-8")


def test_a_number_that_is_off_is_seen():
    good = Comparison("data", "model", "estimate", "arm", "R", 1.0000005, 1.0, 1e-6)
    assert good.within
    assert not replace(good, ours=1.000002).within
    assert not replace(good, ours=float("nan")).within
    assert "**no**" in agreement.page([good, replace(good, ours=1.1)])


def test_an_objective_may_be_better_but_not_worse():
    close = Comparison("data", "model", "objective", "", "R", 1e5 - 1e-4, 1e5, 1e-8)
    assert close.within
    assert not replace(close, ours=1e5 + 1e-4).within
