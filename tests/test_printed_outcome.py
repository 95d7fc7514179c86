"""What a person reads of a published report on the command line."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from types import SimpleNamespace

from rich.console import Console

from lowback.printed.outcome import MOST_ROWS, print_outcome

sys.path.insert(0, str(Path(__file__).parent / "archive"))
from tiny_reports import ANSWER, row, write_report


def printed(folder: Path, *, unchanged: bool = False, width: int = 90) -> str:
    shown = Console(width=width, record=True, file=io.StringIO(), force_terminal=True)
    print_outcome(shown, SimpleNamespace(folder=folder, unchanged=unchanged))
    return shown.export_text()


def many(count: int) -> list[dict[str, str]]:
    return [row(term=f"place {number} of a curve") for number in range(count)]


def test_of_hundreds_of_estimates_the_answers_are_printed_and_the_rest_is_counted(tmp_path):
    text = printed(write_report(tmp_path / "trial", many(700)), width=4000)
    assert "Did pain fall more?\n  Pain fell by 1 point more. That may matter.\n" in text
    assert f"700 estimates, unrounded: {tmp_path / 'trial' / 'estimates.csv'}" in text
    assert "place" not in text.replace(str(tmp_path), "")


def test_questions_without_an_answer_are_counted_and_not_printed(tmp_path):
    refused = {**ANSWER, "question": "Does it last?", "answer": "Nobody was seen again.", "refused": True}
    text = printed(write_report(tmp_path / "trial", answers=[ANSWER, refused, refused]))
    assert "2 questions have no answer; the report says why" in text
    assert "Nobody was seen again" not in text


def test_a_report_without_answers_prints_its_first_estimates(tmp_path):
    text = printed(write_report(tmp_path / "trial", many(MOST_ROWS + 1), answers=[]))
    assert "ancova: pain at week 12" in text
    assert f"place {MOST_ROWS - 1} of a curve" in text
    assert f"place {MOST_ROWS} of a curve" not in text


def test_a_report_that_only_describes_says_where_its_numbers_are(tmp_path):
    text = printed(
        write_report(tmp_path / "trial", [row(analysis="flow", conf_low="", conf_high="")], answers=[])
    )
    assert "1 estimate, unrounded:" in text
    assert "stretching" not in text


def test_a_long_answer_goes_on_under_its_own_beginning(tmp_path):
    long = {**ANSWER, "answer": "Pain fell " + "very " * 40 + "much."}
    lines = printed(write_report(tmp_path / "trial", answers=[long]), width=60).splitlines()
    of_answer = lines[1 : lines.index("")]
    assert len(of_answer) > 2
    assert all(line.startswith("  ") and len(line) <= 60 for line in of_answer)


def test_words_of_a_report_are_no_marks(tmp_path):
    odd = {**ANSWER, "question": "[bold]Did[/bold] it :smile:?", "answer": "[red]No[/red]."}
    text = printed(write_report(tmp_path / "trial", answers=[odd]))
    assert "[bold]Did[/bold] it :smile:?\n  [red]No[/red].\n" in text


def test_a_report_for_the_public_is_not_said_to_hold_unrounded_numbers(tmp_path):
    text = printed(write_report(tmp_path / "trial", audience="public"))
    assert "1 estimate, rounded as for the public:" in text
