"""Odd names of requests and folders: a report is made, or refused in words before anything runs."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest
from site_desk import Desk

from lowback.delivery import Order, deliver
from lowback.delivery.names import LONGEST, unusable
from lowback.ending import Ending
from lowback.publish.request import read_request
from lowback.publish.telling import again

BRACED = ["{}", "{0}", "{site}", "{{x}}", "a{", "}b"]
ODD = ["100%", "%s %(a)s", "two words", "it's", 'say "hi"', "-rf", "#1", "a#b", "x" * LONGEST, "ünïcödé", "日本", "$HOME", "*?[a]", "a;b&c", "`id`", "a!b"]  # fmt: skip


@pytest.mark.parametrize("name", BRACED)
def test_braces_in_a_folder_or_a_request_are_refused_before_anything_runs(name, tmp_path):
    desk = Desk(tmp_path)
    request = desk.ask(sites=False)
    braced = request.rename(tmp_path / f"{name}.yml")
    [of_request] = deliver(Order((braced,), out=tmp_path / "out"))
    desk.ask(sites=False)
    [of_folder] = deliver(Order((request,), out=tmp_path / name / "out"))
    for one in (of_request, of_folder):
        assert one.ending is Ending.WRONG_REQUEST
        assert "no notebook can be run under a name with { or }" in one.failures[0]
    assert not (tmp_path / name).exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["{site}", "a{}b", "{0}"])
@pytest.mark.parametrize("lines", [[], ["for_each: site"]])
def test_a_folder_of_sources_in_braces_is_never_taken_for_a_site(name, lines, tmp_path):
    folder = tmp_path / name
    folder.mkdir()
    desk = Desk(folder)
    request = desk.ask(*lines, sites=False)
    [refused] = deliver(Order((request,), out=tmp_path / "out"))
    assert refused.ending is Ending.WRONG_REQUEST
    assert "lies in a folder with a name in braces" in refused.failures[0]


def test_a_name_that_no_file_system_holds_is_refused_with_the_longest_that_is_allowed(tmp_path):
    assert unusable(tmp_path / ("x" * LONGEST)) is None
    assert unusable(tmp_path / ("é" * 120)) == (
        f"the name of the request has 240 bytes, and that of a report may have {LONGEST}; shorten it"
    )


@pytest.mark.parametrize("name", ODD)
def test_any_other_name_is_no_obstacle(name, tmp_path):
    assert unusable(tmp_path / name / "out" / name) is None


def test_a_report_is_made_under_the_oddest_names(tmp_path):
    folder = tmp_path / "100% #1 'it' \"hi\" $HOME ü"
    folder.mkdir()
    desk = Desk(folder)
    request = desk.ask(name="-rf %s *", sites=False)
    [made] = deliver(Order((request,), out=folder / "-o #2 %(a)s"))
    assert made.failures == ()
    assert (made.folder / "report.html").is_file()
    assert made.folder == folder / "-o #2 %(a)s" / "-rf %s *"


@pytest.mark.parametrize("name", [*ODD, "plain-name_1.2"])
@pytest.mark.skipif(os.name != "posix", reason="as a POSIX shell reads it")
def test_the_commands_of_a_report_name_its_request_as_a_shell_reads_it(name, tmp_path):
    desk = Desk(tmp_path)
    request = read_request(desk.ask(sites=False).rename(tmp_path / f"{name}.yml"))
    told = again(request, tmp_path / "trial", None)
    word = shlex.split(told.next)[-1]
    assert (tmp_path / "trial" / word).resolve() == Path(request.file)
    quoted = told.next.removeprefix("lowback report ")
    assert not quoted.startswith('"') or not set(name) & set('"$`\\!')
