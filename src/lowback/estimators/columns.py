"""Columns of a frame as numbers or as categories with a reference level; names and levels are looked up, never run."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lowback.estimators import NotEstimable

Array = NDArray[np.float64]
Codes = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Categories:
    """A column of categories: `codes` holds the position of each row's level in `levels`; the first is the reference."""

    levels: tuple[Hashable, ...]
    codes: Codes


Column = Categories | Array
# Which rows: a stretch of them, or their positions.
Selection = slice | NDArray[np.intp]


def rows_of(column: Column, rows: Selection) -> Column:
    """Some rows of a column, in their order."""
    return Categories(column.levels, column.codes[rows]) if isinstance(column, Categories) else column[rows]


def column_names(frame: Any) -> list[str] | None:
    """The names a frame answers to, whatever kind of frame it is; None when it does not say."""
    if isinstance(frame, Mapping):
        return list(frame)
    for attribute in ("column_names", "columns"):
        if (names := getattr(frame, attribute, None)) is not None:
            return list(names)
    fields = getattr(getattr(frame, "dtype", None), "names", None)
    return None if fields is None else list(fields)


def number_of_rows(frame: Any) -> int:
    """How many rows a frame has; for a mapping of columns, the length of its first one."""
    return len(next(iter(frame.values()), ())) if isinstance(frame, Mapping) else len(frame)


def read_column(frame: Any, name: str, levels: Sequence[Hashable] | None = None) -> Column:
    """One column as finite numbers, or as categories where `levels` are given or its values are text or flags.

    The first of `levels` is the reference. Without them the levels are those observed, in the order of a categorical
    column or else sorted. Values outside `levels` are refused, levels that no row has are not.

    Raises `NotEstimable` for an unknown name (with the nearest known one), missing or infinite values (with how many), dates,
    mixed kinds and unknown levels.
    """
    values = _looked_up(frame, name)
    if (categories := getattr(getattr(values, "dtype", None), "categories", None)) is not None:
        return _categorical(name, values, categories, levels)
    if hasattr(values, "factorize") and values.dtype.kind == "O":
        return _coded(name, values, levels)
    # Of a list, numpy would make one kind: 1 and "1" would become the same text.
    array = np.asarray(values, dtype=object if isinstance(values, list | tuple) else None)
    if array.ndim != 1:
        raise NotEstimable(f"column {name!r} has {array.ndim} dimensions; allowed: one value a row")
    if array.dtype.kind not in "biufOUT":
        raise NotEstimable(
            f"column {name!r} holds {array.dtype}; allowed: text, flags or numbers, such as weeks since baseline"
        )
    if array.dtype.kind in "iuf" and levels is None:
        return _finite(name, array.astype(float, copy=False))
    return _coded(name, values if hasattr(values, "factorize") else array, levels)


def near(name: Hashable, known: Iterable[Hashable]) -> str:
    """What to write instead of an unknown name: the nearest known one, or all of them."""
    listed = [str(one) for one in known]
    close = get_close_matches(str(name), listed, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(map(repr, listed)) or 'none'}"


def _looked_up(frame: Any, name: str) -> Any:
    known = column_names(frame)
    if known is not None and name not in known:
        raise NotEstimable(f"no column {name!r}; {near(name, known)}")
    try:
        return frame[name]
    except KeyError:
        raise NotEstimable(f"no column {name!r}") from None


def _finite(name: str, values: Array) -> Array:
    """The values, refused when one is missing or infinite."""
    # A finite sum needs no second look; an infinite one may still be of finite values.
    if np.isfinite(values.sum()):
        return values
    _refuse_missing(name, int(np.isnan(values).sum()), len(values))
    if infinite := int(np.isinf(values).sum()):
        raise NotEstimable(f"column {name!r} is infinite in {infinite} of {len(values)} rows")
    return values


def _categorical(name: str, values: Any, categories: Any, levels: Sequence[Hashable] | None) -> Column:
    """A column that knows its categories already (as a pandas categorical does), from its codes."""
    codes = np.asarray(getattr(values, "cat", values).codes)
    _refuse_missing(name, int((codes < 0).sum()), len(codes))
    seen = np.bincount(codes, minlength=len(categories)) > 0
    observed = [
        level for level, is_seen in zip(np.asarray(categories).tolist(), seen, strict=True) if is_seen
    ]
    positions = (np.cumsum(seen) - 1).astype(np.int32)[codes]
    return _recoded(name, observed, positions, observed if levels is None else levels)


def _coded(name: str, values: Any, levels: Sequence[Hashable] | None) -> Column:
    """Text, flags or numbers as categories; numbers stored as objects are numbers."""
    try:
        observed, codes = _distinct_values(values)
        kinds = {type(value) for value in observed}
        ordered = sorted(observed) if len(kinds) == 1 else observed
    except TypeError:
        raise NotEstimable(f"column {name!r} holds values that are neither text nor numbers") from None
    _refuse_missing(name, int((codes < 0).sum()), len(codes))
    numbers = [isinstance(value, Real) and not isinstance(value, bool) for value in observed]
    if levels is None and observed and all(numbers):
        return _finite(name, np.array([float(value) for value in observed])[codes])
    if levels is None and len(kinds) > 1:
        raise NotEstimable(f"column {name!r} mixes kinds of values; declare its levels")
    return _recoded(name, observed, codes, ordered if levels is None else levels)


def _distinct_values(values: Any) -> tuple[list[Any], NDArray[Any]]:
    """The values that occur and the position of each row's among them; -1 where it is missing."""
    if hasattr(values, "factorize"):  # a pandas column knows a fast way, without a text for each row
        codes, distinct = values.factorize()
        return np.asarray(distinct).tolist(), codes
    rows = values.tolist()
    observed = [value for value in dict.fromkeys(rows) if not _is_missing(value)]
    position = {value: code for code, value in enumerate(observed)}
    return observed, np.fromiter((position.get(value, -1) for value in rows), dtype=np.int32, count=len(rows))


def _recoded(
    name: str, observed: Sequence[Hashable], codes: NDArray[Any], levels: Sequence[Hashable]
) -> Categories:
    """Codes into `observed` as codes into `levels`, which must know every observed level."""
    known = _distinct(name, levels)
    position = {level: code for code, level in enumerate(known)}
    for code, level in enumerate(observed):
        if level not in position:
            rows = int((codes == code).sum())
            raise NotEstimable(f"{name} = {level!r} in {rows} rows is no level; {near(level, known)}")
    lookup = np.array([position[level] for level in observed], dtype=np.int32)
    return Categories(known, lookup[codes] if len(codes) else codes.astype(np.int32))


def _distinct(name: str, levels: Sequence[Hashable]) -> tuple[Hashable, ...]:
    if isinstance(levels, str):
        raise NotEstimable(
            f"the levels of {name!r} are the text {levels!r}; allowed: a list, reference first"
        )
    declared = tuple(levels)
    if len(set(declared)) < len(declared):
        raise NotEstimable(f"the levels of {name!r} name one twice: {', '.join(map(repr, declared))}")
    return declared


def _refuse_missing(name: str, missing: int, rows: int) -> None:
    if missing:
        raise NotEstimable(f"column {name!r} is missing in {missing} of {rows} rows")


def _is_missing(value: Any) -> bool:
    try:
        return value is None or bool(value != value)
    except TypeError:  # pandas.NA answers no comparison with yes or no
        return True
