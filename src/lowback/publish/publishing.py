"""From an edition of a request to a published report: all of it or none, and nothing at all if nothing has changed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from lowback.certificate import Certificate
from lowback.disclosure import Private
from lowback.ending import Ending
from lowback.frozen import freeze, reading, sha256_of
from lowback.publish.building import build
from lowback.publish.children import Run, children
from lowback.publish.editions import Edition
from lowback.publish.failing import keep_failed
from lowback.publish.failure import Failure, ending_of, failed_in_storage
from lowback.publish.freshness import is_fresh
from lowback.publish.harvest import harvest
from lowback.publish.ingredients import Hashes, Pantry
from lowback.publish.making import Job, Making
from lowback.publish.manifest import sha256, write_manifest
from lowback.publish.placing import forget_failed, locked, mend, place, refuse_foreign, staging
from lowback.publish.proof import read_executed, unproven
from lowback.publish.public import examined, prepared, told_of_failures
from lowback.publish.request import Request, planned_runs
from lowback.publish.running import AT_ONCE, Progress, Ran, run_all
from lowback.study import read_study


@dataclass(frozen=True)
class Published:
    """How a report ended: its folder, whether nothing had to be done, and what failed (then nothing was published).

    `passing` says that the same run may succeed when it is tried again.
    """

    folder: Path
    unchanged: bool = False
    failures: tuple[str, ...] = ()
    ending: Ending = Ending.DONE
    passing: bool = False


@dataclass(frozen=True)
class Hands:
    """What runs the notebooks: `run` where several reports share it, how many notebooks at once, and who is told of cells."""

    run: Run | None = None
    at_once: int = AT_ONCE
    progress: Progress | None = None


def publish_report(request: Request, *, data: Path | None = None, **options: Any) -> Published:
    """Publish the whole of a request, as `publish_edition` does; `data` stands in place of the request's own folder."""
    return publish_edition(Edition(request, data=data if data is not None else request.data), **options)


def publish_edition(
    edition: Edition,
    *,
    inputs: Sequence[Path],
    out: Path | None = None,
    force: bool = False,
    identifiers: Sequence[str] = (),
    private: Private = Private(),  # noqa: B008 (frozen)
    data_date: str = "",
    certificate: Certificate = Certificate(),  # noqa: B008 (frozen)
    frozen: Path | None = None,
    hands: Hands = Hands(),
) -> Published:
    """Run the edition's notebooks and publish `<out>/<name>/`, whole or not at all; an old report stays until then.

    `inputs` are the data files; `out` defaults to the request's folder. Unless `force`, nothing is run when the published report was
    made from the same ingredients and is still whole. `identifiers` are the participants'; a notebook that shows one is a
    failure, as is for the public whatever is `private`. `data_date` is the newest date of the data, where they bear dates.
    `certificate` says beside each answer how its analysis did in simulated cohorts. Everything is read from the copies
    that the index `frozen` lists; without one they are taken here.

    Raises `ConfigurationError` for what is wrong with the request or with the place of the report.
    """
    target = place_of(edition, out)
    try:
        refuse_foreign(target)
        with locked(target):
            mend(target)
            refuse_foreign(target)
            with staging(target) as folder, _at_one_moment(edition, inputs, folder, frozen) as index:
                job = _planned(edition, inputs, target, index, tuple(identifiers), data_date, certificate)
                job = replace(job, private=private)
                if not force and is_fresh(target, job.made_of):
                    forget_failed(target)
                    return Published(target, unchanged=True)
                return _run_and_place(prepared(job, folder / "inputs"), folder, hands)
    except OSError as error:
        return _not_published(target, [failed_in_storage(error, target.parent)])


def place_of(edition: Edition, out: Path | None = None) -> Path:
    """The folder of an edition's report."""
    return (out if out is not None else edition.request.file.parent).resolve() / edition.name


@contextmanager
def _at_one_moment(
    edition: Edition, inputs: Sequence[Path], folder: Path, frozen: Path | None
) -> Iterator[Path]:
    """The index of the copies that everything within this reads."""
    if frozen is None:
        (folder / "inputs").mkdir(mode=0o700)
        frozen = freeze([*Pantry(edition.request).files, *inputs], folder / "inputs")
    with reading(frozen):
        yield frozen


