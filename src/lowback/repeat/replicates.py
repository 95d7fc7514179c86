"""Replicates of a task on many cores or machines: the same values whoever computes them, and in whichever portions."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed, parallel_config

from lowback.checked_yaml import ConfigurationError
from lowback.repeat.kept import Kept

Task = Callable[[np.random.SeedSequence], Any]
Progress = Callable[[int, int], None]
Chunks = Generator[tuple[list[int], str]]

PORTIONS_A_JOB = 8
LARGEST_CHUNK = 100
# A chunk whose worker dies is given to another; after so many deaths the chunk itself is at fault.
RETRIES = 3


def replicated(
    task: Task,
    replicates: int,
    seed: int,
    *,
    jobs: int = 1,
    cluster: str | None = None,
    keep: Path | None = None,
    key: str = "",
    chunk: int | None = None,
    progress: Progress | None = None,
) -> list[Any]:
    """What `task` returns for each replicate, in order: `[task(seed of replicate 0), task(seed of replicate 1), ...]`.

    Each replicate has a random stream of its own, child `index` of the root `seed`, so that its value depends neither on
    how many there are nor on `jobs` (processes on this machine), `cluster` (the address of a Dask scheduler) or `chunk`
    (replicates handed out together). A task returns plain values (numbers, text, None, lists and dictionaries of them), which
    come back as JSON holds them: a tuple as a list.

    With `keep`, a folder, finished chunks are written there whole, and a later run of the same `key` (a text
    that says what is repeated) and seed goes on from them; a folder that holds anything else is refused with `KeptError`.
    `progress` is called with the number of replicates done and the number asked for.
    """
    if replicates < 1 or jobs < 1:
        raise ValueError(f"replicates = {replicates}, jobs = {jobs}: allowed are whole numbers from 1")
    kept = None if keep is None else Kept(Path(keep), f"{key} | seed {seed}")
    found: dict[int, Any] = {} if kept is None else kept.read(replicates)
    tell = progress or _silent
    tell(len(found), replicates)
    missing = [index for index in range(replicates) if index not in found]
    size = chunk or max(1, min(LARGEST_CHUNK, -(-len(missing) // (PORTIONS_A_JOB * jobs))))
    portions = [missing[at : at + size] for at in range(0, len(missing), size)]
    with closing(_computed(task, seed, portions, jobs, cluster)) as computed:
        for indices, text in computed:
            if kept is not None:
                kept.write(indices, text)
            found.update(zip(indices, json.loads(text), strict=True))
            tell(len(found), replicates)
    return [found[index] for index in range(replicates)]


def seed_of(seed: int, index: int) -> np.random.SeedSequence:
    """The random stream of one replicate, the same that `SeedSequence(seed).spawn` gives at this place."""
    return np.random.SeedSequence(seed, spawn_key=(index,))


def values_of(task: Task, seed: int, indices: list[int]) -> tuple[list[int], str]:
    """The replicates of one chunk as JSON, which keeps every digit of a number, after their indices."""
    return indices, json.dumps([task(seed_of(seed, index)) for index in indices])


def _silent(done: int, total: int) -> None:
    del done, total


def _computed(task: Task, seed: int, portions: list[list[int]], jobs: int, cluster: str | None) -> Chunks:
    """Every chunk as soon as it is done, in any order."""
    if cluster is not None:
        yield from _on_cluster(task, seed, portions, cluster)
    elif jobs == 1 or len(portions) < 2:
        yield from (values_of(task, seed, one) for one in portions)
    else:
        # One thread a process: the cores are shared among replicates, and sums are added up in one order everywhere.
        with parallel_config(backend="loky", n_jobs=jobs, inner_max_num_threads=1):
            pool = Parallel(return_as="generator_unordered", pre_dispatch="2 * n_jobs", batch_size=1)
            done: Iterable[Any] = pool(delayed(values_of)(task, seed, one) for one in portions)
            yield from done


def _on_cluster(task: Task, seed: int, portions: list[list[int]], address: str) -> Chunks:
    """The chunks from the workers of a Dask scheduler; those of a worker that dies are computed by another."""
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise ConfigurationError(
            "a cluster needs the extra `cluster`: pip install 'lowback[cluster]'"
        ) from error
    with Client(address, set_as_default=False) as client:
        waiting = [client.submit(values_of, task, seed, one, pure=False, retries=RETRIES) for one in portions]
        try:
            for future in as_completed(waiting, loop=client.loop):
                yield future.result()
                future.release()
        finally:
            client.cancel(waiting)
