"""A table as HTML and as plain text; the one place where the words of others are escaped."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from lowback.exhibit import Exhibit, exhibit_of
from lowback.result import Result


@dataclass(frozen=True)
class Row:
    """One line: what it is about and its cells; a line without cells heads the lines under it."""

    header: str
    cells: tuple[str, ...] = ()
    is_indented: bool = False


@dataclass(frozen=True)
class Table:
    """A table before it has a medium: caption, heads of the columns (the first stands over the rows' heads), lines, notes."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    def exhibit(self, result: Result) -> Exhibit:
        """The table beside the result that it was drawn from."""
        return exhibit_of(result, self.text(), {"text/html": self.html()})

    def html(self) -> str:
        """The table as HTML, all its words escaped."""
        heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in self.columns)
        body = "".join(self._html_row(row) for row in self.rows)
        notes = "".join(f'<p class="table-note">{escape(note)}</p>' for note in self.notes)
        return (
            f'<table class="estimates"><caption>{escape(self.caption)}</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>{notes}"
        )

    def text(self) -> str:
        """The table in columns of plain text."""
        indented = [("  " if row.is_indented else "") + row.header for row in self.rows]
        lines = [self.columns, *((head, *row.cells) for head, row in zip(indented, self.rows, strict=True))]
        widths = [
            max(len(line[place]) for line in lines if place < len(line)) for place in range(len(self.columns))
        ]
        padded = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=False)).rstrip()
            for line in lines
        ]
        return "\n".join([self.caption, *padded, *self.notes])

    def _html_row(self, row: Row) -> str:
        if not row.cells:
            span = len(self.columns)
            return f'<tr class="group"><th scope="colgroup" colspan="{span}">{escape(row.header)}</th></tr>'
        kind = ' class="level"' if row.is_indented else ""
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in row.cells)
        return f'<tr{kind}><th scope="row">{escape(row.header)}</th>{cells}</tr>'
