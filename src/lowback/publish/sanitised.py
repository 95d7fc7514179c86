"""HTML that a notebook shows, reduced to what our own exhibits are made of; anything else keeps its words at most."""

from __future__ import annotations

import re
from html import escape, unescape

import nh3

CLASSES = {
    "div": {"answer", "method", "ledger"},
    "p": {"question", "answer-text", "basis", "refusal", "note", "table-note"},
    "table": {"estimates"},
    "tr": {"group", "level"},
    "span": {"label"},
    "dd": {"table-note"},
    "dl": {"supported", "contradicted", "too-small-to-matter", "cannot-tell", "not-tested"},
}
TAGS = {*CLASSES, "caption", "thead", "tbody", "th", "td", "strong", "ul", "li", "dt", "h4"}
SILENT = {"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title", "textarea"}
"""Tags that go with all that they hold, which was never meant to be read."""
ATTRIBUTES = {**{tag: {"class"} for tag in CLASSES}, "th": {"scope", "colspan"}}
SCOPES = {"col", "row", "colgroup", "rowgroup"}
WIDEST_SPAN = 100
CAPTION = re.compile(r"<caption[^>]*>(.*?)</caption>", re.DOTALL)
TAG = re.compile(r"<[^>]+>")


def sanitised(html: str) -> str:
    """The HTML with our exhibits' tags, classes and scopes alone: no address, no style, no name, no script.

    Anybody's notebook may claim to show an exhibit of ours, so that its HTML is not trusted for the claim.
    """
    return nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=SILENT,
        attributes=ATTRIBUTES,
        attribute_filter=_allowed,
        link_rel=None,
        url_schemes=set(),
    )


def boxed_tables(html: str) -> str:
    """Every outermost table in a box of its own that scrolls on narrow screens and can be reached by keyboard."""
    parts, depth, start = [], 0, 0
    for found in re.finditer(r"<table\b|</table>", html):
        opens = found.group() != "</table>"
        if opens and depth == 0:
            parts.append(html[start : found.start()])
            start = found.start()
        depth = max(0, depth + (1 if opens else -1))
        if not opens and depth == 0:
            parts.append(_box(html[start : found.end()]))
            start = found.end()
    return "".join([*parts, html[start:]])


def _allowed(tag: str, attribute: str, value: str) -> str | None:
    """The value where our exhibits use it there, nothing elsewhere."""
    if attribute == "class":
        return value if value in CLASSES[tag] else None
    if attribute == "scope":
        return value if value in SCOPES else None
    return value if value.isascii() and value.isdigit() and int(value[:4]) <= WIDEST_SPAN else None


def _box(table: str) -> str:
    caption = CAPTION.search(table)
    words = unescape(TAG.sub("", caption.group(1))).strip() if caption else ""
    label = f"Table: {words}" if words else "Table"
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(label)}">{table}</div>'
