"""`lowback simulate`: cohorts whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from lowback.commands.shown import console

Kind = Literal["csv", "parquet"]


def simulate(
    scenario: Annotated[
        str, typer.Option(help="literature, mechanism, null, feedback, a trap such as trap_c14, or a file.")
    ],
    participants: Annotated[int, typer.Option(help="How many people are randomised.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")],
    out: Annotated[Path, typer.Option(help="Folder to write to.")],
    kind: Annotated[Kind, typer.Option("--format", help="Files of this kind; Parquet for any size.")] = "csv",
    jobs: Annotated[int, typer.Option(help="Processes that make Parquet files; the bytes are the same.")] = 1,
) -> None:
    """Write a cohort whose true effects are known, with its study, mapping, request and truth."""
    from lowback.simulate import simulate as made
    from lowback.simulate import simulate_to_parquet, write_simulated

    if kind == "parquet":
        simulate_to_parquet(scenario, participants, seed, out, jobs)
    else:
        write_simulated(made(scenario, participants, seed), out)
    made_of = f"{participants} participants ({scenario}, seed {seed})"
    console().print(f"Wrote {made_of} to {out}.", soft_wrap=True, markup=False)
    console().print(f"Now run: lowback report {out / 'report.yml'}", soft_wrap=True, markup=False)
