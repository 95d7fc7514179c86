"""`lowback plan`: what a study of each size would tell, and what it would cost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lowback.commands.asked import Cluster
from lowback.commands.shown import console


def plan(
    plan_file: Annotated[Path, typer.Argument(metavar="PLAN", help="Such as data/plan-example/plan.yml.")],
    replicates: Annotated[int | None, typer.Option(min=1, help="Simulated trials of each design.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes that share the trials.")] = 1,
    cluster: Cluster = None,
    keep: Annotated[
        Path | None, typer.Option(help="Folder of finished trials, from which the same call goes on.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for all numbers and the figures.")] = None,
) -> None:
    """Print the power, precision and cost of each design that a plan weighs, and the cheapest that will do."""
    from lowback.figures import cost_figure, power_figure
    from lowback.printed.certificates import replicates_bar
    from lowback.printed.exhibits import keep_pictures, print_exhibits
    from lowback.repeat.planning import planned, read_plan, write_designs
    from lowback.repeating import analyses
    from lowback.sentences import answer
    from lowback.tables import plan_table

    asked = read_plan(plan_file)
    with replicates_bar(Console(stderr=True, highlight=False)) as tell:
        found = planned(
            asked, analyses(), replicates=replicates, jobs=jobs, cluster=cluster, keep=keep, progress=tell
        )
    print_exhibits(console(), [answer(found), plan_table(found)])
    if out is not None:
        write_designs(found, out)
        keep_pictures([power_figure(found), cost_figure(found)], out)
