from __future__ import annotations

import base64
import hashlib
import itertools
import re
from html.parser import HTMLParser

import pytest
from small_notebooks import STUDY, code, markdown

from lowback.publish.contents import report_contents, unanswered
from lowback.publish.harvest import Answer, Figure, Harvest
from lowback.publish.notebooks import Notebook
from lowback.publish.page import write_page
from lowback.publish.parameters import read_parameters
from lowback.publish.request import PlannedRun, Request
from lowback.publish.wording import laid_out
from lowback.result import RESULT_MIME, Refusal, Result, estimates_frame
from lowback.study import read_study

NASTY = "<script>alert(1)</script> & \"quoted\" 'title' – 股関節"
VOID = {"meta", "img", "br", "link", "input", "hr"}
ANSWER = Answer("effect", "ancova", "pain at week 12", f"Fell? {NASTY}", f"By 1. {NASTY}", "98 people", False)
FIGURE = Figure("effect-course", f"Lines {NASTY}", b"\x89PNG", 640, 480)


class Page(HTMLParser):
    """Tags, ids, links and nesting of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.headings = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def table(caption):
    html = f'<table class="estimates"><caption>{caption}</caption><tbody><tr><th scope="row">a</th></tr></tbody></table>'
    return {"output_type": "display_data", "data": {RESULT_MIME: {}, "text/html": html}, "metadata": {}}


def foreign(html):
    data = {"text/html": html, "text/plain": f"plain {html}"}
    return {"output_type": "execute_result", "data": data, "metadata": {}}


@pytest.fixture
def study(tmp_path):
    (tmp_path / "study.yml").write_text(STUDY, encoding="utf-8")
    return read_study(tmp_path / "study.yml")


@pytest.fixture
def text(tmp_path, study):
    cells = [
        markdown(
            f"# Title\n\nProse {NASTY} ![x](https://example.org/a.png)\n\n## Tables\n\n## Tables\n\n| a | b |\n|---|---|\n| 1 | 2 |"
        ),
        code("mapping = 'x'", "parameters"),
        code("import this"),
        {**code("estimates_table(result)"), "outputs": [table("Adjusted &amp; more")]},
        {
            **code("frame"),
            "outputs": [
                foreign("<img src=https://example.org/x onerror=alert(1)>"),
                {"output_type": "stream", "name": "stderr", "text": "a <b>warning</b>"},
            ],
        },
        {
            **code("figure"),
            "outputs": [{"output_type": "display_data", "data": {"image/png": ""}, "metadata": {}}],
        },
    ]
    notebook = Notebook(
        tmp_path / "effect.ipynb",
        b"",
        tuple(cells),
        read_parameters("mapping = 'x'  # how <i>files</i> are read", ""),
    )
    planned = PlannedRun("effect", f"Effect {NASTY}", notebook, {})
    refusal = Refusal(
        "mixed", "over time", f"Over time? {NASTY}", f"no visit at week 8 {NASTY}", ("a visit",)
    )
    found = Harvest((refusal,), (ANSWER,), {("effect", 6, 0): FIGURE}, ())
    request = Request.model_validate(
        {"title": f"Report {NASTY}", "mapping": "m", "study": "s", "notebooks": ["effect"]}
    )
    provenance = {
        "inputs": [{"role": "data", "path": f"{NASTY}.csv", "sha256": "0" * 64}],
        "versions": {"python": "3.11"},
        "commit": {"hash": "a" * 40, "changed": True},
        "seed": 1,
        "started": "2026-11-22T00:32:00Z",
    }
    write_page(
        tmp_path / "report.html", report_contents(request, study, [(planned, cells)], found, provenance)
    )
    return (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_page_runs_no_script_and_loads_nothing_from_elsewhere(text):
    page = Page(text)
    assert not {"script", "link", "iframe", "object", "embed", "base"} & {tag for tag, _ in page.tags}
    assert all(one["src"].startswith("data:image/png;base64,") for one in page.all("img"))
    assert not re.search(r"@import|url\(", text)
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    policy = page.all("meta")[1]["content"]
    style = text[text.index("<style>") + 7 : text.index("</style>")]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert not [attrs for _, attrs in page.tags if "style" in attrs]


def test_names_and_prose_from_outside_are_shown_as_text(text):
    assert "<script" not in text
    assert "<b>warning" not in text
    assert "<i>files" not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 8


def test_only_our_own_exhibits_bring_html(text):
    assert '<table class="estimates"><caption>Adjusted &amp; more</caption>' in text
    assert "plain &lt;img src=https://example.org/x onerror=alert(1)&gt;" in text


def test_headings_go_down_one_level_at_a_time_from_one_title(text):
    levels = Page(text).headings
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below <= above + 1 for above, below in itertools.pairwise(levels))


def test_every_link_inside_the_page_leads_somewhere_and_no_name_stands_twice(text):
    page = Page(text)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    inside = {one["href"][1:] for one in page.all("a") if one["href"].startswith("#")}
    assert inside <= set(ids)
    assert {"summary", "effect", "provenance", "content", "effect-tables", "effect-tables-2"} <= inside


def test_the_page_can_be_read_without_eyes_or_mouse(text):
    page = Page(text)
    assert page.all("html") == [{"lang": "en"}]
    assert page.all("main")[0]["id"] == "content"
    assert [one["alt"] for one in page.all("img")] == [FIGURE.alt]
    boxes = [one for one in page.all("div") if one.get("class") == "scroll"]
    assert len(boxes) == len(page.all("table"))
    assert all(one["tabindex"] == "0" and one["aria-label"] for one in boxes)
    assert "Table: Adjusted & more" in [one["aria-label"] for one in boxes]


def test_right_after_a_figure_come_its_rows_or_the_word_that_it_has_none(text):
    after = text[text.index("</figure>") :]
    assert after.startswith('</figure>\n<details class="rows"><summary>This figure in words</summary>')
    assert "No estimates lie behind this figure." in after


def test_code_is_folded_away_and_what_showed_nothing_is_folded_together(text):
    page = Page(text)
    folded = [one for one in page.all("details") if one.get("class") == "code"]
    assert len(folded) == 3
    assert not any("open" in one for one in folded)


def test_the_summary_comes_first_with_what_could_not_be_answered(text):
    summary = text[text.index('id="summary"') : text.index('id="effect"')]
    assert "By 1." in summary
    assert "No visit at week 8 " in summary
    assert "pain at week 12" in summary


def test_a_declared_question_that_nothing_answered_is_listed(study):
    (one,) = unanswered(study, Harvest((), (), {}, ()))
    assert one.name == "pain at week 12"
    refusal = Refusal("ancova", "pain at week 12", "Did pain fall?", "no visit at week 12", ("a visit",))
    (one,) = unanswered(study, Harvest((refusal,), (), {}, ()))
    assert (one.name, one.reason, one.needs) == ("Did pain fall?", "No visit at week 12.", ("a visit",))


def test_a_report_of_plans_misses_no_answer(study):
    row = {"term": "power", "estimate": 0.8, "unit": "proportion", "n_participants": 60}
    plan = Result("planning", "A plan", "Which design?", estimates_frame([row]), "By 1.")
    assert unanswered(study, Harvest((plan,), (), {}, ())) == []
    other = Result("flow", "description", "Who?", estimates_frame([row]), "By 1.")
    assert [one.name for one in unanswered(study, Harvest((plan, other), (), {}, ()))] == ["pain at week 12"]


def test_several_analyses_that_refuse_for_one_reason_are_listed_once(study):
    refusals = tuple(
        Refusal(one, "pain at week 12", f"{one}?", "no comparator") for one in ("ancova", "mmrm")
    )
    (one,) = unanswered(study, Harvest(refusals, (), {}, ()))
    assert (one.name, one.reason) == ("ancova?", "No comparator.")


def test_a_long_answer_is_laid_out_by_clauses_without_changing_a_word():
    words = (
        "Stretching led to less pain than usual care: −0.8 points (95 % CI −1.3 to −0.2; t test); these data do not show a "
        "difference with yoga; they are compatible with −0.4 to 0.1. Of 2 comparisons, 1 found a difference; each is taken by itself."
    )
    found = laid_out(Answer("effect", "ancova", "e", "Fell?", words, "98 people; by least squares.", False))
    assert len(found.clauses) == 2
    assert found.clauses[0].endswith("(95\N{NO-BREAK SPACE}%\N{NO-BREAK SPACE}CI −1.3 to −0.2; t test).")
    assert found.clauses[1].endswith("a difference with yoga; they are compatible with −0.4 to 0.1.")
    assert found.remark == "Of 2 comparisons, 1 found a difference; each is taken by itself."
    assert (found.people, found.basis) == ("98 people", "By least squares.")


def test_sentences_that_each_hold_an_interval_are_listed_alike_and_what_follows_them_is_a_remark():
    words = (
        "Within people, more sitting went with less extension: −1.1 degrees (95 % CI −1.8 to −0.5); freed of error it cannot be told. "
        "Between people, more sitting went with less extension: −1.6 degrees (95 % CI −2.5 to −0.6). Either may be due to something else."
    )
    found = laid_out(Answer("links", "slopes", "e", "Sitting?", words, "", False))
    assert [one.split(",")[0] for one in found.clauses] == ["Within people", "Between people"]
    assert found.remark == "Either may be due to something else."


def test_a_short_answer_stays_one_sentence():
    words = "232 people in 4 arms; 193 came at week 12."
    assert laid_out(Answer("cohort", "flow", "", "Who?", words, "", False)).clauses == (words,)


@pytest.mark.parametrize(("declared", "entries"), [(4, 4), (5, 1)])
def test_many_estimands_that_nobody_asked_are_one_entry_that_names_them_all(tmp_path, declared, entries):
    names = [f"pain at week {place}" for place in range(declared)]
    lines = [
        f"  - {{name: {name}, summary: slope, outcome: pain_nrs, exposure: sitting_hours, per: 1}}"
        for name in names
    ]
    text = "\n".join(["title: A study", "design: cohort", "estimands:", *lines])
    (tmp_path / "study.yml").write_text(text, encoding="utf-8")
    found = unanswered(read_study(tmp_path / "study.yml"), Harvest((), (), {}, ()))
    assert len(found) == entries
    assert all(name in " ".join(f"{one.name} {one.reason}" for one in found) for name in names)
