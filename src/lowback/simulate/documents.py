"""The files that go with a simulated cohort's tables: README, mapping, study, request and truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml

from lowback.csv_text import csv_text
from lowback.simulate.question import study_text
from lowback.simulate.recording.gaps import Counts, gaps_table
from lowback.simulate.scenario import FOLDER, Scenario, read_scenario, scenario_names
from lowback.variables import dictionary

FIRST_LINE = "# A simulated cohort of people with low back pain"
TABLES = ("participants", "visits", "checkins")
SCENARIO_FILE = "scenario.yml"

REQUEST = """# The report on this simulated cohort; run it with: lowback report report.yml
title: "Hip-flexor work and back pain, simulated cohort ({scenario})"
mapping: mapping.yml
study: study.yml
notebooks: [cohort, effect, tilt_and_pain]
"""

README = """{first_line}

Nobody in these files exists. They were made by `lowback`, scenario `{scenario}`, {participants} participants, seed {seed}:

```sh
{command}
```

| file | what |
|---|---|
| `participants.{suffix}` | one row a person; all came into an arm, a few turned out ineligible by findings from before (see `study.yml`) |
| `visits.{suffix}` | one row a person and visit attended (weeks 0, 4, 8, 12) |
| `checkins.{suffix}` | one row a person and check-in answered |
| `study.yml` | the question put to them |
| `mapping.yml` | which column is what, in which unit and direction |
| `report.yml` | the request: `lowback report FOLDER/report.yml` writes `FOLDER/report/report.html` |
| `truth.csv` | the true value of every estimand in `study.yml`, and how it was found |

{says}

{gaps}

Equations and parameters, each with its source: `lowback/simulate/` in the package. Licence: CC0 1.0.
"""


@dataclass(frozen=True)
class Made:
    """What a folder holds: which scenario, from which seed, in files of which kind, with how many rows and which columns."""

    scenario: Scenario
    seed: int
    days: int
    suffix: str
    counts: Counts
    columns: Mapping[str, Sequence[str]]


def write_documents(made: Made, truth: pd.DataFrame, folder: Path) -> None:
    """Write everything but the tables into `folder`."""
    _write_truth(truth, folder / "truth.csv")
    texts = {
        "study.yml": study_text(made.scenario.design),
        "mapping.yml": mapping_text(made),
        "report.yml": REQUEST.format(scenario=made.scenario.name),
        "README.md": _readme(made),
    }
    if not _ships(made.scenario):
        texts[SCENARIO_FILE] = _scenario_text(made.scenario)
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())


def mapping_text(made: Made) -> str:
    """The mapping that turns the files into a cohort: every column keeps its name, with unit and sign declared."""
    known = dictionary()
    lines = [
        "# Which column of which file is what. The names are already those of the data dictionary.",
        f"cohort: simulated {made.scenario.name} cohort",
        "files:",
    ]
    for table in TABLES:
        lines += [f"  - file: {table}.{made.suffix}", "    columns:"]
        for column in made.columns[table]:
            variable = known[column]
            entry = [f"to: {column}"]
            entry += [f"unit: {variable.unit}"] if variable.unit else []
            entry += [f"sign: {_our_sign(variable.signs)}"] if variable.signs else []
            lines.append(f"      {column}: {{{', '.join(entry)}}}")
    return "\n".join(lines) + "\n"


def _our_sign(signs: Mapping[str, int]) -> str:
    return next(words for words, factor in signs.items() if factor == 1)


def _readme(made: Made) -> str:
    scenario = made.scenario.name if _ships(made.scenario) else f"FOLDER/{SCENARIO_FILE}"
    people = made.counts.participants
    command = (
        f"lowback simulate --scenario {scenario} --participants {people} --seed {made.seed} --out FOLDER"
    )
    return README.format(
        first_line=FIRST_LINE,
        scenario=made.scenario.name,
        participants=people,
        seed=made.seed,
        suffix=made.suffix,
        command=command if made.suffix == "csv" else f"{command} --format {made.suffix}",
        says=made.scenario.says,
        gaps=gaps_table(made.scenario, made.counts, made.days),
    )


def _ships(scenario: Scenario) -> bool:
    """Whether its name alone tells what it is."""
    return scenario.name in scenario_names() and read_scenario(FOLDER / f"{scenario.name}.yml") == scenario


def _scenario_text(scenario: Scenario) -> str:
    given = scenario.model_dump(mode="json", exclude_defaults=True, exclude={"name"})
    return yaml.safe_dump(given, sort_keys=False, allow_unicode=True, width=110)


def _write_truth(truth: pd.DataFrame, path: Path) -> None:
    """The truth to six decimals, far below its Monte Carlo error, so that every machine writes the same bytes."""
    shown = truth.round({"value": 6, "monte_carlo_se": 6})
    path.write_text(csv_text(shown), encoding="utf-8", newline="\n")
