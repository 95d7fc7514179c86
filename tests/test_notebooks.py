"""Notebooks are tables of contents that run: no stored output, no logic in reports, from top to bottom."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import papermill
import pytest

from lowback.publish.children import Event, Run, children
from lowback.publish.notebooks import read_notebook

ROOT = Path(__file__).resolve().parents[1]
REPORTS = sorted((ROOT / "notebooks" / "reports").glob("*.ipynb"))
LESSONS = sorted((ROOT / "notebooks" / "lessons").glob("*.ipynb"))
# Where the example takes long: fewer people, one of its two sites, and a tenth of the simulated trials.
QUICKER = {
    "lessons/two_measures_of_one_thing": {"people": 40},
    "reports/power": {"replicates": 200},
    "reports/who_leads": {"part": {"site_id": "S01"}},
}
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
    return f"{path.parent.name}/{path.stem}"


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
    assert {path.stem for path in LESSONS} == {
        "before_and_after_a_session",
        "by_way_of_the_pelvis",
        "error_in_the_tilt",
        "one_diary",
        "regression_to_the_mean",
        "settles_and_returns",
        "the_people_who_got_better",
        "two_measures_of_one_thing",
    }


def test_a_name_leads_to_one_notebook():
    names = [path.stem for path in REPORTS + LESSONS]
    assert len(names) == len(set(names))


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


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """What runs the notebooks of a report: processes that need not import anything anew."""
    with children([read_notebook(path) for path in REPORTS + LESSONS]) as started:
        yield started


def ran_whole(executed: Path) -> bool:
    """Whether every code cell ran, in order, and none ended in an error."""
    cells = code_cells(executed)
    errors = [one for cell in cells for one in cell["outputs"] if one["output_type"] == "error"]
    return not errors and [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))


@pytest.mark.parametrize("path", REPORTS + LESSONS, ids=named)
def test_it_runs_from_top_to_bottom(path, run, tmp_path):
    places = {
        "source": path,
        "executed": tmp_path / path.name,
        "log": tmp_path / "log",
        "folder": path.parent,
    }
    job = {name: str(place) for name, place in places.items()}
    told: list[Event] = []
    run(
        {**job, "job": path.stem, "parameters": QUICKER.get(named(path), {}), "cell_seconds": 300.0},
        told.append,
    )
    assert [one["failed"] for one in told if "failed" in one] == []
    assert told[-1] == {"job": path.stem, "ended": 0}
    assert ran_whole(tmp_path / path.name)


# That the others show the same in a kernel as in a report is proved of what runs them (tests/publish/test_engine.py).
@pytest.mark.parametrize(
    "path", [LESSONS[0], next(one for one in REPORTS if one.stem == "cohort")], ids=named
)
def test_it_runs_in_a_kernel_of_its_own_as_in_jupyterlab(path, tmp_path):
    papermill.execute_notebook(
        path, tmp_path / path.name, cwd=path.parent, progress_bar=False, kernel_name="python3"
    )
    assert ran_whole(tmp_path / path.name)


def test_a_notebook_that_fails_or_stops_would_be_noticed(tmp_path):
    path = tmp_path / "executed.ipynb"
    for counts, kind, is_whole in (
        ((1, 2), "stream", True),
        ((1, None), "stream", False),
        ((1, 2), "error", False),
    ):
        cells = [
            {"cell_type": "code", "source": "", "execution_count": count, "outputs": [{"output_type": kind}]}
            for count in counts
        ]
        path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
        assert ran_whole(path) is is_whole
