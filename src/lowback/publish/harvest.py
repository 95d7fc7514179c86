"""What executed notebooks hold: results, answers and figures, collected by MIME type and checked against each other."""

from __future__ import annotations

import base64
import binascii
import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from lowback.disclosure import disclosed
from lowback.publish.failure import Failure
from lowback.publish.notebooks import code_cells
from lowback.publish.request import slug
from lowback.result import ANSWER_MIME, COLUMNS, LEDGER_MIME, RESULT_MIME, Refusal, Result, from_payload

PNG = "image/png"
PNG_START = b"\x89PNG\r\n\x1a\n"
CSS_PIXELS_PER_METRE = 96 / 0.0254


@dataclass(frozen=True)
class Answer:
    """A question, its answer in a sentence and what that rests on; `notebook` is where it was shown."""

    notebook: str
    analysis: str
    estimand: str
    question: str
    answer: str
    basis: str
    refused: bool


@dataclass(frozen=True)
class Figure:
    """A picture with its description; width and height in CSS pixels as it was drawn."""

    name: str
    alt: str
    png: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Harvest:
    """All that one report's notebooks hold, in the order shown; `figures` by notebook, cell and output; `ledger` its rows."""

    results: tuple[Result | Refusal, ...]
    answers: tuple[Answer, ...]
    figures: Mapping[tuple[str, int, int], Figure]
    failures: tuple[Failure, ...]
    ledger: tuple[Mapping[str, Any], ...] = ()

    def estimates(self) -> pd.DataFrame:
        """Every estimate of every analysis, unrounded, with the analysis and the estimand before it."""
        return self._estimates.copy()

    @cached_property
    def _estimates(self) -> pd.DataFrame:
        own = [one for one in self.results if isinstance(one, Result)]
        if not own:
            return pd.DataFrame(columns=["analysis", "estimand", *COLUMNS])
        found = pd.concat([one.estimates for one in own], ignore_index=True)
        for at, name in enumerate(("analysis", "estimand")):
            found.insert(at, name, [getattr(one, name) for one in own for _ in range(len(one.estimates))])
        # A carriage return is not quoted in a CSV file, but ends a row for whoever reads it.
        for name in ("analysis", "estimand", "term", "unit"):
            found[name] = found[name].str.replace("\r", " ", regex=False)
        return found


def harvest(notebooks: Iterable[tuple[str, list[dict[str, Any]]]], smallest_count: int = 0) -> Harvest:
    """Collect the displays of executed notebooks, each given as its name and its cells.

    A result shown again must be the same to the last digit, a figure must say what it shows, and no result may tell
    of fewer people than `smallest_count`: else a failure.
    """
    results: dict[tuple[str, ...], tuple[Mapping[str, Any], Result | Refusal]] = {}
    answers: dict[tuple[str, ...], Answer] = {}
    figures: dict[tuple[str, int, int], Figure] = {}
    failures: list[Failure] = []
    claims: dict[str, Mapping[str, Any]] = {}
    for name, cells in notebooks:
        for number, cell in code_cells(cells):
            for position, output in enumerate(cell.get("outputs", [])):
                data, metadata = output.get("data", {}), output.get("metadata", {})
                try:
                    if RESULT_MIME in data:
                        _add_result(results, data[RESULT_MIME], name, smallest_count)
                    if ANSWER_MIME in data:
                        _add_answer(answers, data[ANSWER_MIME], name)
                    if LEDGER_MIME in data:
                        _add_claims(claims, data[LEDGER_MIME], name, smallest_count)
                    if PNG in data:
                        figures[name, number, position] = _figure(
                            data[PNG], metadata, name, {one.name for one in figures.values()}
                        )
                except (ValueError, KeyError, TypeError) as error:
                    failures.append(Failure(name, number, _worded(error)))
    return Harvest(
        tuple(one for _, one in results.values()),
        tuple(answers.values()),
        figures,
        tuple(failures),
        tuple(claims.values()),
    )


