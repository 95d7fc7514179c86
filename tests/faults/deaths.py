"""Notebooks whose process dies, that stop without a word, and that never end."""

from __future__ import annotations

from fault_cases import NEW, Case, Play
from fault_desk import LIMITS, SHOWS, Desk

from lowback.ending import Ending

DIED, FAILED, LATE, DONE = Ending.KERNEL_DIED, Ending.PARTLY_FAILED, Ending.TIME_LIMIT, Ending.DONE
SIGNAL = "import os, signal; os.kill(os.getpid(), signal.{})"

DEATHS: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    ("os._exit(0)", "import os; os._exit(0)", (DIED,)),
    ("os._exit(1)", "import os; os._exit(1)", (DIED,)),
    ("os._exit(255)", "import os; os._exit(255)", (DIED,)),
    ("SIGKILL to itself", SIGNAL.format("SIGKILL"), (DIED,)),
    ("SIGSEGV to itself", SIGNAL.format("SIGSEGV"), (DIED,)),
    ("SIGTERM to itself", SIGNAL.format("SIGTERM"), (DIED,)),
    ("SIGBUS to itself", SIGNAL.format("SIGBUS"), (DIED,)),
    ("SIGABRT by os.abort()", "import os; os.abort()", (DIED,)),
    ("a division by zero in C", "import faulthandler; faulthandler._sigfpe()", (DIED,)),
    ("reading address 0", "import ctypes; ctypes.string_at(0)", (DIED,)),
    ("writing to address 0", "import ctypes; ctypes.memset(0, 1, 8)", (DIED,)),
    (
        "memory freed twice",
        "import ctypes\nlibc = ctypes.CDLL(None)\nlibc.malloc.restype = ctypes.c_void_p\nat = libc.malloc(64)\n"
        "libc.free(ctypes.c_void_p(at)); libc.free(ctypes.c_void_p(at)); libc.abort()",
        (DIED,),
    ),
    ("the stack overflowing in C", "import faulthandler; faulthandler._stack_overflow()", (DIED,)),
    (
        "recursion without a limit",
        "import sys\nsys.setrecursionlimit(10**9)\nnested = []\nfor _ in range(10**6):\n    nested = [nested]\nrepr(nested)",
        (DIED,),
    ),
    ("a fatal error in a thread of C", "import faulthandler, time; faulthandler._fatal_error_c_thread(); time.sleep(9)", (DIED,)),
    ("a thread that ends the process", "import os, threading, time\nthreading.Thread(target=os._exit, args=(9,)).start(); time.sleep(9)", (DIED,)),
    ("a child that kills its parent", "import os, subprocess, time\nsubprocess.run(['kill', '-9', str(os.getpid())]); time.sleep(9)", (DIED,)),
    ("processor time at its limit", "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass", (DIED,)),
    ("memory at the request's limit", "big = bytearray(6_000_000_000)", (FAILED, DIED)),
    ("another program in its place", "import os; os.execv('/bin/true', ['true'])", (DIED,)),
    ("the process that forked it killed", "import os, signal, time; os.kill(os.getppid(), signal.SIGKILL); time.sleep(9)", (DIED,)),
    ("standard output and error closed, then death", "import os; os.close(1); os.close(2); os._exit(0)", (DIED,)),
    ("every file descriptor closed", "import os; os.closerange(0, 4096); os._exit(0)", (DIED,)),
    (
        "twenty forks that sleep, then death",
        "import os, time\nfor _ in range(20):\n    if not os.fork():\n        time.sleep(600); os._exit(0)\nos._exit(3)",
        (DIED,),
    ),
)  # fmt: skip

SKIPPED = "%%script false --no-raise-error\n" + SHOWS
FORGED = """\
import json, os
for descriptor in range(3, 40):
    try:
        os.write(descriptor, (json.dumps({"job": "turns", "seconds": 0.1}) + "\\n").encode())
    except OSError:
        pass
print("Published: the report")
os._exit(0)"""
CUT = """\
import gc
from papermill.engines import NotebookExecutionManager
for one in gc.get_objects():
    if isinstance(one, NotebookExecutionManager):
        del one.nb.cells[-1]"""
