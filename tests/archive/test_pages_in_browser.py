"""The index and the page of a comparison in a real browser: what they show, and that no name in them ever acts."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from tiny_reports import ANSWER, past, row, write_report

from lowback.archive.comparison import compare
from lowback.archive.diff_page import diff_page
from lowback.archive.index_page import write_index
from lowback.archive.reading import read_report

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
ROWS = ".shelf tbody tr:visible"
HOSTILE = (
    "<img src=x onerror=\"document.title='acted'\">",
    "</script><script>document.title='acted'</script>",
    "</style><script>document.title='acted'</script>",
    "\"><svg onload=document.title='acted'>",
    "' autofocus onfocus=document.title='acted' '",
    "javascript:document.title='acted'",
    "<a href=\"javascript:document.title='acted'\">click</a>",
    "<iframe src=\"data:text/html,<script>parent.document.title='acted'</script>\">",
    "{{ ''.__class__ }}{% raw %}",
    "<base href=https://example.org/><meta http-equiv=refresh content=0;url=https://example.org>",
    "<!--<script>",
    "|".join(["a", "'b'", '"c"']),
)


@contextmanager
def opened(browser, path, **options):
    """The page in a window of its own; afterwards nothing may have been asked for but the page, and nothing have acted."""
    context = browser.new_context(**options)
    window = context.new_page()
    asked, said = [], []
    window.on("request", lambda one: asked.append(one.url))
    window.on("console", lambda one: said.append(one.text))
    window.on("dialog", lambda one: (said.append(one.message), one.dismiss()))
    window.goto(path.as_uri())
    try:
        yield window
        assert asked == [path.as_uri()]
        assert said == []
    finally:
        context.close()


@pytest.fixture
def shelf(tmp_path):
    """Four reports of two sites: one fresh, one stale, one that failed, one that was never published."""
    history = [past("2026-11-02", -1.0), past("2026-11-09", -1.2), past("2026-11-16", -1.5)]
    told = {"newest_within_days": 7, "history": history}
    for name, value, day in (("leiden", "Leiden", "2026-11-20"), ("delft", "Delft", "2026-10-01")):
        write_report(tmp_path / "weekly" / name, title=f"Weekly: {value}", data_date=day,
                     edition={"for_each": "site", "value": value, "part": {}}, **told)  # fmt: skip
    write_report(tmp_path / "trial", data_date="2026-11-21", answers=[{**ANSWER, "verdict": "fails"}], **told)
    for name in ("trial", "other"):
        (tmp_path / f".{name}.failed").mkdir()
        record = {"kind": "PARTLY_FAILED", "when": "2026-11-21T06:00:00Z", "sentence": f"{name} went wrong"}
        (tmp_path / f".{name}.failed" / "failure.json").write_text(json.dumps(record), encoding="utf-8")
    write_index(tmp_path, NOW)
    return tmp_path / "index.html"


def titles(window):
    return window.locator(f"{ROWS} th").evaluate_all("found => found.map(one => one.innerText.split('\\n')[0])")  # fmt: skip


def test_search_and_filters_narrow_the_list_and_say_how_far(browser, shelf):
    with opened(browser, shelf) as window:
        assert window.locator(ROWS).count() == 4
        window.get_by_label("Search").fill("weekly DELFT")
        assert titles(window) == ["Weekly: Delft"]
        assert window.get_by_role("status").inner_text() == "1 of 4 shown"
        window.get_by_role("button", name="Clear").click()
        window.locator(".found:empty").wait_for(state="attached")
        assert window.locator(ROWS).count() == 4
        for label, choice, found in (
            ("Site", "Leiden", ["Weekly: Leiden"]),
            ("Verdict", "certificate: fails", ["A trial"]),
            ("State", "never published", ["other"]),
            ("Data", "stale", ["Weekly: Delft"]),
        ):
            window.get_by_label(label, exact=True).select_option(choice)
            assert titles(window) == found
            window.get_by_label(label, exact=True).select_option("")
        window.get_by_label("Search").fill("no such thing")
        assert window.get_by_role("status").inner_text() == "0 of 4 shown"


def test_without_script_the_whole_list_is_there(browser, shelf):
    with opened(browser, shelf, java_script_enabled=False) as window:
        assert window.locator(ROWS).count() == 4
        assert not window.locator(".finder").is_visible()


def test_the_keyboard_reaches_everything_in_the_order_of_reading(browser, shelf):
    with opened(browser, shelf) as window:
        reached = []
        for _ in range(10):
            window.keyboard.press("Tab")
            reached.append(window.evaluate("document.activeElement.innerText.split('\\n')[0] || document.activeElement.id"))  # fmt: skip
        assert reached[0] == "Skip to the reports"
        assert reached[1] == "words"
        assert reached[6] == "Clear"
        assert reached[7:] == titles(window)[1:] or set(reached[7:]) <= set(titles(window))
        window.get_by_label("Search").focus()
        window.keyboard.type("leiden")
        assert titles(window) == ["Weekly: Leiden"]


def test_a_reader_of_the_page_aloud_hears_what_each_picture_shows(browser, shelf):
    with opened(browser, shelf) as window:
        picture = window.get_by_role("img", name="stretching vs usual care: 3 runs").first
        assert "3 runs: from −1.00 (2026-11-02)" in picture.locator("desc").text_content()
        assert window.get_by_role("table").count() == 1
        assert window.get_by_role("search").count() == 1


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_axe_finds_nothing_serious_and_nothing_sticks_out(browser, shelf, tmp_path, scheme, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe is installed").Axe()
    comparison = tmp_path / "diff.html"
    rows = [row(estimate=-1.5, conf_low=-2.1, conf_high=-1.1), row(term="a new one")]
    later = write_report(tmp_path / "later", rows, seed=2)
    comparison.write_text(
        diff_page(compare(read_report(tmp_path / "trial"), read_report(later))), encoding="utf-8"
    )
    for path in (shelf, comparison):
        with opened(browser, path, color_scheme=scheme, viewport={"width": width, "height": 800}) as window:
            found = axe.run(window).response["violations"]
            bad = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]  # fmt: skip
            assert bad == []
            assert window.evaluate("document.documentElement.scrollWidth") <= width


def test_paper_has_no_search_box_and_every_row(browser, shelf):
    with opened(browser, shelf) as window:
        window.emulate_media(media="print")
        assert not window.locator(".finder").is_visible()
        assert window.locator(ROWS).count() == 4


def test_a_thousand_reports_open_and_narrow_quickly(browser, thousand):
    with opened(browser, thousand[0] / "index.html") as window:
        assert window.locator(".shelf tbody tr").count() == 1000
        seconds = window.evaluate("""() => {
            const words = document.querySelector('#words'), started = performance.now();
            words.value = 'site 77'; words.dispatchEvent(new Event('input', {bubbles: true}));
            document.body.offsetHeight;
            return (performance.now() - started) / 1000;
        }""")
        assert window.locator(ROWS).count() == 19  # 77, 177 to 977, 770 to 779
        assert seconds < 1
        opening = window.evaluate("performance.getEntriesByType('navigation')[0].domComplete")
        assert opening < 10_000


def hostile_report(folder, text, **manifest):
    rows = [row(analysis=text, estimand=text, term=text, unit=text)]
    history = [past(day, value, analysis=text, estimand=text, term=text, unit=text, data_date=text)
               for day, value in (("2026-11-09", -1.0), ("2026-11-16", -1.5))]  # fmt: skip
    answer = dict.fromkeys(ANSWER, text) | {"refused": False}
    told = {
        "title": text,
        "headline": text,
        "data_date": text,
        "started": text,
        "edition": {"for_each": text, "value": text, "part": {text: text}},
        "answers": [answer],
        "claims": {text: 1},
        "parameters": {text: {text: text}},
        "versions": {text: text},
        "study": {"estimands": [{"name": text, "smallest_worthwhile": 1.0}]},
        "inputs": [{"role": text, "path": text, "bytes": 1, "sha256": text}],
        **manifest,
    }
    return write_report(folder, rows, history=history, **told)


def test_no_name_in_the_index_ever_acts(browser, tmp_path):
    for number, text in enumerate(HOSTILE):
        hostile_report(tmp_path / f"r{number}", text)
        hostile_report(tmp_path / text.replace("/", "∕"), text)
        (tmp_path / f".r{number}.failed").mkdir()
        record = {"kind": text, "when": text, "sentence": text, "failures": []}
        (tmp_path / f".r{number}.failed" / "failure.json").write_text(json.dumps(record), encoding="utf-8")
    write_index(tmp_path, NOW)
    with opened(browser, tmp_path / "index.html") as window:
        acts_nowhere(window)
        assert window.locator(".shelf tbody tr").count() == 2 * len(HOSTILE)
        for text in HOSTILE:
            assert window.locator(".shelf th a").filter(has_text=text).count() >= 2
            window.get_by_label("Site").select_option(text)
            assert window.locator(ROWS).count() == 2
        acts_nowhere(window)


def test_no_name_in_a_comparison_ever_acts(browser, tmp_path):
    rows = [row(analysis=text, estimand=text, term=text, unit=text) for text in HOSTILE]
    names = {text: {text: text} for text in HOSTILE}
    files = [{"role": text, "path": text, "bytes": 1, "sha256": text} for text in HOSTILE]
    before = write_report(tmp_path / "before", rows, title=HOSTILE[1], data_date=HOSTILE[2])
    after = write_report(
        tmp_path / HOSTILE[0].replace("/", "∕"),
        [{**one, "estimate": "-1.5", "conf_high": "0.5", "conf_low": "-1.6"} for one in rows] + [row(term=text) for text in HOSTILE],
        title=HOSTILE[0], data_date=HOSTILE[3], started=HOSTILE[4], inputs=files, parameters=names, versions=dict.fromkeys(HOSTILE, "1"),
        sources=HOSTILE[5], commit={"hash": HOSTILE[6]}, study=names, edition=names,
    )  # fmt: skip
    path = tmp_path / "diff.html"
    path.write_text(diff_page(compare(read_report(before), read_report(after))), encoding="utf-8")
    with opened(browser, path) as window:
        acts_nowhere(window)
        shown = window.locator("main").inner_text()
        assert all(text in shown for text in HOSTILE)
        assert HOSTILE[0] in window.locator("h1").inner_text()


def acts_nowhere(window):
    """Nothing was executed, and there is no element that only a payload would have made."""
    assert window.title() != "acted"
    for element in ("img", "iframe", "base", "svg[onload]", "[onfocus]", "[onerror]", "a[href^=javascript]", "meta[http-equiv=refresh]"):  # fmt: skip
        assert window.locator(element).count() == 0, element
    assert window.locator("script").count() <= 1
