"""Sections of one notebook introduce themselves once; what is particular to each stays."""

from __future__ import annotations

from lowback.publish.cells import Block, NotebookPage
from lowback.publish.repeated import said_once

INTRODUCTION = "Does one thing go with the next? Angles are measured with error, and error hides a link."
REMARK = "Open marks are as measured, filled ones are freed of error: read the filled ones first."


def page(name, *blocks):
    return NotebookPage(name, f"About {name} & more", (*blocks, Block("exhibit", f"<p>{name}: 1.2</p>")), ())


def prose(*paragraphs, heading=""):
    return Block("prose", heading + "\n".join(f"<p>{one}</p>" for one in paragraphs))


def words(page):
    return " ".join(block.html for block in page.blocks)


def test_what_an_earlier_section_says_word_for_word_is_named_and_not_said_again():
    first = page("hip", prose(INTRODUCTION), prose(REMARK, heading="<h3>Slopes</h3>"))
    second = page("pelvis", prose(INTRODUCTION), prose(REMARK, "Only here.", heading="<h3>Slopes</h3>"))
    shown = said_once([first, second])
    assert shown[0] == first
    assert INTRODUCTION not in words(shown[1])
    assert REMARK not in words(shown[1])
    assert words(shown[1]).count('<a href="#hip">About hip &amp; more</a>') == 1
    for kept in ("<h3>Slopes</h3>", "<p>Only here.</p>", "<p>pelvis: 1.2</p>"):
        assert kept in words(shown[1])


def test_what_differs_in_a_word_or_is_short_stays():
    first = page("hip", prose(INTRODUCTION, "Read this."))
    second = page("pelvis", prose(INTRODUCTION.replace("Angles", "Hours"), "Read this."))
    assert said_once([first, second]) == (first, second)


def test_a_section_that_repeats_itself_keeps_its_words():
    alone = page("hip", prose(INTRODUCTION), prose(INTRODUCTION))
    assert said_once([alone]) == (alone,)
