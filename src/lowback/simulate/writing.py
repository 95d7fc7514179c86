"""A simulated cohort as a folder of comma-separated files, each whole or absent."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import csv

from lowback.simulate.cohorts import Simulated
from lowback.simulate.documents import TABLES, Made, write_documents
from lowback.simulate.folders import whole_folder
from lowback.simulate.recording.gaps import Counts


def write_simulated(simulated: Simulated, out: Path) -> None:
    """Write the tables, truth, study, mapping, request and README to the folder `out`.

    A folder that is not empty and holds no earlier simulation is refused. Files are made beside the folder and moved in when
    all are complete, so that none is ever half written.
    """
    with whole_folder(Path(out)) as made:
        tables = {name: getattr(simulated, name) for name in TABLES}
        for name, table in tables.items():
            _write_table(table, made / f"{name}.csv")
        told = Made(
            scenario=simulated.made_by,
            seed=simulated.seed,
            days=simulated.days,
            suffix="csv",
            counts=Counts(
                participants=len(simulated.participants),
                withdrew=int(simulated.participants["withdrew_week"].notna().sum()),
                visits=len(simulated.visits),
                checkins=len(simulated.checkins),
            ),
            columns={name: list(table) for name, table in tables.items()},
        )
        write_documents(told, simulated.truth, made)


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
