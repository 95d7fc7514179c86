"""Where editions are made: here, in several processes, or on a cluster; a process that dies takes no other edition with it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

from lowback.checked_yaml import ConfigurationError
from lowback.delivery.delivered import Delivered, Task
from lowback.delivery.telling import told_by
from lowback.ending import Ending
from lowback.lasting import lasting
from lowback.publish.failure import Failure
from lowback.publish.forking import FIXED
from lowback.publish.placing import ReportBlockedError, locked, mend
from lowback.publish.publishing import place_of

Done = Callable[[Delivered], None]
LOST = "the process that made the report died (out of memory, or a crash)"
# What the scheduler gives to another worker when one dies; after so many deaths the edition itself is at fault.
DEATHS = 3
MENDING_SECONDS = 10.0


def make_here(tasks: Sequence[Task], done: Done) -> None:
    """Make the editions in this process, one after another."""
    from lowback.delivery.making import Forks, make

    with closing(Forks()) as forks:
        for task in tasks:
            done(make(task, forks))


def make_in_processes(tasks: Sequence[Task], jobs: int, done: Done) -> None:
    """Make the editions in so many processes at once.

    When one dies, the editions that were being made are made again one at a time, so that the one at fault shows; the rest go on
    in new processes.
    """
    left, deaths = list(tasks), dict.fromkeys((task.number for task in tasks), 0)
    suspects: list[Task] = []
    while left or suspects:
        alone = not left
        portion = [suspects.pop(0)] if alone else left
        lost = _made_in(portion, 1 if alone else jobs, done)
        left = [task for task in lost if told_by(task.run, task.number) is None]
        for task in lost:
            if task in left:
                continue
            deaths[task.number] += 1
            clear_up([task])
            if alone and deaths[task.number] > task.retries:
                done(_lost(task, deaths[task.number]))
            else:
                suspects.append(task)


def make_on_cluster(tasks: Sequence[Task], address: str, done: Done) -> None:
    """Make the editions on the workers of a Dask scheduler; those of a worker that dies are made by another."""
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise ConfigurationError(
            "a cluster needs the extra `cluster`: pip install 'lowback[cluster]'"
        ) from error
    try:
        client = Client(address, set_as_default=False)
    except OSError as error:
        raise ConfigurationError(f"no Dask scheduler answers at {address} ({error})") from None
    with client:
        futures = {client.submit(_make, task, pure=False, retries=DEATHS): task for task in tasks}
        try:
            for future in as_completed(list(futures), loop=client.loop):
                lost = future.exception()
                done(future.result() if lost is None else _lost(futures[future], DEATHS, lost))
        finally:
            client.cancel(list(futures))


def clear_up(tasks: Sequence[Task]) -> None:
    """Delete what editions left that were broken off, as soon as the last of their processes has let go."""
    for task in tasks:
        target = place_of(task.edition, task.out)
        until = time.monotonic() + MENDING_SECONDS
        while target.parent.is_dir() and time.monotonic() < until:
            try:
                with locked(target):
                    mend(target)
                break
            except (ReportBlockedError, OSError):
                time.sleep(0.1)


def _made_in(tasks: Sequence[Task], jobs: int, done: Done) -> list[Task]:
    """Make the editions; returns those that were lost with a process that died."""
    from concurrent.futures import as_completed
    from concurrent.futures.process import BrokenProcessPool

    lost = []
    with _processes(min(jobs, len(tasks))) as pool:
        futures = {pool.submit(_make, task): task for task in tasks}
        for future in as_completed(futures):
            error = future.exception()
            if isinstance(error, BrokenProcessPool):
                lost.append(futures[future])
            else:
                done(future.result() if error is None else _lost(futures[future], 1, error))
    return lost


@contextmanager
def _processes(jobs: int) -> Iterator[Any]:
    """Processes that end with this one, however it ends."""
    from joblib.externals.loky import ProcessPoolExecutor

    pool = ProcessPoolExecutor(max_workers=jobs, initializer=_begin, initargs=(os.getpid(),), env=FIXED)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=True, kill_workers=True)
        raise
    pool.shutdown(wait=True)


def _make(task: Task) -> Delivered:
    """Make an edition in a process that is there for it: what makes reports imports every analysis, which this one is spared."""
    from lowback.delivery.making import make

    return make(task)


def _begin(parent: int) -> None:
    """Get ready to make editions until `parent`, which started this process, is gone."""
    with lasting():
        from lowback.delivery.making import OF_THIS_PROCESS

    OF_THIS_PROCESS.split_off()
    _end_with(parent)


def _end_with(parent: int) -> None:
    """End this process when `parent`, which started it, is gone."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    if os.name == "posix":
        threading.Thread(target=watch, daemon=True).start()


def _lost(task: Task, deaths: int, error: BaseException | None = None) -> Delivered:
    from lowback.delivery.making import failed

    text = LOST if error is None else f"{LOST}: {type(error).__name__}: {error}"
    return replace(failed(task, Failure("", None, text, Ending.KERNEL_DIED)), tries=deaths)


def cores() -> int:
    """How many processes can run at once on this machine, as far as this one may use it."""
    from joblib import cpu_count

    return int(cpu_count())
