from __future__ import annotations

import pytest
from tiny_reports import data_file, row, usual

from lowback.archive.reading import Report, statistics
from lowback.archive.reasons import MOST, reasons


def report(*rows, **changes):
    return Report("here", {**usual(), **changes}, statistics(rows or (row(),)))


def why(one, other):
    return {reason.kind: list(reason.said) for reason in reasons(one, other)}


def test_the_same_manifest_gives_no_reason():
    assert why(report(), report()) == {}


@pytest.mark.parametrize(
    ("role", "kind"),
    [("data", "data"), ("mapping", "mapping"), ("study", "study"), ("request", "request"), ("notebook", "notebook"), ("parameter", "parameters")],
)  # fmt: skip
def test_each_kind_of_file_that_changed_is_named_with_its_hashes(role, kind):
    old, new = data_file("one", "x.file", role), data_file("three", "x.file", role)
    found = why(report(inputs=[old]), report(inputs=[new]))
    hashes = f"{old['sha256'][:12]} to {new['sha256'][:12]}"
    assert found == {kind: [f"x.file changed ({hashes}, 3 to 5 bytes)"]}


def test_a_file_that_came_and_one_that_went_are_named():
    found = why(report(inputs=[data_file(path="a.csv")]), report(inputs=[data_file(path="b.csv")]))
    assert [one.split(" (")[0] for one in found["data"]] == ["b.csv is new", "a.csv is gone"]


def test_newer_data_of_more_people_are_told():
    found = why(report(), report(row(n_participants=104), data_date="2026-11-22"))
    assert found == {
        "data": ["newest of 2026-11-15, now of 2026-11-22", "at most 98 people in a statistic, now 104"]
    }


def test_code_is_versions_sources_and_commit():
    found = why(
        report(),
        report(
            versions={"python": "3.12.1", "scipy": "1.15"},
            sources="c" * 64,
            commit={"hash": "d" * 40, "changed": True},
        ),
    )
    assert found == {
        "code": [
            "python 3.11.2, now 3.12.1",
            "numpy 2.4.0, now absent",
            "scipy absent, now 1.15",
            "lowback's own files changed (aaaaaaaaaaaa to cccccccccccc)",
            "commit bbbbbbbbbbbb, now dddddddddddd with changes",
        ]
    }


def test_parameters_study_edition_and_request_are_told_by_their_place():
    other = report(
        parameters={"effect": {"effect": -2.0, "more": "yes"}},
        study={"estimands": [{"name": "pain at week 12", "smallest_worthwhile": 2.0}]},
        seed=2,
        edition={"for_each": "site", "value": "Leiden"},
    )
    found = why(report(edition={"for_each": "site", "value": "Delft"}), other)
    assert found == {
        "edition": ["edition.value = 'Delft', now 'Leiden'"],
        "study": ["study.estimands.pain at week 12.smallest_worthwhile = 1.0, now 2.0"],
        "request": ["seed = 1, now 2"],
        "parameters": ["parameters.effect.effect = -1.0, now -2.0", "parameters.effect.more = 'yes' is new"],
    }


def test_a_hundred_changes_are_cut_with_their_number():
    new = {f"p{number}": number for number in range(100)}
    (said,) = why(report(parameters={}), report(parameters=new)).values()
    assert said[-1] == f"and {100 - MOST} more"
    assert len(said) == MOST + 1


def test_what_one_manifest_does_not_record_is_not_called_a_change():
    old = report()
    del old.manifest["seed"], old.manifest["data_date"]
    assert why(old, report(seed=7)) == {}
