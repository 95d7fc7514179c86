"""Where editions are made: here, in several processes, or on a cluster; a process that dies takes no other edition with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from multiprocessing.util import Finalize

from lowback.checked_yaml import ConfigurationError
from lowback.delivery.delivered import Delivered, Task
from lowback.delivery.processes import end_with, processes
from lowback.delivery.telling import told_by
from lowback.ending import Ending
from lowback.lasting import lasting
from lowback.publish.failure import Failure
from lowback.publish.placing import ReportBlockedError, locked, mend
from lowback.publish.publishing import place_of

Begins = Callable[[], None]
Done = Callable[[Delivered], None]
LOST = "the process that made the report died (out of memory, or a crash)"
# What the scheduler gives to another worker when one dies; after so many deaths the edition itself is at fault.
DEATHS = 3
MENDING_SECONDS = 10.0


def make_here(tasks: Sequence[Task], begins: Begins, done: Done) -> None:
    """Make the editions in this process, one after another, once it has forked what runs notebooks, where it can."""
    with lasting():
        from lowback.delivery.making import Forks, make

    with closing(Forks()) as forks:
        forks.split_off()
        begins()
        for task in tasks:
            done(make(task, forks))


def make_in_processes(tasks: Sequence[Task], jobs: int, begins: Begins, done: Done) -> None:
    """Make the editions in so many processes at once; `begins` is called when they have been started, and may begin threads.

    When one dies, the editions that were being made are made again one at a time, so that the one at fault shows; the rest go on
    in new processes.
    """
    left, deaths = list(tasks), dict.fromkeys((task.number for task in tasks), 0)
    suspects: list[Task] = []
    while left or suspects:
        alone = not left
        portion = [suspects.pop(0)] if alone else left
        lost = _made_in(portion, 1 if alone else jobs, begins, done)
        begins = _nothing
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


def _made_in(tasks: Sequence[Task], jobs: int, begins: Begins, done: Done) -> list[Task]:
    """Make the editions; returns those that were lost with a process that died."""
    from concurrent.futures import as_completed
    from concurrent.futures.process import BrokenProcessPool

    lost = []
    with processes(min(jobs, len(tasks)), _begin) as pool:
        futures = {pool.submit(_make, task): task for task in tasks}
        begins()
        for future in as_completed(futures):
            error = future.exception()
            if isinstance(error, BrokenProcessPool):
                lost.append(futures[future])
            else:
                done(future.result() if error is None else _lost(futures[future], 1, error))
    return lost


def _nothing() -> None:
    """It has begun."""


def _make(task: Task) -> Delivered:
    """Make an edition in a process that is there for it: what makes reports imports every analysis, which this one is spared."""
    from lowback.delivery.making import make

    return make(task)


def _begin(parent: int) -> None:
    """Get ready to make editions until `parent`, which started this process, is gone."""
    with lasting():
        from lowback.delivery.making import OF_THIS_PROCESS

    OF_THIS_PROCESS.split_off()
    # A fork ends without Python's own tidying up.
    Finalize(OF_THIS_PROCESS, OF_THIS_PROCESS.close, exitpriority=0)
    end_with(parent)


def _lost(task: Task, deaths: int, error: BaseException | None = None) -> Delivered:
    from lowback.delivery.making import failed

    text = LOST if error is None else f"{LOST}: {type(error).__name__}: {error}"
    return replace(failed(task, Failure("", None, text, Ending.KERNEL_DIED)), tries=deaths)


def cores() -> int:
    """How many processes can run at once on this machine, as far as this one may use it."""
    from joblib import cpu_count

    return int(cpu_count())
