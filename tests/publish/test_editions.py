"""Editions: one folder a value, whatever the value is called, and the part that its notebooks are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_notebooks import FULL, PARAMETERS, code, markdown

from lowback.checked_yaml import ConfigurationError
from lowback.publish import read_request
from lowback.publish.editions import TAKEN, Edition, editions, slug_of, values_known
from lowback.publish.request import Request, planned_runs
from lowback.study import Study, StudyError, read_study

ROOT = Path(__file__).resolve().parents[2]
FOLDER = re.compile(r"[a-z0-9_-]{1,60}")
WITH_PART = (
    markdown("# Of one part"),
    code(PARAMETERS + "part: dict[str, str] = {}  # whom it is about\n", "parameters"),
    code("part"),
)
HOSTILE = [
    "", " ", ".", "..", "../x", "../../etc/passwd", "..\\x", "/", "/etc", "\\", "\\\\host\\share", "a/b", "a\\b", "a:b", "C:", "C:\\x",
    "con", "CON", "Con", "con.txt", "CON ", "con.", "prn", "AUX", "nul", "NUL.tar.gz", "com0", "COM1", "com9", "COM\u00b9", "lpt1", "LPT9", "conin$", "clock$",
    "\0", "a\0b", "a\nb", "a\rb", "\t", "\x1b[31m", "\x7f", "\x85", "\u2028", "\u2029", "\ud800", "\udcff",
    "emoji \U0001f600", "\U0001f600", "\U0001f468\u200d\u2695\ufe0f", "\u200b", "\u200f", "\u202eoiram", "a\u202eb", "\ufeffa", "\u00ad", "e\u0301", "\u00e9",
    "x" * 300, "X" * 300, "x" * 60, "x" * 61, ("y" * 59) + " z", "a " * 150, "-" * 80, "_" * 80,
    "a.", "a..", "a ", " a", "a. .", ".a", ".git", ".lock", "~", "~root", "-", "--", "-rf", "-rf /", "--help", "_", "__init__",
    "Leiden", "leiden", "LEIDEN", "LeIden", "Leiden ", "leiden.", "le\u0131den", "\uff2ceiden", "Den Haag", "den haag", "Den-Haag", "den-haag", "DenHaag", "Den  Haag",
    "S01", "s01", "S1", "01", "1", "1.0", "1e3", "0", "-1", "nan", "None", "null", "true", "NA",
    "{{7*7}}", "{site}", "${HOME}", "$(id)", "`id`", "%00", "%2e%2e%2f", "%s", "{0}", "!!python/object", "&amp;", "#", "?", "*", "[a-z]", "|", ";", "&&",
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "javascript:alert(1)", "'; DROP TABLE x; --", "=1+1", "@SUM(A1)", "+1",
    "figures", "notebooks", "index", "manifest.json", "report.html", "index.html", "leiden-1a2b3c4d", "Leiden 1A2B3C4D",
    "\u5927\u962a", "\u041b\u0435\u0439\u0434\u0435\u043d", "\u0644\u0627\u064a\u062f\u0646", "\u00df", "ss", "\u0130stanbul", "\u017f", "\u212a", "\uff0e\uff0e\uff0f", "\u2024\u2024/",
]  # fmt: skip
"""Names of sites as nobody should give them."""


@pytest.fixture
def study(desk) -> Study:
    return read_study(desk / "study.yml")


def asked(write_request, lines: str, *cells) -> Request:
    return read_request(write_request(*(cells or WITH_PART), lines=f"notebooks: [notes.ipynb]\n{lines}"))


def site_folders(desk: Path, *names: str) -> None:
    for one in names:
        (desk / "data" / one).mkdir(parents=True)


def test_a_request_that_expands_over_nothing_is_one_edition(write_request, study, desk):
    request = asked(write_request, "data: .")
    (edition,) = editions(request, study)
    assert edition == Edition(request, data=desk)
    assert (edition.name, edition.title, edition.slug, dict(edition.part)) == ("trial", "A trial", "", {})


def test_each_site_has_a_folder_a_title_and_its_people(write_request, study):
    leiden, hague = editions(asked(write_request, "for_each: site"), study, ["Leiden", "Den Haag"])
    assert (leiden.name, leiden.title, leiden.part) == (
        "trial/leiden",
        "A trial: Leiden",
        {"site_id": "Leiden"},
    )
    assert (hague.name, hague.title, hague.part) == (
        "trial/den-haag",
        "A trial: Den Haag",
        {"site_id": "Den Haag"},
    )


def test_each_arm_is_compared_with_the_control(write_request, study):
    request = asked(write_request, "for_each: arm")
    assert values_known(request, study) == ("stretching",)
    (edition,) = editions(request, study, ["stretching"])
    assert edition.part == {"arm": "stretching", "control_arm": "usual care"}


def test_each_outcome_is_one_of_the_study(write_request, study):
    request = asked(write_request, "for_each: outcome")
    (edition,) = editions(request, study, values_known(request, study))
    assert (edition.slug, edition.part) == ("pain_nrs", {"outcome": "pain_nrs"})


def test_months_come_from_the_data(write_request, study):
    request = asked(write_request, "for_each: month")
    assert values_known(request, study) is None
    assert [one.slug for one in editions(request, study, ["2026-01", "2026-02"])] == ["2026-01", "2026-02"]
    with pytest.raises(ConfigurationError, match="for_each month = 'May': allowed a month such as '2026-01'"):
        editions(request, study, ["May"])


def test_a_folder_a_site_is_an_edition_of_everybody_in_it(write_request, study, desk):
    site_folders(desk, "Leiden/now", "Utrecht/now", ".hidden/now", "empty")
    (desk / "data" / "notes.txt").write_text("no folder", encoding="utf-8")
    # A notebook of one folder needs no parameter to tell people apart.
    request = asked(write_request, "for_each: site\ndata: data/{site}/now", *FULL)
    found = values_known(request, study)
    assert found == ("Leiden", "Utrecht")
    leiden, _ = editions(request, study, found)
    assert (leiden.part, leiden.data) == ({}, desk / "data" / "Leiden" / "now")
    assert planned_runs(request, leiden.data, leiden.part)[0].parameters["data"] == "data/Leiden/now"


def test_the_folder_given_beside_the_request_may_name_sites_too(write_request, study, desk):
    site_folders(desk, "clinic-A-2026", "clinic-B-2026", "clinic--2026", "other")
    request = asked(write_request, "for_each: site")
    given = desk / "data" / "clinic-{site}-2026"
    assert values_known(request, study, given) == ("A", "B")
    assert [one.data.name for one in editions(request, study, ("A", "B"), given)] == [
        "clinic-A-2026",
        "clinic-B-2026",
    ]


def test_only_the_values_named_are_taken_in_their_order(write_request, study):
    request = asked(write_request, "for_each: {site: [Utrecht, Leiden]}")
    assert [one.value for one in editions(request, study, ["Delft", "Leiden", "Utrecht"])] == [
        "Utrecht",
        "Leiden",
    ]
    with pytest.raises(ConfigurationError, match="for_each site = 'Utrecht'; allowed: 'Delft', 'Leiden'"):
        editions(request, study, ["Delft", "Leiden"])


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("for_each: week", "for_each = 'week': 'week'; allowed: 'site', 'arm', 'outcome', 'month'"),
        ("for_each: [site]", "allowed: one of site, arm, outcome, month, or such as {site: "),
        ("for_each: {site: [A], arm: [B]}", "expands over 2 variables; allowed is one of site"),
        ("for_each: {site: []}", "site: no value is named; leave the list away to take all"),
        ("for_each: {site: [7]}", "the value 7 is what YAML makes of unquoted text; put it in quotes"),
        ("for_each: {site: [A, A]}", "'A' stands twice"),
        ("for_each: {site: [A, '']}", "an empty value"),
        ("data: data/{site}", "{site} stands for nothing; add for_each: site"),
        ("for_each: arm\ndata: data/{site}", "{site} is not what the request expands over; allowed: {arm}"),
        ("for_each: arm\ndata: data/{arm}", "an arm has no folder of its own; allowed: {site}, {month}"),
        ("for_each: site\ndata: '{site}/{site}'", "holds 2 names in braces; allowed is one"),
        (
            "for_each: site\nparameters: {part: {site_id: A}}",
            "parameter 'part' comes from the key 'for_each'",
        ),
    ],
)
def test_a_request_that_cannot_expand_is_refused(write_request, lines, message):
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        asked(write_request, lines)


def test_a_notebook_that_would_show_everybody_is_refused(write_request, desk):
    site_folders(desk, "A")
    with pytest.raises(ConfigurationError, match="has no parameter 'part', so each edition would show every"):
        asked(write_request, "for_each: site", *FULL)
    # A folder of everybody in place of a folder a site is the same.
    request = asked(write_request, "for_each: site\ndata: data/{site}", *FULL)
    with pytest.raises(ConfigurationError, match="has no parameter 'part'"):
        planned_runs(request, desk, {"site_id": "A"})


def test_the_notebooks_are_told_the_part(write_request, study):
    request = asked(write_request, "for_each: site")
    (edition,) = editions(request, study, ['{{7*7}}"; import os'])
    assert planned_runs(request, edition.data, edition.part)[0].parameters["part"] == {
        "site_id": '{{7*7}}"; import os'
    }


@pytest.mark.parametrize("folder", ["data/{site}", "nowhere/{site}", "data/x{site}y"])
def test_no_folder_and_no_value_are_refused(write_request, study, desk, folder):
    (desk / "data").mkdir()
    request = asked(write_request, f"for_each: site\ndata: {folder}")
    with pytest.raises(ConfigurationError, match="no such folder in|cannot be read"):
        values_known(request, study)
    with pytest.raises(ConfigurationError, match="for_each site: no value was found"):
        editions(asked(write_request, "for_each: site"), study, [])


def test_a_study_without_a_control_arm_has_no_edition_an_arm(write_request, desk):
    told = (desk / "study.yml").read_text(encoding="utf-8").replace("control_arm: usual care\n", "")
    (desk / "study.yml").write_text(told + "    compared_with: usual care\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="names no control_arm to compare each arm with"):
        values_known(asked(write_request, "for_each: arm"), read_study(desk / "study.yml"))


def test_the_names_tried_are_many_and_different():
    assert len(HOSTILE) == len(set(HOSTILE)) >= 120


@pytest.mark.parametrize("variable", ["site", "arm", "outcome", "month"])
def test_hostile_names_have_safe_folders_of_their_own(variable):
    folders = {one: slug_of(one, variable) for one in HOSTILE}
    for folder in folders.values():
        assert FOLDER.fullmatch(folder)
        assert folder not in TAKEN
        assert not folder.startswith("-")
    assert len({one.casefold() for one in folders.values()}) == len(HOSTILE)


def test_a_report_of_a_hostile_site_stays_in_its_folder(tmp_path, write_request, study):
    request = asked(write_request, "for_each: site")
    for edition in editions(request, study, [one for one in HOSTILE if one]):
        assert (tmp_path / edition.name).resolve().parent == tmp_path / "trial"


def test_names_that_read_well_have_no_hash_and_others_a_lasting_one():
    assert [slug_of(one, "site") for one in ("Leiden", "Den Haag", "S01", "01")] == [
        "leiden",
        "den-haag",
        "s01",
        "01",
    ]
    assert slug_of("usual care", "arm") == "usual-care"
    # sha256 of the name, by sha256sum: printf leiden | sha256sum.
    assert slug_of("leiden", "site") == "leiden-f7383a73"


@settings(max_examples=300, derandomize=True)
@given(st.text(max_size=80), st.text(max_size=80))
def test_two_names_never_share_a_folder(one, other):
    assert FOLDER.fullmatch(slug_of(one, "site"))
    assert (slug_of(one, "site") == slug_of(other, "site")) == (one == other)


def test_a_slug_without_a_hash_would_mix_two_sites_up():
    plain = {re.sub(r"[^a-z0-9_]+", "-", one.lower()).strip("-") for one in HOSTILE}
    assert len(plain) < len(HOSTILE)


THREE_ARMS = """\
title: Three arms
design: randomised trial
weeks: [0, 12]
arms: [stretching, strengthening, usual care]
control_arm: usual care
estimands:
  - {name: all, summary: mean difference, outcome: pain_nrs, week: 12}
  - {name: one, summary: mean difference, outcome: pain_nrs, week: 12, arms: [strengthening]}
  - {name: two, summary: mean difference, outcome: disability_odi, week: 12, arms: [stretching], compared_with: strengthening}
  - {name: slope, summary: slope, outcome: pain_nrs, exposure: sitting_hours, per: 1}
  - {name: dose, summary: dose response, outcome: pain_nrs, exposure: session_done, week: 12, arms: [stretching]}
