"""Who was at risk when, and whose event came: rows of (start, stop] that together make counting processes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lowback.estimators import NotEstimable

Array = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class AtRisk:
    """Intervals at risk, one a row: from after `start` up to and with `stop`, `event` 1 where it ended in an event.

    Times are in any unit from any origin; `person` and `stratum` are numbers that tell rows of different ones apart.
    """

    start: Array
    stop: Array
    event: NDArray[np.bool_]
    person: Places
    stratum: Places

    @property
    def events(self) -> int:
        """How many intervals end in an event."""
        return int(self.event.sum())

    @property
    def people(self) -> int:
        """How many people have an interval."""
        return len(np.unique(self.person))

    def strata(self) -> Iterator[Places]:
        """The rows of each stratum."""
        order = np.argsort(self.stratum, kind="stable")
        return iter(np.split(order, np.flatnonzero(np.diff(self.stratum[order])) + 1))

    def rows(self, chosen: Places | NDArray[np.bool_]) -> AtRisk:
        """The same with these intervals only."""
        return AtRisk(
            *(getattr(self, name)[chosen] for name in ("start", "stop", "event", "person", "stratum"))
        )


def at_risk(
    start: ArrayLike, stop: ArrayLike, event: ArrayLike, person: ArrayLike, stratum: ArrayLike | None = None
) -> AtRisk:
    """Intervals from any numbers and labels; all in one stratum unless told otherwise.

    Raises `NotEstimable` for missing times, an interval that does not end after its start, or lists of unequal length.
    """
    begins, ends = np.asarray(start, dtype=float), np.asarray(stop, dtype=float)
    events, who = np.asarray(event), np.asarray(person)
    of_stratum = np.zeros(len(begins), dtype=int) if stratum is None else np.asarray(stratum)
    lengths = {len(one) for one in (begins, ends, events, who, of_stratum)}
    if len(lengths) > 1:
        raise NotEstimable(f"intervals at risk have lists of different lengths: {sorted(lengths)}")
    if not len(begins):
        raise NotEstimable("nobody is at risk")
    wrong = ~(np.isfinite(begins) & np.isfinite(ends)) | (ends <= begins)
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise NotEstimable(
            f"an interval at risk from {begins[at]:g} to {ends[at]:g}: its end must lie after its start (intervals refused: {wrong.sum()})"
        )
    codes = (np.unique(labels, return_inverse=True)[1].astype(np.intp) for labels in (who, of_stratum))
    return AtRisk(begins, ends, events.astype(bool), *codes)
