"""What a report is besides a page, when it is asked for: a PDF, a Word document."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from lowback.publish.closing import closing_sections
from lowback.publish.contents import Contents
from lowback.publish.failure import Failure
from lowback.publish.pdf import require_typst, write_pdf
from lowback.publish.pieces import NotSetError
from lowback.publish.request import Request
from lowback.publish.word import require_docx, write_word


def asked_for(request: Request, media: Collection[str] = ()) -> Request:
    """The request with the media, "pdf" or "docx", that a caller adds.

    Refused, before anything is run, where the package for one is absent.
    """
    asked = request.model_copy(update=dict.fromkeys(media, True))
    if asked.pdf:
        require_typst()
    if asked.docx:
        require_docx()
    return asked


def write_documents(folder: Path, request: Request, contents: Contents) -> list[Failure]:
    """Write what the request asks for beside the page; figures, checklists and history must stand there already."""
    if not (request.pdf or request.docx):
        return []
    closing = closing_sections(folder, contents)
    media = {"pdf": ("PDF", write_pdf), "docx": ("Word document", write_word)}
    failures = []
    for ending, (name, write) in media.items():
        if getattr(request, ending):
            try:
                write(folder / f"report.{ending}", contents, closing)
            except NotSetError as error:
                failures.append(Failure("", None, f"the {name} could not be set: {error}"))
    return failures
