"""Every figure of the house as its reader sees it: words beside it, people, labels with units, and nothing cut off or on top of other words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import pytest
from matplotlib.text import Text

from lowback import figures
from lowback.figures import canvas
from showing import results
from showing.drawings import DRAWINGS

NUMBER = re.compile(r"[-−]?[\d.]+")
UNIT = re.compile(
    r"\(.+\)|\b(correlation|weeks|days|hours|participants|raters|visits|readings)\b",
    re.IGNORECASE | re.DOTALL,
)
# Boxes and arrows alone.
WITHOUT_AXES = ("diagram_figures", "flow_figure", "paths_figure")
# Of causes, not of people; and of one person.
OF_NOBODY = ("diagram_figures", "one_person_figure", "one_person_figure, in blocks")


@dataclass(frozen=True)
class Drawn:
    """A figure as drawn, and the words for readers who do not see it."""

    figure: Any
    alt: str

    def words(self) -> list[Text]:
        """Every text that shows."""
        every = [one for one in self.figure.findobj(Text) if one.get_visible() and one.get_text().strip()]
        hidden = {id(label) for axes in self.figure.axes for label in _outside(axes)}
        return [one for one in every if id(one) not in hidden]


def _outside(axes: Any) -> list[Text]:
    """Labels of ticks that lie beyond the ends of their axis, which are not drawn."""
    gone = [] if axes.axison else [*axes.get_xticklabels(which="both"), *axes.get_yticklabels(which="both")]
    for axis, (low, high) in ((axes.xaxis, sorted(axes.get_xlim())), (axes.yaxis, sorted(axes.get_ylim()))):
        places = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        gone += [
            label for one in places if not low <= one.get_loc() <= high for label in (one.label1, one.label2)
        ]
    return gone


@pytest.fixture(scope="module")
def drawn() -> dict[str, Drawn]:
    """Every figure, laid out; nothing is painted into a picture."""
    made: dict[str, Drawn] = {}
    with pytest.MonkeyPatch.context() as patch:
        for name, draw in DRAWINGS.items():
            sheets: list[Any] = []

            def kept(figure: Any, sheets: list[Any] = sheets) -> str:
                figure.draw_without_rendering()
                sheets.append(figure)
                return ""

            for module in (canvas, figures.diagram):
                patch.setattr(module, "painted", kept)
            exhibit = draw()
            assert sheets, f"{name} drew nothing: {exhibit.media['text/plain']}"
            made[name] = Drawn(sheets[0], exhibit.metadata["image/png"]["alt"])
    return made


def test_every_figure_of_the_house_is_looked_at():
    # A figure that looks otherwise for another design is drawn twice, the second time with what it is of after a comma.
    assert {name.partition(",")[0] for name in DRAWINGS} == set(figures.__all__)


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_words_beside_it_tell_a_number_and_of_how_many_people(drawn, name):
    alt = drawn[name].alt
    assert len(alt) > 40
    assert "nan" not in alt.lower().split()
    if name not in OF_NOBODY:
        assert re.search(r"n=\d|\d+ (people|participants)", alt), alt


@pytest.mark.parametrize("name", [one for one in DRAWINGS if one not in OF_NOBODY])
def test_the_picture_says_of_how_many_people(drawn, name):
    words = " ".join(one.get_text() for one in drawn[name].words())
    assert re.search(r"n=\d|\d+ (people|participants)", words), words


@pytest.mark.parametrize("name", [one for one in DRAWINGS if one not in WITHOUT_AXES])
def test_every_axis_of_numbers_has_a_label_with_its_unit(drawn, name):
    for axes in drawn[name].figure.axes:
        for axis, label in ((axes.xaxis, axes.get_xlabel()), (axes.yaxis, axes.get_ylabel())):
            ticks = [one.get_text() for one in axis.get_ticklabels() if one.get_text()]
            if ticks and all(NUMBER.fullmatch(one) for one in ticks):
                assert UNIT.search(label), f"{label!r} under {ticks}"


@pytest.mark.parametrize("name", DRAWINGS)
def test_no_word_is_cut_off_at_the_edge_of_the_sheet(drawn, name):
    sheet = drawn[name].figure.bbox
    for one in drawn[name].words():
        box = one.get_window_extent()
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= sheet.x1 + 1 and box.y1 <= sheet.y1 + 1
        assert inside, f"{one.get_text()!r} at {box}"


@pytest.mark.parametrize("name", DRAWINGS)
def test_no_words_lie_on_top_of_others(drawn, name):
    boxes = [(one.get_text(), one.get_window_extent().shrunk(0.9, 0.8)) for one in drawn[name].words()]
    for (one, here), (other, there) in combinations(boxes, 2):
        assert not here.overlaps(there), f"{one!r} and {other!r}"


def test_visits_are_told_apart_however_many_there_are(monkeypatch):
    """Ten visits over two years, as a trial of sciatica had them."""
    weeks = (0.0, 2.0, 4.0, 8.0, 12.0, 26.0, 38.0, 52.0, 78.0, 104.0)
    rows = [
        {"variable": "pain_nrs", "arm": "all", "weeks": week, "reason": "", "estimate": week / 10}
        for week in weeks
    ]
    sheets: list[Any] = []
    monkeypatch.setattr(
        canvas, "painted", lambda figure: (figure.draw_without_rendering(), sheets.append(figure), "")[2]
    )
    figures.missingness_figure(results.result(rows, "missingness"))
    labels = [one for one in sheets[0].axes[0].get_xticklabels() if one.get_text()]
    assert [one.get_text() for one in labels] == [f"{week:g}" for week in weeks]
    boxes = [one.get_window_extent() for one in labels]
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
