"""The figures a simulated cohort is made with, each with its source; `course.csv` holds those of the days within the weeks."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from lowback.checked_yaml import ConfigurationError, unknown_name

SCENARIOS = ("literature", "mechanism", "null")
PARAMETERS_FILES = tuple(Path(__file__).with_name(name) for name in ("parameters.csv", "course.csv"))

Parameters = Mapping[str, float]


class SimulationError(ConfigurationError):
    """A simulation that cannot be made or written as asked."""


@cache
def parameters_table() -> pd.DataFrame:
    """One row a parameter: symbol, name, unit, its value in each scenario, and the source of the literature's value.

    A source that begins with "derived" names the arithmetic; "assumption" says that nothing published stands behind it.
    """
    return pd.concat([_read(file) for file in PARAMETERS_FILES], ignore_index=True)


@cache
def course_symbols() -> frozenset[str]:
    """The symbols of all that happens within the twelve weeks, which the first three scenarios do without."""
    return frozenset(_read(PARAMETERS_FILES[1])["symbol"])


def _read(path: Path) -> pd.DataFrame:
    with path.open(encoding="utf-8", newline="") as file:
        table = pd.DataFrame(list(csv.DictReader(file)))
    return table.astype(dict.fromkeys(SCENARIOS, float))


@cache
def parameters(scenario: str) -> Parameters:
    """The value of every parameter in one scenario, by symbol."""
    if scenario not in SCENARIOS:
        raise SimulationError(f"no scenario {scenario!r}; {unknown_name(scenario, list(SCENARIOS))}")
    table = parameters_table()
    return MappingProxyType(dict(zip(table["symbol"], table[scenario], strict=True)))


def unknown_symbols(symbols: Mapping[str, float]) -> str | None:
    """The refusal of the first symbol that the table does not have, if there is one."""
    known = list(parameters(SCENARIOS[0]))
    first = next((symbol for symbol in symbols if symbol not in known), None)
    return None if first is None else f"no parameter {first!r}; {unknown_name(first, known)}"
