"""Reports made again: what a manifest is taken at its word for, and one report over three weeks of data."""

from __future__ import annotations

import csv
import json

import pytest
from small_study import raise_pain, small_study
from tiny_reports import data_file, write_report
from typer.testing import CliRunner

from lowback.__main__ import app
from lowback.archive.reading import NotWholeError
from lowback.archive.replay import edition, other_inputs, recipe, vanished
from lowback.checked_yaml import ConfigurationError
from lowback.publish import read_request, verify_report


def ran(*arguments, ends=0):
    found = CliRunner().invoke(app, [str(one) for one in arguments])
    assert found.exit_code == ends, (found.output, found.exception)
    return found.output


@pytest.fixture
def desk(tmp_path):
    small_study(tmp_path)
    return tmp_path


def test_request_and_data_are_found_from_the_report(desk):
    folder = write_report(desk / "small", request_file="../small.yml", data_folder="data")
    found = recipe(folder / "manifest.json")
    assert (found.request, found.data) == (desk / "small.yml", desk / "data")
    write_report(desk / "elsewhere" / "small", request_file="small.yml", data_folder="")
    with pytest.raises(ConfigurationError, match=r"small\.yml: no such file; name the report's request"):
        recipe(desk / "elsewhere" / "small")
    named = recipe(desk / "elsewhere" / "small", desk / "small.yml", desk / "data")
    assert (named.request, named.data) == (desk / "small.yml", desk / "data")


def test_a_folder_of_data_that_is_gone_is_named(desk):
    folder = write_report(desk / "small", request_file="../small.yml", data_folder="weekly")
    with pytest.raises(ConfigurationError, match=r"weekly: no such folder; .*--data FOLDER"):
        recipe(folder)


def test_a_report_of_an_earlier_version_lies_beside_its_request(desk):
    folder = write_report(desk / "small", inputs=[data_file(path="small.yml", role="request")])
    assert recipe(folder).request == desk / "small.yml"


def test_the_request_of_a_public_report_has_to_be_named(desk):
    folder = write_report(desk / "small", audience="public", data_folder="")
    with pytest.raises(ConfigurationError, match="for the public does not tell where its request lies"):
        recipe(folder)
    assert recipe(folder, desk / "small.yml").request == desk / "small.yml"


def test_a_damaged_report_is_no_recipe(desk):
    folder = write_report(desk / "small", request_file="../small.yml")
    (folder / "estimates.csv").write_text("x", encoding="utf-8")
    with pytest.raises(NotWholeError, match="estimates.csv has changed"):
        recipe(folder)


def test_files_that_vanished_are_named_before_anything_runs(desk):
    files = [data_file(path="data/study.yml", role="study"), data_file(path="data/gone.yml", role="mapping")]
    folder = write_report(desk / "small", request_file="../small.yml", inputs=files)
    assert vanished(recipe(folder)) == ["data/gone.yml"]
    assert "data/gone.yml is gone" in ran("replay", folder, ends=5)


def test_an_edition_is_made_again_as_that_edition(tmp_path):
    request = small_study(tmp_path, "for_each: site\n")
    told = {"for_each": "site", "value": "Den Haag", "slug": "den-haag", "part": {"site_id": "Den Haag"}}
    folder = write_report(tmp_path / "small" / "den-haag", request_file="../../small.yml", edition=told)
    found = edition(recipe(folder), read_request(request))
    assert (found.name, dict(found.part), found.data) == (
        "small/den-haag",
        {"site_id": "Den Haag"},
        None,
    )


def test_an_edition_of_a_request_that_is_a_whole_now_is_refused(desk):
    told = {"for_each": "site", "value": "Den Haag", "slug": "den-haag", "part": {"site_id": "Den Haag"}}
    folder = write_report(desk / "small" / "den-haag", request_file="../../small.yml", edition=told)
    with pytest.raises(NotWholeError, match="no longer expands"):
        edition(recipe(folder), read_request(desk / "small.yml"))


def test_data_in_another_folder_are_the_same_data(desk):
    folder = write_report(desk / "small", request_file="../small.yml", inputs=[data_file(path="data/visits.csv")])  # fmt: skip
    found = recipe(folder)
    assert other_inputs(found, [data_file(path="/mnt/copy/visits.csv")]) == []
    (one,) = other_inputs(found, [data_file("other", path="/mnt/copy/visits.csv")])
    assert one.kind == "data"
    assert one.said[0].startswith("visits.csv changed")
    certificate = data_file(path="small.certificate.json", role="certificate")
    assert other_inputs(found, [data_file(path="data/visits.csv"), certificate]) == []


def test_files_of_a_public_report_are_known_by_role_and_order(desk):
    shown = [{**data_file(text), "path": f"data {number}"} for number, text in enumerate("ab", 1)]
    folder = write_report(desk / "small", request_file="../small.yml", inputs=shown, audience="public")
    found = recipe(folder)
    now = [data_file("a", path="x.csv"), data_file("b", path="y.csv")]
    assert other_inputs(found, now) == []
    (one,) = other_inputs(found, [now[0], data_file("c", path="y.csv")])
    assert one.said[0].startswith("data 2 changed")


def test_weeks_of_a_report_are_told_apart_and_made_again(desk, monkeypatch):
    # A source file that somebody saves meanwhile would be one more reason.
    monkeypatch.setattr("lowback.publish.ingredients.sources_hash", lambda: "0" * 64)
    report = desk / "small"
    ran("report", desk / "small.yml")
    assert verify_report(report) == []
    manifest = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["headline"] == "Some pain."
    assert manifest["answers"] == [
        {
            "question": "How much pain?",
            "answer": "Some pain. It varies.",
            "analysis": "visit_means",
            "estimand": "back pain at week 12",
            "verdict": "not certified",
            "refused": False,
        }
    ]
    page = (report / "report.html").read_text(encoding="utf-8")
    assert "lowback replay manifest.json" in page
    assert "This is the first run" in page
    assert "The same to the last bit: all statistics (1)." in ran("replay", report / "manifest.json")

    raise_pain(desk)
    refused = ran("replay", report, ends=5)
    assert "data: data/visits.csv changed" in refused
    # By hand: one point more in one of the visits with a score.
    with (desk / "data" / "visits.csv").open(encoding="utf-8") as file:
        scores = [float(one["pain_nrs"]) for one in csv.DictReader(file) if one["pain_nrs"]]
    ran("report", desk / "small.yml")
    found = json.loads(ran("diff", report, "--previous", "--json", "--exit-code", ends=1))
    (changed,) = found["differences"]
    assert changed["after"]["estimate"] == pytest.approx(sum(scores) / len(scores))
    assert changed["change"] == pytest.approx(1 / len(scores))
    assert [one["kind"] for one in found["why"]] == ["data"]
    page = (report / "report.html").read_text(encoding="utf-8")
    assert page.count('<svg class="moved"') == 1
    assert "2 runs" in page

    history = (report / "history.csv").read_bytes()
    ran("report", desk / "small.yml", "--force")
    assert (report / "history.csv").read_bytes() == history
    assert "1 changed" in ran("diff", report, "--previous")
    ran("index", desk)
    assert "2 runs" in (desk / "index.html").read_text(encoding="utf-8")
