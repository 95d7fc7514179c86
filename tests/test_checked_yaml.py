from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from lowback import checked_yaml
from lowback.checked_yaml import ConfigurationError, Number, read_checked, read_yaml


class Visit(BaseModel):
    model_config = ConfigDict(extra="forbid")
    week: float
    every: Number = 1


class Plan(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str
    visits: list[Visit] = []


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "plan.yml"
    path.write_text(text, encoding=encoding)
    return path


def test_a_misspelt_key_is_named_with_its_place_and_the_nearest_spelling(tmp_path):
    path = written(tmp_path, "title: x\nvisits: [{week: 0}, {weak: 4}]")
    with pytest.raises(ConfigurationError) as refusal:
        read_checked(path, Plan)
    assert f"{path}: unknown key 'visits[1].weak'; allowed: 'week', 'every' (did you mean 'week'?)" in str(
        refusal.value
    )


def test_every_fault_is_named_at_once(tmp_path):
    path = written(tmp_path, "visits: [{week: soon}]\nextra: 1")
    with pytest.raises(ConfigurationError) as refusal:
        read_checked(path, Plan)
    message = str(refusal.value)
    assert "the key 'title' is missing" in message
    assert "visits[0].week = 'soon'" in message
    assert "unknown key 'extra'" in message


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("title: 12", "title = 12: expected text; put it in quotes"),
        ("title: a\nvisits: none", "visits = 'none': expected a list, such as [one, another]"),
        ("title: a\nvisits: [4]", "visits[0] = 4: expected keys, such as {key: value}"),
        ("title: a\nvisits: [{week: 4, every: yes}]", "visits[0].every = True: should be a valid number"),
        ("title: a\nvisits: [{week: 4, every: .inf}]", "visits[0].every = inf: should be a finite number"),
        ("title: a\nvisits: [{week: 4, every: '4'}]", "visits[0].every = '4': should be a valid number"),
    ],
)
def test_a_value_of_another_kind_is_named_in_words_of_the_file(tmp_path, text, named):
    with pytest.raises(ConfigurationError) as refusal:
        read_checked(written(tmp_path, text), Plan)
    assert str(refusal.value) == f"{tmp_path / 'plan.yml'}: {named}"


def test_a_folder_in_place_of_a_file_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_yaml(tmp_path)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("title: a\ntitle: b", "line 2: the key 'title' is written twice"),
        ("title: [a", "line 1"),
        ("- a\n- b", "expected keys such as 'title'"),
        ("", "expected keys such as 'title'"),
        ("title: !!python/object/apply:os.system ['true']", "could not determine a constructor"),
    ],
)
def test_a_file_that_is_no_mapping_of_keys_is_refused(tmp_path, text, named):
    with pytest.raises(ConfigurationError, match="plan.yml") as refusal:
        read_checked(written(tmp_path, text), Plan)
    assert named in str(refusal.value)


def test_a_missing_file_and_another_encoding_are_refused_by_name(tmp_path):
    with pytest.raises(ConfigurationError, match=r"absent\.yml: no such file"):
        read_yaml(tmp_path / "absent.yml")
    with pytest.raises(ConfigurationError, match="UTF-8"):
        read_yaml(written(tmp_path, "title: Rücken", encoding="latin-1"))


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path):
    assert read_checked(written(tmp_path, "title: Rücken", encoding="utf-8-sig"), Plan).title == "Rücken"


MARKS = [
    ": ",
    ":",
    " ",
    "\n",
    "\n  ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ",",
    '"',
    "'",
    "#",
    " #",
    ">",
    "&x ",
    "*x",
    "!",
    "? ",
    "%",
    "@",
    "\t",
    "<<: ",
    "---",
    "...",
    "\u2028",
    "\x85",
    "\ufeff",
    "+",
]
WORDS = ["a", "b", "1", "0x1F", "1e3", ".5", "~", "yes", "2020-01-01", "é", "12:30"]
PIECES = st.sampled_from([*MARKS, *WORDS, "|"])


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=9).map("".join))
@example("a: |#b")
@example("a\tb")
@example("! ")
def test_a_text_says_in_c_what_it_says_in_python(text):
    """What the quick loader takes, the other takes alike; what either refuses is refused."""
    try:
        alone = yaml.load(text, checked_yaml._Loader)
    except (yaml.YAMLError, ValueError, TypeError) as error:
        with pytest.raises(type(error)):
            checked_yaml._parsed(text)
    else:
        assert repr(checked_yaml._parsed(text)) == repr(alone)


def test_our_own_files_say_in_c_what_they_say_in_python():
    files = sorted(Path(checked_yaml.__file__).parent.rglob("*.yml"))
    assert len(files) > 50
    differing = [file for file in files if read_yaml(file) != yaml.safe_load(file.read_text("utf-8"))]
    assert differing == []


def test_a_file_nested_without_end_is_refused(tmp_path):
    # In C this many brackets would end the process, so that whoever reads people's files there fails here.
    path = written(tmp_path, "title: " + "[" * 1_000_000 + "]" * 1_000_000)
    with pytest.raises(ConfigurationError, match=r"plan\.yml: is nested too deeply"):
        read_yaml(path)
