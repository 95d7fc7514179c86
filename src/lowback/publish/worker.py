"""Runs one notebook with papermill in a process of its own; started by `running`, which reads its events.

Standard input gives the job as one line of JSON and stays open; when it closes, whoever asked is dead and so is this.
Standard output gives one line of JSON an event: a cell that starts, a failure, the end.
"""

from __future__ import annotations

import json
import math
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, Any

# JupyterLab brings a module that builds a grammar at import, 1.7 s a process, for a check of links we never make.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]

import papermill  # noqa: E402
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager  # noqa: E402
from jupyter_client.manager import AsyncKernelManager  # noqa: E402
from nbclient.exceptions import CellTimeoutError, DeadKernelError  # noqa: E402
from papermill.exceptions import PapermillExecutionError  # noqa: E402

LONGEST_SOCKET_PATH = 90
"""Characters; the operating systems allow 104 to 108, and the kernel appends a few."""


class ThisInterpreter(KernelSpecManager):
    """Knows one kernel, the interpreter that runs this file, whatever kernels the user has installed."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """The kernel of this interpreter, under any name."""
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, language="python", display_name=kernel_name)


class ThisInterpreterManager(AsyncKernelManager):
    """Starts a kernel of this interpreter that talks through files rather than network ports where possible."""

    def __init__(self, **options: Any) -> None:
        """Keep the connection file in the run's own temporary folder, which also holds the sockets."""
        connection = os.path.join(os.environ["IPYTHONDIR"], "k.json")
        named = os.name == "posix" and len(connection) < LONGEST_SOCKET_PATH
        super().__init__(
            **options,
            kernel_spec_manager=ThisInterpreter(),
            connection_file=connection,
            transport="ipc" if named else "tcp",
        )


def run(job: dict[str, Any], events: IO[str]) -> None:
    """Execute the job's notebook, saving it after every cell, and report each cell as it starts."""
    started = time.monotonic()

    def tell(**event: Any) -> None:
        events.write(json.dumps(event) + "\n")
        events.flush()

    def cell_starts(cell: Any, cell_index: int) -> None:
        del cell
        tell(cell=cell_index)

    try:
        papermill.execute_notebook(
            job["source"],
            job["executed"],
            job["parameters"],
            kernel_name="python3",
            language="python",
            cwd=job["folder"],
            progress_bar=False,
            execution_timeout=math.ceil(job["cell_seconds"]),
            kernel_manager_class=ThisInterpreterManager,
            on_cell_start=cell_starts,
            raise_on_iopub_timeout=True,
        )
    except CellTimeoutError:
        tell(failed=f"ran longer than {job['cell_seconds']:g} s, the limit for one cell")
    except DeadKernelError:
        tell(failed="the Python process that ran the cell died (out of memory, or a crash)")
    except PapermillExecutionError as error:
        tell(failed=f"{error.ename}: {error.evalue}", in_cell=True)
    tell(seconds=round(time.monotonic() - started, 3))


def _die_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


def main() -> None:
    """Take the job from standard input and run it in a temporary folder of its own."""
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # What the kernel prints on its own account must not mix with the events.
    os.dup2(2, 1)
    job = json.loads(sys.stdin.readline())
    threading.Thread(target=_die_with_parent, daemon=True).start()
    with tempfile.TemporaryDirectory(prefix="lb-", ignore_cleanup_errors=True) as folder:
        os.environ["IPYTHONDIR"] = str(Path(folder))
        run(job, events)
    events.close()


if __name__ == "__main__":
    main()
