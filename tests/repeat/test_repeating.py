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
from lowback.analyses.by_characteristic import by_characteristic
from lowback.certificate import Certificate, read_certificate
from lowback.every_analysis import every_analysis
from lowback.intake import read_cohort
from lowback.printed.certificates import print_certificate, replicates_bar
from lowback.repeat.certificate_page import certificate_page
from lowback.repeat.certify import certify
from lowback.repeat.code_version import _files, code_version
from lowback.repeating import Run, certify_request, certify_scenarios
from lowback.still_certified import current_certificate
from lowback.study import read_study
from lowback.uncertified import IN_COHORTS_ALIKE

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
    assert current(request_file) == Certificate((), (("ancova", PRIMARY),), made.untried)


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
    page = certificate_page(found, 40, 3, "lowback certify --scenario null")
    for text in (printed, page):
        assert "hip-flexor stretching vs usual care" in text
        assert "at risk" in text
    assert "cannot be told" in printed
    assert "for no other reason than that so many cohorts cannot tell" in page
    assert "lowback certify --scenario null\n" in page
    assert f"| ancova | {PRIMARY} | *" in page


def test_analyses_that_are_named_are_tried_alone_and_the_page_says_so(tmp_path):
    page = tmp_path / "page.md"
    found = certify_scenarios(["null"], 40, Run(2, 1), page, only=["ancova", "clda"])
    assert {one.analysis for one in found["null"].certified} == {"ancova", "clda"}
    assert "--scenario null --analysis ancova --analysis clda --replicates 2" in page.read_text(
        encoding="utf-8"
    )


def test_without_a_terminal_progress_is_a_line_now_and_then():
    console = Console(file=io.StringIO(), width=200)
    with replicates_bar(console) as tell:
        for done in range(101):
            tell(done, 100)
    assert console.file.getvalue().splitlines() == ["100 of 100 replicates, about 0 s left"]


# It holds diagrams against data; no estimand is put to it.
ASKED_NOTHING = {"implications"}


def test_every_analysis_is_tried_or_has_a_reason_why_not():
    every = set(every_analysis()) - ASKED_NOTHING
    assert every == set(repeating.analyses()) | set(IN_COHORTS_ALIKE)
    assert not set(repeating.analyses()) & set(IN_COHORTS_ALIKE)
    # What has two sides no simulated world has, and no study says.
    assert every - {"both_sides"} == set(repeating.analyses_of_worlds())


def test_reasons_are_given_for_the_estimands_that_an_analysis_answers():
    for analysis, (summary, _) in IN_COHORTS_ALIKE.items():
        assert _asked_by(analysis) == summary


def test_of_a_request_each_declared_analysis_has_a_verdict_or_a_sentence_why_not(tmp_path, monkeypatch):
    # Few analyses are tried here; of the others the sentence is what counts.
    monkeypatch.setattr(repeating, "analyses", lambda: {"by_characteristic": by_characteristic})
    shutil.copytree(ROOT / "data" / "mechanism-example", tmp_path / "data")
    file = tmp_path / "mine.yml"
    notebook = json.dumps(str(ROOT / "notebooks" / "reports" / "effect.ipynb"))
    file.write_text(
        f"title: M\nmapping: data/mapping.yml\nstudy: data/study.yml\nnotebooks: [{notebook}]\n",
        encoding="utf-8",
    )
    found = certify_request(file, None, Run(2, 1))
    assert [(one.analysis, one.estimand) for one in found.certified] == [
        ("by_characteristic", "back pain by signs of the hip")
    ]
    why = {(one, of): reason for one, of, reason in found.untried}
    assert "no true effect by way of them" in why["mediation", "back pain by way of the hip"]
    assert "without error of measurement" in why["corrected_slopes", "back pain and pelvic tilt"]
    assert "no burden beside the outcome" in why["efficiency", "back pain at week 12"]
    assert ("slope_by_modifier", "back pain and pelvic tilt by reactivity") in why
    assert ("slope_by_modifier", "back pain and pelvic tilt") not in why
    told = {of for _, of in why} | {one.estimand for one in found.certified}
    study = read_study(tmp_path / "data" / "study.yml")
    assert {one.name for one in study.estimands} == told
    assert read_certificate(file.with_name("mine.certificate.json")) == found
    console = Console(file=io.StringIO(), width=4000)
    print_certificate(console, "mine", found)
    assert (
        "lead, hip pain and back pain: not certified: cohorts alike draw nobody's course"
        in console.file.getvalue()
    )


@pytest.mark.parametrize(
    ("kind", "said"), [("category", "neither a number nor a yes or no"), ("nobody", "no cohort alike")]
)
def test_a_characteristic_of_which_no_cohort_alike_can_be_drawn_is_told(kind, said):
    cohort = read_cohort(ROOT / "data" / "example" / "mapping.yml")
    study = read_study(ROOT / "data" / "example" / "study.yml")
    asked = {"summary": "effect by characteristic", "modifier": "activity_level", "week": 12}
    if kind == "nobody":
        asked["outcome"] = "hip_pain_nrs"
    one = study.estimands[0].model_copy(update=asked)
    found = certify(
        cohort, study.model_copy(update={"estimands": (one,)}), {"by_characteristic": by_characteristic}, replicates=2, seed=1, made="2026-11-22"
    )  # fmt: skip
    assert found.certified == ()
    assert any(said in why or "refuses this cohort" in why for *_, why in found.untried)


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
        (["x.yml", "--study", "study.yml"], "--study goes with --scenario"),
        (["--scenario", "null", "--scenario", "mine/null.yml"], "two scenarios have one name"),
        (["x.yml", "--analysis", "ancova"], "--analysis goes with --scenario"),
        (["--scenario", "null", "--analysis", "ancva"], "no analysis 'ancva' to be tried here"),
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
