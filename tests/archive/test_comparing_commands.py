"""`lowback diff` and `lowback index` as a person meets them."""

from __future__ import annotations

import json

import pytest
from tiny_reports import data_file, row, write_report
from typer.testing import CliRunner

from lowback.__main__ import app
from lowback.archive.index_page import write_index
from lowback.checked_yaml import ConfigurationError
from lowback.commands.indexing import renew_index


def ran(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.fixture
def two(tmp_path):
    return (
        write_report(tmp_path / "before"),
        write_report(tmp_path / "after", [row(estimate=-1.3)], inputs=[data_file("other")]),
    )


def test_a_comparison_ends_with_0_and_by_wish_with_1(two):
    found = ran("diff", *two)
    assert found.exit_code == 0
    assert "Statistics: 0 same, 1 changed." in found.output
    assert "data: ../data/visits.csv changed" in found.output
    assert "−0.30 (−1.0 SE)" in found.output
    assert ran("diff", *two, "--exit-code").exit_code == 1
    assert ran("diff", two[0], two[0] / "manifest.json", "--exit-code").exit_code == 0


def test_a_program_gets_json_and_nothing_else(two):
    found = json.loads(ran("diff", *two, "--json").stdout)
    assert found["counts"] == {"same": 0, "changed": 1, "new": 0, "gone": 0}
    assert found["differences"][0]["change"] == -1.3 - -1.0


def test_a_page_is_written_beside_and_over_no_other_file(two, tmp_path):
    path = tmp_path / "changed.html"
    assert ran("diff", *two, "--page", path).exit_code == 0
    assert ran("diff", *two, "--page", path).exit_code == 0
    page = path.read_text(encoding="utf-8")
    assert "<script" not in page
    assert "−0.30 (−1.0 SE)" in page
    path.write_text("my notes", encoding="utf-8")
    assert isinstance(ran("diff", *two, "--page", path).exception, ConfigurationError)
    assert path.read_text(encoding="utf-8") == "my notes"


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("arguments", [("before",), ("before", "after", "--previous"), ("before", "nowhere")])
def test_what_cannot_be_compared_is_refused(tmp_path, arguments):
    paths = [one if one.startswith("--") else tmp_path / one for one in arguments]
    assert isinstance(ran("diff", *paths).exception, ConfigurationError)


def test_text_of_a_report_is_no_markup_of_the_terminal(tmp_path):
    for name in ("a", "b"):
        write_report(tmp_path / name, [row(term="[red]x[/red] [bold", estimate=-1 - len(name + name[:1]) * (name == "b"), conf_low=-9)])  # fmt: skip
    assert "[red]x[/red] [bold" in ran("diff", tmp_path / "a", tmp_path / "b").output


@pytest.mark.usefixtures("two")
def test_the_index_says_how_many_reports_it_lists(tmp_path):
    found = ran("index", tmp_path)
    assert found.exit_code == 0
    assert found.output.startswith("2 reports: ")
    assert isinstance(ran("index", tmp_path / "nowhere").exception, ConfigurationError)


def test_a_run_goes_on_where_the_index_cannot_be_written(tmp_path, capsys, monkeypatch):
    (tmp_path / "index.html").write_text("my own home page", encoding="utf-8")
    renew_index(tmp_path)
    assert "The index of reports was not written" in capsys.readouterr().err
    renew_index(tmp_path / "nowhere")
    assert capsys.readouterr().err == ""

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lowback.archive.index_page.write_over", full)
    (tmp_path / "index.html").unlink()
    renew_index(tmp_path)
    assert "No space left" in capsys.readouterr().err


@pytest.mark.usefixtures("two")
def test_a_full_disk_leaves_the_old_index_and_no_half_of_a_new_one(tmp_path, monkeypatch):
    write_index(tmp_path)
    before = (tmp_path / "index.html").read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_index(tmp_path)
    assert (tmp_path / "index.html").read_bytes() == before
    assert not list(tmp_path.glob(".index.html.*.new"))
