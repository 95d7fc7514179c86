"""The data dictionary: each column's label, unit, sign, allowed range, minimal important change, reliability, source.

`variables.yml` beside this file holds the entries; a cohort may add its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lowback.checked_yaml import checked, read_yaml

Table = Literal["participants", "visits", "checkins"]
Kind = Literal["identifier", "number", "integer", "flag", "category", "date", "text"]

DICTIONARY_FILE = Path(__file__).with_name("variables.yml")


class Variable(BaseModel):
    """One column of a cohort: what it measures, in which unit and direction, and how well.

    `signs` lists the directions in which sources record the quantity, each with the factor (1 or -1) that
    turns it into ours; where it is given, intake asks for the direction and never guesses.
    `minimal_important_change` is in `unit`; `reliability_icc` is an intraclass correlation,
    `measurement_error_sem` a standard error of measurement in `unit`, both as `error_from` has them. `sum_of` names the items that a score adds up.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    label: str
    block: str = "own variables"
    tables: tuple[Table, ...] = ("visits",)
    kind: Kind = "number"
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    levels: tuple[str, ...] = ()
    higher_is: Literal["better", "worse"] | None = None
    sign: str = ""
    signs: Mapping[str, Literal[1, -1]] = Field(default_factory=dict)
    minimal_important_change: float | None = None
    reliability_icc: float | None = None
    measurement_error_sem: float | None = None
    error_from: Literal["the data dictionary", "the mapping"] = "the data dictionary"
    source: str = ""
    sum_of: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _range_is_ordered(self) -> Variable:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"{self.name}: low = {self.low} lies above high = {self.high}")
        return self

    @property
    def is_numeric(self) -> bool:
        """Whether its values are measured on a number line."""
        return self.kind in ("number", "integer")

    @property
    def allowed(self) -> str:
        """The values it may take, in words."""
        if self.levels:
            return ", ".join(self.levels)
        if self.kind == "flag":
            return "yes or no"
        if not self.is_numeric:
            return {"date": "a date", "identifier": "an identifier"}.get(self.kind, "text")
        whole = "whole numbers " if self.kind == "integer" else ""
        return f"{whole}{self._range()} {self.unit or ''}".strip()

    def _range(self) -> str:
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g}"
        if self.low is not None:
            return f"{self.low:g} or more"
        return f"{self.high:g} or less" if self.high is not None else "any number"


@cache
def dictionary() -> Mapping[str, Variable]:
    """Every variable that lowback knows, by name."""
    return read_variables(read_yaml(DICTIONARY_FILE), str(DICTIONARY_FILE))


def one_of(unit: str) -> str:
    """A unit as the name of one, as after "per": "NRS point" of "NRS points"."""
    return unit[:-1] if unit.endswith("s") and len(unit) > 2 else unit


def read_variables(entries: Mapping[str, dict[str, object]], where: str) -> Mapping[str, Variable]:
    """Variables from the entries of a dictionary file or of a mapping's own `variables`."""
    return MappingProxyType(
        {
            name: checked({"name": name, **entry}, Variable, f"{where}: {name}")
            for name, entry in entries.items()
        }
    )
