"""Pages about reports: one file each, in the look of a report, that name by hash the style and the script that they allow."""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from lowback.checked_yaml import ConfigurationError
from lowback.publish.page import HERE as LOOK
from lowback.publish.sparkline import picture_of

HERE = Path(__file__).parent
MARK = '<meta name="generator" content="lowback'
"""By what a page of ours is known again before it is written over."""
START = 4000
"""Bytes in which the mark must stand."""


def page(template: str, content: Mapping[str, Any], script: str = "") -> str:
    """The page of a template in this folder; every text in `content` is escaped."""
    sheets = (LOOK / "report.css", LOOK / "moved.css", HERE / "archive.css")
    style = "\n".join(one.read_text(encoding="utf-8") for one in sheets)
    code = (HERE / script).read_text(encoding="utf-8") if script else ""
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["course"] = lambda one, name: Markup(picture_of(one, name, small=True))
    allowed = {"style_hash": _hash(style), "script_hash": _hash(code) if code else ""}
    return environment.get_template(template).render(style=style, script=code, **allowed, **content)


def write_over(path: Path, text: str) -> None:
    """Put a page in its place in one step, so that a reader sees the old one or the new one; refused over a file not ours.

    Two that write at once each put a whole page there, and the later one stays.
    """
    refuse_others(path)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".new")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def refuse_others(path: Path) -> None:
    """Refuse to write over anything but a page of ours."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise ConfigurationError(f"{path}: is no file that a page could replace")
    if path.is_file():
        with path.open("rb") as file:
            start = file.read(START)
        if start and MARK.encode() not in start:
            raise ConfigurationError(f"{path}: is no page of lowback and would be lost; move it away")


def _umask() -> int:
    """The mask for new files, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _hash(text: str) -> str:
    """The hash of a style or script as a content-security policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
