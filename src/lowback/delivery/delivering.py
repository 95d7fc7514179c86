"""A whole run: its inputs frozen at one moment, each edition that is due made on its own, and all of it told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from lowback.delivery.delivered import Delivered, Order, Task
from lowback.delivery.quarantining import keep_of_nobody
from lowback.delivery.runs import run_folder, sweep
from lowback.delivery.surveying import Surveyed, survey
from lowback.delivery.telling import Silent, Watch, told_by
from lowback.delivery.working import clear_up, cores, make_here, make_in_processes, make_on_cluster
from lowback.frozen import freeze, reading
from lowback.publish.failure import failed_in_storage
from lowback.publish.placing import ReportBlockedError, left_beside, locked, mend
from lowback.publish.publishing import place_of
from lowback.publish.running import AT_ONCE


def deliver(order: Order, watch: Watch | None = None) -> tuple[Delivered, ...]:
    """Make every edition of every request that is not up to date, and say how each ended, in the order asked.

    Whatever one edition meets stops no other. Raises `ConfigurationError` for a cluster that cannot be reached, and what
    interrupts it, once all processes are ended and what they left is cleared up.
    """
    found, told = survey(order), watch or Silent()
    ended: dict[Path, Delivered] = {}
    if not found.due:
        _clear_away(order, found.places)
    else:
        try:
            with _run(order, found) as (run, found):
                tasks = _tasks(order, found, run)
                _make(order, tasks, ended, told)
                _keep_strays(found, told)
        except OSError as error:
            ended |= _stopped(order, found, error, ended)
    for request, people in found.nowhere.items():
        told.missed(request, people)
    for one in found.ended:
        told.ended(one)
        ended[one.folder] = one
    return tuple(ended[place] for place in found.places if place in ended)


def _keep_strays(found: Surveyed, told: Watch) -> None:
    """Keep the rows that no edition holds."""
    for one in found.strays:
        kept = keep_of_nobody(one.request, one.values) if one.values is not None else None
        if kept is not None:
            told.kept(one.request.file, kept)


def _clear_away(order: Order, places: Sequence[Path]) -> None:
    """Delete what dead runs left, which a run that has something to make does as it begins."""
    for place in {order.out or request.parent for request in order.requests}:
        sweep(place)
    for parent in {place.parent for place in places}:
        for place in left_beside(parent):
            with suppress(ReportBlockedError, OSError), locked(place):
                mend(place)


@contextmanager
def _run(order: Order, found: Surveyed) -> Iterator[tuple[Path, Surveyed]]:
    """The folder of the run, with copies of all inputs, and what is due by these copies."""
    place = order.out if order.out is not None else found.due[0].edition.request.file.parent
    with run_folder(place.resolve()) as run:
        (run / "inputs").mkdir()
        index = freeze({file for one in found.due for file in one.files}, run / "inputs")
        with reading(index):
            yield run, survey(order)


def _tasks(order: Order, found: Surveyed, run: Path) -> list[Task]:
    alone = len(found.due) == 1 and order.cluster is None
    return [
        Task(
            number=number,
            edition=one.edition,
            data=one.data,
            frozen=run / "inputs" / "index.json",
            run=run,
            out=order.out,
            force=order.force,
            retries=one.edition.request.retries if order.retries is None else order.retries,
            alone=alone,
            at_once=AT_ONCE if alone else 1,
        )
        for number, one in enumerate(found.due)
    ]


def _make(order: Order, tasks: list[Task], ended: dict[Path, Delivered], told: Watch) -> None:
    def done(one: Delivered) -> None:
        ended[one.folder] = one
        told.ended(one)

    def begins() -> None:
        told.begins([task.edition.name for task in tasks], tasks[0].run)

    try:
        if order.cluster is not None:
            begins()
            make_on_cluster(tasks, order.cluster, done)
        elif len(tasks) == 1:
            make_here(tasks, begins, done)
        else:
            make_in_processes(tasks, order.jobs or cores(), begins, done)
    except BaseException:
        if order.cluster is None:
            begun = [task for task in tasks if told_by(task.run, task.number)]
            clear_up([task for task in begun if place_of(task.edition, order.out) not in ended])
        raise


def _stopped(
    order: Order, found: Surveyed, error: OSError, ended: dict[Path, Delivered]
) -> dict[Path, Delivered]:
    """How the editions ended that the run itself could not go on to make."""
    stopped = {}
    for one in found.due:
        place = place_of(one.edition, order.out)
        failure = failed_in_storage(error, place.parent)
        if place not in ended:
            stopped[place] = Delivered(one.edition.name, place, failure.kind, failures=(str(failure),))
    return stopped
