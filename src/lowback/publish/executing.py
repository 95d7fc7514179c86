"""A notebook on its way through papermill: read, given its parameters, run, checked for errors and written.

Step by step what `papermill.execute_notebook` does, but for how the executed notebook is written: papermill writes it once before and
once after with an indented line for each number of each table, which takes longer than to draw a figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbformat.v4.rwbase import split_lines, strip_transient
from papermill.engines import papermill_engines
from papermill.execute import prepare_notebook_metadata, raise_for_execution_errors, remove_error_markers
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook
from papermill.utils import chdir

from lowback.publish.record import encoded, write_whole

ENGINE = "in this process"
"""The name under which papermill knows the engine."""


def execute(source: str, executed: str, parameters: Mapping[str, Any], folder: str, **options: Any) -> None:
    """Run the notebook `source` in `folder` and leave it at `executed`; `options` are the engine's.

    Raises `PapermillExecutionError` for a cell that failed, once the notebook is written with a mark at that cell.
    """
    told = {"kernel_name": "python3", "language": "python", "engine_name": ENGINE}
    notebook = load_notebook_node(source)
    if parameters:
        notebook = parameterize_notebook(notebook, dict(parameters), **told)
    notebook = remove_error_markers(prepare_notebook_metadata(notebook, source, executed))
    with chdir(folder):
        notebook = papermill_engines.execute_notebook_with_engine(
            ENGINE, notebook, told["kernel_name"], progress_bar=False, executed=executed, **options
        )
    raise_for_execution_errors(notebook, executed)
    write_whole(executed, encoded(strip_transient(split_lines(notebook))))
