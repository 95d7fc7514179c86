from __future__ import annotations

import re
import sys

import pytest
from pypdf import PdfReader
from shown import contents_saying, folder_with_figures
from small_notebooks import STUDY

from lowback.checked_yaml import ConfigurationError
from lowback.publish.pdf import require_typst, write_pdf
from lowback.study import read_study

HOSTILE = [
    "#sys.inputs.report",
    '#read("/etc/passwd")',
    "#{panic(1)}",
    "$x^2$ *bold* _em_ `raw`",
    "<label> @ref = heading",
    "// gone /* gone */",
    "back\\slash \\u{41} \\",
    '"quoted" {json} [list]',
    '#import "@preview/x:0.1.0"',
    "https://example.org/#here",
    "<script>alert(1)</script>",
]


@pytest.fixture
def study(tmp_path):
    (tmp_path / "study.yml").write_text(STUDY, encoding="utf-8")
    return read_study(tmp_path / "study.yml")


def made(folder, words, study, **more):
    contents = contents_saying(words, study, **more)
    path = folder_with_figures(folder, contents) / "report.pdf"
    write_pdf(path, contents)
    return PdfReader(path)


def words_of(reader):
    return squeezed("".join(page.extract_text() for page in reader.pages))


def squeezed(text):
    return re.sub(r"\s|\u200b|\u00ad", "", text)


@pytest.mark.parametrize("words", HOSTILE)
def test_words_stand_as_they_are_and_are_never_read_as_markup(words, tmp_path, study):
    reader = made(tmp_path, words, study)
    # Title, question, answer, table, caption, note, parameter and file: markdown alone has a meaning of its own.
    assert words_of(reader).count(squeezed(words)) >= 8
    assert reader.metadata.title == words


def test_it_can_be_read_aloud_and_found(tmp_path, study):
    reader = made(tmp_path, "Pain", study)
    catalog = reader.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"] == "en"
    assert "/Outlines" in catalog
    tags = list(tagged(catalog["/StructTreeRoot"]))
    kinds = {kind for kind, _ in tags}
    assert {"/Table", "/TH", "/TD", "/Figure", "/Caption", "/H1", "/H2"} <= kinds
    assert [alt for kind, alt in tags if kind == "/Figure"] == ["Pain"]
    assert "pdfuaid:part" in reader.trailer["/Root"]["/Metadata"].get_data().decode()


def tagged(node):
    children = node.get("/K", [])
    for one in children if isinstance(children, list) else [children]:
        one = one.get_object()
        if isinstance(one, dict) and "/S" in one:
            yield one["/S"], one.get("/Alt")
            yield from tagged(one)


def test_heads_of_a_table_stand_on_every_page_that_it_runs_over(tmp_path, study):
    reader = made(tmp_path, "Zebra", study, lines=120)
    with_lines = [
        page.extract_text()
        for page in reader.pages
        if "Zebra 5" in page.extract_text() or "Zebra 11" in page.extract_text()
    ]
    assert len(with_lines) >= 2
    assert all("Arm" in text for text in with_lines)


def test_the_same_contents_give_the_same_bytes_and_bear_the_moment_of_the_run(tmp_path, study):
    made(tmp_path / "a", "Pain", study)
    reader = made(tmp_path / "b", "Pain", study)
    assert (tmp_path / "a" / "report.pdf").read_bytes() == (tmp_path / "b" / "report.pdf").read_bytes()
    assert reader.metadata.creation_date.isoformat() == "2026-11-22T00:32:00+00:00"
    assert reader.metadata.author == "lowback"


def test_its_fonts_are_inside_and_nothing_leads_out_of_it(tmp_path, study):
    reader = made(tmp_path, "Pain", study)
    content = (tmp_path / "report.pdf").read_bytes()
    assert b"/URI" not in content
    assert b"/JavaScript" not in content
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            descendant = font["/DescendantFonts"][0]["/FontDescriptor"]
            assert {"/FontFile2", "/FontFile3"} & set(descendant)


def test_letters_that_no_font_has_and_control_characters_are_shown_by_their_numbers(tmp_path, study):
    reader = made(tmp_path, "\u16b6\U000e0041 bell\x07", study)
    text = words_of(reader)
    assert "[U+E0041]" in text or "\U000e0041" in text
    assert "bell\\x07" in text


def test_words_and_printed_lines_that_no_line_holds_are_broken_at_the_margin(tmp_path, study):
    endless = "abcdefghij" * 30
    reader = made(tmp_path, endless, study)
    assert words_of(reader).count(endless) >= 8
    lines = [line for page in reader.pages for line in page.extract_text().splitlines()]
    assert max(len(word) for line in lines for word in line.split()) <= 130


def test_without_typst_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'lowback\[pdf\]'"):
        require_typst()


@pytest.mark.parametrize("words", ["\ufeffPain", "\rPain", "\nPain", "\r"])
def test_marks_of_byte_order_and_headings_of_nothing_do_not_stop_it(words, tmp_path, study):
    assert "Pain" in words_of(made(tmp_path, f"{words} Pain", study))
