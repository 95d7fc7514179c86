"""A lasting exposure by a modifier of the moment: by hand, against R, by simulated truth, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.slope_by_moment import slope_by_moment
from lowback.cohort import Cohort
from lowback.figures import cells_figure
from lowback.result import Refusal, Result
from lowback.sentences import answer
from lowback.study import Estimand, Study
from lowback.variables import Variable, dictionary

REFERENCE = Path(__file__).resolve().parents[1] / "reference"


def cohort(checkins: pd.DataFrame, visits: pd.DataFrame) -> Cohort:
    people = pd.DataFrame({"participant_id": sorted(set(visits["participant_id"]))})
    return Cohort("moments", people, visits, checkins)


def study(**changes: object) -> Study:
    asked: dict[str, object] = {
        "name": "load",
        "summary": "slope",
        "outcome": "pain_nrs",
        "exposure": "pelvic_tilt_deg",
        "per": 5,
        "modifier": "sensitised_nrs",
        **changes,
    }
    return Study(title="Load", design="cohort", estimands=(Estimand.model_validate(asked),))


def rows(result: Result | Refusal) -> dict[str, pd.Series]:
    assert isinstance(result, Result), result
    assert result.keys is not None
    names = [
        " ".join(filter(None, (one.exposed, one.at))) or one.statistic
        for one in result.keys.itertuples(index=False)
    ]
    return {name: result.estimates.loc[at] for at, name in enumerate(names)}


def drawn(
    rng: np.random.Generator, people: int = 40, days: int = 20, product: float = 0.0, lasting: float = 0.0
) -> Cohort:
    """Pain at the next check-in: `product` a point and a degree; `lasting` tips the pelvis and hurts, whatever the moment."""
    trait, build = rng.normal(0, 1, (2, people))
    tilt = 10 + 2 * lasting * build + rng.normal(0, 3, people)
    react = 5 + trait[:, None] + rng.normal(0, 1.2, (people, days))
    noise = np.zeros((people, days))
    for day in range(days):
        noise[:, day] = 0.6 * (noise[:, day - 1] if day else 0) + rng.normal(0, 0.6, people)
    pain = np.full((people, days), 4.0) + noise + 1.5 * lasting * build[:, None]
    pain[:, 1:] += (0.2 * (react - 5) + product * (react - 5) * (tilt - 10)[:, None])[:, :-1]
    ids = np.array([f"{n:03d}" for n in range(people)])
    checkins = pd.DataFrame(
        {
            "participant_id": np.repeat(ids, days),
            "days": np.tile(np.arange(days, dtype=float), people),
            "pain_nrs": np.clip(pain, 0, 10).ravel(),
            "sensitised_nrs": np.clip(react, 0, 10).ravel(),
        }
    )
    visits = pd.DataFrame(
        {
            "participant_id": np.tile(ids, 3),
            "weeks": np.repeat([0.0, 4.0, 8.0], people),
            # Read with the error that the data dictionary has.
            "pelvic_tilt_deg": (tilt + rng.normal(0, 1.1, (3, people))).ravel(),
        }
    )
    return cohort(checkins, visits)


def test_a_product_without_noise_is_recovered_by_hand() -> None:
    # Tilts 4, 8, 12, 16 read without error; pain next = 3 + 0.1 (tilt - 10) (reactivity - 5): 0.5 points more per 5 degrees and point.
    react = [3.0, 7, 4, 6, 5, 7, 3, 5, 4, 6, 7, 3]
    checkins, visits = [], []
    for n, tilt in enumerate((4.0, 8.0, 12.0, 16.0, 4.0, 8.0, 12.0, 16.0)):
        pain = [3.0, *(3 + 0.1 * (tilt - 10) * (one - 5) for one in react[:-1])]
        for day, (now, felt) in enumerate(zip(react, pain, strict=True)):
            checkins.append(
                {"participant_id": f"{n}", "days": float(day), "pain_nrs": felt, "sensitised_nrs": now}
            )
        visits += [{"participant_id": f"{n}", "weeks": week, "pelvic_tilt_deg": tilt} for week in (0.0, 4.0)]
    result = slope_by_moment(cohort(pd.DataFrame(checkins), pd.DataFrame(visits)), study())
    found = rows(result)
    # Quartiles of reactivity over the 88 check-ins with another after them are 4 and 7, of tilt 7 and 13.
    low, high = 4, 7
    assert found["high minus low"]["estimate"] == pytest.approx(0.5 * (high - low))
    assert found["for each unit"]["estimate"] == pytest.approx(0.5)
    assert found["high high"]["estimate"] == pytest.approx(3 + 0.1 * 3 * (high - 5))
    assert found["low high"]["estimate"] == pytest.approx(3 - 0.1 * 3 * (high - 5))
    assert found["beyond the sum"]["estimate"] == pytest.approx(0.1 * 6 * (high - low))


@pytest.mark.parametrize("size", [1e-3, 1e-8, 1e-10])
@pytest.mark.parametrize("arms", [(), ("one", "other")])
def test_an_exposure_that_hardly_varies_beside_its_size_has_the_same_slopes_in_its_own_size(
    size: float, arms: tuple[str, ...]
) -> None:
    made, asked = drawn(np.random.default_rng(1), product=0.05), study()
    people = (
        made.participants.assign(arm=np.resize(arms, len(made.participants))) if arms else made.participants
    )
    asked = asked.model_copy(update={"arms": arms})
    found = []
    for one in (1.0, size):
        visits = made.visits.assign(pelvic_tilt_deg=30 + one * (made.visits["pelvic_tilt_deg"] - 10))
        found.append(rows(slope_by_moment(Cohort("small", people, visits, made.checkins), asked)))
    for at in ("high minus low", "low", "high", "for each unit"):
        for number in ("estimate", "std_error"):
            assert size * found[1][at][number] == pytest.approx(found[0][at][number], rel=1e-4), (at, number)


def test_an_exposure_that_differs_by_rounding_only_is_refused_by_name() -> None:
    made = drawn(np.random.default_rng(1), product=0.05)
    visits = made.visits.assign(pelvic_tilt_deg=30 + 1e-14 * (made.visits["pelvic_tilt_deg"] - 10))
    found = slope_by_moment(cohort(made.checkins, visits), study())
    assert isinstance(found, Refusal)
    assert re.search(
        r"pelvic tilt of everybody lies between 29\.9999\d+ and 30\.0000\d+ degrees, which differ by rounding only",
        found.reason,
    )
    assert found.needs == ("people who differ in pelvic_tilt_deg",)


def test_agrees_with_r() -> None:
    d = pd.read_csv(REFERENCE / "slope_by_moment_data.csv")
    v = pd.read_csv(REFERENCE / "slope_by_moment_visits.csv")
    checkins = pd.DataFrame(
        {
            "participant_id": d["person"].map("{:02d}".format),
            "days": d["day"].astype(float),
            "pain_nrs": d["pain"],
            "back_stiffness_nrs": d["react"],
        }
    )
    visits = pd.DataFrame(
        {
            "participant_id": v["person"].map("{:02d}".format),
            "weeks": v["weeks"].astype(float),
            "pelvic_tilt_deg": v["tilt"],
        }
    )
    found = rows(slope_by_moment(cohort(checkins, visits), study(modifier="back_stiffness_nrs")))
    expected = pd.read_csv(REFERENCE / "slope_by_moment.csv").set_index("name")
    assert len(expected) == 9
    for name, row in expected.iterrows():
        for column in ("estimate", "std_error", "conf_low", "conf_high"):
            assert found[str(name)][column] == pytest.approx(row[column], rel=1e-6), (name, column)


def test_the_interval_covers_the_simulated_difference() -> None:
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(120):
        made = drawn(rng, product=0.05)
        result = slope_by_moment(made, study())
        assert isinstance(result, Result)
        assert result.keys is not None
        key, row = result.keys.iloc[0], result.estimates.iloc[0]
        truth = 5 * 0.05 * (float(key["high"]) - float(key["low"]))
        held += row["conf_low"] <= truth <= row["conf_high"]
    # 95 % of 120, less 2.6 standard errors; pain that reaches its floor or ceiling costs a little.
    assert held >= 107


def test_what_lasts_in_a_person_passes_for_load_between_people_and_not_in_the_difference() -> None:
    rng = np.random.default_rng(4)
    between = difference = 0
    for _ in range(40):
        found = rows(slope_by_moment(drawn(rng, lasting=1.0), study()))
        pooled = found["high"]
        between += pooled["conf_low"] > 0
        difference += found["high minus low"]["conf_low"] > 0
    assert between >= 30
    # 2.5 % of 40 on this side, and 2.6 standard errors.
    assert difference <= 4


def test_the_method_says_what_counts_as_chance() -> None:
    made = drawn(np.random.default_rng(7), people=12)
    known = slope_by_moment(made, study())
    assert isinstance(known, Result)
    assert "the error of pelvic tilt is taken from" in known.method
    assert "and nothing else counts as chance" in known.method
    assert made.visits is not None
    sitting = made.visits.rename(columns={"pelvic_tilt_deg": "sitting_hours"})
    unknown = slope_by_moment(
        Cohort(
            "sitting",
            made.participants,
            sitting.assign(sitting_hours=sitting["sitting_hours"].clip(0, 24)),
            made.checkins,
        ),
        study(exposure="sitting_hours"),
    )
    assert isinstance(unknown, Result)
    assert (
        "how large its error is, is not known, so that what differs between a person's visits"
        in unknown.method
    )


def test_words_and_figure_show_the_difference_and_the_cells() -> None:
    rng = np.random.default_rng(5)
    result = slope_by_moment(drawn(rng, product=0.15), study(smallest_worthwhile=0.3))
    said = answer(result).media["text/plain"]
    assert "the slope is steeper upwards at the high value" in said
    assert "beyond their sum" in said
    nothing = slope_by_moment(drawn(rng, people=12), study(smallest_worthwhile=0.05))
    assert "cannot tell whether the slope differs" in answer(nothing).media["text/plain"]
    shown = cells_figure(result).metadata["image/png"]["alt"]
    assert shown.count("95 % CI") == 4
    assert "parallel lines would be no interaction" in shown


def test_values_that_lie_close_together_far_from_0_keep_names_of_their_own() -> None:
    far = 5e8
    known = {
        name: Variable(name=name, label=name, tables=(table,), unit="units")
        for name, table in (("strain", "visits"), ("strung", "checkins"))
    }
    near = drawn(np.random.default_rng(5), people=30, days=12, product=0.1)
    assert near.visits is not None
    assert near.checkins is not None
    # Halves are held exactly at 5e8.
    checkins = near.checkins.assign(strung=(2 * near.checkins["sensitised_nrs"]).round() / 2)
    visits = near.visits.assign(strain=(2 * near.visits["pelvic_tilt_deg"]).round() / 2)
    found = {}
    for moved in (0.0, far):
        made = Cohort(
            "far",
            near.participants,
            visits.assign(strain=visits["strain"] + moved),
            checkins.assign(strung=checkins["strung"] + moved),
            variables={**dictionary(), **known},
        )
        asked = study(exposure="strain", modifier="strung")
        found[moved] = rows(slope_by_moment(made, asked))
    there, here = found[far], found[0.0]
    for name in ("high minus low", "for each unit", "beyond the sum"):
        assert there[name]["estimate"] == pytest.approx(here[name]["estimate"], rel=1e-5)
    assert re.search(r"strung 50000000\d(\.5)? less 50000000\d", there["high minus low"]["term"])


def test_a_modifier_that_is_mostly_the_same_is_told_at_its_least_and_its_greatest() -> None:
    made = drawn(np.random.default_rng(5), people=30, days=12, product=0.1)
    assert made.checkins is not None
    calm = made.checkins.assign(sensitised_nrs=np.where(made.checkins["sensitised_nrs"] > 6.5, 8.0, 3.0))
    assert (calm["sensitised_nrs"] == 3).mean() > 0.75
    result = slope_by_moment(cohort(calm, made.visits), study())
    found = rows(result)
    assert "8 less 3" in found["high minus low"]["term"]
    assert found["high minus low"]["estimate"] == pytest.approx(5 * found["for each unit"]["estimate"])
    assert isinstance(result, Result)
    assert "are 3 and 8" in result.method


def test_what_is_not_recorded_is_refused() -> None:
    made = drawn(np.random.default_rng(6), people=6)
    assert made.visits is not None
    said = slope_by_moment(made, study(modifier="flare"))
    assert isinstance(said, Refusal)
    assert "no column 'flare' at the check-ins" in said.reason
    said = slope_by_moment(made, study(exposure="hip_extension_deg"))
    assert isinstance(said, Refusal)
    assert "no column 'hip_extension_deg' at the visits" in said.reason
    one = Cohort("one", made.participants, made.visits[made.visits["weeks"] == 0], made.checkins)
    said = slope_by_moment(one, study())
    assert isinstance(said, Refusal)
    assert "nobody has two readings" in said.reason
    bare = Cohort("bare", made.participants, made.visits)
    said = slope_by_moment(bare, study())
    assert isinstance(said, Refusal)
    assert "at the check-ins of this cohort" in said.reason