def _add_result(
    results: dict[tuple[str, ...], tuple[Mapping[str, Any], Result | Refusal]],
    content: Any,
    notebook: str,
    smallest_count: int,
) -> None:
    payload = as_object(content)
    key = (str(payload["analysis"]), str(payload["estimand"]), str(payload["question"]))
    known = results.get(key)
    if known is not None and known[0] == payload:
        return
    result = from_payload(payload)
    if disclosed(result, smallest_count) is not result:
        raise ValueError(
            f"{result.analysis} for the estimand {result.estimand!r} tells of fewer than {smallest_count} people; "
            "show disclosed(result, smallest_count) in its place"
        )
    if known is not None:
        raise ValueError(
            f"{result.analysis} for the estimand {result.estimand!r} ({result.question}) stands twice with "
            f"different numbers, the second time in notebook {notebook!r}"
        )
    results[key] = (payload, result)


def _add_answer(answers: dict[tuple[str, ...], Answer], content: Any, notebook: str) -> None:
    said = as_object(content)
    answer = Answer(
        notebook=notebook,
        analysis=str(said["analysis"]),
        estimand=str(said["estimand"]),
        question=str(said["question"]),
        answer=str(said["answer"]),
        basis=str(said.get("basis") or ""),
        refused=bool(said.get("refused", False)),
    )
    key = (answer.analysis, answer.estimand, answer.question)
    if answers.setdefault(key, answer).answer != answer.answer:
        raise ValueError(f"the question {answer.question!r} has two answers")


def _add_claims(
    claims: dict[str, Mapping[str, Any]], content: Any, notebook: str, smallest_count: int
) -> None:
    """The rows of a ledger, each claim once in a report."""
    said = as_object(content)
    for given in said["rows"]:
        row = {name: given[name] for name in said["columns"]}
        claim = str(row["claim_id"])
        if claims.setdefault(claim, row) != row:
            raise ValueError(
                f"claim {claim} stands twice with different verdicts, the second time in notebook {notebook!r}"
            )
        if row["estimate"] is not None and row["n_participants"] < smallest_count:
            raise ValueError(
                f"claim {claim} tells of fewer than {smallest_count} people; give smallest_count to the ledger"
            )


def _figure(content: Any, metadata: Mapping[str, Any], notebook: str, taken: set[str]) -> Figure:
    described = metadata.get(PNG, {})
    alt = str(described.get("alt") or "").strip()
    if not alt:
        raise ValueError("a figure without alternative text; readers who cannot see it would get nothing")
    text = content if isinstance(content, str) else "".join(content)
    png = base64.b64decode("".join(text.split()), validate=True)
    if not png.startswith(PNG_START) or len(png) < 33:
        raise ValueError("a figure that is no PNG image")
    wanted = f"{notebook}-{slug(str(described.get('name') or 'figure'))}"
    name, again = wanted, 1
    while name in taken:
        again += 1
        name = f"{wanted}-{again}"
    return Figure(name, alt, png, *_size(png))


def _size(png: bytes) -> tuple[int, int]:
    """Width and height in CSS pixels, by the resolution that the image states."""
    width, height = struct.unpack(">II", png[16:24])
    scale = 1.0
    at = png.find(b"pHYs", 0, 400)
    if at > 0:
        per_metre, _, unit = struct.unpack(">IIB", png[at + 4 : at + 13])
        scale = CSS_PIXELS_PER_METRE / per_metre if unit == 1 and per_metre else 1.0
    return max(1, round(width * scale)), max(1, round(height * scale))


def as_object(content: Any) -> dict[str, Any]:
    """A JSON payload, which kernels may send as text, as a list of lines or as an object."""
    if isinstance(content, list):
        content = "".join(content)
    if isinstance(content, str):
        content = json.loads(content)
    if not isinstance(content, dict):
        raise TypeError(f"a payload that is no object: {str(content)[:60]!r}")
    return content


def _worded(error: Exception) -> str:
    if isinstance(error, binascii.Error):
        return "a figure that is no base64 text"
    return f"a payload without {error}" if isinstance(error, KeyError) else str(error)
