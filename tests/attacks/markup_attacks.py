"""Puts payloads into every text of a report, an index, a comparison, a PDF, a Word document, tables and a terminal, and looks at what became of them."""

from __future__ import annotations

import io
import re
import shutil
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

TESTS = Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / "publish"), str(TESTS / "archive")]

import tiny_reports  # noqa: E402
from csv_attacks import WRITTEN, broken_csv  # noqa: E402
from shown import contents_of, contents_saying, folder_with_figures, png  # noqa: E402
from small_notebooks import STUDY, code, markdown  # noqa: E402

from lowback.archive.comparison import compare  # noqa: E402
from lowback.archive.diff_page import diff_page  # noqa: E402
from lowback.archive.index_page import write_index  # noqa: E402
from lowback.archive.reading import read_report  # noqa: E402
from lowback.commands.shown import Screen  # noqa: E402
from lowback.printed.outcome import print_outcome, print_problems  # noqa: E402
from lowback.publish.page import write_page  # noqa: E402
from lowback.publish.pdf import write_pdf  # noqa: E402
from lowback.publish.word import write_word  # noqa: E402
from lowback.result import ANSWER_MIME, RESULT_MIME  # noqa: E402
from lowback.study import Study, read_study  # noqa: E402

HARMLESS = "plain words"
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
SHAPE = """() => {
  const all = [...document.querySelectorAll('*')];
  return {
    hit: window.hit ?? null,
    tags: all.map(one => one.tagName.toLowerCase()),
    attributes: [...new Set(all.flatMap(one => [...one.attributes].map(a => `${one.tagName.toLowerCase()} ${a.name}`)))],
    addresses: all.flatMap(one => ['href', 'src', 'xlink:href', 'action', 'data', 'srcset'].map(n => one.getAttribute(n))).filter(a => a !== null),
  };
}"""
OF_PROSE = {"a", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "hr", "br", "p", "h2", "h3", "h4", "h5", "h6", "dl", "dt", "dd",
            "table", "thead", "tbody", "tr", "th", "td", "div", "span", "article", "details", "summary", "section", "caption"}  # fmt: skip
"""Tags that words alone may bring: Markdown makes them, and sentences are laid out by their stops."""
ATTRIBUTES_OF_PROSE = {
    "a href",
    "a title",
    "ol start",
    "code class",
    "h2 id",
    "h3 id",
    "h4 id",
    "h5 id",
    "h6 id",
    "th style",
    "td style",
}
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def study_saying(folder: Path, words: str) -> Study:
    """A study with these words in each of its texts."""
    (folder / "study.yml").write_text(STUDY, encoding="utf-8")
    plain = read_study(folder / "study.yml")
    estimands = tuple(one.model_copy(update={"name": words}) for one in plain.estimands)
    return plain.model_copy(update={"title": words, "estimands": estimands, "arms": (words, "usual care")})


def report_page(words: str, path: Path) -> None:
    """A report with the words in every text that a person or a notebook can fill."""
    contents = contents_saying(words, study_saying(path.parent, words))
    forged = contents_of(
        [markdown(f"# Forged\n\n{words}"), {**code("show()"), "outputs": _forged(words)}],
        words,
        contents.study,
    )
    write_page(path, replace(contents, pages=(*contents.pages, *forged.pages)))


def _forged(words: str) -> list[dict[str, Any]]:
    """Outputs that bring the words as HTML of ours, of theirs, as pictures, as errors and as programs."""
    table = f'<table class="estimates"><caption>{words}</caption><tbody><tr><th scope="row">{words}</th><td>{words}</td></tr></tbody></table>'
    result = {
        "kind": "refusal",
        "analysis": "mixed",
        "estimand": words,
        "question": words,
        "reason": words,
        "needs": [words],
    }
    said = {
        "question": words,
        "answer": words,
        "basis": words,
        "analysis": "mixed",
        "estimand": words,
        "refused": True,
    }
    kinds: list[dict[str, Any]] = [
        {"text/html": words, "text/plain": words},
        {RESULT_MIME: result, "text/html": words},
        {RESULT_MIME: result, "text/html": table},
        {ANSWER_MIME: said, RESULT_MIME: result, "text/html": f'<div class="answer">{words}</div>'},
        {
            "text/markdown": words,
            "text/latex": words,
            "application/javascript": words,
            "image/svg+xml": words,
            "text/plain": words,
        },
        {"application/vnd.jupyter.widget-view+json": {"model_id": words}, "text/plain": words},
    ]
    shown = [{"output_type": "display_data", "data": one, "metadata": {}} for one in kinds]
    shown.append(
        {
            "output_type": "execute_result",
            "execution_count": 1,
            "data": {"text/html": words},
            "metadata": {"x": words},
        }
    )
    return shown


