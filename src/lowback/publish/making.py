"""A report on its way: what is known before its notebooks run, and what the steps that build it are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from lowback.certificate import Certificate
from lowback.disclosure import Private
from lowback.disclosure.words import coarse_dates
from lowback.publish.editions import Edition
from lowback.publish.harvest import Harvest
from lowback.publish.history import Entry, carried, data_id, extended, run_rows
from lowback.publish.ingredients import Ingredients
from lowback.publish.proof import read_executed
from lowback.publish.provenance import commit_of, versions
from lowback.publish.release import for_audience
from lowback.publish.request import PlannedRun, Request
from lowback.publish.running import Ran
from lowback.publish.telling import answers_told, earlier_told, places_told
from lowback.study import Study


@dataclass(frozen=True)
class Job:
    """Everything that is known before a report is run; `target` is the folder that it will be."""

    edition: Edition
    study: Study
    planned: tuple[PlannedRun, ...]
    data: tuple[Path, ...]
    made_of: Ingredients
    target: Path
    frozen: Path
    identifiers: tuple[str, ...]
    private: Private
    newest: str
    certificate: Certificate

    @cached_property
    def request(self) -> Request:
        """The request as this edition reads it: with its own title."""
        request = self.edition.request
        return request if not self.edition.value else request.model_copy(update={"title": self.edition.title})

    @property
    def expands_over(self) -> str:
        """What this is one value of: site, arm, outcome or month; empty where the request is a whole."""
        return self.request.for_each.variable if self.request.for_each is not None else ""

    @property
    def inputs(self) -> list[dict[str, Any]]:
        """The files that the report is made from, as the manifest lists them."""
        return self.made_of.inputs

    @property
    def data_folder(self) -> Path | None:
        """The folder of data that the notebooks were given; nothing where they read the mapping's own."""
        for one in self.planned:
            if one.parameters.get("data"):
                return (one.notebook.path.parent / str(one.parameters["data"])).resolve()
        return None

    @property
    def fingerprint(self) -> str:
        """One hash of all that decides what the report says."""
        return self.made_of.fingerprint


@dataclass(frozen=True)
class Making:
    """A report that is being built in `folder` out of notebooks that ran whole (`executed`: their cells), and what they hold."""

    job: Job
    folder: Path
    ran: tuple[Ran, ...]
    executed: Mapping[str, list[dict[str, Any]]]
    found: Harvest
    started: datetime

    @cached_property
    def notebooks(self) -> Mapping[str, list[dict[str, Any]]]:
        """The cells of each notebook as the report holds it, read back once it is written."""
        return {
            name: read_executed(self.folder / "notebooks" / f"{name}.ipynb") or [] for name in self.executed
        }

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """Where the report comes from, as its page and its manifest say."""
        job = self.job
        told = {
            "inputs": job.inputs,
            "versions": dict(versions()),
            "commit": _commit_in(job.frozen, job.request.file.parent),
            "seed": job.request.seed,
            "started": moment(self.started),
            "parameters": {one.name: dict(one.parameters) for one in job.planned},
        }
        return for_audience(job.request.audience, told)

    @cached_property
    def earlier(self) -> tuple[list[Entry], dict[str, Any]]:
        """What the report that stands there now hands on: its history and its manifest."""
        return carried(
            self.job.target,
            audience=self.job.request.audience,
            smallest_count=self.job.request.smallest_count,
        )

    @cached_property
    def history(self) -> list[Entry]:
        """The estimates of the runs so far, this one included."""
        told = {"run": self.provenance["started"], "data_date": self.data_date, "key": self.job.fingerprint}
        return extended(self.earlier[0], run_rows(self.found.estimates(), **told))

    @property
    def data_date(self) -> str:
        """The newest date of the data, for the public the month; a short name for them where they bear none."""
        day = self.job.newest or data_id(self.job.inputs)
        return coarse_dates(day) if self.job.request.audience == "public" else day

    def manifest(self) -> dict[str, Any]:
        """What the manifest says besides the files."""
        job = self.job
        told = {
            "name": job.edition.name,
            "title": job.request.title,
            "edition": {
                "for_each": job.expands_over,
                "value": job.edition.value,
                "slug": job.edition.slug,
                "part": dict(job.edition.part),
            },
            "fingerprint": job.fingerprint,
            "key": dict(job.made_of.key),
            "study": job.study.model_dump(mode="json"),
            **self.provenance,
            "sources": job.made_of.sources,
            "installed": dict(job.made_of.installed),
            "data_date": self.data_date,
            "newest_within_days": job.request.newest_within_days,
            **places_told(job.request, job.target, job.data_folder),
            **answers_told(self.found, job.study, job.certificate),
            **earlier_told(self.earlier[1], job.fingerprint),
            "smallest_count": job.request.smallest_count,
            "audience": job.request.audience,
            "ended": moment(datetime.now(UTC)),
            "notebooks": [
                {"name": one.planned.name, "title": one.planned.title, "seconds": one.seconds}
                for one in self.ran
            ],
        }
        return for_audience(job.request.audience, told)


@lru_cache(maxsize=1)
def _commit_in(run: Path, folder: Path) -> dict[str, Any] | None:
    """The commit that holds the request, asked once for all editions of a run, which has copies of its own."""
    del run
    return commit_of(folder)


def moment(when: datetime) -> str:
    """A moment as files hold it, to the second, in UTC."""
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")
