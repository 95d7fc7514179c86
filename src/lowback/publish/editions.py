"""The editions of a request: the whole, or one for each site, arm, outcome or month, each with a folder name of its own."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lowback.checked_yaml import ConfigurationError, unknown_name
from lowback.part import MONTH
from lowback.publish.expanding import Variable, folders, placeholder
from lowback.publish.request import Request
from lowback.study import Study

LONGEST_SLUG = 60
HASHED = re.compile(r".*-[0-9a-f]{8}")
# Windows takes the first for devices, whatever follows a full stop; the others stand beside the editions.
TAKEN = {"con", "prn", "aux", "nul", *(f"{port}{one}" for port in ("com", "lpt") for one in range(10))} | {
    "figures",
    "notebooks",
    "index",
}
COLUMN: Mapping[Variable, str] = {"site": "site_id", "arm": "arm", "month": "month"}
"""What `lowback.intake.values_of` is asked for."""


@dataclass(frozen=True)
class Edition:
    """One report of a request: of everybody (`value`, `slug` and `part` are empty), or of one value of its `for_each`.

    `part` is what the notebooks are told of it; `data` the folder of its files, None where they lie beside the mapping.
    """

    request: Request
    value: str = ""
    slug: str = ""
    part: Mapping[str, str] = field(default_factory=dict)
    data: Path | None = None

    @property
    def name(self) -> str:
        """Where its report stands under the folder of reports."""
        return f"{self.request.name}/{self.slug}" if self.slug else self.request.name

    @property
    def title(self) -> str:
        """The title of its report, as plain text."""
        return f"{self.request.title}: {self.value}" if self.value else self.request.title


def values_known(request: Request, study: Study, data: Path | None = None) -> tuple[str, ...] | None:
    """The values that the request expands over, where folders or the study tell them; None where the data do.

    `data` stands in place of the request's own folder.
    """
    given, where = data if data is not None else request.data, str(request.file)
    if placeholder(given, request.for_each, where):
        return tuple(folders(_placed(given), where))
    if request.for_each is None:
        return ()
    if request.for_each.variable == "outcome":
        return tuple(dict.fromkeys(one.outcome for one in study.estimands))
    if request.for_each.variable == "arm":
        return tuple(one for one in study.arms if one != _control_arm(study, request))
    return None


def editions(
    request: Request, study: Study, found: Sequence[str] = (), data: Path | None = None
) -> tuple[Edition, ...]:
    """The editions of a request over the values `found`, in order; the whole request where it expands over nothing.

    `data` stands in place of the request's own folder. Refused where a value is named that was not found, or none was.
    """
    given, expands, where = data if data is not None else request.data, request.for_each, str(request.file)
    held = folders(_placed(given), where) if placeholder(given, expands, where) else None
    if expands is None:
        return (Edition(request, data=given),)
    taken = _chosen(expands.values, found, f"{where}: for_each {expands.variable}")
    slugs = {value: slug_of(value, expands.variable) for value in taken}
    _refuse_shared(slugs, where)
    return tuple(
        Edition(
            request,
            value,
            slugs[value],
            _part(request, study, value) if held is None else {},
            given if held is None else held[value],
        )
        for value in taken
    )


def slug_of(value: str, variable: Variable) -> str:
    """A folder's name for a value: letters a to z, digits, hyphens and underscores, never more than 60.

    A name that another value could have too ends with a hash of its value, so that it is the same whatever other values
    there are.
    """
    plain = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9_]+", "-", plain).strip("-")
    is_own = len(slug) <= LONGEST_SLUG and slug not in TAKEN and not HASHED.fullmatch(slug)
    if slug and is_own and _owner(slug, variable) == value:
        return slug
    mark = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{slug[: LONGEST_SLUG - 9].strip('-') or variable}-{mark}"


def _owner(slug: str, variable: Variable) -> str:
    """The one value that has this folder name without a hash: a site Den Haag or S01, an arm in small letters."""
    words = slug.split("-")
    if variable == "site":
        has_digit = [any(letter.isdigit() for letter in word) for word in words]
        return " ".join(
            word.upper() if digit else word.capitalize() for word, digit in zip(words, has_digit, strict=True)
        )
    return " ".join(words) if variable == "arm" else slug


def _chosen(named: Sequence[str], found: Sequence[str], where: str) -> tuple[str, ...]:
    if not found:
        raise ConfigurationError(f"{where}: no value was found, so there is nothing to report on")
    for one in named:
        if one not in found:
            raise ConfigurationError(f"{where} = {one!r}; {unknown_name(one, list(found))}")
    return tuple(named or found)


def _part(request: Request, study: Study, value: str) -> dict[str, str]:
    assert request.for_each is not None
    variable = request.for_each.variable
    if variable == "arm":
        return {"arm": value, "control_arm": _control_arm(study, request)}
    if variable == "month" and not MONTH.fullmatch(value):
        raise ConfigurationError(
            f"{request.file}: for_each month = {value!r}: allowed a month such as '2026-01'"
        )
    return {"site_id" if variable == "site" else variable: value}


def _control_arm(study: Study, request: Request) -> str:
    if study.control_arm is None:
        raise ConfigurationError(
            f"{request.file}: for_each arm: {request.study} names no control_arm to compare each arm with"
        )
    return study.control_arm


def _refuse_shared(slugs: Mapping[str, str], where: str) -> None:
    """Refuse two values whose folders would be one, which takes two hashes that begin alike."""
    seen: dict[str, str] = {}
    for value, slug in slugs.items():
        if seen.setdefault(slug, value) != value:
            raise ConfigurationError(
                f"{where}: for_each: {value!r} and {seen[slug]!r} would share the folder {slug!r}; rename one of them"
            )


def _placed(data: Path | None) -> Path:
    assert data is not None
    return data