STOPS = """\
class Stop(Exception):
    def _render_traceback_(self):
        return []
raise Stop"""
CAUGHT = """\
%%capture
import logging
try: 1 / 0
except Exception: logging.exception("no")"""
PRINTED = """\
import sys, traceback
try: 1 / 0
except Exception: traceback.print_exc(file=sys.stdout)"""
SKIPS = """\
get_ipython().register_magic_function(lambda line, cell: None, "cell", "skip")
get_ipython().run_cell_magic("skip", "", "1/0")"""
SILENT: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    ("sys.exit(0)", "import sys; sys.exit(0)", (FAILED,)),
    ("quit()", "quit()", (FAILED,)),
    ("get_ipython().ask_exit()", "get_ipython().ask_exit()", (FAILED,)),
    ("os._exit(0) after everything has been shown", "print(1); import os; os._exit(0)", (DIED,)),
    ("a cell that deletes the cells after it", CUT, (FAILED,)),
    ("KeyboardInterrupt raised", "raise KeyboardInterrupt", (FAILED,)),
    ("%%script false --no-raise-error around the result", SKIPPED, (FAILED,)),
    ("success forged on every file descriptor, then the end", FORGED, (DIED,)),
    ("raise SystemExit", "raise SystemExit", (FAILED,)),
    ("exit alone", "exit", (FAILED,)),
    ("the kernel asked to shut down", "get_ipython().kernel.do_shutdown(False)", (FAILED,)),
    ("an error that draws no traceback", STOPS, (FAILED,)),
    ("%%capture around an error", "%%capture\n1/0", (FAILED,)),
    ("%%capture around an error that is only printed", CAUGHT, (FAILED,)),
    ("%%time around an error", "%%time\n1/0", (FAILED,)),
    ("%%script echo around the code", "%%script echo skipped\n1/0", (FAILED,)),
    ("%%bash --no-raise-error", "%%bash --no-raise-error\nfalse", (FAILED,)),
    ("%%bash --bg", "%%bash --bg\nfalse", (FAILED,)),
    ("%%writefile in place of a run", "%%writefile /dev/null\n1/0", (FAILED,)),
    ("a magic of one's own that skips", SKIPS, (FAILED,)),
    ("a magic that is not there", "%%nosuch\n1/0", (FAILED,)),
    ("a failing !command", "!false", (FAILED,)),
    ("a failing os.system", "import os\nos.system('false')", (FAILED,)),
    ("an error printed to standard output", PRINTED, (FAILED,)),
    (
        "an error in a thread",
        "import threading\nt = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()",
        (FAILED,),
    ),
    (
        "the cells after it emptied",
        "get_ipython().input_transformers_cleanup.append(lambda lines: [])",
        (FAILED,),
    ),
    ("tracebacks switched off", "get_ipython().showtraceback = lambda *a, **k: None\n1/0", (FAILED,)),
)

HANGS: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    ("sleep", "import time; time.sleep(600)", (LATE,)),
    ("a busy loop", "while True: pass", (LATE,)),
    ("a loop inside the interpreter", "sum(range(10**13))", (LATE,)),
    ("a deadlock of a thread with itself", "import threading\nlock = threading.Lock(); lock.acquire(); lock.acquire()", (LATE,)),
    ("waiting for a program that never ends", "import subprocess; subprocess.run(['sleep', '600'])", (LATE,)),
    ("a question to nobody", "input('?')", (FAILED, LATE)),
    ("reading a pipe that nobody writes",
        "import os; os.read(os.pipe()[0], 1)",
        (LATE,)),
    ("SIGSTOP to itself", SIGNAL.format("SIGSTOP"), (LATE,)),
    (
        "SIGALRM, SIGINT and SIGTERM ignored",
        "import signal, time\nfor one in (signal.SIGALRM, signal.SIGINT, signal.SIGTERM): signal.signal(one, signal.SIG_IGN)\nwhile True: time.sleep(1)",
        (LATE,),
    ),
    ("every exception swallowed", "import time\nwhile True:\n    try: time.sleep(1)\n    except BaseException: pass", (LATE,)),
    ("a thread that outlives the notebook", "import threading, time; threading.Thread(target=time.sleep, args=(600,)).start()", (DONE,)),
    ("an exit function that never returns", "import atexit, time; _ = atexit.register(time.sleep, 600)", (DONE,)),
    (
        "a grandchild that holds the pipes",
        "import subprocess; _ = subprocess.Popen(['sleep', '600'], start_new_session=True, close_fds=False)",
        (DONE,),
    ),
    ("waiting for a connection", "import socket; _ = socket.create_server(('127.0.0.1', 0)).accept()", (LATE,)),
)  # fmt: skip
LIMITED = {"memory at the request's limit": "cell_seconds: 60\nmemory_megabytes: 1500\n"}
TIGHT = "cell_seconds: 1\n"


def cases() -> list[Case]:
    """Deaths, silent stops and hangs."""
    return [
        *(
            Case("kernel death", name, right, _run(cell, LIMITED.get(name, LIMITS)))
            for name, cell, right in DEATHS
        ),
        *(Case("silent stop", name, right, _run(cell, LIMITS)) for name, cell, right in SILENT),
        *(Case("hang", name, right, _run(cell, TIGHT)) for name, cell, right in HANGS),
    ]


def _run(cell: str, limits: str) -> Play:
    def play(desk: Desk) -> int:
        if cell == SKIPPED:
            desk.ask(NEW, shows=cell, limits=limits)
        else:
            desk.ask(NEW, cells=[cell], limits=limits)
        return desk.run()

    return play
