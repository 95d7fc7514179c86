"""Cohorts of any size, streamed to Parquet files a group of people at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from joblib import Parallel, delayed

from lowback.simulate.blocks import Tables, block_tables
from lowback.simulate.cohorts import LONGEST, check_size, check_whole
from lowback.simulate.documents import Made, write_documents
from lowback.simulate.folders import whole_folder
from lowback.simulate.recording.gaps import Counts
from lowback.simulate.recording.rows import BLOCK
from lowback.simulate.scenario import Scenario, read_scenario
from lowback.simulate.truth import truth_of

# Blocks of people whose rows are written together: some 2,000 people, a few hundred thousand check-ins.
GROUP = 8
# Groups that may be in memory for each worker.
AHEAD = 3


def simulate_to_parquet(
    scenario: str | Path | Scenario,
    participants: int,
    seed: int,
    out: Path,
    jobs: int = 1,
    days: int = LONGEST,
) -> Counts:
    """Write a cohort to the folder `out` as `simulate` would make it, with Parquet files for its three tables.

    People are made and written a group at a time by `jobs` processes, in memory that does not grow with `participants`; the
    bytes are the same for any number of processes. Returns how many rows were written. As with `write_simulated`, other
    people's folders are refused and files are moved in when all are complete.
    """
    made_by = read_scenario(scenario)
    check_size(participants, seed, days)
    check_whole("jobs", jobs, 1, 1000)
    with whole_folder(Path(out)) as made:
        columns, counts = _written(_groups(made_by, participants, seed, days, jobs), made)
        told = Made(made_by, seed, days, "parquet", counts, columns)
        write_documents(told, truth_of(made_by), made)
    return counts


def _groups(scenario: Scenario, participants: int, seed: int, days: int, jobs: int) -> Iterator[Tables]:
    """The tables of one group of people after another, made by as many processes, never more than some groups ahead."""
    blocks = -(-participants // BLOCK)
    starts = range(0, blocks, GROUP)
    if jobs == 1:
        for start in starts:
            yield group_tables(scenario, start, blocks, participants, seed, days)
        return
    with Parallel(n_jobs=jobs, return_as="generator") as workers:
        # A generator of all groups would let fast workers fill the memory of a slow disk.
        for first in range(0, len(starts), jobs * AHEAD):
            window = starts[first : first + jobs * AHEAD]
            yield from workers(
                delayed(group_tables)(scenario, start, blocks, participants, seed, days) for start in window
            )


def group_tables(
    scenario: Scenario, start: int, blocks: int, participants: int, seed: int, days: int
) -> Tables:
    """The tables of the group that begins with block `start`."""
    parts = [
        block_tables(scenario, number, participants, seed, days)
        for number in range(start, min(start + GROUP, blocks))
    ]
    return Tables(*(pa.concat_tables(tables).combine_chunks() for tables in zip(*parts, strict=True)))


def _written(groups: Iterator[Tables], folder: Path) -> tuple[dict[str, list[str]], Counts]:
    """Write each group as one row group of each file; returns the columns of each table and how many rows there are."""
    writers: dict[str, pq.ParquetWriter] = {}
    rows = dict.fromkeys(Tables._fields, 0)
    columns, withdrew = {}, 0
    with ExitStack() as open_files:
        for tables in groups:
            for name, table in tables._asdict().items():
                if name not in writers:
                    writer = pq.ParquetWriter(folder / f"{name}.parquet", table.schema, compression="zstd")
                    writers[name] = open_files.enter_context(writer)
                    columns[name] = list(table.column_names)
                writers[name].write_table(table, row_group_size=max(len(table), 1))
                rows[name] += len(table)
            withdrew += len(tables.participants) - tables.participants["withdrew_week"].null_count
    return columns, Counts(rows["participants"], withdrew, rows["visits"], rows["checkins"])
