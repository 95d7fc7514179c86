"""PDF and Word documents are searched as a reader sees them: glyphs read as letters, words across runs put together."""

from __future__ import annotations

import io
import json
import random
import re
import zlib
from pathlib import Path

import pytest
from canaries import found_in, identifiers, typed

from lowback.disclosure import Private
from lowback.disclosure.pdf_text import words_of_pdf
from lowback.publish.public import leaks_in

WHO = identifiers(120, random.Random(9))
SAID = typed(20, random.Random(10))
PRIVATE = Private(frozenset(WHO), frozenset(SAID))
MANY = 10_000_000


def pdf(words: str, **places: str) -> bytes:
    """A page as the compiler of our reports sets it, with words in its text, a table, a description and its title."""
    typst = pytest.importorskip("typst", reason="the compiler of PDF files is not installed")
    said = {"text": words, "cell": words, "alt": words, "title": words} | places
    source = """#let said = json(bytes(sys.inputs.said))
#set document(title: said.title)
Seen: #said.text. *Bold,* and more.
#table(columns: (3cm, 3cm), [a], [#said.cell])
#figure(alt: said.alt, caption: [A line], rect())
"""
    return bytes(typst.compile(source.encode(), format="pdf", sys_inputs={"said": json.dumps(said)}))


def leaks(folder: Path, name: str, content: bytes) -> list[str]:
    (folder / name).write_bytes(content)
    return [str(one) for one in leaks_in(folder, PRIVATE)]


@pytest.mark.parametrize(
    ("words", "place"),
    [
        *((one, "text") for one in WHO[:6]),
        (WHO[0], "cell"),
        (SAID[0], "cell"),
        (SAID[0], "alt"),
        (WHO[3], "title"),
    ],
)
def test_a_canary_is_found_wherever_a_pdf_tells_it(words, place, tmp_path):
    silent = {"text": "nobody", "cell": "nobody", "alt": "A box", "title": "A page"}
    content = pdf("nobody", **{**silent, place: words})
    assert place in ("alt", "title") or words.encode() not in content
    (told,) = leaks(tmp_path, "report.pdf", content)
    assert place in ("alt", "title") or found_in(tmp_path, {"canaries": [words]})
    assert told.startswith("report: report.pdf tells who somebody is")
    assert words not in told


def test_a_pdf_without_canaries_is_no_leak(tmp_path):
    assert leaks(tmp_path, "report.pdf", pdf("Pain fell by 1.2 points (95 % CI -2.0 to -0.4; n = 155)")) == []


def test_the_words_of_a_pdf_are_those_that_another_reader_finds():
    pypdf = pytest.importorskip("pypdf", reason="a second reader of PDF files is not installed")
    content = pdf("Pain fell – Überschuss of “fine” offices, 3.4 ± 0.2, at week 12 of 50 " * 30)

    def squeezed(text: str) -> str:
        return re.sub(r"\s|\u200b|\u00ad", "", text)

    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    ours = squeezed("".join(words_of_pdf(content, MANY)))
    assert all(squeezed(page.extract_text()) in ours for page in pages)


def test_maps_of_ranges_plain_fonts_and_damaged_streams_are_read():
    def stream(number: int, text: bytes, packed: bool = True) -> bytes:
        said = zlib.compress(text) if packed else text
        return b"%d 0 obj <<%s>> stream\n%s\nendstream endobj\n" % (
            number,
            b"/Filter/FlateDecode" * packed,
            said,
        )

    maps = b"beginbfrange <0001> <0003> <0051> <0004> <0005> [<0041> <00660069>] endbfrange"
    page = b"BT /f0 9 Tf <00010002> Tj [(\\000\\003) -20 <0004>] TJ (\\000\\005) ' /f1 9 Tf (plain \\(x\\)) Tj ET"
    objects = [
        b"%PDF-1.7\n1 0 obj <</Resources<</Font<</f0 2 0 R/f1 3 0 R>>>>>> endobj\n2 0 obj <</ToUnicode 4 0 R>> endobj\n",
        b"3 0 obj <</Type/Font>> endobj\n",
        stream(4, maps),
        stream(5, page, packed=False),
        b"6 0 obj <</Filter/FlateDecode>> stream\nnot packed\nendstream endobj\n7 0 obj <</Alt(\\376\\377\\000P)>> endobj\n",
    ]
    found = list(words_of_pdf(b"".join(objects), MANY))
    assert found == ["QR SA fi plain (x)", "QRSAfiplain (x)", "P"]


@pytest.mark.parametrize("runs", [(WHO[0],), (WHO[1][:2], WHO[1][2:]), (SAID[1][:9], SAID[1][9:])])
def test_a_canary_is_found_in_a_word_document_also_across_runs(runs, tmp_path):
    docx = pytest.importorskip("docx", reason="the writer of Word documents is not installed")
    document, kept = docx.Document(), io.BytesIO()
    paragraph = document.add_table(1, 1).cell(0, 0).paragraphs[0]
    paragraph.add_run("seen: ")
    for number, run in enumerate(runs):
        paragraph.add_run(run).bold = bool(number)
    paragraph.add_run(".")
    document.save(kept)
    (told,) = leaks(tmp_path, "report.docx", kept.getvalue())
    assert "".join(runs) not in told
    assert found_in(tmp_path, {"canaries": ["".join(runs)]})


def test_numbers_in_cells_beside_each_other_are_not_one_number():
    private = Private(frozenset({"1234567"}))
    assert not private.stands_in("<table><tr><td>123</td><td>4567</td></tr></table>")
    assert private.stands_in("<p>see <b>123</b>4567 here</p>")
    cells = (
        "<w:tc><w:p><w:r><w:t>123</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>4567</w:t></w:r></w:p></w:tc>"
    )
    assert not private.stands_in(f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>")
