"""The command `lowback certify`: where its certificate lies, when it is used again, and what it prints."""

from __future__ import annotations

import importlib
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from lowback import repeating
from lowback.analyses.ancova import ancova
from lowback.certificate import Certificate, read_certificate
from lowback.intake import read_cohort
from lowback.printed import print_certificate, replicates_bar
from lowback.repeat.certificate_page import certificate_page
from lowback.repeat.code_version import _files, code_version
from lowback.repeating import Run, certify_request, certify_scenarios
from lowback.still_certified import current_certificate
from lowback.study import read_study

ROOT = Path(__file__).resolve().parents[2]
PRIMARY = "back pain at week 12"


@pytest.fixture
def request_file(tmp_path, monkeypatch) -> Path:
    """The example as a request of one's own; one analysis is tried, so that it does not take long."""
    monkeypatch.setattr(repeating, "analyses", lambda: {"ancova": ancova})
    shutil.copytree(ROOT / "data" / "example", tmp_path / "data")
    file = tmp_path / "mine.yml"
    notebook = ROOT / "notebooks" / "reports" / "effect.ipynb"
    file.write_text(
        f"title: Mine\nmapping: data/mapping.yml\nstudy: data/study.yml\nnotebooks: [{json.dumps(str(notebook))}]\n",
        encoding="utf-8",
    )
    return file


def current(file: Path) -> Certificate:
    cohort, study = (
        read_cohort(file.parent / "data" / "mapping.yml"),
        read_study(file.parent / "data" / "study.yml"),
    )
    return current_certificate(file, cohort, study)


def test_a_certificate_lies_beside_its_request_and_holds_until_the_study_changes(request_file):
    assert current(request_file) == Certificate()
    made = certify_request(request_file, None, Run(3, 1))
    place = request_file.with_name("mine.certificate.json")
    assert read_certificate(place) == made
    assert [one.name for one in request_file.parent.glob(".*")] == []
    assert current(request_file).of("ancova", PRIMARY) == made.certified[0]
    study = request_file.parent / "data" / "study.yml"
    text = study.read_text(encoding="utf-8")
    study.write_text(
        text.replace("covariates: [age_years, sex]", "covariates: [age_years]"), encoding="utf-8"
    )
    assert current(request_file) == Certificate((), (("ancova", PRIMARY),))


def test_a_broken_off_run_goes_on_from_what_it_finished(request_file):
    def break_off(*now: int) -> None:
        if now[0] >= 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        certify_request(request_file, None, Run(4, 1, progress=break_off))
    assert not request_file.with_name("mine.certificate.json").exists()
    told: list[tuple[int, int]] = []
    again = certify_request(request_file, None, Run(4, 1, progress=lambda *now: told.append(now)))
    assert told[0][0] >= 2
    shutil.rmtree(request_file.parent / ".mine.replicates", ignore_errors=True)
    request_file.with_name("mine.certificate.json").unlink()
    assert certify_request(request_file, None, Run(4, 1)) == again


def test_the_table_and_the_page_show_every_figure_and_every_reason(request_file):
    del request_file
    found = certify_scenarios(["null"], 40, Run(3, 1))
    console = Console(file=io.StringIO(), width=4000)
    print_certificate(console, "null", found["null"])
    printed = console.file.getvalue()
    page = certificate_page(found, 40, 3, 1, "docs/certificates.md")
    for text in (printed, page):
        assert "hip-flexor stretching vs usual care" in text
        assert "at risk" in text
    assert "cannot be told" in printed
    assert "for no other reason than that so many cohorts cannot tell" in page
    assert "--scenario null --replicates 3 --participants 40 --seed 1 --page docs/certificates.md" in page
    assert f"| ancova | {PRIMARY} | *" in page


def test_without_a_terminal_progress_is_a_line_now_and_then():
    console = Console(file=io.StringIO(), width=200)
    with replicates_bar(console) as tell:
        for done in range(101):
            tell(done, 100)
    assert console.file.getvalue().splitlines() == ["100 of 100 replicates, about 0 s left"]


# Two outcomes of a person at once, of which cohorts alike draw one.
NOT_TRIED = {"both_sides"}


def test_every_analysis_of_differences_is_tried_and_that_of_slopes_on_what_is_recorded():
    # Of other estimands no true value is known in cohorts alike: not of slopes freed of the exposure's error, nor of those that differ by a
    # modifier, so that there is nothing to hold their analyses against.
    modules = {path.stem for path in (ROOT / "src" / "lowback" / "analyses").glob("*.py")} - {"__init__"}
    of_differences = {name for name in modules if _asked_by(name) in {"mean difference", "risk difference"}}
    assert (of_differences | {"within_between"}) - NOT_TRIED <= set(repeating.analyses()) <= modules
    assert len(of_differences) >= 6


def _asked_by(analysis: str) -> str:
    """The summary that an analysis answers, where it asks in the usual way."""
    asking = getattr(importlib.import_module(f"lowback.analyses.{analysis}"), "ASKING", None)
    return getattr(asking, "summary", "")


def test_an_analysis_rests_on_what_it_imports_and_on_nothing_else():
    files = {
        path.relative_to(ROOT / "src" / "lowback").as_posix() for path in _files("lowback.analyses.ancova")
    }
    assert {
        "analyses/ancova.py",
        "estimators/linear.py",
        "variables.yml",
        "outcomes/comparison.py",
        "result.py",
    } <= files
    assert not {one for one in files if one.startswith(("publish", "figures", "intake", "simulate"))}
    assert "analyses/mixed.py" not in files
    assert code_version(ancova) == code_version(ancova) != code_version(certify_request)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["x.yml", "--scenario", "null"], "give a request, or else --scenario"),
        (["--scenario", "nil", "--replicates", "2"], "nil"),
    ],
)
def test_what_cannot_be_certified_is_refused(arguments, said, tmp_path):
    ran = subprocess.run(
        [sys.executable, "-m", "lowback", "certify", *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert ran.returncode == 2
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr
