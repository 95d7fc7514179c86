"""Links and agreement as figures and words: what is shown, and how little is claimed."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.agreement import agreement
from lowback.analyses.corrected_slopes import corrected_slopes
from lowback.analyses.exposure_curve import exposure_curve
from lowback.analyses.slope_by_modifier import slope_by_modifier
from lowback.analyses.within_between import within_between
from lowback.cohort import Cohort
from lowback.figures import agreement_figure, curve_figure, slopes_figure
from lowback.result import Refusal
from lowback.sentences import answer
from lowback.sentences.contrasts import Contrast
from lowback.sentences.verdicts import Verdict
from lowback.study import Estimand, Study
from lowback.tables import estimates_table, slopes_table

SLOPE = {
    "name": "curve on tilt",
    "summary": "slope",
    "outcome": "lordosis_deg",
    "exposure": "pelvic_tilt_deg",
    "per": 5,
}


def study(**changes: object) -> Study:
    return Study(title="Links", design="cohort", estimands=(Estimand.model_validate({**SLOPE, **changes}),))


@pytest.fixture(scope="module")
def links() -> Cohort:
    rng = np.random.default_rng(4)
    person = np.repeat(np.arange(60), 4)
    true = np.repeat(rng.normal(6, 3, 60), 4) + rng.normal(0, 2, 240)
    rows = {
        "participant_id": [f"{one:03d}" for one in person], "weeks": np.tile([0.0, 4, 8, 12], 60),
        "pelvic_tilt_deg": true + rng.normal(0, 1, 240), "pelvic_tilt_second_deg": true + rng.normal(0, 1, 240),
        "lordosis_deg": 50 + true + rng.normal(0, 2, 240), "sensitised_nrs": rng.integers(0, 11, 240).astype(float),
    }  # fmt: skip
    return Cohort("links", visits=pd.DataFrame(rows))


def said(result: object) -> str:
    return str(answer(result).media["text/plain"])  # type: ignore[arg-type]


def test_a_corrected_slope_stands_beside_the_one_as_measured(links: Cohort):
    result = corrected_slopes(links, study())
    assert "freed of error of measurement; as measured it is " in said(result)
    assert "led to" not in said(result)
    assert "Corrected (95 % CI)" in slopes_table(result).media["text/html"]
    figure = slopes_figure(result)
    alt = figure.metadata["image/png"]["alt"]
    assert "within people, as measured" in alt
    assert "between people, corrected" in alt


def test_a_curve_tells_its_ends_and_whether_it_bends(links: Cohort):
    result = exposure_curve(links, study(smallest_worthwhile=1))
    alt = curve_figure(result).metadata["image/png"]["alt"]
    assert alt.startswith("Within people, difference in lumbar lordosis from the median pelvic tilt")
    assert "nor that it is straight" in said(result)


def test_agreement_shows_limits_and_fifths(links: Cohort):
    asked = Study(
        title="t",
        design="cohort",
        estimands=(Estimand(name="a", summary="agreement", outcome="pelvic_tilt_deg"),),
    )
    result = agreement(links, asked)
    alt = agreement_figure(result).metadata["image/png"]["alt"]
    assert "upper limit" in alt.lower()
    assert "in fifths of people by size" in alt
    assert "smallest detectable change" in estimates_table(result).media["text/html"]


def test_a_slope_that_does_not_differ_is_not_said_to(links: Cohort):
    result = slope_by_modifier(links, study(modifier="sensitised_nrs", smallest_worthwhile=0.5))
    assert "these data cannot tell whether the slope differs" in said(result)
    same = slope_by_modifier(links, study(modifier="sensitised_nrs", smallest_worthwhile=50))
    assert "the difference is too small to matter" in said(same)


def test_a_slope_that_error_draws_towards_zero_is_not_said_to_be_small(links: Cohort):
    freed = corrected_slopes(links, study(smallest_worthwhile=50))
    assert "is too small to matter" in said(freed)
    naive = within_between(links, study(smallest_worthwhile=50))
    assert "too small" not in said(naive)
    assert "by an amount that may or may not matter" in said(naive)
    flat = Contrast(
        SimpleNamespace(conf_low=-0.1, conf_high=0.1), "", "", "", "difference", 1.0, as_measured=True
    )
    assert flat.verdict is Verdict.NOT_SHOWN
    plain = replace(flat, as_measured=False)
    assert plain.verdict is Verdict.TOO_SMALL


def test_refusals_are_shown_as_sentences():
    refusal = Refusal("exposure_curve", "e", "Does it bend?", "nobody varies", ("people who vary",))
    for show in (curve_figure, agreement_figure, slopes_figure):
        assert "nobody varies" in str(show(refusal).media["text/plain"])
