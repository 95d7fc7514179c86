"""What a report says beside an answer about its certificate."""

from __future__ import annotations

import pytest
from small_notebooks import STUDY

from lowback.certificate import Certificate, Certified, CertifiedTerm
from lowback.publish.certified import seal_of
from lowback.publish.contents import report_contents
from lowback.publish.harvest import Answer, Harvest
from lowback.publish.page import write_page
from lowback.publish.request import Request
from lowback.study import read_study

NASTY = "<script>alert(1)</script>"


def certified(verdict: str, terms: int = 1) -> Certificate:
    reasons = () if verdict == "holds" else (f"coverage 90.0 % ± 1.0 %: below 93.9 % {NASTY}",)
    listed = tuple(CertifiedTerm(f"term {at}", verdict, reasons, {}) for at in range(terms))
    return Certificate((Certified("ancova", "pain at week 12", "k", "2026-11-02", 5000, 1, listed),))


def test_a_verdict_stands_with_its_replicates_and_its_date():
    seal = seal_of("ancova", "pain at week 12", certified("holds"))
    assert seal.verdict == "holds"
    assert seal.words == "5,000 simulated cohorts like this one, whose truth is known (2 November 2026)"
    assert seal.more == ""


@pytest.mark.parametrize("verdict", ["at risk", "fails"])
def test_a_verdict_that_does_not_hold_says_why_and_not_at_any_length(verdict):
    seal = seal_of("ancova", "pain at week 12", certified(verdict, terms=9))
    assert seal.more.count("below 93.9 %") == 3
    assert seal.more.endswith("; and 6 more.")
    assert seal.css == verdict.replace(" ", "-")


VAGUE, PLAIN = "coverage 95.0 % ± 3.0 %: cannot be told to lie within", "type I error 7.0 %: above"


def at_risk(*reasons: str, replicates: int = 100, **figures: float) -> Certificate:
    term = CertifiedTerm("term", "at risk", reasons, {"none": figures, "other": {"coverage": 0.95}})
    return Certificate((Certified("ancova", "pain", "k", "2026-11-02", replicates, 1, (term,)),))


def test_what_lies_outside_its_band_is_told_without_what_more_cohorts_would_settle():
    more = seal_of("ancova", "pain", at_risk(VAGUE, PLAIN)).more
    assert PLAIN in more
    assert VAGUE not in more


def test_too_few_cohorts_are_no_fault_of_the_analysis():
    seal = seal_of("ancova", "pain", at_risk(VAGUE, coverage=0.9))
    assert seal.verdict == "at risk"
    assert seal.words == (
        "100 simulated cohorts like this one, whose truth is known, too few to tell; 95 % intervals held it in 90.0 to 95.0 % "
        "(2 November 2026)"
    )
    assert seal.more.startswith("Nothing was found wrong")
    assert "--replicates 5000" in seal.more
    edge = seal_of("ancova", "pain", at_risk(VAGUE, replicates=5000, coverage=0.95))
    assert "too few" not in edge.words
    assert "in 95.0 % (" in edge.words
    assert "so near the edge of what is allowed that 5,000 cohorts cannot tell" in edge.more


def test_without_a_part_that_still_holds_an_answer_is_not_certified():
    assert seal_of("mmrm", "pain at week 12", certified("holds")).verdict == "not certified"
    assert "not tried" in seal_of("mmrm", "pain at week 12", certified("holds")).words
    assert "no true effect by way of them is known" in seal_of("mediation", "by way", Certificate()).words
    old = certified("holds").still_holding({})
    seal = seal_of("ancova", "pain at week 12", old)
    assert seal.verdict == "not certified"
    assert "have changed" in seal.words


@pytest.mark.parametrize(
    ("certificate", "said"),
    [
        (Certificate(), "<strong>not certified</strong>"),
        (certified("holds"), "<strong>holds</strong>"),
        (certified("fails"), "<strong>fails</strong>"),
    ],
)
def test_the_page_shows_it_beside_the_answer_and_beside_no_count_of_people(tmp_path, certificate, said):
    (tmp_path / "study.yml").write_text(STUDY, encoding="utf-8")
    study = read_study(tmp_path / "study.yml")
    names = (study.estimands[0].name, "", NASTY)
    answers = tuple(
        Answer("effect", "ancova", name, f"Asked {name}?", "Yes.", "98 people", False) for name in names
    )
    request = Request.model_validate({"title": "T", "mapping": "m", "study": "s", "notebooks": ["effect"]})
    provenance = {"inputs": [], "versions": {}, "commit": None, "seed": 1, "started": "2026-11-22T00:32:00Z"}
    moved = Certificate(
        tuple(Certified(**{**vars(one), "estimand": names[0]}) for one in certificate.certified)
    )
    page = tmp_path / "report.html"

    class Planned:
        name, title, parameters = "effect", "Effect", {}

        class notebook:  # noqa: N801
            parameters: dict = {}  # noqa: RUF012

    found = Harvest((), answers, {}, ())
    write_page(page, report_contents(request, study, [(Planned, [])], found, provenance, moved))
    text = page.read_text(encoding="utf-8")
    assert text.count('class="seal rests') == 1
    assert said in text
    assert "<script" not in text
