"""What a report is made from, a hash for each component, so that a later run can tell whether and why it would differ."""

from __future__ import annotations

import ast
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from lowback.certificate import certificate_file
from lowback.frozen import refuse_endless, sha256_of
from lowback.publish.editions import Edition
from lowback.publish.files import FILE
from lowback.publish.manifest import fingerprint, shown_path
from lowback.publish.notebooks import SHELVES, Notebook, code_cells, source_of
from lowback.publish.provenance import installed, sources_hash
from lowback.publish.request import PlannedRun, Request, planned_runs

COMPONENT = {
    "data": "data",
    "mapping": "mapping",
    "study": "study",
    "parameter": "parameters",
    "notebook": "notebook",
    "module": "code",
    "certificate": "certificate",
}
"""The component of the key that a file belongs to, by its role; the request itself counts by what it says."""
COMPONENTS = (*dict.fromkeys(COMPONENT.values()), "lock")
NOT_DECIDING = {"mapping", "data", "study", "for_each", "retries", "must_change", "notices", "triggers"}
"""Keys of a request whose files or editions count in their place, or that no reader of a report can tell."""


@dataclass(frozen=True)
class Hashes:
    """Hashes of files, each read once as long as it does not change; of a file that a run has copied, the copy's."""

    _known: dict[tuple[str, int, int, int], str] = field(default_factory=dict)

    def described(self, role: str, path: Path, base: Path) -> dict[str, Any]:
        """A file as the manifest lists it: role, path relative to `base`, bytes and hash."""
        digest, size = sha256_of(path) or self._now(path)
        return {"role": role, "path": shown_path(path, base), "bytes": size, "sha256": digest}

    def _now(self, path: Path) -> tuple[str, int]:
        state = os.stat(path)
        known = (str(path), state.st_size, state.st_mtime_ns, state.st_ino)
        if known not in self._known:
            refuse_endless(path)
            with path.open("rb") as file:
                self._known[known] = hashlib.file_digest(file, "sha256").hexdigest()
        return self._known[known], state.st_size

    @cached_property
    def sources(self) -> str:
        """The hash of this package's own files."""
        return sources_hash()

    @cached_property
    def installed(self) -> dict[str, str]:
        """Every installed package with its version."""
        return installed()


@dataclass(frozen=True)
class Ingredients:
    """What one edition is made from: the hash of each component, and the files and packages behind them."""

    key: Mapping[str, str]
    inputs: list[dict[str, Any]]
    sources: str
    installed: Mapping[str, str]

    @property
    def fingerprint(self) -> str:
        """One hash of all that decides what the report says."""
        return fingerprint(self.key)


@dataclass(frozen=True)
class Pantry:
    """The ingredients of a request's editions; what they share is read once."""

    request: Request
    hashes: Hashes = field(default_factory=Hashes)

    def of(self, edition: Edition, data: Sequence[Path]) -> Ingredients:
        """What an edition is made from, its data files given; `OSError` where one cannot be read."""
        inputs = self.inputs(data)
        parameters = {**self._said, "value": edition.value, "part": dict(edition.part)}
        if edition.data is not None:
            parameters["data"] = shown_path(edition.data, self.request.file.parent)
        own = {
            "data": _component("data", None, inputs),
            "parameters": _component("parameters", parameters, inputs),
        }
        key = {component: own.get(component) or self._shared_key[component] for component in COMPONENTS}
        return Ingredients(key, inputs, self.hashes.sources, self.hashes.installed)

    def inputs(self, data: Sequence[Path]) -> list[dict[str, Any]]:
        """The files that an edition is made from, its data files given, with their hashes."""
        return [*self._shared, *(self._described("data", path) for path in dict.fromkeys(data))]

    @cached_property
    def files(self) -> Mapping[Path, str]:
        """Every file that all editions are made from, with its role."""
        request = self.request
        planned = planned_runs(request, request.data)
        files = {request.file: "request", request.study: "study", request.mapping: "mapping"}
        files |= {one.notebook.path: "notebook" for one in planned}
        for path in (file for one in planned for file in _named_files(one)):
            files.setdefault(path, "parameter")
        for path in (file for one in planned for file in modules_beside(one.notebook)):
            files.setdefault(path, "module")
        certificate = certificate_file(request.file)
        if certificate.is_file():
            files[certificate] = "certificate"
        return files

    @cached_property
    def _shared(self) -> list[dict[str, Any]]:
        return [self._described(role, path) for path, role in self.files.items()]

    @cached_property
    def _shared_key(self) -> dict[str, str]:
        """The components of the key that all editions have alike."""
        said = {"code": self.hashes.sources, "lock": self.hashes.installed}
        return {one: _component(one, said.get(one), self._shared) for one in COMPONENTS}

    @cached_property
    def _said(self) -> dict[str, Any]:
        """What the request says that a reader may notice, and where its files stand."""
        request = self.request
        said = request.model_dump(mode="json", exclude=NOT_DECIDING)
        places = {
            name: shown_path(getattr(request, name), request.file.parent) for name in ("mapping", "study")
        }
        return {**said, **places}

    def _described(self, role: str, path: Path) -> dict[str, Any]:
        return self.hashes.described(role, path, self.request.file.parent)


def _component(name: str, said: Any, inputs: Sequence[Mapping[str, Any]]) -> str:
    """The hash of one component of the key: what is said, and the files that belong to it."""
    files = [[one["path"], one["sha256"]] for one in inputs if COMPONENT.get(one["role"]) == name]
    return fingerprint({"said": said, "files": files})


def modules_beside(notebook: Notebook) -> Iterator[Path]:
    """The Python files that a notebook may import from its own folder; on our shelves there are none."""
    folder = notebook.path.parent
    if folder in SHELVES:
        return
    yield from sorted(folder.glob("*.py"))
    named = _imported(notebook)
    for inner in sorted(one for one in folder.iterdir() if one.is_dir()):
        if (inner / "__init__.py").is_file() or inner.name in named:
            yield from sorted(inner.rglob("*.py"))


def _named_files(run: PlannedRun) -> list[Path]:
    """The files that a notebook's parameters name."""
    defaults = {name: one.default for name, one in run.notebook.parameters.items()}
    named = [value for name, value in {**defaults, **run.parameters}.items() if name.endswith(FILE)]
    paths = [(run.notebook.path.parent / str(one)).resolve() for one in named if one]
    return [path for path in paths if path.is_file()]


def _imported(notebook: Notebook) -> set[str]:
    """The first names of what a notebook imports."""
    names: set[str] = set()
    for _, cell in code_cells(notebook.cells):
        try:
            tree = ast.parse(source_of(cell))
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.split(".")[0])
    return names
