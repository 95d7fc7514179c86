"""A right analysis of two arms, and the wrong ones that a certificate must call *fails*; trials to try them on."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from lowback.cohort import Cohort
from lowback.result import Refusal, Result, estimates_frame
from lowback.study import Study

ARMS = ("usual care", "stretching, twice")


def study(weeks=(0, 12), worthwhile: float | None = 2.0, **others: object) -> Study:
    """Two arms compared on back pain at the last visit."""
    estimand = {
        "name": "pain at the end",
        "summary": "mean difference",
        "outcome": "pain_nrs",
        "population": "all randomised",
        "week": weeks[-1],
        "smallest_worthwhile": worthwhile,
    }
    if worthwhile is None:
        del estimand["smallest_worthwhile"]
    return Study.model_validate(
        {
            "title": "Two arms",
            "design": "randomised trial",
            "weeks": list(weeks),
            "arms": list(ARMS),
            "control_arm": ARMS[0],
            "estimands": [estimand],
            **others,
        }
    )


def trial(per_arm: int, weeks=(0, 12), correlation=0.5, effect=0.0, leave=(0.0, 0.0), seed=1) -> Cohort:
    """Scores around 5 with SD 1.7 in steps of 0.1; of each arm a share leaves after every visit, those in most pain first."""
    rng = np.random.default_rng(seed)
    people = 2 * per_arm
    arm = np.arange(people) % 2
    shared = rng.standard_normal((people, 1)) * np.sqrt(correlation)
    own = rng.standard_normal((people, len(weeks))) * np.sqrt(1 - correlation)
    scores = 5 + 1.7 * (shared + own)
    scores[:, 1:] += effect * arm[:, None]
    scores = np.clip(np.round(scores, 1), 0, 10)
    seen = np.ones(scores.shape, dtype=bool)
    for visit in range(1, len(weeks)):
        for one, share in enumerate(leave):
            there = np.flatnonzero(seen[:, visit - 1] & (arm == one))
            worst = there[np.argsort(-scores[there, visit - 1] - rng.standard_normal(len(there)))]
            seen[worst[: round(share * len(there))], visit:] = False
    ids = np.array([f"P{at:03d}" for at in range(people)])
    person, visit = np.nonzero(seen)
    return Cohort(
        name="two arms",
        participants=pd.DataFrame({"participant_id": ids, "arm": np.array(ARMS)[arm]}),
        visits=pd.DataFrame(
            {
                "participant_id": ids[person],
                "weeks": np.array(weeks, float)[visit],
                "pain_nrs": scores[person, visit],
            }
        ),
    )


def clustered_trial(therapists: int, people: int, icc: float, seed: int = 1, sites: int = 0) -> Cohort:
    """Each therapist's people are all in one arm; of a score's variance a share `icc` is the therapist's, at both visits.

    With `sites` therapists are divided among so many, and half of what people share is the site's.
    """
    rng = np.random.default_rng(seed)
    of = np.repeat(np.arange(therapists), people)
    site = of // 2 % max(sites, 1)
    shared = rng.standard_normal((therapists, 2))[of] * np.sqrt(icc if sites == 0 else icc / 2)
    shared = shared + rng.standard_normal((max(sites, 1), 2))[site] * np.sqrt(0 if sites == 0 else icc / 2)
    scores = 5 + 1.7 * (shared + np.sqrt(1 - icc) * rng.standard_normal((len(of), 2)))
    ids = np.array([f"P{at:04d}" for at in range(len(of))])
    people_of = pd.DataFrame({"participant_id": ids, "arm": np.array(ARMS)[of % 2]})
    people_of["cluster_id"] = [f"T{one:02d}" for one in of]
    if sites:
        people_of["site_id"] = [f"site {one}" for one in site]
    visits = pd.DataFrame(
        {
            "participant_id": np.repeat(ids, 2),
            "weeks": np.tile([0.0, 12.0], len(ids)),
            "pain_nrs": np.clip(np.round(scores, 1), 0, 10).ravel(),
        }
    )
    return Cohort("therapists", people_of, visits)


def means_of_therapists(cohort: Cohort, asked: Study) -> Result | Refusal:
    """Student's t on the mean last score of each therapist's people: right where therapists are in one arm each."""
    last = cohort.visits[cohort.visits["weeks"] == asked.weeks[-1]]
    people = cohort.participants.set_index("participant_id").loc[last["participant_id"]]
    therapist = people["cluster_id"].to_numpy(object)
    means = pd.Series(last["pain_nrs"].to_numpy(float)).groupby(therapist).mean()
    arm = people.drop_duplicates("cluster_id").set_index("cluster_id").loc[means.index, "arm"]
    first, second = (means[(arm == one).to_numpy()].to_numpy() for one in asked.arms)
    return _compared(first, second, asked)


def student(cohort: Cohort, asked: Study) -> Result | Refusal:
    """Student's t on the last scores: right where nobody leaves."""
    return _compared(*_last_scores(cohort, asked), asked)


