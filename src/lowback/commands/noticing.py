"""Tells, after a run, whom the requests name; what could not be told is said on standard error and changes nothing else."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lowback.checked_yaml import ConfigurationError
from lowback.commands.shown import complain
from lowback.ending import Ending

if TYPE_CHECKING:
    from lowback.delivery import Delivered, Order
    from lowback.notices import EditionOutcome, Watch
    from lowback.publish import Request

PLACE = re.compile(r"notebook '([^'\n]{1,80})'(?:, cell (\d+))?: ")
"""How the line of a failure begins; what follows may quote data and is not told."""


def told_of(
    order: Order, run: Callable[[Order], tuple[Delivered, ...]], slot: str = ""
) -> tuple[Delivered, ...]:
    """Run the order and tell of it, a message a request, as each request asks."""
    watches = list(_watches(order))
    with _kept_from_notebooks() as secrets:
        delivered = run(order)
    for request, seen in watches:
        own = [one for one in delivered if seen.folder in (one.folder, one.folder.parent)]
        _tell(request, seen, own, slot, secrets)
    return delivered


@contextmanager
def _kept_from_notebooks() -> Iterator[Mapping[str, str]]:
    """The addresses of webhook and mail server, taken out of the environment, which a notebook would inherit and may print."""
    from lowback.notices.mailbox import VARIABLE as MAIL
    from lowback.notices.webhook import VARIABLE as HOOK

    secrets = {name: os.environ.pop(name) for name in (MAIL, HOOK) if name in os.environ}
    try:
        yield secrets
    finally:
        os.environ.update(secrets)


def _watches(order: Order) -> Iterator[tuple[Request, Watch]]:
    """What the requests ask to be told of; one that cannot be read asks nothing."""
    from lowback.notices import watch
    from lowback.publish import read_request

    for file in dict.fromkeys(path.resolve() for path in order.requests):
        try:
            request = read_request(file)
        except ConfigurationError:
            continue
        if request.notices is not None:
            folder = (order.out if order.out is not None else file.parent).resolve() / file.stem
            yield request, watch(request.notices, request.triggers, folder)


def _tell(
    request: Request, seen: Watch, delivered: Sequence[Delivered], slot: str, secrets: Mapping[str, str]
) -> None:
    from lowback.delivery import ending_together
    from lowback.notices import tell

    people = [str(person) for one in delivered for person in _people(one)]
    problems = tell(
        seen,
        request.title,
        [_outcome(one) for one in delivered],
        ending_together(delivered),
        slot=slot,
        identifiers=people,
        environment=secrets,
    )
    for problem in problems:
        complain(f"{request.file}: {problem}")


def _outcome(one: Delivered) -> EditionOutcome:
    from lowback.notices import EditionOutcome

    return EditionOutcome(
        one.name,
        one.ending,
        f"{one.name}/report.html",
        published=one.ending is Ending.DONE and not one.unchanged,
        where=tuple((found[1], int(found[2]) if found[2] else None) for found in _places(one.failures)),
    )


def _places(failures: Sequence[str]) -> Iterator[re.Match[str]]:
    return (found for one in failures if (found := PLACE.match(one)) is not None)


def _people(one: Delivered) -> Sequence[str]:
    cohort = one.intake.cohort if one.intake is not None else None
    return [] if cohort is None else list(cohort.participant_ids)
