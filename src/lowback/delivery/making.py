"""Makes one edition, again where what went wrong can pass; whatever happens ends as a `Delivered`."""

from __future__ import annotations

import shutil
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

from lowback.checked_yaml import ConfigurationError
from lowback.delivery.delivered import Delivered, Task
from lowback.delivery.newness import newest_date
from lowback.delivery.quarantining import keep_of_edition
from lowback.delivery.telling import teller
from lowback.ending import Ending
from lowback.frozen import freeze, reading, sha256_of
from lowback.intake import CohortRefused, Intake, take_in
from lowback.publish import Hands, ReportBlockedError, publish_edition
from lowback.publish.children import Run, children, split_off
from lowback.publish.failing import record_failed
from lowback.publish.failure import Failure, failed_in_storage
from lowback.publish.ingredients import Pantry
from lowback.publish.notebooks import Notebook
from lowback.publish.placing import locked
from lowback.publish.public import for_the_record, private_words
from lowback.publish.publishing import place_of
from lowback.publish.request import planned_runs
from lowback.still_certified import current_certificate
from lowback.study import StudyError, cohort_problems, read_study

PAUSE_SECONDS = 1.0
"""Before the second try; twice as long before each further one."""
LONGEST_PAUSE_SECONDS = 60.0


class Forks:
    """The process that has imported the libraries and forks a child for each notebook; another one once it is dead."""

    def __init__(self) -> None:
        """Start none until one is needed."""
        self._held, self._starting = ExitStack(), threading.Lock()
        self._run: Run | None = None

    def split_off(self) -> None:
        """Start one by a fork of this process, where it has not begun a thread; else none until one is needed."""
        with self._starting:
            self._run = self._held.enter_context(split_off())

    def run(self, notebooks: Sequence[Notebook]) -> Run:
        """What runs these notebooks."""
        with self._starting:
            if self._run is None or not self._run.is_alive:
                self._held.close()
                self._run = self._held.enter_context(children(notebooks))
            self._run.prepare(notebooks)
            return self._run

    def close(self) -> None:
        """End it and all its children."""
        self._held.close()
        self._run = None


OF_THIS_PROCESS = Forks()
"""One for all editions that a worker makes; it ends with the worker."""


def make(task: Task, forks: Forks = OF_THIS_PROCESS) -> Delivered:
    """Make the edition; try again, after a pause that grows, as long as what went wrong can pass."""
    began = time.monotonic()
    for tries in count(1):
        found = replace(_made(task, tries, forks), tries=tries)
        if not found.passing or tries > task.retries:
            return replace(found, seconds=time.monotonic() - began)
        teller(task.run, task.number, tries)(f"waits ({found.words})")
        time.sleep(min(PAUSE_SECONDS * 2 ** (tries - 1), LONGEST_PAUSE_SECONDS))
    raise AssertionError("counting never ends")


def _made(task: Task, tries: int, forks: Forks) -> Delivered:
    tell = teller(task.run, task.number, tries)
    tell("reads")
    try:
        with _copies(task, tries) as frozen:
            return _published(
                task, frozen, Hands(None, task.at_once, lambda cell, of: tell("runs", cell, of)), forks
            )
    except ReportBlockedError as error:
        return _ended(task, Failure("", None, str(error), error.kind, error.passing), plain=True)
    except ConfigurationError as error:
        return failed(task, Failure("", None, str(error), Ending.WRONG_REQUEST), plain=True)
    except CohortRefused as error:
        failure = Failure("", None, str(error), Ending.INPUT_REFUSED)
        kept = keep_of_edition(task.edition, error.intake)
        return replace(failed(task, failure, plain=True), intake=_told(task, error.intake), kept=kept)
    except OSError as error:
        return failed(task, failed_in_storage(error, place_of(task.edition, task.out).parent))
    except MemoryError:
        return failed(task, Failure("", None, "out of memory", Ending.KERNEL_DIED, passing=True))
    except Exception as error:  # noqa: BLE001 (whatever one edition meets must not stop the others)
        text = f"{type(error).__name__}: {error} (a fault of lowback's own)\n{traceback.format_exc()}"
        return failed(task, Failure("", None, text.strip()))


@contextmanager
def _copies(task: Task, tries: int) -> Iterator[Path]:
    """The copies to read: the run's own; of an edition that is tried again, new ones."""
    if tries == 1:
        yield task.frozen
        return
    folder = task.run / f"again-{task.number}-{tries}"
    folder.mkdir()
    try:
        yield freeze([*Pantry(task.edition.request).files, *task.data], folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _published(task: Task, frozen: Path, hands: Hands, forks: Forks) -> Delivered:
    edition = task.edition
    with reading(frozen):
        _refuse_unread(task.data)
        intake = take_in(edition.request.mapping, edition.data, edition.part)
        if intake.cohort is None:
            raise CohortRefused(intake, edition.request.mapping, edition.data)
        study = read_study(edition.request.study, edition.part)
        problems = cohort_problems(study, intake.cohort, part=bool(edition.part))
        if problems:
            raise StudyError("\n".join(f"{edition.request.study}: {problem}" for problem in problems))
        planned = planned_runs(edition.request, edition.data, edition.part)
        published = publish_edition(
            edition,
            inputs=task.data,
            out=task.out,
            force=task.force,
            identifiers=list(intake.cohort.participant_ids),
            private=private_words(edition.request, intake.cohort, study),
            data_date=newest_date(intake.cohort),
            certificate=current_certificate(edition.request.file, intake.cohort, study),
            frozen=frozen,
            hands=replace(hands, run=forks.run([one.notebook for one in planned])),
        )
    return Delivered(
        name=edition.name,
        folder=published.folder,
        ending=published.ending,
        unchanged=published.unchanged,
        failures=published.failures,
        passing=published.passing,
        intake=_told(task, intake),
        kept=keep_of_edition(edition, intake),
    )


def _told(task: Task, intake: Intake) -> Intake | None:
    """What became of the data, where somebody will read it; it would travel between processes for nothing."""
    return intake if task.alone else None


def _refuse_unread(data: Sequence[Path]) -> None:
    """Raise what kept a data file from being read whole; that one is absent, intake says better."""
    for path in data:
        try:
            sha256_of(path)
        except FileNotFoundError:
            continue


def failed(task: Task, failure: Failure, *, plain: bool = False) -> Delivered:
    """The end of an edition that failed before, beside or without publishing, with its record kept where that is possible."""
    target = place_of(task.edition, task.out)
    try:
        with locked(target):
            record_failed(target, [for_the_record(failure, task.edition.request.audience)])
    except (ReportBlockedError, OSError):
        pass
    return _ended(task, failure, plain=plain)


def _ended(task: Task, failure: Failure, *, plain: bool) -> Delivered:
    return Delivered(
        name=task.edition.name,
        folder=place_of(task.edition, task.out),
        ending=failure.kind,
        failures=(failure.error if plain else str(failure),),
        passing=failure.passing,
    )
