"""The page on how far two complaints go together: its tables, and a cohort in which short diaries find less."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from together_in_time import BETWEEN, DAYS, WITHIN, WORLDS, answers, between, within

from lowback.study import read_study


def estimates(within_them: float, low: float, high: float) -> pd.DataFrame:
    rows = dict.fromkeys(WITHIN.values(), (within_them, np.nan, np.nan, 103))
    rows[BETWEEN] = ((low + high) / 2, low, high, 103)
    return pd.DataFrame.from_dict(
        rows, orient="index", columns=["estimate", "conf_low", "conf_high", "n_participants"]
    )


def test_tables_by_hand() -> None:
    # Fisher's interval of 0.3 from 103 people is tanh(0.3095 -+ 1.96 / 10): 0.113 to 0.467.
    found = {"leads": {days: [estimates(0.2, 0.0, 0.6), estimates(0.4, 0.2, 0.4)] for days in DAYS}}
    true = {"leads": {"course": 0.31, "level": 0.33, "between": 0.12}}
    said = within(found, true)
    assert said.count("0.300 (0.100)") == len(DAYS) * len(WITHIN)
    assert "| 0.310 |" in said
    assert between(found, true).splitlines()[-1] == "| leads | 0.120 | 50.0 (35.4) | 100.0 (0.0) |"
    beyond = {"leads": {**true["leads"], "between": 0.1}}
    assert between(found, beyond).splitlines()[-1] == "| leads | 0.100 | 50.0 (35.4) | 0.0 (0.0) |"


def test_short_diaries_find_less_where_one_follows_the_other() -> None:
    found = answers("leads", read_study(WORLDS / "study_leads.yml"), 1, 1)
    line = [float(found[days][0].loc[WITHIN["course"], "estimate"]) for days in DAYS]
    # About 0.12 and 0.22 with an SD of some 0.02 between cohorts.
    assert line[0] < line[-1] - 0.03
    assert line[-1] == pytest.approx(0.22, abs=0.06)
