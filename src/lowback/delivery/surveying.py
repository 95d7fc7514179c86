"""Which editions a run is about, which of them are up to date, and which cannot be made."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from lowback.checked_yaml import ConfigurationError
from lowback.delivery.delivered import Delivered, Order
from lowback.delivery.expanding import Expanded, expand
from lowback.delivery.names import unusable
from lowback.delivery.newness import why_too_old
from lowback.ending import Ending
from lowback.intake import CohortRefused
from lowback.publish import Edition, ReportBlockedError
from lowback.publish.failure import failed_in_storage
from lowback.publish.freshness import is_fresh
from lowback.publish.ingredients import Hashes, Pantry
from lowback.publish.placing import failed_folder, forget_failed, locked, mend
from lowback.publish.publishing import place_of


@dataclass(frozen=True)
class Due:
    """An edition, its data files and everything else that it is made from."""

    edition: Edition
    data: tuple[Path, ...]
    pantry: Pantry

    @property
    def files(self) -> set[Path]:
        """Every file that the report is made from."""
        return {*self.pantry.files, *self.data}


@dataclass(frozen=True)
class Surveyed:
    """What a run found: the folders of all reports in order, those that are done or cannot be made, and those that are due.

    `nowhere` counts, by request file, the people who belong to none of its editions; `strays` are the requests whose data tell that.
    """

    places: tuple[Path, ...]
    ended: tuple[Delivered, ...]
    due: tuple[Due, ...]
    nowhere: Mapping[Path, int]
    strays: tuple[Expanded, ...] = ()


def survey(order: Order) -> Surveyed:
    """Look at every edition of every request; none that cannot be made stops another."""
    ended: list[Delivered] = []
    due: list[Due] = []
    owners: dict[Path, Path] = {}
    nowhere: dict[Path, int] = {}
    strays: list[Expanded] = []
    leavings, hashes = _Leavings(), Hashes()
    for file, expanded in every_request(order):
        if isinstance(expanded, Delivered):
            owners.setdefault(expanded.folder, file)
            ended.append(expanded)
            continue
        if expanded.nowhere:
            nowhere[file] = expanded.nowhere
        if expanded.values is not None:
            strays.append(expanded)
        for one in every_edition(expanded, order, hashes):
            place = one.folder if isinstance(one, Delivered) else place_of(one.edition, order.out)
            if owners.setdefault(place, file) != file:
                raise ConfigurationError(
                    f"{file} and {owners[place]}: both would publish {place}; run one of them with another --out"
                )
            if isinstance(one, Delivered):
                ended.append(one)
            elif old := why_too_old(one.edition, one.data, order.moment, order.data_before):
                ended.append(
                    Delivered(one.edition.name, place, Ending.INPUT_REFUSED, failures=(old,), passing=True)
                )
            elif not order.force and _is_current(one, place):
                leavings.clear(place)
                ended.append(Delivered(one.edition.name, place, unchanged=True))
            else:
                due.append(one)
    return Surveyed(tuple(owners), tuple(ended), tuple(due), nowhere, tuple(strays))


def every_request(order: Order) -> Iterator[tuple[Path, Expanded | Delivered]]:
    """Each request file once, with its editions, or with what is wrong with it."""
    for file in dict.fromkeys(path.resolve() for path in order.requests):
        yield file, _expanded(file, order)


def every_edition(expanded: Expanded, order: Order, hashes: Hashes) -> Iterator[Due | Delivered]:
    """Each edition of a request with what it is made from, or with what is wrong with that."""
    pantry = Pantry(expanded.request, hashes)
    for edition in expanded.editions:
        try:
            yield Due(edition, expanded.data_of(edition), pantry)
        except ConfigurationError as error:
            place = place_of(edition, order.out)
            yield Delivered(edition.name, place, Ending.WRONG_REQUEST, failures=(str(error),))


def _expanded(file: Path, order: Order) -> Expanded | Delivered:
    place = (order.out if order.out is not None else file.parent).resolve() / file.stem
    if problem := unusable(place):
        return Delivered(file.stem, place, Ending.WRONG_REQUEST, failures=(f"{file}: {problem}",))
    try:
        return expand(file, order.data, order.only, order.media)
    except ConfigurationError as error:
        return Delivered(file.stem, place, Ending.WRONG_REQUEST, failures=(str(error),))
    except CohortRefused as error:
        return Delivered(file.stem, place, Ending.INPUT_REFUSED, failures=(str(error),), intake=error.intake)
    except OSError as error:
        failure = failed_in_storage(error, place.parent)
        return Delivered(file.stem, place, failure.kind, failures=(failure.error,))


def _is_current(one: Due, place: Path) -> bool:
    """Whether its report is; what cannot be read is left to the attempt to make it."""
    try:
        return is_fresh(place, one.pantry.of(one.edition, one.data))
    except OSError:
        return False


@dataclass(frozen=True)
class _Leavings:
    """What dead runs left beside reports that are up to date; each folder is looked into once."""

    _seen: dict[Path, list[str]] = field(default_factory=dict)

    def clear(self, place: Path) -> None:
        """Delete what they left of this report, and the record of a failure that is over."""
        if place.parent not in self._seen:
            self._seen[place.parent] = [name for name in os.listdir(place.parent) if name.startswith(".")]
        starts = tuple(f".{place.name}.{what}-" for what in ("new", "old", "owner"))
        record = f".{place.name}.owner"
        if any(name.startswith(starts) or name == record for name in self._seen[place.parent]):
            with suppress(ReportBlockedError, OSError), locked(place):
                mend(place)
        if failed_folder(place).name in self._seen[place.parent]:
            forget_failed(place)
