"""What the command line prints of certificates: how far the replicates are, and how each analysis did in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from lowback.certificate import Certificate
from lowback.printed.rows import table_of

SHARES = ("coverage", "type_one", "power", "refused")
CERTIFIED = {
    "truth": "truth",
    "bias": "bias",
    "empirical SE": "empirical_se",
    "model SE": "model_se",
    "coverage": "coverage",
    "type I error": "type_one",
    "power": "power",
    "no answer": "refused",
}
SECONDS_BETWEEN_LINES = 10.0


def print_certificate(console: Console, name: str, certificate: Certificate) -> None:
    """How each analysis did in simulated cohorts: a row a term and effect, why a verdict is not *holds*, and why others have none."""
    console.print(f"\n{name}", style="bold", markup=False)
    rows = [
        {
            "analysis": part.analysis,
            "estimand": part.estimand,
            "term": term.term,
            "effect": world,
            **{label: _figure(figures, key) for label, key in CERTIFIED.items()},
            "verdict": term.verdict,
        }
        for part in certificate.certified
        for term in part.terms
        for world, figures in term.worlds.items()
    ]
    if rows:
        console.print(table_of(pd.DataFrame(rows)))
    for part in certificate.certified:
        head = f"{part.analysis}, {part.estimand}: {part.verdict} ({part.replicates} cohorts, {part.made})"
        console.print(head, soft_wrap=True, markup=False)
        for reason in part.reasons if part.verdict != "holds" else ():
            console.print(f"  {reason}", soft_wrap=True, markup=False)
    for analysis, estimand, why in certificate.untried:
        console.print(f"{analysis}, {estimand}: not certified: {why}", soft_wrap=True, markup=False)


@contextmanager
def replicates_bar(console: Console) -> Iterator[Callable[[int, int], None]]:
    """What to call with the replicates done and asked for: a bar with the time left, or a line now and then without a terminal."""
    if not console.is_terminal:
        yield _plain_progress(console)
        return
    columns = (TextColumn("replicates"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("replicates", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _plain_progress(console: Console) -> Callable[[int, int], None]:
    started: list[tuple[float, int]] = []

    def tell(done: int, total: int) -> None:
        now = monotonic()
        if not started or done < started[-1][1]:
            started[:] = [(now, done)]
        (begun, first), (last, _) = started[0], started[-1]
        if done == total or now - last >= SECONDS_BETWEEN_LINES:
            started.append((now, done))
            left = (now - begun) * (total - done) / max(done - first, 1)
            console.print(f"{done} of {total} replicates, about {left:.0f} s left", soft_wrap=True)

    return tell


def _figure(figures: Mapping[str, float | None], key: str) -> str:
    """A figure with its Monte Carlo standard error, as a person reads it in a terminal."""
    value, error = figures.get(key), figures.get(f"{key}_error")
    if value is None:
        return ""
    if key in SHARES:
        return f"{100 * value:.1f} %" if error is None else f"{100 * value:.1f} ± {100 * error:.1f} %"
    return f"{value:.3f}" if error is None else f"{value:.3f} ± {error:.3f}"
