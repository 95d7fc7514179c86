"""A request file as the editions that are to be made of it, each with its data files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lowback.checked_yaml import ConfigurationError, unknown_name
from lowback.intake import source_files, values_of
from lowback.notices import trigger_problems
from lowback.publish import Edition, Request, editions, read_request, values_known
from lowback.publish.documents import asked_for
from lowback.publish.editions import COLUMN
from lowback.study import read_study

if TYPE_CHECKING:
    from lowback.intake.values import Values


@dataclass(frozen=True)
class Expanded:
    """A request and its editions; `nowhere` counts the people who belong to none of them, `values` is what the data tell of that."""

    request: Request
    editions: tuple[Edition, ...]
    nowhere: int = 0
    values: Values | None = field(default=None, compare=False, repr=False)

    def data_of(self, edition: Edition) -> tuple[Path, ...]:
        """The data files of an edition."""
        if edition.data is None or len(self.editions) == 1:
            return source_files(self.request.mapping, edition.data)
        return tuple(edition.data / name for name in self._names)

    @cached_property
    def _names(self) -> tuple[Path, ...]:
        """What the files are called in each edition's folder, which the mapping tells once."""
        folder = self.editions[0].data
        assert folder is not None
        return tuple(path.relative_to(folder) for path in source_files(self.request.mapping, folder))


def expand(
    file: Path, data: Path | None = None, only: Sequence[str] = (), media: Sequence[str] = ()
) -> Expanded:
    """The request in a file and its editions, or those of them that have the values named.

    Raises `ConfigurationError` for a request, study or mapping that cannot be used, `CohortRefused` where the data that tell the
    values cannot be read.
    """
    request = asked_for(read_request(file), media)
    study = read_study(request.study)
    if problems := trigger_problems(request.triggers, study):
        raise ConfigurationError("\n".join(f"{file}: {problem}" for problem in problems))
    folder = data.resolve() if data is not None else request.data
    found, people = values_known(request, study, folder), None
    if found is None:
        assert request.for_each is not None
        people = values_of(request.mapping, folder, COLUMN[request.for_each.variable])
        found = tuple(people.people)
    every = editions(request, study, found, folder)
    nowhere = people.in_none_of(one.value for one in every) if people is not None else 0
    return Expanded(request, _chosen(every, only, file), nowhere, people)


def _chosen(every: tuple[Edition, ...], only: Sequence[str], file: Path) -> tuple[Edition, ...]:
    values = [one.value for one in every]
    for one in only:
        if one not in values:
            allowed = unknown_name(one, values) if any(values) else "the request has no for_each"
            raise ConfigurationError(f"{file}: --only {one!r}; {allowed}")
    return tuple(one for one in every if not only or one.value in only)
