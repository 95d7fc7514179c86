from __future__ import annotations

import io
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from lowback.printed_run import print_summary, run_shown


def edition(name: str, words: str = "published", *failures: str, tries: int = 1) -> SimpleNamespace:
    return SimpleNamespace(name=name, words=words, failures=failures, seconds=12.3, tries=tries)


@pytest.fixture
def tellings() -> dict[int, SimpleNamespace]:
    """What each edition tells, by its number."""
    return {}


def console(**how) -> Console:
    return Console(file=io.StringIO(), width=100, height=20, record=True, **how)


def test_on_a_terminal_a_table_says_how_far_each_edition_is(tellings):
    shown_on = console(force_terminal=True)
    with run_shown(shown_on, lambda _, number: tellings.get(number)) as shown:
        shown.begins(["weekly/delft", "weekly/[red]", "weekly/leiden"], Path("run"))
        tellings[1] = SimpleNamespace(state="runs", since=time.time() - 5, cell=2, cells=9)
        shown.ended(edition("weekly/delft"))
        shown_on.print(shown)
    text = shown_on.export_text()
    for row in (("weekly/delft", "published", "12"), ("weekly/[red]", "runs", "2 of 9", "5")):
        assert any(all(part in line for part in row) for line in text.splitlines()), row
    assert "1 of 3 done, 1 waiting" in text


def test_without_a_terminal_an_edition_has_a_line_when_it_starts_and_one_when_it_ends(tellings):
    shown_on = console()
    with run_shown(shown_on, lambda _, number: tellings.get(number)) as shown:
        shown.begins(["weekly/delft", "weekly/gouda"], Path("run"))
        tellings[0] = SimpleNamespace(state="reads", since=time.time(), cell=0, cells=0)
        shown.ended(edition("weekly/delft", "kernel died", "notebook 'a': died\nmore", tries=3))
        shown.ended(edition("another request's", "unchanged"))
    assert shown_on.export_text().splitlines() == [
        "weekly/delft: started",
        "weekly/delft: kernel died in 12 s after 3 tries: notebook 'a': died",
    ]


def test_the_summary_counts_how_editions_ended_and_whom_none_is_about():
    shown_on = console()
    ended = [edition("a"), edition("b", "unchanged"), edition("c", "storage", "report: disk full")]
    print_summary(shown_on, ended, {Path("weekly.yml"): 3})
    assert shown_on.export_text().splitlines() == [
        "Editions: 3. published 1, unchanged 1, storage 1.",
        "c: storage in 12 s: report: disk full",
        "3 people belong to no edition of weekly.yml.",
    ]
