"""Triggers fire when an estimate newly crosses its margin, once."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from lowback.checked_yaml import ConfigurationError, checked
from lowback.notices import Notices, Trigger, trigger_problems
from lowback.notices.crossing import crossed, estimates_of, watched
from lowback.result import COLUMNS
from lowback.study import Study

STUDY = Study.model_validate(
    {
        "title": "t",
        "design": "randomised trial",
        "weeks": [0, 12],
        "arms": ["a", "b"],
        "control_arm": "b",
        "estimands": [
            {"name": "pain at week 12", "summary": "mean difference", "outcome": "pain_nrs", "week": 12}
        ],
    }
)


def report(folder: Path, *rows: dict[str, object]) -> Path:
    """A report with an estimates.csv of these rows."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "estimates.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["analysis", "estimand", *COLUMNS], restval="")
        writer.writeheader()
        writer.writerows(rows)
    return folder


def row(estimate: float, low: float, high: float, **more: object) -> dict[str, object]:
    return {"analysis": "ancova", "estimand": "pain at week 12", "term": "a vs b", "estimate": estimate, "conf_low": low,
            "conf_high": high, "p_value": 0.01, "unit": "NRS points", "n_participants": 90, **more}  # fmt: skip


def trigger(**given: object) -> Trigger:
    return Trigger.model_validate({"estimand": "pain at week 12", "crosses": -1, "side": "below", **given})


@pytest.mark.parametrize(
    ("given", "low", "estimate", "high", "fires"),
    [
        ({"when": "interval"}, -2.0, -1.5, -1.01, True),
        ({"when": "interval"}, -2.0, -1.5, -1.0, False),
        ({"when": "interval"}, -2.0, -1.5, -0.9, False),
        ({"when": "estimate"}, -2.0, -1.5, -0.9, True),
        ({"when": "estimate"}, -2.0, -1.0, -0.9, False),
        ({"when": "interval", "side": "above", "crosses": 0}, 0.1, 0.5, 0.9, True),
        ({"when": "interval", "side": "above", "crosses": 0}, -0.1, 0.5, 0.9, False),
        ({"when": "estimate", "side": "above", "crosses": 0}, -0.1, 0.5, 0.9, True),
    ],
)
def test_a_side_is_crossed_by_the_estimate_or_by_the_whole_interval(
    given, low, estimate, high, fires, tmp_path
):
    rows = estimates_of(report(tmp_path, row(estimate, low, high)))
    assert bool(crossed([trigger(**given)], rows)) is fires


def test_comparisons_of_the_first_analysis_are_watched_and_no_counts_or_means(tmp_path):
    rows = estimates_of(
        report(
            tmp_path,
            row(-9, -9, -9, term="a: adjusted mean", p_value=""),
            row(-2, -3, -1.5, term="a vs b"),
            row(-2, -3, -1.5, term="c vs b"),
            row(-2, -3, -1.5, analysis="mixed"),
            row(-2, -3, -1.5, estimand="another"),
        )
    )
    assert [one.term for one in watched(trigger(), rows)] == ["a vs b", "c vs b"]
    assert [one.analysis for one in watched(trigger(analysis="mixed"), rows)] == ["mixed"]
    assert [one.term for one in watched(trigger(term="c vs b"), rows)] == ["c vs b"]
    assert [one.term for one in watched(trigger(term="a: adjusted mean"), rows)] == ["a: adjusted mean"]


def test_a_crossing_is_told_with_estimate_interval_and_margin(tmp_path):
    (found,) = crossed([trigger()], estimates_of(report(tmp_path, row(-1.5, -2, -1.2))))
    assert found.sentence == (
        "pain at week 12, a vs b (ancova): −1.50 (interval −2.00 to −1.20) NRS points; "
        "the interval lies below -1, which it did not before"
    )


def test_without_a_report_or_with_a_cut_one_there_are_no_estimates(tmp_path):
    assert estimates_of(tmp_path / "absent") is None
    folder = report(tmp_path / "cut", row(-1.5, -2, -1.2))
    whole = (folder / "estimates.csv").read_bytes()
    for length in range(0, len(whole), 9):
        (folder / "estimates.csv").write_bytes(whole[:length])
        estimates_of(folder)


def test_a_trigger_on_an_estimand_that_the_study_lacks_is_refused_with_the_nearest():
    (said,) = trigger_problems([trigger(), trigger(estimand="pain at weak 12")], STUDY)
    assert "triggers[1].estimand = 'pain at weak 12'" in said
    assert "did you mean 'pain at week 12'?" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"webhook": True, "mail": ["not an address"]}, "one mail address"),
        ({"webhook": True, "mail": ["a@b.org\nBcc: all@x.org"]}, "one mail address"),
        ({"webhook": True, "mail": ["a@b.org, c@d.org"]}, "one mail address"),
        ({"webhook": True, "mail": ["<a@b.org>"]}, "one mail address"),
        ({"webhook": False}, "tells nobody"),
        ({}, "tells nobody"),
        ({"webhook": "https://hooks.example/secret"}, "webhook"),
        ({"webhook": True, "on": ["always"]}, "failure"),
        ({"webhook": True, "on": []}, "one entry more"),
        ({"webhok": True}, "did you mean 'webhook'?"),
    ],
)
def test_notices_that_cannot_be_used_are_refused(content, said):
    with pytest.raises(ConfigurationError, match="request") as refused:
        checked(content, Notices, "request")
    assert said in str(refused.value)


def test_the_bare_word_on_that_yaml_reads_as_yes_is_the_key():
    assert Notices.model_validate({"webhook": True, True: ["success"]}).on == ("success",)


@pytest.mark.parametrize("content", [{"side": "under"}, {"crosses": "1"}, {"crosses": float("nan")}, {"when": "p"}, {"estimand": ""}])  # fmt: skip
def test_triggers_that_cannot_be_used_are_refused(content):
    with pytest.raises(ConfigurationError):
        checked({"estimand": "e", "crosses": -1, "side": "below", **content}, Trigger, "request")
