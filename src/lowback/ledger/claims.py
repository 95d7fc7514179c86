"""The 40 claims as data: in words, with the records and the design they need, and the analysis that answers each (`claims.yml`)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from lowback.checked_yaml import Number, checked, read_yaml
from lowback.study import Eligibility
from lowback.variables import dictionary

CLAIMS_FILE = Path(__file__).with_name("claims.yml")
Comparing = Literal["arms", "sessions", "within persons", "between persons"]
Speaks = Literal["rise", "fall", "none"]


class LedgerPart(BaseModel):
    """A part of the claims' file, in which an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Ask(LedgerPart):
    """How one analysis answers a claim.

    `estimand` has the keys of a study's estimand; its week is the study's own, its arms are roles (`arms` of the file). The answer
    is the first row whose keys are `row`, and it supports the claim only where its keys are also those in `concludes`; a `rise` of its estimate speaks for the claim, or a `fall`, or that it is `none`.
    `matters` is the smallest effect worth the trouble, in the row's unit; a study that declares its own for the same question has
    the last word, unless the row is `standardised`, in another unit than the study's. Of a `ratio`, 1 is none, and what matters is a ratio above 1 or its inverse. A link
    `as_measured` has an exposure whose error was not taken off, so that it is never told to be small. `measure` says in words what the
    row is. `adjust` are covariates without which something else would pass for an effect, beside the study's own; `only` narrows
    down whom it is asked of, `table: checkins` reads check-ins alone, and `provided` must be shown to be none first.
    """

    analysis: str
    estimand: Mapping[str, Any]
    row: Mapping[str, str]
    concludes: Mapping[str, str] = Field(default_factory=dict)
    speaks: Speaks
    matters: Annotated[Number, Field(gt=0)]
    measure: str
    compares: Comparing
    ratio: bool = False
    standardised: bool = False
    as_measured: bool = False
    control: str | None = None
    only: Eligibility | None = None
    table: Literal["checkins"] | None = None
    records: tuple[str, ...] = ()
    adjust: tuple[str, ...] = ()
    provided: Ask | None = None

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles of the arms that it compares, the comparator last if it is not the study's own."""
        return (*self.estimand.get("arms", ()), *filter(None, [self.control]))

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that it reads."""
        named = [self.estimand.get(key) for key in ("outcome", "exposure", "modifier", "before")]
        named += [
            *self.estimand.get("mediators", ()),
            *self.estimand.get("confounders", ()),
            *self.estimand.get("doses", ()),
            *self.records,
            *self.adjust,
        ]
        named += [self.only.variable] if self.only else []
        inner = self.provided.columns if self.provided else ()
        return tuple(dict.fromkeys([*(str(one) for one in named if one), *inner]))


class Claim(LedgerPart):
    """One claim: what it says, what a cohort must record and how it must be designed, and the ways of asking, the best first.

    `arrows` are those of a causal diagram that its answer rests on. Without a way of asking, `awaits` says which analysis is
    to come, or `never` why no data of this kind could answer.
    """

    claim: str
    records: tuple[str, ...] = ()
    design: str = ""
    arrows: tuple[str, ...] = ()
    ask: tuple[Ask, ...] = ()
    awaits: str = ""
    never: str = ""

    @field_validator("records")
    @classmethod
    def _are_columns(cls, records: tuple[str, ...]) -> tuple[str, ...]:
        strangers = [name for name in records if name not in dictionary()]
        if strangers:
            raise ValueError(f"no column {strangers[0]!r} in the data dictionary")
        return records

    @model_validator(mode="after")
    def _has_one_way(self) -> Claim:
        if (bool(self.ask), bool(self.awaits), bool(self.never)).count(True) != 1:
            raise ValueError("give exactly one of 'ask', 'awaits' and 'never'")
        return self


class ClaimsFile(LedgerPart):
    """The whole file; `arms` says which arm of a study plays which role unless somebody says otherwise."""

    arms: Mapping[str, str]
    claims: Mapping[str, Claim]


@cache
def claims_file() -> ClaimsFile:
    """The claims and the roles of arms, as they ship."""
    content = checked(read_yaml(CLAIMS_FILE), ClaimsFile, str(CLAIMS_FILE))
    for name, claim in content.claims.items():
        for role in (role for ask in claim.ask for role in ask.roles):
            if role not in content.arms:
                raise ValueError(f"{CLAIMS_FILE}: {name}: no role {role!r} among {list(content.arms)}")
    return content


def claims() -> Mapping[str, Claim]:
    """The claims by name, in their order."""
    return claims_file().claims
