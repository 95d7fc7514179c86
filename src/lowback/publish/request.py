"""A request: which cohort, study, notebooks and parameters make a report; refused before anything runs."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, model_validator

from lowback.checked_yaml import ConfigurationError, Number, read_checked, unknown_name
from lowback.checklists import Answers, refuse_unknown, refuse_unknown_in
from lowback.disclosure import SMALLEST
from lowback.notices.declared import Notices, Trigger
from lowback.publish.expanding import ForEachKey, placeholder
from lowback.publish.files import path_from, placed
from lowback.publish.notebooks import Notebook, find_notebook, read_notebook
from lowback.publish.parameters import checked_value, checked_values, refuse_deaf

INJECTED = ("mapping", "data", "study_file", "part", "release")
"""Parameters that every notebook receives from the request's own keys."""


class NotebookEntry(BaseModel):
    """One notebook of a report, with a title and parameters of its own if need be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    notebook: Annotated[str, Field(min_length=1)]
    title: str | None = None
    parameters: Mapping[str, Any] = Field(default_factory=dict)


def _as_entry(value: object) -> object:
    return {"notebook": value} if isinstance(value, str) else value


class Request(BaseModel):
    """What a report is made of; paths are relative to the request file and absolute once it is read.

    `for_each` makes a report of each site, arm, outcome or month; `data` may then name their folders, as in ../data/{site}.
    `cell_seconds` and `notebook_seconds` are the longest that one cell and one notebook may take, `memory_megabytes` what a notebook
    may use beyond the libraries (on Linux), `output_megabytes` what it may show; a file that it writes may hold a little over twice that.
    Counts of people below `smallest_count` are not published.
    Of an `audience` that is public nothing is shown that has not passed the rules of docs/published-mode.md; an internal one may know who people are.
    `pdf` and `docx` ask for the report as PDF and for its tables and figures as Word document besides.
    What can pass (a full disk, a process that died) is tried again `retries` times, after a pause that grows.
    Data whose newest date is older than `newest_within_days` are refused, and with `must_change` those of the last slot's report;
    `notices` says who is told of a run, and `triggers` which margins are watched.
    `checklist` answers what reporting checklists ask of people (docs/wording.md).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    title: Annotated[str, Field(min_length=1)]
    mapping: Path
    data: Path | None = None
    study: Path
    for_each: ForEachKey | None = None
    notebooks: Annotated[
        tuple[Annotated[NotebookEntry, BeforeValidator(_as_entry)], ...], Field(min_length=1)
    ]
    parameters: Mapping[str, Any] = Field(default_factory=dict)
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**32)] = 1
    cell_seconds: Annotated[Number, Field(gt=0)] = 600
    notebook_seconds: Annotated[Number, Field(gt=0)] | None = None
    memory_megabytes: Annotated[Number, Field(gt=0)] | None = None
    output_megabytes: Annotated[Number, Field(gt=0)] | None = 200
    smallest_count: Annotated[int, Field(strict=True, ge=0)] = 0
    audience: Literal["internal", "private", "public"] = "private"
    retries: Annotated[int, Field(strict=True, ge=0, le=10)] = 2
    pdf: Annotated[bool, Field(strict=True)] = False
    docx: Annotated[bool, Field(strict=True)] = False
    newest_within_days: Annotated[Number, Field(gt=0)] | None = None
    must_change: Annotated[bool, Field(strict=True)] = False
    notices: Notices | None = None
    triggers: tuple[Trigger, ...] = ()
    checklist: Answers = Field(default_factory=dict)

    _file: Path = PrivateAttr(default=Path("request.yml"))

    @model_validator(mode="before")
    @classmethod
    def _public_counts_are_large(cls, said: Any) -> Any:
        """For the public no count is below what its rules allow, whatever the request says."""
        if isinstance(said, dict) and said.get("audience") == "public":
            given = said.get("smallest_count", 0)
            return {**said, "smallest_count": max(given, SMALLEST) if type(given) is int else given}
        return said

    @property
    def file(self) -> Path:
        """The file that the request was read from."""
        return self._file

    @property
    def limits(self) -> dict[str, float | None]:
        """What a notebook may not exceed."""
        names = ("cell_seconds", "notebook_seconds", "memory_megabytes", "output_megabytes")
        return {name: getattr(self, name) for name in names}

    @property
    def name(self) -> str:
        """The name of the report's folder: the file's name without its ending."""
        return self._file.stem


@dataclass(frozen=True)
class PlannedRun:
    """One notebook about to run: its name in the report, its title, and the values its parameters receive."""

    name: str
    title: str
    notebook: Notebook
    parameters: Mapping[str, Any]


