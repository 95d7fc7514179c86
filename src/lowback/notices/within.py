"""Keeps whoever answers slowly, or never, from holding up a report."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

SECONDS = 20.0
WAITS = (2.0, 10.0)
"""Seconds before the second and the third attempt."""


class NotSentError(Exception):
    """Why a notice did not leave, in words without any address or secret; `again` says that another attempt may help."""

    def __init__(self, why: str, *, again: bool) -> None:
        """Keep both."""
        super().__init__(why)
        self.again = again


def within(seconds: float, send: Callable[[], None]) -> None:
    """Call `send`, given up after so many seconds however it spends them; raises what it raises."""
    ended: list[NotSentError | None] = []

    def attempt() -> None:
        try:
            send()
        except NotSentError as error:
            ended.append(error)
        else:
            ended.append(None)

    # Whoever sends a byte a second stays within any time-out of a socket, so the whole is timed.
    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise NotSentError(f"no answer within {seconds:g} s", again=False)
    if not ended:
        raise NotSentError("the attempt broke off", again=False)
    if ended[0] is not None:
        raise ended[0]


def tried(send: Callable[[], None], seconds: float = SECONDS, waits: Sequence[float] = WAITS) -> str | None:
    """Send, again after each wait where that may help; returns why nothing was sent, or None."""
    for wait in (*waits, None):
        try:
            within(seconds, send)
        except NotSentError as error:
            if wait is None or not error.again:
                return str(error)
            time.sleep(wait)
        else:
            return None
    return None
