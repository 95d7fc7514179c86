"""Proof that a built report holds everything that its notebooks found: read back from the files, not believed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import unescape
from pathlib import Path

from lowback.csv_text import rows_of
from lowback.ending import Ending
from lowback.publish.contents import unanswered
from lowback.publish.failure import Failure
from lowback.publish.making import Making
from lowback.result import Refusal, Result

NOTHING = "no notebook shows a result, or says why there is none: a report must answer or refuse something"


def incomplete(making: Making) -> Sequence[Failure]:
    """What is missing: any result at all, a row of the estimates, or a question that the study declares."""
    found = making.found
    if not found.results and not found.ledger:
        return [Failure("", None, NOTHING)]
    problems = []
    if _written(making.folder / "estimates.csv") != _shown(making):
        text = "estimates.csv does not hold the estimates that the notebooks show"
        problems.append(Failure("", None, text, Ending.STORAGE, passing=True))
    page = unescape((making.folder / "report.html").read_text(encoding="utf-8"))
    silent = [name for name in _declared(making) if name not in page]
    return problems + [
        Failure("", None, f"the page says nothing on the declared estimand {name!r}") for name in silent
    ]


def _shown(making: Making) -> list[tuple[str, str, str, float]]:
    rows = making.found.estimates()
    columns = (rows[name].tolist() for name in ("analysis", "estimand", "term", "estimate"))
    return list(zip(*columns, strict=True))


def _written(path: Path) -> list[tuple[str, str, str, float]]:
    return [
        (row["analysis"], row["estimand"], row["term"], float(row["estimate"] or math.nan))
        for row in rows_of(path.read_bytes().decode())
    ]


def _declared(making: Making) -> list[str]:
    """The declared estimands that nothing was shown of, which the page must list as not asked."""
    shown = {one.estimand for one in making.found.results if isinstance(one, (Result, Refusal))}
    shown |= {str(row["estimand"]) for row in making.found.ledger}
    listed = {one.name for one in unanswered(making.job.study, making.found)}
    return [one.name for one in making.job.study.estimands if one.name not in shown and one.name in listed]
