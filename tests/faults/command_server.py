"""A process that has imported the command line once and forks it for every call, as `python -m lowback ...` would run.

Calls come as lines of JSON on standard input, answers leave as lines on standard output. Only the imports are saved: the forked
process has a session, a folder, an environment, standard streams and limits of its own, and ends as an interpreter ends.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import importlib
import json
import os
import resource
import select
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

import lowback
from lowback.__main__ import main
from lowback.beginning import FIXED

BEFOREHAND = (
    "lowback.intake",
    "lowback.printed.findings",
    "lowback.printed.outcome",
    "lowback.publish",
    "lowback.repeating",
    "lowback.study",
    "lowback.delivery",
    "lowback.archive",
    "lowback.delivery.running",
    "lowback.delivery.reporting",
    "joblib",
    "rich.live",
    "rich.progress",
    "rich.table",
)
CLONE_NEWNET = 0x40000000
NEVER = 3600.0


def serve() -> None:
    """Answer calls until standard input closes."""
    for name in BEFOREHAND:
        try:
            importlib.import_module(name)
        except ImportError:
            # A room that this version of the package does not have.
            continue
    gc.freeze()
    codes: dict[int, int] = {}
    for line in sys.stdin:
        call = json.loads(line)
        if "words" in call:
            answer: int | None = _start(call)
            # The system gives numbers of processes again, and the code of an earlier one is not that of this.
            codes.pop(answer, None)
        else:
            answer = _wait(call["pid"], call["seconds"], codes)
        print(json.dumps(answer), flush=True)  # noqa: T201


def _start(call: dict[str, Any]) -> int:
    child = os.fork()
    if not child:
        code = 70
        try:
            _become(call)
            code = _ended()
        finally:
            os._exit(code)
    return child


def _wait(pid: int, seconds: float | None, codes: dict[int, int]) -> int | None:
    """The exit code, negative for a signal; None if it still runs after so many seconds."""
    if pid in codes:
        return codes[pid]
    watched = os.pidfd_open(pid)
    try:
        ready, _, _ = select.select([watched], [], [], NEVER if seconds is None else seconds)
    finally:
        os.close(watched)
    if not ready:
        return None
    codes[pid] = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return codes[pid]


def _become(call: dict[str, Any]) -> None:
    """Take on everything that a process started anew would have."""
    os.setsid()
    out = os.open(call["out"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, target in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(descriptor, target)
    sys.stdin = open(0, closefd=False, encoding="utf-8")  # noqa: SIM115
    sys.stdout = open(1, "w", closefd=False, encoding="utf-8", buffering=1)  # noqa: SIM115
    sys.stderr = open(2, "w", closefd=False, encoding="utf-8", buffering=1)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(call["environment"])
    if call["words"][:1] == ["report"]:
        # As the program begins anew in them.
        os.environ.update(FIXED)
    os.environ["LOWBACK_FAULT_COMMAND"] = str(os.getpid())
    os.chdir(call["folder"])
    for name, most in call.get("limits", {}).items():
        resource.setrlimit(getattr(resource, name), (most, most))
    if call.get("alone"):
        _leave_the_network()
    if call.get("user"):
        os.setgroups([])
        os.setgid(call["user"])
        os.setuid(call["user"])
    sys.argv = ["lowback", *call["words"]]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if os.environ.get("LOWBACK_FAULT"):
        import sitecustomize  # noqa: F401 (a new interpreter would have imported it from PYTHONPATH)


def _leave_the_network() -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")


def _ended() -> int:
    """Run the command and end as the interpreter does: threads joined, exit functions called, streams flushed."""
    code = 0
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    except BaseException:  # noqa: BLE001 (the interpreter, too, prints whatever comes)
        traceback.print_exc()
        code = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent / "shim"))
    assert lowback.__file__
    serve()
