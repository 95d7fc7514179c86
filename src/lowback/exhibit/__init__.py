"""What the showing wing hands to a notebook: one result as something to read, with its numbers inside."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from typing import Any

import pandas as pd

from lowback.exhibit.numbers import label_of, spoken
from lowback.result import RESULT_MIME, Refusal, Result, to_payload

EVERYBODY = ("", "all")
MEASURES = ("variable", "outcome", "exposure")


@dataclass(frozen=True)
class Exhibit:
    """A result as media by MIME type, which a notebook displays and a report harvests."""

    media: Mapping[str, Any]
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Everything to show; the choice among the media is the notebook's."""
        del include, exclude
        return dict(self.media), dict(self.metadata)


def exhibit_of(
    result: Result | Refusal,
    text: str,
    media: Mapping[str, Any],
    metadata: Mapping[str, Any] | None = None,
) -> Exhibit:
    """An exhibit that carries the result's rows beside what is to be seen, and `text` where nothing else can be shown."""
    content = {"text/plain": text, **media, RESULT_MIME: to_payload(result)}
    return Exhibit(content, metadata or {})


def refused(refusal: Refusal) -> Exhibit:
    """The note that stands where an analysis could not answer."""
    text = f"This cannot be answered: {sentence(refusal.reason)}"
    html = f'<p class="refusal"><strong>This cannot be answered:</strong> {escape(sentence(refusal.reason))}'
    if refusal.needs:
        needs = sentence("; ".join(refusal.needs))
        text += f" Needed: {needs}"
        html += f" <strong>Needed:</strong> {escape(needs)}"
    return exhibit_of(refusal, text, {"text/html": f"{html}</p>"})


def noted(result: Result, text: str) -> Exhibit:
    """A sentence in the place of a table or figure that this result has no rows for."""
    return exhibit_of(result, text, {"text/html": f'<p class="note">{escape(text)}</p>'})


def sentence(words: str) -> str:
    """The words with a full stop at their end."""
    words = words.strip()
    return words if words.endswith((".", "!", "?")) else f"{words}."


def keyed_rows(result: Result, *columns: str) -> pd.DataFrame:
    """The estimates beside these key columns; a missing word is empty text, a missing week stays missing.

    A measure that the result labels otherwise than the data dictionary goes by its label, as a cohort's own do.
    Raises ValueError when the result lacks one of the columns, which means that it belongs in another exhibit.
    """
    keys = pd.DataFrame(index=result.estimates.index) if result.keys is None else result.keys
    absent = [name for name in columns if name not in keys.columns]
    if absent:
        raise ValueError(
            f"a result of {result.analysis!r} has no key {', '.join(map(repr, absent))}; "
            f"its keys are {list(keys.columns)}"
        )
    said: dict[str, Any] = {name: _words(keys[name]) for name in keys.columns if name != "weeks"}
    for name in MEASURES:
        if {name, f"{name}_label"} <= set(said):
            said[name] = _measures(said[name], said[f"{name}_label"])
    if "weeks" in keys.columns:
        said["weeks"] = pd.to_numeric(keys["weeks"], errors="coerce")
    keys = pd.DataFrame({name: said[name] for name in keys.columns}, index=keys.index)
    return pd.concat([result.estimates, keys], axis=1)


def each(rows: pd.DataFrame) -> Iterator[Any]:
    """The rows one by one, values by the names of their columns; as `itertuples`, which makes a new class of rows each time."""
    return map(_row_of(tuple(map(str, rows.columns)))._make, rows.to_numpy(object))


@lru_cache
def _row_of(columns: tuple[str, ...]) -> Any:
    return namedtuple("Row", columns, rename=True)


def in_order(values: pd.Series) -> list[Any]:
    """The distinct values in the order in which they first appear."""
    return list(dict.fromkeys(values))


def arms_of(rows: pd.DataFrame) -> list[str]:
    """The arms in the order in which they first appear, with everybody at the end."""
    arms = in_order(rows["arm"])
    return [arm for arm in arms if arm not in EVERYBODY] + [arm for arm in arms if arm in EVERYBODY]


def _measures(names: Iterable[str], labels: Iterable[str]) -> list[str]:
    """Names that the data dictionary knows by the same label, the labels of others; told apart where two share one."""
    said = {
        name: spoken(label)
        for name, label in zip(names, labels, strict=True)
        if label and spoken(label) != label_of(name)
    }
    shared = [one for one in said.values() if list(said.values()).count(one) > 1]
    told_apart = {name: f"{one} ({name})" if one in shared else one for name, one in said.items()}
    return [told_apart.get(name, name) for name in names]


def _words(values: pd.Series) -> list[str]:
    lacking = values.isna().tolist()
    return ["" if lacks else str(value) for value, lacks in zip(values.tolist(), lacking, strict=True)]
