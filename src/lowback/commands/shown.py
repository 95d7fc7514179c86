"""How every command speaks: to a person, to a file or a pipe, and of rows that it did not take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from lowback.intake import Intake


def console() -> Console:
    """A console that never breaks a line in a file or a pipe."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=4000)


def complain(text: str) -> None:
    """What went wrong, to standard error."""
    Console(stderr=True).print(text, style="red", markup=False, soft_wrap=True, highlight=False)


def keep_refused_rows(intake: Intake, source: Path, place: Path | None = None) -> None:
    """Write the rows that did not enter whole where it is asked for, or else beside the source if that is possible."""
    from lowback.intake import keep_quarantine, write_quarantine
    from lowback.printed import print_quarantine

    if place is not None:
        write_quarantine(intake, place)
        return
    try:
        kept = keep_quarantine(intake, source)
    except OSError as error:
        complain(f"The refused rows were not written: {error}")
        return
    if kept is not None:
        print_quarantine(console(), intake, kept)
