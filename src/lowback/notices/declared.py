"""What a request declares beforehand: whom to tell and when, and the margins whose crossing is told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from lowback.checked_yaml import Number, unknown_name
from lowback.study import Study

Occasion = Literal["failure", "trigger", "success"]
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")


def _address(text: str) -> str:
    if not ADDRESS.fullmatch(text):
        raise ValueError("should be one mail address in plain letters, such as trial.office@clinic.org")
    return text


class Notices(BaseModel):
    """Whom to tell: a webhook, whose address stands in the environment, or mail addresses; `on` says of what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    webhook: Annotated[bool, Field(strict=True)] = False
    mail: tuple[Annotated[str, AfterValidator(_address)], ...] = ()
    on: Annotated[tuple[Occasion, ...], Field(min_length=1)] = ("failure", "trigger")

    @model_validator(mode="before")
    @classmethod
    def _on_is_a_key(cls, content: Any) -> Any:
        """YAML reads the bare word `on` as yes."""
        if isinstance(content, dict) and True in content and "on" not in content:
            return {"on" if key is True else key: value for key, value in content.items()}
        return content

    @model_validator(mode="after")
    def _tells_somebody(self) -> Notices:
        if not self.webhook and not self.mail:
            raise ValueError("tells nobody; give webhook: true, or mail: [address], or both")
        return self


class Trigger(BaseModel):
    """A margin: told when the estimate, or the whole interval, comes to lie on that side of `crosses`.

    `analysis` and `term` name one row of estimates.csv; without them all comparisons of the estimand's first analysis are watched.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    estimand: Annotated[str, Field(min_length=1)]
    crosses: Number
    side: Literal["below", "above"]
    when: Literal["interval", "estimate"] = "interval"
    analysis: str | None = None
    term: str | None = None


def trigger_problems(triggers: Sequence[Trigger], study: Study) -> list[str]:
    """The triggers on estimands that the study does not declare, a sentence each."""
    known = [one.name for one in study.estimands]
    return [
        f"triggers[{place}].estimand = {one.estimand!r}: no estimand of the study; {unknown_name(one.estimand, known)}"
        for place, one in enumerate(triggers)
        if one.estimand not in known
    ]
