"""A table in the words of a Word document: three lines, heads that return on each page, rows that are not cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape

from lowback.publish.pieces import Line, Table, printable

NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
TEXT_WIDTH = 9072
"""Sixteen centimetres in twentieths of a point."""
WIDE = 7
"""Columns from which a table is set in smaller type."""
HEAVY, LIGHT = 8, 4
"""Width of lines in eighths of a point."""
WIDEST_FIRST, WIDEST, WIDEST_PROSE = 30, 18, 80
"""Letters of a cell from which its column grows no more."""


def table_xml(table: Table) -> str:
    """The table as WordprocessingML; every word of it is escaped."""
    count = max([len(table.columns), *(len(line.cells) for line in table.lines)])
    size = 15 if count > WIDE else 18
    widths = _widths(table, count)
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    lines = [Line(_filled(table.columns, count))] if any(table.columns) else []
    heads = len(lines)
    lines += [one if one.is_group else replace(one, cells=_filled(one.cells, count)) for one in table.lines]
    aligned = "left" if table.is_prose else "center"
    rows = [
        _row(line, widths, size, _edges(place, heads, len(lines)), place < heads, aligned)
        for place, line in enumerate(lines)
    ]
    look = '<w:tblLook w:val="0020" w:firstRow="1" w:firstColumn="1" w:noHBand="1" w:noVBand="1"/>'
    margins = '<w:tblCellMar><w:left w:w="40" w:type="dxa"/><w:right w:w="40" w:type="dxa"/></w:tblCellMar>'
    title = f'<w:tblCaption w:val="{_text(table.caption)}"/>'
    properties = (
        f'<w:tblW w:w="{TEXT_WIDTH}" w:type="dxa"/><w:tblLayout w:type="fixed"/>{margins}{look}{title}'
    )
    return f"<w:tbl {NAMESPACE}><w:tblPr>{properties}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"


def _edges(place: int, heads: int, count: int) -> dict[str, int]:
    """The lines of a row: over the first, under the heads, under the last."""
    edges = {"top": HEAVY} if place == 0 else {}
    if place + 1 in (heads, count):
        edges["bottom"] = HEAVY if place + 1 == count else LIGHT
    return edges


def _filled(cells: Sequence[str], count: int) -> tuple[str, ...]:
    return (*cells, *[""] * (count - len(cells)))


def _widths(table: Table, count: int) -> list[int]:
    """Each column's part of the page: by its longest cell, and no less than by the longest word of its head."""
    shares = []
    for place, head in enumerate(_filled(table.columns, count)):
        cells = [
            len(line.cells[place]) for line in table.lines if place < len(line.cells) and not line.is_group
        ]
        widest = WIDEST_PROSE if table.is_prose else WIDEST if place else WIDEST_FIRST
        longest = min(max(cells, default=0), widest)
        longest += 2 if table.is_prose else 0
        shares.append(max(5.0, longest, *(1.25 * len(word) for word in head.split() or [""])))
    return [round(TEXT_WIDTH * share / sum(shares)) for share in shares]


def _row(
    line: Line, widths: Sequence[int], size: int, edges: dict[str, int], is_head: bool, aligned: str
) -> str:
    """A row, its cells but the first `aligned` so; a group's name spans all columns."""
    kept = "<w:cantSplit/><w:tblHeader/>" if is_head else "<w:cantSplit/>"
    spans = [sum(widths)] if line.is_group else widths
    cells = (
        _cell(words, width, size, edges, line, place, is_head, len(widths), aligned if place else "left")
        for place, (words, width) in enumerate(zip(line.cells, spans, strict=False))
    )
    return f"<w:tr><w:trPr>{kept}</w:trPr>{''.join(cells)}</w:tr>"


def _cell(
    words: str,
    width: int,
    size: int,
    edges: dict[str, int],
    line: Line,
    place: int,
    is_head: bool,
    count: int,
    aligned: str,
) -> str:
    span = f'<w:gridSpan w:val="{count}"/>' if line.is_group else ""
    borders = "".join(
        f'<w:{edge} w:val="single" w:sz="{weight}" w:space="0" w:color="000000"/>'
        for edge, weight in edges.items()
    )
    borders = f"<w:tcBorders>{borders}</w:tcBorders>" if borders else ""
    bottom = '<w:vAlign w:val="bottom"/>' if is_head else ""
    is_strong = is_head or line.is_group
    keep = "<w:keepNext/>" if is_strong else ""
    indent = '<w:ind w:left="180"/>' if line.is_indented and place == 0 else ""
    shape = f'{keep}<w:spacing w:before="30" w:after="30"/>{indent}<w:jc w:val="{aligned}"/>'
    look = f'{"<w:b/>" if is_strong else ""}<w:sz w:val="{size}"/>'
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}{borders}{bottom}</w:tcPr><w:p><w:pPr>{shape}</w:pPr>'
        f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{_text(words)}</w:t></w:r></w:p></w:tc>'
    )


def _text(words: str) -> str:
    return escape(printable(words).replace("\n", " "))
