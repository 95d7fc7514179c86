"""Ctrl-C and the signals that ask a command to end: everything that it started ends first, then it says by its code what ended it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import typer

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class Interrupted(KeyboardInterrupt):
    """A signal asked for an end; `number` tells which."""

    def __init__(self, number: int) -> None:
        """Say which."""
        super().__init__(signal.Signals(number).name)
        self.number = number


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn the first such signal into an orderly end with exit code 128 + its number; later ones do not disturb that."""
    asked = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]

    def ask(number: int, _frame: object) -> None:
        for one in asked:
            signal.signal(one, signal.SIG_IGN)
        raise Interrupted(number)

    # A signal that whoever started us ignores, as nohup does, stays ignored.
    before = {one: signal.getsignal(one) for one in asked if signal.getsignal(one) is not signal.SIG_IGN}
    for one in before:
        signal.signal(one, ask)
    try:
        yield
    except Interrupted as interrupted:
        typer.echo(
            f"Ended by {interrupted}; nothing half-made is left, and earlier reports stand as they were.",
            err=True,
        )
        raise typer.Exit(128 + interrupted.number) from None
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
