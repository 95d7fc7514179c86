"""What keeps a report from being published, in words and as the kind that decides the exit code."""

from __future__ import annotations

from dataclasses import dataclass

from lowback.ending import Ending


@dataclass(frozen=True)
class Failure:
    """What went wrong: in which notebook and cell (both empty when it was the publishing itself), the error, and its kind.

    The kind of an error in a notebook is `PARTLY_FAILED`.
    """

    notebook: str
    cell: int | None
    error: str
    kind: Ending = Ending.PARTLY_FAILED

    def __str__(self) -> str:
        """The failure as a line for the person who ran the report."""
        place = f"notebook {self.notebook!r}" if self.notebook else "report"
        return f"{place}, cell {self.cell}: {self.error}" if self.cell else f"{place}: {self.error}"
