"""How every command speaks: to a person, to a file or a pipe, and of rows that it did not take."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

if TYPE_CHECKING:
    from lowback.intake import Intake


CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Characters that a terminal obeys instead of showing them; tabs and ends of lines are shown."""


class Screen(Console):
    """A console on which words from a file are only ever words: what a terminal would obey is shown as a question mark in a diamond."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is printed, piece by piece; the colours and the movements of this console's own pass."""
        for one in super().render(renderable, options):
            yield one if one.control else Segment(CONTROL.sub("\ufffd", one.text), one.style)


def console() -> Console:
    """A console that never breaks a line in a file or a pipe."""
    found = Screen(highlight=False)
    return found if found.is_terminal else Screen(highlight=False, width=4000)


def complain(text: str) -> None:
    """What went wrong, to standard error."""
    Screen(stderr=True).print(text, style="red", markup=False, soft_wrap=True, highlight=False)


def keep_refused_rows(intake: Intake, source: Path, place: Path | None = None) -> None:
    """Write the rows that did not enter whole where it is asked for, or else beside the source if that is possible."""
    from lowback.intake import keep_quarantine, write_quarantine
    from lowback.printed.findings import print_quarantine

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
