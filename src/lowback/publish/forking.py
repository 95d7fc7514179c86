"""Two ways to a process that forks one child a notebook: a new program, or a fork of a process that has imported everything."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

from lowback.beginning import CAN_FORK, FIXED, answer_signals_anew, is_fixed
from lowback.lasting import lasting

HERE = Path(__file__).parent
OPEN_FILES = "/proc/self/fd"


def can_split() -> bool:
    """Whether a fork of this process can run notebooks: it has no other thread, whose locks a fork would wait for for ever."""
    return CAN_FORK and os.path.isdir(OPEN_FILES) and threading.active_count() == 1 and is_fixed()


class Forking(Protocol):
    """A process that forks, as far as `subprocess.Popen` describes it."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None

    def poll(self) -> int | None:
        """The exit code; nothing while it runs."""

    def wait(self) -> int:
        """The exit code, waited for."""


def started(life: int) -> Forking:
    """A new program, which imports what it is told to; `life` is the end of a pipe that it is given."""
    return subprocess.Popen(
        # -P: the folder of the program must not shadow modules that it imports.
        [sys.executable, "-P", str(HERE / "zygote.py"), str(life)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **FIXED},
        pass_fds=(life,),
        # A Ctrl-C at the terminal is for whoever asked, who then ends the children.
        start_new_session=True,
    )


def split(life: int) -> Forking:
    """A fork of this process, which has no other thread; it holds none of this process's files but the error output."""
    with lasting():
        from lowback.publish.zygote import serve

    commands, events = os.pipe(), os.pipe()
    pid = os.fork()
    if pid:
        os.close(commands[0])
        os.close(events[1])
        return _Split(pid, os.fdopen(commands[1], "wb"), os.fdopen(events[0], "rb"))
    try:
        os.setsid()
        answer_signals_anew()
        _keep_only(0, 1, 2, life, commands[0], events[1])
        serve(commands[0], events[1], life)
    except BaseException:  # noqa: BLE001 (whatever it is, only this process ends by it)
        traceback.print_exc()
    finally:
        # Nothing may fall through into the program that was forked.
        os._exit(0)


class _Split:
    """A fork of this process, waited for as one waits for a program."""

    def __init__(self, pid: int, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self.stdin: IO[bytes] | None = stdin
        self.stdout: IO[bytes] | None = stdout
        self._pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        return self._waited(os.WNOHANG)

    def wait(self) -> int:
        code = self._waited(0)
        assert code is not None
        return code

    def _waited(self, how: int) -> int | None:
        if self._code is None:
            pid, status = os.waitpid(self._pid, how)
            self._code = os.waitstatus_to_exitcode(status) if pid else None
        return self._code


def _keep_only(*kept: int) -> None:
    """Put nothing in the place of every other open file.

    Closed, its number would be given to the next file, which whatever had opened the first then closes when it is thrown away.
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in map(int, os.listdir(OPEN_FILES)):
        if descriptor not in (*kept, nothing):
            # One of them listed the others, and is closed again.
            with suppress(OSError):
                os.fstat(descriptor)
                os.dup2(nothing, descriptor, inheritable=False)
    os.close(nothing)
