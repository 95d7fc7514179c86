"""How a command ends, as the exit code that whoever watches can act upon."""

from __future__ import annotations

from enum import IntEnum


class Ending(IntEnum):
    """Exit codes; of several reports that ended unlike each other the command says `PARTLY_FAILED`."""

    DONE = 0
    WRONG_REQUEST = 2
    PARTLY_FAILED = 3
    ALREADY_RUNNING = 4
    INPUT_REFUSED = 5
    TIME_LIMIT = 6
    KERNEL_DIED = 7
    STORAGE = 8
