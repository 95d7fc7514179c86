"""Figures: what is drawn, in which words, and that the words say what the picture shows."""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from lowback import figures
from lowback.figures import canvas
from lowback.figures.canvas import (
    Style,
    drawn,
    in_percentage_points,
    scale_label,
    sheet,
    slug,
    styles,
    wrapped,
)
from lowback.figures.forest import marks
from lowback.result import RESULT_MIME, from_payload, to_payload
from showing import results

FIGURES = {
    "flow_figure": results.flow,
    "means_figure": results.outcome_means,
    "effect_figure": results.effects,
    "adjusted_means_figure": results.mixed,
    "responders_figure": results.responders,
    "slopes_figure": lambda _arms: results.slopes(),
    "balance_figure": results.table_one,
    "missingness_figure": results.missingness,
}
NEED_TWO_ARMS = ("effect_figure", "balance_figure")
LABELS = {
    "means_figure": "Back pain (NRS points, 0 best)",
    "effect_figure": "Difference in back pain (NRS points), arm minus comparator",
    "adjusted_means_figure": "Back pain (NRS points, 0 best)",
    "responders_figure": "People who got better (%, standardised risk, 95 % interval)",
    "slopes_figure": "Slope (NRS points per 5 degrees)",
    "balance_figure": "Standardised difference from the comparator (standard deviations; band: within ±0.1)",
    "missingness_figure": "Visit (weeks since baseline), n=50",
}
MAIN_NUMBER = {
    "flow_figure": "n=45",
    "means_figure": "6.00 NRS points (95 % CI 5.60 to 6.40), n=50",
    "effect_figure": "−0.80 NRS points (95 % CI −1.40 to −0.20), n=50",
    "adjusted_means_figure": "4.80 NRS points (95 % CI 4.40 to 5.20), n=50",
    "responders_figure": "20 % (95 % CI 10 to 35), n=50",
    "slopes_figure": "0.30 NRS points per 5 degrees (95 % CI 0.10 to 0.50), n=50",
    "balance_figure": "−0.12, n=50",
    "missingness_figure": "12 % of n=50",
}


def pixels(exhibit) -> np.ndarray:
    return mpl.image.imread(io.BytesIO(base64.b64decode(exhibit.media["image/png"])), format="png")[..., :3]


def arms_for(name: str, count: int) -> tuple[str, ...]:
    return results.ARMS[: max(count, 2) if name in NEED_TWO_ARMS else count]


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("count", [1, 4])
def test_every_figure_is_a_picture_with_words_and_rows(name, count):
    result = FIGURES[name](arms_for(name, count))
    exhibit = getattr(figures, name)(result)
    picture = pixels(exhibit)
    assert picture.shape[1] == 7 * 180
    assert (picture < 0.5).mean() > 0.002
    described = exhibit.metadata["image/png"]
    assert re.fullmatch(r"[a-z0-9-]+", described["name"])
    travelled = json.loads(json.dumps(exhibit.media[RESULT_MIME]))
    assert to_payload(from_payload(travelled)) == to_payload(result)


@pytest.mark.parametrize("name", MAIN_NUMBER)
def test_the_alternative_text_has_the_numbers_and_people(name):
    described = getattr(figures, name)(FIGURES[name](results.ARMS[:2])).metadata["image/png"]
    assert MAIN_NUMBER[name] in described["alt"]


@pytest.mark.parametrize("name", LABELS)
def test_every_axis_has_a_label_with_its_unit(name, monkeypatch):
    seen = []

    def watched(result, figure, kind, alt):
        seen.extend(f"{axes.get_xlabel()}|{axes.get_ylabel()}".replace("\n", " ") for axes in figure.axes)
        return drawn(result, figure, kind, alt)

    for module in (figures.balance, figures.courses, figures.effects, figures.risks):
        monkeypatch.setattr(module, "drawn", watched)
    getattr(figures, name)(FIGURES[name](results.ARMS[:2]))
    assert any(LABELS[name] in label for label in seen)


