"""The tables and figures of a report as a Word document, as journals want them in a manuscript.

Captions are Word's own, so that a manuscript can refer to them; tables have three lines, and heads that return on each page.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from lowback.checked_yaml import ConfigurationError
from lowback.publish.closing import Section
from lowback.publish.contents import Contents
from lowback.publish.pieces import NotSetError, Picture, Table, pieces, printable
from lowback.publish.word_table import table_xml

FONT = "Times New Roman"
TEXT_WIDTH_CM = 16.0
TALLEST_CM = 19.0


def require_docx() -> None:
    """Refuse with the way to install it where the library is absent; called before anything is run."""
    try:
        import docx  # noqa: F401
    except ImportError:
        raise ConfigurationError(
            "a Word document needs the package python-docx, which is not installed: pip install 'lowback[docx]'"
        ) from None


def write_word(path: Path, contents: Contents, closing: Sequence[Section] = ()) -> None:
    """Write every table of the report, those of `closing` last, then every figure; the same contents give the same bytes."""
    document = _sheet(contents)
    shown = [piece for page in contents.pages for piece in pieces(page.blocks)]
    shown += [piece for one in closing for piece in one.pieces]
    tables = [one for one in shown if isinstance(one, Table)]
    figures = [one for one in shown if isinstance(one, Picture)]
    document.add_heading(printable(contents.title), level=1)
    about = f"{contents.kind}: {contents.study.title}"
    document.add_paragraph(printable(about))
    document.add_paragraph(f"Tables and figures of the run of {contents.made}.")
    for table in tables:
        _add_table(document, table)
    for figure in figures:
        _add_figure(document, figure)
    buffer = BytesIO()
    document.save(buffer)
    path.write_bytes(_packed(buffer, contents))


def _sheet(contents: Contents) -> Any:
    """An empty document with the type, the margins and the properties of the report."""
    import docx
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt, RGBColor

    document = docx.Document()
    for name, size in (("Normal", 11), ("Heading 1", 15), ("Caption", 10)):
        style = document.styles[name]
        style.font.name, style.font.size = FONT, Pt(size)
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for kind in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(kind), None)
        fonts.set(qn("w:eastAsia"), FONT)
    document.styles["Caption"].font.bold = False
    language = document.styles.element.find(f".//{qn('w:rPrDefault')}//{qn('w:lang')}")
    language.set(qn("w:val"), "en-GB")
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm((21.0 - TEXT_WIDTH_CM) / 2)
    about, moment = document.core_properties, contents.started.replace(tzinfo=None)
    about.title, about.subject = printable(contents.title)[:255], printable(contents.study.title)[:255]
    about.author = about.last_modified_by = "lowback"
    about.created = about.modified = moment
    about.comments, about.language = "", "en-GB"
    return document


def _add_table(document: Any, table: Table) -> None:
    from docx.oxml import parse_xml
    from docx.shared import Pt

    _add_caption(document, "Table", table.caption, is_above=True)
    document.element.body.insert_element_before(parse_xml(table_xml(table)), "w:sectPr")
    for note in (*table.notes, *([f"Method: {table.method}"] if table.method else [])):
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(2)
        paragraph.add_run(printable(note)).font.size = Pt(8.5)
    document.add_paragraph()


def _add_figure(document: Any, picture: Picture) -> None:
    """A figure no larger than it was drawn, with its description for readers who do not see it."""
    from docx.image import exceptions
    from docx.shared import Cm

    figure = picture.figure
    width = min(figure.width / 96 * 2.54, TEXT_WIDTH_CM, TALLEST_CM * figure.width / figure.height)
    try:
        document.add_picture(BytesIO(figure.png), width=Cm(width))
    except (
        exceptions.InvalidImageStreamError,
        exceptions.UnexpectedEndOfFileError,
        exceptions.UnrecognizedImageError,
    ) as error:
        raise NotSetError(f"the figure {figure.name} is no whole picture") from error
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    about = document.inline_shapes[-1]._inline.docPr
    about.set("descr", printable(figure.alt))
    about.set("name", figure.name)
    _add_caption(document, "Figure", picture.caption)


def _add_caption(document: Any, what: str, words: str, *, is_above: bool = False) -> None:
    """A caption that Word numbers."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    paragraph = document.add_paragraph(style="Caption")
    paragraph.paragraph_format.keep_with_next = is_above
    paragraph.add_run(f"{what} ").bold = True
    number = OxmlElement("w:fldSimple")
    number.set(qn("w:instr"), f" SEQ {what} \\* ARABIC ")
    shown = OxmlElement("w:r")
    text = OxmlElement("w:t")
    before = document.element.body.iter(qn("w:fldSimple"))
    text.text = str(1 + sum(f"SEQ {what} " in one.get(qn("w:instr")) for one in before))
    shown.append(text)
    number.append(shown)
    paragraph._p.append(number)
    if words:
        paragraph.add_run(f". {printable(words)}")


def _packed(buffer: BytesIO, contents: Contents) -> bytes:
    """The document's files in one archive, in one order and with the moment of the run as the time of each."""
    moment = max(contents.started.timetuple()[:6], (1980, 1, 1, 0, 0, 0))
    packed = BytesIO()
    with zipfile.ZipFile(buffer) as given, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in given.namelist():
            entry = zipfile.ZipInfo(name, moment)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, given.read(name))
    return packed.getvalue()
