"""Those who keep to it: by hand, against R, by simulated truth where who keeps to it fares better anyway, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.complier import complier
from lowback.cohort import Cohort
from lowback.figures import complier_figure
from lowback.result import Refusal, Result, from_payload, to_payload
from lowback.sentences import answer
from lowback.study import Estimand, Study

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
ARMS = ("usual care", "video")


def study(covariates: tuple[str, ...] = (), **changes: object) -> Study:
    asked: dict[str, object] = {
        "name": "kept",
        "summary": "effect in those who keep to it",
        "population": "all randomised",
        "outcome": "pain_nrs",
        "week": 12,
        "exposure": "adherence",
        "threshold": 0.5,
        "smallest_worthwhile": 1,
        **changes,
    }
    return Study(
        title="Kept",
        design="randomised trial",
        weeks=(0, 12),
        arms=ARMS,
        control_arm="usual care",
        covariates=covariates,
        estimands=(Estimand.model_validate(asked),),
    )


def trial(
    arm: np.ndarray, base: np.ndarray, pain: np.ndarray, done: np.ndarray, **people: np.ndarray
) -> Cohort:
    ids = [f"P{n:03d}" for n in range(len(arm))]
    first = pd.DataFrame({"participant_id": ids, "weeks": 0.0, "pain_nrs": base, "adherence": np.nan})
    last = pd.DataFrame(
        {
            "participant_id": ids,
            "weeks": 12.0,
            "pain_nrs": pain,
            "adherence": np.where(arm == 1, done, np.nan),
        }
    )
    table = pd.DataFrame({"participant_id": ids, "arm": np.array(ARMS)[arm], **people})
    return Cohort("trial", table, pd.concat([first, last], ignore_index=True))


def row(result: Result | Refusal, statistic: str) -> pd.Series:
    assert isinstance(result, Result), result
    assert result.keys is not None
    return result.estimates[result.keys["statistic"] == statistic].iloc[0]


def drawn(rng: np.random.Generator, effect: float, people: int = 160) -> Cohort:
    """Keen people do more and fare better in either arm; the programme takes off `effect` in whoever does half of it or more."""
    arm, keen, base = (
        rng.permutation(np.arange(people) % 2),
        rng.normal(0, 1, people),
        rng.normal(6, 1, people),
    )
    done = 1 / (1 + np.exp(-(0.4 + 1.2 * keen)))
    pain = 0.6 * base - 0.7 * keen - effect * (arm == 1) * (done >= 0.5) + rng.normal(0, 1, people)
    return trial(arm, np.clip(base, 0, 10), np.clip(pain + 2, 0, 10), done)


def test_the_difference_as_assigned_is_divided_by_how_many_keep_to_it() -> None:
    # 8 people an arm, all at 6 before. Usual care: 5 and 7; video: half keep to it, 3 and 5, the others 5 and 7.
    arm = np.repeat([0, 1], 8)
    pain = np.array([5, 7, 5, 7, 5, 7, 5, 7, 3, 5, 3, 5, 5, 7, 5, 7.0])
    done = np.array([0] * 8 + [0.9] * 4 + [0.1] * 4)
    result = complier(trial(arm, np.full(16, 6.0), pain, done), study())
    assert row(result, "as assigned")["estimate"] == pytest.approx(-1)
    assert row(result, "more keep to it")["estimate"] == pytest.approx(0.5)
    assert row(result, "in those who keep to it")["estimate"] == pytest.approx(-2)
    # The mean share done is 0.5 as well.
    assert row(result, "whole programme")["estimate"] == pytest.approx(-2)
    assert row(result, "by who kept to it")["estimate"] == pytest.approx(-2)


def test_agrees_with_r() -> None:
    data = pd.read_csv(REFERENCE / "complier_data.csv")
    arm = (data["arm"] == "video").to_numpy().astype(int)
    columns = [data[name].to_numpy(float) for name in ("base", "pain", "done")]
    result = complier(
        trial(arm, *columns, age_years=data["age_years"].to_numpy()), study(covariates=("age_years",))
    )
    for one in pd.read_csv(REFERENCE / "complier.csv").itertuples(index=False):
        for name in ("estimate", "std_error", "df", "conf_low", "conf_high"):
            assert row(result, one.statistic)[name] == pytest.approx(getattr(one, name), rel=1e-6), (
                one.statistic,
                name,
            )


@pytest.mark.parametrize("effect", [0.0, 1.5])
def test_the_interval_covers_the_truth_and_that_of_who_kept_to_it_does_not(effect: float) -> None:
    rng = np.random.default_rng(20261122)
    hits = dict.fromkeys(("in those who keep to it", "by who kept to it"), 0)
    for _ in range(200):
        result = complier(drawn(rng, effect), study())
        for one in hits:
            found = row(result, one)
            hits[one] += found["conf_low"] <= -effect <= found["conf_high"]
    # 95 % of 200 is 190, with a standard error of 3.1.
    assert 181 <= hits["in those who keep to it"] <= 199, hits
    assert hits["by who kept to it"] < 165, hits


def test_the_figure_and_the_words_say_what_is_an_effect() -> None:
    result = complier(drawn(np.random.default_rng(1), 1.5), study())
    shown = complier_figure(from_payload(to_payload(result)))
    assert shown.media["image/png"]
    assert "as assigned" in shown.metadata["image/png"]["alt"]
    said = str(answer(result).media["text/plain"])
    assert "less back pain went with video than with usual care in those who keep to video" in said.lower()
    assert "which choice decided and not chance" in said
    assert "keep to it than of usual care" in said


def test_what_cannot_be_answered_is_refused_with_its_reason() -> None:
    good = drawn(np.random.default_rng(2), 1.5)
    assert good.visits is not None

    def reason(visits: pd.DataFrame) -> str:
        found = complier(Cohort("bad", good.participants, visits), study())
        assert isinstance(found, Refusal), found
        return found.reason

    assert "no column 'adherence'" in reason(good.visits.drop(columns="adherence"))
    nobody = good.visits.assign(adherence=good.visits["adherence"] * 0.1)
    assert "cannot be fitted" in reason(nobody)
    untold = good.visits.assign(adherence=np.nan)
    assert "nobody in arm 'video' has all that" in reason(untold)
