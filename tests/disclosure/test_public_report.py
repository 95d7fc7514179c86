"""A report for the public from its request: what stands in its files, what the next one remembers, what a leak leaves behind."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from canaries import found_in, texts_in, write_cohort, write_request

from lowback.archive.index_page import write_index
from lowback.checked_yaml import ConfigurationError
from lowback.disclosure import Private
from lowback.intake import source_files, take_in
from lowback.publish import Published, read_request
from lowback.publish.editions import Edition
from lowback.publish.public import private_words
from lowback.publish.publishing import publish_edition
from lowback.study import read_study

PARAMETERS = 'mapping = ""  # files\ndata = ""  # folder\nstudy_file = ""  # study\nrelease = ""  # rules\n'


def published(request: Path, site: str = "") -> Published:
    asked = read_request(request)
    cohort = take_in(asked.mapping).cohort
    assert cohort is not None
    private = private_words(asked, cohort, read_study(asked.study))
    assert private != Private()
    edition = Edition(asked, site, site.lower(), {"site_id": site} if site else {}, asked.data)
    return publish_edition(edition, inputs=source_files(asked.mapping), private=private)


def notebook(folder: Path, *sources: str) -> None:
    cells = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {"tags": ["parameters"]} if n == 0 else {}, "source": source,
         "execution_count": None, "outputs": []}
        for n, source in enumerate([PARAMETERS, *sources])
    ]  # fmt: skip
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    (folder / "notes.ipynb").write_text(json.dumps(content), encoding="utf-8")


def index_beside(report: Path) -> Path:
    """A folder that holds nothing but the index of the reports beside this one."""
    path, listed = write_index(report.parent)
    assert listed == 1
    alone = report.parent / "index alone"
    alone.mkdir()
    return path.rename(alone / path.name).parent


def test_no_canary_of_a_cohort_stands_in_a_report_for_the_public(tmp_path):
    canaries = write_cohort(tmp_path, 120)
    done = published(write_request(tmp_path, "cohort", more="pdf: true\ndocx: true\n"))
    assert done.failures == ()
    assert {"report.html", "report.pdf", "report.docx"} <= {path.name for path in done.folder.iterdir()}
    assert found_in(done.folder, canaries) == []
    assert "rounded as for the public" in (done.folder / "report.html").read_text(encoding="utf-8")
    rows = pd.read_csv(done.folder / "estimates.csv")
    assert (rows["n_participants"] % 5 == 0).all()
    assert (rows["n_participants"] >= 10).all()
    manifest = json.loads((done.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["audience"] == "public"
    assert {tuple(one) for one in manifest["inputs"]} == {("role", "path", "sha256")}
    assert "participants.csv" not in json.dumps(manifest)
    now = datetime.now(UTC)
    assert (manifest["started"], manifest["ended"]) == (f"{now:%Y-%m}", f"{now:%Y-%m}")
    days = re.compile(rf"{now:%Y-%m-%d}|{now.day} {now:%B}|{now:%Y%m%d}")
    assert [found.group() for text in texts_in(done.folder) if (found := days.search(text))] == []
    shown = json.loads((done.folder / "release.json").read_text(encoding="utf-8"))["shown"]
    counts = [value for name, value in shown.items() if name.endswith(("\ncount", "\npeople"))]
    assert counts
    assert all(value % 5 == 0 and value >= 10 for value in counts)
    assert sorted(path.name for path in tmp_path.glob(".trial*") if path.is_dir()) == []
    with pytest.raises(ConfigurationError, match="trial is released beside it, about everybody"):
        published(write_request(tmp_path, "cohort", "sites", "for_each: site\n"), site="Leiden")
    assert not (tmp_path / "sites" / "leiden").exists()
    assert found_in(index_beside(done.folder), canaries) == []


def test_a_request_for_the_public_that_is_named_after_somebody_is_refused_before_it_runs(tmp_path):
    who = next(
        one for one in write_cohort(tmp_path, 30)["identifiers"] if one.isalnum() and not one.isdigit()
    )
    with pytest.raises(
        ConfigurationError, match="tells who somebody is; give the file another name"
    ) as refused:
        published(write_request(tmp_path, "cohort", f"letter-{who.lower()}"))
    assert str(refused.value).startswith(f"letter-{who.lower()}.yml: ")
    assert list(tmp_path.glob("*/manifest.json")) == []


def test_a_leak_is_refused_without_a_word_of_whom_and_nothing_is_kept_of_it(tmp_path):
    canaries = write_cohort(tmp_path, 30)
    who = canaries["identifiers"][0]
    notebook(
        tmp_path,
        "1 + 1;",
        f"import base64\nprint(base64.b64encode(b'see {who} here'))",
        f"raise KeyError('{who}')",
    )
    done = published(write_request(tmp_path, "notes.ipynb"))
    assert done.failures
    assert "cell 4" in done.failures[0]
    notebook(
        tmp_path, "1 + 1;", "import base64", f"print(base64.b64encode(b'see ' + '{who}'.lower().encode()))"
    )
    done = published(write_request(tmp_path, "notes.ipynb"))
    assert any("notebook 'notes', cell 4: tells who somebody is" in one for one in done.failures)
    assert not any(who.casefold() in one.casefold() for one in done.failures)
    kept = [path for path in (tmp_path / ".trial.failed").rglob("*") if path.is_file()]
    assert {path.suffix for path in kept} <= {".txt", ".json"}
    assert found_in(tmp_path / ".trial.failed", canaries) == []
    assert found_in(index_beside(tmp_path / "trial"), canaries) == []
    assert not (tmp_path / "trial").exists()


def test_a_notebook_that_cannot_follow_the_rules_is_refused_before_it_runs(tmp_path):
    write_cohort(tmp_path, 30)
    notebook(tmp_path, "1 + 1")
    text = (tmp_path / "notes.ipynb").read_text(encoding="utf-8").replace('release = \\"\\"  # rules\\n', "")
    (tmp_path / "notes.ipynb").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="no parameter 'release'"):
        read_request(write_request(tmp_path, "notes.ipynb"))
