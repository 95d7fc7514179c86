"""The ledger's rows on their way from a notebook to ledger.csv."""

from __future__ import annotations

import pandas as pd
from small_notebooks import PARAMETERS, STUDY, code, markdown, write_notebook
from test_harvest import cells, display

from lowback.ledger import Entry, Finding, Ledger
from lowback.publish import publish_report, read_request
from lowback.publish.cells import notebook_page
from lowback.publish.harvest import Harvest, harvest
from lowback.tables import ledger_table

FOUND = Finding("mmrm", "pain at week 12", "a vs b", -1 / 3, -2.0, -0.2, "NRS points", 40, causal=True)
TESTED = Entry(
    "C14",
    "Releasing the hip relieves the back",
    "supported",
    is_testable=True,
    measure="pain",
    matters=1,
    found=FOUND,
)
UNTESTED = Entry("C04", "The curve <presses>", "not tested", is_testable=False, reason="no record")


def shown(*entries: Entry) -> list[dict[str, object]]:
    return cells(display(dict(ledger_table(Ledger(entries)).media)))


def test_every_claim_is_collected_once_in_the_order_of_its_columns() -> None:
    found = harvest([("ledger", shown(TESTED, UNTESTED)), ("again", shown(TESTED))])
    assert [row["claim_id"] for row in found.ledger] == ["C14", "C04"]
    assert list(found.ledger[0])[:4] == ["claim_id", "claim", "testable", "reason"]
    assert found.ledger[0]["estimate"] == -1 / 3
    assert found.failures == ()


def test_a_claim_with_two_verdicts_is_a_failure() -> None:
    other = Entry("C14", "Releasing the hip relieves the back", "cannot tell", is_testable=True)
    (failure,) = harvest([("ledger", shown(TESTED)), ("again", shown(other))]).failures
    assert "claim C14 stands twice with different verdicts" in str(failure)


def test_a_verdict_on_too_few_people_is_a_failure() -> None:
    assert harvest([("ledger", shown(TESTED, UNTESTED))], 40).failures == ()
    (failure,) = harvest([("ledger", shown(TESTED, UNTESTED))], 41).failures
    assert "claim C14 tells of fewer than 41 people" in str(failure)


def test_the_page_shows_the_ledger_as_it_is_and_escapes_its_words() -> None:
    blocks = notebook_page("ledger", "Ledger", shown(TESTED, UNTESTED), Harvest((), (), {}, ())).blocks
    (exhibit,) = [one for one in blocks if one.kind == "exhibit"]
    assert "Supported (1)" in exhibit.html
    assert "&lt;presses&gt;" in exhibit.html


def test_a_report_with_a_ledger_writes_its_file(tmp_path) -> None:
    show = """\
from lowback.ledger import Entry, Finding, Ledger
from lowback.tables import ledger_table
found = Finding("mmrm", "pain at week 12", "a vs b", -0.5, -2.0, -0.2, "NRS points", 40, causal=True)
ledger_table(Ledger((Entry("C14", "A claim", "supported", is_testable=True, found=found), Entry("C04", "Another", "not tested", is_testable=False))))
"""
    (tmp_path / "study.yml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "mapping.yml").write_text("name: made up\n", encoding="utf-8")
    (tmp_path / "visits.csv").write_text("id,week,pain\nP1,0,5\n", encoding="utf-8")
    asks = f'{PARAMETERS}request_file = ""  # the request\n'
    write_notebook(
        tmp_path / "notes.ipynb",
        markdown("# Ledger"),
        code(asks, "parameters"),
        code(show + "\n"),
        code("assert request_file == 'trial.yml'"),
    )
    (tmp_path / "trial.yml").write_text(
        "title: A\nmapping: mapping.yml\nstudy: study.yml\nnotebooks: [notes.ipynb]\n", encoding="utf-8"
    )
    published = publish_report(read_request(tmp_path / "trial.yml"), inputs=[tmp_path / "visits.csv"])
    assert published.failures == ()
    rows = pd.read_csv(published.folder / "ledger.csv")
    assert rows["claim_id"].tolist() == ["C14", "C04"]
    page = (published.folder / "report.html").read_text(encoding="utf-8")
    assert "ledger.csv" in page
    # An estimand that the ledger estimates is not among those that nobody did.
    assert "no notebook of this report estimates it" not in page
