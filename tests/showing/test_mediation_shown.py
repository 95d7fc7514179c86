"""Paths of an effect in words and pictures: nothing is claimed that the interval or the design does not allow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lowback.figures import confounding_figure, parts_figure, paths_figure, reliability_figure
from lowback.result import Refusal, Result, estimates_frame
from lowback.sentences import answer

ARM, CONTROL = "stretching", "usual care"
BLANK = {"path": "", "mediator": "", "mediator_label": "", "shown": "", "correlation": np.nan, "reliability": np.nan, "share_of_mediator": np.nan, "share_of_outcome": np.nan}  # fmt: skip
TILT = {"mediator": "pelvic_tilt_deg", "mediator_label": "pelvic tilt"}


def result(
    rows: list[tuple[str, str, float, float, float, dict[str, object]]], analysis: str = "mediation"
) -> Result:
    """A result of rows (term, statistic, estimate, low, high, keys)."""
    frame = [
        {
            "term": f"{ARM} vs {CONTROL}: {term}",
            "estimate": estimate,
            "std_error": (high - low) / 4,
            "conf_low": low,
            "conf_high": high,
            "unit": keys.get("unit", "NRS points"),
            "n_participants": 90,
        }
        for term, _, estimate, low, high, keys in rows
    ]
    base = {"outcome": "pain_nrs", "outcome_label": "back pain", "arm": ARM, "comparator": CONTROL, "weeks": 12.0, "model": "one slope", "correction": "corrected"}  # fmt: skip
    keys = [{**base, **BLANK, "statistic": statistic, **{k: v for k, v in extra.items() if k != "unit"}} for _, statistic, _, _, _, extra in rows]  # fmt: skip
    return Result(
        analysis=analysis,
        estimand="by way of tilt",
        question="By which path?",
        estimates=estimates_frame(frame),
        keys=pd.DataFrame(keys),
        method="Split.",
        causal=True,
        smallest_worthwhile=1.0,
        higher_is="worse",
    )


def split(
    indirect: tuple[float, float, float], direct: tuple[float, float, float], shown: str = ""
) -> Result:
    every = {"path": "all mediators"}
    return result(
        [
            ("total effect", "total", -2.0, -2.5, -1.5, {"correction": ""}),
            ("indirect effect, by way of pelvic tilt", "indirect", *indirect, every),
            ("direct effect", "direct", *direct, {"shown": shown}),
            ("naive: indirect effect, by way of pelvic tilt", "indirect", -0.7, -1.0, -0.4, {**every, "correction": "naive"}),
            ("naive: direct effect", "direct", -1.3, -1.8, -0.8, {"correction": "naive"}),
            ("effect on pelvic tilt", "shift", -4.0, -5.0, -3.0, {**TILT, "unit": "degrees"}),
            ("back pain per pelvic tilt", "slope", 0.3, 0.1, 0.5, {**TILT, "unit": "NRS points per degree"}),
        ]
    )  # fmt: skip


CLEAR = split((-1.2, -1.9, -0.5), (-0.8, -1.6, -0.1))


def said(of: Result) -> str:
    return str(answer(of).media["text/plain"])


def test_a_clear_split_is_told_with_its_naive_one_and_what_it_takes_for_granted():
    words = said(CLEAR)
    assert "Some of it runs by way of pelvic tilt: −1.20 NRS points (95 % CI −1.90 to −0.50)" in words
    assert "Something is left beside it" in words
    assert (
        "Had the mediator been taken as measured without error, it would have been −0.70 NRS points" in words
    )
    assert "nothing unmeasured moves both" in words


def test_a_total_alone_says_that_its_parts_cannot_be_told_and_claims_none():
    alone = result([("total effect", "total", -2.0, -2.5, -1.5, {**TILT, "correction": ""})])
    words = said(alone)
    assert "−2.00 NRS points (95 % CI −2.50 to −1.50)" in words
    assert "These data cannot tell how much of it runs by way of pelvic tilt" in words
    assert "nothing unmeasured" not in words
    assert "No paths are estimated" in paths_figure(alone).media["text/html"]
    assert "total effect: −2.00 NRS points" in parts_figure(alone).metadata["image/png"]["alt"]


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-2.4, 0.3, "These data cannot tell whether there is an effect of stretching on back pain at week 12, compared with usual care"),
        (-0.9, 0.3, "The effect of stretching on back pain at week 12, compared with usual care, is too small to matter: −0.40 NRS"),
        (-0.9, -0.3, "is too small to matter: −0.40 NRS points"),
        (-2.4, -0.3, "The effect of stretching on back pain at week 12, compared with usual care, is −0.40 NRS points"),
    ],
)  # fmt: skip
def test_a_total_is_spoken_of_by_its_interval(low, high, words):
    assert words in said(result([("total effect", "total", -0.4, low, high, {**TILT, "correction": ""})]))


def by_arm(interaction: tuple[float, float, float]) -> Result:
    keys = {"model": "slopes by arm"}
    every = {"path": "all mediators"}
    return result(
        [
            ("total effect", "total", -2.0, -2.5, -1.5, {"correction": ""}),
            ("indirect effect, by way of pelvic tilt", "indirect", -1.2, -1.9, -0.5, every),
            ("direct effect", "direct", -0.8, -1.6, -0.1, {}),
            ("slopes by arm: indirect effect", "indirect", -1.6, -2.4, -0.9, keys),
            ("slopes by arm: direct effect", "direct", -0.4, -1.2, 0.3, keys),
            ("slopes by arm: interaction", "interaction", *interaction, keys),
        ]
    )


def test_mediators_that_act_otherwise_in_each_arm_are_told_and_split_by_its_own_slopes():
    words = said(by_arm((-0.8, -1.3, -0.3)))
    assert "interaction −0.80 NRS points (95 % CI −1.30 to −0.30)" in words
    assert "−1.60 NRS points (95 % CI −2.40 to −0.90) runs by way of them" in words
    assert "−0.40 NRS points (95 % CI −1.20 to 0.30) beside them" in words


def test_an_interaction_that_is_not_shown_is_not_spoken_of():
    assert "slopes of each arm" not in said(by_arm((-0.3, -1.0, 0.4)))


def test_an_interval_over_zero_tells_nothing():
    words = said(split((-1.0, -2.2, 0.3), (-1.0, -2.3, 0.4)))
    assert "These data cannot tell whether any of it runs by way of pelvic tilt" in words
    assert "These data cannot tell whether anything that matters is left beside it" in words
    assert "Some of it runs" not in words


def test_nothing_left_beside_is_said_only_where_it_was_shown():
    assert "shown to be too small to matter" in said(
        split((-1.8, -2.4, -1.2), (-0.1, -0.6, 0.4), "equivalent")
    )
    assert "shown to be too small to matter" not in said(
        split((-1.8, -2.4, -1.2), (-0.1, -0.6, 0.4), "not shown")
    )


def test_a_small_indirect_effect_is_too_small_to_matter():
    assert "What runs by way of pelvic tilt is too small to matter" in said(
        split((-0.2, -0.6, 0.3), (-1.8, -2.5, -1.1))
    )


def test_without_randomisation_no_effect_is_spoken_of():
    words = said(replace(CLEAR, causal=False))
    assert "difference that goes with stretching" in words
    assert "effect of stretching" not in words


def sensitivity(correction: str = "corrected") -> Result:
    keys = {**TILT, "correction": correction}
    rows: list[tuple[str, str, float, float, float, dict[str, object]]] = [
        (f"indirect at {rho}", "indirect at correlation", -1 + 2 * rho, -1.4 + 2 * rho, -0.6 + 2 * rho, {**keys, "correlation": rho})
        for rho in (-0.5, 0.0, 0.5)
    ]  # fmt: skip
    rows += [
        (f"shares {a} {b}", "indirect at shares", -1 + 4 * a * b, np.nan, np.nan, {**keys, "share_of_mediator": a, "share_of_outcome": b})
        for a in (0.0, 0.3, 0.6)
        for b in (0.0, 0.3, 0.6)
    ]  # fmt: skip
    rows += [
        (f"{part} at {one}", f"{part} at reliability", -1 / one, -2 / one, -0.2, {**keys, "reliability": one})
        for one in (1.0, 0.8, 0.6)
        for part in ("indirect", "direct")
    ]
    rows += [
        ("nil", "correlation at nil", 0.4, 0.2, 0.6, {**keys, "unit": "correlation"}),
        ("reliability", "reliability", 0.75, 0.7, 0.8, {**keys, "unit": "correlation"}),
        ("tipping", "tipping reliability, direct", 0.6, np.nan, np.nan, {**keys, "unit": "correlation"}),
    ]
    for part in ("indirect", "direct"):
        rows.append((f"E {part}", f"E-value, {part}", 2.5, np.nan, np.nan, {"correction": correction, "unit": "risk ratio"}))  # fmt: skip
        rows.append((f"E {part} interval", f"E-value, {part}, interval", 1.4, np.nan, np.nan, {"correction": correction, "unit": "risk ratio"}))  # fmt: skip
    return result(rows, "mediation_sensitivity")


def test_sensitivity_names_correlation_reliability_and_risk_ratios():
    words = said(sensitivity())
    assert "correlated by 0.40 (95 % CI 0.20 to 0.60)" in words
    assert "at 0.60 it would change whether the direct effect differs from 0" in words
    assert "no reliability that could be tried changes whether the indirect effect" in words
    assert "2.5 (1.4 for its interval) for the indirect effect" in words


def test_where_the_correction_leaves_nothing_the_ends_are_told():
    words = said(sensitivity("naive"))
    assert "hangs on how reliably it is measured" in words
    assert "at a reliability of 1 it is " in words.lower()
    assert "at a reliability of 0.6, the lowest that gives an interval" in words
    assert "it comes to 0.75 here, at which no interval can be given" in words


@pytest.mark.parametrize(
    ("figure", "shown", "alt"),
    [
        (paths_figure, CLEAR, "stretching to pelvic_tilt_deg"),
        (parts_figure, CLEAR, "indirect effect, by way of pelvic tilt: −1.20 NRS points"),
        (confounding_figure, sensitivity(), "nil at 0.40"),
        (reliability_figure, sensitivity(), "Analysed at 0.75, n=90"),
    ],
)
def test_each_figure_says_its_numbers_in_words(figure, shown, alt):
    found = figure(shown)
    words = found.metadata["image/png"]["alt"].replace("pelvic tilt", "pelvic_tilt_deg" if figure is paths_figure else "pelvic tilt")  # fmt: skip
    assert alt in words
    assert len(found.media["image/png"]) > 5000


@pytest.mark.parametrize("figure", [paths_figure, parts_figure, confounding_figure, reliability_figure])
def test_a_refusal_is_shown_as_a_sentence(figure):
    refusal = Refusal("mediation", "x", "By which path?", "nobody was measured")
    assert "nobody was measured" in figure(refusal).media["text/html"]
