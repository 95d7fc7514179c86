"""Runs the cells of a notebook in this very process, so that a process made for one notebook needs no second one.

It is an engine of papermill, which keeps the record; outputs come from an IPython kernel and are written down by nbclient's rules, so
that rich output, streams, errors and updated displays are those of a notebook run in a kernel of its own.
"""

from __future__ import annotations

import faulthandler
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any

from ipykernel.inprocess.manager import InProcessKernelManager
from nbclient import NotebookClient
from papermill.engines import Engine, papermill_engines
from traitlets.config import Config

from lowback.ending import Ending
from lowback.publish.executing import ENGINE
from lowback.publish.record import Record
from lowback.publish.streams import Kernel, PastPython, Printed

GRACE_SECONDS = 5.0
"""How much longer a cell that does not heed the limit may run before its process is ended."""


class CellTimeout(BaseException):
    """A cell ran longer than it may; like KeyboardInterrupt it is no error that a cell should catch."""


@dataclass
class Limits:
    """Seconds for a cell and for the whole notebook, megabytes of output; none where None."""

    cell_seconds: float
    notebook_seconds: float | None = None
    output_megabytes: float | None = None
    started: float = field(default_factory=time.monotonic)

    def seconds_left(self) -> tuple[float, str]:
        """How long the next cell may run, and which limit that is, in words."""
        of_cell = (self.cell_seconds, f"ran longer than {self.cell_seconds:g} s, the limit for one cell")
        if self.notebook_seconds is None:
            return of_cell
        left = self.notebook_seconds - (time.monotonic() - self.started)
        of_notebook = (
            max(left, 0.001),
            f"was still running after {self.notebook_seconds:g} s, the limit for the notebook",
        )
        return min(of_cell, of_notebook)


class LimitReached(Exception):  # noqa: N818
    """A limit was reached; the message says which, `kind` how the report ends."""

    def __init__(self, text: str, kind: Ending = Ending.TIME_LIMIT) -> None:
        """Say which limit."""
        super().__init__(text)
        self.kind = kind


class InThisProcess(Engine):
    """Executes a notebook's cells one after another until one fails."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        executed: str,
        limits: Limits,
        on_cell_start: Callable[[int], None],
        messages: IO[str],
        **_options: Any,
    ) -> None:
        """Run every cell, what ran so far saved beside `executed` before each; stop after a cell that failed.

        `messages` is a file for the last words of a process that has to be ended.
        """
        del kernel_name
        with _kernel(messages.name) as (kernel, client):
            nb_man.nb.metadata["language_info"] = kernel.language_info
            writer = NotebookClient(nb_man.nb, record_timing=False)
            writer.reset_execution_trackers()
            record, shown = Record(nb_man.nb, executed), 0
            for index, cell in enumerate(nb_man.nb.cells):
                nb_man.cell_start(cell, index)
                if cell.cell_type == "code":
                    record.save(index)
                on_cell_start(index)
                failed = False
                try:
                    if cell.cell_type == "code" and cell.source.strip():
                        failed = _run(kernel, client, writer, cell, index, limits, messages)
                        shown += _size(cell)
                        _refuse_flood(shown, limits)
                except BaseException:
                    nb_man.cell_exception(cell, cell_index=index)
                    raise
                finally:
                    if failed:
                        nb_man.cell_exception(cell, cell_index=index)
                    nb_man.cell_complete(cell, cell_index=index)
                if failed:
                    return


papermill_engines.register(ENGINE, InThisProcess)


@contextmanager
def _kernel(log: str) -> Iterator[tuple[Any, Any]]:
    """An IPython kernel in this process, whose errors past Python stand in `log`, and a client that hears what it shows."""
    # Without an address it would look for those of this machine; nobody asks for the code of earlier runs.
    manager = InProcessKernelManager(ip="127.0.0.1", config=Config(HistoryManager={"enabled": False}))
    manager.kernel = kernel = Kernel(parent=manager, session=manager.session)
    before = sys.stdout, sys.stderr
    sys.stdout = kernel.stdout = Printed(kernel, "stdout", PastPython.of_output())
    sys.stderr = kernel.stderr = Printed(kernel, "stderr", PastPython.of_errors(log))
    client = manager.client()
    client.start_channels()
    try:
        yield kernel, client
    finally:
        sys.stdout, sys.stderr = before
        client.stop_channels()


def _run(
    kernel: Any,
    client: Any,
    writer: NotebookClient,
    cell: Any,
    index: int,
    limits: Limits,
    messages: IO[str],
) -> bool:
    """Run one cell and write down its outputs; whether it failed."""
    request = client.session.msg("execute_request", {"code": cell.source})
    kernel.set_parent([], request)
    kernel.shell.set_parent(request)
    seconds, words = limits.seconds_left()
    result = None
    with _alarm(seconds, messages) as rang:
        result = kernel.shell.run_cell(cell.source, store_history=True)
    kernel.stdout.flush()
    kernel.stderr.flush()
    _write_down(client, writer, cell, index)
    if rang.is_set():
        raise LimitReached(words)
    cell.execution_count = kernel.shell.execution_count - 1
    allowed = "raises-exception" in cell.metadata.get("tags", [])
    return not (allowed or (result is not None and result.success))


def _write_down(client: Any, writer: NotebookClient, cell: Any, index: int) -> None:
    """Every message of the cell, as nbclient would write it down."""
    writer.clear_before_next_output = False
    while client.iopub_channel.msg_ready():
        writer.process_message(client.get_iopub_msg(), cell, index)


@contextmanager
def _alarm(seconds: float, messages: IO[str]) -> Iterator[threading.Event]:
    """Interrupt what runs after so many seconds, again each second after; end the process if it does not heed that.

    The end comes from a thread of the interpreter's own that needs no lock, so that code which never lets go is ended too.
    """
    rang = threading.Event()

    def ring(_signal: int, _frame: object) -> None:
        rang.set()
        raise CellTimeout(f"longer than {seconds:g} s")

    faulthandler.dump_traceback_later(seconds + GRACE_SECONDS, exit=True, file=messages)
    has_alarm = hasattr(signal, "setitimer")
    before = signal.signal(signal.SIGALRM, ring) if has_alarm else None
    try:
        if has_alarm:
            signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
        yield rang
    except CellTimeout:
        rang.set()
    finally:
        if has_alarm:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        faulthandler.cancel_dump_traceback_later()


def _size(cell: Any) -> int:
    return sum(len(str(output)) for output in cell.outputs)


def _refuse_flood(shown: int, limits: Limits) -> None:
    if limits.output_megabytes is not None and shown > limits.output_megabytes * 1e6:
        raise LimitReached(
            f"shows {shown / 1e6:.1f} MB, more than {limits.output_megabytes:g} MB, the limit for a notebook",
            Ending.PARTLY_FAILED,
        )
