"""What stands after the notebooks in a PDF or a Word document: how the estimates moved over the runs, and the checklists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lowback.checklists import Filled, Ticked, read_table
from lowback.publish.checked_off import NAME as CHECKLISTS
from lowback.publish.contents import Contents
from lowback.publish.history import read_history
from lowback.publish.moved import Moved, MovedGroup, Point, as_printed
from lowback.publish.pieces import Drawing, Heading, Line, Paragraph, Piece, Run, Table
from lowback.publish.sparkline import picture_of
from lowback.publish.telling import Course, course

MADE = "How this report was made"
LONGEST_SAID = 500
"""Characters of what is said of an item, such as all methods one after another, that a table on paper holds."""
MOST_DRAWN = 3
"""Courses of a question that are drawn on paper; the table has all."""
INK, MUTED, ACCENT = "#1c2326", "#4f5960", "#0a5a69"
# On the page the style sheet does this; a document has none.
LOOK = {
    'class="band"': f'fill="{ACCENT}" opacity="0.2"',
    'class="course"': f'fill="none" stroke="{ACCENT}" stroke-width="1.8" stroke-linejoin="round"',
    'class="bar"': f'stroke="{ACCENT}" stroke-width="3" opacity="0.4"',
    'class="now"': f'fill="{ACCENT}"',
    'class="no-effect"': f'stroke="{INK}" stroke-dasharray="6 4" opacity="0.75"',
    'class="margin"': f'stroke="{INK}" stroke-width="1.4" stroke-dasharray="1 4" stroke-linecap="round" opacity="0.75"',
    "<text ": f'<text fill="{MUTED}" font-family="Libertinus Serif" font-size="11" ',
    '<svg class="moved" ': '<svg xmlns="http://www.w3.org/2000/svg" ',
}


@dataclass(frozen=True)
class Section:
    """A part of a document under a title."""

    title: str
    pieces: tuple[Piece, ...]


def closing_sections(folder: Path, contents: Contents) -> tuple[Section, ...]:
    """The parts that the page closes with, from history.csv and checklists.csv in the folder; without a file, without its part.

    Of a first run there is no course to show.
    """
    history, lists = read_history(folder), read_table(folder / CHECKLISTS)
    found = []
    moved = course(history, contents.found, contents.study)
    if moved.runs > 1:
        found.append(Section("How this estimate moved", tuple(_course(moved))))
    if lists:
        found.append(Section("Checklists", tuple(_checklists(lists, contents))))
    return tuple(found)


def _course(moved: Course) -> Iterator[Piece]:
    if not moved.groups:
        yield _words(
            "No answer of this report rests on an estimate with an interval; the course of all others lies in history.csv."
        )
        return
    yield _words(
        f"{moved.runs} runs, {moved.dates}. The line is the estimate of each run, the band its interval, the dot this run. Dashes mark no effect "
        "(0, or a ratio of 1), dots the smallest effect that matters, where they are near. What did not move is not drawn, nor are more "
        f"than {MOST_DRAWN} of a question. Every number lies in history.csv."
    )
    yield _note(
        "Runs on growing data share most of their people. That an interval came to exclude no effect in one of many looks is weaker "
        "evidence than in one planned look."
    )
    for number, group in enumerate(moved.groups):
        yield Heading(2, group.question)
        yield _table_of(group)
        drawn = [one for one in group.rows if len({_number(point, one) for point in one.points}) > 1]
        for place, one in enumerate(drawn[:MOST_DRAWN]):
            yield Drawing(_svg(one, f"move-{number}-{place}"), one.said, one.term)


def _table_of(group: MovedGroup) -> Table:
    """The first run, this one, and the lowest and highest estimate of each statistic."""
    more = (f"{group.more} more in history.csv.",) if group.more else ()
    return Table(
        caption=f"Over the runs: {group.analysis}, {group.estimand}",
        columns=("What", "Runs", "First run", "This run", "Lowest", "Highest"),
        lines=tuple(Line(_cells(one)) for one in group.rows),
        notes=more,
    )


def _cells(one: Moved) -> tuple[str, ...]:
    first, last = one.points[0], one.points[-1]
    by_size = sorted(one.points, key=lambda point: point.estimate)
    return (
        one.term,
        str(len(one.points)),
        f"{_number(first, one)} ({first.day})",
        f"{as_printed(last, one.unit).in_words} ({last.day})",
        _number(by_size[0], one),
        _number(by_size[-1], one),
    )


def _number(point: Point, one: Moved) -> str:
    return as_printed(point, one.unit).estimate


def _svg(one: Moved, name: str) -> str:
    """The page's picture with its look written into it."""
    drawn = picture_of(one, name)
    for told, look in LOOK.items():
        drawn = drawn.replace(told, look)
    return drawn


def _checklists(lists: tuple[Filled, ...], contents: Contents) -> Iterator[Piece]:
    yield _words(
        "What readers of such a study need to be told, by the items of published lists in our own words. An item is filled from this report, "
        "checked against it, or asked of a person: the key checklist of the request or of the study answers it, and what nobody answered is "
        "open. All of it lies in checklists.csv."
    )
    titles = {"summary": "Summary", **contents.titles}
    for each in lists:
        yield Heading(2, f"{each.checklist.name}, for {each.checklist.about}")
        yield Paragraph((Run(f"{each.told}."),))
        yield Table(
            caption=f"Items of {each.checklist.name}",
            columns=("Item", "What is asked", "State", "What is said"),
            lines=tuple(Line((one.item, one.asks, one.status, _said(one, titles))) for one in each.items),
            notes=(f"{each.checklist.source}, {each.checklist.doi}",),
            is_prose=True,
        )


def _said(one: Ticked, titles: dict[str, str]) -> str:
    """What is said of an item, its beginning where that is long, and under which title it stands."""
    value = one.value
    if len(value) > LONGEST_SAID:
        value = f"{value[:LONGEST_SAID].rsplit(' ', 1)[0]} … (the whole stands in checklists.csv)"
    return f"{value} ({titles.get(one.place, MADE)})".strip() if one.place else value


def _words(text: str) -> Paragraph:
    return Paragraph((Run(text),))


def _note(text: str) -> Paragraph:
    return Paragraph((Run(text),), "table-note")
