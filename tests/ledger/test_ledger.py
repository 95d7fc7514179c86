"""The ledger: every claim once, verdicts by the rule, right on cohorts of known truth, and no word more than the design carries."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from entered_trials import BEHIND, answerable, entry_of, reads_diary
from verdict_rates import behind_page, chain_page, limit, page

from lowback.certificate import Certificate, Certified, CertifiedTerm
from lowback.checked_yaml import ConfigurationError
from lowback.cohort import Cohort
from lowback.estimators.measurement_error import simex
from lowback.every_analysis import every_analysis
from lowback.ledger import VERDICTS, Entry, Finding, Ledger, claims, ledger
from lowback.ledger.asking import UP_TO_A_WEEK, Asked, CannotBeAsked, _matters, asked
from lowback.ledger.claims import claims_file
from lowback.ledger.entering import _row
from lowback.ledger.rows import verdict_of
from lowback.outcomes import mediated_model
from lowback.result import LEDGER_MIME, Refusal, Result, estimates_frame
from lowback.sentences import ledger_answer, worded_ledger
from lowback.sentences.ledger import entry_sentence
from lowback.simulate import claim_scenario, simulate, simulated_study
from lowback.simulate import claims as simulated_claims
from lowback.study import Estimand, Study
from lowback.tables import ledger_table
from lowback.variables import dictionary

ALL = [f"C{at:02d}" for at in range(1, 41)]


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return simulate("mechanism", 120, 3, 1).cohort()


@pytest.fixture(scope="module")
def found(cohort: Cohort) -> Ledger:
    return worded_ledger(ledger(cohort, simulated_study("mechanism"), every_analysis()))


def test_all_forty_claims_stand_in_it_once_and_in_order(found: Ledger) -> None:
    assert [one.claim_id for one in found.entries] == ALL
    assert list(claims()) == ALL
    assert sum(found.counts.values()) == 40


def test_a_claim_is_worded_as_in_the_simulator_and_every_row_names_known_columns() -> None:
    for name, one in simulated_claims().items():
        assert claims()[name].claim == one.claim
    for name, one in claims().items():
        for ask in one.ask:
            assert set(ask.columns) <= set(dictionary()), name
            assert ask.analysis in every_analysis() or one.awaits == "", name
            week = {"week": 12} if ask.estimand["summary"] in UP_TO_A_WEEK else {}
            Estimand.model_validate({"name": name, **ask.estimand, **week})
        assert one.never == "" or name in ("C04", "C40")


@pytest.mark.parametrize(
    ("low", "high", "speaks", "expected"),
    [
        (0.2, 1.4, "rise", "supported"),
        (-1.4, -0.2, "fall", "supported"),
        (-0.2, 0.9, "rise", "too small to matter"),
        (0.2, 0.9, "rise", "too small to matter"),
        (-2.0, -1.0, "rise", "contradicted"),
        (-2.0, 0.3, "rise", "too small to matter"),
        (-2.0, -0.5, "rise", "contradicted"),
        (-2.0, -0.1, "rise", "too small to matter"),
        (-0.2, 1.4, "rise", "cannot tell"),
        (-0.2, 1.4, "fall", "too small to matter"),
        (0.3, 1.4, "fall", "contradicted"),
        (0.1, 1.4, "fall", "too small to matter"),
        (-math.inf, math.inf, "rise", "cannot tell"),
        (math.nan, math.nan, "rise", "cannot tell"),
        (-0.9, 0.9, "none", "supported"),
        (0.2, 1.4, "none", "contradicted"),
        (-0.2, 1.4, "none", "cannot tell"),
    ],
)
def test_a_verdict_follows_from_interval_and_what_matters(
    low: float, high: float, speaks, expected: str
) -> None:
    one = Finding("a", "e", "t", (low + high) / 2, low, high, "points", 50, causal=False)
    assert verdict_of(one, speaks, 1.0) == expected


# Quantiles of Student's t as tables print them: 97.5 % and 99.5 %.
@pytest.mark.parametrize(("df", "usual", "further"), [(8, 2.306, 3.355), (math.inf, 1.960, 2.576)])
def test_what_nobody_claimed_takes_a_99_percent_interval(df: float, usual: float, further: float) -> None:
    def verdict(errors_away: float) -> str:
        ends = errors_away - usual, errors_away + usual
        return verdict_of(
            Finding("a", "e", "t", errors_away, *ends, "points", 50, causal=False, df=df), "rise", 1.0
        )

    assert verdict(-further - 0.01) == "contradicted"
    assert verdict(-further + 0.01) == "too small to matter"
    assert verdict(usual + 0.01) == "supported"
    ratio = Finding("a", "e", "t", math.exp(-further + 0.01), math.exp(-further + 0.01 - usual), math.exp(-further + 0.01 + usual), "ratio", 50, causal=False, df=df)  # fmt: skip
    assert verdict_of(ratio, "rise", math.e, is_ratio=True) == "too small to matter"
    assert (
        verdict_of(replace(ratio, estimate=math.nan), "rise", math.e, is_ratio=True) == "too small to matter"
    )


def test_where_an_effect_is_none_three_in_a_hundred_verdicts_err() -> None:
    rng = np.random.default_rng(20261123)
    drawn = 20_000
    told = Counter(
        verdict_of(
            Finding("a", "e", "t", one, one - 1.96, one + 1.96, "points", 50, causal=False), "rise", 1.0
        )
        for one in rng.normal(0, 1, drawn)
    )
    # 2.5 % and 0.5 %, with three standard errors of 20,000 draws.
    assert told["supported"] / drawn == pytest.approx(0.025, abs=3 * (0.025 * 0.975 / drawn) ** 0.5)
    assert told["contradicted"] / drawn == pytest.approx(0.005, abs=3 * (0.005 * 0.995 / drawn) ** 0.5)


@pytest.mark.parametrize("speaks", ["rise", "fall", "none"])
def test_an_interval_without_width_tells_nothing(speaks) -> None:
    for value in (-2.0, 0.0):
        one = Finding("a", "e", "t", value, value, value, "points", 4, causal=False)
        assert verdict_of(one, speaks, 1.0) == "cannot tell"


def test_a_ratio_is_read_by_its_logarithm_and_a_test_of_equivalence_decides() -> None:
    ratio = Finding("a", "e", "t", 0.6, 0.5, 0.7, "ratio", 50, causal=False)
    assert verdict_of(ratio, "fall", 1.25, is_ratio=True) == "supported"
    assert verdict_of(ratio, "rise", 1.25, is_ratio=True) == "contradicted"
    near = Finding("a", "e", "t", 1.0, 0.9, 1.1, "ratio", 50, causal=False)
    assert verdict_of(near, "fall", 1.25, is_ratio=True) == "too small to matter"
    unsure = Finding("a", "e", "t", 2.0, 1.5, 2.5, "points", 50, causal=False, concludes=False)
    assert verdict_of(unsure, "rise", 1.0) == "cannot tell"
    shown = Finding("a", "e", "t", 0.5, -0.1, 1.1, "points", 50, causal=True, shown_small=True)
    assert verdict_of(shown, "none", 1.0) == "supported"


@pytest.mark.parametrize(
    ("speaks", "low", "high", "said"),
    [
        ("fall", -0.4, 0.3, "Too small to matter (±1 points), whether"),
        ("fall", -0.4, 1.3, "Too small to matter in the direction claimed (lower; ±1 points)"),
        ("rise", -1.3, 0.4, "Too small to matter in the direction claimed (higher; ±1 points)"),
        ("rise", -1.3, -0.4, "Against the claim, it goes the other way (claimed: higher)"),
        ("fall", 0.4, 1.3, "Against the claim, it goes the other way (claimed: lower)"),
        (
            "fall",
            0.1,
            1.3,
            "Too small to matter in the direction claimed (lower; ±1 points), and it seems to go the other way",
        ),
    ],
)
def test_the_sentence_says_which_way_is_ruled_out(
    found: Ledger, speaks, low: float, high: float, said: str
) -> None:
    one = Finding("a", "e", "t", (low + high) / 2, low, high, "points", 50, causal=False)
    entry = next(one for one in found.entries if one.found is not None)
    told = {"found": one, "speaks": speaks, "matters": 1.0, "is_ratio": False, "as_measured": False}
    made = replace(entry, **told, verdict=verdict_of(one, speaks, 1.0))
    assert entry_sentence(made).startswith(said)


@pytest.mark.parametrize(
    ("low", "high", "speaks", "expected"),
    [
        (-0.2, 0.9, "rise", "cannot tell"),
        (0.2, 0.9, "rise", "supported"),
        (-0.9, -0.2, "rise", "contradicted"),
        (-0.9, -0.05, "rise", "cannot tell"),
        (-2.0, 0.3, "rise", "cannot tell"),
        (-0.1, 0.1, "none", "cannot tell"),
        (0.2, 0.9, "none", "contradicted"),
    ],
)
def test_a_link_with_error_left_in_it_is_never_told_to_be_small(
    low: float, high: float, speaks, expected: str
) -> None:
    one = Finding("a", "e", "t", (low + high) / 2, low, high, "points", 50, causal=False, shown_small=None)
    assert verdict_of(one, speaks, 1.0, as_measured=True) == expected
    assert verdict_of(one, speaks, 1.0) != "cannot tell"


def test_what_stands_in_for_a_corrected_link_is_known_to_be_as_measured() -> None:
    corrected = {
        name: claim.ask
        for name, claim in claims().items()
        if claim.ask and claim.ask[0].row.get("adjustment") == "corrected"
    }
    assert corrected
    for name, ask in corrected.items():
        plain = [one for one in ask if one.analysis == "within_between"]
        assert plain, name
        assert all(one.as_measured for one in plain), name
        assert not ask[0].as_measured


def test_a_true_link_that_error_hides_is_not_called_too_small() -> None:
    scenario = claim_scenario("C02", True)
    study = simulated_study(scenario)
    made = simulate(scenario, 60, 3, 1).cohort()
    one = ledger(made, study, {"within_between": every_analysis()["within_between"]}, only=["C02"]).entries[0]
    assert one.found is not None
    assert one.as_measured
    narrow = replace(one.found, estimate=-0.1, conf_low=-0.3, conf_high=0.1)
    assert verdict_of(narrow, one.speaks, one.matters, as_measured=one.as_measured) == "cannot tell"
    worded = worded_ledger(Ledger((replace(one, found=narrow, verdict="cannot tell"),), "cohort")).entries[0]
    assert "error that hides part of any link" in worded.sentence


def test_where_claims_are_false_few_are_supported_and_where_they_are_true_most_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Ends of intervals from a quarter of the draws; SIMEX, which no verdict is taken from, from fewer errors.
    monkeypatch.setattr(mediated_model, "REPLICATES", 500)
    monkeypatch.setattr(simex, "PAIRS", 1)
    # One cohort a claim and setting, without whole diaries; tests/ledger/verdict_rates.py counts many of all.
    asked = [name for name in answerable() if not reads_diary(name)]
    false = [entry_of(name, "false", 200, 17).verdict for name in asked]
    true = [entry_of(name, "true", 200, 17).verdict for name in asked]
    assert false.count("supported") <= limit(len(asked)) * len(asked)
    assert true.count("supported") >= 0.5 * len(asked)
    assert true.count("contradicted") + true.count("too small to matter") <= limit(len(asked)) * len(asked)


def test_load_is_not_shown_by_questionnaires_and_stories_are_no_evidence(found: Ledger) -> None:
    said = {one.claim_id: one for one in found.entries}
    assert said["C04"].verdict == said["C40"].verdict == "not tested"
    assert "cannot show what the spine bears" in said["C04"].sentence
    assert "anecdote, not evidence" in said["C40"].sentence


def test_what_a_cohort_lacks_is_named(cohort: Cohort) -> None:
    assert cohort.visits is not None
    bare = Cohort(
        name="bare", participants=cohort.participants, visits=cohort.visits.drop(columns=["lordosis_deg"])
    )
    said = {one.claim_id: one for one in ledger(bare, simulated_study("mechanism"), every_analysis()).entries}
    assert said["C03"].verdict == "not tested"
    assert said["C03"].reason == "this cohort does not record lumbar lordosis"
    assert said["C07"].reason == "this study has no arm 'back-only care'"
    assert said["C31"].reason == "this cohort does not record disc degeneration"
    assert "does not record step of care" in said["C35"].reason


def test_a_column_without_a_value_is_not_recorded(cohort: Cohort) -> None:
    assert cohort.visits is not None
    empty = Cohort(
        name="empty", participants=cohort.participants, visits=cohort.visits.assign(lordosis_deg=math.nan)
    )
    (entry,) = ledger(empty, simulated_study("mechanism"), every_analysis(), only=["C03"]).entries
    assert (entry.verdict, entry.is_testable) == ("not tested", False)


def test_arms_may_have_other_names(cohort: Cohort) -> None:
    study = simulated_study("mechanism")
    odd = "<b>stretch, daily; $5</b>".replace(";", ",")
    assert cohort.participants is not None
    people = cohort.participants.assign(arm=cohort.participants["arm"].replace("hip-flexor stretching", odd))
    declared = study.model_dump(exclude_defaults=True)
    renamed = Study.model_validate(
        {
            **declared,
            "estimands": [
                {name: said for name, said in one.items() if name != "factorial"}
                for one in declared["estimands"]
            ],
            "arms": [odd if one == "hip-flexor stretching" else one for one in study.arms],
        }
    )
    made = Cohort(name="odd", participants=people, visits=cohort.visits)
    unnamed = ledger(made, renamed, every_analysis(), only=["C14"]).entries[0]
    assert unnamed.reason == "this study has no arm 'hip-flexor stretching'"
    told = worded_ledger(ledger(made, renamed, every_analysis(), arms=f"hip: {odd}", only=["C14"]))
    assert told.entries[0].strength == "randomised"
    assert odd in told.entries[0].measure
    assert "<b>" not in ledger_table(told).media["text/html"]
    with pytest.raises(ConfigurationError, match="'hipp: x'"):
        ledger(made, renamed, every_analysis(), arms="hipp: x")


def test_the_studys_own_estimand_and_margin_stand_for_the_question(cohort: Cohort) -> None:
    study = simulated_study("mechanism")
    entry = ledger(cohort, study, every_analysis(), only=["C14"]).entries[0]
    assert entry.found is not None
    assert (entry.found.estimand, entry.matters) == ("back pain at week 12", 1)
    stricter = study.model_copy(
        update={"estimands": (study.estimands[0].model_copy(update={"smallest_worthwhile": 0.25}),)}
    )
    assert ledger(cohort, stricter, every_analysis(), only=["C14"]).entries[0].matters == 0.25


def test_a_margin_counts_for_the_range_of_a_score_and_not_for_each_of_its_steps() -> None:
    scenario = claim_scenario("C13", True)
    cohort, study = simulate(scenario, 120, 3, 1).cohort(), simulated_study(scenario)
    by_signs = Estimand(
        name="by signs",
        summary="effect by characteristic",
        population="all randomised",
        outcome="pain_nrs",
        week=12,
        arms=("hip-flexor stretching",),
        modifier="hip_signs",
        smallest_worthwhile=1,
        intercurrent_events={"stopped the programme": "treatment policy"},
    )
    asked = study.model_copy(update={"estimands": (by_signs,)})
    found = ledger(cohort, asked, every_analysis(), only=["C13"]).entries[0].found
    result = every_analysis()["by_characteristic"](cohort, asked.focus("by signs"))
    assert found is not None
    assert isinstance(result, Result)
    rows = result.estimates.set_index(result.keys["statistic"])
    whole, step = rows.loc["difference in effect"], rows.loc["difference per unit"]
    assert (found.conf_low, found.conf_high) == (whole.conf_low, whole.conf_high)
    assert whole.conf_low == pytest.approx(3 * step.conf_low)


def test_a_margin_in_points_says_nothing_of_a_correlation() -> None:
    pair = Estimand(
        name="pair", summary="lead", outcome="pain_nrs", exposure="hip_pain_nrs", smallest_worthwhile=0.5
    )
    assert [_matters(claims()[one].ask[0], pair) for one in ("C20", "C21")] == [0.05, 0.1]


def _with(study: Study, **keys: object) -> Study:
    estimand = Estimand.model_validate({"name": "own", "outcome": "pain_nrs", **keys})
    return study.model_copy(update={"estimands": (estimand,)})


@pytest.mark.parametrize(
    ("mediators", "confounders", "is_taken"),
    [
        (["hip_extension_deg"], ["steps_per_day"], False),
        (["hip_extension_deg", "pelvic_tilt_deg"], ["steps_per_day"], False),
        (["pelvic_tilt_deg"], [], False),
        (["pelvic_tilt_deg"], ["steps_per_day", "sitting_hours"], True),
    ],
)
def test_a_study_answers_by_its_own_mediators_only_where_they_are_those_of_the_claim(
    mediators: list[str], confounders: list[str], is_taken: bool
) -> None:
    cohort = simulate("trap_c18", 40, 1).cohort()
    study = _with(
        simulated_study("mechanism"), summary="mediated effect", week=12, mediators=mediators,
        confounders=confounders, smallest_worthwhile=3,
    )  # fmt: skip
    named = {"hip": "hip-flexor stretching"}
    question = asked(claims()["C18"].ask[0], cohort, study, named)
    assert question.estimand.mediators == ("pelvic_tilt_deg",)
    assert (question.estimand == study.estimands[0]) == is_taken
    assert question.matters == (3 if is_taken else claims()["C18"].ask[0].matters)


def test_nobody_who_was_not_assigned_has_an_effect() -> None:
    trial = simulated_study("mechanism")
    observed = trial.model_copy(
        update={
            "design": "cohort",
            "estimands": (trial.estimands[0].model_copy(update={"population": "all participants"}),),
        }
    )
    for name, claim in claims().items():
        for ask in claim.ask:
            if "effect" in ask.measure:
                words = [asked_words(ask.measure, one) for one in (trial, observed)]
                assert words[0].startswith("effect of stretching on back pain"), name
                assert words[1].startswith("difference that goes with stretching in back pain"), name


def asked_words(measure: str, study: Study) -> str:
    return Asked(study, study.estimands[0], 1.0, {"hip": "stretching"}).words(measure)


def test_what_an_analysis_does_not_conclude_is_not_said_to_be_of_unknown_size() -> None:
    found = Finding("lead", "e", "t", 0.2, 0.15, 0.25, "SD per SD", 50, causal=False, concludes=False)
    entry = Entry(
        "C20",
        "Progress in one region helps the other",
        "cannot tell",
        True,
        found=found,
        matters=0.05,
        measure="back pain a day later",
    )
    assert entry_sentence(entry) == (
        "These data cannot tell whether it is as claimed: there is a difference, but by the rule of its own analysis it is not told from "
        "what else would bring one about. Back pain a day later: 0.200 SD per SD (95 % CI 0.150 to 0.250)."
    )
    unsure = replace(entry, found=replace(found, conf_low=-0.05))
    assert entry_sentence(unsure).startswith("These data cannot tell whether there is an amount that matters")


def test_a_number_that_is_not_given_is_explained_in_one_clause(cohort: Cohort) -> None:
    assert cohort.visits is not None
    once = replace(cohort, checkins=None, visits=cohort.visits[cohort.visits["weeks"] == 0])
    study = _with(simulated_study("mechanism"), summary="slope", exposure="pelvic_tilt_deg", per=5)
    study = study.model_copy(
        update={"design": "cross-sectional", "weeks": (0.0,), "arms": (), "control_arm": None}
    )
    (entry,) = ledger(once, study, every_analysis(), only=["C01"]).entries
    assert entry.verdict == "cannot tell"
    assert "gives no such number (within, corrected): slopes of hip extension on sitting" in entry.reason
    assert ". " not in entry.reason


def test_a_claim_on_the_day_after_is_not_answered_by_visits_weeks_apart() -> None:
    made = simulate("trap_c21", 40, 1).cohort()
    assert made.visits is not None
    assert {"hip_pain_nrs", "pain_nrs"} <= set(made.visits)
    of_visits = replace(made, checkins=None)
    for entry in ledger(
        of_visits, simulated_study("mechanism"), every_analysis(), only=["C20", "C21"]
    ).entries:
        assert entry.found is None
        assert entry.verdict == "cannot tell"
        assert entry.reason.startswith("lead gives no such number")


def test_the_certificate_stands_beside_the_verdict(cohort: Cohort) -> None:
    part = Certified(
        "mmrm", "back pain at week 12", "k", "2026-11-22", 200, 1, (CertifiedTerm("t", "holds", (), {}),)
    )
    entry = ledger(
        cohort, simulated_study("mechanism"), every_analysis(), only=["C14"], certificate=Certificate((part,))
    ).entries[0]
    assert entry.certificate == "holds"


@pytest.mark.parametrize(
    ("claim", "certificate", "why"),
    [
        ("C14", Certificate(), "not tried on simulated cohorts like this one"),
        ("C14", Certificate((), (("mmrm", "back pain at week 12"),)), "have changed since"),
        (
            "C14",
            Certificate(untried=(("mmrm", "back pain at week 12", "it ran out of tea"),)),
            "ran out of tea",
        ),
        ("C01", Certificate(), "the study does not declare this question"),
        ("C03", Certificate(), "without error of measurement is not known"),
    ],
)
def test_without_a_certificate_the_reason_stands_beside_the_verdict(
    cohort: Cohort, claim: str, certificate: Certificate, why: str
) -> None:
    study = simulated_study("mechanism")
    book = worded_ledger(ledger(cohort, study, every_analysis(), only=[claim], certificate=certificate))
    (entry,) = book.entries
    assert entry.certificate.startswith("not certified: ")
    assert why in entry.certificate
    assert entry.row()["certificate"] == entry.certificate
    assert why in str(ledger_table(book).media["text/html"])


def test_an_analysis_that_refuses_cannot_tell_and_one_that_is_not_there_is_to_come(cohort: Cohort) -> None:
    def refuses(cohort: Cohort, study: Study) -> Result | Refusal:
        del cohort, study
        return Refusal("mmrm", "", "", "the model has gone fishing")

    study = simulated_study("mechanism")
    entry = ledger(cohort, study, {"mmrm": refuses}, only=["C14"]).entries[0]
    assert (entry.verdict, entry.reason) == ("cannot tell", "the model has gone fishing")
    entry = ledger(cohort, study, {}, only=["C14"]).entries[0]
    assert (entry.verdict, entry.reason) == ("not tested", "no analysis yet: mmrm")


def test_few_people_are_not_told_of(cohort: Cohort) -> None:
    entry = ledger(
        cohort, simulated_study("mechanism"), every_analysis(), only=["C14"], smallest_count=1000
    ).entries[0]
    assert entry.found is None
    assert "fewer than 1000 people" in entry.reason


def test_the_verb_follows_the_design(found: Ledger) -> None:
    for entry in found.entries:
        assert entry.sentence.endswith(".")
        if entry.verdict in ("supported", "contradicted", "too small to matter"):
            by_chance = "Chance assigned the arms" in entry.sentence
            assert by_chance == (entry.strength == "randomised")
            assert ("is not shown" in entry.sentence) == (entry.strength == "within-person")


def test_a_ledger_refuses_a_claim_that_stands_twice() -> None:
    one = Entry("C01", "claim", "not tested", is_testable=False)
    with pytest.raises(ValueError, match="stands twice"):
        Ledger((one, one))


def test_the_exhibits_show_every_claim_and_carry_the_rows(found: Ledger) -> None:
    shown = ledger_table(found).media
    rows = shown[LEDGER_MIME]["rows"]
    assert [row["claim_id"] for row in rows] == ALL
    assert set(shown[LEDGER_MIME]["columns"]) == set(rows[0])
    assert all(f">{name}<" in shown["text/html"] for name in ALL)
    assert all(row["verdict"] in VERDICTS for row in rows)
    assert "were not tested" in ledger_answer(found).media["text/plain"]


def test_every_role_has_an_arm() -> None:
    assert set(claims_file().arms) == {"hip", "strengthening", "back care", "hips and back", "video"}


def test_the_page_of_rates_says_who_is_fooled_and_who_is_mute() -> None:
    right = {
        ("C14", "true"): Counter(supported=9, **{"cannot tell": 1}),
        ("C14", "false"): Counter(**{"cannot tell": 10}),
    }
    wrong = {("C14", "true"): Counter(**{"cannot tell": 10}), ("C14", "trap"): Counter(supported=10)}
    assert (
        "Beyond it: none. Supported in less than half of the cohorts in which they are true: none."
        in page(right, 10, 99, "c")
    )
    assert (
        "Beyond it: C14 (trap). Supported in less than half of the cohorts in which they are true: C14."
        in page(wrong, 10, 99, "c")
    )


def test_a_total_whose_parts_cannot_be_told_answers_no_claim_on_parts_and_says_why():
    frame = estimates_frame([{"term": "total effect", "estimate": -2.0, "unit": "NRS points", "n_participants": 90}])  # fmt: skip
    alone = Result("mediation", "by way", "?", frame, "Effect, whole: it cannot be split: too much error; linear models.", keys=pd.DataFrame({"statistic": ["total"]}))  # fmt: skip
    with pytest.raises(CannotBeAsked, match=r"mediation gives no such number \(direct\): effect, whole: it cannot be split: too much error$"):  # fmt: skip
        _row(alone, {"statistic": "direct"}, {})


def test_a_way_of_asking_behind_the_first_answers_where_the_first_cannot() -> None:
    """Pain on standing up alone is enough for C10, sitting and hip for C01, and keeping to the videos for C17."""
    for claim, analysis in BEHIND.items():
        entry = entry_of(claim, "false", 96, 8, alone=analysis)
        assert entry.found is not None, entry.reason
        assert (entry.found.analysis, entry.found.causal) == (analysis, False)
        assert entry.verdict != "supported"
        assert entry_of(claim, "false", 96, 8).found.analysis != analysis


def test_the_page_of_rates_names_who_is_fooled_behind_the_first() -> None:
    counts = Counter({"supported": 3, "cannot tell": 7})
    said = behind_page({("C01", "trap"): counts, ("C17", "true"): counts}, 10)
    assert "C01 (trap)." in said
    assert "| C17 | complier | true | 30 | 0 | 0 | 70 | 0 |" in said


def test_the_page_of_rates_names_links_that_are_contradicted_where_the_chain_is_merely_false() -> None:
    false = {
        ("C01", "false"): Counter({"contradicted": 30, "cannot tell": 70}),
        ("C14", "false"): Counter({"supported": 2, "too small to matter": 98}),
    }
    said = chain_page(false, 100)
    assert "It falls short of that for: C01." in said
    assert "| C14 | Releasing the hip relieves the back | false | 2.0 | 0.0 | 98.0 | 0.0 | 0.0 |" in said


@pytest.mark.parametrize(("claim", "threshold"), [("C16", 7), ("C28", 30)])
def test_a_claim_is_read_at_its_own_threshold_whatever_the_study_declares(
    claim: str, threshold: float
) -> None:
    # The words of the claim name it; all else is as the study says.
    ask, cohort = claims()[claim].ask[0], simulate(claim_scenario(claim, True), 30, 1).cohort()
    own = Estimand.model_validate({"name": "own", **ask.estimand, "threshold": 4, "smallest_worthwhile": 0.9})
    study = simulated_study("mechanism").model_copy(update={"estimands": (own,)})
    question = asked(ask, cohort, study, {})
    assert (question.estimand.name, question.estimand.threshold) == ("own", threshold)
    assert question.matters == 0.9


def test_what_matters_of_a_ratio_goes_with_the_power_of_the_units() -> None:
    # A third more per 10 degrees is 1.33 x 1.33 more per 20.
    [ask] = claims()["C08"].ask
    twice = Estimand.model_validate({"name": "own", **ask.estimand, "per": 20})
    assert _matters(ask, twice) == pytest.approx(1.33**2)
