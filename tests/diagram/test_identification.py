"""What is identified and how: front door, instrument, chance, and the study that lacks it."""

from __future__ import annotations

import pytest
from test_adjustment import drawn

from lowback.diagram import Diagram, Identified, Node, diagrams, identified
from lowback.diagram.identification import effect
from lowback.simulate import simulate, simulated_study
from lowback.study import Estimand, Study

X, Y = Node("x"), Node("y")


def told(diagram: Diagram, lacking: str = "") -> str:
    measured = [node for node in diagram.observable if node.variable not in lacking.split()]
    return effect(diagram, X, Y, measured).how


def test_the_front_door_is_found_and_only_where_it_is_open() -> None:
    # Pearl 1995, Biometrika 82:669-688, figure 3: smoking, tar, cancer.
    door = drawn("x>m", "m>y", "x-y")
    assert told(door) == "by the front door"
    assert told(door, "m") == "not identified"
    assert told(drawn("x>m", "m>y", "x-y", "m-y")) == "not identified"
    assert told(drawn("x>m", "m>y", "x-y", "x-m")) == "not identified"
    assert told(drawn("x>m", "m>y", "x>y", "x-y")) == "not identified"
    assert told(drawn("x>m", "m>y", "x>n", "n>y", "x-y")) == "by the front door"


def test_a_randomised_arm_is_an_instrument_unless_it_acts_in_another_way() -> None:
    base = ("arm>x", "x>y", "x-y")
    tool, beside = (
        Diagram("d", "D", "", one.arrows, one.shared, {}, ("arm",))
        for one in (drawn(*base), drawn(*base, "arm>y"))
    )
    assert told(tool) == "by an instrument"
    assert told(beside) == "not identified"
    # Where the diagram lets nothing else act on it, it need not be by chance.
    assert told(drawn(*base)) == "by an instrument"


def test_what_a_cohort_lacks_is_named() -> None:
    known = drawn("x>y", "c>x", "c>y")
    found = effect(known, X, Y, [X, Y])
    assert (found.how, found.needs) == ("not identified", ("c",))
    assert effect(known, X, Y, [X, Node("c")]).needs == ("y",)
    assert effect(known, X, Y, [X, Y, Node("c")], ["c"]).covariates_suffice is True
    assert effect(known, X, Y, [X, Y, Node("c")], ["y"]).covariates_suffice is False
    assert effect(known, Node("q"), Y, [Y]).how == "not in the diagram"
    assert effect(known, Y, X, [X, Y]).how == "no effect"


@pytest.fixture(scope="module")
def columns() -> set[str]:
    return simulate("literature", 40, 1, 1).cohort().columns


def test_a_trials_effect_is_by_chance_and_its_slopes_need_more_than_age_and_sex(columns: set[str]) -> None:
    mechanism, guarding, activity = diagrams()
    found = {one.estimand: one for one in identified(mechanism, simulated_study(), columns)}
    assert found["back pain at week 12"].how == "by chance"
    slope = found["back pain and hip extension"]
    assert (slope.how, slope.covariates_suffice) == ("by adjustment", False)
    assert [str(node) for node in slope.sets[0]] == ["activity_level", "age_years", "arm", "expectation_nrs"]
    for rival in (guarding, activity):
        rival_found = {one.estimand: one for one in identified(rival, simulated_study(), columns)}
        assert rival_found["back pain and hip extension"].how == "no effect"
        assert rival_found["back pain at week 12"].how == "by chance"


def test_arms_that_people_chose_are_not_by_chance(columns: set[str]) -> None:
    study = simulated_study()
    chosen = Study.model_validate(
        {**study.model_dump(), "design": "cohort", "estimands": [{**study.estimands[0].model_dump(exclude_defaults=True), "population": "all participants"}]}
    )  # fmt: skip
    assert identified(diagrams()[0], chosen, columns)[0].how == "not identified"


def test_every_kind_of_estimand_gets_an_answer(columns: set[str]) -> None:
    study = simulated_study()
    more = [
        Estimand(name="way", summary="mediated effect", outcome="pain_nrs", week=12, mediators=("hip_extension_deg", "pelvic_tilt_deg")),
        Estimand(name="way of load", summary="mediated effect", outcome="pain_nrs", week=12, mediators=("lordosis_deg", "disability_odi")),
        Estimand(name="lead", summary="lead", outcome="pain_nrs", exposure="hip_pain_nrs"),
        Estimand(name="same", summary="agreement", outcome="pelvic_tilt_deg"),
        Estimand(name="again", summary="recurrence", outcome="pain_nrs"),
    ]  # fmt: skip
    asked = study.model_copy(update={"estimands": tuple(more)})
    found = [one.how for one in identified(diagrams()[0], asked, columns)]
    # Chance assigns the arm, not the hip, whose step to pain must be adjusted for more than the study has.
    assert found == [
        "by adjustment",
        "not in the diagram",
        "not in the diagram",
        "no effect asked",
        "no effect asked",
    ]


def mediated(diagram: Diagram, **changes: object) -> Identified:
    """What a diagram says of the effect of a randomised arm on y by way of m, in a study with these covariates and keys."""
    asked = {
        "name": "way",
        "summary": "mediated effect",
        "outcome": "y",
        "week": 4,
        "mediators": ["m"],
        **changes,
    }
    covariates = asked.pop("covariates", [])
    study = Study.model_validate(
        {"title": "Path", "design": "randomised trial", "weeks": [0, 4], "arms": ["a", "b"], "control_arm": "a", "covariates": covariates, "estimands": [asked]}
    )  # fmt: skip
    by_chance = Diagram("d", "D", "", diagram.arrows, diagram.shared, {}, ("arm",))
    return identified(by_chance, study, ["arm", "y", "m", "c", "n"])[0]


def test_a_path_is_as_sure_as_its_step_from_the_mediator_on() -> None:
    # Chance at the arm does not free the mediator from a cause that it shares with the outcome.
    plain = mediated(drawn("arm>m", "m>y", "arm>y"))
    assert (plain.how, plain.exposure) == ("by chance", "arm")
    confounded = drawn("arm>m", "m>y", "arm>y", "c>m", "c>y")
    found = mediated(confounded)
    assert (found.how, found.exposure, found.covariates_suffice) == ("by adjustment", "m", False)
    assert [[str(node) for node in one] for one in found.sets] == [["arm", "c"]]
    assert mediated(confounded, covariates=["c"]).how == "by chance"
    # An instrument for the step is none for a model that adjusts.
    assert mediated(drawn("arm>m", "m>y", "m-y")).how == "by an instrument"
    assert mediated(drawn("arm>m", "m>y", "arm>y", "m-y")).how == "not identified"


def test_what_the_arm_changes_counts_where_the_estimand_names_it() -> None:
    changed = drawn("arm>m", "m>y", "arm>y", "arm>c", "c>m", "c>y")
    assert mediated(changed).covariates_suffice is False
    assert mediated(changed, confounders=["c"]).how == "by chance"
    # Of two mediators in a row the first is what the second is adjusted for.
    row = drawn("arm>n", "n>m", "m>y", "n>y", "arm>y")
    assert mediated(row, mediators=["n", "m"]).how == "by chance"
    assert mediated(row).covariates_suffice is False
