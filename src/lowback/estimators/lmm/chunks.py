"""Chunks of rows put together into whole groups, with what no chunk may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.estimators import NotEstimable
from lowback.estimators.lmm.pairs import Array
from lowback.estimators.lmm.scales import SAMPLE


@dataclass(frozen=True, eq=False)
class Chunk:
    """Some rows: `outcome` (rows), `design` (rows, columns), `groups` (rows), `random` (rows, effects).

    Matrices whose columns lie in one piece (order "F") are read fastest. Groups come in increasing order, and
    the last one may go on in the next chunk.
    """

    outcome: Array
    design: Array
    groups: NDArray[np.generic]
    random: Array


def whole_groups(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Chunks of whole groups, the first of enough rows to take centres and scales from; the groups at their borders come at the end."""
    open_group: list[Chunk] = []
    borders: list[Chunk] = []
    for chunk in _enough(chunks):
        starts = runs_of(chunk.groups)
        _check_order(chunk.groups[starts], open_group[-1].groups[-1:] if open_group else None)
        if open_group and chunk.groups[0] == open_group[-1].groups[-1]:
            open_group.append(
                _copied(cut(chunk, 0, int(starts[1]) if len(starts) > 1 else len(chunk.groups)))
            )
            if len(starts) == 1:
                continue
            starts = starts[1:]
        borders += open_group
        if len(starts) > 1:
            yield cut(chunk, int(starts[0]), int(starts[-1]))
        open_group = [_copied(cut(chunk, int(starts[-1]), len(chunk.groups)))]
    if borders or open_group:
        yield _together([*borders, *open_group])


def _enough(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Chunks, the first ones together until they have the rows that centres and scales are taken from."""
    held: list[Chunk] = []
    waiting = True
    for chunk in chunks:
        _check_lengths(chunk)
        if not len(chunk.outcome):
            continue
        held.append(chunk)
        waiting = waiting and sum(len(one.outcome) for one in held) < SAMPLE
        if not waiting:
            yield _together(held)
            held = []
    if held:
        yield _together(held)


def _check_lengths(chunk: Chunk) -> None:
    lengths = [len(one) for one in (chunk.outcome, chunk.design, chunk.groups, chunk.random)]
    if len(set(lengths)) > 1:
        raise NotEstimable(
            "a chunk has {} outcomes, {} rows of the design, {} groups and {} rows of random effects; allowed: one of "
            "each for each row".format(*lengths)
        )


def runs_of(groups: NDArray[np.generic]) -> NDArray[np.intp]:
    """Where each run of equal labels starts."""
    return np.concatenate([[0], np.flatnonzero(groups[1:] != groups[:-1]) + 1]).astype(np.intp)


def _together(chunks: list[Chunk]) -> Chunk:
    if len(chunks) == 1:
        return chunks[0]
    parts = [np.concatenate([one.__dict__[part] for one in chunks]) for part in Chunk.__dataclass_fields__]
    return Chunk(*parts)


def cut(chunk: Chunk, start: int, end: int) -> Chunk:
    """Some of the rows, not copied."""
    at = slice(start, end)
    return Chunk(chunk.outcome[at], chunk.design[at], chunk.groups[at], chunk.random[at])


def _copied(chunk: Chunk) -> Chunk:
    """Rows of their own, so that the chunk they are from can be forgotten."""
    return Chunk(chunk.outcome.copy(), chunk.design.copy(), chunk.groups.copy(), chunk.random.copy())


def _check_order(runs: NDArray[np.generic], before: NDArray[np.generic] | None) -> None:
    joined = runs if before is None or before[0] == runs[0] else np.concatenate([before, runs])
    wrong = np.flatnonzero(~np.greater(joined[1:], joined[:-1]))
    if wrong.size:
        at = int(wrong[0])
        raise NotEstimable(
            f"group {joined[at + 1]} comes after group {joined[at]}: rows of a group must lie together, and groups in "
            f"increasing order, so that one that comes back is seen"
        )


def check_finite(part: Chunk, names: tuple[str, ...], random_names: tuple[str, ...]) -> None:
    """Refuse values that are missing or infinite, and matrices that do not fit the names."""
    rows = len(part.outcome)
    if part.design.shape != (rows, len(names)) or part.random.shape != (rows, len(random_names)):
        raise NotEstimable(
            f"a chunk has {rows} outcomes, a design of shape {part.design.shape} and random effects of shape "
            f"{part.random.shape}; allowed: a row each, columns {', '.join(names)} and {', '.join(random_names)}"
        )
    if not np.isfinite(part.outcome.sum()):
        raise NotEstimable(
            f"the outcome is missing or infinite for group {part.groups[~np.isfinite(part.outcome)][0]}"
        )
    for matrix, labels in ((part.design, names), (part.random, random_names)):
        for j, name in enumerate(labels):
            if not np.isfinite(matrix[:, j].sum()):
                raise NotEstimable(f"column {name} has missing or infinite values")
