"""Notebooks as files: where a name leads, what the cells say, what the parameters cell declares."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from lowback.checked_yaml import ConfigurationError, unknown_name
from lowback.frozen import BROKEN, read_bytes
from lowback.publish.parameters import Parameter, read_parameters

PACKAGE = Path(__file__).resolve().parents[1]
SHELVES = (
    PACKAGE / "notebooks",
    PACKAGE.parents[1] / "notebooks" / "reports",
    PACKAGE.parents[1] / "notebooks" / "lessons",
)
ADDED = {"injected-parameters", "papermill-error-cell-tag"}
"""Tags of the cells that papermill adds to a notebook that it runs."""


@dataclass(frozen=True)
class Notebook:
    """A stored notebook: its file, the bytes read, its cells, the heading it opens with and its parameters."""

    path: Path
    content: bytes
    cells: tuple[Mapping[str, Any], ...]
    parameters: Mapping[str, Parameter]

    @property
    def heading(self) -> str:
        """The first `# heading`, or the file's name where there is none."""
        for cell in self.cells:
            for line in source_of(cell).splitlines() if cell["cell_type"] == "markdown" else []:
                if line.startswith("# "):
                    return line[2:].strip()
        return self.path.stem.replace("_", " ").replace("-", " ").capitalize()


def find_notebook(name: str, folder: Path) -> Path:
    """The file a request means: a path relative to `folder` if it ends in .ipynb, else a name on our shelves."""
    if name.endswith(".ipynb"):
        path = (folder / name).resolve()
        if not path.is_file():
            raise ConfigurationError(f"no notebook {path}")
        return path
    shelved = {path.stem: path for shelf in reversed(SHELVES) for path in sorted(shelf.glob("*.ipynb"))}
    if name not in shelved:
        raise ConfigurationError(f"no notebook {name!r}; {unknown_name(name, sorted(shelved))}")
    return shelved[name]


def read_notebook(path: Path) -> Notebook:
    """A notebook in format 4 with exactly one cell tagged `parameters`; anything else is refused by name."""
    try:
        content = read_bytes(path)
    except OSError as error:
        if error.errno in BROKEN:
            raise
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror})") from None
    return _understood(path, content)


@lru_cache(maxsize=128)
def _understood(path: Path, content: bytes) -> Notebook:
    """The notebook that these bytes are, which the editions of a run share."""
    try:
        stored = json.loads(content)
    except ValueError as error:
        raise ConfigurationError(f"{path}: is no notebook ({error})") from None
    if (
        not isinstance(stored, dict)
        or stored.get("nbformat") != 4
        or not isinstance(stored.get("cells"), list)
    ):
        raise ConfigurationError(f"{path}: is no notebook of format 4; save it anew with Jupyter")
    return Notebook(path, content, tuple(stored["cells"]), _parameters(stored["cells"], path))


def own_folder(executed: str | Path) -> Path:
    """Where IPython keeps its files while a notebook is run to `executed`."""
    return Path(executed).with_suffix(".own")


def source_of(cell: Mapping[str, Any]) -> str:
    """A cell's text, which the file format also stores as a list of lines."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def tags_of(cell: Mapping[str, Any]) -> list[str]:
    """A cell's tags."""
    return list(cell.get("metadata", {}).get("tags", []))


def numbered(cells: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, Any]]:
    """Every cell with its number in the stored notebook, from 1; a cell that papermill added has the one before it."""
    number = 0
    for cell in cells:
        number += ADDED.isdisjoint(tags_of(cell))
        yield number, cell


def code_cells(cells: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, Any]]:
    """The cells that a run must execute, numbered as in the stored notebook."""
    for number, cell in numbered(cells):
        if cell["cell_type"] == "code" and source_of(cell).strip():
            yield number, cell


def _parameters(cells: list[dict[str, Any]], path: Path) -> dict[str, Parameter]:
    tagged = []
    for number, cell in enumerate(cells, start=1):
        if "injected-parameters" in tags_of(cell):
            raise ConfigurationError(
                f"{path}: cell {number} holds the parameters of an earlier run; delete it and save"
            )
        if "parameters" in tags_of(cell):
            tagged.append((number, cell))
    if len(tagged) != 1:
        raise ConfigurationError(
            f"{path}: cells tagged 'parameters': {len(tagged)}; a report notebook has exactly one"
        )
    number, cell = tagged[0]
    return read_parameters(source_of(cell), f"{path.name} cell {number}")
