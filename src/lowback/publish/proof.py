"""Proof that an executed notebook is the stored one, run whole: papermill's own word is not taken for it."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

from lowback.publish.failure import Failure, failed_in_cell
from lowback.publish.hiding import hidden_in
from lowback.publish.notebooks import code_cells, source_of, tags_of
from lowback.publish.request import PlannedRun

TRACEBACK = "Traceback (most recent call last)"


def read_executed(path: Path) -> list[dict[str, Any]] | None:
    """The cells of an executed notebook; nothing where a crash left no readable file."""
    try:
        return list(json.loads(path.read_bytes())["cells"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def unproven(planned: PlannedRun, executed: list[dict[str, Any]] | None) -> list[Failure]:
    """Everything that speaks against the notebook having run whole and in order, by cell; empty when proven.

    Cells are numbered as in the stored notebook, from 1.
    """
    if executed is None:
        return [Failure(planned.name, None, "the executed notebook is missing or unreadable")]
    injected = [cell for cell in executed if "injected-parameters" in tags_of(cell)]
    problems = [Failure(planned.name, None, text) for text in _wrong_parameters(planned, executed, injected)]
    stored = [source_of(cell) for _, cell in code_cells(planned.notebook.cells)]
    ran = [cell for _, cell in code_cells(executed) if cell not in injected]
    if [source_of(cell) for cell in ran] != stored:
        return [
            *problems,
            Failure(planned.name, None, "the cells that ran are not the cells that are stored"),
        ]
    return [*problems, *_cell_errors(planned, executed)] or _out_of_order(planned, executed)


def _cell_errors(planned: PlannedRun, executed: list[dict[str, Any]]) -> list[Failure]:
    """The errors that executed cells show, those included that a cell caught or was allowed, and what may hide others."""
    shown = [
        failure
        for number, cell in code_cells(executed)
        for output in cell.get("outputs", [])
        if (failure := _error(planned.name, number, output)) is not None
    ]
    return shown or [
        Failure(planned.name, number, text)
        for number, cell in code_cells(executed)
        for text in hidden_in(source_of(cell))
    ]


def _wrong_parameters(
    planned: PlannedRun, executed: list[dict[str, Any]], injected: list[dict[str, Any]]
) -> list[str]:
    """Whether the cell that papermill wrote gives every parameter its value, right after the defaults."""
    if not planned.parameters:
        return [] if not injected else ["a cell of parameters appeared that nobody asked for"]
    if len(injected) != 1:
        return [f"cells with the request's parameters: {len(injected)}; there must be one"]
    before = executed[executed.index(injected[0]) - 1]
    if "parameters" not in tags_of(before):
        return ["the request's parameters do not follow the notebook's own"]
    if _literals(source_of(injected[0])) != dict(planned.parameters):
        return ["the notebook received other parameters than the request gives"]
    return []


def _literals(source: str) -> dict[str, Any] | None:
    try:
        return {
            ast.unparse(one.targets[0]): ast.literal_eval(one.value)
            for one in ast.parse(source).body
            if isinstance(one, ast.Assign)
        }
    except (SyntaxError, ValueError):
        return None


def _error(name: str, number: int, output: dict[str, Any]) -> Failure | None:
    """The error that an output shows, or hides among its messages."""
    if output["output_type"] == "error":
        return failed_in_cell(name, number, output["ename"], output["evalue"])
    if output["output_type"] == "stream":
        text = _text(output["text"])
        if TRACEBACK in text:
            return Failure(name, number, f"an error that the cell swallowed: {text.strip().splitlines()[-1]}")
    return None


def _out_of_order(planned: PlannedRun, executed: list[dict[str, Any]]) -> list[Failure]:
    """Whether the kernel counted every cell, once and in order."""
    for number, cell in code_cells(executed):
        if not isinstance(cell.get("execution_count"), int):
            return [Failure(planned.name, number, "was not run")]
    counts = [cell["execution_count"] for _, cell in code_cells(executed)]
    if counts != list(range(1, len(counts) + 1)):
        return [Failure(planned.name, None, f"cells ran out of order or more than once: {counts}")]
    return []


def _text(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)
