"""One hash of all the code that a function rests on, so that a change elsewhere leaves it as it is."""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).resolve().parents[1]
PACKAGE = SOURCE.name
NUMERICS = ("numpy", "scipy", "pandas")
DATA = {".yml", ".csv"}


@cache
def code_version(*functions: Callable[..., Any]) -> str:
    """A hash of the files that define these functions, of all of this package that they import, and of the numeric libraries' versions.

    Data files beside an imported module count as part of it. Found once a process, near the time when the code was loaded.
    """
    digest = hashlib.sha256()
    for name in NUMERICS:
        digest.update(f"{name} {version(name)}\0".encode())
    files: set[Path] = set()
    for function in functions:
        files |= _files(function.__module__)
    for path in sorted(files, key=lambda one: (one.name, one.as_posix())):
        inside = path.relative_to(SOURCE) if path.is_relative_to(SOURCE) else Path(path.name)
        digest.update(inside.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _files(module: str) -> frozenset[Path]:
    """Every file that a module rests on."""
    start = _file_of(module) or _file_elsewhere(module)
    if start is None:
        return frozenset()
    found: set[Path] = set()
    waiting = [start]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        if path.suffix == ".py":
            waiting += [one for name in _imports(path) if (one := _file_of(name)) is not None]
            if path.is_relative_to(SOURCE):
                waiting += [one for one in path.parent.iterdir() if one.suffix in DATA]
    return frozenset(found)


def _imports(path: Path) -> Iterator[str]:
    """The modules of this package that a file imports, wherever in the file; names imported from them as well."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level and path.is_relative_to(SOURCE):
                parts = (PACKAGE, *path.relative_to(SOURCE).parts[:-1])
                module = ".".join(filter(None, [*parts[: len(parts) - node.level + 1], node.module]))
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _file_of(module: str) -> Path | None:
    """The file of a module of this package."""
    first, *rest = module.split(".")
    if first != PACKAGE:
        return None
    place = SOURCE.joinpath(*rest)
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if rest and path.is_file():
            return path
    return None


def _file_elsewhere(module: str) -> Path | None:
    """The file of a module that somebody else wrote."""
    file = getattr(sys.modules.get(module), "__file__", None)
    return Path(file).resolve() if file else None
