"""From a request to a published report: all of it or none, and nothing at all if nothing has changed."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lowback.certificate import Certificate
from lowback.publish.building import build
from lowback.publish.children import children
from lowback.publish.failure import Failure
from lowback.publish.harvest import harvest
from lowback.publish.making import Job, Making
from lowback.publish.manifest import read_manifest, verify_report, write_manifest
from lowback.publish.placing import failed_folder, keep_failed, locked, mend, place, refuse_foreign, staging
from lowback.publish.proof import read_executed, unproven
from lowback.publish.provenance import changed_since, input_files, sources_hash, versions
from lowback.publish.request import Request, planned_runs
from lowback.publish.running import Ran, run_all
from lowback.study import read_study


@dataclass(frozen=True)
class Published:
    """How a report ended: its folder, whether nothing had to be done, and what failed (then nothing was published)."""

    folder: Path
    unchanged: bool = False
    failures: tuple[str, ...] = ()


def publish_report(
    request: Request,
    *,
    inputs: Sequence[Path],
    data: Path | None = None,
    out: Path | None = None,
    force: bool = False,
    progress: bool = False,
    identifiers: Sequence[str] = (),
    certificate: Certificate = Certificate(),  # noqa: B008 (frozen)
) -> Published:
    """Run the request's notebooks and publish `<out>/<name>/`, whole or not at all; an old report stays until then.

    `inputs` are the data files, for their hashes; `data` is the folder given to the notebooks in place of the
    request's own; `out` defaults to the request's folder. Unless `force`, nothing is run when the published report
    was made from the same files, parameters and versions and is still whole. `identifiers` are the participants'; a
    notebook that shows one is a failure. `certificate` says beside each answer how its analysis did in simulated cohorts.

    Raises `ConfigurationError` for what is wrong with the request or with the place of the report.
    """
    folder = data if data is not None else request.data
    planned = planned_runs(request, folder.resolve() if folder is not None else None)
    study = read_study(request.study)
    target = (out if out is not None else request.file.parent).resolve() / request.name
    try:
        refuse_foreign(target)
        with locked(target):
            mend(target)
            refuse_foreign(target)
            files = input_files(request, planned, inputs)
            software = {"sources": sources_hash(), "versions": versions()}
            job = Job(
                request,
                study,
                planned,
                tuple(inputs),
                files,
                software,
                target,
                tuple(identifiers),
                certificate,
            )
            if not force and _is_current(job):
                return Published(target, unchanged=True)
            return _run_and_place(job, progress)
    except OSError as error:
        return Published(target, failures=(str(Failure("", None, _worded(error))),))


def _is_current(job: Job) -> bool:
    manifest = read_manifest(job.target)
    return (
        manifest is not None
        and manifest.get("fingerprint") == job.fingerprint
        and not verify_report(job.target)
    )


def _run_and_place(job: Job, progress: bool) -> Published:
    """Build the report beside its place and put it there; on any failure keep what ran, for a person to look at."""
    started = datetime.now(UTC)
    with staging(job.target) as folder:
        work = folder / "work"
        work.mkdir()
        with children([one.notebook for one in job.planned]) as run:
            ran = run_all(job.planned, work, run, job.request.limits, progress=progress)
        executed = {one.planned.name: read_executed(one.executed) for one in ran}
        failures = [failure for one in ran for failure in _failures(one, executed[one.planned.name])]
        shown = ((name, cells) for name, cells in executed.items() if cells is not None)
        found = harvest(shown, job.request.smallest_count)
        failures += found.failures
        failures += _changed_meanwhile(job)
        if failures:
            return _failed(job, work, failures)
        making = Making(job, folder, ran, found, started)
        failures = build(making)
        if failures:
            return _failed(job, work, failures)
        shutil.rmtree(work)
        write_manifest(folder, making.manifest())
        place(folder, job.target)
        shutil.rmtree(failed_folder(job.target), ignore_errors=True)
    return Published(job.target)


def _failures(ran: Ran, executed: list[dict[str, Any]] | None) -> list[Failure]:
    """What a notebook's run failed of: a run that was stopped by the runner's word, any other by the proof's."""
    if ran.failure and not ran.in_cell:
        return [ran.failure]
    return unproven(ran.planned, executed) or ([ran.failure] if ran.failure else [])


def _changed_meanwhile(job: Job) -> list[Failure]:
    try:
        again = input_files(job.request, job.planned, job.data)
    except OSError as error:
        return [Failure("", None, f"an input vanished while the report ran ({_worded(error)})")]
    return [
        Failure("", None, f"{path} changed while the report ran; run it again")
        for path in changed_since(job.inputs, again)
    ]


def _failed(job: Job, work: Path, failures: list[Failure]) -> Published:
    texts = tuple(str(one) for one in failures)
    (work / "failures.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    kept = keep_failed(work, job.target)
    return Published(
        job.target, failures=(*texts, f"The notebooks as far as they ran, and their logs: {kept}")
    )


def _worded(error: OSError) -> str:
    return f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