def _planned(
    edition: Edition,
    inputs: Sequence[Path],
    target: Path,
    frozen: Path,
    identifiers: tuple[str, ...],
    data_date: str,
    certificate: Certificate,
) -> Job:
    request = edition.request
    data = edition.data.resolve() if edition.data is not None else None
    return Job(
        edition=edition,
        study=read_study(request.study, edition.part),
        planned=planned_runs(request, data, edition.part),
        data=tuple(inputs),
        made_of=Pantry(request, _hashes_of(frozen)).of(edition, inputs),
        target=target,
        frozen=frozen,
        identifiers=identifiers,
        private=Private(),
        newest=data_date,
        certificate=certificate,
    )


@lru_cache(maxsize=1)
def _hashes_of(run: Path) -> Hashes:
    """Hashes that the editions of one run share, which has copies of its own: the software that makes them is the same."""
    del run
    return Hashes()


def _run_and_place(job: Job, folder: Path, hands: Hands) -> Published:
    """Build the report beside its place and put it there; on any failure keep what ran, for a person to look at."""
    started = datetime.now(UTC)
    work = folder / "work"
    work.mkdir()
    notebooks = [one.notebook for one in job.planned]
    with nullcontext(hands.run) if hands.run is not None else children(notebooks) as run:
        ran = run_all(
            job.planned,
            work,
            run,
            job.request.limits,
            progress=hands.progress,
            frozen=job.frozen,
            at_once=hands.at_once,
        )
    executed = {one.planned.name: read_executed(one.executed) for one in ran}
    failures = [failure for one in ran for failure in _failures(one, executed[one.planned.name])]
    shown = ((name, cells) for name, cells in executed.items() if cells is not None)
    found = harvest(shown, job.request.smallest_count)
    failures += found.failures
    found, refused = examined(job, executed, found)
    failures += refused
    failures += _changed_meanwhile(job, ran)
    if failures:
        return _failed(job, work, failures)
    making = Making(job, folder, ran, {name: cells or [] for name, cells in executed.items()}, found, started)
    failures = build(making)
    if failures:
        return _failed(job, work, failures)
    for used in (work, folder / "inputs"):
        shutil.rmtree(used, ignore_errors=used != work)
    write_manifest(folder, making.manifest())
    place(folder, job.target)
    forget_failed(job.target)
    return Published(job.target)


def _failures(ran: Ran, executed: list[dict[str, Any]] | None) -> list[Failure]:
    """What a notebook's run failed of: a run that was stopped by the runner's word, any other by the proof's."""
    if ran.failure and not ran.in_cell:
        return [ran.failure]
    return unproven(ran.planned, executed) or ([ran.failure] if ran.failure else [])


def _changed_meanwhile(job: Job, ran: Sequence[Ran]) -> list[Failure]:
    """What the notebooks read otherwise than as the copies that were hashed, and what is no longer as it was."""
    # A change of the software is no reason: the key holds what it was, so that the next run makes the report anew.
    again = Pantry(job.request, Hashes()).inputs(job.data)
    before = {(one["role"], one["path"]): one["sha256"] for one in job.made_of.inputs}
    changed = [one["path"] for one in again if before.get((one["role"], one["path"])) != one["sha256"]]
    changed += [path.name for one in ran for path in one.opened if _is_other_than_its_copy(path)]
    return [
        Failure(
            "", None, f"{name} changed while the report ran; run it again", Ending.INPUT_REFUSED, passing=True
        )
        for name in dict.fromkeys(changed)
    ]


def _is_other_than_its_copy(path: Path) -> bool:
    """Whether a file that a notebook opened by itself differs from the copy that was hashed."""
    copy = sha256_of(path)
    try:
        return copy is not None and sha256(path) != copy[0]
    except OSError:
        return True


def _failed(job: Job, work: Path, failures: list[Failure]) -> Published:
    failures = told_of_failures(job, work, failures)
    kept = keep_failed(work, job.target, failures)
    more = f"The notebooks as far as they ran, and their logs: {kept}"
    return _not_published(job.target, failures, more)


def _not_published(target: Path, failures: Sequence[Failure], *more: str) -> Published:
    return Published(
        target,
        failures=(*map(str, failures), *more),
        ending=ending_of(one.kind for one in failures),
        passing=all(one.passing for one in failures),
    )
