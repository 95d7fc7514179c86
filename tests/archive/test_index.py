"""The page that lists every report, as a file; what a browser makes of it is tested beside this."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from tiny_reports import ANSWER, past, write_report

from lowback.archive import shelf as shelves
from lowback.archive.index_page import write_index
from lowback.archive.shelf import shelf
from lowback.checked_yaml import ConfigurationError

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)


def entries(folder):
    return {one.name: one for one in shelf(folder, TODAY)[0]}


def text_of(folder):
    write_index(folder, NOW)
    return (folder / "index.html").read_text(encoding="utf-8")


def test_reports_and_editions_are_found_wherever_they_lie(tmp_path):
    write_report(tmp_path / "trial")
    write_report(tmp_path / "sites" / "leiden", edition={"for_each": "site", "value": "Leiden"})
    (tmp_path / "sites" / ".new-leiden").mkdir()
    write_report(tmp_path / "sites" / ".leiden.new-0123", title="half built")
    found = entries(tmp_path)
    assert set(found) == {"trial", "sites/leiden"}
    assert found["sites/leiden"].value == "Leiden"
    assert found["sites/leiden"].link == "./sites/leiden/report.html"
    assert found["trial"].headline == "Pain fell by 1 point more."
    assert found["trial"].verdicts == (("holds", 1),)
    assert found["trial"].claims == (("supported", 2), ("cannot tell", 5))


@pytest.mark.parametrize(
    ("told", "freshness", "age"),
    [
        ({"data_date": "2026-11-15", "newest_within_days": 7}, "fresh", 7),
        ({"data_date": "2026-11-14", "newest_within_days": 7}, "stale", 8),
        ({"data_date": "2026-11-15"}, "not limited", 7),
        ({"data_date": "data 0123456789ab", "newest_within_days": 7}, "no date", None),
        ({"data_date": None, "newest_within_days": 7}, "no date", None),
    ],
)
def test_freshness_is_the_age_of_the_data_by_the_limit_of_the_request(tmp_path, told, freshness, age):
    write_report(tmp_path / "trial", **told)
    (one,) = entries(tmp_path).values()
    assert (one.freshness, one.age) == (freshness, age)
    assert one.needs_attention == (freshness == "stale")


def test_a_run_that_failed_stands_beside_the_report_that_stayed(tmp_path):
    write_report(tmp_path / "trial")
    for name, sentence in (("trial", "no visit at week 8"), ("other", "KeyError: <b>")):
        (tmp_path / f".{name}.failed").mkdir()
        record = {"kind": "PARTLY_FAILED", "code": 3, "when": "2026-11-21T06:00:00Z", "sentence": sentence}
        (tmp_path / f".{name}.failed" / "failure.json").write_text(json.dumps(record), encoding="utf-8")
    found = entries(tmp_path)
    assert (found["trial"].state, found["trial"].failure) == ("failed", "no visit at week 8")
    assert found["trial"].failed == "2026-11-21T06:00:00Z"
    assert (found["other"].state, found["other"].link) == ("never published", "")


def test_a_damaged_report_is_listed_as_one(tmp_path):
    for name in ("cut", "gone", "grown", "no-manifest", "odd"):
        write_report(tmp_path / name)
    (tmp_path / "cut" / "manifest.json").write_text('{"kind": "lowback rep', encoding="utf-8")
    (tmp_path / "gone" / "report.html").unlink()
    (tmp_path / "grown" / "report.html").write_text("more than there was, and other", encoding="utf-8")
    (tmp_path / "no-manifest" / "manifest.json").unlink()
    odd = {"kind": "lowback report", "answers": 7, "outputs": 8, "edition": "x"}
    (tmp_path / "odd" / "manifest.json").write_text(json.dumps(odd), encoding="utf-8")
    found = entries(tmp_path)
    assert {name: one.state for name, one in found.items()} == dict.fromkeys(("cut", "gone", "grown", "odd"), "damaged")  # fmt: skip
    assert found["gone"].failure == "report.html is missing"
    assert "4 need attention" in text_of(tmp_path)


def test_those_that_need_attention_come_first(tmp_path):
    for name in ("a", "b", "c"):
        write_report(tmp_path / name)
    (tmp_path / ".c.failed").mkdir()
    assert list(entries(tmp_path)) == ["c", "a", "b"]


def test_the_course_of_the_first_answer_is_drawn(tmp_path):
    history = [past("2026-11-02", -1.0), past("2026-11-09", -1.2), past("2026-11-16", -1.5)]
    write_report(tmp_path / "trial", history=history)
    write_report(tmp_path / "first", history=history[:1])
    described = {**ANSWER, "analysis": "flow", "estimand": "description", "verdict": ""}
    write_report(tmp_path / "described", history=history, answers=[described, ANSWER])
    write_report(tmp_path / "mute", history=history, answers=[{**ANSWER, "refused": True}])
    found = entries(tmp_path)
    assert [one.estimate for one in found["trial"].course.points] == [-1.0, -1.2, -1.5]
    assert found["first"].course is None
    assert found["described"].course.analysis == "ancova"
    assert found["mute"].course is None
    assert found["mute"].refused == 1


def test_of_a_long_history_the_end_is_read(tmp_path, monkeypatch):
    history = [past(f"{year}-01-01", -1.0 - year / 1e4) for year in range(1900, 2026)]
    write_report(tmp_path / "trial", history=history)
    monkeypatch.setattr(shelves, "TAIL", 1000)
    course = entries(tmp_path)["trial"].course
    assert 2 < len(course.points) < 12
    assert course.points[-1].day == "2025-01-01"


def test_the_page_is_one_file_that_allows_its_own_style_and_script_alone(tmp_path):
    write_report(tmp_path / "trial")
    page = text_of(tmp_path)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', page)[1]
    for text in (script, style):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", page)
    assert " style=" not in page
    assert " onclick" not in page


def test_a_link_stays_a_link_to_the_report_whatever_the_folder_is_called(tmp_path):
    for name in ("javascript:alert(1)", "a b#c?d%e", '"><img src=x>', "股"):
        write_report(tmp_path / name)
    links = re.findall(r'<th scope="row"><a href="(.*?)"', text_of(tmp_path))
    assert len(links) == 4
    assert all(re.fullmatch(r"\./[A-Za-z0-9%._~-]+/report\.html", link) for link in links), links


def test_an_index_is_written_over_and_nothing_else_is(tmp_path):
    assert "No report has been published here yet" in text_of(tmp_path)
    write_report(tmp_path / "trial")
    assert "1 report" in text_of(tmp_path)
    (tmp_path / "index.html").write_text("my own home page", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="is no page of lowback and would be lost"):
        write_index(tmp_path)
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == "my own home page"
    assert {one.name for one in tmp_path.iterdir()} - {".index.html.lock"} == {"trial", "index.html"}


def test_a_link_in_the_place_of_the_index_is_not_followed(tmp_path):
    (tmp_path / "other.html").write_text("", encoding="utf-8")
    (tmp_path / "index.html").symlink_to(tmp_path / "other.html")
    with pytest.raises(ConfigurationError, match="is no file that a page could replace"):
        write_index(tmp_path)


def test_a_report_is_not_spoilt_by_an_index_inside_it(tmp_path):
    folder = write_report(tmp_path / "trial")
    for place in (folder, folder / "figures"):
        place.mkdir(exist_ok=True)
        with pytest.raises(ConfigurationError, match="which an index would spoil"):
            write_index(place)


def test_many_that_write_at_once_leave_one_whole_page(tmp_path):
    for number in range(5):
        write_report(tmp_path / f"r{number}")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: write_index(tmp_path, NOW), range(16)))
    assert (tmp_path / "index.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert {one.name for one in tmp_path.iterdir() if one.is_file()} - {".index.html.lock"} == {"index.html"}


def test_what_a_killed_writer_left_is_cleared_up(tmp_path):
    (tmp_path / ".index.html.abc123.new").write_text("half a pa", encoding="utf-8")
    write_index(tmp_path, NOW)
    assert not (tmp_path / ".index.html.abc123.new").exists()


def test_a_circle_of_links_and_an_endless_tree_end(tmp_path, monkeypatch):
    write_report(tmp_path / "trial")
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert set(entries(tmp_path)) == {"trial"}
    for number in range(30):
        (tmp_path / f"empty{number:02d}").mkdir()
    monkeypatch.setattr(shelves, "MOST_FOLDERS", 10)
    assert not shelf(tmp_path, TODAY)[1]
    assert "too many folders" in text_of(tmp_path)


def test_a_thousand_reports_stay_under_three_megabytes_and_some_seconds(thousand):
    folder, seconds = thousand
    assert (folder / "index.html").stat().st_size < 3_000_000
    assert seconds < 8
    assert shelf(folder, TODAY)[0][0].course is not None


@pytest.mark.parametrize(
    ("audiences", "said"),
    [
        (("public", "public"), '<time datetime="2026-11">November 2026</time>'),
        (
            ("public", "private"),
            '<time datetime="2026-11-22T08:00:00+00:00">22 November 2026, 08:00 UTC</time>',
        ),
    ],
)
def test_an_index_of_public_reports_alone_tells_its_moment_to_the_month(tmp_path, audiences, said):
    for number, audience in enumerate(audiences):
        write_report(tmp_path / f"trial-{number}", audience=audience)
    assert said in text_of(tmp_path)
