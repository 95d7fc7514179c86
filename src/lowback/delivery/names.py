"""Names of folders under which a report cannot be made, told before anything is run."""

from __future__ import annotations

import os
from pathlib import Path

LONGEST = 215
"""Bytes of a report's name; files beside it add up to 40, and file systems hold 255."""
BRACES = ("{", "}")


def unusable(place: Path) -> str | None:
    """Why no report can be made at a place; nothing where one can.

    What runs notebooks reads braces anywhere in a path as the name of a parameter.
    """
    if any(one in str(place) for one in BRACES):
        return (
            f"the report would stand at {place}, and no notebook can be run under a name with {{ or }}; "
            "rename the folder or the request, or publish elsewhere with --out"
        )
    length = len(os.fsencode(place.name))
    if length > LONGEST:
        return (
            f"the name of the request has {length} bytes, and that of a report may have {LONGEST}; shorten it"
        )
    return None
