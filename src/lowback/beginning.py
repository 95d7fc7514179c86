"""How the program begins: in the environment of what runs notebooks, so that its own forks can run them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
FIXED = {
    "PYTHONHASHSEED": "0",
    "MPLBACKEND": "agg",
    "PYTHONUTF8": "1",
    **dict.fromkeys(ONE_THREAD, "1"),
}
"""The environment of whatever runs notebooks; some of it Python reads only when it starts."""
# macOS's own numerical libraries do not survive a fork.
CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"


def begin() -> None:
    """Run the command line; a program that will run notebooks begins anew in their environment."""
    begin_anew(sys.argv)
    from lowback.__main__ import main

    main()


def begin_anew(words: Sequence[str]) -> None:
    """Put the same program with the environment of notebooks in the place of this one, before it has imported anything.

    Only for `report`, where a fork can be made, and where text is UTF-8 anyway; the process stays the same.
    """
    if words[1:2] == ["report"] and CAN_FORK and not is_fixed() and _would_change_nothing_else():
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, **FIXED})


def answer_signals_anew() -> None:
    """Answer what asks a process to end as a new program does, not as the one that was forked; what whoever started it ignores stays ignored."""
    for name, anew in (
        ("SIGINT", signal.default_int_handler),
        ("SIGTERM", signal.SIG_DFL),
        ("SIGHUP", signal.SIG_DFL),
    ):
        number = getattr(signal, name, None)
        if number is not None and callable(signal.getsignal(number)):
            signal.signal(number, anew)


def is_fixed() -> bool:
    """Whether this process has the environment of whatever runs notebooks, from its start on."""
    return os.environ.items() >= FIXED.items() and not sys.flags.hash_randomization


def _would_change_nothing_else() -> bool:
    return sys.getfilesystemencoding() == "utf-8" and not sys.flags.ignore_environment
