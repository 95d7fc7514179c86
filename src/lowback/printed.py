"""What the command line prints: findings, a cohort at a glance, the numbers of a published report."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from lowback.certificate import Certificate
from lowback.cohort import KEYS, Cohort
from lowback.csv_text import rows_of

MOST_FINDINGS = {"terminal": 500, "file": 5000}
"""How many findings are listed; a person reads fewer than a program that the output is piped to."""
PNG = "image/png"
DESCRIPTIVE = ("flow", "attendance", "table_one", "missingness", "events_by_arm", "degeneration_by_age")
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


class TakenIn(Protocol):
    """What intake hands over."""

    @property
    def findings(self) -> pd.DataFrame:
        """What is doubtful."""

    @property
    def quarantine(self) -> pd.DataFrame:
        """The rows that did not enter the cohort whole."""

    @property
    def cohort(self) -> Cohort | None:
        """The cohort, unless it is refused."""


class PublishedReport(Protocol):
    """What publishing hands over."""

    @property
    def folder(self) -> Path:
        """Where it is."""

    @property
    def unchanged(self) -> bool:
        """Whether nothing had to be run."""


class Shown(Protocol):
    """What the showing wing hands over."""

    @property
    def media(self) -> Mapping[str, Any]:
        """What is to be seen, by MIME type."""

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What is to be known of it, by MIME type."""


def print_findings(console: Console, intake: TakenIn, *, notes: bool = True) -> None:
    """The findings as rows of a table, the refusals first; their number when they are too many to read."""
    findings = intake.findings
    shown = findings if notes else findings[findings["severity"] != "note"]
    most = MOST_FINDINGS["terminal" if console.is_terminal else "file"]
    if len(shown):
        order = shown["severity"].map({"refused": 0, "set aside": 1, "note": 2})
        listed = shown.loc[order.sort_values(kind="stable").index].head(most)
        console.print(_table(listed.assign(row=listed["row"].astype("str").fillna(""))))
    if len(shown) > most:
        console.print(f"... and {len(shown) - most} more findings.")
    if intake.cohort is None:
        refused = int((findings["severity"] == "refused").sum())
        console.print(f"The cohort is refused ({refused} {'finding' if refused == 1 else 'findings'}).")


def print_quarantine(console: Console, intake: TakenIn, place: Path) -> None:
    """Where the rows are that did not enter the cohort whole."""
    count = len(intake.quarantine)
    rows = "1 row" if count == 1 else f"{count} rows"
    console.print(
        f"{rows} refused or with a value set aside, word for word: {place}", soft_wrap=True, markup=False
    )


def print_cohort(console: Console, cohort: Cohort) -> None:
    """How many people and rows a cohort has, its arms and its visits."""
    console.print(f"Cohort {escape(cohort.name)}: {len(cohort.participant_ids)} participants.")
    rows = [(table, len(frame)) for table in KEYS if (frame := getattr(cohort, table)) is not None]
    console.print("Rows: " + ", ".join(f"{table} {count}" for table, count in rows) + ".")
    if cohort.arms:
        console.print("Arms: " + escape(", ".join(cohort.arms)) + ".")
    if cohort.weeks:
        console.print("Weeks: " + ", ".join(f"{week:g}" for week in cohort.weeks) + ".")


def print_problems(console: Console, problems: Iterable[str]) -> None:
    """Why nothing was published, a line each."""
    for problem in problems:
        console.print(escape(problem), style="red", soft_wrap=True)
    console.print("Nothing was published; an earlier report stands as it was.")


def print_outcome(console: Console, published: PublishedReport) -> None:
    """The estimates of a published report, and where it is."""
    written = rows_of((published.folder / "estimates.csv").read_bytes().decode())
    rows = [row for row in written if row["analysis"] not in DESCRIPTIVE]
    if rows:
        _print_estimates(console, pd.DataFrame([_shown(row) for row in rows]))
    state = "Nothing has changed since" if published.unchanged else "Published"
    console.print(f"{state}: {published.folder / 'report.html'}", soft_wrap=True, markup=False)


def print_exhibits(console: Console, exhibits: Iterable[Shown]) -> None:
    """The exhibits in plain text, one under another."""
    for one in exhibits:
        console.print(one.media["text/plain"], soft_wrap=True, markup=False, highlight=False)


def keep_pictures(exhibits: Iterable[Shown], folder: Path) -> None:
    """Write each picture among the exhibits to the folder, under the name that it carries."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in exhibits:
        if PNG in one.media:
            picture = b64decode(one.media[PNG])
            (folder / f"{one.metadata[PNG]['name']}.png").write_bytes(picture)


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
        console.print(_table(pd.DataFrame(rows)))
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


def _print_estimates(console: Console, rows: pd.DataFrame) -> None:
    """One table for a program; for a person a table an analysis and estimand, narrow enough for a terminal."""
    if not console.is_terminal:
        console.print(_table(rows))
        return
    for (analysis, estimand), part in rows.groupby(["analysis", "estimand"], sort=False):
        console.print(f"\n{analysis}: {estimand}", style="bold", markup=False, soft_wrap=True)
        console.print(_table(part.drop(columns=["analysis", "estimand"])))


def _shown(row: dict[str, str]) -> dict[str, str]:
    """A row of estimates.csv to four decimals, as a person reads it in a terminal."""
    numbers = {name: _four(row[name]) for name in ("estimate", "std_error", "conf_low", "conf_high")}
    return {
        "analysis": row["analysis"],
        "estimand": row["estimand"],
        "term": row["term"],
        "estimate": numbers["estimate"],
        "std. error": numbers["std_error"],
        "95 % interval": f"{numbers['conf_low']} to {numbers['conf_high']}" if row["conf_low"] else "",
        "unit": row["unit"],
        "n": row["n_participants"],
    }


def _four(text: str) -> str:
    if not text:
        return ""
    value = float(text)
    return f"{value:.0f}" if value.is_integer() and abs(value) >= 1 else f"{value:.4f}"


def _table(frame: pd.DataFrame) -> Table:
    table = Table(*(Column(str(column), overflow="fold") for column in frame.columns))
    for row in frame.itertuples(index=False):
        table.add_row(*(escape(str(value)) for value in row))
    return table
