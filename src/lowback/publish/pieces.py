"""The blocks of a page as paragraphs, lists and tables without markup, for media that are not HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape

from lowback.publish.cells import Block
from lowback.publish.elements import Element, tree_of
from lowback.publish.harvest import Figure

STYLES = {"strong": "strong", "b": "strong", "em": "em", "code": "code", "span": "label"}
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]")


class NotSetError(ValueError):
    """A medium refuses what it is given, such as a picture that is none."""


@dataclass(frozen=True)
class Run:
    """Words of one look: plain, strong, em, code or label."""

    text: str
    style: str = ""


@dataclass(frozen=True)
class Heading:
    """A heading; 1 is a section of the report."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """Words; `kind` is the class that our exhibits give it, such as `table-note`."""

    runs: tuple[Run, ...]
    kind: str = ""


@dataclass(frozen=True)
class Listing:
    """A list, each item a paragraph."""

    items: tuple[tuple[Run, ...], ...]
    is_numbered: bool = False
    kind: str = ""


@dataclass(frozen=True)
class Line:
    """A line of a table; the first cell heads it, and a group's only cell heads the lines under it."""

    cells: tuple[str, ...]
    is_group: bool = False
    is_indented: bool = False


@dataclass(frozen=True)
class Table:
    """A table with what stands over and under it, and how its numbers were made where that is known.

    One that `is_prose` holds sentences, which are set to the left and given room.
    """

    caption: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    method: str = ""
    is_prose: bool = False


@dataclass(frozen=True)
class Printed:
    """Text as a program printed it."""

    text: str


@dataclass(frozen=True)
class Picture:
    """A figure with its description, and what it is about in a line."""

    figure: Figure
    caption: str = ""


@dataclass(frozen=True)
class Drawing:
    """A small picture made of lines, with what it shows in words and what it is about."""

    svg: str
    alt: str
    caption: str


Piece = Heading | Paragraph | Listing | Table | Printed | Picture | Drawing


def pieces(blocks: tuple[Block, ...]) -> list[Piece]:
    """What the blocks of a notebook show; without code, messages, and answers, which stand in the summary."""
    found: list[Piece] = []
    for block in blocks:
        if block.figure is not None:
            caption = block.rows.caption if block.rows else block.figure.alt.partition(". ")[0]
            found.append(Picture(block.figure, printable(caption)))
        elif block.kind == "text":
            found.append(Printed(printable(unescape(block.html))))
        elif block.kind in ("prose", "exhibit"):
            of_block = pieces_of(block.html)
            found += [
                replace(one, method=block.method) if isinstance(one, Table) else one for one in of_block
            ]
    return found


def pieces_of(html: str) -> list[Piece]:
    """Sanitised HTML as pieces; notes right after a table belong to it."""
    found: list[Piece] = []
    for piece in _pieces(tree_of(html)):
        last = found[-1] if found else None
        if isinstance(last, Table) and isinstance(piece, Paragraph) and piece.kind == "table-note":
            found[-1] = replace(last, notes=(*last.notes, text_of(piece.runs)))
        else:
            found.append(piece)
    return found


def text_of(runs: tuple[Run, ...]) -> str:
    """The words alone."""
    return "".join(run.text for run in runs)


def printable(text: str) -> str:
    """The text with characters that no document may hold, such as control characters, as their numbers; lines end in one way."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", lines)


def _pieces(element: Element, kind: str = "") -> Iterator[Piece]:
    """The pieces in an element; paragraphs and lists without a kind of their own have that of the exhibit around them."""
    for one in element.within:
        if isinstance(one, str):
            if one.strip():
                yield Paragraph((Run(_spaced(one).strip()),), kind)
        elif one.kind == "answer":
            continue
        elif re.fullmatch("h[1-6]", one.tag):
            # A heading of nothing is no place in a document.
            if heading := text_of(_runs(one)).strip():
                yield Heading(int(one.tag[1]) - 1, heading)
        elif one.tag in ("p", "dd"):
            yield Paragraph(_runs(one), one.kind or kind)
        elif one.tag == "dt":
            yield Paragraph(_runs(one), "term")
        elif one.tag in ("ul", "ol"):
            yield Listing(tuple(_runs(item) for item in one.all("li")), one.tag == "ol", kind)
        elif one.tag == "table":
            yield _table(one)
        elif one.tag == "pre":
            yield Printed(printable(_words(one)))
        else:
            yield from _pieces(one, one.kind or kind)


def _table(element: Element) -> Table:
    lines = [
        Line(
            tuple(text_of(_runs(cell)) for cell in row.all("th", "td")),
            is_group=row.kind == "group",
            is_indented=row.kind == "level",
        )
        for row in element.all("tr")
    ]
    heads = next((one.all("tr") for one in element.all("thead")), iter(()))
    columns = [tuple(text_of(_runs(cell)) for cell in row.all("th", "td")) for row in heads]
    captions = [text_of(_runs(one)) for one in element.all("caption")]
    return Table(captions[0] if captions else "", columns[0] if columns else (), tuple(lines[len(columns) :]))


def _runs(element: Element, style: str = "") -> tuple[Run, ...]:
    """The words in an element, their white space as HTML has it, neighbours of one look joined."""
    runs: list[Run] = []
    for text, look in _looks(element, style):
        if runs and runs[-1].style == look:
            runs[-1] = Run(runs[-1].text + text, look)
        else:
            runs.append(Run(text, look))
    if runs:
        runs[0] = Run(runs[0].text.lstrip(" "), runs[0].style)
        runs[-1] = Run(runs[-1].text.rstrip(" "), runs[-1].style)
    return tuple(run for run in runs if run.text)


def _looks(element: Element, style: str) -> Iterator[tuple[str, str]]:
    for one in element.within:
        if isinstance(one, str):
            yield _spaced(one), style
        elif one.tag == "br":
            yield " ", style
        else:
            yield from _looks(one, STYLES.get(one.tag, style))
            if one.tag in ("p", "li"):
                yield " ", style


def _spaced(text: str) -> str:
    return printable(re.sub(r"[ \t\n\f\r]+", " ", text))


def _words(element: Element) -> str:
    return "".join(one if isinstance(one, str) else _words(one) for one in element.within)
