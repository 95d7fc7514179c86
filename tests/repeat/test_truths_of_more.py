"""True values of more of an exposure, of a change and of slopes by a modifier: by hand, by a second simulation, and planted wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lowback.analyses.dose import dose
from lowback.analyses.slope_by_modifier import slope_by_modifier
from lowback.analyses.sustained import sustained
from lowback.cohort import Cohort
from lowback.repeat import certify
from lowback.repeat.scenario_truths import scenario_truths
from lowback.repeat.trying import Analysis
from lowback.result import Refusal, Result
from lowback.simulate import SimulationError, at_moments
from lowback.simulate.scenario import Scenario, read_scenario
from lowback.simulate.shown import counted_by_visit, shown_at_visit
from lowback.study import Study, read_study

WORLDS = Path(__file__).resolve().parents[2] / "data" / "mechanism-worlds"
SITTING, SESSIONS, CHANGE = "hip extension and sustained sitting", "back pain by sessions done", "back pain after a change"  # fmt: skip
REACTIVE, HELD = "back pain and pelvic tilt by reactivity", "back pain by time held"


@pytest.fixture(autouse=True)
def fewer_people_behind_the_truth(monkeypatch):
    """Truths are then known to some hundredths, not thousandths."""
    monkeypatch.setattr(at_moments, "BLOCKS", 6)


def world(name: str, **changes: float) -> Scenario:
    read = read_scenario(WORLDS / f"{name}.yml")
    return read.model_copy(update={"parameters": {**read.parameters, **changes}})


def asked(name: str, **changes: object) -> Study:
    of = "reactive" if name in (REACTIVE, HELD) else "more"
    study = read_study(WORLDS / f"study_{of}.yml").focus(name)
    return study.model_copy(
        update={"estimands": tuple(one.model_copy(update=changes) for one in study.estimands)}
    )


def truths(scenario: Scenario, name: str, **changes: object) -> dict[tuple[str, ...], float]:
    study = asked(name, **changes)
    return scenario_truths(scenario, study, study.estimands[0])


def test_ratings_show_nothing_of_a_change_where_everybody_says_five() -> None:
    everybody = ("hip-flexor stretching", "usual care")
    # Pain of 5 and nothing else: from 4.5 to 5.5 is a whole point in tenths, and none where 4 to 6 all become 5.
    same = dict.fromkeys(
        ("pain_sd", "pain_slow_sd", "pain_day_sd", "pain_item_sd", "pain_in_women", "pain_per_year", "pain_per_bmi", "back_shock_sd",
         "shared_sd", "pain_per_log_duration", "pain_per_expectation", "pain_per_activity", "pain_enrol_at", "pain_per_session"), 0.0
    )  # fmt: skip
    still = world("no_more", **same, pain_mean=5.0, pain_visit_step=0.1)
    assert shown_at_visit(still, 3, everybody) == pytest.approx(1)
    rounded = still.model_copy(update={"parameters": {**still.parameters, "nrs_to_five": 1.0}})
    assert shown_at_visit(rounded, 3, everybody) == 0


def test_two_hours_more_of_sitting_cost_what_the_equations_say() -> None:
    # 1.2 degrees of hip an hour, and 0.6 degrees of tilt a degree of hip.
    found = truths(world("more"), SITTING)
    assert found["sustained by week", "12"] == pytest.approx(-2.4)
    assert found["within persons", "sustained"] == found["within persons", "now"] == pytest.approx(-2.4)
    assert found["within persons", "before"] == found["within persons", "later exposure"] == 0
    tilted = truths(world("more"), SITTING, outcome="pelvic_tilt_deg", week=4.0)
    assert tilted["within persons", "now"] == pytest.approx(2.4 * 0.6)


def test_sessions_of_the_rated_week_count_for_the_rest_of_it() -> None:
    # Three evenings of the last seven days leave 13, 9 and 5 of the week's 14 half days, less the one of the session.
    last = (9 + 13 / 14 - 1 / 14 + 9 / 14 - 1 / 14 + 5 / 14 - 1 / 14) / 12
    assert counted_by_visit(3) == pytest.approx([1, 1, last], abs=1e-12)
    found = truths(world("more"), SESSIONS)
    shown = found["dose", "more"] / (10 * -0.04 * (2 + last) / 3)
    assert shown == pytest.approx(1, abs=0.01)
    assert found["dose", "bend"] == found["dose", "later doses"] == 0
    # Early: a half, a third and a sixth of the sessions in the three intervals, so that a sixth more of them counts whole.
    early = found["dose", "spread less bunched early"] / (-0.04 * shown * (1 - last) / 6)
    assert 15 < -early < 23
    assert found["dose", "spread less bunched late"] == pytest.approx(-found["dose", "spread less bunched early"])  # fmt: skip


def test_a_step_is_the_equations_and_smaller_where_scores_end() -> None:
    assert truths(world("more"), CHANGE)["pooled level change",] == pytest.approx(-1.2, abs=0.01)
    low = truths(world("more", pain_mean=2), CHANGE)["pooled level change",]
    assert -1.1 < low < -0.3
    assert truths(world("no_more"), CHANGE) == {("pooled level change",): 0, ("pooled slope change",): 0}


def test_ten_held_sessions_take_off_ten_times_the_equations_figure() -> None:
    found = truths(world("reactive"), HELD)
    assert found["hold", "effect at the rule"] == pytest.approx(-0.6, abs=0.01)
    assert (found["hold", "before"], found["hold", "threshold"]) == (0, 30)
    nothing = truths(world("not_reactive"), HELD)
    assert nothing == {("hold", "effect at the rule"): 0, ("hold", "before"): 0}


def test_a_slope_rises_with_reactivity_as_a_second_simulation_has_it(monkeypatch) -> None:
    monkeypatch.setattr(at_moments, "BLOCKS", 24)
    found = truths(world("reactive"), REACTIVE)
    # How reactive a back is at the next moment by what is said now, within persons: of it alone, from its mean, two SDs and its memory.
    rng, people, moments = np.random.default_rng(1), 6000, 168
    state, trait = rng.standard_normal(people) * 1.2, rng.standard_normal((people, 1)) * 1.2
    states = [state]
    for _ in range(moments - 1):
        states.append(0.8 * states[-1] + 0.6 * 1.2 * rng.standard_normal(people))
    level = 5 + trait + np.stack(states, axis=1)
    now, then = np.clip(np.round(level[:, :-1]), 0, 10), (level[:, 1:] >= 5).astype(float)
    now, then = (one - one.mean(axis=1, keepdims=True) for one in (now, then))
    rise = float((now * then).sum() / (now * now).sum())
    assert found["slope by moment", "for each unit"] == pytest.approx(5 * 0.3 * rise, rel=0.06)
    low, high = (found["slope by moment", at] for at in ("low", "high"))
    assert high - low == pytest.approx(2 * found["slope by moment", "for each unit"])
    assert found["slope by modifier", "within", "for each unit"] > 0.1


def test_what_a_programme_does_to_pelvis_and_pain_is_no_slope_within_persons() -> None:
    """By hand: everybody keeps to it alike and tilt does nothing, so that the slope is 0; beside a line over time in each arm it would not be."""
    alike = world("not_reactive", pain_effect_stretching=-2, adherence_low=0.8, adherence_high=0.8)
    study = asked(REACTIVE).model_copy(update={"weeks": (0.0, 4.0, 8.0, 12.0)})
    found = scenario_truths(alike, study, study.estimands[0])
    squares, products = np.zeros(2), np.zeros(2)
    for _, lived in at_moments.blocks_of_moments(alike):
        x = lived.people.tilt
        y = np.stack([lived.people.pain[:, 28 * v : 28 * v + 7].mean(axis=1) for v in range(4)], axis=1)
        weeks = np.arange(4) - 1.5
        for arm in np.unique(lived.arms):
            both = [one[lived.arms == arm] for one in (x, y)]
            both = [one - one.mean(axis=1, keepdims=True) for one in both]
            left = [
                [one - one.mean(axis=0) for one in both],
                [one - weeks * (one.mean(axis=0) @ weeks) / (weeks @ weeks) for one in both],
            ]
            squares += [(a * a).sum() for a, _ in left]
            products += [(a * b).sum() for a, b in left]
    levels, lines = 5 * products / squares
    assert levels == pytest.approx(0, abs=0.1)
    assert lines > 0.3
    assert found["slope by modifier", "within", "for each unit"] == pytest.approx(0, abs=0.07)
    for at in ("low", "high"):
        assert found["slope by modifier", "within", at] == pytest.approx(0, abs=0.15)


def test_a_truth_is_of_the_visits_that_the_study_asks_of() -> None:
    """At baseline tilt has done nothing yet to pain, which draws slopes towards nil where that visit is asked of too."""
    study = asked(REACTIVE)
    later, all_visits = (
        scenario_truths(world("reactive"), study.model_copy(update={"weeks": weeks}), study.estimands[0])
        for weeks in ((4.0, 8.0, 12.0), ())
    )
    for level in ("within", "between"):
        assert (
            all_visits["slope by modifier", level, "high"] < 0.95 * later["slope by modifier", level, "high"]
        )
    with pytest.raises(
        SimulationError, match=r"slopes within persons at weeks \[12.0\]; allowed: two or more"
    ):
        scenario_truths(world("reactive"), study.model_copy(update={"weeks": (12.0,)}), study.estimands[0])


def test_a_slope_that_does_not_hang_on_reactivity_is_the_same_at_all_of_it(monkeypatch) -> None:
    # 0.2 points a degree of tilt whatever the state: 1 point per 5 degrees.
    monkeypatch.setattr(at_moments, "BLOCKS", 24)
    found = truths(world("not_reactive", pain_per_tilt=0.2), REACTIVE)
    for said, value in found.items():
        assert value == pytest.approx(0.0 if said[-1] == "for each unit" else 1.0, abs=0.12), said
    assert set(truths(world("not_reactive"), REACTIVE).values()) == {0.0}


@pytest.mark.parametrize(
    ("name", "changes", "parameters", "said"),
    [
        (SITTING, {"outcome": "pain_nrs"}, {}, "no true effect of sustained sitting_hours on pain_nrs"),
        (SESSIONS, {"exposure": "adherence"}, {}, "of no other dose"),
        (SESSIONS, {}, {"pain_effect_stretching": -1}, "pain_effect_stretching is -1, allowed: 0"),
        (CHANGE, {"outcome": "hip_pain_nrs"}, {}, "and no other"),
        (CHANGE, {}, {"change_at_worst": 1}, "on their worst day"),
        (REACTIVE, {"modifier": "mood"}, {}, "by mood is known"),
        (REACTIVE, {"outcome": "lordosis_deg"}, {}, "not of lordosis_deg"),
        (HELD, {"threshold": 20.0}, {"pain_per_held_session": -0.06}, "sessions of 20 s"),
        (HELD, {"outcome": "hip_pain_nrs"}, {}, "of nothing else"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused_with_the_reason(name, changes, parameters, said) -> None:
    of = "not_reactive" if name in (REACTIVE, HELD) else "more"
    with pytest.raises(SimulationError, match=said):
        truths(world(of, **parameters), name, **changes)


WRONG: dict[str, tuple[str, Callable[[float], float]]] = {
    SITTING: ("sustained", lambda value: value + 1.5),
    SESSIONS: ("more", lambda value: value - 1.5),
    REACTIVE: ("for each unit", lambda value: value / 3),
}
"""What a row says whose truth is planted wrong, and how wrong."""


class Remembered:
    """An analysis that gives its answers again, in order, once it is told to."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis, self.answers, self.again = analysis, [], iter(())
        self.is_over = False

    def __call__(self, cohort: Cohort, study: Study) -> Result | Refusal:
        if self.is_over:
            return next(self.again)
        self.answers.append(self.analysis(cohort, study))
        return self.answers[-1]

    def from_the_start(self) -> None:
        """From now on the answers so far."""
        self.is_over, self.again = True, iter(self.answers)


