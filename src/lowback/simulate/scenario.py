"""A scenario: the figures, claims and design that a cohort is made with, read from a file that a person can read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import Field, field_validator, model_validator

from lowback.checked_yaml import Number, read_checked, unknown_name
from lowback.simulate.claims import (
    Switch,
    claims,
    refuse_unknown_claims,
    switched_design,
    switched_figures,
    switched_records,
)
from lowback.simulate.design import Design, ScenarioPart
from lowback.simulate.parameters import (
    SCENARIOS,
    Parameters,
    SimulationError,
    parameters,
    unknown_symbols,
)
from lowback.simulate.recording.plan import Measurement, Missing

FOLDER = Path(__file__).with_name("scenarios")


class Scenario(ScenarioPart):
    """One scenario file.

    `based_on` names the column of `parameters.csv` it starts from; each claim's switch sets some of the figures, and
    `parameters` has the last word. `records` names columns to record beside those that every cohort has. What the
    switches set is part of `parameters`, `design` and `records` once the scenario exists.
    """

    title: str
    says: str
    based_on: Literal["literature", "mechanism", "null"] = "null"
    claims: Mapping[str, Switch] = Field(default_factory=dict)
    parameters: Mapping[str, Number] = Field(default_factory=dict)
    design: Design = Design()
    measurement: Measurement = Measurement()
    missing: Missing = Missing()
    records: tuple[str, ...] = ()
    name: str = ""

    @field_validator("based_on", mode="before")
    @classmethod
    def _null_without_quotes(cls, column: object) -> object:
        """YAML reads `null` as nothing at all; here it can only be the column of that name."""
        return "null" if column is None else column

    @model_validator(mode="after")
    def _with_switches(self) -> Scenario:
        """Parameters, design and records with what the claims' switches set, so that all else need not know of switches."""
        refuse_unknown_claims(self.claims)
        if unknown := unknown_symbols(self.parameters):
            raise ValueError(unknown)
        figures = {**switched_figures(self.claims, self.parameters), **self.parameters}
        records = tuple(dict.fromkeys([*self.records, *switched_records(self.claims)]))
        # The model is frozen for those who use it; here it is still being made.
        self.__dict__.update(
            parameters=figures, design=switched_design(self.claims, self.design), records=records
        )
        return self

    @property
    def values(self) -> Parameters:
        """The value of every parameter in this scenario, by symbol."""
        return MappingProxyType({**parameters(self.based_on), **self.parameters})


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
        is_trap = str(scenario).startswith("trap")
        alike = [name for name in scenario_names() if name.startswith("trap") == is_trap]
        others = "" if is_trap else ", a trap such as 'trap_c14'"
        raise SimulationError(
            f"no scenario {str(scenario)!r}; {unknown_name(scenario, alike)}{others}, or a file that ends in .yml"
        )
    return read_checked(path, Scenario).model_copy(update={"name": path.stem})


def claim_scenario(claim: str, switch: Switch) -> Scenario:
    """The scenario in which one claim is true, false or a trap, and nothing else is as in `null`."""
    refuse_unknown_claims({claim: switch})
    figures = claims()[claim].setting(switch)
    name = f"{claim.lower()}_{str(switch).lower()}"
    return Scenario(name=name, title=claims()[claim].claim, says=figures.says, claims={claim: switch})
