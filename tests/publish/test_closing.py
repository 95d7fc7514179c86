"""Checklists and the course over the runs, in a PDF and in a Word document; what they say stands in the files beside them."""

from __future__ import annotations

import re

import docx
import pandas as pd
import pytest
from pypdf import PdfReader
from shown import contents_saying, folder_with_figures
from small_notebooks import STUDY

from lowback.checklists import Facts, filled, read_table, table
from lowback.csv_text import csv_text
from lowback.publish.closing import closing_sections
from lowback.publish.documents import write_documents
from lowback.publish.history import COLUMNS, history_text
from lowback.publish.pieces import Drawing, Table
from lowback.publish.request import Request
from lowback.study import read_study

WORDS = 'stretching & <b>"heat"</b> #panic() \\x'
BOTH = Request.model_construct(pdf=True, docx=True)
ANSWER = {"consort": {"2": f"NCT01234567, {WORDS}\rand more"}}


@pytest.fixture
def study(tmp_path):
    (tmp_path / "study.yml").write_text(STUDY, encoding="utf-8")
    return read_study(tmp_path / "study.yml")


def entry(run, estimate):
    told = {
        "run": f"2026-01-{run:02d}T06:00:00Z",
        "data_date": f"2026-01-{run:02d}",
        "key": f"k{run}",
        "analysis": "ancova",
        "estimand": "pain at week 12",
        "term": WORDS,
        "estimate": str(estimate),
        "std_error": "0.3",
        "conf_low": str(estimate - 0.6),
        "conf_high": str(estimate + 0.6),
        "unit": "NRS points",
        "n_participants": "98",
    }
    return {**dict.fromkeys(COLUMNS, ""), **told}


def folder_of(tmp_path, study, *, runs=()):
    """The contents of a report and its folder, with the files that the closing parts are made of."""
    contents = contents_saying(WORDS, study)
    folder = folder_with_figures(tmp_path / "report", contents)
    lists = filled(Facts((study.title,), study, contents.found.results, answered=1), ANSWER)
    (folder / "checklists.csv").write_text(csv_text(table(lists)), encoding="utf-8", newline="\n")
    (folder / "history.csv").write_text(history_text(runs), encoding="utf-8")
    return contents, folder


def squeezed(text):
    return re.sub(r"[\s\u200b\u00ad]", "", text)


def words_of_pdf(path):
    return squeezed("".join(page.extract_text() for page in PdfReader(path).pages))


def alternatives(node):
    children = node.get("/K", [])
    for one in children if isinstance(children, list) else [children]:
        one = one.get_object()
        if isinstance(one, dict) and "/S" in one:
            yield one.get("/Alt")
            yield from alternatives(one)


def test_a_pdf_and_a_word_document_hold_every_item_of_every_checklist(tmp_path, study):
    contents, folder = folder_of(tmp_path, study)
    assert write_documents(folder, BOTH, contents) == []
    lists = read_table(folder / "checklists.csv")
    assert [one.short for one in lists] == ["consort", "ich-e9-r1", "immpact"]
    in_pdf = words_of_pdf(folder / "report.pdf")
    tables = docx.Document(folder / "report.docx").tables[-3:]
    for each, in_word in zip(lists, tables, strict=True):
        assert in_word.rows[0].cells[0].text == "Item"
        rows = [[cell.text for cell in row.cells] for row in in_word.rows[1:]]
        assert [(row[0], row[1], row[2]) for row in rows] == [
            (one.item, one.asks, one.status) for one in each.items
        ]
        assert all(row[3].startswith(one.value) for row, one in zip(rows, each.items, strict=True))
        assert squeezed(f"Items of {each.checklist.name}") in in_pdf
        assert [one.item for one in each.items if squeezed(one.asks) not in in_pdf] == []
    assert squeezed(f"NCT01234567, {WORDS} and more") in in_pdf


