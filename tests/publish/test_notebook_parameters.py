from __future__ import annotations

import pytest

from lowback.checked_yaml import ConfigurationError
from lowback.publish.parameters import checked_values, read_parameters

CELL = """\
weeks = 12.0  # visit that is compared
arms = ["a", "b"]
visits = [0, 4.5]
limit: float | None = None
adjusted = True
participants = 200
label = "pain"
"""


def declared():
    return read_parameters(CELL, "effect.ipynb cell 2")


def test_names_types_defaults_and_comments_are_read_without_running_the_cell():
    found = declared()
    assert found["weeks"].default == 12.0
    assert found["weeks"].comment == "visit that is compared"
    assert [one.kind for one in found.values()] == [
        "float",
        "list[str]",
        "list[float]",
        "float | None",
        "bool",
        "int",
        "str",
    ]


@pytest.mark.parametrize(
    "source",
    ["weeks = __import__('os').getcwd()", "import os", "a, b = 1, 2", "for x in []: pass", "weeks = other"],
)
def test_anything_but_a_literal_is_refused_and_never_run(source):
    with pytest.raises(ConfigurationError, match="line 1 is .*allowed are lines such as 'weeks = 12'"):
        read_parameters(source, "effect.ipynb cell 2")


def test_a_missing_default_needs_a_type():
    with pytest.raises(ConfigurationError, match="limit = None needs its type"):
        read_parameters("limit = None", "here")


def test_a_type_that_is_not_plain_is_refused():
    with pytest.raises(ConfigurationError, match="limit has type Path; allowed: bool, int"):
        read_parameters("limit: Path = None", "here")


def test_a_parameter_set_twice_is_refused():
    with pytest.raises(ConfigurationError, match="weeks is set twice"):
        read_parameters("weeks = 1\nweeks = 2", "here")


def test_a_whole_number_becomes_a_float_where_a_float_is_due():
    values = checked_values({"weeks": 6, "visits": [0, 12], "limit": 3}, declared(), "request")
    assert values == {"weeks": 6.0, "visits": [0.0, 12.0], "limit": 3.0}
    assert all(isinstance(value, float) for value in (values["weeks"], *values["visits"], values["limit"]))


def test_a_misspelt_name_is_refused_with_the_nearest_spelling():
    with pytest.raises(ConfigurationError, match=r"no parameter 'week'; allowed: .*did you mean 'weeks'\?"):
        checked_values({"week": 12}, declared(), "request")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("weeks", "twelve"),
        ("weeks", True),
        ("weeks", float("nan")),
        ("weeks", float("inf")),
        ("weeks", None),
        ("participants", 12.5),
        ("participants", False),
        ("adjusted", 1),
        ("adjusted", "yes"),
        ("label", 3),
        ("arms", "a"),
        ("arms", ["a", 1]),
        ("visits", [0, "4"]),
        ("limit", "none"),
    ],
)
def test_a_value_of_another_type_is_refused_by_name_and_value(name, value):
    with pytest.raises(ConfigurationError) as refusal:
        checked_values({name: value}, declared(), "request.yml")
    assert f"{name} = {value!r}: allowed " in str(refusal.value)
