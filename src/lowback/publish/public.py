"""A report for the public on its way: the rules that its notebooks follow, and what of it may stand in a published file."""

from __future__ import annotations

import ast
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lowback.checked_yaml import ConfigurationError, read_yaml
from lowback.disclosure import Private, private_of, told_too_much
from lowback.disclosure.pictures import plain_picture
from lowback.publish.beside import released_beside, remembered
from lowback.publish.failure import Failure
from lowback.publish.harvest import Harvest
from lowback.publish.notebooks import code_cells, numbered, source_of, tags_of
from lowback.publish.release import is_place, names_somebody, rules_of, with_rules
from lowback.publish.request import PlannedRun, Request
from lowback.result import OWN_MIMES
from lowback.study import Study

if TYPE_CHECKING:
    from lowback.publish.making import Job

PACKAGE = Path(__file__).resolve().parents[1]
SHOWN = {"text/plain", "text/html", "image/png", *OWN_MIMES}
HIDDEN = "..."
NOT_PUBLISHED = ("inputs", "work")
"""Folders of a report in the making that are deleted before it is published."""
PERSON = "tells who somebody is, or what somebody wrote; show results that have passed disclosure instead"
KEPT_PRIVATE = "an error whose words may tell of people; run the request with audience: private to read them"


def private_words(request: Request, cohort: Any, study: Study) -> Private:
    """What a cohort holds that a report for the public must not tell; nothing where the report is private.

    `cohort` has the three tables and the data dictionary. Words of the study may be shown, and levels that the mapping gives by
    `recode`.
    """
    if request.audience != "public":
        return Private()
    tables = (cohort.participants, cohort.visits, cohort.checkins)
    known = [*_strings(study.model_dump(mode="json")), *_recoded(read_yaml(request.mapping))]
    return private_of(tables, cohort.variables, known)


def for_the_record(failure: Failure, audience: str) -> Failure:
    """A failure as it may be kept beside the report: for the public without an error that may quote the data."""
    return replace(failure, error=KEPT_PRIVATE) if audience == "public" else failure


def prepared(job: Job, folder: Path) -> Job:
    """The job as its audience asks for it: for the public, with the rules of the release, written into `folder`.

    Raises `ConfigurationError` where a release stands beside it that must not.
    """
    if job.request.audience != "public":
        return job
    if beside := released_beside(job):
        raise ConfigurationError(f"{job.request.file}: {beside}")
    private = replace(job.private, identifiers=job.private.identifiers | set(job.identifiers))
    if names_somebody(job, private):
        raise ConfigurationError(
            f"{job.request.file.name}: the name of the request or of its edition names the folder of a report for the public, and tells who somebody is; "
            "give the file another name"
        )
    rules = rules_of(job.data, remembered(job), private, job.request.smallest_count)
    own = (job.request.file, job.request.study)
    return replace(
        job,
        planned=with_rules(job.planned, rules, folder),
        private=without_ordinary(private, job.planned, own),
    )


def examined(
    job: Job, executed: Mapping[str, list[dict[str, Any]] | None], found: Harvest
) -> tuple[Harvest, list[Failure]]:
    """What was found, as the job's audience may see it, and what speaks against showing it."""
    if job.request.audience != "public":
        return found, []
    failures = not_for_the_public(executed, found, job.private)
    # It may have been published while this report ran.
    beside = released_beside(job)
    return with_plain_pictures(found), failures + [Failure("", None, one) for one in [beside] if one]


def told_of_failures(job: Job, work: Path, failures: list[Failure]) -> list[Failure]:
    """The failures as they may be kept beside the report; for the public, without what ran and without quotations."""
    if job.request.audience != "public":
        return failures
    forget_work(work)
    return public_failures(failures, job.private)


def not_for_the_public(
    executed: Mapping[str, list[dict[str, Any]] | None], found: Harvest, private: Private
) -> list[Failure]:
    """What speaks against showing these notebooks to the public, by notebook and cell; never whom it is about."""
    failures = []
    for name, cells in executed.items():
        for number, cell in numbered(cells or []):
            if "injected-parameters" not in tags_of(cell) and private.stands_in(_said(cell)):
                failures.append(Failure(name, number, PERSON))
        for number, cell in code_cells(cells or []):
            failures += [Failure(name, number, text) for text in dict.fromkeys(_unpassed(cell))]
    for result in found.results:
        problem = told_too_much(result)
        if problem:
            failures.append(Failure("", None, problem))
    return failures


def leaks_in(folder: Path, private: Private) -> list[Failure]:
    """The files of a finished report in which a participant, or what one wrote, can be found."""
    # The page and the manifest bear dates of their own: of the run, the data and the certificate.
    undated = replace(private, dates=frozenset(), seen={})
    return [
        Failure("", None, f"{path.relative_to(folder).as_posix()} {PERSON}")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.relative_to(folder).parts[0] not in NOT_PUBLISHED
        and undated.stands_in(path.read_bytes())
    ]


