"""The rule for warning signs: applied by hand, its accuracy against R, simulated truth, and what nobody looked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.screening_rule import screening_rule
from lowback.cohort import Cohort
from lowback.disclosure import disclosed
from lowback.figures import screening_figure
from lowback.result import Refusal, Result
from lowback.sentences import answer
from lowback.study import Estimand, Study

REFERENCE = Path(__file__).resolve().parents[1] / "reference"


def cohort(**columns: object) -> Cohort:
    people = pd.DataFrame(columns)
    people.insert(0, "participant_id", [f"{n:03d}" for n in range(len(people))])
    flags = [
        name for name in people if name.startswith(("flag", "serious", "worked")) and name != "flag_weeks"
    ]
    return Cohort("signs", people.astype(dict.fromkeys(flags, "boolean")))


def study(outcome: str = "serious_pathology", **changes: object) -> Study:
    estimand = Estimand(name="rule", summary="screening rule", outcome=outcome, **changes)
    return Study(title="Signs", design="cohort", estimands=(estimand,))


def rows(result: Result | Refusal) -> pd.DataFrame:
    assert isinstance(result, Result), result
    assert result.keys is not None
    return pd.concat([result.keys, result.estimates], axis=1)


def one(result: Result | Refusal, statistic: str, weeks: float | None = None) -> pd.Series:
    found = rows(result)
    found = found[found["statistic"] == statistic]
    return (found if weeks is None else found[found["weeks"] == weeks]).iloc[0]


# One by one: picked out; too short; explained; not severe; no sign; not decided, for it is not known how long it lasted.
SIX = {
    "flag_present": [True, True, True, True, False, True],
    "flag_explained": [False, False, True, False, False, False],
    "flag_severe": [True, True, True, False, False, True],
    "flag_weeks": [5.0, 2.0, 8.0, 8.0, 0.0, np.nan],
}


def test_the_rule_is_applied_as_it_stands_and_says_why() -> None:
    result = screening_rule(
        cohort(**SIX, serious_pathology=[True, False, False, False, False, True]), study()
    )
    for reason in (
        "picked out by the rule",
        "warning sign for less time",
        "warning sign explained",
        "warning sign not severe",
        "no warning sign",
        "cannot be decided",
    ):
        row = rows(result).set_index("reason").loc[reason]
        assert (row["estimate"], row["unit"], row["n_participants"]) == (1, "participants", 6), reason
    assert (one(result, "picked out", 4)["estimate"], one(result, "picked out", 4)["n_participants"]) == (
        1,
        5,
    )
    assert one(result, "picked out", 6)["estimate"] == 0
    assert one(result, "risk with")["estimate"] == 1
    assert one(result, "risk without")["estimate"] == 0
    assert isinstance(result, Result)
    assert "Whoever lacks a sign that would decide is left out" in result.method


def counted(picked: tuple[int, int, int], passed: tuple[int, int, int]) -> Cohort:
    """So many people, looked at, and found, on either side of the rule."""
    flag, looked, found = [], [], []
    for side, (people, seen, had) in ((True, picked), (False, passed)):
        flag += [side] * people
        looked += [at < seen for at in range(people)]
        found += [at < had for at in range(people)]
    n = len(flag)
    return cohort(
        flag_present=flag, flag_explained=[False] * n, flag_severe=[True] * n, flag_weeks=[5.0] * n,
        serious_pathology_found=found, worked_up=looked,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("case", "counts"),
    [("some", ((60, 48, 20), (340, 70, 6))), ("all", ((60, 60, 20), (340, 340, 9)))],
)
def test_accuracy_agrees_with_r(case: str, counts: tuple[tuple[int, int, int], tuple[int, int, int]]) -> None:
    result = screening_rule(counted(*counts), study("serious_pathology_found"))
    table = pd.read_csv(REFERENCE / "verification.csv")
    table = table[(table["case"] == case) & (table["what"] != "sensitivity by glm")]
    assert len(table) == 2
    for row in table.itertuples(index=False):
        found = one(result, row.what)
        assert (found["estimate"], found["conf_low"], found["conf_high"]) == pytest.approx(
            (row.estimate, row.conf_low, row.conf_high), rel=1e-5
        )


def test_those_not_looked_at_may_have_had_anything_by_hand() -> None:
    result = screening_rule(counted((60, 48, 20), (340, 70, 6)), study("serious_pathology_found"))
    assert one(result, "risk difference")["estimate"] == pytest.approx(20 / 48 - 6 / 70)
    bounds = one(result, "risk difference, bounds")
    # At the worst 20 of 60 against 276 of 340, and 32 of 60 against 6 of 340.
    assert bounds["conf_low"] < 20 / 60 - 276 / 340
    assert bounds["conf_high"] > 32 / 60 - 6 / 340
    everybody = screening_rule(counted((60, 60, 20), (340, 340, 9)), study("serious_pathology_found"))
    assert "risk difference, bounds" not in set(rows(everybody)["statistic"])


def drawn(rng: np.random.Generator, looked_at: float) -> Cohort:
    """The rule says nothing: 20 % have it on either side; of those passed over a share is looked at."""
    n = 400
    flag = rng.random(n) < 0.15
    has, looked = rng.random(n) < 0.2, flag | (rng.random(n) < looked_at)
    return cohort(
        flag_present=flag, flag_explained=np.zeros(n, bool), flag_severe=np.ones(n, bool), flag_weeks=np.full(n, 5.0),
        serious_pathology_found=has & looked, worked_up=looked,
    )  # fmt: skip


def test_a_rule_that_says_nothing_is_found_out_though_only_the_picked_out_are_looked_at() -> None:
    rng = np.random.default_rng(2)
    naive = corrected = unknown = covered = 0
    for _ in range(60):
        made = drawn(rng, 0.15)
        assert made.participants is not None
        found = one(screening_rule(made, study("serious_pathology_found")), "risk difference")
        corrected += found["conf_low"] > 0
        covered += found["conf_low"] <= 0 <= found["conf_high"]
        bare = Cohort("bare", made.participants.drop(columns="worked_up"))
        result = screening_rule(bare, study("serious_pathology_found"))
        naive += one(result, "risk difference")["conf_low"] > 0
        unknown += one(result, "risk difference, bounds")["conf_low"] > 0
        assert "sensitivity" not in set(rows(result)["statistic"])
    assert naive >= 50
    assert corrected <= 5
    assert covered >= 53
    assert unknown == 0


def test_the_sentence_tells_by_the_bounds_where_it_is_not_known_who_was_looked_at() -> None:
    made = counted((60, 60, 40), (340, 340, 9))
    sure = answer(screening_rule(made, study("serious_pathology_found", smallest_worthwhile=0.05)))
    assert "likelier where the rule picks out, by an amount that matters" in sure.media["text/plain"]
    assert "of those who have it" in sure.media["text/plain"]
    assert made.participants is not None
    bare = Cohort("bare", made.participants.drop(columns="worked_up"))
    unsure = answer(screening_rule(bare, study("serious_pathology_found", smallest_worthwhile=0.05)))
    assert "these data cannot tell whether it differs by the rule" in unsure.media["text/plain"]


def test_a_result_of_which_small_counts_were_left_out_is_still_put_into_words() -> None:
    result = screening_rule(counted((60, 60, 40), (340, 340, 3)), study("serious_pathology_found"))
    kept = disclosed(result, 5)
    assert {"found without", "risk without"}.isdisjoint(rows(kept)["statistic"])
    assert "The rule picks out 60 of 400 people." in answer(kept).media["text/plain"]


def test_what_is_not_recorded_is_refused() -> None:
    said = screening_rule(cohort(**SIX), study())
    assert isinstance(said, Refusal)
    assert "no yes/no 'serious_pathology'" in said.reason
    signs = {name: values for name, values in SIX.items() if name != "flag_weeks"}
    said = screening_rule(cohort(**signs, serious_pathology=[True] * 6), study())
    assert isinstance(said, Refusal)
    assert "no column 'flag_weeks'" in said.reason
    said = screening_rule(counted((5, 5, 1), (20, 0, 0)), study("serious_pathology_found"))
    assert isinstance(said, Refusal)
    assert "nobody on one side of the rule was looked at" in said.reason


def test_the_figure_shows_the_log_and_the_risks_by_the_number_of_weeks() -> None:
    made = counted((60, 48, 20), (340, 70, 6))
    shown = screening_figure(screening_rule(made, study("serious_pathology_found")))
    alt = shown.metadata["image/png"]["alt"]
    assert "Of 400 people" in alt
    assert "no warning sign: 340" in alt
    assert "picked out by the rule: 60" in alt
    assert "4 weeks or more: 33.1 percentage points (95 % CI 17.5 to 47.9)" in alt
    assert "whatever those not looked at had" in alt


def test_the_figure_of_what_was_disclosed_shows_no_small_count_and_a_refusal_its_reason() -> None:
    made = counted((60, 60, 40), (340, 340, 3))
    public = disclosed(screening_rule(made, study("serious_pathology_found")), 5)
    shown = screening_figure(public)
    alt = shown.metadata["image/png"]["alt"] if "image/png" in shown.metadata else ""
    assert "nan" not in alt
    assert "passes over: 3" not in alt
    refused = screening_rule(made, study("pain_nrs"))
    assert isinstance(refused, Refusal)
    assert refused.reason in screening_figure(refused).media["text/plain"]
