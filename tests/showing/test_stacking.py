"""Stacked panels lie where matplotlib's constrained layout, which looks twice, would put them."""

from __future__ import annotations

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lowback.figures.stacking import Stacked

PIXEL = 1 / 1260


def placed(layout, panels, *, legend):
    figure = Figure(figsize=(7, 2.5 * panels), dpi=180, layout=layout)
    FigureCanvasAgg(figure)
    for at, axes in enumerate(figure.subplots(panels, squeeze=False)[:, 0]):
        axes.plot([0, 12], [3 - at, 3000 * at + 4], label=f"arm {at}")
        axes.set_ylabel("Back pain (NRS points,\nlower is better)")
        axes.set_title("Week by week" * (at + 1), loc="left")
        axes.set_xlabel("weeks")
    if legend:
        figure.legend(loc="outside upper left")
    figure.canvas.draw()
    return [axes.get_position().bounds for axes in figure.axes]


@pytest.mark.parametrize("legend", [False, True])
@pytest.mark.parametrize("panels", [1, 2, 3])
def test_panels_lie_where_constrained_layout_puts_them(panels, legend):
    ours, others = (placed(layout, panels, legend=legend) for layout in (Stacked(), "constrained"))
    for one, other in zip(ours, others, strict=True):
        assert one == pytest.approx(other, abs=2 * PIXEL)


def test_a_sheet_without_panels_is_left_alone():
    figure = Figure(layout=Stacked())
    FigureCanvasAgg(figure)
    figure.canvas.draw()
    assert figure.axes == []