@pytest.mark.parametrize("name", FIGURES)
def test_any_name_of_an_arm_can_be_drawn_without_a_warning(name, recwarn):
    arms = (*results.NASTY, "", "$\\frac{", "a" * 300, "007")[: 6 if name != "effect_figure" else 4]
    exhibit = getattr(figures, name)(FIGURES[name](arms))
    assert (pixels(exhibit) < 0.5).any()
    assert not [str(one.message) for one in recwarn if "Glyph" in str(one.message)]


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_extreme_values_can_be_drawn(scale):
    assert (pixels(figures.means_figure(results.outcome_means(("a", "b"), scale=scale))) < 0.5).any()


@pytest.mark.parametrize("name", FIGURES)
def test_a_refusal_stands_where_the_figure_would(name):
    exhibit = getattr(figures, name)(results.REFUSAL)
    assert "image/png" not in exhibit.media
    assert "This cannot be answered" in exhibit.media["text/html"]


def test_the_margin_is_named_and_the_better_side_follows_the_scale(monkeypatch):
    words = []

    def watched(result, figure, kind, alt):
        words.append(
            {text.get_text(): text.xy for axes in figure.axes for text in axes.texts if hasattr(text, "xy")}
        )
        return drawn(result, figure, kind, alt)

    monkeypatch.setattr(figures.effects, "drawn", watched)
    worse = figures.effect_figure(results.effects(("c", "a"), smallest_worthwhile=1.0))
    assert "±1, the smallest worthwhile difference" in worse.metadata["image/png"]["alt"]
    figures.effect_figure(results.effects(("c", "a"), higher_is="better"))
    figures.effect_figure(results.effects(("c", "a", "b")))
    assert words[0]["← favours a"] == (0, 0)
    assert words[1]["favours a →"] == (1, 0)
    assert words[2]["← favours the arm"] == (0, 0)


@pytest.mark.parametrize(
    ("study", "alone", "together"), [(("c", "a", "b"), 2, (1, 2)), (("a", "b", "c"), 1, (0, 1))]
)
def test_an_arm_looks_alike_in_every_figure_whatever_it_is_compared_with(study, alone, together):
    # Colours go by the place of an arm in the study, so that b has that of its place alone and beside another arm.
    result = replace(results.effects(("b", "c")), arms=study)
    everybody = pd.DataFrame({"arm": ["a", "b"], "comparator": ["c", "c"]})
    palette = list(canvas.styles(["x", "y", "z"]).values())
    one = canvas.arm_styles(result, pd.DataFrame({"arm": ["b"], "comparator": ["a"]}))
    assert one == {"b": palette[alone]}
    assert canvas.arm_styles(result, everybody) == {"a": palette[together[0]], "b": palette[together[1]]}


NO_DIFFERENCES = [{"arm": "a", "comparator": "", "weeks": 12, "statistic": "adjusted mean", "estimate": 4}]


@pytest.mark.parametrize(
    ("name", "result", "words"),
    [
        ("balance_figure", results.table_one(("all",)), "no balance to show"),
        ("effect_figure", results.result(NO_DIFFERENCES, "ancova"), "no difference to show"),
        ("adjusted_means_figure", results.effects(("a", "b")), "no adjusted means to show"),
    ],
)
def test_a_result_without_the_rows_for_a_figure_says_so_in_its_place(name, result, words):
    exhibit = getattr(figures, name)(result)
    assert words in exhibit.media["text/html"]
    assert "image/png" not in exhibit.media


def test_a_forest_of_responders_names_each_definition():
    alt = figures.effect_figure(results.responders(("c", "a"))).metadata["image/png"]["alt"]
    assert "a, week 12 (fall of 30 %): 25 percentage points (95 % CI 10 to 40), n=50" in alt
    assert "(fall of 50 %)" in alt


