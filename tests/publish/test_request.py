from __future__ import annotations

import pytest
from small_notebooks import FULL, PARAMETERS, code, write_notebook

from lowback.checked_yaml import ConfigurationError
from lowback.publish import read_request
from lowback.publish.ingredients import Pantry
from lowback.publish.request import planned_runs


def test_paths_are_relative_to_the_request(write_request, desk):
    request = read_request(write_request(*FULL))
    assert request.mapping == desk / "mapping.yml"
    assert request.study == desk / "study.yml"
    assert request.name == "trial"


def test_the_notebook_receives_the_cohort_relative_to_its_own_folder(write_request, desk):
    (desk / "books").mkdir()
    path = write_request(*FULL, lines="notebooks: [books/notes.ipynb]\ndata: .")
    (desk / "notes.ipynb").rename(desk / "books" / "notes.ipynb")
    (run,) = planned_runs(read_request(path), desk)
    assert dict(run.parameters) == {"mapping": "../mapping.yml", "data": "..", "study_file": "../study.yml"}
    assert run.title == "Did pain fall?"


def test_shared_parameters_go_where_they_are_known_and_own_ones_win(write_request, desk):
    write_notebook(desk / "other.ipynb", code("weeks = 12", "parameters"))
    path = write_request(
        *FULL,
        lines="notebooks: [other.ipynb, {notebook: notes.ipynb, title: Own, parameters: {effect: -3}}]\n"
        "parameters: {effect: -2, weeks: 6}",
    )
    other, notes = planned_runs(read_request(path), None)
    assert dict(other.parameters) == {"weeks": 6}
    assert notes.parameters["effect"] == -3.0
    assert notes.title == "Own"


def test_a_seed_is_given_to_a_notebook_that_asks_for_one(write_request):
    path = write_request(code("seed = 5", "parameters"), lines="notebooks: [notes.ipynb]\nseed: 77")
    assert dict(planned_runs(read_request(path), None)[0].parameters) == {"seed": 77}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("notebooks: [notes.ipynb]\nparameters: {efect: -2}", "no notebook has a parameter 'efect'; .*did you mean 'effect'"),
        ("notebooks: [notes.ipynb]\nparameters: {effect: big}", "effect = 'big': allowed float"),
        ("notebooks: [notes.ipynb]\nparameters: {mapping: other.yml}", "parameter 'mapping' comes from the key 'mapping'"),
        ("notebooks: [{notebook: notes.ipynb, parameters: {week: 1}}]", "notes.ipynb': no parameter 'week'"),
        ("notebooks: [missing.ipynb]", "no notebook .*missing.ipynb"),
        ("notebooks: [efect]", "no notebook 'efect'; .*did you mean 'effect'"),
        ("notebooks: [notes.ipynb, notes.ipynb]", "listed 2 times; give each a title of its own"),
        ("notebooks: []", "notebooks = "),
        ("notebook: [notes.ipynb]", "unknown key 'notebook'; .*did you mean 'notebooks'"),
        ("notebooks: [notes.ipynb]\nseed: -1", "seed = -1"),
        ("notebooks: [notes.ipynb]\ncell_seconds: 0", "cell_seconds = 0"),
        ("notebooks: [notes.ipynb]\nsmallest_count: 5", "has no parameter 'smallest_count'"),
    ],
)  # fmt: skip
def test_a_wrong_request_is_refused_before_anything_runs(write_request, lines, message):
    with pytest.raises(ConfigurationError, match=message):
        read_request(write_request(*FULL, lines=lines))


@pytest.mark.parametrize("name", ["mapping.yml", "study.yml"])
def test_a_missing_file_is_refused_by_name(write_request, desk, name):
    path = write_request(*FULL)
    (desk / name).unlink()
    with pytest.raises(ConfigurationError, match=f"no such file .*{name}"):
        read_request(path)


def test_the_same_notebook_twice_is_told_apart_by_title(write_request):
    path = write_request(
        *FULL,
        lines="notebooks: [{notebook: notes.ipynb, title: At 6}, {notebook: notes.ipynb, title: At 12}]",
    )
    assert [run.name for run in planned_runs(read_request(path), None)] == ["notes-at-6", "notes-at-12"]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([code("x = 1")], "cells tagged 'parameters': 0"),
        ([code(PARAMETERS, "parameters"), code("y = 1", "parameters")], "cells tagged 'parameters': 2"),
        ([code(PARAMETERS, "parameters"), code("effect = 9", "injected-parameters")], "cell 2 holds the parameters of an earlier run"),
    ],
)  # fmt: skip
def test_a_notebook_without_one_parameters_cell_is_refused(write_request, cells, message):
    with pytest.raises(ConfigurationError, match=message):
        read_request(write_request(*cells))


def test_a_file_that_is_no_notebook_is_refused(write_request, desk):
    path = write_request(*FULL)
    (desk / "notes.ipynb").write_text("[]", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="no notebook of format 4"):
        read_request(path)


def test_a_parameter_that_names_a_file_is_relative_to_the_request(write_request, desk):
    (desk / "books").mkdir()
    (desk / "plan.yml").write_text("title: P\n", encoding="utf-8")
    write_notebook(desk / "books" / "plans.ipynb", code('plan_file = "none.yml"', "parameters"))
    entry = "{{notebook: books/plans.ipynb, parameters: {{plan_file: {}}}}}"
    path = write_request(*FULL, lines=f"notebooks: [{entry.format('plan.yml')}]")
    (run,) = planned_runs(read_request(path), None)
    assert run.parameters["plan_file"] == "../plan.yml"
    wrong = write_request(*FULL, lines=f"notebooks: [{entry.format('plans.yml')}]")
    with pytest.raises(ConfigurationError, match=r"plan_file = 'plans\.yml': no such file"):
        read_request(wrong)


def test_a_file_that_a_parameter_names_is_an_input_of_the_report(write_request, desk):
    (desk / "plan.yml").write_text("title: P\n", encoding="utf-8")
    write_notebook(desk / "plans.ipynb", code('plan_file = "plan.yml"', "parameters"))
    request = read_request(write_request(*FULL, lines="notebooks: [plans.ipynb]"))
    roles = Pantry(request).files
    assert [path.name for path, role in roles.items() if role == "parameter"] == ["plan.yml"]
