"""Calm and flare spells by hand: gaps, short flares, a month free, and records that tell nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from lowback.cohort import Cohort
from lowback.outcomes import NotComparable
from lowback.outcomes.spell_definitions import published_spells
from lowback.outcomes.spell_records import spell_records
from lowback.outcomes.spells import Recurrences, recurrences
from lowback.study import Estimand, Spells, Study

HIGH = Spells(name="pain of 5 or more", at_least=5)


def study(**changes: object) -> Study:
    content = {"name": "return", "summary": "recurrence", "outcome": "pain_nrs", **changes}
    return Study(title="Spells", design="cohort", estimands=(Estimand(**content),))


def diary(
    scores: Sequence[float | None], person: str = "A", flare: Sequence[bool | None] | None = None
) -> pd.DataFrame:
    """One check-in a day from day 0; a day without a score is not answered."""
    frame = pd.DataFrame(
        {"participant_id": person, "days": np.arange(len(scores), dtype=float), "pain_nrs": scores}
    )
    if flare is not None:
        frame["flare"] = pd.array(list(flare), dtype="boolean")
    return frame.astype({"pain_nrs": float})


def found(definition: Spells, *diaries: pd.DataFrame, **changes: object) -> Recurrences:
    asked = study(**changes)
    cohort = Cohort("by hand", checkins=pd.concat(diaries, ignore_index=True))
    return recurrences(spell_records(cohort, asked, asked.estimands[0]), definition)


def at_risk(spells: Recurrences) -> list[tuple[float, float, bool]]:
    return list(zip(spells.start.tolist(), spells.stop.tolist(), spells.event.tolist(), strict=True))


def test_calm_is_at_risk_until_the_record_that_shows_a_flare() -> None:
    spells = found(HIGH, diary([2, 2, 6, 6, 3, 3, 7]))
    assert at_risk(spells) == [(0, 2, True), (4, 6, True)]
    assert spells.number.tolist() == [1, 2]
    assert list(zip(spells.state_start, spells.state_stop, spells.in_flare, strict=True)) == [
        (0, 2, False),
        (2, 4, True),
        (4, 6, False),
    ]


def test_a_gap_is_not_calm() -> None:
    # Two days apart is joined, three days are not: nothing from day 4 to day 7 counts, and the flare after it is no return.
    spells = found(HIGH, diary([2, 2, None, 2, 2, None, None, 6, 2, 2]))
    assert at_risk(spells) == [(0, 4, False), (8, 9, False)]
    assert found(HIGH, diary([2, 2, None, 2, 2, None, 6, 2, 2])).event.sum() == 1


def test_one_person_never_runs_into_the_next() -> None:
    spells = found(HIGH, diary([2, 2]), diary([6, 6, 2, 2], "B"))
    assert at_risk(spells) == [(0, 1, False), (2, 3, False)]
    assert spells.number.tolist() == [1, 1]


def test_a_flare_too_short_leaves_the_calm_as_it_is() -> None:
    lasting = Spells(name="for more than a day", at_least=5, lasting_days=1)
    assert at_risk(found(lasting, diary([2, 6, 2, 2, 6, 6, 2]))) == [(0, 4, True)]
    # At the end of the diary it is not known whether it lasted.
    assert at_risk(found(lasting, diary([2, 2, 2, 6]))) == [(0, 2, False)]


def test_a_month_free_comes_before_a_return() -> None:
    month = published_spells(False, None, 0)[0]
    # A single day of pain is no episode, but it is not free of pain either.
    assert at_risk(found(month, diary([3, *[0] * 30, 1, 2]))) == []
    assert at_risk(found(month, diary([3, *[0] * 31, 1, 2]))) == [(31, 32, True)]
    assert at_risk(found(month, diary([0] * 31 + [4] + [0] * 5 + [1, 2]))) == [(30, 37, True)]


def test_what_is_neither_interrupts_settling_but_is_no_flare() -> None:
    wide = Spells(name="wide", at_least=5, at_most=1, calm_days=2)
    assert at_risk(found(wide, diary([0, 0, 3, 0, 0, 0, 3, 3, 6, 0]))) == [(5, 8, True)]
    # Before anything is known it is neither, and a flare out of it is no return.
    assert at_risk(found(wide, diary([3, 3, 6, 3, 0]))) == []


def test_a_rise_is_over_the_median_of_four_weeks_and_needs_seven_answers() -> None:
    rise = Spells(name="rise", rise=2)
    assert at_risk(found(rise, diary([8, 3, 3, 3, 3, 3, 3, 3, 4, 5, 3]))) == [(7, 9, True)]


def test_own_account_is_read_and_an_unanswered_one_tells_nothing() -> None:
    own = Spells(name="own", flag="flare")
    flags = [False, False, None, None, True, False, True]
    # Records 2 and 3 tell nothing, so day 1 and day 4 are too far apart to be joined.
    assert at_risk(found(own, diary([1] * 7, flare=flags))) == [(0, 1, False), (5, 6, True)]


def test_visits_serve_where_there_are_no_check_ins_and_a_missed_one_is_a_gap() -> None:
    weeks = [0.0, 4, 8, 12, 16]
    visits = pd.DataFrame({"participant_id": "A", "weeks": weeks, "pain_nrs": [2.0, 2, 6, np.nan, 6]})
    visits = pd.concat([visits, visits.assign(participant_id="B", pain_nrs=[6.0, 2, np.nan, 6, 2])])
    asked = study().model_copy(update={"weeks": tuple(weeks)})
    cohort = Cohort("visits", visits=visits.reset_index(drop=True))
    lasting = Spells(name="lasting", at_least=5, lasting_days=1)
    spells = recurrences(spell_records(cohort, asked, asked.estimands[0]), lasting)
    assert at_risk(spells) == [(0, 56, True)]


def test_while_on_treatment_ends_before_the_event() -> None:
    weeks = [0.0, 4, 8, 12]
    visits = pd.DataFrame(
        {
            "participant_id": "A",
            "weeks": weeks,
            "pain_nrs": [2.0, 2, 2, 6],
            "surgery": [False, False, True, True],
        }
    )
    cohort = Cohort("surgery", visits=visits.astype({"surgery": "boolean"}))
    for strategy, expected in (
        ("treatment policy", [(0, 84, True)]),
        ("while on treatment", [(0, 28, False)]),
    ):
        asked = study(intercurrent_events={"surgery": strategy})
        assert at_risk(recurrences(spell_records(cohort, asked, asked.estimands[0]), HIGH)) == expected
    asked = study(intercurrent_events={"surgery": "hypothetical"})
    with pytest.raises(NotComparable, match="'hypothetical' for 'surgery'"):
        spell_records(cohort, asked, asked.estimands[0])


def test_an_outcome_seen_once_is_refused_and_so_is_a_flag_that_is_not_there() -> None:
    asked = study()
    with pytest.raises(NotComparable, match="pain_nrs is not recorded twice"):
        spell_records(Cohort("once", checkins=diary([2])), asked, asked.estimands[0])
    with pytest.raises(NotComparable, match="no column 'flare' at the check-ins"):
        found(Spells(name="own", flag="flare"), diary([2, 2]))


def test_nobody_is_at_risk_while_in_flare_throughout() -> None:
    spells = found(HIGH, diary([6, 6, 7]))
    assert at_risk(spells) == []
    assert spells.in_flare.tolist() == [True]


def test_two_days_apart_is_no_gap_at_any_hour() -> None:
    # 8.3 - 6.3 is a hair more than 2 to a computer.
    one = diary([2, 2, 2, 2, 2, 2, 6])
    one["days"] = 2 * one["days"] + 0.3
    assert at_risk(found(HIGH, one)) == [(pytest.approx(0.3), pytest.approx(12.3), True)]
