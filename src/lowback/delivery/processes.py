"""The processes of a run: forks of this one, which has imported everything, where that is safe, else new programs."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager

from lowback.beginning import FIXED, answer_signals_anew
from lowback.lasting import lasting
from lowback.publish.forking import can_split

Begin = Callable[[int], None]
"""What a process does first; it is given the number of the process that started it."""


def processes(jobs: int, begin: Begin) -> AbstractContextManager[Executor]:
    """So many processes, which end with this one, however it ends; each calls `begin` first, which tells it to (see `end_with`)."""
    return _forks(jobs, begin) if can_split() else _programs(jobs, begin)


@contextmanager
def _forks(jobs: int, begin: Begin) -> Iterator[Executor]:
    """Forks of this process; the executor makes all of them when it is given its first work, before it begins a thread."""
    with lasting():
        # What they would each import.
        import lowback.delivery.making
        import lowback.publish.zygote  # noqa: F401

    forking = multiprocessing.get_context("fork")
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(jobs, forking, _begin_as_fork, (begin, os.getpid()))
    try:
        yield pool
    except BaseException:
        for one in set(multiprocessing.active_children()) - others:
            one.kill()
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown(wait=True)


@contextmanager
def _programs(jobs: int, begin: Begin) -> Iterator[Executor]:
    """New programs, which import everything themselves."""
    from joblib.externals.loky import ProcessPoolExecutor as Programs

    pool = Programs(max_workers=jobs, initializer=begin, initargs=(os.getpid(),), env=FIXED)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=True, kill_workers=True)
        raise
    pool.shutdown(wait=True)


def _begin_as_fork(begin: Begin, parent: int) -> None:
    """Take nothing over that is the parent's to do: what a terminal asks of it, and how it answers."""
    os.setsid()
    answer_signals_anew()
    begin(parent)


def end_with(parent: int) -> None:
    """End this process when `parent`, which started it, is gone."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    if os.name == "posix":
        threading.Thread(target=watch, daemon=True).start()
