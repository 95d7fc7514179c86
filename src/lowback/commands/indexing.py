"""`lowback index`: one page that lists every report below a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lowback.commands.shown import complain, console


def index(
    folder: Annotated[Path, typer.Argument(help="Folder that holds reports, such as reports.")],
) -> None:
    """Write FOLDER/index.html: every report below it, its answer, its data's age, its verdicts, and what failed."""
    from lowback.archive.index_page import write_index
    from lowback.checked_yaml import ConfigurationError

    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: no such folder")
    path, count = write_index(folder)
    console().print(f"{count} {'report' if count == 1 else 'reports'}: {path}", soft_wrap=True, markup=False)


def renew_index(folder: Path) -> None:
    """Rewrite the index after a run; the reports stand whatever becomes of it, so that a fault here is only told."""
    from lowback.archive.index_page import write_index
    from lowback.checked_yaml import ConfigurationError

    if not folder.is_dir():
        return
    try:
        write_index(folder)
    except (ConfigurationError, OSError) as error:
        complain(f"The index of reports was not written: {error}")