def test_arms_differ_in_colour_and_in_marker():
    looks = styles(results.ARMS)
    assert len({look.marker for look in looks.values()}) == len(results.ARMS)
    assert len({look.colour for look in looks.values()}) == len(results.ARMS)


def test_drawing_leaves_no_settings_and_no_open_figure_behind():
    import matplotlib.pyplot as plt

    before = dict(mpl.rcParams)
    figures.effect_figure(results.effects(("a", "b")))
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == []


def test_the_same_result_gives_the_same_bytes():
    first, second = (
        figures.means_figure(results.outcome_means(("a", "b"))).media["image/png"] for _ in range(2)
    )
    assert first == second


def test_a_picture_holds_256_colours_on_white_paper():
    shown = figures.effect_figure(results.effects(("stretching", "usual care"))).media["image/png"]
    picture = Image.open(io.BytesIO(base64.b64decode(shown)))
    assert picture.mode == "P"
    assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    assert picture.width == 7 * 180


def test_words_for_files_and_labels():
    assert slug("Effect: Übung & “Wärme” — week 12") == "effect-ubung-warme-week-12"
    assert slug("股関節") == "figure"
    assert wrapped("one two three four", 9, 2) == "one two\nthree …"
    assert (
        scale_label("physical_function_promis_t", "T score", "better")
        == "Physical function (PROMIS) (T score, 80 best)"
    )
    assert scale_label("unheard", "points", "worse") == "Unheard (points, lower is better)"


def test_proportions_are_drawn_in_percentage_points():
    rows = results.responders(("a", "b")).estimates
    risks = rows[rows["unit"] == "proportion"]
    scaled, margin = in_percentage_points(risks, 0.1)
    assert scaled["estimate"].tolist() == pytest.approx((risks["estimate"] * 100).tolist())
    assert margin == pytest.approx(10)


def test_a_sheet_has_its_panels_one_under_another():
    with sheet(4.0, 2) as (figure, panels):
        assert len(panels) == 2
        assert figure.get_size_inches().tolist() == [7.0, 4.0]


def test_the_flow_links_every_box_to_where_its_people_come_from(monkeypatch):
    """Two bands of arms, people set aside before the first count and people in no arm: no box stands alone."""
    drawn = []
    monkeypatch.setattr("lowback.figures.flow._draw", lambda *given: drawn.append(given[1:3]))
    everybody = {"arm": "all", "reason": ""}
    rows = [
        {"stage": "rows set aside at intake", "arm": "all", "reason": "twice", "estimate": 3},
        {"stage": "in the cohort", **everybody, "estimate": 60},
        {"stage": "in no arm of the study", "arm": "all", "reason": "no arm recorded", "estimate": 10},
        *({"stage": "allocated", "arm": arm, "reason": "", "estimate": 10} for arm in results.ARMS[:5]),
    ]
    figures.flow_figure(results.result(rows, "flow"))
    boxes, arrows = drawn[0]
    reached = {end for *_, end in arrows}
    first, *others = boxes
    assert first.text == "Source files"
    assert len(others) == 8
    for box in others:
        side = (box.left, (box.top + box.bottom) / 2)
        assert (box.middle, box.top) in reached or side in reached, box.text
    trunk_ends = {(box.middle, box.bottom) for box in boxes if box.left < 1}
    assert all(start in trunk_ends for start, *_ in arrows)


def test_numbers_above_the_marks_have_as_many_decimals_as_each_other():
    rows = results.differences(("stretching", -0.8, -1.4, -0.2), ("yoga", -0.5, -0.55, -0.45)).estimates
    with sheet(3) as (_, (axes,)):
        marks(axes, rows, lambda _: Style("black", "o"))
        said = [one.get_text() for one in axes.texts]
    assert said == ["−0.800 (−1.400 to −0.200)", "−0.500 (−0.550 to −0.450)"]
