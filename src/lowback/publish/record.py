"""What a notebook showed so far, for whoever looks at it when its process has died: a line for each cell that ran, beside the notebook.

Papermill would check, copy and indent the whole notebook twice a cell, which takes longer than most cells.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


class Record:
    """Written by the process that runs the notebook, whose file at `path` says what was given, and in the end all of it."""

    def __init__(self, notebook: Any, path: str) -> None:
        """Write the notebook as it was given."""
        write_whole(path, encoded(notebook))
        self._notebook, self._saved = notebook, 0
        self._lines = _lines_of(path).open("ab")

    def save(self, index: int) -> None:
        """Add the cells before the one with this index, as they are before it runs."""
        for cell in self._notebook.cells[self._saved : index]:
            self._lines.write(f"{encoded(cell)}\n".encode())
        self._lines.flush()
        self._saved = index


def put_together(path: Path) -> None:
    """Put the cells that ran into the notebook at `path`, whose process is gone; a line that was cut off is left out."""
    try:
        ran = [json.loads(line) for line in _lines_of(path).read_bytes().split(b"\n")[:-1]]
        notebook = json.loads(path.read_bytes())
        notebook["cells"][: len(ran)] = ran
    except (OSError, ValueError, KeyError, TypeError):
        # Nothing was kept yet, or by another hand.
        return
    write_whole(str(path), json.dumps(notebook))


def clear_away(path: Path) -> None:
    """Delete the lines; the notebook holds what it will."""
    _lines_of(path).unlink(missing_ok=True)


def _lines_of(path: str | Path) -> Path:
    return Path(path).with_suffix(".ran")


def encoded(content: Any) -> str:
    """A part of a notebook as JSON."""
    # Slow to import, and only what runs a notebook writes one down.
    from nbformat.v4.nbjson import BytesEncoder

    return json.dumps(content, cls=BytesEncoder)


def write_whole(path: str, text: str) -> None:
    """Write a file that is there whole or not at all, whatever ends this process meanwhile."""
    part = f"{path}.part"
    Path(part).write_text(text, encoding="utf-8")
    os.replace(part, path)