def public_notebook(content: bytes) -> bytes:
    """A tidied notebook as the public gets it: no messages, no attachments, no paths, pictures without metadata."""
    notebook = json.loads(content)
    kept = {"kernelspec", "language_info"}
    notebook["metadata"] = {name: one for name, one in notebook["metadata"].items() if name in kept}
    for cell in notebook["cells"]:
        cell.pop("attachments", None)
        cell["metadata"] = {name: one for name, one in cell["metadata"].items() if name == "tags"}
        if "injected-parameters" in tags_of(cell):
            cell["source"] = _without_places(source_of(cell))
        if "outputs" in cell:
            cell["outputs"] = [
                _plain_output(one) for one in cell["outputs"] if one["output_type"] != "stream"
            ]
    return (json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def with_plain_pictures(found: Harvest) -> Harvest:
    """The harvest with nothing in its pictures but pixels and their description."""
    figures = {key: replace(one, png=plain_picture(one.png, one.alt)) for key, one in found.figures.items()}
    return replace(found, figures=figures)


def public_failures(failures: Sequence[Failure], private: Private) -> list[Failure]:
    """The failures without words that tell of people: errors of notebooks come from the data, and may quote them."""
    return [
        replace(one, error=KEPT_PRIVATE) if private.stands_in(str(one.error)) else one for one in failures
    ]


def forget_work(work: Path) -> None:
    """Delete what ran of a failed report for the public: executed notebooks and logs may tell what must not be told."""
    for path in work.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def without_ordinary(private: Private, planned: Sequence[PlannedRun], files: Iterable[Path]) -> Private:
    """The same without typed texts that our own notebooks, study or software say as well, such as "not attended"."""
    own = [one.notebook.content.decode("utf-8", "replace") for one in planned]
    own += [path.read_text(encoding="utf-8", errors="replace") for path in files]
    own += [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")]
    own += [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.yml")]
    return private.without("\n".join(own))


def _strings(said: Any) -> Iterator[str]:
    if isinstance(said, str):
        yield said
    elif isinstance(said, Mapping):
        for key, one in said.items():
            yield str(key)
            yield from _strings(one)
    elif isinstance(said, list):
        for one in said:
            yield from _strings(one)


def _recoded(mapping: Any) -> Iterator[str]:
    """The levels that a mapping writes in place of what a source says."""
    if isinstance(mapping, Mapping):
        for key, one in mapping.items():
            yield from (
                (str(level) for level in one.values())
                if key == "recode" and isinstance(one, Mapping)
                else _recoded(one)
            )
    elif isinstance(mapping, list):
        for one in mapping:
            yield from _recoded(one)


def _said(cell: Mapping[str, Any]) -> str:
    """Everything of a cell, as text."""
    parts: list[str] = [source_of(cell), json.dumps(cell.get("metadata", {}), ensure_ascii=False)]
    parts.append(json.dumps(cell.get("attachments", {}), ensure_ascii=False))
    parts += [json.dumps(one, ensure_ascii=False) for one in cell.get("outputs", [])]
    return "\n".join(parts)


def _unpassed(cell: Mapping[str, Any]) -> Iterable[str]:
    """The outputs of a cell that have not passed disclosure: printed text, tables and pictures that are no exhibit of ours."""
    for output in cell.get("outputs", []):
        if output["output_type"] == "stream":
            if output["name"] == "stdout":
                yield "prints text, which has not passed disclosure for the public"
            continue
        data = output.get("data", {})
        described = output.get("metadata", {}).get("image/png", {}).get("alt")
        foreign = sorted(set(data) - SHOWN)
        if foreign:
            yield f"shows {foreign[0]}, which a report for the public may not hold"
        elif data and not described and not any(mime in data for mime in OWN_MIMES):
            yield "shows what has not passed disclosure for the public; show a table, figure or sentence of a disclosed result"


def _plain_output(output: dict[str, Any]) -> dict[str, Any]:
    png = output.get("data", {}).get("image/png")
    if png is None:
        return output
    described = output.get("metadata", {}).get("image/png", {})
    told = {name: str(described[name]) for name in ("alt", "name") if name in described}
    picture = plain_picture(png if isinstance(png, str) else "".join(png), told.get("alt", ""))
    return {**output, "data": {**output["data"], "image/png": picture}, "metadata": {"image/png": told}}


def _without_places(source: str) -> str:
    """The cell of parameters with every path in it hidden."""
    lines = []
    for line in ast.parse(source).body:
        name = ast.unparse(line.targets[0]) if isinstance(line, ast.Assign) else ""
        lines.append(f"{name} = {HIDDEN!r}" if is_place(name) else ast.unparse(line))
    return "\n".join(lines)
