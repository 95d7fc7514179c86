from __future__ import annotations

import json
import sys

import docx
import pytest
from pypdf import PdfReader
from small_notebooks import FULL

from lowback.checked_yaml import ConfigurationError
from lowback.publish import publish_report, read_request, verify_report
from lowback.publish.documents import asked_for

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
