"""The cells of an executed notebook as blocks of a page; only our own exhibits may bring HTML."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from lowback.publish.figure_rows import FigureRows, figure_rows
from lowback.publish.harvest import Figure, Harvest
from lowback.publish.notebooks import numbered, source_of
from lowback.publish.request import slug
from lowback.publish.sanitised import boxed_tables, sanitised
from lowback.result import ANSWER_MIME, OWN_MIMES, RESULT_MIME

HEADING = re.compile(r"<(/?)h([1-6])\b")
LONGEST_TEXT = 100_000
"""Characters of a printed text that the page shows; the notebook beside it holds the whole."""


@dataclass(frozen=True)
class Block:
    """One piece of a page: prose, code, table, exhibit, figure, text or message; `html` is ready to be inserted."""

    kind: str
    html: str = ""
    label: str = ""
    figure: Figure | None = None
    rows: FigureRows | None = None
    source: str = ""
    method: str = ""


AS_ABOVE = "Not answered, for the reason given above."
AGAIN = Block("exhibit", f'<p class="note">{AS_ABOVE}</p>')
"""What stands where figures and tables would that a refusal leaves without numbers."""


@dataclass(frozen=True)
class Heading:
    """An entry of the table of contents."""

    anchor: str
    text: str


@dataclass(frozen=True)
class NotebookPage:
    """One notebook as a part of the report."""

    name: str
    title: str
    blocks: tuple[Block, ...]
    headings: tuple[Heading, ...]


def notebook_page(name: str, title: str, cells: list[dict[str, Any]], found: Harvest) -> NotebookPage:
    """The notebook in its own order, its code folded, its first heading replaced by the title."""
    blocks: list[Block] = []
    headings: list[Heading] = []
    told: set[str] = set()
    opened = False
    for number, cell in numbered(cells):
        if cell["cell_type"] == "markdown":
            source = source_of(cell)
            html = prose(source if opened else _without_title(source), name, headings)
            opened = opened or source.lstrip().startswith("# ")
            blocks += [Block("prose", html)] if html else []
        elif cell["cell_type"] == "code" and source_of(cell).strip():
            _add_code(blocks, source_of(cell))
            for position, output in enumerate(cell.get("outputs", [])):
                again = _refused_again(output, told)
                if again is not None:
                    _say_again(blocks, again)
                else:
                    blocks += _shown(output, found.figures.get((name, number, position)))
    return NotebookPage(name, title, tuple(map(_coloured, _levelled(blocks))), tuple(headings))


def _refused_again(output: Mapping[str, Any], told: set[str]) -> Block | None:
    """What stands in the place of a refusal for a reason that this page has given in full; a reason that is new is kept."""
    data = output.get("data", {})
    payload, answer = data.get(RESULT_MIME), data.get(ANSWER_MIME)
    if not isinstance(payload, Mapping) or payload.get("kind") != "refusal":
        return None
    reason = str(payload.get("reason", ""))
    if reason not in told:
        told.add(reason)
        return None
    if not isinstance(answer, Mapping):
        return AGAIN
    question = f'<p class="question">{escape(str(answer.get("question", "")))}</p>'
    return Block("exhibit", f'<div class="answer">{question}<p class="answer-text">{AS_ABOVE}</p></div>')


def _say_again(blocks: list[Block], again: Block) -> None:
    """A refusal in short; one in the place of several notes on end, after the code of them all."""
    if len(blocks) > 1 and blocks[-1].kind == "code" and blocks[-2] == again == AGAIN:
        code = blocks.pop()
        blocks.pop()
        _add_code(blocks, code.source)
    if not blocks or blocks[-1] != again:
        blocks.append(again)


def prose(source: str, prefix: str, headings: list[Heading]) -> str:
    """Markdown as HTML one heading level down, with anchors; raw HTML and pictures from elsewhere stay text."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    tokens = reader.parse(source)
    taken = {one.anchor for one in headings}
    for position, token in enumerate(tokens):
        if token.type in ("heading_open", "heading_close"):
            level = min(int(token.tag[1]) + 1, 6)
            token.tag = f"h{level}"
            if token.type == "heading_open":
                text = tokens[position + 1].content.replace("*", "").replace("`", "")
                anchor = _free(f"{prefix}-{slug(text)}", taken)
                taken.add(anchor)
                token.attrSet("id", anchor)
                if level == 3:
                    headings.append(Heading(anchor, text))
    html = str(reader.renderer.render(tokens, reader.options, {}))
    return boxed_tables(html).strip()


@lru_cache(maxsize=1024)
def highlighted(source: str) -> str:
    """Python source as HTML with classes for its colours; the editions of a run share it."""
    return str(highlight(source, PythonLexer(), HtmlFormatter(nowrap=True)))


def picture(figure: Figure) -> str:
    """The figure's image as an address that holds the image itself."""
    return "data:image/png;base64," + base64.b64encode(figure.png).decode()


def _coloured(block: Block) -> Block:
    """The block, of code with its colours: once what belongs together has been put together."""
    return replace(block, html=highlighted(block.source)) if block.kind == "code" else block


def _levelled(blocks: list[Block]) -> Iterator[Block]:
    """The blocks with no level of headings left out on the way down from the notebook's title, which is of level 2."""
    last = 2

    def level(found: re.Match[str]) -> str:
        nonlocal last
        if not found[1]:
            last = min(int(found[2]), last + 1)
        return f"<{found[1]}h{last}"

    for block in blocks:
        is_html = block.kind in ("prose", "exhibit")
        yield replace(block, html=HEADING.sub(level, block.html)) if is_html else block


def _without_title(source: str) -> str:
    lines = source.lstrip().split("\n")
    return "\n".join(lines[1:]) if lines[0].startswith("# ") else source


def _add_code(blocks: list[Block], source: str) -> None:
    """Fold the code in, together with code right before it that showed nothing."""
    if blocks and blocks[-1].kind == "code":
        source = f"{blocks.pop().source}\n\n{source}"
    lines = source.count("\n") + 1
    blocks.append(Block("code", label=f"{lines} lines" if lines > 1 else "1 line", source=source))


def _shown(output: Mapping[str, Any], figure: Figure | None) -> list[Block]:
    """What an output shows: a described figure, an exhibit of ours, or else its plain text."""
    if output["output_type"] == "stream":
        kind = "message" if output["name"] == "stderr" else "text"
        return _text_block(_joined(output["text"]), kind)
    data = output.get("data", {})
    if figure is not None:
        return [Block("figure", figure=figure, rows=figure_rows(data))]
    if "text/html" in data and any(mime in data for mime in OWN_MIMES):
        html = boxed_tables(sanitised(_joined(data["text/html"])))
        return [Block("exhibit", html, method=_method(data.get(RESULT_MIME)))]
    return _text_block(_joined(data.get("text/plain", "")), "text")


def _method(payload: Any) -> str:
    """How the numbers of a result were made."""
    return str(payload.get("method", "")) if isinstance(payload, Mapping) else ""


def _text_block(text: str, kind: str) -> list[Block]:
    shown = text.rstrip()
    if len(shown) > LONGEST_TEXT:
        more = len(shown) - LONGEST_TEXT
        shown = f"{shown[:LONGEST_TEXT]}\n[{more} characters more stand in the executed notebook]"
    return [Block(kind, escape(shown))] if shown.strip() else []


def _free(wanted: str, taken: set[str]) -> str:
    anchor, again = wanted, 1
    while anchor in taken:
        again += 1
        anchor = f"{wanted}-{again}"
    return anchor


def _joined(text: Any) -> str:
    return text if isinstance(text, str) else "".join(text)