def read_request(path: str | Path) -> Request:
    """The request in a YAML file, its paths absolute; refused with file, key, value and what is allowed."""
    file = Path(path).resolve()
    request = read_checked(file, Request)
    folder = file.parent
    resolved: dict[str, Any] = {
        key: (folder / getattr(request, key)).resolve() for key in ("mapping", "study")
    }
    for key, target in resolved.items():
        if not target.is_file():
            raise ConfigurationError(f"{file}: {key} = {str(getattr(request, key))!r}: no such file {target}")
    if request.data is not None:
        resolved["data"] = (folder / request.data).resolve()
    request = request.model_copy(update=resolved)
    request._file = file
    refuse_unknown(request.checklist, str(file))
    refuse_unknown_in(request.study)
    placeholder(request.data, request.for_each, str(file))
    planned_runs(request, request.data)
    return request


def planned_runs(
    request: Request, data: Path | None, part: Mapping[str, str] | None = None
) -> tuple[PlannedRun, ...]:
    """Every notebook of the request with its checked parameters, in the order of the report.

    `data` is the folder of the edition's files, `part` what the edition is about, where that is not everybody in them.
    """
    where = str(request.file)
    notebooks = [_notebook(entry, request) for entry in request.notebooks]
    _refuse_strangers(request, notebooks)
    titles = [
        entry.title or notebook.heading for entry, notebook in zip(request.notebooks, notebooks, strict=True)
    ]
    names = _names(notebooks, titles, where)
    return tuple(
        PlannedRun(name, title, notebook, _values(request, entry, notebook, data, part))
        for name, title, notebook, entry in zip(names, titles, notebooks, request.notebooks, strict=True)
    )


def slug(text: str) -> str:
    """Text as a file or anchor name: plain lower-case letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9_]+", "-", plain.lower()).strip("-")[:60] or "section"


def _notebook(entry: NotebookEntry, request: Request) -> Notebook:
    try:
        return read_notebook(find_notebook(entry.notebook, request.file.parent))
    except ConfigurationError as error:
        raise ConfigurationError(f"{request.file}: {error}") from None


def _refuse_strangers(request: Request, notebooks: list[Notebook]) -> None:
    """Refuse a shared parameter that no notebook knows, and one that the request sets by a key of its own."""
    known = sorted({name for one in notebooks for name in one.parameters if name not in INJECTED})
    given = [*request.parameters, *(name for entry in request.notebooks for name in entry.parameters)]
    for name in given:
        if name in INJECTED:
            key = {"study_file": "study", "part": "for_each", "release": "audience"}.get(name, name)
            raise ConfigurationError(
                f"{request.file}: parameter {name!r} comes from the key {key!r}; set it there"
            )
    for name in request.parameters:
        if name not in known:
            raise ConfigurationError(
                f"{request.file}: no notebook has a parameter {name!r}; {unknown_name(name, known)}"
            )


def _values(
    request: Request,
    entry: NotebookEntry,
    notebook: Notebook,
    data: Path | None,
    part: Mapping[str, str] | None,
) -> dict[str, Any]:
    """What the notebook receives: the cohort's files, the seed, the shared parameters it knows, then its own."""
    where = f"{request.file}: notebook {entry.notebook!r}"
    declared = notebook.parameters
    folder = notebook.path.parent
    own = {
        "mapping": path_from(folder, request.mapping),
        "data": path_from(folder, data) if data is not None else "",
        "study_file": path_from(folder, request.study),
        "part": dict(part or {}),
        "seed": request.seed,
        "smallest_count": request.smallest_count,
        "request_file": path_from(folder, request.file),
        # The rules of a release are written when it is made.
        "release": "",
    }
    if "mapping" in declared:
        refuse_deaf(declared, _told(request, data, part), where)
    shared = {name: value for name, value in request.parameters.items() if name in declared}
    given, again = (
        {name: placed(name, value, request.file, folder) for name, value in one.items()}
        for one in (shared, entry.parameters)
    )
    values = {
        name: checked_value(value, declared[name], where) for name, value in own.items() if name in declared
    }
    return values | checked_values(given, declared, where) | checked_values(again, declared, where)


def _told(request: Request, data: Path | None, part: Mapping[str, str] | None) -> dict[str, bool]:
    """What a notebook about a cohort must be told, by parameter."""
    of_folders = part is None and placeholder(data, request.for_each, str(request.file))
    return {
        "release": request.audience == "public",
        "smallest_count": request.smallest_count > 0 and request.audience != "public",
        "part": bool(part or (part is None and request.for_each and not of_folders)),
    }


def _names(notebooks: list[Notebook], titles: list[str], where: str) -> list[str]:
    stems = [slug(one.path.stem) for one in notebooks]
    names = [
        stem if stems.count(stem) == 1 else f"{stem}-{slug(title)}"
        for stem, title in zip(stems, titles, strict=True)
    ]
    for name, times in Counter(names).items():
        if times > 1:
            raise ConfigurationError(
                f"{where}: notebook {name!r} is listed {times} times; give each a title of its own"
            )
    return names
