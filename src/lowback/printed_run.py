"""What the command line prints of a run over many editions: a table that lives while it goes on, and how each ended."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Column, Table

POLL_SECONDS = 0.25
ROOM = 6
"""Lines of a terminal that the table leaves free."""


class Ended(Protocol):
    """How an edition ended."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def words(self) -> str:
        """How, in a word or two."""

    @property
    def failures(self) -> tuple[str, ...]:
        """Why, where it failed."""

    @property
    def seconds(self) -> float:
        """How long it took."""

    @property
    def tries(self) -> int:
        """How often it was tried."""


class KeptRows(Protocol):
    """Rows that entered no cohort whole."""

    @property
    def rows(self) -> int:
        """How many."""

    @property
    def place(self) -> Path:
        """Where they are kept."""

    @property
    def problem(self) -> str:
        """Why they are not."""


class At(Protocol):
    """What an edition does at the moment."""

    @property
    def state(self) -> str:
        """In a word."""

    @property
    def since(self) -> float:
        """Since when, by the system's clock."""

    @property
    def cell(self) -> int:
        """How many cells have started."""

    @property
    def cells(self) -> int:
        """Of how many."""


class RunShown:
    """A run as it goes on: as a table on a terminal, else as a line when an edition starts and when it ends."""

    def __init__(self, console: Console, told_by: Any) -> None:
        """Show it on this console; `told_by(folder, number)` tells what an edition does."""
        self._console, self._told_by = console, told_by
        self._names: Sequence[str] = ()
        self._run = Path()
        self._ended: dict[str, Ended] = {}
        self._started: set[str] = set()
        self._lock = threading.Lock()
        self._showing = ExitStack()
        self.nowhere: dict[Path, int] = {}
        self.strays: dict[Path, KeptRows] = {}

    def begins(self, names: Sequence[str], run: Path) -> None:
        """These editions are about to be made; only from here on does a thread show them, as what makes them may be forks."""
        self._names, self._run = names, run
        self._showing.enter_context(
            _live(self, self._console) if self._console.is_terminal else _polled(self)
        )

    def ends(self) -> None:
        """No more is shown."""
        self._showing.close()

    def ended(self, delivered: Ended) -> None:
        """One ended."""
        if delivered.name not in self._names:
            return
        self.poll()
        with self._lock:
            self._ended[delivered.name] = delivered
        if not self._console.is_terminal and len(self._names) > 1:
            _line(self._console, f"{delivered.name}: {_told(delivered)}")

    def missed(self, request: Path, people: int) -> None:
        """So many people belong to no edition of a request."""
        self.nowhere[request] = people

    def kept(self, request: Path, kept: KeptRows) -> None:
        """So many rows of a request's data belong to no edition and are kept there."""
        self.strays[request] = kept

    def poll(self) -> None:
        """Print a line for each edition that has begun since; on a terminal the table does that."""
        if self._console.is_terminal or len(self._names) < 2:
            return
        with self._lock:
            for number, name in enumerate(self._names):
                if name not in self._started and self._told_by(self._run, number) is not None:
                    self._started.add(name)
                    _line(self._console, f"{name}: started")

    def __rich__(self) -> Table:
        """The table: what runs, what ended last, and how many wait."""
        rows = [self._row(number, name) for number, name in enumerate(self._names)]
        going = [row for row in rows if row[0] == 1]
        ended = [row for row in rows if row[0] == 0]
        room = max(1, self._console.size.height - ROOM - len(going))
        table = Table(
            Column("edition", overflow="fold"), "state", "cell", Column("seconds", justify="right"), box=None
        )
        for _, *cells in [*ended[-room:], *going]:
            table.add_row(*map(escape, cells))
        if self._names:
            waiting = len(rows) - len(going) - len(ended)
            table.add_row(f"{len(ended)} of {len(rows)} done, {waiting} waiting", "", "", "")
        return table

    def _row(self, number: int, name: str) -> tuple[Any, ...]:
        if name in self._ended:
            found = self._ended[name]
            return 0, name, found.words, "", f"{found.seconds:.0f}"
        at: At | None = self._told_by(self._run, number)
        if at is None:
            return 2, name, "waits", "", ""
        cell = f"{at.cell} of {at.cells}" if at.cells else ""
        return 1, name, at.state, cell, f"{max(0.0, time.time() - at.since):.0f}"


@contextmanager
def run_shown(console: Console, told_by: Any) -> Iterator[RunShown]:
    """What shows a run on the console as long as this lasts."""
    shown = RunShown(console, told_by)
    try:
        yield shown
    finally:
        shown.ends()


def _live(shown: RunShown, console: Console) -> AbstractContextManager[object]:
    """The table on a terminal, kept up to date."""
    return Live(shown, console=console, refresh_per_second=4, transient=True)


@contextmanager
def _polled(shown: RunShown) -> Iterator[None]:
    """A look at what has begun, every moment."""
    stop = threading.Event()

    def poll() -> None:
        while not stop.wait(POLL_SECONDS):
            shown.poll()

    polling = threading.Thread(target=poll, daemon=True)
    polling.start()
    try:
        yield
    finally:
        stop.set()
        polling.join()


def print_summary(console: Console, delivered: Sequence[Ended], nowhere: Mapping[Path, int]) -> None:
    """How many editions ended in which way, why those failed that did, and how many people no edition is about."""
    counted = Counter(one.words for one in delivered)
    _line(
        console,
        f"Editions: {len(delivered)}. "
        + ", ".join(f"{words} {count}" for words, count in counted.items())
        + ".",
    )
    for one in delivered:
        if one.failures:
            _line(console, f"{one.name}: {_told(one)}")
    for request, people in nowhere.items():
        were = "1 person belongs" if people == 1 else f"{people} people belong"
        _line(console, f"{were} to no edition of {request}.")


def print_kept(console: Console, of: str, kept: KeptRows) -> None:
    """Where the rows of an edition, or of no edition, are that did not enter a cohort whole, or why they are nowhere."""
    if kept.problem:
        _line(console, f"{of}: the refused rows were not written: {kept.problem}")
        return
    rows = "1 row" if kept.rows == 1 else f"{kept.rows} rows"
    _line(console, f"{of}: {rows} refused or with a value set aside, word for word: {kept.place}")


def print_standing(console: Console, stood: Sequence[Any]) -> None:
    """A line an edition: how it stands, and why if it is not fresh; then how many stand how."""
    for one in stood:
        said = one.standing
        when = f" ({said.kind.lower().replace('_', ' ')}, {said.when})" if said.when else ""
        why = f": {'; '.join(one.splitlines()[0] for one in said.why)}" if said.why else ""
        _line(console, f"{one.name}: {said.state}{when}{why}")
    counted = Counter(one.standing.state for one in stood)
    _line(
        console,
        f"Editions: {len(stood)}. " + ", ".join(f"{state} {count}" for state, count in counted.items()) + ".",
    )


def _told(one: Ended) -> str:
    """How an edition ended, with the first reason, in one line."""
    took = f" in {one.seconds:.0f} s" if one.seconds else ""
    tries = f" after {one.tries} tries" if one.tries > 1 else ""
    why = f": {one.failures[0].splitlines()[0]}" if one.failures else ""
    return f"{one.words}{took}{tries}{why}"


def _line(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
