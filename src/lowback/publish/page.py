"""The report as one self-contained page: summary first, then each notebook, then how it was made."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from lowback.publish.cells import picture
from lowback.publish.contents import Contents
from lowback.publish.sparkline import picture_of

HERE = Path(__file__).parent
STYLES = ("report.css", "moved.css", "checklists.css")
SHOWN = (
    "title",
    "study",
    "findings",
    "unanswered",
    "pages",
    "titles",
    "parameters",
    "inputs",
    "smallest_count",
    "has_ledger",
    "made",
    "precision",
    "provenance",
    "kind",
)


def write_page(
    path: Path, contents: Contents, *, history: Any = None, checklists: Any = None, again: Any = None
) -> None:
    """Write report.html: no script, and no font, style or image that is not inside the file.

    `history`, `checklists` and `again` are what report_history.html, report_checklists.html and report_again.html show; a section
    that is given nothing is left out.
    """
    style = "\n".join((HERE / name).read_text(encoding="utf-8") for name in STYLES)
    page = _template().render(
        **{name: getattr(contents, name) for name in SHOWN},
        style=style,
        style_hash=_hash(style),
        history=history,
        checklists=checklists,
        again=again,
    )
    # Half a character, which JSON can hold and no file may, becomes a question mark.
    path.write_bytes(page.encode("utf-8", errors="replace"))


def _hash(text: str) -> str:
    """The text's hash as a content-security policy names it, so that no other style can be put in."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _template() -> Any:
    """The page's template, compiled once a process; the package's files do not change while it runs."""
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["picture"] = picture
    environment.filters["course"] = lambda moved, name: Markup(picture_of(moved, name))
    return environment.get_template("report.html")
