"""Worn discs by age and pain: counted by hand, nothing claimed where age does it all, and what selective images show of themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lowback.cohort import Cohort
from lowback.describe import degeneration_by_age
from lowback.figures import degeneration_figure
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study

ASKED = Estimand(name="asked", summary="slope", outcome="pain_nrs", exposure="disc_grade", per=1)
STUDY = Study(title="Discs", design="cohort", weeks=(0, 12), estimands=(ASKED,))


def cohort(age: object, pain: object, grade: object) -> Cohort:
    """People of these ages, baseline pains and grades (NaN: no image)."""
    ids = [f"{n:04d}" for n in range(len(np.asarray(pain)))]
    people = pd.DataFrame(
        {
            "participant_id": ids,
            "age_years": age,
            "disc_grade": pd.array(np.asarray(grade, float), dtype="Int64"),
        }
    )
    return Cohort("discs", people, pd.DataFrame({"participant_id": ids, "weeks": 0.0, "pain_nrs": pain}))


def found(result: Result | Refusal) -> dict[tuple[str, str, str, str], pd.Series]:
    """The rows by what is shared, age, people and statistic."""
    assert isinstance(result, Result), result
    assert result.keys is not None
    keys = result.keys[["level", "age", "arm", "statistic"]].itertuples(index=False, name=None)
    return dict(zip(keys, (row for _, row in result.estimates.iterrows()), strict=True))


def test_counted_by_hand() -> None:
    """Aged 39 and 40, four of each who hurt (grades 1, 2, 3 and none) and two who do not (grades 3 and 5)."""
    grades = [1, 2, 3, np.nan, 3, 5] * 2
    rows = found(
        degeneration_by_age(
            cohort([39.0] * 6 + [40.0] * 6, [5.0] * 4 + [4.9] * 2 + [5.0] * 4 + [4.9] * 2, grades), STUDY
        )
    )
    row = rows["worn", "under 40 years", "pain of 5 or more", "count"]
    assert (row["estimate"], row["n_participants"]) == (1, 3)
    assert rows["worn", "40 to 59 years", "pain under 5", "percentage"]["estimate"] == 100
    assert rows["worn", "equal age", "pain of 5 or more", "difference"]["estimate"] == pytest.approx(
        100 * (1 / 3 - 1)
    )
    imaged = rows["imaged", "all ages", "pain of 5 or more", "count"]
    assert (imaged["estimate"], imaged["n_participants"]) == (6, 8)
    assert ("worn", "60 years and over", "pain under 5", "count") not in rows


def drawn(seed: int, effect: float = 0.0) -> Cohort:
    """Discs wear and pain comes with the band of age; at equal age worn discs are `effect` more common in those who hurt."""
    rng = np.random.default_rng(seed)
    band = rng.integers(0, 3, 400)
    hurts = rng.random(400) < np.array([0.2, 0.5, 0.8])[band]
    worn = rng.random(400) < np.array([0.15, 0.45, 0.75])[band] + effect * hurts
    return cohort(30.0 + 20 * band, np.where(hurts, 6.0, 2.0), np.where(worn, 4, 2))


@pytest.mark.parametrize("effect", [0.0, 0.2])
def test_the_interval_covers_what_is_true_at_equal_age(effect: float) -> None:
    rows = [
        found(degeneration_by_age(drawn(seed, effect), STUDY))[
            "worn", "equal age", "pain of 5 or more", "difference"
        ]
        for seed in range(150)
    ]
    # 95 % of 150, give or take 2.6 standard errors.
    assert 135 <= sum(row["conf_low"] <= 100 * effect <= row["conf_high"] for row in rows) <= 149


def test_images_because_of_pain_show_in_who_was_imaged() -> None:
    rng = np.random.default_rng(2)
    pain = rng.choice([2.0, 7.0], 300)
    grade = np.where((pain > 5) | (rng.random(300) < 0.2), 3.0, np.nan)
    rows = found(degeneration_by_age(cohort(50.0, pain, grade), STUDY))
    assert rows["imaged", "all ages", "pain of 5 or more", "percentage"]["estimate"] == 100
    assert rows["imaged", "all ages", "pain under 5", "percentage"]["conf_high"] < 40


def test_a_cohort_without_images_is_refused() -> None:
    result = degeneration_by_age(cohort(50.0, [1.0, 7.0], [np.nan, np.nan]), STUDY)
    assert isinstance(result, Refusal)
    assert "does not record disc degeneration at baseline" in result.reason


def test_people_whom_nobody_of_their_age_is_compared_with_count_in_no_difference() -> None:
    """Two and two under 40 years, and three of 60 who hurt, beside nobody of 60 who does not."""
    rows = found(
        degeneration_by_age(
            cohort([30.0] * 4 + [65.0] * 3, [6.0, 6.0, 1.0, 1.0] + [6.0] * 3, [3, 1, 1, 1, 4, 4, 4]), STUDY
        )
    )
    row = rows["worn", "equal age", "pain of 5 or more", "difference"]
    assert (row["estimate"], row["n_participants"]) == (pytest.approx(50), 4)
    assert ("worn", "60 years and over", "pain of 5 or more", "difference") not in rows


def test_a_cohort_in_which_nobody_has_image_age_and_pain_is_refused() -> None:
    result = degeneration_by_age(cohort([50.0, np.nan], [1.0, 7.0], [np.nan, 3]), STUDY)
    assert isinstance(result, Refusal)
    assert "nobody in this cohort has disc degeneration, age, back pain all at baseline" in result.reason


def test_where_ages_cannot_be_compared_the_figure_has_no_empty_sentence() -> None:
    shown = degeneration_figure(degeneration_by_age(cohort([30.0, 65.0], [6.0, 1.0], [3, 1]), STUDY))
    alt = shown.metadata["image/png"]["alt"]
    assert alt.endswith("n=1.")
    assert "equal age" not in alt