def index_of(words: str, path: Path) -> None:
    """An index of a report whose manifest says the words wherever it has any."""
    place = path.parent / "shelf"
    answer = {**tiny_reports.ANSWER, "question": words, "answer": words, "verdict": words, "estimand": words}
    row = tiny_reports.row(term=_on_one_row(words), estimand=_on_one_row(words), unit=_on_one_row(words))
    manifest: dict[str, Any] = {
        "title": words, "headline": words, "answers": [answer], "claims": {words: 2}, "data_date": words,
        "edition": {"for_each": "site", "value": words}, "parameters": {words: {words: words}},
    }  # fmt: skip
    shutil.rmtree(place, ignore_errors=True)
    tiny_reports.write_report(place / "one", [row], **manifest)
    tiny_reports.write_report(place / _as_folder(words), **{**manifest, "data_date": "2026-11-15"})
    write_index(place, NOW)
    (place / "index.html").replace(path)


def _as_folder(words: str) -> str:
    """The words as the name of a folder, as far as there can be one."""
    name = (
        words.replace("/", "\u2215")
        .replace("\0", "")
        .encode("utf-8", "replace")[:200]
        .decode("utf-8", "ignore")
    )
    return name if name.strip(".") else "dots"


def _on_one_row(words: str) -> str:
    """The words as publishing writes them into a table of numbers."""
    return words.replace("\r", " ")


def comparison_of(words: str, path: Path) -> None:
    """A comparison of two reports that differ in everything, each time by the words."""
    words = _on_one_row(words)
    places = [path.parent / "before", path.parent / "after"]
    for number, place in enumerate(places):
        shutil.rmtree(place, ignore_errors=True)
        rows = [
            tiny_reports.row(term=words, unit=words, estimate=-1.0 - number / 2),
            tiny_reports.row(term=f"{words} {number}", estimand=words),
        ]
        inputs = [tiny_reports.data_file(str(number), words)]
        told = {
            "title": words,
            "inputs": inputs,
            "parameters": {words: {words: f"{words}{number}"}},
            "versions": {words: f"{words}{number}"},
        }
        tiny_reports.write_report(place, rows, **told)
    path.write_text(
        diff_page(compare(read_report(places[0]), read_report(places[1]))), encoding="utf-8", errors="replace"
    )


PAGES: dict[str, Callable[[str, Path], None]] = {
    "report.html": report_page,
    "index.html": index_of,
    "diff page": comparison_of,
}


@contextmanager
def looked_at(browser: Any) -> Iterator[Callable[[Path], dict[str, Any]]]:
    """Opens pages in one tab, every request but for the page itself stopped and noted."""
    context = browser.new_context()
    tab = context.new_page()
    asked: list[str] = []
    dialogs: list[str] = []
    now: list[str] = [""]

    def route(one: Any) -> None:
        if one.request.url == now[0] or one.request.url.startswith("data:"):
            one.continue_()
        else:
            asked.append(one.request.url)
            one.abort()

    def dialog(one: Any) -> None:
        dialogs.append(one.message)
        one.dismiss()

    context.route("**/*", route)
    tab.on("dialog", dialog)

    def look(path: Path) -> dict[str, Any]:
        asked.clear()
        dialogs.clear()
        now[0] = path.as_uri()
        tab.goto(now[0])
        found = tab.evaluate(SHAPE)
        return {**found, "asked": list(asked), "dialogs": list(dialogs), "at": tab.url}

    try:
        yield look
    finally:
        context.close()


