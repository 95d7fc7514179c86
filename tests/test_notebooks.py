"""Notebooks are tables of contents that run: no stored output, no logic in reports, from top to bottom."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import papermill
import pytest

ROOT = Path(__file__).resolve().parents[1]
REPORTS = sorted((ROOT / "notebooks" / "reports").glob("*.ipynb"))
LESSONS = sorted((ROOT / "notebooks" / "lessons").glob("*.ipynb"))
LOGIC = (
    ast.FunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.For,
    ast.While,
    ast.If,
    ast.IfExp,
    ast.Try,
    ast.With,
    ast.ListComp,
)


def named(path: Path) -> str:
    return path.stem


def code_cells(path: Path) -> list[dict[str, Any]]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def stored_outputs(path: Path) -> list[str]:
    return [
        source(cell) for cell in code_cells(path) if cell["outputs"] or cell["execution_count"] is not None
    ]


def logic(path: Path) -> list[str]:
    nodes = [node for cell in code_cells(path) for node in ast.walk(ast.parse(source(cell)))]
    return [type(node).__name__ for node in nodes if isinstance(node, LOGIC)]


def test_the_notebooks_that_were_promised_exist():
    assert {"cohort", "effect", "tilt_and_pain"} <= {path.stem for path in REPORTS}
    assert "regression_to_the_mean" in {path.stem for path in LESSONS}


@pytest.mark.parametrize("path", REPORTS + LESSONS, ids=named)
def test_no_output_is_stored(path):
    assert stored_outputs(path) == []


@pytest.mark.parametrize("path", REPORTS, ids=named)
def test_a_report_notebook_holds_no_logic_and_is_thin(path):
    assert logic(path) == []
    assert sum(len(source(cell).splitlines()) for cell in code_cells(path)) < 40


@pytest.mark.parametrize("path", REPORTS + LESSONS, ids=named)
def test_each_parameter_is_a_plain_value_with_a_comment(path):
    [cell] = [cell for cell in code_cells(path) if "parameters" in cell["metadata"].get("tags", [])]
    for statement, line in zip(ast.parse(source(cell)).body, source(cell).splitlines(), strict=True):
        assert isinstance(statement, (ast.Assign, ast.AnnAssign))
        ast.literal_eval(statement.value)
        assert "  # " in line


def test_a_notebook_with_logic_or_output_would_be_noticed(tmp_path):
    cell = {
        "cell_type": "code",
        "metadata": {},
        "source": ["for x in y:\n", "    pass"],
        "outputs": [{}],
        "execution_count": 1,
    }
    path = tmp_path / "bad.ipynb"
    path.write_text(json.dumps({"cells": [cell]}), encoding="utf-8")
    assert logic(path) == ["For"]
    assert len(stored_outputs(path)) == 1


@pytest.mark.parametrize("path", REPORTS + LESSONS, ids=named)
def test_it_runs_from_top_to_bottom(path, tmp_path):
    ran = papermill.execute_notebook(
        path, tmp_path / path.name, cwd=path.parent, progress_bar=False, kernel_name="python3"
    )
    counts = [cell.execution_count for cell in ran.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    assert [one for cell in ran.cells for one in cell.get("outputs", []) if one.output_type == "error"] == []
