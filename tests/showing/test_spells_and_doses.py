"""Figures and words of spells, doses and thresholds: what they must carry, whatever the result."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from lowback.exhibit import Exhibit
from lowback.figures import (
    dose_curve_figure,
    dose_effects_figure,
    incidence_figure,
    occasions_figure,
    recurrence_course_figure,
    recurrence_figure,
    regimes_figure,
    responsiveness_figure,
)
from lowback.result import Refusal, Result
from lowback.sentences import answer

from .results import REFUSAL, interval, result

FIGURES = (
    dose_curve_figure,
    dose_effects_figure,
    incidence_figure,
    occasions_figure,
    recurrence_course_figure,
    recurrence_figure,
    regimes_figure,
)


def ratio(
    definition: str, estimate: float, low: float, high: float, correction: str = "corrected"
) -> dict[str, object]:
    return {
        "definition": definition, "statistic": "hazard ratio", "model": "any return", "correction": correction, "weeks": None,
        "exposure": "hip_extension_deg", "outcome": "pain_nrs", "unit": "hazard ratio per 5 degrees", **interval(estimate, low, high),
    }  # fmt: skip


def counts(definition: str, people: int, returns: int) -> list[dict[str, object]]:
    numbers = {"people settled": people, "returns": returns, "time at risk": 700}
    return [
        {"definition": definition, "statistic": name, "estimate": value, "outcome": "pain_nrs"}
        for name, value in numbers.items()
    ]


def returns(low: float, high: float, **more: object) -> Result:
    middle = (low * high) ** 0.5
    rows = [
        *counts("first", 50, 40), ratio("first", middle, low, high), ratio("first", middle, low, high, "as measured"),
        *counts("<second>", 0, 0),
    ]  # fmt: skip
    return result(rows, "recurrence", **more)


@pytest.mark.parametrize("figure", FIGURES)
def test_a_refusal_is_shown_as_a_sentence(figure: Callable[[Result | Refusal], Exhibit]) -> None:
    assert "no visit at week" in figure(REFUSAL).media["text/plain"]


@pytest.mark.parametrize(
    ("low", "high", "worthwhile", "words"),
    [
        (
            0.4,
            0.6,
            1.25,
            "came back less where hip extension at settling was higher, by a factor that matters",
        ),
        (0.4, 0.9, 1.25, "by a factor that may or may not matter"),
        (
            1.3,
            1.9,
            1.25,
            "came back more where hip extension at settling was higher, by a factor that matters",
        ),
        (0.9, 1.1, 1.25, "is too small to matter"),
        (0.5, 1.5, 1.25, "cannot tell whether it goes with hip extension"),
        (0.5, 1.5, None, "do not show that it goes with hip extension"),
    ],
)
def test_a_hazard_ratio_is_held_against_one(
    low: float, high: float, worthwhile: float | None, words: str
) -> None:
    said = answer(returns(low, high, smallest_worthwhile=worthwhile)).media
    assert words in said["text/plain"]
    assert "by “<second>” nobody came to be settled" in said["text/plain"].replace("By “", "by “")
    assert "<second>" not in said["text/html"]


def test_the_forest_of_ratios_names_every_definition_and_is_a_picture() -> None:
    shown = recurrence_figure(returns(0.4, 0.6, smallest_worthwhile=1.25))
    assert base64.b64decode(shown.media["image/png"]).startswith(b"\x89PNG")
    assert "1 would mean that it does not matter" in shown.metadata["image/png"]["alt"]


def test_a_result_without_ratios_or_curves_says_so() -> None:
    bare = result(counts("first", 50, 40), "recurrence")
    assert "No hazard ratio" in recurrence_figure(bare).media["text/plain"]
    assert "came back 40 times" in answer(bare).media["text/plain"]


@pytest.mark.parametrize("kept", ["people settled", "returns", "time at risk"])
def test_counts_that_are_left_out_are_not_taken_for_none(kept: str) -> None:
    told = [one for one in counts("first", 50, 40) if one["statistic"] == kept]
    text = answer(result(told, "recurrence")).media["text/plain"]
    assert "How often it came back is not shown" in text
    rows = [*counts("first", 50, 40), *(one for one in counts("second", 50, 40) if one["statistic"] == kept)]
    text = answer(result(rows, "recurrence")).media["text/plain"]
    assert "By “second” it is not shown how often it came back" in text
    assert " 0 " not in text


def test_events_are_drawn_beside_the_margin_and_the_bounds() -> None:
    both = {"outcome": "adverse_event", "exposure": "pelvic_tilt_deg", "unit": "proportion"}
    rows = [
        {**both, "statistic": "risk difference", **interval(0.02, -0.03, 0.07)},
        {
            **both,
            "statistic": "risk difference, bounds",
            "estimate": 0.02,
            "conf_low": -0.2,
            "conf_high": 0.3,
        },
    ]
    found = result(rows, "incidence", smallest_worthwhile=0.01)
    assert base64.b64decode(incidence_figure(found).media["image/png"]).startswith(b"\x89PNG")
    assert "cannot tell whether" in answer(found).media["text/plain"]
    ratios = [
        {**both, "unit": "rate ratio per 10 km/week", "statistic": "rate ratio", **interval(1.6, 1.2, 2.1)},
        {
            **both,
            "unit": "rate ratio per 10 km/week",
            "statistic": "rate ratio, bounds",
            "estimate": 1.6,
            "conf_low": 0.6,
            "conf_high": 4.2,
        },
    ]
    found = result(ratios, "incidence", smallest_worthwhile=1.2)
    assert "1.6" in incidence_figure(found).metadata["image/png"]["alt"]
    assert "so these data cannot tell" in answer(found).media["text/plain"]


def test_a_cohort_without_a_measure_of_progress_has_a_note_in_place_of_its_course() -> None:
    # What `hold` gives where no knee height was recorded: no key of a visit or of who did it.
    shown = responsiveness_figure(result([{"statistic": "keeps to the rule", "estimate": 0.8}], "hold"))
    assert "No measure of progress was recorded at several visits" in str(shown.media["text/plain"])
