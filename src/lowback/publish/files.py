"""Files that a request names: how a notebook finds them from its own folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from lowback.checked_yaml import ConfigurationError

FILE = "_file"
"""How a parameter ends that names a file, which is relative to the request, as the request's own paths are."""


def placed(name: str, value: Any, request: Path, folder: Path) -> Any:
    """The value; of a parameter that names a file, from the request's folder to the notebook's, where the kernel runs."""
    if not name.endswith(FILE) or not isinstance(value, str):
        return value
    target = (request.parent / value).resolve()
    if not target.is_file():
        raise ConfigurationError(f"{request}: {name} = {value!r}: no such file {target}")
    return path_from(folder, target)


def path_from(folder: Path, target: Path) -> str:
    """The way from a folder to a file, as notebooks and manifests write it."""
    try:
        return Path(os.path.relpath(target, folder)).as_posix()
    except ValueError:  # another drive on Windows
        return target.as_posix()
