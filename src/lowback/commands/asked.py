"""Options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path | None, typer.Option(help="Folder of the data files that the mapping names.")]
Cluster = Annotated[str | None, typer.Option(help="Address of a Dask scheduler, in place of jobs.")]
