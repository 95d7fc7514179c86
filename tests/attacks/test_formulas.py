"""A study whose words are formulas, published twice: no table of it holds one, and each reader finds the words again."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from csv_attacks import formulas_in

from lowback.archive.comparison import compare
from lowback.archive.reading import previous_run, read_report
from lowback.notices.crossing import estimates_of
from lowback.publish import publish_report, read_request, verify_report
from lowback.publish.history import read_history

sys.path += [str(Path(__file__).resolve().parents[1] / "publish")]

from small_notebooks import PARAMETERS, SHOW_RESULT, STUDY, code, markdown, write_notebook

TERM = "=stretching vs -usual care"
ESTIMAND = "@pain at week 12"
UNIT = "+points;=1"


def published(desk, effect):
    (desk / "trial.yml").write_text(
        'title: "=1+1"\nmapping: mapping.yml\nstudy: study.yml\nnotebooks: [notes.ipynb]\n'
        f"checklist: {{consort: {{'2': '-2+3'}}}}\nparameters: {{effect: {effect}}}\n",
        encoding="utf-8",
    )
    done = publish_report(read_request(desk / "trial.yml"), inputs=[desk / "visits.csv"])
    assert done.failures == ()
    return done.folder


@pytest.fixture
def folder(tmp_path):
    """The report of the second of two runs, whose estimates differ."""
    desk = tmp_path
    (desk / "mapping.yml").write_text("name: made up\n", encoding="utf-8")
    (desk / "visits.csv").write_text("id,week,pain\nP1,0,5\n", encoding="utf-8")
    study = STUDY.replace("stretching", '"=stretching"').replace("usual care", '"-usual care"')
    study = study.replace("pain at week 12", f'"{ESTIMAND}"').replace("A trial of two arms", '"=1+1"')
    (desk / "study.yml").write_text(study, encoding="utf-8")
    shown = SHOW_RESULT.replace("stretching vs usual care", TERM).replace("pain at week 12", ESTIMAND)
    shown = shown.replace("NRS points", UNIT)
    cells = (markdown("# Pain"), code(PARAMETERS, "parameters"), code(shown))
    write_notebook(desk / "notes.ipynb", *cells)
    published(desk, -1.0)
    return published(desk, -2.0)


def test_no_table_of_a_report_holds_a_formula_and_every_reader_finds_the_words(folder):
    tables = {one.name: one.read_bytes().decode() for one in folder.rglob("*.csv")}
    assert set(tables) == {"estimates.csv", "history.csv", "checklists.csv"}
    assert {name: list(formulas_in(text)) for name, text in tables.items()} == {name: [] for name in tables}
    assert verify_report(folder) == []
    ((key, row),) = read_report(folder).statistics.items()
    assert (key, row.unit, row.estimate) == (("ancova", ESTIMAND, TERM, 0), UNIT, -2.0)
    (watched,) = estimates_of(folder)
    assert (watched.estimand, watched.term, watched.unit) == (ESTIMAND, TERM, UNIT)
    assert [(one["term"], float(one["estimate"])) for one in read_history(folder)] == [(TERM, -1), (TERM, -2)]


def test_a_run_is_compared_with_the_one_before_it_row_for_row(folder):
    found = compare(*previous_run(folder))
    assert [(one.key[2], one.change) for one in found.differences] == [(TERM, -1.0)]
