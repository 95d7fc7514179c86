"""What a report is besides a page, when it is asked for: a PDF, a Word document."""

from __future__ import annotations

from pathlib import Path

from lowback.publish import pdf, word
from lowback.publish.contents import Contents
from lowback.publish.request import Request


def require_writers(request: Request) -> None:
    """Refuse, before anything is run, a medium whose package is not installed."""
    if request.pdf:
        pdf.require_typst()
    if request.docx:
        word.require_docx()


def write_documents(folder: Path, request: Request, contents: Contents) -> None:
    """Write what the request asks for beside the page; the figures must stand there already."""
    if request.pdf:
        pdf.write_pdf(folder / pdf.NAME, contents)
    if request.docx:
        word.write_word(folder / word.NAME, contents)
