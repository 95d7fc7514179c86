"""The report as a reader meets it in a browser: from disk, by keyboard, in the dark, on paper, on a phone, read aloud."""

from __future__ import annotations

import io
import itertools
import unicodedata
from contextlib import contextmanager
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from pypdf import PdfReader
from shown import contents_of, contents_saying, displayed
from small_notebooks import STUDY, code, markdown

from lowback import figures, tables
from lowback.publish.page import write_page
from lowback.sentences import answer
from lowback.study import read_study
from showing import results

ARMS = ("usual care", "hip-flexor stretching", "both")
LONG_QUESTION = "Did pain at the front of the hip fall more in one arm than in another, given baseline and every later visit?"
ATTACKS = [
    "<script>fetch('https://evil.example/1')</script>",
    "<img src=https://evil.example/2 onerror=alert(2)>",
    "</title></style></textarea><script>alert(3)</script>",
    "'\"><svg onload=alert(4)>",
    "![x](https://evil.example/5) [y](javascript:alert(5)) <https://evil.example/>",
    "<iframe srcdoc='<script>alert(6)</script>'></iframe>",
    "<style>@import 'https://evil.example/7'; body { background: url(https://evil.example/7) }</style>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/8'>",
    "{{ 7 * 7 }} {% raw %} {# x #}",
    "<a href='javascript:alert(9)' autofocus onfocus=alert(9)>x</a>",
]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    (folder / "study.yml").write_text(STUDY, encoding="utf-8")
    return read_study(folder / "study.yml")


@pytest.fixture(scope="module")
def page_file(tmp_path_factory, study):
    effects, flow = results.effects(ARMS), results.flow(ARMS)
    exhibits = [
        figures.effect_figure(effects),
        figures.flow_figure(flow),
        tables.estimates_table(effects),
        tables.estimates_table(replace(effects, question=LONG_QUESTION)),
        tables.method_note(effects),
        answer(effects),
        tables.estimates_table(results.REFUSAL),
    ]
    cells = [
        markdown(
            "# Did pain fall?\n\nRead the *interval* first.\n\n## Figures and tables\n\nMore [here](https://example.org)."
        ),
        code("mapping = 'x'  # how the files are read", "parameters"),
        {**code("show(result)"), "outputs": [*map(displayed, exhibits), *printed()]},
        markdown("## Another part\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |"),
    ]
    file = tmp_path_factory.mktemp("report") / "report.html"
    write_page(file, contents_of(cells, "Did pain fall?", study))
    return file


def printed():
    return [
        {"output_type": "stream", "name": name, "text": "a long line " * 40} for name in ("stdout", "stderr")
    ]


@contextmanager
def opened(browser, file, **settings):
    """The page, with every request it made and everything that the browser complained of."""
    context = browser.new_context(**settings)
    page = context.new_page()
    page.asked, page.complaints = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda said: page.complaints.append(said.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("dialog", lambda dialog: (page.complaints.append(dialog.message), dialog.dismiss()))
    page.goto(file.as_uri())
    try:
        yield page
    finally:
        context.close()


def test_it_opens_from_disk_asks_for_nothing_and_nothing_is_complained_of(browser, page_file):
    with opened(browser, page_file) as page:
        assert page.title() == "Did pain fall?"
        assert [one for one in page.asked if not one.startswith("data:")] == [page_file.as_uri()]
        assert page.complaints == []
        shown = page.eval_on_selector_all("img", "all => all.map(one => one.naturalWidth)")
        assert len(shown) == 2
        assert all(shown)


def test_the_policy_stops_scripts_and_requests_that_were_put_in(browser, page_file):
    with opened(browser, page_file) as page:
        page.evaluate(
            "() => { const one = new Image(); one.src = 'https://evil.example/x'; document.body.append(one);"
            " const two = document.createElement('script'); two.textContent = 'window.ran = 1'; document.body.append(two); }"
        )
        page.wait_for_timeout(100)
        assert page.evaluate("window.ran") is None
        assert sum("Content Security Policy" in one for one in page.complaints) == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(browser, page_file, scheme):
    with opened(browser, page_file, color_scheme=scheme, bypass_csp=True) as page:
        page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")
        found = Axe().run(page).response["violations"]
        serious = [one for one in found if one["impact"] in ("serious", "critical")]
        assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in serious] == []


