"""A table of the command line, whose words stay whole on a narrow terminal."""

from __future__ import annotations

import pandas as pd
from rich.markup import escape
from rich.table import Column, Table


def table_of(frame: pd.DataFrame) -> Table:
    """The rows, a column each; what is too wide goes on in the next line."""
    table = Table(*(Column(str(column), overflow="fold") for column in frame.columns))
    for row in frame.itertuples(index=False):
        table.add_row(*(escape(str(value)) for value in row))
    return table
