"""Names and keys of rows in a public release: no share of few people, no count, no exact place in the data."""

from __future__ import annotations

import pytest
from test_public import RULES, result, shown

from lowback.disclosure import released
from lowback.result import Refusal


def rule(share: float, people: int = 68, **more: object) -> dict:
    """The gain of treating a share of the people."""
    term = f"x vs y, 2 signs or more ({100 * share:.0f} % treated): mean gain"
    return {"term": term, "estimate": 1.234, "std_error": 0.5, "unit": "NRS points", "n_participants": people,
            "share_treated": share, "statistic": "gain by rule", **more}  # fmt: skip


def test_a_share_of_few_people_is_not_told_by_a_name_or_a_key():
    few, many, all_but_few = rule(9 / 68), rule(32 / 68, rule="2"), rule(60 / 68, rule="1")
    found = released(result(few, many, all_but_few, analysis="by_characteristic"), RULES)
    assert list(shown(found)) == ["x vs y, 2 signs or more: mean gain"]
    # 32 of 68 are 30 or 35 of 65 or 70.
    assert found.keys["share_treated"].tolist()[0] in [0.429, 0.462, 0.5, 0.538]
    assert isinstance(released(result(few, analysis="by_characteristic"), RULES), Refusal)


def test_that_everybody_is_treated_tells_of_nobody():
    assert released(result(rule(1.0)), RULES).keys["share_treated"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("term", "told"),
    [
        ("risk difference, whatever 12 not asked had", "risk difference, whatever those not asked had"),
        ("mean of 7 people", "mean of those people"),
        ("effect at 3 signs, week 12", "effect at 3 signs, week 12"),
    ],
)
def test_a_name_counts_nobody(term, told):
    row = {"term": term, "estimate": 1.2, "std_error": 0.4, "unit": "NRS points"}
    assert list(shown(released(result(row), RULES))) == [told]


def test_places_along_a_curve_are_told_to_two_digits_or_to_three_where_two_are_alike():
    def curve(*places: float) -> list[str]:
        rows = [
            {
                "term": f"at {at:.4g} degrees, margin 1.25",
                "estimate": 1.2,
                "std_error": 0.4,
                "unit": "NRS points",
                "at": at,
            }
            for at in places
        ]
        return [
            term.split(",")[0] for term in shown(released(result(*rows, analysis="exposure_curve"), RULES))
        ]

    assert curve(-22.913, 0.51172, 12.28) == ["at -23 degrees", "at 0.51 degrees", "at 12 degrees"]
    assert curve(11.69, 12.28, 11.52) == ["at 11.7 degrees", "at 12.3 degrees", "at 11.5 degrees"]
    found = released(
        result(
            {"term": "at 12.28, margin 1.25", "estimate": 1.2, "std_error": 0.4, "unit": "x", "at": 12.28}
        ),
        RULES,
    )
    assert list(shown(found)) == ["at 12, margin 1.25"]


def test_bands_lie_on_the_grid_of_their_estimate_and_p_values_have_one_digit():
    row = {"term": "a", "estimate": 1.2345, "std_error": 0.3, "unit": "NRS points", "band_low": 0.4567, "band_high": 2.0123,
           "p_holm": 0.00107}  # fmt: skip
    found = released(result(row, analysis="event_curve"), RULES).keys.iloc[0]
    assert (found["band_low"], found["band_high"], found["p_holm"]) == (0.4, 2.1, 0.001)
