from __future__ import annotations

import pytest

from lowback.simulate import SimulationError, simulate_untreated


def test_untreated_people_improve_by_as_much_as_published_in_the_lesson():
    # An independent simulation of the same design found -1.33 points, 35 % and 46 %.
    people = simulate_untreated(200_000, 1)
    fall = people["pain_before_nrs"] - people["pain_after_nrs"]
    assert fall.mean() == pytest.approx(1.33, abs=0.02)
    assert (fall / people["pain_before_nrs"] >= 0.3 - 1e-9).mean() == pytest.approx(0.35, abs=0.01)
    assert (fall >= 2).mean() == pytest.approx(0.46, abs=0.01)


def test_nobody_improves_whose_baseline_was_not_selected():
    people = simulate_untreated(100_000, 2, enrol_at=0)
    assert (people["pain_after_nrs"] - people["pain_before_nrs"]).mean() == pytest.approx(0, abs=0.03)


def test_everybody_was_enrolled_at_the_threshold_and_has_one_row():
    people = simulate_untreated(50, 3, enrol_at=7)
    assert people["pain_before_nrs"].min() >= 7
    assert people["participant_id"].is_unique
    assert len(people) == 50


def test_the_first_people_stay_when_more_are_asked_for():
    assert simulate_untreated(5000, 4)[:50].equals(simulate_untreated(50, 4))


@pytest.mark.parametrize(("n", "seed", "at"), [(0, 1, 6), (10, -1, 6), (10, 1, 11), (10, 1, float("nan"))])
def test_impossible_requests_are_refused(n, seed, at):
    with pytest.raises(SimulationError, match="allowed"):
        simulate_untreated(n, seed, at)
