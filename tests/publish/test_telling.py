"""What a report tells of itself: its answers for the index, its course, and how to make it again."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from small_notebooks import FULL

from lowback.certificate import Certificate
from lowback.publish import read_request
from lowback.publish.harvest import Answer, Harvest
from lowback.publish.telling import again, answers_told, course, earlier_told, levels_of, places_told
from lowback.result import Result, estimates_frame
from lowback.study import read_study

ANSWER = Answer(
    "notes", "ancova", "pain at week 12", "Did pain fall?", "By 1.5 points. Perhaps.", "98 people.", False
)
REFUSED = Answer("notes", "ancova", "pain at week 12", "And later?", "Cannot be told. At all.", "", True)


def harvest_of(*answers, ledger=()):
    return Harvest((), answers, {}, (), ledger)


@pytest.fixture
def request_of(write_request):
    return read_request(write_request(*FULL))


def test_the_headline_is_the_first_sentence_that_answers(request_of):
    study = read_study(request_of.study)
    found = answers_told(harvest_of(REFUSED, ANSWER), study, Certificate())
    assert found["headline"] == "By 1.5 points."
    assert [(one["question"], one["verdict"], one["refused"]) for one in found["answers"]] == [
        ("And later?", "", True),
        ("Did pain fall?", "not certified", False),
    ]
    described = replace(ANSWER, estimand="description", answer="98 people took part. More below.")
    assert answers_told(harvest_of(described, ANSWER), study, Certificate())["headline"] == "By 1.5 points."
    assert answers_told(harvest_of(described), study, Certificate())["headline"] == "98 people took part."
    assert answers_told(harvest_of(REFUSED), study, Certificate())["headline"] == "Cannot be told."
    assert answers_told(harvest_of(), study, Certificate())["headline"] == ""


def test_levels_are_told_apart_from_differences():
    rows = [{"term": term, "estimate": 1.0, "conf_low": low, "conf_high": 2.0, "unit": "NRS points", "n_participants": 9}
            for term, low in (("a vs b", 0.5), ("a", 0.5), ("n", float("nan")))]  # fmt: skip
    keys = pd.DataFrame({"statistic": ["difference", "adjusted mean", "count"]})
    result = Result("ancova", "pain", "Did it?", estimates_frame(rows), "A method.", keys=keys)
    bare = Result("mixed", "pain", "Did it?", estimates_frame(rows), "A method.")
    assert levels_of(Harvest((result, bare), (), {}, ())) == [("ancova", "pain", "a")]


def test_the_verdicts_on_claims_are_counted(request_of):
    rows = tuple({"verdict": verdict} for verdict in ("supported", "cannot tell", "supported"))
    told = answers_told(harvest_of(ledger=rows), read_study(request_of.study), Certificate())
    assert told["claims"] == {"supported": 2, "cannot tell": 1}


def test_the_command_is_one_that_can_be_typed_in_the_folder_of_the_report(request_of, desk):
    found = again(request_of, desk / "trial", None)
    assert (found.command, found.needs) == ("lowback replay manifest.json", "")
    assert found.next == "lowback report ../trial.yml"
    edition = again(request_of, desk / "trial" / "leiden", None)
    assert (edition.command, edition.next) == (
        "lowback replay manifest.json",
        "lowback report ../../trial.yml",
    )


def test_what_lies_far_away_is_asked_for(request_of, desk):
    far = Path(desk.anchor) / "mnt" / "a" / "b" / "weekly"
    found = again(request_of, far, far)
    assert found.command == "lowback replay manifest.json --request FOLDER/trial.yml --data FOLDER"
    assert "FOLDER/trial.yml stands for the request" in found.needs
    assert places_told(request_of, desk / "trial", None) == {
        "request_file": "../trial.yml",
        "data_folder": "",
    }
    near = desk / "weekly files"
    near.mkdir()
    assert places_told(request_of, desk / "trial", near)["data_folder"] == "weekly files"
    assert again(request_of, desk / "trial", near).command == "lowback replay manifest.json"


def test_a_public_report_does_not_say_where_its_request_lies(request_of, desk):
    public = request_of.model_copy(update={"audience": "public"})
    found = again(public, desk / "trial", desk)
    assert "trial" not in found.command + found.next + found.needs


def test_a_name_with_spaces_and_quotes_stays_one_word(write_request, desk):
    file = write_request(*FULL, name="my trial")
    found = again(read_request(file), desk / "my trial", None)
    assert shlex.split(found.next) == ["lowback", "report", "../my trial.yml"]


def test_a_history_of_one_run_is_told_as_one(request_of):
    study = read_study(request_of.study)
    assert course([], harvest_of(ANSWER), study).runs == 0
    row = {"run": "2026-11-16T06:00:00Z", "key": "k", "data_date": "2026-11-15", "analysis": "ancova",
           "estimand": "pain at week 12", "term": "a vs b", "unit": "NRS points", "estimate": "-1",
           "std_error": "0.3", "conf_low": "-1.6", "conf_high": "-0.4", "n_participants": "98"}  # fmt: skip
    found = course([row], harvest_of(REFUSED, ANSWER), study)
    assert (found.runs, found.dates) == (1, "of 2026-11-15")
    assert [one.question for one in found.groups] == ["Did pain fall?"]


def test_a_manifest_keeps_the_run_before_it_and_no_more():
    first = {"fingerprint": "a", "started": "1", "inputs": [], "title": "not kept", "outputs": []}
    second = {"fingerprint": "b", "started": "2", **earlier_told(first, "b")}
    assert second["previous"] == {"fingerprint": "a", "started": "1", "inputs": []}
    assert earlier_told(second, "c") == {"previous": {"fingerprint": "b", "started": "2"}}
    repeated = earlier_told(second, "b")
    assert repeated == {"previous": second["previous"]}
    assert earlier_told({}, "a") == {}
    assert earlier_told({"fingerprint": "a"}, "a") == {}
