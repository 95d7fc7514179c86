"""What a mapping may say about units, signs, scales, codes and rows. Expected values are worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from clinic_files import Refused, assert_refused, pain, taken, with_keys, written

from lowback.checked_yaml import ConfigurationError
from lowback.intake import CohortRefused, read_cohort, take_in

FILE = "cohort: clinic\nfiles:\n  - file: visits.csv\n"
IDS = FILE + "    columns:\n      id: {to: participant_id}\n"
AT_WEEK = IDS + "      week: {to: weeks}\n"


def person(tmp_path: Path, rules: str, cell: str, variable: str) -> object:
    """What one cell of a list of people becomes."""
    intake = taken(tmp_path, f'id,x\nP1,"{cell}"\n', IDS + f"      x: {rules}\n")
    assert intake.cohort is not None, intake.findings.to_string()
    return intake.cohort.participants[variable].item()


def visit(tmp_path: Path, rules: str, cell: str, variable: str) -> object:
    """What one cell of a visit becomes."""
    intake = taken(tmp_path, f'id,week,x\nP1,0,"{cell}"\n', AT_WEEK + f"      x: {rules}\n")
    assert intake.cohort is not None, intake.findings.to_string()
    return intake.cohort.visits[variable].item()


@pytest.mark.parametrize(
    ("rules", "cell", "variable", "expected"),
    [
        ("{to: height_cm, unit: m}", "1.72", "height_cm", 172.0),
        ("{to: height_cm, unit: inch}", "70", "height_cm", 177.8),
        ("{to: weight_kg, unit: lb}", "150", "weight_kg", 68.0388555),
        ("{to: pain_duration_weeks, unit: days}", "14", "pain_duration_weeks", 2.0),
        ("{to: pain_duration_weeks, unit: years}", "2", "pain_duration_weeks", 730.5 / 7),
        ("{to: pain_duration_weeks, unit: months}", "12", "pain_duration_weeks", 365.25 / 7),
    ],
)
def test_a_persons_value_is_converted_to_our_unit(
    tmp_path: Path, rules: str, cell: str, variable: str, expected: float
) -> None:
    assert person(tmp_path, rules, cell, variable) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("rules", "cell", "variable", "expected"),
    [
        ("{to: pain_nrs, scale: {from: [0, 100], to: [0, 10]}}", "45", "pain_nrs", 4.5),
        ("{to: pain_nrs, scale: {from: [0, 10], to: [10, 0]}}", "3", "pain_nrs", 7.0),
        ("{to: pain_vas, unit: cm VAS}", "4.5", "pain_vas", 45.0),
        ("{to: sitting_hours, unit: min/day}", "90", "sitting_hours", 1.5),
        ("{to: sitting_hours, unit: hours per day}", "6", "sitting_hours", 6.0),
        ("{to: adherence, unit: percent}", "80", "adherence", 0.8),
        ("{to: pelvic_tilt_deg, unit: radians, sign: positive is anterior}", "0.5", "pelvic_tilt_deg", 28.64788975654116),
        ("{to: pelvic_tilt_deg, unit: degrees, sign: positive is posterior}", "12", "pelvic_tilt_deg", -12.0),
        ("{to: hip_extension_deg, unit: degrees, sign: positive is extension deficit}", "8", "hip_extension_deg", -8.0),
    ],
)  # fmt: skip
def test_a_visits_value_is_converted_to_our_unit_sign_and_scale(
    tmp_path: Path, rules: str, cell: str, variable: str, expected: float
) -> None:
    assert visit(tmp_path, rules, cell, variable) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("yes", True), ("TRUE", True), ("1", True), ("No", False), ("false", False), ("0", False)],
)
def test_a_flag_is_told_in_plain_words(tmp_path: Path, cell: str, expected: bool) -> None:
    assert visit(tmp_path, "{to: flare}", cell, "flare") == expected


@pytest.mark.parametrize(
    ("rules", "cell", "rule"),
    [
        ("{to: height_cm}", "172", "declare the unit of this column (unit: cm)"),
        ("{to: height_cm, unit: kg}", "172", "unit 'kg' does not convert to cm"),
        ("{to: sex, unit: cm}", "male", "sex has no unit"),
        ("{to: arm, recode: {'1': no}}", "1", "put the recoded words in quotes"),
        ("{to: pain_nrs, unit: NRS points}", "4", "give the column its week"),
        ("{to: age_years, unit: years, sign: positive is anterior}", "40", "has one direction"),
    ],
)
def test_a_column_that_says_too_little_or_too_much_is_refused(
    tmp_path: Path, rules: str, cell: str, rule: str
) -> None:
    intake = taken(tmp_path, f"id,x\nP1,{cell}\n", IDS + f"      x: {rules}\n")
    assert_refused(intake, Refused(1, "x", rule))


@pytest.mark.parametrize(
    ("rules", "cell", "rule"),
    [
        ("{to: flare}", "maybe", "allowed yes, no, true, false, 1, 0"),
        (
            "{to: pain_nrs, scale: {from: [0, 100], to: [0, 10]}}",
            "101",
            "allowed 0 to 100 on the source's scale",
        ),
        ("{to: pain_vas, unit: cm VAS}", "45", "out of range (450 mm VAS): allowed 0 to 100 mm VAS"),
        ("{to: global_change_pgic, unit: PGIC points}", "2.5", "whole numbers 1 to 7 PGIC points"),
    ],
)
def test_a_cell_that_does_not_fit_is_refused(tmp_path: Path, rules: str, cell: str, rule: str) -> None:
    intake = taken(tmp_path, f"id,week,x\nP1,0,{cell}\n", AT_WEEK + f"      x: {rules}\n")
    assert_refused(intake, Refused(2, "x", rule, cell))


def test_levels_and_spellings_of_categories_are_not_guessed(tmp_path: Path) -> None:
    mapping = IDS + "      sex: {to: sex}\n      group: {to: arm}\n"
    intake = taken(tmp_path, "id,sex,group\nP1,Male,A\nP2,male,a\nP3,other,B\n", mapping)
    assert_refused(intake, Refused(2, "sex", "did you mean 'male'?", "Male"))
    assert_refused(
        intake,
        Refused(3, "group", "spellings that differ only in case, blanks or invisible characters: 'A', 'a'"),
    )


def test_a_missing_code_leaves_its_reason(tmp_path: Path) -> None:
    content = "id,week,pain\nP1,0,-99\nP1,4,\nP2,0,3\n"
    cohort = taken(
        tmp_path, content, with_keys(missing='{"": not recorded, "-99": declined to answer}')
    ).cohort
    assert cohort.missing_reasons.to_numpy().tolist() == [
        ["visits", "P1", "pain_nrs", "declined to answer", 0.0]
    ]
    assert cohort.visits[["participant_id", "weeks"]].to_numpy().tolist() == [
        ["P1", 0.0],
        ["P1", 4.0],
        ["P2", 0.0],
    ]


def test_an_impossible_value_is_set_aside_only_when_asked(tmp_path: Path) -> None:
    content = "id,week,pain\nP1,0,813\nP2,0,3\n"
    intake = taken(tmp_path, content, with_keys(impossible_values="set aside"))
    assert pain(intake) == {("P2", 0.0): 3.0}
    assert intake.findings[["severity", "row", "value"]].to_numpy().tolist() == [["set aside", 2, "813"]]
    assert intake.quarantine["source_row"].tolist() == ['{"id": "P1", "week": "0", "pain": "813"}']
    assert len(intake.cohort.visits) == 2


def test_an_impossible_week_is_refused_even_where_values_are_set_aside(tmp_path: Path) -> None:
    intake = taken(tmp_path, "id,week,pain\nP1,x,3\n", with_keys(impossible_values="set aside"))
    assert_refused(intake, Refused(2, "week", "not a number", "x"))


def test_a_rule_about_rows_that_names_no_column_is_refused(tmp_path: Path) -> None:
    mapping = with_keys() + "    rows: [{column: patient, equals: 0, reason: healthy}]\n"
    assert_refused(
        taken(tmp_path, "id,week,pain\nP1,0,3\n", mapping), Refused(1, "patient", "no such column")
    )


def test_rows_that_no_entry_asks_for_are_refused(tmp_path: Path) -> None:
    mapping = with_keys() + '    only: {column: session, equals: ["1"]}\n'
    content = "id,week,pain,session\nP1,0,3,1\nP2,0,4,2\n"
    assert_refused(
        taken(tmp_path, content, mapping), Refused(3, "session", "no entry's 'only' takes this row", "2")
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (FILE + "    colums: {}\n", r"unknown key 'files\[0\].colums'; allowed: .*did you mean 'columns'"),
        (IDS + "      pain: {to: pain_nsr}\n", r"columns.pain.to = 'pain_nsr'; .*did you mean 'pain_nrs'"),
        (IDS + "      pain: {to: pain_nrs, unti: cm}\n", "unknown key .*unti.*did you mean 'unit'"),
        (IDS + "      x: {to: arm, recode: {yes: A}}\n", "put it in quotes"),
        ("cohort: clinic\nfiles: []\n", "files"),
        ("cohort: clinic\nvariables: {pain_nrs: {label: x}}\n" + FILE[15:], "may not be described anew"),
        ("encoding: utf-9\n" + FILE, "no such encoding"),
    ],
)
def test_a_mapping_that_cannot_be_used_names_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    folder = written(tmp_path, {"visits.csv": "id\nP1\n"}, text)
    with pytest.raises(ConfigurationError, match=message) as refusal:
        take_in(folder)
    assert str(folder / "mapping.yml") in str(refusal.value)


def test_own_variables_are_read_and_checked(tmp_path: Path) -> None:
    own = "variables:\n  grip_kg: {label: grip strength, unit: kg, low: 0, high: 120}\n"
    mapping = own + AT_WEEK + "      grip: {to: grip_kg, unit: lb}\n"
    cohort = taken(tmp_path, "id,week,grip\nP1,0,100\n", mapping).cohort
    assert cohort.visits["grip_kg"].item() == pytest.approx(45.359237)
    assert_refused(
        taken(tmp_path, "id,week,grip\nP1,0,300\n", mapping), Refused(2, "grip", "0 to 120 kg", "300")
    )


def test_a_refused_cohort_lists_its_findings(tmp_path: Path) -> None:
    rows = "".join(f"P{place},0,11\n" for place in range(30))
    folder = written(tmp_path, {"visits.csv": "id,week,pain\n" + rows})
    with pytest.raises(CohortRefused) as refusal:
        read_cohort(folder / "mapping.yml")
    lines = str(refusal.value).splitlines()
    first = "(30 findings): visits.csv row 2 pain = 11: out of range: allowed 0 to 10 NRS points"
    assert first in lines[0]
    assert lines[1].startswith("visits.csv row 3 pain = 11")
    assert "and 10 more" in lines[-1]


def test_the_refusal_of_one_value_is_one_line(tmp_path: Path) -> None:
    folder = written(tmp_path, {"visits.csv": "id,week,pain\nP1,0,11\n"})
    with pytest.raises(CohortRefused) as refusal:
        read_cohort(folder / "mapping.yml")
    assert "(1 finding): visits.csv row 2 pain = 11" in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1


def test_the_command_that_lists_all_findings_names_the_folder_of_the_files(tmp_path: Path) -> None:
    rows = "".join(f"P{place},0,11\n" for place in range(30))
    folder = written(tmp_path, {"visits.csv": "id,week,pain\n" + rows})
    elsewhere = tmp_path / "of two words"
    elsewhere.mkdir()
    (folder / "visits.csv").rename(elsewhere / "visits.csv")
    with pytest.raises(CohortRefused) as refusal:
        read_cohort(folder / "mapping.yml", elsewhere)
    assert f"--data '{elsewhere}' lists them all" in str(refusal.value)


def test_every_angle_with_two_directions_asks_for_one(tmp_path: Path) -> None:
    mapping = AT_WEEK + "      x: {to: hip_extension_deg, unit: degrees}\n"
    rule = "write sign: positive is extension past neutral or sign: positive is extension deficit"
    assert_refused(taken(tmp_path, "id,week,x\nP1,0,5\n", mapping), Refused(1, "x", rule))
    wrong = mapping.replace("degrees}", "degrees, sign: positive is up}")
    assert_refused(
        taken(tmp_path, "id,week,x\nP1,0,5\n", wrong), Refused(1, "x", "sign 'positive is up'; write sign:")
    )


@pytest.mark.parametrize("form", ["%d.%m.", "dd.mm.yyyy", "%Q", "%Y", "%d/%m/%Y %"])
def test_a_date_format_that_tells_no_whole_date_is_refused(tmp_path: Path, form: str) -> None:
    mapping = IDS + f'      start: {{to: randomised_on, date_format: "{form}"}}\n'
    with pytest.raises(ConfigurationError, match="date_format = .*tells no year, month and day"):
        taken(tmp_path, "id,start\nP1,25.04.\n", mapping)


@pytest.mark.parametrize("moment", ["2024-05-31T23:30:00Z", "2024-05-31 23:30+02:00"])
def test_a_moment_with_its_zone_is_refused_for_its_zone(tmp_path: Path, moment: str) -> None:
    mapping = IDS + "      start: {to: randomised_on}\n"
    assert_refused(
        taken(tmp_path, f"id,start\nP1,{moment}\n", mapping),
        Refused(2, "start", "write local time without a zone"),
    )
    with pytest.raises(ConfigurationError, match="takes a time zone"):
        taken(
            tmp_path,
            f"id,start\nP1,{moment}\n",
            mapping.replace("}", ", date_format: '%Y-%m-%d %H:%M%z'}"),
        )


def test_arms_that_look_alike_but_are_composed_otherwise_are_refused_and_spelt_out(tmp_path: Path) -> None:
    intake = taken(tmp_path, "id,group\nP1,U\u0308bung\nP2,\u00dcbung\n", IDS + "      group: {to: arm}\n")
    assert_refused(intake, Refused(2, "group", r"invisible characters: 'U\u0308bung', '\xdcbung'"))


@pytest.mark.parametrize("other", ["7.0", "07", "7\u200b"])
def test_identifiers_that_may_be_one_person_are_noted_and_stay_apart(tmp_path: Path, other: str) -> None:
    intake = taken(tmp_path, f"id,group\n7,a\n{other},a\n", IDS + "      group: {to: arm}\n")
    assert intake.cohort is not None
    assert len(intake.cohort.participants) == 2
    assert intake.findings["rule"].str.contains("read as different people").sum() == 1


def test_the_error_of_a_measurement_may_be_that_of_this_cohort(tmp_path: Path):
    rules = AT_WEEK + "      x: {to: sitting_hours, unit: h/day}\n"
    told = "errors:\n  sitting_hours: {reliability_icc: 0.6, source: forty of these people wore a sensor}\n"
    cohort = taken(tmp_path, "id,week,x\nP1,0,7\n", rules + told).cohort
    assert cohort is not None
    sitting = cohort.variables["sitting_hours"]
    assert (sitting.reliability_icc, sitting.measurement_error_sem) == (0.6, None)
    assert (sitting.error_from, sitting.source) == ("the mapping", "forty of these people wore a sensor")
    assert cohort.variables["pelvic_tilt_deg"].error_from == "the data dictionary"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("siting_hours: {reliability_icc: 0.6, source: x}", "'sitting_hours'"),
        ("arm: {reliability_icc: 0.6, source: x}", "not measured on a number line"),
        ("sitting_hours: {reliability_icc: 0.6}", "source"),
        ("sitting_hours: {reliability_icc: 1.6, source: x}", "less than or equal to 1"),
        ("sitting_hours: {reliability_icc: 0.6, measurement_error_sem: 1, source: x}", "exactly one of"),
        ("sitting_hours: {source: x}", "exactly one of"),
    ],
)
def test_an_error_that_means_nothing_is_refused(tmp_path: Path, error: str, said: str):
    rules = AT_WEEK + "      x: {to: sitting_hours, unit: h/day}\n"
    with pytest.raises(ConfigurationError, match=said):
        taken(tmp_path, "id,week,x\nP1,0,7\n", rules + f"errors:\n  {error}\n")
