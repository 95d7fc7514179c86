"""A simulated cohort as a folder of files, each whole or absent."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import csv

from lowback.simulate.cohorts import Simulated
from lowback.simulate.parameters import SimulationError
from lowback.simulate.truth import STUDY_FILE
from lowback.variables import dictionary

FIRST_LINE = "# A simulated cohort of people with low back pain"
TABLES = ("participants", "visits", "checkins")

REQUEST = """# The report on this simulated cohort; run it with: lowback report report.yml
title: "Hip-flexor work and back pain, simulated cohort ({scenario})"
mapping: mapping.yml
study: study.yml
notebooks: [cohort, effect, tilt_and_pain]
"""

README = """{first_line}

Nobody in these files exists. They were made by `lowback`, scenario `{scenario}`, {participants} participants, seed {seed}:

```sh
lowback simulate --scenario {scenario} --participants {participants} --seed {seed} --out FOLDER
```

| file | what |
|---|---|
| `participants.csv` | one row a person; all were randomised, a few turned out ineligible by findings from before (see `study.yml`) |
| `visits.csv` | one row a person and visit attended (weeks 0, 4, 8, 12) |
| `checkins.csv` | one row a person and daily check-in answered |
| `study.yml` | the question put to them |
| `mapping.yml` | which column is what, in which unit and direction |
| `report.yml` | the request: `lowback report FOLDER/report.yml` writes `FOLDER/report/report.html` |
| `truth.csv` | the true value of every estimand in `study.yml`, and how it was found |

{meaning}

Equations and parameters, each with its source: `lowback/simulate/` in the package. Licence: CC0 1.0.
"""

MEANING = {
    "literature": "Effects are as published where anything is published: small for both programmes, and pain hardly goes with tilt.",
    "mechanism": "Here sitting does shorten the hip flexors, short hip flexors tip the pelvis, the tilt deepens the curve, the curve hurts, and stretching undoes it.",
    "null": "Here pain depends neither on tilt nor on treatment. Everybody improves all the same: by natural course, and because people enrol when they are bad.",
}


def write_simulated(simulated: Simulated, out: Path) -> None:
    """Write the tables, truth, study, mapping, request and README to the folder `out`.

    A folder that is not empty and holds no earlier simulation is refused. Files are made beside the folder and moved in when
    all are complete, so that none is ever half written.
    """
    out = Path(out).resolve()
    _refuse_foreign(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        for table in TABLES:
            _write_table(getattr(simulated, table), made / f"{table}.csv")
        _write_truth(simulated.truth, made / "truth.csv")
        shutil.copyfile(STUDY_FILE, made / "study.yml")
        (made / "mapping.yml").write_bytes(mapping_text(simulated).encode())
        (made / "report.yml").write_bytes(REQUEST.format(scenario=simulated.scenario).encode())
        (made / "README.md").write_bytes(_readme(simulated).encode())
        out.mkdir(exist_ok=True)
        for file in sorted(made.iterdir()):
            os.replace(file, out / file.name)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def mapping_text(simulated: Simulated) -> str:
    """The mapping that turns the files into a cohort: every column keeps its name, with unit and sign declared."""
    known = dictionary()
    lines = [
        "# Which column of which file is what. The names are already those of the data dictionary.",
        f"cohort: simulated {simulated.scenario} cohort",
        "files:",
    ]
    for table in TABLES:
        lines += [f"  - file: {table}.csv", "    columns:"]
        for column in getattr(simulated, table):
            variable = known[column]
            entry = [f"to: {column}"]
            entry += [f"unit: {variable.unit}"] if variable.unit else []
            entry += [f"sign: {_our_sign(variable.signs)}"] if variable.signs else []
            lines.append(f"      {column}: {{{', '.join(entry)}}}")
    return "\n".join(lines) + "\n"


def _our_sign(signs: Mapping[str, int]) -> str:
    return next(words for words, factor in signs.items() if factor == 1)


def _readme(simulated: Simulated) -> str:
    return README.format(
        first_line=FIRST_LINE,
        scenario=simulated.scenario,
        participants=len(simulated.participants),
        seed=simulated.seed,
        meaning=MEANING[simulated.scenario],
    )


def _refuse_foreign(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise SimulationError(f"{out}: is a file; allowed a new folder or one with an earlier simulation")
    if not out.is_dir() or not any(out.iterdir()):
        return
    readme = out / "README.md"
    if not readme.is_file() or not readme.read_bytes().startswith(FIRST_LINE.encode()):
        raise SimulationError(
            f"{out}: holds other files; allowed a new folder, an empty one or one with an earlier simulation"
        )


def _write_truth(truth: pd.DataFrame, path: Path) -> None:
    """The truth to six decimals, far below its Monte Carlo error, so that every machine writes the same bytes."""
    shown = truth.round({"value": 6, "monte_carlo_se": 6})
    shown.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _write_table(table: pd.DataFrame, path: Path) -> None:
    """Comma-separated text, missing values empty, whole numbers without a point."""
    plain = pa.Table.from_pandas(table.apply(_whole_numbers), preserve_index=False)
    # "none" refuses a text that would need quotes; the names and categories of a simulated cohort never do.
    options = csv.WriteOptions(include_header=False, quoting_style="none")
    with path.open("wb") as file:
        file.write((",".join(plain.column_names) + "\n").encode())
        csv.write_csv(plain, file, write_options=options)


def _whole_numbers(column: pd.Series) -> pd.Series:
    if pd.api.types.is_float_dtype(column) and (column.dropna() % 1 == 0).all():
        return column.astype("Int64")
    return column
