from __future__ import annotations

import copy
import json

import pytest
from small_notebooks import code, markdown, write_notebook

from lowback.publish.notebooks import read_notebook
from lowback.publish.proof import read_executed, unproven
from lowback.publish.request import PlannedRun

GIVEN = code('# Parameters\neffect = -2.0\nlabel = "say \\"no\\""\n', "injected-parameters")


@pytest.fixture
def planned(tmp_path):
    path = write_notebook(
        tmp_path / "notes.ipynb",
        markdown("# Notes"),
        code('effect = -1.0\nlabel = "x"', "parameters"),
        code("# a comment alone runs too"),
        code("  \n"),
        code("show(effect)"),
    )
    return PlannedRun("notes", "Notes", read_notebook(path), {"effect": -2.0, "label": 'say "no"'})


@pytest.fixture
def executed(planned):
    """The notebook as a faultless run leaves it."""
    cells = [copy.deepcopy(dict(cell)) for cell in planned.notebook.cells]
    cells.insert(2, copy.deepcopy(GIVEN))
    for count, cell in enumerate((cells[1], cells[2], cells[3], cells[5]), start=1):
        cell["execution_count"] = count
    return cells


def texts(planned, executed):
    return [str(one) for one in unproven(planned, executed)]


def test_a_faultless_run_is_proven(planned, executed):
    assert unproven(planned, executed) == []


def test_an_error_is_named_with_the_cell_number_of_the_stored_notebook(planned, executed):
    executed[5]["outputs"] = [{"output_type": "error", "ename": "KeyError", "evalue": "'x'", "traceback": []}]
    assert texts(planned, executed) == ["notebook 'notes', cell 5: KeyError: 'x'"]


def test_an_error_that_the_cell_only_printed_is_found(planned, executed):
    text = ["Traceback (most recent call last):\n", "  File ...\n", "ValueError: no\n"]
    executed[3]["outputs"] = [{"output_type": "stream", "name": "stderr", "text": text}]
    assert texts(planned, executed) == [
        "notebook 'notes', cell 3: an error that the cell swallowed: ValueError: no"
    ]


def test_a_warning_is_no_error(planned, executed):
    executed[3]["outputs"] = [{"output_type": "stream", "name": "stderr", "text": "FutureWarning: soon"}]
    assert unproven(planned, executed) == []


def test_a_cell_that_did_not_run_is_named(planned, executed):
    executed[5]["execution_count"] = None
    assert texts(planned, executed) == ["notebook 'notes', cell 5: was not run"]


@pytest.mark.parametrize("counts", [(1, 2, 4, 3), (1, 2, 2, 3), (2, 3, 4, 5), (1, 2, 3, 5)])
def test_cells_out_of_order_are_found(planned, executed, counts):
    for cell, count in zip((executed[1], executed[2], executed[3], executed[5]), counts, strict=True):
        cell["execution_count"] = count
    assert "out of order or more than once" in texts(planned, executed)[0]


@pytest.mark.parametrize("change", ["drop", "swap", "edit"])
def test_other_cells_than_stored_are_found(planned, executed, change):
    if change == "drop":
        del executed[5]
    elif change == "swap":
        executed[3], executed[5] = executed[5], executed[3]
    else:
        executed[5]["source"] = "show(effect + 1)"
    assert "not the cells that are stored" in texts(planned, executed)[0]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("effect = -3.0\nlabel = 'say \"no\"'", "other parameters than the request gives"),
        ("effect = -2.0", "other parameters than the request gives"),
        ("effect = other()", "other parameters than the request gives"),
    ],
)
def test_other_parameters_than_asked_for_are_found(planned, executed, source, message):
    executed[2]["source"] = source
    assert message in texts(planned, executed)[0]


def test_parameters_in_another_place_are_found(planned, executed):
    executed.append(executed.pop(2))
    assert "do not follow the notebook's own" in texts(planned, executed)[0]


def test_a_missing_or_broken_file_is_found(planned, tmp_path):
    broken = tmp_path / "broken.ipynb"
    broken.write_text(json.dumps({"cells": []})[:-3], encoding="utf-8")
    for path in (broken, tmp_path / "none.ipynb"):
        assert "missing or unreadable" in texts(planned, read_executed(path))[0]
