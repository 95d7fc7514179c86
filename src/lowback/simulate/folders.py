"""A folder of files that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lowback.simulate.documents import FIRST_LINE, SCENARIO_FILE, TABLES
from lowback.simulate.parameters import SimulationError

# What an earlier simulation may have left of which the new one has nothing.
REPLACED = {SCENARIO_FILE, *(f"{table}.{suffix}" for table in TABLES for suffix in ("csv", "parquet"))}


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """A new folder to write to, whose files are moved into `out` when all are complete and removed if not.

    A folder `out` that is not empty and holds no earlier simulation is refused.
    """
    out = Path(out).resolve()
    _refuse_foreign(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        yield made
        out.mkdir(exist_ok=True)
        names = {file.name for file in made.iterdir()}
        for name in sorted(names):
            os.replace(made / name, out / name)
        for name in REPLACED - names:
            (out / name).unlink(missing_ok=True)
    finally:
        shutil.rmtree(made, ignore_errors=True)


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
