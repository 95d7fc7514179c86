"""Why an analysis fails is read off its figures: the size of standard errors, bias, cohorts without an answer, or shape."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from lowback.certificate import Certificate, Certified, CertifiedTerm
from lowback.repeat.certificate_page import certificate_page
from lowback.repeat.diagnosis import diagnosis, expected_coverage, failures
from lowback.repeat.performance import performance
from lowback.repeat.verdicts import judged


def answers(
    replicates: int = 4000,
    shift: float = 0.0,
    errors: float = 1.0,
    quantile: float = 1.96,
):
    """Estimates around `shift` with a standard deviation of 1, and the intervals that an analysis makes of them."""
    rng = np.random.default_rng(1)
    made = rng.standard_normal(replicates)
    made = (made - made.mean()) / made.std(ddof=1) + shift
    half = quantile * errors
    return [
        [one, errors, one - half, one + half, 2 * stats.norm.sf(abs(one / errors))] for one in made.tolist()
    ]


def part_of(rows: list, name: str = "mixed") -> Certified:
    found = performance(rows, 0.0)
    verdict, reasons = judged({"null": found})
    term = CertifiedTerm("a vs b", verdict, reasons, {"null": found.figures()})
    return Certified(name, "pain", "", "2026-11-22", len(rows), 1, (term,))


def test_coverage_that_is_expected_of_wrong_errors_and_bias_is_that_of_the_normal_distribution():
    # By hand: |Z| < 1.96 x 0.9 in 92.2 %; |Z + 0.5| < 1.96 in 92.1 %.
    assert expected_coverage(1, 0) == pytest.approx(0.95, abs=1e-6)
    assert expected_coverage(0.9, 0) == pytest.approx(0.9222, abs=2e-4)
    assert expected_coverage(1, 0.5) == pytest.approx(stats.norm.cdf(1.46) - stats.norm.cdf(-2.46), abs=1e-4)


@pytest.mark.parametrize(
    ("how", "said", "unsaid"),
    [
        ({"errors": 0.8}, "standard errors are 0.8", "estimates are off"),
        ({"shift": 0.6}, "estimates are off by 0.6", "standard errors are"),
        ({"quantile": 1.6}, "intervals do not have the shape", "estimates are off"),
        ({"shift": 0.6, "errors": 0.8}, "estimates are off by 0.6", "next to no part"),
    ],
)
def test_each_fault_is_told_from_the_others(how, said, unsaid):
    part = part_of(answers(**how))
    assert part.verdict == "fails"
    text = diagnosis(part.terms[0].worlds["null"])
    assert said in text
    assert unsaid not in text


@pytest.mark.parametrize("replicates", [40, 400])
def test_no_interval_that_holds_the_truth_is_explained_by_bias_that_lets_none_hold_it(replicates):
    """0 of 40 has a standard error of 0, and is still no less than the next to nothing that is expected."""
    figures = part_of(answers(replicates, shift=5.6)).terms[0].worlds["null"]
    assert (figures["coverage"], figures["coverage_error"]) == (0.0, 0.0)
    assert "estimates are off by 5.6" in diagnosis(figures)
    assert "shape" not in diagnosis(figures)


def test_no_interval_that_holds_the_truth_is_a_wrong_shape_where_some_would_hold_it():
    # By hand: |Z + 2| < 1.96 in 48.4 %, of which 0 of 40 is far.
    figures = {
        **part_of(answers(40, shift=2.0)).terms[0].worlds["null"],
        "coverage": 0.0,
        "coverage_error": 0.0,
    }
    assert "intervals do not have the shape" in diagnosis(figures)


def test_cohorts_without_an_answer_are_told():
    part = part_of([*answers(800), *[None] * 200])
    assert "there is no answer in 20.0 % of cohorts" in diagnosis(part.terms[0].worlds["null"])


def test_the_page_says_what_fails_and_why_and_what_holds_is_not_accused():
    narrow, right = part_of(answers(errors=0.85)), part_of(answers(5000), "ancova")
    page = certificate_page(
        {"null": Certificate((narrow, right))}, 160, 4000, "lowback certify --page page.md"
    )
    listed = page.split("## What fails, and why")[1].split("\n## ")[0]
    assert "`mixed` *fails* for pain in null." in listed
    assert "equally alike" in listed
    assert "ancova" not in listed
    assert "Nothing." in certificate_page({"null": Certificate((right,))}, 160, 5000, "lowback certify")


def test_the_page_says_of_what_has_no_certificate_why_and_where():
    right = part_of(answers(5000), "ancova")
    first = Certificate(
        (right,), untried=(("lead", "who leads", "it was late"), ("dose", "more", "no | dose"))
    )
    second = Certificate(untried=(("lead", "who leads", "it was late"),))
    page = certificate_page({"null": first, "other": second}, 160, 5000, "lowback certify")
    listed = page.split("## What has no certificate, and why")[1].split("\n## ")[0]
    assert listed.strip().splitlines() == [
        "- `lead`, who leads: it was late.",
        "- `dose`, more: no \\| dose (null).",
    ]
    assert "no certificate" not in certificate_page(
        {"null": Certificate((right,))}, 160, 5000, "lowback certify"
    )


def test_a_mediated_effect_that_is_off_is_put_down_to_a_common_cause():
    (said,) = failures("null", [part_of(answers(shift=1.0), "mediation")])
    assert "no common cause that is not adjusted for" in said


def test_an_assumption_is_only_named_where_the_figures_show_what_it_does():
    (said,) = failures("null", [part_of(answers(shift=1.0))])
    assert "equally alike" not in said
    (said,) = failures("null", [part_of(answers(errors=0.8), "ancova")])
    assert "equally alike" not in said