def test_axe_would_notice_a_fault(browser, tmp_path):
    (tmp_path / "bad.html").write_text(
        "<html><img src='data:,'><p style='color:#ccc;background:#ddd'>faint", encoding="utf-8"
    )
    with opened(browser, tmp_path / "bad.html") as page:
        names = {one["id"] for one in Axe().run(page).response["violations"]}
        assert {"image-alt", "html-has-lang", "color-contrast"} <= names


def test_the_numbers_behind_a_figure_open_by_keyboard(browser, page_file):
    with opened(browser, page_file) as page:
        summary = page.locator("figure + details.rows > summary").first
        table = page.locator("figure + details.rows table").first
        assert not table.is_visible()
        page.locator("figure").first.focus()
        page.keyboard.press("Tab")
        assert summary.evaluate("one => one === document.activeElement")
        assert summary.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        assert table.is_visible()
        assert table.locator("caption").inner_text() == "Did pain fall more? (pain at week 12)"
        assert table.locator("tbody tr").count() == 2
        assert table.locator("thead th[scope=col]").all_inner_texts()[0] == "What"


def test_the_first_key_leads_past_the_contents(browser, page_file):
    with opened(browser, page_file, viewport={"width": 1280, "height": 800}) as page:
        page.keyboard.press("Tab")
        link = page.locator("a.skip")
        assert link.evaluate("one => one === document.activeElement")
        assert link.bounding_box()["x"] >= 0
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"


def test_the_page_does_not_scroll_sideways_on_a_phone(browser, page_file):
    with opened(browser, page_file) as page:
        page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")
        for width in (320, 360, 768):
            page.set_viewport_size({"width": width, "height": 740})
            assert page.evaluate("document.scrollingElement.scrollWidth") <= width


def test_what_a_table_is_about_can_be_read_on_a_phone_without_scrolling_sideways(browser, page_file):
    with opened(browser, page_file, viewport={"width": 360, "height": 740}) as page:
        page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")
        right = "all => all.map(one => { const r = document.createRange(); r.selectNodeContents(one); return r.getBoundingClientRect().right })"
        found = page.eval_on_selector_all(".scroll caption", right)
        assert found
        assert max(found) <= 360


def test_the_dark_scheme_is_dark_and_motion_can_be_reduced(browser, page_file):
    with opened(browser, page_file, color_scheme="dark", reduced_motion="reduce") as page:
        shade = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert max(int(one) for one in shade.strip("rgb()").split(",")) < 64
        assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_on_paper_everything_is_unfolded_and_nothing_is_cut(browser, page_file):
    with opened(browser, page_file, color_scheme="dark") as page:
        pdf = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
        page.emulate_media(media="print")
        text = " ".join(unicodedata.normalize("NFKC", one.extract_text()) for one in pdf.pages)
        text = " ".join(text.split())
        assert "Numbers behind this figure" in text
        assert "95 % from" in text
        assert "RESTS ON" in text.upper()
        assert "Intervals are exact." in text
        assert "Skip to the report" not in text
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 35, 38)"
        wide = page.eval_on_selector_all(
            ".scroll", "all => all.filter(one => getComputedStyle(one).overflowX != 'visible').length"
        )
        assert wide == 0


def test_headings_go_down_one_level_at_a_time_and_landmarks_have_names(browser, page_file):
    with opened(browser, page_file) as page:
        levels = page.eval_on_selector_all(
            "h1,h2,h3,h4,h5,h6", "all => all.map(one => Number(one.tagName[1]))"
        )
        assert levels[0] == 1
        assert all(below <= above + 1 for above, below in itertools.pairwise(levels))
        for landmark in ("header", "main", "footer", "nav[aria-label]"):
            assert page.locator(landmark).count() >= 1


def test_hostile_words_stay_words(browser, tmp_path, study):
    words = " ".join(ATTACKS)
    write_page(tmp_path / "report.html", contents_saying(words, study))
    with opened(browser, tmp_path / "report.html") as page:
        page.wait_for_timeout(100)
        assert [one for one in page.asked if not one.startswith(("data:", "file:"))] == []
        assert page.complaints == []
        assert page.url == (tmp_path / "report.html").as_uri()
        assert page.title() == words
        assert page.locator("h1").inner_text().split() == words.split()