def test_the_lists_read_back_are_those_that_were_written(tmp_path, study):
    contents, folder = folder_of(tmp_path, study)
    lists = filled(Facts((study.title,), study, contents.found.results, answered=1), {})
    (folder / "checklists.csv").write_text(csv_text(table(lists)), encoding="utf-8", newline="\n")
    assert read_table(folder / "checklists.csv") == lists
    assert read_table(folder / "none.csv") == ()


def test_a_pdf_draws_the_course_of_an_estimate_and_says_it_and_word_has_its_numbers(tmp_path, study):
    runs = [entry(1, -1.0), entry(2, -1.4), entry(3, -0.8)]
    contents, folder = folder_of(tmp_path, study, runs=runs)
    assert write_documents(folder, BOTH, contents) == []
    reader = PdfReader(folder / "report.pdf")
    said = "".join(alternatives_of(reader))
    assert "3 runs: from −1.00 (2026-01-01) to −0.80 NRS points" in said
    assert squeezed("3 runs, from 2026-01-01 to 2026-01-03.") in words_of_pdf(folder / "report.pdf")
    [course] = [
        one for one in docx.Document(folder / "report.docx").tables if one.rows[0].cells[0].text == "What"
    ]
    cells = [cell.text for cell in course.rows[1].cells]
    assert cells[:3] == [WORDS, "3", "−1.00 (2026-01-01)"]
    assert cells[3] == "−0.80 NRS points (95 % CI −1.40 to −0.20) (2026-01-03)"
    assert cells[4:] == ["−1.40", "−0.80"]


def test_what_did_not_move_is_told_and_not_drawn_and_of_a_question_three_are_drawn(tmp_path, study):
    still = [entry(1, -1.0), entry(2, -1.0001)]
    contents, folder = folder_of(tmp_path / "still", study, runs=still)
    pieces = closing_sections(folder, contents)[0].pieces
    assert [one for one in pieces if isinstance(one, Drawing)] == []
    (course,) = [one for one in pieces if isinstance(one, Table)]
    assert len(course.lines) == 1
    runs = [{**entry(day, -1.0 - day / 10), "term": f"arm {number}"} for day in (1, 2) for number in range(5)]
    contents, folder = folder_of(tmp_path / "many", study, runs=runs)
    pieces = closing_sections(folder, contents)[0].pieces
    assert len([one for one in pieces if isinstance(one, Drawing)]) == 3
    (course,) = [one for one in pieces if isinstance(one, Table)]
    assert len(course.lines) == 5


def alternatives_of(reader):
    return [str(one) for one in alternatives(reader.trailer["/Root"]["/StructTreeRoot"]) if one]


def test_of_a_first_run_there_is_no_course_to_show(tmp_path, study):
    contents, folder = folder_of(tmp_path, study, runs=[entry(1, -1.0)])
    assert [one.title for one in closing_sections(folder, contents)] == ["Checklists"]


def test_what_is_said_at_length_is_cut_at_a_word_and_points_to_the_file(tmp_path, study):
    contents, folder = folder_of(tmp_path, study)
    rows = pd.read_csv(folder / "checklists.csv", dtype=str, keep_default_na=False)
    rows.loc[rows["item"] == "5a", "value"] = "registered " * 200
    (folder / "checklists.csv").write_text(csv_text(rows), encoding="utf-8", newline="\n")
    [checklists] = closing_sections(folder, contents)
    said = [line.cells[3] for piece in checklists.pieces if isinstance(piece, Table) for line in piece.lines]
    [cut] = [one for one in said if "registered" in one]
    assert cut.endswith("registered … (the whole stands in checklists.csv)")
    assert len(cut) < 600


def test_a_folder_without_these_files_has_no_such_parts(tmp_path, study):
    contents = contents_saying("Pain", study)
    assert closing_sections(folder_with_figures(tmp_path / "bare", contents), contents) == ()


def test_the_same_contents_give_the_same_bytes(tmp_path, study):
    runs = [entry(1, -1.0), entry(2, -1.4)]
    made = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        contents, folder = folder_of(tmp_path / name, study, runs=runs)
        write_documents(folder, BOTH, contents)
        made.append([(folder / f"report.{ending}").read_bytes() for ending in ("pdf", "docx")])
    assert made[0] == made[1]
