from __future__ import annotations

import json
import sys

import docx
import pytest
from pypdf import PdfReader
from shown import contents_saying, folder_with_figures
from small_notebooks import FULL, STUDY

from lowback.checked_yaml import ConfigurationError
from lowback.publish import publish_report, read_request, verify_report
from lowback.publish.documents import asked_for, write_documents
from lowback.publish.request import Request
from lowback.study import read_study


@pytest.fixture
def study(tmp_path):
    (tmp_path / "study.yml").write_text(STUDY, encoding="utf-8")
    return read_study(tmp_path / "study.yml")


BOTH = "notebooks: [notes.ipynb]\npdf: true\ndocx: true"


def test_a_report_is_published_with_the_documents_that_it_is_asked_for(write_request, desk):
    request = asked_for(read_request(write_request(*FULL, lines=BOTH)))
    outcome = publish_report(request, inputs=[desk / "visits.csv"])
    assert outcome.failures == ()
    assert verify_report(outcome.folder) == []
    listed = {
        one["path"] for one in json.loads((outcome.folder / "manifest.json").read_text("utf-8"))["outputs"]
    }
    assert {"report.html", "report.pdf", "report.docx"} <= listed
    assert "By -1.0 points." in PdfReader(outcome.folder / "report.pdf").pages[0].extract_text().replace(
        "−", "-"
    )
    assert docx.Document(outcome.folder / "report.docx").tables[0].rows[0].cells[1].text == "1"


def test_a_caller_can_add_a_medium_and_take_none_away(write_request):
    request = read_request(write_request(*FULL))
    assert (request.pdf, request.docx) == (False, False)
    assert asked_for(request, ["pdf"]).pdf
    assert asked_for(asked_for(request, ["docx"])).docx


def test_a_medium_without_its_package_is_refused_before_anything_is_run(write_request, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(ConfigurationError, match="pip install"):
        asked_for(read_request(write_request(*FULL, lines=BOTH)))


def test_another_answer_than_yes_or_no_is_refused(write_request):
    with pytest.raises(ConfigurationError, match="pdf"):
        read_request(write_request(*FULL, lines="notebooks: [notes.ipynb]\npdf: maybe"))


def test_a_picture_that_is_cut_short_stops_the_report_and_is_named(tmp_path, study):
    contents = contents_saying("Pain", study)
    folder = folder_with_figures(tmp_path, contents)
    figures = [block.figure for page in contents.pages for block in page.blocks if block.figure]
    (picture,) = (folder / "figures").iterdir()
    picture.write_bytes(picture.read_bytes()[:40])
    object.__setattr__(figures[0], "png", picture.read_bytes()[:20])
    asked = Request.model_construct(pdf=True, docx=True)
    failures = [one.error for one in write_documents(folder, asked, contents)]
    assert len(failures) == 2
    assert failures[0].startswith("the PDF could not be set: ")
    assert failures[1].startswith("the Word document could not be set: the figure effect-dots")
