"""Chunks of rows put together into whole groups, with what no chunk may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lowback.estimators import NotEstimable
from lowback.estimators.columns import column_names, near
from lowback.estimators.lmm.named_model import NamedModel, Wanted
from lowback.estimators.lmm.scales import SAMPLE

# Rows that are read at a time: few enough to stay in the processor's cache, and many enough for the steps between them not to count.
ROWS = 262_144

Values = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Rows:
    """Columns of some rows by name, as they came; `labels` say whose each row is, `starts` where each run of one label begins."""

    columns: dict[str, Values]
    labels: Values
    starts: NDArray[np.intp]

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.labels)

    @cached_property
    def sizes(self) -> NDArray[np.intp]:
        """How many rows each run has."""
        sizes = np.empty_like(self.starts)
        np.subtract(self.starts[1:], self.starts[:-1], out=sizes[:-1])
        sizes[-1] = len(self) - self.starts[-1]
        return sizes

    def cut(self, first: int, end: int) -> Rows:
        """The runs from `first` up to but without `end`, not copied."""
        start = int(self.starts[first])
        stop = int(self.starts[end]) if end < len(self.starts) else len(self)
        columns = {name: column[start:stop] for name, column in self.columns.items()}
        return Rows(columns, self.labels[start:stop], self.starts[first:end] - start)

    def copied(self) -> Rows:
        """The same rows, so that the chunk they are from can be forgotten."""
        columns = {name: column.copy() for name, column in self.columns.items()}
        return Rows(columns, self.labels.copy(), self.starts)

    def stretches(self) -> Iterator[Rows]:
        """The rows in stretches of whole groups that begin within `ROWS` rows."""
        cuts = np.searchsorted(self.starts, np.arange(0, len(self), ROWS))
        for first, end in pairwise(np.unique([*cuts, len(self.starts)]).tolist()):
            yield self.cut(first, end)


def whole_groups(chunks: Iterable[Any], wanted: Wanted) -> Iterator[tuple[NamedModel, Rows]]:
    """Rows of whole groups, the first of enough rows to take centres and scales from; the groups at borders of chunks come last."""
    open_group: list[Rows] = []
    borders: list[Rows] = []
    for model, rows in _enough(chunks, wanted):
        _check_order(rows.labels[rows.starts], open_group[-1].labels[-1:] if open_group else None)
        runs, first = len(rows.starts), 0
        if open_group and rows.labels[0] == open_group[-1].labels[-1]:
            open_group.append(rows.cut(0, 1).copied())
            if runs == 1:
                continue
            first = 1
        borders += open_group
        if runs - first > 1:
            yield model, rows.cut(first, runs - 1)
        open_group = [rows.cut(runs - 1, runs).copied()]
    if borders or open_group:
        yield model, _together([*borders, *open_group])


def _enough(chunks: Iterable[Any], wanted: Wanted) -> Iterator[tuple[NamedModel, Rows]]:
    """Chunks, the first ones together until they have the rows that centres and scales are taken from."""
    model: NamedModel | None = None
    held: list[Rows] = []
    waiting = True
    for chunk in chunks:
        known = column_names(chunk)
        if known is None:
            raise NotEstimable(f"a chunk is a {type(chunk).__name__}; allowed: columns by name, as in a dict")
        model = wanted.among(known) if model is None else model
        rows = _read(chunk, model, known)
        if not len(rows):
            continue
        held.append(rows)
        waiting = waiting and sum(map(len, held)) < SAMPLE
        if not waiting:
            yield model, _together(held)
            held = []
    if held and model is not None:
        yield model, _together(held)


def _read(chunk: Any, model: NamedModel, known: Sequence[str]) -> Rows:
    """The columns that the model needs, as they are."""
    for name in (model.groups, *model.numbers):
        if name not in known:
            raise NotEstimable(f"a chunk has no column {name!r}, which others have; {near(name, known)}")
    labels = np.asarray(chunk[model.groups])
    columns = {name: np.asarray(chunk[name]) for name in model.numbers}
    for name, column in columns.items():
        if column.shape != labels.shape or labels.ndim != 1:
            raise NotEstimable(
                f"a chunk has {model.groups} of shape {labels.shape} and {name} of shape {column.shape}; allowed: one "
                f"value of each for each row"
            )
        if column.dtype.kind not in "biuf":
            raise NotEstimable(
                f"column {name!r} holds {column.dtype}; allowed: numbers, or 0 and 1 for an arm"
            )
    return Rows(columns, labels, runs_of(labels))


def runs_of(labels: Values) -> NDArray[np.intp]:
    """Where each run of equal labels starts."""
    if not len(labels):
        return np.empty(0, dtype=np.intp)
    return np.concatenate([[0], np.flatnonzero(labels[1:] != labels[:-1]) + 1]).astype(np.intp, copy=False)


def _together(parts: list[Rows]) -> Rows:
    if len(parts) == 1:
        return parts[0]
    labels = np.concatenate([one.labels for one in parts])
    columns = {name: np.concatenate([one.columns[name] for one in parts]) for name in parts[0].columns}
    return Rows(columns, labels, runs_of(labels))


def _check_order(runs: Values, before: Values | None) -> None:
    joined = runs if before is None or before[0] == runs[0] else np.concatenate([before, runs])
    try:
        wrong = np.flatnonzero(~np.greater(joined[1:], joined[:-1]))
    except TypeError:
        raise NotEstimable(
            "labels of groups are missing or of several kinds; allowed: numbers or text, one of them for every row"
        ) from None
    if wrong.size:
        at = int(wrong[0])
        raise NotEstimable(
            f"group {joined[at + 1]} comes after group {joined[at]}: rows of a group must lie together, and groups in "
            f"increasing order, so that one that comes back is seen"
        )
