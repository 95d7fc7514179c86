"""What a run is asked for, and how each edition ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from lowback.ending import Ending
from lowback.intake import Intake
from lowback.publish import Edition
from lowback.publish.failure import ending_of


@dataclass(frozen=True)
class Order:
    """Requests, and how their editions are made.

    `data` and `out` stand in place of each request's own folders; of several editions `only` names the values that are wanted;
    `jobs` is the number of processes (None: as many as there are cores), `cluster` the address of a Dask scheduler in their
    place; `retries` how often what can pass is tried again (None: as often as each request says); `media`
    what each report is wanted in besides its page, "pdf" or "docx". In a slot, `moment` is its time,
    and `data_before` the hash of what the last slot's report was made from, by edition.
    """

    requests: tuple[Path, ...]
    data: Path | None = None
    out: Path | None = None
    only: tuple[str, ...] = ()
    force: bool = False
    jobs: int | None = None
    cluster: str | None = None
    retries: int | None = None
    media: tuple[str, ...] = ()
    moment: datetime | None = None
    data_before: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """One edition that a process is to make, its data files, and the index of copies that it reads first.

    `number` is its place among the editions of the run, whose folder is `run`; `alone` says that it is the only one.
    """

    number: int
    edition: Edition
    data: tuple[Path, ...]
    frozen: Path
    run: Path
    out: Path | None
    force: bool
    retries: int
    alone: bool = False
    at_once: int = 1


@dataclass(frozen=True)
class Kept:
    """How many rows were refused or had a value set aside, and where they are kept, or why not (`problem`)."""

    rows: int
    place: Path
    problem: str = ""


@dataclass(frozen=True)
class Delivered:
    """How an edition ended: done (`unchanged` where nothing had to be run), or why not, a sentence each.

    `tries` counts how often it was tried; `passing` says that one more try may succeed. `intake` is what became of its data, where
    the edition was the only one, and `kept` where the rows are of one among several.
    """

    name: str
    folder: Path
    ending: Ending = Ending.DONE
    unchanged: bool = False
    failures: tuple[str, ...] = ()
    tries: int = 1
    seconds: float = 0.0
    passing: bool = False
    intake: Intake | None = None
    kept: Kept | None = None

    @property
    def words(self) -> str:
        """How it ended in a word or two."""
        if self.ending is Ending.DONE:
            return "unchanged" if self.unchanged else "published"
        return "failed" if self.ending is Ending.PARTLY_FAILED else self.ending.name.lower().replace("_", " ")


def ending_together(delivered: Sequence[Delivered]) -> Ending:
    """How the whole run ended: done if all are, as all did if they failed alike, else partly failed."""
    return ending_of(one.ending for one in delivered)
