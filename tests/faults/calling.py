"""Calls of the command line, by a server that forks it or as a new interpreter."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lowback.beginning import FIXED

HERE = Path(__file__).parent
SHIM = HERE / "shim"


@dataclass(frozen=True)
class Call:
    """One command that was started."""

    pid: int
    caller: Caller

    def code(self, seconds: float | None = None) -> int | None:
        """Its exit code, negative for a signal; None if it runs longer than so many seconds."""
        return self.caller.answer({"pid": self.pid, "seconds": seconds})

    def send(self, number: int) -> None:
        """Send it a signal; one that has ended already hears nothing."""
        if self.code(0) is None:
            os.kill(self.pid, number)

    def ended(self, seconds: float) -> int:
        """Its exit code; it is killed if it runs longer, which then is the code."""
        code = self.code(seconds)
        if code is None:
            self.send(signal.SIGKILL)
            code = self.code()
        return -signal.SIGKILL if code is None else code


class Caller:
    """Starts commands; `close` it."""

    def __init__(self) -> None:
        # Some of it is read only when an interpreter starts: its forks can run notebooks, as a command that has begun anew can.
        environment = {**os.environ, **FIXED}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self._server = subprocess.Popen(
            [sys.executable, str(HERE / "command_server.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def start(
        self, words: Sequence[str], folder: Path, out: Path, environment: Mapping[str, str], **more: Any
    ) -> Call:
        """Start a command in a folder, with its output in a file; `more` are `limits`, `user` and `alone`."""
        given = {
            "words": list(words),
            "folder": str(folder),
            "out": str(out),
            "environment": dict(environment),
        }
        pid = self.answer({**given, **more})
        assert pid is not None
        return Call(pid, self)

    def answer(self, call: Mapping[str, Any]) -> int | None:
        """What the server says to a call."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(call) + "\n")
        self._server.stdin.flush()
        answer: int | None = json.loads(self._server.stdout.readline())
        return answer

    def close(self) -> None:
        """End the server."""
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait(120)


def fault_environment(scope: Path, tape: Path, **fault: Any) -> dict[str, str]:
    """What makes every interpreter of a call meet a fault of the file system (see shim/sitecustomize.py)."""
    told = {"scope": str(scope), "tape": str(tape), "at": 0, "how": "kill before", **fault}
    path = os.pathsep.join([str(SHIM), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {"LOWBACK_FAULT": json.dumps(told), "PYTHONPATH": path}
