"""`lowback new`: the beginning of a study of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lowback.commands.shown import console


def new(folder: Annotated[Path, typer.Argument(help="Folder to make, such as my-study.")]) -> None:
    """Begin a study of one's own: a commented request, mapping and study that run."""
    from lowback.starter import start_study

    request = start_study(folder)
    console().print(f"Now run: lowback report {request}", soft_wrap=True, markup=False)