"""


def test_a_study_of_one_arm_asks_what_can_be_asked_of_it(tmp_path):
    (tmp_path / "study.yml").write_text(THREE_ARMS, encoding="utf-8")

    def of(arm: str) -> Study:
        return read_study(tmp_path / "study.yml", {"arm": arm, "control_arm": "usual care"})

    assert of("stretching").arms == ("usual care", "stretching")
    assert [one.name for one in of("stretching").estimands] == ["all", "slope", "dose"]
    assert [one.name for one in of("strengthening").estimands] == ["all", "one", "slope"]
    assert of("stretching").treated_arms(of("stretching").estimands[0]) == ("stretching",)
    with pytest.raises(StudyError, match="arm 'massage'; allowed: 'stretching', 'strengthening'"):
        of("massage")
    with pytest.raises(StudyError, match="control_arm = 'stretching'; the study's is 'usual care'"):
        read_study(tmp_path / "study.yml", {"arm": "strengthening", "control_arm": "stretching"})


def test_a_study_of_one_outcome_asks_for_it_alone(tmp_path):
    (tmp_path / "study.yml").write_text(THREE_ARMS, encoding="utf-8")
    study = read_study(tmp_path / "study.yml", {"outcome": "disability_odi"})
    assert [one.name for one in study.estimands] == ["two"]
    with pytest.raises(
        StudyError, match="no estimand of 'hip_pain_nrs'; allowed: 'pain_nrs', 'disability_odi'"
    ):
        read_study(tmp_path / "study.yml", {"outcome": "hip_pain_nrs"})
    assert read_study(tmp_path / "study.yml", {"site_id": "Leiden"}) == read_study(tmp_path / "study.yml")


def test_the_example_expands_over_its_sites():
    request = read_request(ROOT / "reports" / "sites-example.yml")
    study = read_study(request.study)
    assert values_known(request, study) is None
    assert [one.name for one in editions(request, study, ["S01", "S02"])] == [
        "sites-example/s01",
        "sites-example/s02",
    ]
