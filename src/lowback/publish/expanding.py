"""What a request expands over: sites, arms, outcomes or months, and the folders that bear their names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, field_validator

from lowback.checked_yaml import ConfigurationError, unknown_name

Variable = Literal["site", "arm", "outcome", "month"]
VARIABLES: tuple[Variable, ...] = ("site", "arm", "outcome", "month")
IN_FOLDERS = ("site", "month")
"""What a folder of files can be of: an arm is compared with another, and an outcome is a column."""
PLACEHOLDER = re.compile(r"\{([^{}/\\]*)\}")


class ForEach(BaseModel):
    """One edition for each value of `variable`; for these `values` only, where any are named."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    variable: Variable
    values: tuple[str, ...] = ()

    @field_validator("values", mode="before")
    @classmethod
    def _are_texts_once_each(cls, given: object) -> object:
        listed = list(given) if isinstance(given, (list, tuple)) else [given]
        for one in listed:
            if not isinstance(one, str):
                raise ValueError(f"the value {one!r} is what YAML makes of unquoted text; put it in quotes")
            if not one:
                raise ValueError("an empty value; allowed are names of what there is")
            if listed.count(one) > 1:
                raise ValueError(f"{one!r} stands twice")
        return tuple(listed)


def _as_for_each(given: object) -> object:
    """`site`, or `{site: [Leiden, Utrecht]}`."""
    if isinstance(given, str):
        given = {given: None}
    if not isinstance(given, dict):
        raise ValueError(f"allowed: one of {', '.join(VARIABLES)}, or such as {{site: [Leiden, Utrecht]}}")
    if len(given) != 1:
        raise ValueError(f"expands over {len(given)} variables; allowed is one of {', '.join(VARIABLES)}")
    [(variable, values)] = given.items()
    if variable not in VARIABLES:
        raise ValueError(f"{variable!r}; {unknown_name(variable, list(VARIABLES))}")
    if values is not None and not values:
        raise ValueError(f"{variable}: no value is named; leave the list away to take all")
    return {"variable": variable, "values": () if values is None else values}


ForEachKey = Annotated[ForEach, BeforeValidator(_as_for_each)]


def placeholder(data: Path | None, for_each: ForEach | None, where: str) -> str | None:
    """The name in braces in a folder of data; refused where it is not what the request expands over."""
    found = PLACEHOLDER.findall(str(data)) if data is not None else []
    if not found:
        return None
    if PLACEHOLDER.search(str(Path(where).parent)) and str(data).startswith(str(Path(where).parent)):
        raise ConfigurationError(
            f"{where}: lies in a folder with a name in braces, which stands for nothing there; rename the folder"
        )
    shown = f"{where}: data = {str(data)!r}"
    if len(found) > 1:
        raise ConfigurationError(f"{shown}: holds {len(found)} names in braces; allowed is one")
    if for_each is None:
        raise ConfigurationError(
            f"{shown}: {{{found[0]}}} stands for nothing; add for_each: site, or name the folder"
        )
    if found[0] != for_each.variable:
        raise ConfigurationError(
            f"{shown}: {{{found[0]}}} is not what the request expands over; allowed: {{{for_each.variable}}}"
        )
    if for_each.variable not in IN_FOLDERS:
        raise ConfigurationError(
            f"{shown}: an {for_each.variable} has no folder of its own; allowed: {', '.join(f'{{{one}}}' for one in IN_FOLDERS)}"
        )
    return for_each.variable


def folders(data: Path, where: str) -> dict[str, Path]:
    """The folder of each value that stands where `data` has a name in braces, by value, in order."""
    parts = data.parts
    place = next(number for number, one in enumerate(parts) if PLACEHOLDER.search(one))
    above = Path(*parts[:place])
    before, _, after = PLACEHOLDER.split(parts[place], maxsplit=1)
    found = {
        name[len(before) : len(name) - len(after)]: above.joinpath(name, *parts[place + 1 :])
        for name in _folder_names(above, where)
        if name.startswith(before) and name.endswith(after) and len(name) > len(before) + len(after)
    }
    held = {value: folder for value, folder in sorted(found.items()) if folder.is_dir()}
    if not held:
        raise ConfigurationError(f"{where}: data = {str(data)!r}: no such folder in {above}")
    return held


def _folder_names(above: Path, where: str) -> Iterator[str]:
    """The folders there but the hidden ones."""
    try:
        for one in above.iterdir():
            if one.is_dir() and not one.name.startswith("."):
                yield one.name
    except OSError as error:
        raise ConfigurationError(f"{where}: {above}: cannot be read ({error.strerror})") from None
