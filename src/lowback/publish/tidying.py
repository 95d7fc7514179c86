"""Executed notebooks made fit to be published: without the machine's paths, timings and metadata of the run."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lowback.publish.notebooks import PACKAGE, source_of, tags_of
from lowback.result import OWN_MIMES

# Only from the start of a word: from everywhere inside one, a long line would take the square of its length.
CELL_FILE = re.compile(r"(?<![^\s\"'(])[^\s\"'(]*ipykernel_\d+[/\\]\d+\.py")


def tidied(content: bytes, folders: Iterable[Path]) -> bytes:
    """An executed notebook as it is published; `folders` are the request's own, named '...' wherever they appear."""
    notebook = json.loads(content)
    notebook["metadata"].pop("papermill", None)
    known = _machine_folders(folders)
    for cell in notebook["cells"]:
        for key in ("papermill", "execution"):
            cell["metadata"].pop(key, None)
        if "injected-parameters" in tags_of(cell):
            # papermill draws this one at random, which would make two equal runs differ.
            cell["id"] = "parameters-of-the-request"
    # A line for each cell: to indent all that tables hold takes longer than to tidy it.
    cells = ",\n".join(_tidy_line(cell, known) for cell in notebook["cells"])
    rest = _line({name: value for name, value in notebook.items() if name != "cells"})
    return f'{{"cells": [\n{cells}\n],\n{rest[1:]}\n'.encode()


def _tidy_line(cell: dict[str, Any], known: list[tuple[str, str]]) -> str:
    """A cell as JSON, its outputs tidied; they are looked into word by word only where the whole holds what must go."""
    line = _line(cell)
    if "ipykernel_" not in line and not any(_line(folder)[1:-1] in line for folder, _ in known):
        return line
    for output in cell.get("outputs", []):
        _tidy_output(output, known)
    return _line(cell)


def _line(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def words_of(cells: Iterable[Mapping[str, Any]]) -> str:
    """Everything that a published notebook says, in its source and its outputs, once each and without the pictures."""
    said: list[str] = []
    for cell in cells:
        said.append(source_of(cell))
        for output in cell.get("outputs", []):
            shown = [
                {mime: one} for mime, one in output.get("data", {}).items() if not mime.startswith("image/")
            ]
            said += map(_line, (*shown, output.get("metadata"), output.get("text")))
    return "\n".join(dict.fromkeys(said))


def _tidy_output(output: dict[str, Any], known: list[tuple[str, str]]) -> None:
    for key in ("text", "traceback", "evalue"):
        if key in output:
            output[key] = _scrubbed(output[key], known)
    for mime, content in output.get("data", {}).items():
        if mime.startswith("text/") or mime in OWN_MIMES:
            output["data"][mime] = _scrubbed(content, known)


def _scrubbed(content: Any, known: list[tuple[str, str]]) -> Any:
    if isinstance(content, list):
        return [_scrubbed(one, known) for one in content]
    if isinstance(content, dict):
        return {key: _scrubbed(one, known) for key, one in content.items()}
    if not isinstance(content, str):
        return content
    content = CELL_FILE.sub("<cell>", content)
    for folder, label in known:
        content = content.replace(folder, label)
    return content


def _machine_folders(folders: Iterable[Path]) -> list[tuple[str, str]]:
    """Folders to be masked, the longest first, so that a folder inside another keeps its own label."""
    labels = {str(folder): "..." for folder in folders}
    labels |= {str(PACKAGE): "lowback", sys.prefix: "<python>", sys.base_prefix: "<python>"}
    labels |= {str(Path.home()): "~", tempfile.gettempdir(): "<temporary>"}
    return sorted(
        ((folder, label) for folder, label in labels.items() if len(folder) > 4),
        key=lambda one: len(one[0]),
        reverse=True,
    )
