"""The flow of participants as boxes: everybody down the middle, those who left at the right, then each arm's column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

import pandas as pd

from lowback.exhibit import EVERYBODY, Exhibit, arms_of, each, keyed_rows, refused
from lowback.exhibit.numbers import capital, in_words
from lowback.figures.canvas import GREY, INK, WIDTH_INCHES, drawn, sheet, wrapped
from lowback.result import Refusal, Result

COLUMNS = 3
# Inches: a line of text, the room around it, the gap between boxes, the margin in which lines run to lower bands.
LINE, PADDING, GAP, MARGIN = 0.195, 0.18, 0.3, 0.24
CHARACTER = 0.083
TYPE_SIZE = 10


@dataclass(frozen=True)
class Box:
    """One box of the flow: where its top stands, from left to right in inches, and its words."""

    left: float
    right: float
    top: float
    text: str

    @property
    def bottom(self) -> float:
        """Where the box ends, as its words need."""
        return self.top + LINE * (self.text.count("\n") + 1) + PADDING

    @property
    def middle(self) -> float:
        """Half-way between left and right."""
        return (self.left + self.right) / 2


@dataclass(frozen=True)
class Step:
    """One stage of a column: how many reached it and the lines of those who left there."""

    stage: str
    reached: str
    left: tuple[str, ...] = ()


def flow_figure(result: Result | Refusal) -> Exhibit:
    """How many people reached each stage, and why others did not, as boxes after CONSORT.

    Layout: Schulz et al. 2010, BMJ 340:c332 (CONSORT 2010 flow diagram).
    """
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "stage", "arm", "reason")
    arms = [arm for arm in arms_of(rows) if arm not in EVERYBODY]
    by_arm = set(rows.loc[rows["arm"].isin(arms), "stage"])
    # Where arms have a stage, its row of everybody says nothing that the arms' boxes do not.
    trunk = list(_steps(rows[~rows["stage"].isin(by_arm)]))
    columns = {arm: list(_steps(rows[rows["arm"] == arm])) for arm in arms}
    boxes, arrows = _trunk(trunk)
    on_trunk = len(boxes)
    bottom = max((box.bottom for box in boxes), default=0.0)
    turn = bottom + GAP
    across = ceil(len(arms) / ceil(len(arms) / COLUMNS)) if arms else 1
    for place in range(0, len(arms), across):
        band = {arm: columns[arm] for arm in arms[place : place + across]}
        found, joined = _band(band, across, bottom, _last_centre(boxes[:on_trunk]), turn)
        boxes, arrows = boxes + found, arrows + joined
        bottom = max(box.bottom for box in found) + GAP / 2
    with sheet(bottom + 0.1) as (figure, (axes,)):
        _draw(axes, boxes, arrows, bottom + 0.05)
        return drawn(result, figure, "flow", _alt(trunk, columns))


def _steps(rows: pd.DataFrame) -> Iterator[Step]:
    """The stages in order; those who left are listed with the stage that they left."""
    stage, reached = "", ""
    left: list[str] = []
    for row in each(rows):
        if not row.reason:
            if stage or left:
                yield Step(stage, reached, tuple(left))
            stage, reached, left = in_words(row.stage), f"n={row.estimate:.0f}", []
        elif row.estimate > 0:
            unit = "" if row.unit == "participants" else f" {row.unit}"
            heading = f"{capital(in_words(row.stage))}:"
            left += [] if heading in left else [heading]
            left.append(f"– {row.reason}: {row.estimate:.0f}{unit}")
    if stage or left:
        yield Step(stage, reached, tuple(left))


def _trunk(steps: list[Step]) -> tuple[list[Box], list[Any]]:
    """Boxes of everybody down the middle, with those who left beside them."""
    boxes: list[Box] = []
    arrows: list[Any] = []
    top, above = 0.08, None
    for step in steps:
        # Who was set aside before the first count came from a source whose size is not known.
        heading = f"{capital(step.stage)}\n{step.reached}" if step.stage else "Source files"
        box = Box(MARGIN + 0.1, 3.1, top, _boxed(heading, 2.7))
        boxes.append(box)
        if above is not None:
            arrows.append([(above.middle, above.bottom), (box.middle, box.top)])
        above, bottom = box, box.bottom
        if step.left:
            start = bottom + GAP / 3
            aside = Box(3.5, WIDTH_INCHES - 0.1, start, _boxed("\n".join(step.left), 3.3))
            boxes.append(aside)
            height = (aside.top + aside.bottom) / 2
            arrows.append([(box.middle, box.bottom), (box.middle, height), (aside.left, height)])
            bottom = aside.bottom
        top = bottom + GAP
    return boxes, arrows


def _band(
    columns: dict[str, list[Step]], across: int, top: float, origin: tuple[float, float] | None, turn: float
) -> tuple[list[Box], list[Any]]:
    """Up to three arms side by side, each a column of boxes that begins with the arm's name.

    A line comes from `origin`, the trunk's end, and leaves the trunk's column at the height `turn`, below all that left it.
    """
    width = (WIDTH_INCHES - MARGIN - 0.1) / across
    boxes: list[Box] = []
    arrows: list[Any] = []
    tops = [top + (1.6 * GAP if top else 0.08)] * len(columns)
    bus = tops[0] - 0.6 * GAP
    for stage in range(max((len(steps) for steps in columns.values()), default=0)):
        for place, (arm, steps) in enumerate(columns.items()):
            if stage >= len(steps):
                continue
            left = MARGIN + place * width + 0.08
            box = Box(
                left,
                left + width - 0.16,
                tops[place],
                _column_text(arm, steps[stage], width - 0.16, is_first=stage == 0),
            )
            boxes.append(box)
            if stage:
                arrows.append([(box.middle, tops[place] - GAP), (box.middle, box.top)])
            elif origin is not None:
                arrows.append([*_down_to(origin, turn, bus), (box.middle, bus), (box.middle, box.top)])
            tops[place] = box.bottom
        level = max(tops)
        tops = [level + GAP] * len(columns)
    return boxes, _meeting(arrows, boxes)


def _down_to(origin: tuple[float, float], turn: float, bus: float) -> list[tuple[float, float]]:
    """The corners of a line from the trunk to the height at which it spreads over a band, by the margin where boxes lie between."""
    if bus <= turn + GAP / 10:
        return [origin, (origin[0], bus)]
    return [origin, (origin[0], turn), (MARGIN / 2, turn), (MARGIN / 2, bus)]


def _column_text(arm: str, step: Step, width: float, *, is_first: bool) -> str:
    name = f"{arm}\n" if is_first else ""
    return _boxed("\n".join([f"{name}{capital(step.stage)}: {step.reached}", *step.left]), width)


def _boxed(text: str, width: float) -> str:
    """The lines wrapped to a box of this width in inches; a number stays with the word before it."""
    lines = [re.sub(r" (\S*\d+( rows)?)$", "\N{NO-BREAK SPACE}\\1", line) for line in text.split("\n")]
    return "\n".join(wrapped(line, int((width - 0.1) / CHARACTER), 4) for line in lines)


def _meeting(arrows: list[Any], boxes: list[Box]) -> list[Any]:
    """Arrows that begin where the box above ends, although boxes of one row differ in height."""
    mended = []
    for start, *corners, end in arrows:
        above = [box.bottom for box in boxes if box.middle == end[0] and box.bottom <= end[1]]
        mended.append([(start[0], max(above)) if above else start, *corners, end])
    return mended


def _last_centre(boxes: list[Box]) -> tuple[float, float] | None:
    """Where the last box of everybody ends; `boxes` are those of the trunk and beside it."""
    trunk = [box for box in boxes if box.left < 1]
    return (trunk[-1].middle, trunk[-1].bottom) if trunk else None


def _draw(axes: Any, boxes: list[Box], arrows: list[Any], height: float) -> None:
    from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
    from matplotlib.path import Path

    axes.set_axis_off()
    axes.set_xlim(0, WIDTH_INCHES)
    axes.set_ylim(height, 0)
    for box in boxes:
        shape = FancyBboxPatch(
            (box.left, box.top),
            box.right - box.left,
            box.bottom - box.top,
            boxstyle="round,pad=0,rounding_size=0.05",
            facecolor="white",
            edgecolor=GREY,
            linewidth=1,
        )
        axes.add_patch(shape)
        axes.text(
            box.left + 0.08,
            (box.top + box.bottom) / 2,
            box.text,
            va="center",
            fontsize=TYPE_SIZE,
            color=INK,
            linespacing=1.25,
        )
    for corners in arrows:
        line = Path(corners)
        axes.add_patch(
            FancyArrowPatch(path=line, arrowstyle="-|>", mutation_scale=10, color=GREY, zorder=0.5)
        )


def _alt(trunk: list[Step], columns: dict[str, list[Step]]) -> str:
    said = [_said(step) for step in trunk]
    said += [f"{arm}: {', '.join(_said(step) for step in steps)}" for arm, steps in columns.items()]
    return f"Flow of participants. {'; '.join(said)}."


def _said(step: Step) -> str:
    left = ", ".join(step.left).replace(":, – ", ": ").replace(", – ", ", ")
    return f"{step.stage} {step.reached}{f' ({left})' if left else ''}".strip()