def normal_for_t(cohort: Cohort, asked: Study) -> Result | Refusal:
    """The same with normal quantiles, whatever the degrees of freedom."""
    return _compared(*_last_scores(cohort, asked), asked, df=np.inf)


def duplicated_rows(cohort: Cohort, asked: Study) -> Result | Refusal:
    """The same with every person twice."""
    first, second = _last_scores(cohort, asked)
    return _compared(np.tile(first, 2), np.tile(second, 2), asked)


def swapped_arms(cohort: Cohort, asked: Study) -> Result | Refusal:
    """The same with the arms confused."""
    first, second = _last_scores(cohort, asked)
    return _compared(second, first, asked)


def all_visits_as_people(cohort: Cohort, asked: Study) -> Result | Refusal:
    """Every score after baseline as if it were another person's."""
    return _compared(*_scores(cohort, asked, cohort.visits["weeks"].to_numpy() > 0), asked)


def refuses_often(cohort: Cohort, asked: Study) -> Result | Refusal:
    """Student's t that has no answer where usual care came off better."""
    first, second = _last_scores(cohort, asked)
    if first.mean() < second.mean():
        return Refusal("refuses_often", "pain at the end", "?", "usual care came off better")
    return _compared(first, second, asked)


def _last_scores(cohort: Cohort, asked: Study) -> tuple[np.ndarray, np.ndarray]:
    return _scores(cohort, asked, cohort.visits["weeks"].to_numpy() == asked.weeks[-1])


def _scores(cohort: Cohort, asked: Study, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scores in these rows of the visits, by arm."""
    people = pd.Index(cohort.participants["participant_id"])
    person = people.get_indexer(cohort.visits["participant_id"])[rows]
    arm = cohort.participants["arm"].to_numpy(object)[person]
    scores = cohort.visits["pain_nrs"].to_numpy(float)[rows]
    known = np.isfinite(scores)
    first, second = (scores[known & (arm == one)] for one in asked.arms)
    return first, second


def _compared(
    first: np.ndarray, second: np.ndarray, asked: Study, df: float | None = None
) -> Result | Refusal:
    name = asked.estimands[0].name
    if min(len(first), len(second)) < 2:
        return Refusal("student", name, "?", "too few people")
    rest = len(first) + len(second) - 2
    variance = (first.var(ddof=1) * (len(first) - 1) + second.var(ddof=1) * (len(second) - 1)) / rest
    error = np.sqrt(variance * (1 / len(first) + 1 / len(second)))
    if error == 0:
        return Refusal("student", name, "?", "all scores are the same")
    df = df or rest
    estimate = second.mean() - first.mean()
    half = stats.t.ppf(0.975, df) * error
    term = f"{asked.arms[1]} vs {asked.arms[0]}"
    row = {
        "term": term,
        "estimate": estimate,
        "std_error": error,
        "df": df,
        "conf_low": estimate - half,
        "conf_high": estimate + half,
        "p_value": 2 * stats.t.sf(abs(estimate / error), df),
        "unit": "NRS points",
        "n_participants": len(first) + len(second),
    }
    key = {
        "arm": asked.arms[1],
        "comparator": asked.arms[0],
        "weeks": asked.weeks[-1],
        "statistic": "difference",
    }
    return Result("student", name, "?", estimates_frame([row]), "t", keys=pd.DataFrame([key]))
