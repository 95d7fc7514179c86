"""What a notebook shows and prints, handed on by the thread that does so, without waking another.

A kernel of Jupyter sends in one thread and reads in two more what is written to the file descriptors past Python; each print and each
display waits for them. Here sending is a call, and the descriptors lead to files that are read before anything is sent. So what a
cell prints also comes in the order in which it was printed, on every run.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable
from typing import IO, Any

from ipykernel.inprocess.ipkernel import InProcessKernel
from ipykernel.iostream import IOPubThread, OutStream
from traitlets import default


class Calling(IOPubThread):
    """Sends when it is asked to, one message after another; its thread is never started."""

    def __init__(self, socket: Any, session: Any) -> None:
        """Send to `socket`."""
        super().__init__(socket, session=session)
        self._sending = threading.RLock()

    def schedule(self, f: Callable[[], Any]) -> None:
        """Call `f` once no other thread is sending."""
        with self._sending:
            f()


class Kernel(InProcessKernel):
    """An IPython kernel in this process that has no thread of its own."""

    @default("iopub_thread")
    def _calling(self) -> Calling:
        return Calling(self._underlying_iopub_socket, self.session)

    def _io_dispatch(self, change: Any) -> None:
        # All that waits: an exception that a signal raised may have kept an earlier message from being handed on.
        while not self._underlying_iopub_socket.queue.empty():
            super()._io_dispatch(change)


class PastPython:
    """What is written to a file descriptor past Python: it leads to a file, which is read from where it was read before."""

    def __init__(self, descriptor: int, file: IO[bytes]) -> None:
        """Read what is added to `file` from now on."""
        self.descriptor, self._file, self._reading = descriptor, file, threading.RLock()
        self._read = file.seek(0, os.SEEK_END)

    @classmethod
    def of_output(cls) -> PastPython:
        """What is written to standard output, which leads to a file without a name from here on."""
        file = tempfile.TemporaryFile(mode="a+b", buffering=0)  # noqa: SIM115 (open as long as the notebook runs)
        os.dup2(file.fileno(), 1)
        return cls(1, file)

    @classmethod
    def of_errors(cls, log: str) -> PastPython:
        """What is written to standard error, which leads to the log already, so that last words outlive this process."""
        return cls(2, open(log, "rb", buffering=0))

    def new(self) -> str:
        """What was written since this was last asked."""
        if os.fstat(self._file.fileno()).st_size == self._read:
            return ""
        with self._reading:
            self._file.seek(self._read)
            found = self._file.read()
            self._read += len(found)
        return found.decode(errors="replace")


class Printed(OutStream):
    """`sys.stdout` or `sys.stderr` of a notebook, with what is written past it in its place among the rest."""

    def __init__(self, kernel: Kernel, name: str, past: PastPython) -> None:
        """Keep what is printed until something is shown or the cell ends."""
        super().__init__(kernel.session, kernel.iopub_thread, name, watchfd=False)
        self._past = past

    def fileno(self) -> int:
        """The file descriptor, for programs that are started with this stream as theirs."""
        return self._past.descriptor

    def write(self, string: str) -> int:
        """Keep what is printed, after what was written past Python before."""
        self._take_up()
        super().write(string)
        return len(string)

    def _flush(self) -> None:
        self._take_up()
        super()._flush()

    def _schedule_flush(self) -> None:
        """No time has to pass: whoever shows something flushes first, and so does the end of the cell."""

    def _take_up(self) -> None:
        if self._is_master_process() and (found := self._past.new()):
            super().write(found)
