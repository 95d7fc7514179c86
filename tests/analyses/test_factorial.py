"""Two components, alone and together: by hand, against R, by simulated truth, where they add up and where not, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from trials import refusal, study

from lowback.analyses.factorial import factorial
from lowback.cohort import Cohort
from lowback.figures import factorial_figure
from lowback.result import Refusal, Result, from_payload, to_payload
from lowback.sentences import answer
from lowback.study import Study

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
ARMS = ("usual care", "stretching", "strengthening", "both")


def asked(weeks: tuple[float, ...] = (0, 12), **changes: object) -> Study:
    estimand = {"factorial": list(ARMS[1:]), "smallest_worthwhile": 1, **changes}
    return study(weeks=list(weeks), arms=list(ARMS), estimand=estimand)


def drawn(
    rng: np.random.Generator,
    one: float,
    other: float,
    beyond: float = 0.0,
    people: int = 25,
    noise: float = 1.2,
    weeks: tuple[float, ...] = (0, 6, 12),
) -> Cohort:
    """People an arm; by the last week each component adds its effect and both so much beyond that; 10 % of later visits are missing."""
    arm = np.repeat(np.arange(4), people)
    effect = np.array([0, one, other, one + other + beyond])[arm]
    usual = 5 + 0.5 * noise * rng.normal(size=len(arm))
    ids = [f"P{at:03d}" for at in range(len(arm))]
    rows = [
        (who, week, float(np.clip(level + change * week / weeks[-1] + noise * rng.normal(), 0, 10)))
        for who, level, change in zip(ids, usual, effect, strict=True)
        for week in weeks
        if week == 0 or noise == 0 or rng.random() > 0.1
    ]
    visits = pd.DataFrame(rows, columns=["participant_id", "weeks", "pain_nrs"])
    return Cohort("drawn", pd.DataFrame({"participant_id": ids, "arm": np.array(ARMS)[arm]}), visits)


def rows(result: Result | Refusal) -> pd.DataFrame:
    assert isinstance(result, Result), result
    assert result.keys is not None
    return result.estimates.join(result.keys)


def row(result: Result | Refusal, statistic: str, component: str = "") -> pd.Series:
    found = rows(result)
    return found[(found["statistic"] == statistic) & (found["component"] == component)].iloc[0]


def test_four_means_without_noise_give_the_effects_and_what_is_beyond_them() -> None:
    # Means 5, 4, 3 and 1.5 at the end: stretching -1 alone and -1.5 beside, strengthening -2 alone and -2.5 beside, both -0.5 beyond.
    rng = np.random.default_rng(1)
    scores = np.repeat([5, 4, 3, 1.5], 20)
    # Rests of +-0.5 that sum to none in each arm, and baselines that have nothing to do with them.
    rest, baseline = np.tile([0.5, -0.5, -0.5, 0.5], 20), np.tile([4.0, 4.0, 6.0, 6.0], 20)
    ids = [f"P{at:03d}" for at in rng.permutation(80)]
    visits = pd.concat(
        [
            pd.DataFrame({"participant_id": ids, "weeks": 0.0, "pain_nrs": baseline}),
            pd.DataFrame({"participant_id": ids, "weeks": 12.0, "pain_nrs": scores + rest}),
        ]
    )
    people = pd.DataFrame({"participant_id": ids, "arm": np.repeat(ARMS, 20)})
    result = factorial(Cohort("by hand", people, visits), asked())
    found = {
        (statistic, component): row(result, statistic, component)["estimate"]
        for statistic in ("component", "alone", "beside the other")
        for component in ("stretching", "strengthening")
    }
    assert found == {
        key: pytest.approx(value)
        for key, value in {
            ("component", "stretching"): -1.25, ("component", "strengthening"): -2.25,
            ("alone", "stretching"): -1, ("alone", "strengthening"): -2,
            ("beside the other", "stretching"): -1.5, ("beside the other", "strengthening"): -2.5,
        }.items()
    }  # fmt: skip
    together = row(result, "interaction")
    assert together["estimate"] == pytest.approx(-0.5)
    assert row(result, "if both added up")["estimate"] == pytest.approx(2)
    # 80 rests of 0.5 squared over 80 - 5 degrees of freedom, in four arms of 20: the interaction has twice the error of an effect.
    error = (80 * 0.25 / 75 / 20) ** 0.5
    assert (together["std_error"], together["df"]) == pytest.approx((2 * error, 75))
    assert row(result, "component", "stretching")["std_error"] == pytest.approx(error)


def test_agrees_with_r() -> None:
    data, r = pd.read_csv(REFERENCE / "factorial_data.csv"), pd.read_csv(REFERENCE / "factorial.csv")
    people = data[["participant_id", "arm", "age_years"]].drop_duplicates()
    visits = data[["participant_id", "weeks", "pain_nrs"]].astype({"weeks": float})
    for model, weeks in (("gls", (0, 6, 12)), ("lm", (0, 12))):
        kept = visits[visits["weeks"].isin(weeks)]
        with_both = kept["participant_id"].isin(kept.loc[kept["weeks"] > 0, "participant_id"])
        plan = asked(weeks).model_copy(update={"covariates": ("age_years",)})
        # Covariates are centred over those analysed, which moves no contrast.
        result = factorial(Cohort("drawn in R", people, kept[with_both]), plan)
        for theirs in r[r["model"] == model].to_dict("records"):
            statistic, _, which = str(theirs["statistic"]).partition(", ")
            found = row(result, statistic, {"one": "stretching", "other": "strengthening"}.get(which, ""))
            assert found["estimate"] == pytest.approx(theirs["estimate"], rel=1e-5), theirs["statistic"]
            if model == "gls":
                # gls has no Kenward-Roger; its standard errors ignore that the covariance is estimated, and are smaller.
                assert 1.0 <= found["std_error"] / theirs["std_error"] <= 1.03
                continue
            for number in ("std_error", "df", "conf_low", "conf_high", "p_value"):
                assert found[number] == pytest.approx(theirs[number], rel=1e-6), (theirs["statistic"], number)


def test_intervals_cover_the_components_and_their_interaction() -> None:
    truth = {
        ("component", "stretching"): -0.75,
        ("component", "strengthening"): -1.05,
        ("interaction", ""): -0.5,
    }
    held = dict.fromkeys(truth, 0)
    for seed in range(200):
        result = factorial(drawn(np.random.default_rng(seed), -0.5, -0.8, -0.5), asked((0, 6, 12)))
        for (statistic, component), true in truth.items():
            found = row(result, statistic, component)
            held[statistic, component] += found["conf_low"] <= true <= found["conf_high"]
    # 95 % of 200 within 2.6 Monte Carlo errors.
    assert all(182 <= one <= 198 for one in held.values()), held


def test_components_that_add_up_show_no_interaction_and_one_that_works_beside_the_other_only_does() -> None:
    """The negative control: two effects that add up; then stretching that does nothing alone, of which the effect over both settings would tell half."""
    plan = asked((0, 6, 12))
    false = 0
    for seed in range(60):
        found = row(factorial(drawn(np.random.default_rng(seed), -1.5, -1.5), plan), "interaction")
        false += found["conf_low"] > 0 or found["conf_high"] < 0
    # Of 60 at 5 %, 8 or more come up in one of a hundred.
    assert false <= 7
    only_beside = factorial(drawn(np.random.default_rng(1), 0.0, 0.0, -2.0, people=60), plan)
    assert row(only_beside, "interaction")["conf_high"] < 0
    alone, beside = (row(only_beside, one, "stretching") for one in ("alone", "beside the other"))
    assert alone["conf_low"] < 0 < alone["conf_high"]
    assert beside["conf_high"] < -1
    assert abs(row(only_beside, "component", "stretching")["estimate"] + 1) < 0.5


def test_a_verdict_is_said_only_where_the_interval_allows_it() -> None:
    plan = asked((0, 6, 12))
    small = answer(factorial(drawn(np.random.default_rng(2), -1.0, 0.0), plan)).media["text/plain"]
    assert (
        "hese data cannot tell whether there is a difference in back pain between both and the two added up"
        in small
    )
    assert "So look at each by itself" in small
    large = answer(factorial(drawn(np.random.default_rng(2), -1.5, 0.0, people=300, noise=1), plan)).media[
        "text/plain"
    ]
    assert "stretching led to less back pain, by an amount that matters" in large
    assert "strengthening at week 12 is too small to matter" in large
    assert (
        "the difference in back pain between both and the two added up is too small to matter"
        in large.lower()
    )
    assert "So look" not in large


def test_results_travel_and_are_drawn() -> None:
    result = factorial(drawn(np.random.default_rng(2), -1.0, 0.0), asked((0, 6, 12)))
    assert rows(from_payload(to_payload(result))).equals(rows(result))
    assert "both, beyond the two alone added up" in factorial_figure(result).metadata["image/png"]["alt"]


def test_what_cannot_be_told_is_refused() -> None:
    made = drawn(np.random.default_rng(2), -1.0, 0.0)
    assert made.participants is not None
    none = refusal(factorial(made, study(weeks=[0, 6, 12], arms=list(ARMS))))
    assert "declares no estimand that says which arms" in none.reason
    assert "factorial: [one, other, both]" in none.needs[0]
    without = made.restricted_to(pd.Index(made.participants.query("arm != 'both'")["participant_id"]))
    assert "'both'" in refusal(factorial(without, asked((0, 6, 12)))).reason


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (["stretching", "both"], "the arm with one component, the arm with the other, and the arm with both"),
        (["stretching", "stretching", "both"], "the arm with one component"),
        (["stretching", "massage", "both"], "no arm 'massage'"),
        (["usual care", "stretching", "both"], "arm 'usual care' has neither component"),
    ],
)
def test_arms_that_are_no_two_components_are_refused_by_the_study(named: list[str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        asked(factorial=named)


def test_the_key_has_no_meaning_elsewhere() -> None:
    with pytest.raises(ValidationError, match="'factorial' has no meaning for a risk difference"):
        asked(summary="risk difference", responders=[{"fall_points": 2}])
