"""How many wrong whole numbers the check on numbers notices, planted one by one into the answers and the prose of published reports.

    python tests/language/planted_numbers.py reports/example reports/mechanism ...

prints, of each way of planting, how many were noticed, and every number that it objects to in the texts as they are (none should).
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from lowback.language.numbers import printed_numbers
from lowback.publish.harvest import Harvest, harvest
from lowback.publish.request import read_request
from lowback.publish.said import Said
from lowback.publish.unfounded import unfounded_in, unfounded_prose
from lowback.study import Study, read_study

SEED = 31
PROSE = (
    "The result rests on {people} people.",
    "Of {people} participants, most came back.",
    "Pain fell in {people} of the people who were asked.",
    "{people} patients were analysed at the last visit.",
    "The arms are compared at week {week}.",
    "People were followed for {week} weeks.",
    "A difference stands in {rows} of 4 arms.",
    "Of {rows} comparisons, one excluded zero.",
    "About {share} % of people got better.",
    "The fall was {points} points.",
)


def read(folder: Path) -> tuple[Study, Harvest, dict]:
    """A published report: its study, what its notebooks show, and its manifest."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    names = [one["name"] for one in manifest["notebooks"]]
    cells = [
        (name, json.loads((folder / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"])
        for name in names
    ]
    study = read_study(read_request(folder / manifest["request_file"]).study)
    return study, harvest(cells), {**manifest, "cells": cells}


def changed(chance: random.Random, text: str) -> str:
    """The digits of a whole number with one of them changed, or a number near it; never the same, 0 or 1."""
    digits = re.sub(r"\D", "", text)
    while True:
        if chance.random() < 0.5:
            at = chance.randrange(len(digits))
            other = digits[:at] + str(chance.randrange(10)) + digits[at + 1 :]
        else:
            other = str(max(0, int(digits) + chance.choice([-10, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 10])))
        if int(other) not in (0, 1, int(digits)):
            return other


def planted_in_answers(chance: random.Random, found: Harvest) -> Iterator[tuple[Harvest, str]]:
    """The report with one whole number of an answer or its basis changed."""
    for at, answer in enumerate(found.answers):
        for part in ("answer", "basis"):
            text = getattr(answer, part)
            start = 0
            for one in printed_numbers(text):
                place = text.index(one.text, start)
                start = place + len(one.text)
                if not one.is_whole or one.is_level or one.value in (0, 1):
                    continue
                wrong = (
                    text[:place]
                    + text[place:start].replace(one.plain, changed(chance, one.plain))
                    + text[start:]
                )
                answers = [*found.answers]
                answers[at] = replace(answer, **{part: wrong})
                yield replace(found, answers=tuple(answers)), wrong


def planted_in_prose(chance: random.Random, found: Harvest, manifest: dict) -> Iterator[Said]:
    """A sentence of an author with a wrong number: near a right number of people, week, share or count."""
    people = sorted({int(one) for one in found.estimates()["n_participants"]})
    weeks = manifest["study"]["weeks"] or [0]
    right = {
        "people": people,
        "week": [int(one) for one in weeks],
        "rows": [2, 3],
        "share": [30, 50],
        "points": [2, 3],
    }
    for name, _ in manifest["cells"]:
        for words in PROSE:
            (kind,) = re.findall(r"{(\w+)}", words)
            wrong = changed(chance, str(chance.choice(right[kind])))
            yield Said("prose", words.format(**{kind: wrong}), name, 1, is_markdown=True)


def main() -> None:
    """Print what was noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="folders of published reports")
    chance = random.Random(SEED)
    tried: Counter[str] = Counter()
    noticed: Counter[str] = Counter()
    alarms: list[str] = []
    missed: list[str] = []
    for folder in parser.parse_args().folders:
        study, found, manifest = read(folder)
        alarms += [str(one) for one in unfounded_in(found, study)]
        alarms += [
            str(one)
            for one in unfounded_prose(
                manifest["title"], manifest["cells"], found, study, manifest["parameters"]
            )
        ]
        for planted, text in planted_in_answers(chance, found):
            tried["answers"] += 1
            if unfounded_in(planted, study):
                noticed["answers"] += 1
            else:
                missed.append(text[:150])
        for said in planted_in_prose(chance, found, manifest):
            own = dict(manifest["cells"])[said.notebook]
            cells = [(said.notebook, [*own, {"cell_type": "markdown", "source": said.text, "metadata": {}}])]
            tried["prose"] += 1
            if list(unfounded_prose("", cells, found, study, manifest["parameters"])):
                noticed["prose"] += 1
            else:
                missed.append(said.text)
    print({kind: f"{noticed[kind]} of {tried[kind]}" for kind in tried})  # noqa: T201
    print(f"false alarms on the texts as they are: {len(alarms)}", *alarms, sep="\n")  # noqa: T201
    print("missed, some:", *chance.sample(missed, min(25, len(missed))), sep="\n")  # noqa: T201


if __name__ == "__main__":
    main()
