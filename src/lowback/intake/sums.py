"""Scores that are not the sum of their own items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from lowback.intake.findings import REFUSED, findings
from lowback.intake.pieces import Piece
from lowback.variables import Variable


def wrong_sums(pieces: Sequence[Piece], known: Mapping[str, Variable]) -> Iterator[pd.DataFrame]:
    """Rows in which a score and all its items are told, and the score is not what they add up to; a gap contradicts nothing."""
    for piece in pieces:
        for name in piece.measured:
            items = known[name].sum_of
            if items and set(items) <= set(piece.measured):
                yield from _wrong(piece, name, items)


def _wrong(piece: Piece, name: str, items: Sequence[str]) -> Iterator[pd.DataFrame]:
    score, *parts = (_numbers(piece.measured[one]) for one in (name, *items))
    total = np.sum(parts, axis=0)
    wrong = np.isfinite(score) & np.isfinite(total) & (score != total)
    if wrong.any():
        rules = [f"{name} is the sum of {', '.join(items)}, which is {one:g} here" for one in total[wrong]]
        values = [f"{one:g}" for one in score[wrong]]
        yield findings(
            REFUSED, piece.file, rules, rows=piece.rows[wrong], column=piece.columns[name], value=values
        )


def _numbers(values: pd.Series) -> np.ndarray:
    """The values as numbers, yes as 1 and no as 0; a gap is NaN."""
    return pd.to_numeric(values.astype(object), errors="coerce").to_numpy(float)
