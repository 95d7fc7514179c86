from __future__ import annotations

import re
import sys
import zipfile

import docx
import pytest
from docx.oxml.ns import qn
from shown import contents_saying
from small_notebooks import STUDY

from lowback.checked_yaml import ConfigurationError
from lowback.publish.word import require_docx, write_word
from lowback.study import read_study

HOSTILE = [
    '=HYPERLINK("https://example.org","x")',
    "<w:p/></w:t><script>alert(1)</script>",
    "]]> & &amp; &lt; \" '",
    "{ INCLUDETEXT /etc/passwd }",
    "@SUM(A1) +1 -1",
    "股関節 \u202eeman",
]


@pytest.fixture
def study(tmp_path):
    (tmp_path / "study.yml").write_text(STUDY, encoding="utf-8")
    return read_study(tmp_path / "study.yml")


def made(folder, words, study, **more):
    folder.mkdir(exist_ok=True)
    path = folder / "report.docx"
    write_word(path, contents_saying(words, study, **more))
    return docx.Document(path)


def said(paragraph):
    return "".join(one.text for one in paragraph.iter(qn("w:t")))


@pytest.mark.parametrize("words", HOSTILE)
def test_words_stand_as_they_are_and_nothing_leads_out(words, tmp_path, study):
    document = made(tmp_path, words, study)
    assert document.paragraphs[0].text == words
    head, first, second = document.tables[1].rows
    assert [cell.text for cell in head.cells] == ["Arm", words]
    assert [cell.text for cell in first.cells] == [f"{words} 0", words]
    assert second.cells[0].text == f"{words} 1"
    assert document.core_properties.title == words
    with zipfile.ZipFile(tmp_path / "report.docx") as archive:
        files = {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}
    assert not any('TargetMode="External"' in text for text in files.values())
    fields = re.findall(r'w:instr="([^"]*)"|<w:instrText', files["word/document.xml"])
    assert set(fields) == {" SEQ Table \\* ARABIC ", " SEQ Figure \\* ARABIC "}


def test_a_table_has_a_numbered_caption_heads_that_return_three_lines_and_its_method(tmp_path, study):
    document = made(tmp_path, "Pain", study)
    table = document.tables[1]._tbl
    caption, note, method = table.getprevious(), table.getnext(), table.getnext().getnext()
    assert said(caption) == "Table 2. Pain"
    assert said(note) == "Pain"
    assert said(method) == "Method: Pain"
    rows = table.findall(qn("w:tr"))
    assert [bool(row.findall(f".//{qn('w:tblHeader')}")) for row in rows] == [True, False, False]
    assert all(row.findall(f".//{qn('w:cantSplit')}") for row in rows)
    lines = [{one.tag for edges in row.iter(qn("w:tcBorders")) for one in edges} for row in rows]
    assert lines == [{qn("w:top"), qn("w:bottom")}, set(), {qn("w:bottom")}]


def test_a_figure_has_its_description(tmp_path, study):
    document = made(tmp_path, "Pain", study)
    (shape,) = document.inline_shapes
    assert shape._inline.docPr.get("descr") == "Pain"
    assert "Figure 1. Pain (pain at week 12)" in [said(one._p) for one in document.paragraphs]


def test_the_same_contents_give_the_same_bytes_and_bear_the_moment_of_the_run(tmp_path, study):
    document = made(tmp_path / "a", "Pain", study)
    made(tmp_path / "b", "Pain", study)
    assert (tmp_path / "a" / "report.docx").read_bytes() == (tmp_path / "b" / "report.docx").read_bytes()
    about = document.core_properties
    assert about.created.isoformat()[:19] == about.modified.isoformat()[:19] == "2026-11-22T00:32:00"
    assert (about.author, about.last_modified_by) == ("lowback", "lowback")
    with zipfile.ZipFile(tmp_path / "a" / "report.docx") as archive:
        assert {one.date_time for one in archive.infolist()} == {(2026, 11, 22, 0, 32, 0)}


def test_control_characters_are_shown_by_their_numbers(tmp_path, study):
    assert made(tmp_path, "bell\x07 \x1b[0m", study).paragraphs[0].text == "bell\\x07 \\x1b[0m"


def test_without_python_docx_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'lowback\[docx\]'"):
        require_docx()
