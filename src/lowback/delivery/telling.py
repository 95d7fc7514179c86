"""How far the editions of a run are: told through a file an edition, which any process on any machine can write and read."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from lowback.delivery.delivered import Delivered, Kept


@dataclass(frozen=True)
class Telling:
    """What an edition does at the moment: since when, which cell of how many it is at, and which try it is."""

    state: str
    since: float
    cell: int = 0
    cells: int = 0
    tries: int = 1


@dataclass(frozen=True)
class Teller:
    """Writes down how far one edition is; what cannot be written is not told."""

    file: Path
    began: float
    tries: int = 1

    def __call__(self, state: str, cell: int = 0, cells: int = 0) -> None:
        """Tell this."""
        text = json.dumps(asdict(Telling(state, self.began, cell, cells, self.tries)))
        draft = self.file.with_suffix(".draft")
        try:
            draft.write_text(text, encoding="utf-8")
            draft.replace(self.file)
        except OSError:
            return


def told_by(folder: Path, number: int) -> Telling | None:
    """How far the edition of that number is; nothing where it has not begun."""
    try:
        return Telling(**json.loads((folder / f"{number}.telling").read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def teller(folder: Path, number: int, tries: int = 1) -> Teller:
    """What an edition tells through."""
    return Teller(folder / f"{number}.telling", time.time(), tries)


class Watch(Protocol):
    """Whoever wants to know how a run goes."""

    def begins(self, names: Sequence[str], run: Path) -> None:
        """The editions with these names are about to be made; each tells how far it is through a file in the run's folder."""

    def ended(self, delivered: Delivered) -> None:
        """An edition ended."""

    def missed(self, request: Path, people: int) -> None:
        """So many people belong to no edition of a request."""

    def kept(self, request: Path, kept: Kept) -> None:
        """So many rows of a request's data belong to no edition and are kept there."""


class Silent:
    """Nobody who wants to know."""

    def begins(self, names: Sequence[str], run: Path) -> None:
        """Let it begin."""

    def ended(self, delivered: Delivered) -> None:
        """Let it end."""

    def missed(self, request: Path, people: int) -> None:
        """Let them be missed."""

    def kept(self, request: Path, kept: Kept) -> None:
        """Let them be kept."""
