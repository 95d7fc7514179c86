"""A part of the attacks, some of each kind; the whole: `python tests/attacks/run_attacks.py --all`."""

from __future__ import annotations

import itertools
import random
import shutil
import sys
import zlib

import csv_attacks
import markup_attacks as markup
import parameter_attacks as parameters
import pytest
import site_attacks as sites
from calling import Caller
from fault_desk import Desk
from markup_attacks import structure_of
from payloads import FAMILIES, FORMULAS, PAYLOADS

from lowback import csv_text

SEED = 21


@pytest.fixture(scope="module")
def look():
    api = pytest.importorskip("playwright.sync_api", reason="no playwright is installed")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium)")
    with api.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        with markup.looked_at(browser) as looking:
            yield looking
        browser.close()


def test_names_and_values_of_parameters_are_refused_or_arrive_as_they_are(tmp_path):
    parameters.lay(tmp_path)
    attacks = [*parameters.hand_made(), *itertools.islice(parameters.generated(10_000), 150)]
    assert len(parameters.hand_made()) == parameters.HAND_MADE
    ended = {parameters.outcome(one, tmp_path) for one in attacks}
    assert ended == {"refused", "arrived"}
    assert sorted(one.name for one in tmp_path.iterdir()) == ["m.yml", "n.ipynb", "r.yml", "s.yml"]


def test_an_attack_that_arrives_changed_is_told(tmp_path, monkeypatch):
    parameters.lay(tmp_path)
    monkeypatch.setattr(parameters, "_arrived", lambda values: dict.fromkeys(values, "other"))
    with pytest.raises(AssertionError):
        parameters.outcome(parameters.given("text", "mine"), tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="forks the command line")
def test_names_of_sites_stay_inside_the_folder_of_reports(tmp_path):
    caller = Caller()
    desk = Desk(tmp_path / "desk", caller)
    found, problems = sites.attacked(desk, ["../up", "Leiden", "<img src=x onerror=window.hit=1>"])
    caller.close()
    assert problems == []
    assert len(found) == 3
    assert (desk.folder / "trial" / "leiden").is_dir()


def drawn(each: int) -> list[str]:
    chance = random.Random(SEED)
    return [one for texts in FAMILIES.values() for one in chance.sample(texts, min(each, len(texts)))]


@pytest.mark.parametrize("sink", markup.PAGES)
def test_words_in_a_page_stay_words(sink, look, tmp_path):
    path = tmp_path / "page.html"
    markup.PAGES[sink](markup.HARMLESS, path)
    plain = look(path)
    found = {}
    for words in drawn(1):
        markup.PAGES[sink](words, path)
        found[words] = markup.broken_page(look(path), plain, path)
    assert {words: wrong for words, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("sink", markup.FILES)
def test_words_in_a_file_or_on_a_terminal_stay_words(sink, tmp_path):
    # PDFs take longest to make and read: one of each kind of words.
    each = 1 if sink == "report.pdf" else 2
    found = {words: markup.FILES[sink](words, tmp_path) for words in drawn(each)}
    assert {words: wrong for words, wrong in found.items() if wrong} == {}


def test_a_page_that_takes_words_for_markup_is_found_out(look, tmp_path):
    path = tmp_path / "page.html"
    path.write_text("<p>plain</p>", encoding="utf-8")
    plain = look(path)
    told = {
        "<script>window.hit=1</script>": "executed",
        "<img src=http://canary.invalid/i.png>": "made a request",
        "<u>more</u>": "brought tags",
        "<p style='color: red'>": "brought attributes",
        "<a href='javascript:void(0)'>x</a>": "brought the address",
    }
    for words, wrong in told.items():
        path.write_text(f"<p>{words}</p>", encoding="utf-8")
        assert markup.broken_page(look(path), plain, path).startswith(wrong)


@pytest.mark.parametrize("sink", csv_attacks.WRITTEN)
def test_no_text_in_a_table_is_a_formula(sink, tmp_path):
    found = {words: markup.FILES[sink](words, tmp_path) for words in FORMULAS}
    assert {words: wrong for words, wrong in found.items() if wrong} == {}


def test_a_table_that_lets_a_formula_through_is_found_out(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_text, "guarded", lambda text: text)
    for sink in csv_attacks.WRITTEN:
        assert markup.FILES[sink]("=cmd|'/C calc'!A0", tmp_path).startswith("holds the formula")
        assert markup.FILES[sink]("x;=1+1", tmp_path).startswith("holds the formula")


def test_a_table_whose_guards_stay_on_is_found_out(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_text, "unguarded", lambda text: text)
    assert markup.FILES["history.csv"]("=1+1", tmp_path) == "was changed"


def test_there_are_payloads_enough_and_none_twice():
    assert len(PAYLOADS) >= 250
    assert len(set(sites.NAMES)) >= 120


def test_what_a_pdf_does_is_found_wherever_it_is_said_and_not_among_pictures():
    said = b"7 0 obj << /S /JavaScript /JS (app.alert(1)) >> endobj"
    picture = b"8 0 obj << /Length 9 >> stream\n?q/JS\x00?\nendstream endobj"
    packed = zlib.compress(b"<< /S /URI /URI (x) >>")
    pack = b"9 0 obj << /Type /ObjStm >> stream\n" + packed + b"\nendstream endobj"
    assert b"/JS (app" in structure_of(said + b"\n" + picture)
    assert b"/JS" not in structure_of(picture)
    assert b"/URI (x)" in structure_of(picture + b"\n" + pack)
