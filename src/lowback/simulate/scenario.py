"""A scenario: the figures, claims and design that a cohort is made with, read from a file that a person can read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import Field

from lowback.checked_yaml import Number, read_checked, unknown_name
from lowback.simulate.design import Design, ScenarioPart
from lowback.simulate.parameters import (
    SCENARIOS,
    Parameters,
    SimulationError,
    course_symbols,
    parameters,
    unknown_symbols,
)
from lowback.simulate.recording.plan import Measurement, Missing

FOLDER = Path(__file__).with_name("scenarios")

Setting = Literal[True, False, "trap"]


class Scenario(ScenarioPart):
    """One scenario file.

    `based_on` names the column of `parameters.csv` it starts from; each claim's switch sets some of the figures, and
    `parameters` has the last word. `records` names columns to record beside those that every cohort has.
    """

    title: str
    says: str
    based_on: Literal["literature", "mechanism", "null"] = "null"
    claims: Mapping[str, Setting] = Field(default_factory=dict)
    parameters: Mapping[str, Number] = Field(default_factory=dict)
    design: Design = Design()
    measurement: Measurement = Measurement()
    missing: Missing = Missing()
    records: tuple[str, ...] = ()
    name: str = ""

    @property
    def values(self) -> Parameters:
        """The value of every parameter in this scenario, by symbol."""
        return MappingProxyType({**parameters(self.based_on), **self.parameters})

    @property
    def lives(self) -> bool:
        """Whether people have a course within the weeks; without one their records are drawn from days and visits alone."""
        return bool(
            self.claims or self.records or self.design != Design() or course_symbols() & set(self.parameters)
        )


def scenario_names() -> list[str]:
    """The scenarios that ship, the three of the parameters' table first."""
    own = sorted(path.stem for path in FOLDER.glob("*.yml") if path.stem != "claims")
    return [*SCENARIOS, *(name for name in own if name not in SCENARIOS)]


def read_scenario(scenario: str | Path | Scenario) -> Scenario:
    """A scenario by its name, or from a file of one's own; refused with file, key, value and what is allowed."""
    if isinstance(scenario, Scenario):
        return scenario
    path = Path(scenario)
    if str(scenario) in scenario_names():
        path = FOLDER / f"{scenario}.yml"
    elif path.suffix not in (".yml", ".yaml"):
        raise SimulationError(
            f"no scenario {str(scenario)!r}; {unknown_name(scenario, scenario_names())}, or a file that ends in .yml"
        )
    read = read_checked(path, Scenario)
    unknown = unknown_symbols(read.parameters)
    if unknown:
        raise SimulationError(f"{path}: {unknown}")
    return read.model_copy(update={"name": path.stem})
