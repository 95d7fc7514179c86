"""The diagrams that ship: the mechanism and its rivals, and one's own beside them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lowback.diagram.arrows import Diagram, read_diagram
from lowback.variables import Variable

FOLDER = Path(__file__).with_name("shipped")
NAMES = ("mechanism", "guarding", "activity")


def shipped_names() -> tuple[str, ...]:
    """The diagrams that ship, the mechanism first."""
    return NAMES


def diagrams(own: str | Path = "", variables: Mapping[str, Variable] | None = None) -> tuple[Diagram, ...]:
    """The diagrams that ship, after the one in the file `own` if a file is named."""
    mine = (read_diagram(own, variables),) if str(own) else ()
    return (*mine, *(read_diagram(FOLDER / f"{name}.yml") for name in NAMES))