@pytest.mark.parametrize(
    ("name", "analysis", "people"),
    [(SITTING, sustained, 160), (SESSIONS, dose, 160), (REACTIVE, slope_by_modifier, 160)],
)
def test_a_truth_that_is_planted_wrong_is_found_out_and_the_right_one_is_not(
    monkeypatch, name: str, analysis: Analysis, people: int
) -> None:
    monkeypatch.setattr(certify, "PROBED", 300)
    if name == REACTIVE:
        monkeypatch.setattr(at_moments, "BLOCKS", 16)
    of, remembered = "reactive" if name == REACTIVE else "more", Remembered(analysis)
    study, (part, spoilt) = asked(name), WRONG[name]
    known = truths(world(of), name)
    planted = {said: spoilt(value) if said[-1] == part else value for said, value in known.items()}
    verdicts = []
    for told in (known, planted):
        monkeypatch.setattr("lowback.repeat.worlds.scenario_truths", lambda *_, told=told: told)
        found = certify.certify_scenario(
            world(of), people, {"asked": remembered}, replicates=32, seed=7, made="2026-11-23", study=study
        )
        verdicts.append({one.term: one.verdict for one in found.certified[0].terms})
        remembered.from_the_start()
    right, wrong = verdicts
    assert "fails" not in right.values(), right
    assert {term for term in wrong if wrong[term] == "fails"}, wrong