def broken_page(found: dict[str, Any], plain: dict[str, Any], path: Path) -> str:
    """What is wrong with a page, compared with that of harmless words; empty where nothing is."""
    if found["hit"] is not None or found["dialogs"]:
        return "executed"
    if found["asked"] or found["at"] != path.as_uri():
        return f"made a request: {found['asked'][:2] or found['at']}"
    more = Counter(found["tags"]) - Counter(plain["tags"])
    strange = sorted(set(more) - OF_PROSE)
    if strange:
        return f"brought tags: {strange}"
    extra = sorted(set(found["attributes"]) - set(plain["attributes"]) - ATTRIBUTES_OF_PROSE)
    if extra:
        return f"brought attributes: {extra}"
    for one in found["addresses"]:
        if re.match(r"\s*(javascript|vbscript|data:(?!image/png))", CONTROL.sub("", one), re.IGNORECASE):
            return f"brought the address {one[:60]}"
    return ""


STREAM = re.compile(rb"((?:(?!\bobj\b).)*?)stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


def broken_pdf(words: str, folder: Path) -> str:
    """What is wrong with the PDF: anything that acts or links out of it."""
    contents = contents_saying(words, study_saying(folder, words))
    path = folder_with_figures(folder, contents) / "report.pdf"
    write_pdf(path, contents)
    said = structure_of(path.read_bytes())
    found = [
        one
        for one in (
            b"/JavaScript",
            b"/JS",
            b"/Launch",
            b"/URI",
            b"/EmbeddedFile",
            b"/SubmitForm",
            b"/OpenAction",
        )
        if re.search(one + rb"\b", said)
    ]
    return f"acts: {found}" if found else ""


def structure_of(pdf: bytes) -> bytes:
    """The objects of a PDF, those packed in streams too, without what is drawn: among compressed pictures any name comes up by chance."""
    packed = [zlib.decompress(one[2]) for one in STREAM.finditer(pdf) if b"/ObjStm" in one[1]]
    return b"\n".join([STREAM.sub(rb"\1", pdf), *packed])


def broken_word(words: str, folder: Path) -> str:
    """What is wrong with the Word document: XML that is none, fields, programs, or addresses outside."""
    contents = contents_saying(words, study_saying(folder, words))
    path = folder_with_figures(folder, contents) / "report.docx"
    write_word(path, contents)
    with zipfile.ZipFile(path) as packed:
        for name in packed.namelist():
            content = packed.read(name)
            if name.endswith((".xml", ".rels")):
                root = ElementTree.fromstring(content)
                if any(one.get("TargetMode") == "External" for one in root.iter()):
                    return f"{name} points outside"
                fields = [one.text or "" for one in root.iter() if one.tag.endswith("}instrText")]
                fields += [
                    one.get(key) or "" for one in root.iter() for key in one.attrib if key.endswith("}instr")
                ]
                if any(re.match(r"\s*(HYPERLINK|INCLUDE|DDE|IMPORT)", one) for one in fields):
                    return f"{name} has the field {fields}"
            if "vba" in name.lower() or name.endswith(".bin"):
                return f"holds {name}"
    return ""


def broken_terminal(words: str, folder: Path) -> str:
    """What is wrong with what a terminal is sent: escapes that are not ours, or marks taken for colours and links."""
    from types import SimpleNamespace

    place = folder / "said"
    screen = io.StringIO()
    console = Screen(file=screen, force_terminal=True, width=10_000, color_system="standard")
    for answers in ([], [{**tiny_reports.ANSWER, "question": words, "answer": words}]):
        shutil.rmtree(place, ignore_errors=True)
        rows = [tiny_reports.row(term=words, unit=words, estimand=words)]
        tiny_reports.write_report(place, rows, answers=answers)
        print_outcome(console, SimpleNamespace(folder=place, unchanged=False))
    print_problems(console, [words])
    sent = COLOURS.sub("", screen.getvalue())
    strange = [repr(one) for one in CONTROL.findall(sent) if one != "\r" or "\r" in words]
    if strange:
        return f"sends {sorted(set(strange))[:3]}"
    if "[" in words and words.isprintable() and words not in sent:
        return "took brackets for marks"
    return ""


FILES: dict[str, Callable[[str, Path], str]] = {
    "report.pdf": broken_pdf,
    "report.docx": broken_word,
    **{name: broken_csv(name) for name in WRITTEN},
    "terminal": broken_terminal,
}
assert png
