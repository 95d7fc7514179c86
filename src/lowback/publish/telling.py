"""What a report tells those that come after it: its answers for the index, its course over the runs, how to run it again."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lowback.certificate import Certificate
from lowback.publish.certified import seal_of
from lowback.publish.harvest import Answer, Harvest
from lowback.publish.history import Entry
from lowback.publish.manifest import shown_path
from lowback.publish.moved import MovedGroup, day_of, margins_of, moved_groups
from lowback.publish.request import Request
from lowback.publish.wording import SENTENCE_END
from lowback.result import Result
from lowback.study import Study

PLAIN = re.compile(r"[\w./:@%+=,-]+")
"""Paths that no shell reads anything into."""
OF_A_MANIFEST = (
    "fingerprint",
    "started",
    "data_date",
    "inputs",
    "versions",
    "installed",
    "sources",
    "commit",
    "seed",
    "parameters",
    "smallest_count",
    "edition",
)
"""What a manifest keeps of the one before it, so that two runs can be compared although the older is gone."""


LEVELS = {
    "SD",
    "adjusted mean",
    "before",
    "count",
    "mean",
    "mean by total",
    "mean under regime",
    "observed",
    "observed risk",
    "percentage",
    "rank",
    "responders",
    "risk",
    "share of occasions",
    "smallest seen",
    "standardised risk",
    "start",
    "threshold",
    "window",
}
"""Statistics that say how high something is, not what differs: no effect and the smallest effect that matters mean nothing to them."""


@dataclass(frozen=True)
class Course:
    """How the estimates of the answers moved: how many runs the history holds, on data from when to when, and each course."""

    runs: int
    dates: str
    groups: tuple[MovedGroup, ...]


@dataclass(frozen=True)
class Again:
    """The command that rebuilds a report from its own folder, what it needs besides, and the command for the next report."""

    command: str
    next: str
    needs: str = ""


OF_A_PUBLIC_ONE = Again(
    "lowback replay manifest.json --request REQUEST.yml --data FOLDER",
    "lowback report REQUEST.yml --data FOLDER",
    "it takes the request and the folder of the data, which a report for the public does not hold",
)


def answers_told(found: Harvest, study: Study, certificate: Certificate) -> dict[str, Any]:
    """The answers of a report with the verdicts on them and on the claims, for the index of all reports."""
    declared = {one.name for one in study.estimands}
    answers = [
        {
            "question": one.question,
            "answer": one.answer,
            "analysis": one.analysis,
            "estimand": one.estimand,
            "verdict": _verdict(one, declared, certificate),
            "refused": one.refused,
        }
        for one in found.answers
    ]
    claims: dict[str, int] = {}
    for row in found.ledger:
        claims[str(row["verdict"])] = claims.get(str(row["verdict"]), 0) + 1
    levels = [list(one) for one in levels_of(found)]
    return {
        "headline": _headline(found.answers, declared),
        "answers": answers,
        "claims": claims,
        "levels": levels,
    }


def levels_of(found: Harvest) -> list[tuple[str, str, str]]:
    """Analysis, estimand and term of every estimate with an interval that is a level and no difference."""
    told: dict[tuple[str, str, str], None] = {}
    for one in found.results:
        if isinstance(one, Result) and one.keys is not None and "statistic" in one.keys:
            rows = zip(
                one.estimates["term"].tolist(),
                one.estimates["conf_low"].tolist(),
                one.keys["statistic"].tolist(),
                strict=True,
            )
            told |= {
                (one.analysis, one.estimand, str(term)): None
                for term, low, kind in rows
                if kind in LEVELS and not math.isnan(low)
            }
    return list(told)


def course(history: Sequence[Entry], found: Harvest, study: Study) -> Course:
    """What the report's section on earlier runs shows."""
    runs = list(dict.fromkeys((row["run"], row["key"]) for row in history))
    questions: dict[tuple[str, str], str] = {}
    for one in found.answers:
        if not one.refused:
            questions.setdefault((one.analysis, one.estimand), one.question)
    margins = margins_of(study.model_dump(mode="json"))
    groups = moved_groups(history, margins, questions, set(levels_of(found)))
    first, last = (day_of(history[0]), day_of(history[-1])) if history else ("", "")
    return Course(len(runs), f"of {first}" if first == last else f"from {first} to {last}", tuple(groups))


def places_told(request: Request, target: Path, data: Path | None) -> dict[str, Any]:
    """Where a replay finds the request, from the report's folder, and the data, from the request's, if that is not far."""
    given = data is not None and (request.data is None or data.resolve() != request.data.resolve())
    return {
        "request_file": shown_path(request.file, target),
        "data_folder": shown_path(data.resolve(), request.file.parent) if given and data is not None else "",
    }


def again(request: Request, target: Path, data: Path | None) -> Again:
    """The commands that rebuild the report and that make the next one, as typed in the report's own folder.

    A report for the public does not say where request and data lie.
    """
    if request.audience == "public":
        return OF_A_PUBLIC_ONE
    told = places_told(request, target, data)
    knows_request = _leads_to(target, told["request_file"], request.file)
    knows_data = not told["data_folder"] or (
        data is not None and _leads_to(request.file.parent, told["data_folder"], data)
    )
    request_file = told["request_file"] if knows_request else f"FOLDER/{request.file.name}"
    command, following = "lowback replay manifest.json", f"lowback report {_quoted(request_file)}"
    wanted = []
    if not knows_request:
        command += f" --request {_quoted(request_file)}"
        wanted.append(f"{request_file} stands for the request, wherever it lies now")
    if not knows_data:
        command, following = f"{command} --data FOLDER", f"{following} --data FOLDER"
        wanted.append("--data names the folder of the data")
    return Again(command, following, "; ".join(wanted))


def earlier_told(earlier: Mapping[str, Any], fingerprint: str) -> dict[str, Any]:
    """What the manifest keeps of the run before: of a repetition, what the repeated run kept."""
    if not earlier:
        return {}
    if earlier.get("fingerprint") == fingerprint:
        kept = earlier.get("previous")
        return {"previous": kept} if isinstance(kept, dict) else {}
    return {"previous": {name: earlier[name] for name in OF_A_MANIFEST if name in earlier}}


def _verdict(answer: Answer, declared: set[str], certificate: Certificate) -> str:
    """What the certificate says of an answer; nothing of one that is no estimate of a declared estimand."""
    if answer.refused or answer.estimand not in declared:
        return ""
    return seal_of(answer.analysis, answer.estimand, certificate).verdict


def _headline(answers: Sequence[Answer], declared: set[str]) -> str:
    """The first sentence of the first answer about a declared estimand; else of the first answer, else of the first refusal."""
    told = sorted(answers, key=lambda one: (one.refused, one.estimand not in declared))
    return SENTENCE_END.split(told[0].answer.strip(), maxsplit=1)[0] if told else ""


def _leads_to(folder: Path, shown: str, target: Path) -> bool:
    """Whether a path as a report shows it leads from `folder` to what it stands for; of something far away it is the name alone."""
    return (folder / shown).resolve() == target.resolve()


def _quoted(path: str) -> str:
    """The path as one word of a command; in double quotes, which every system's shell knows, unless they would not hold."""
    if PLAIN.fullmatch(path):
        return path
    return shlex.quote(path) if set(path) & set('"$`\\!') else f'"{path}"'
