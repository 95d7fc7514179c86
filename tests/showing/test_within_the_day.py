"""What is shown of moments: words without more certainty than the interval, figures with their numbers in words, refusals as notes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lowback.analyses.event_curve import event_curve
from lowback.analyses.proximal_effect import proximal_effect
from lowback.analyses.rule_value import rule_value
from lowback.exhibit import Exhibit
from lowback.figures import around_figure, before_and_after_figure, rule_value_figure
from lowback.result import Refusal, Result, from_payload, to_payload
from lowback.sentences import answer
from lowback.simulate import simulate
from lowback.simulate.scenario import claim_scenario
from lowback.study import Estimand, Study


def asked(summary: str, **keys: object) -> Study:
    estimand = Estimand.model_validate({"name": "asked", "summary": summary, **keys})
    return Study(title="Shown", design="cohort", estimands=(estimand,))


def said(exhibit: Exhibit) -> str:
    return str(exhibit.media["text/plain"])


@pytest.fixture(scope="module")
def session() -> Result | Refusal:
    cohort = simulate(claim_scenario("C15", True), 60, 3, 84).cohort()
    keys = {"outcome": "pain_post_session_nrs", "before": "pain_pre_session_nrs", "exposure": "hip_session"}
    return proximal_effect(cohort, asked("proximal effect", **keys, smallest_worthwhile=0.5))


@pytest.fixture(scope="module")
def curve() -> Result | Refusal:
    cohort = simulate(claim_scenario("C12", True), 60, 3, 84).cohort()
    keys = {"outcome": "back_stiffness_nrs", "exposure": "walking_min", "per": 20}
    return event_curve(cohort, asked("proximal effect", **keys, smallest_worthwhile=0.2))


@pytest.fixture(scope="module")
def rule() -> Result | Refusal:
    cohort = simulate(claim_scenario("C16", True), 128, 3, 84).cohort()
    keys = {
        "outcome": "pain_nrs",
        "exposure": "hips_first",
        "modifier": "sensitised_nrs",
        "before": "pain_pre_session_nrs",
    }
    return rule_value(cohort, asked("value of a rule", **keys, checkins_later=1, threshold=7))


def test_a_session_is_worded_beside_its_control_and_without_causal_words(session: Result) -> None:
    text = said(answer(session))
    assert (
        "Less back pain after a session went with “session for the hips”, by an amount that matters" in text
    )
    assert "with it and" in text
    assert "brought" not in text.split("\n")[1]
    given = said(answer(replace(session, causal=True)))
    assert "“session for the hips” brought less back pain" in given
    assert "chance decided at each moment" in given


def test_a_curve_says_how_long_it_lasts_and_whether_the_check_holds(curve: Result) -> None:
    text = said(answer(curve))
    assert "value of back stiffness went with 20 min/day more of walking" in text
    assert "hours later" in text
    assert "shows no difference at equal back stiffness at the check-in before" in text


def test_a_check_that_fails_is_said_to_undo_the_curve(curve: Result) -> None:
    assert curve.keys is not None
    off = curve.keys["statistic"] == "check"
    shifted = curve.estimates.copy()
    shifted.loc[off, ["estimate", "conf_low", "conf_high"]] += 2
    keys = curve.keys.copy()
    keys.loc[off, ["band_low", "band_high"]] += 2
    assert "what is held equal does not suffice" in said(answer(replace(curve, estimates=shifted, keys=keys)))


def test_a_rule_is_worded_against_never_and_always(rule: Result) -> None:
    text = said(answer(rule))
    assert (
        "mean back pain under the rule (where how reactive the back is today is at least 7) differs from that under never by"
        in text
    )
    assert " and from that under always by " in text


@pytest.mark.parametrize(
    ("name", "figure", "words"),
    [
        ("session", before_and_after_figure, "mean change without"),
        ("curve", around_figure, "As recorded"),
        ("rule", rule_value_figure, "effect where it bids, at least 7"),
    ],
)
def test_figures_have_their_numbers_in_words_and_survive_the_journey(name, figure, words, request) -> None:
    result = request.getfixturevalue(name)
    shown = figure(from_payload(to_payload(result)))
    assert shown.media["image/png"]
    assert words in shown.metadata["image/png"]["alt"]
    assert "95 %" in shown.metadata["image/png"]["alt"]


def test_refusals_and_amounts_are_notes() -> None:
    refusal = Refusal("event_curve", "asked", "?", "no check-ins", ("check-ins",))
    for figure in (before_and_after_figure, around_figure, rule_value_figure):
        assert "no check-ins" in said(figure(refusal))
    cohort = simulate(claim_scenario("C12", True), 20, 3, 84).cohort()
    amount = proximal_effect(
        cohort, asked("proximal effect", outcome="back_stiffness_nrs", exposure="walking_min", per=20)
    )
    assert "an amount" in said(before_and_after_figure(amount))
