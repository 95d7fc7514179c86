"""Exhibits on the command line: in plain text, their pictures as files."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console

PNG = "image/png"


class Shown(Protocol):
    """What the showing wing hands over."""

    @property
    def media(self) -> Mapping[str, Any]:
        """What is to be seen, by MIME type."""

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What is to be known of it, by MIME type."""


def print_exhibits(console: Console, exhibits: Iterable[Shown]) -> None:
    """The exhibits in plain text, one under another."""
    for one in exhibits:
        console.print(one.media["text/plain"], soft_wrap=True, markup=False, highlight=False)


def keep_pictures(exhibits: Iterable[Shown], folder: Path) -> None:
    """Write each picture among the exhibits to the folder, under the name that it carries."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in exhibits:
        if PNG in one.media:
            picture = b64decode(one.media[PNG])
            (folder / f"{one.metadata[PNG]['name']}.png").write_bytes(picture)
