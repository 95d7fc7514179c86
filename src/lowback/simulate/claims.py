"""The claims as switches: what each sets in the model, what answers it, and the bias of its trap (`scenarios/claims.yml`)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from lowback.checked_yaml import Number, checked, read_yaml, unknown_name
from lowback.simulate.design import ARMS, TRIAL_ARMS, Design, ScenarioPart
from lowback.simulate.interventions import Intervention
from lowback.simulate.parameters import unknown_symbols

CLAIMS_FILE = Path(__file__).with_name("scenarios") / "claims.yml"

Switch = Literal[True, False, "trap"]
UNTESTABLE = {
    "C04": "no measurement of people shows what the posterior structures bear; only a model's load could be declared",
    "C40": "what people say that they found is no evidence",
}


class Truth(ScenarioPart):
    """What of the model answers a claim.

    Either a symbol's value, or the mean difference of `outcome` when `do` is done to people and when `against` is, on the
    same random numbers: at a visit's `week`, on a `day` (mean of its moments), or of the person. With `modified_by`, how
    much that difference differs between a column's first value and its second. `with` sets figures beforehand.
    """

    symbol: str | None = None
    outcome: str | None = None
    week: Number | None = None
    day: int | None = None
    do: Intervention = Intervention()
    against: Intervention = Intervention()
    modified_by: Mapping[str, tuple[Number, Number]] = Field(default_factory=dict)
    given: Mapping[str, Number] = Field(default_factory=dict, alias="with")

    @property
    def in_words(self) -> str:
        """What is compared, as in `pain_nrs at week 12: arm strengthening against arm usual care`."""
        if self.symbol is not None:
            return self.symbol
        when = f" at week {self.week:g}" if self.week is not None else f" on day {self.day}"
        place = "" if self.week is None and self.day is None else when
        said = f"{self.outcome}{place}: {self.do.in_words} against {self.against.in_words}"
        given = [f"{symbol} {value:g}" for symbol, value in self.given.items()]
        modified = [
            f"where {name} is {a:g} less where it is {b:g}" for name, (a, b) in self.modified_by.items()
        ]
        return ", ".join([said, *modified, *given])

    @model_validator(mode="after")
    def _has_one_answer(self) -> Truth:
        if (self.symbol is None) == (self.outcome is None):
            raise ValueError("give either a symbol or an outcome")
        if self.week is not None and self.day is not None:
            raise ValueError("give week or day, not both")
        return self


class Figures(ScenarioPart):
    """One setting of a claim: the figures it sets, in words and by symbol; a trap also names its bias and the naive analysis."""

    says: str
    parameters: Mapping[str, Number]
    bias: str | None = None
    naive: str | None = None


class ClaimDesign(ScenarioPart):
    """What a cohort's design must be for a claim; arms that are not named are those of the first trial."""

    arms: tuple[str, ...] = ()
    checkins_a_day: Literal[1, 2] = 1


class Claim(ScenarioPart):
    """A claim with its three settings; it `holds` where its truth is not zero, or where it is zero."""

    claim: str
    truth: Truth
    holds: Literal["not zero", "zero"] = "not zero"
    records: tuple[str, ...] = ()
    design: ClaimDesign = ClaimDesign()
    when_true: Figures = Field(alias="true")
    when_false: Figures = Field(alias="false")
    trap: Figures

    def setting(self, switch: Switch) -> Figures:
        """The figures of one setting."""
        return self.trap if switch == "trap" else self.when_true if switch else self.when_false


@cache
def claims() -> Mapping[str, Claim]:
    """The claims that have a switch, by name."""
    content = read_yaml(CLAIMS_FILE)
    read = {name: checked(_texts(one), Claim, f"{CLAIMS_FILE}: {name}") for name, one in content.items()}
    for name, one in read.items():
        for figures in (one.when_true, one.when_false, one.trap):
            if unknown := unknown_symbols(figures.parameters):
                raise ValueError(f"{CLAIMS_FILE}: {name}: {unknown}")
    return read


def _texts(content: Mapping[Any, Any]) -> dict[str, Any]:
    """The keys true and false, which YAML reads as truth values, as texts."""
    return {str(key).lower() if isinstance(key, bool) else str(key): one for key, one in content.items()}


def refuse_unknown_claims(names: Mapping[str, Switch]) -> None:
    """Refuse a claim that there is not, and one that no data can test."""
    for name in names:
        if name in UNTESTABLE:
            raise ValueError(f"claim {name} cannot be tested: {UNTESTABLE[name]}")
        if name not in claims():
            raise ValueError(f"no claim {name!r}; {unknown_name(name, list(claims()))}")


def switched_figures(switches: Mapping[str, Switch], decided: Mapping[str, float]) -> dict[str, float]:
    """The figures that these switches set, refused where two contradict each other on a figure that is not `decided`."""
    figures: dict[str, float] = {}
    setter: dict[str, str] = {}
    for name, switch in switches.items():
        said = f"{name} ({str(switch).lower()})"
        for symbol, value in claims()[name].setting(switch).parameters.items():
            if symbol not in decided and figures.get(symbol, value) != value:
                raise ValueError(
                    f"claims {setter[symbol]} and {said} contradict each other: {symbol} is {figures[symbol]:g} or "
                    f"{value:g}; switch one of them only, or decide in 'parameters'"
                )
            figures[symbol], setter[symbol] = value, said
    return figures


def switched_design(switches: Mapping[str, Switch], design: Design) -> Design:
    """The design that these claims need; what the scenario says itself stays."""
    needs = [claims()[name].design for name in switches]
    update: dict[str, Any] = {}
    if "arms" not in design.model_fields_set and any(one.arms for one in needs):
        named = {arm for one in needs for arm in one.arms or TRIAL_ARMS}
        update["arms"] = tuple(arm for arm in ARMS if arm in named)
    if "checkins_a_day" not in design.model_fields_set and needs:
        update["checkins_a_day"] = max(one.checkins_a_day for one in needs)
    return design.model_copy(update=update)


def switched_records(switches: Mapping[str, Switch]) -> list[str]:
    """The columns that these claims need."""
    return [column for name in switches for column in claims()[name].records]
